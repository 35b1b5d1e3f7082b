"""What can go wrong between a person, this machine and a service, told apart by who is in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from api.errors import ApiError
from credentials.errors import CredentialError
from did.errors import DidError
from schemas.errors import SchemasError
from zk.errors import ZkError

if TYPE_CHECKING:
    from did.types import JsonObject


OurError: TypeAlias = ApiError | DidError | CredentialError | SchemasError | ZkError
OUR_ERRORS = (ApiError, DidError, CredentialError, SchemasError, ZkError)


class LocalError(ApiError):
    """A file, a directory, a lock or a pass-phrase on this machine is in the way."""


class UnreachableError(ApiError):
    """Nobody answered at the service's address, or not in time, or not as a service would."""


class RefusedError(ApiError):
    """The service answered with a problem; `status` and `problem` are its own words."""

    def __init__(self, status: int, problem: JsonObject) -> None:
        def text(member: str) -> str:
            value = problem.get(member)
            return value if isinstance(value, str) else ""

        super().__init__(
            text("code") or f"http.{status}",
            text("detail") or text("title") or f"the service answered with status {status}",
            remedy=text("remedy"),
            clause=text("clause"),
        )
        self.status = status
        self.problem = dict(problem)


class RejectedError(ApiError):
    """Something was checked and does not hold."""
