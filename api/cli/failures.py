"""What the command line can fail with, and the exit code that each kind of failure gets.

Exit codes
    0    done, and what was checked holds
    1    a defect in Avow (Python prints a traceback; please report it)
    2    the command was written wrongly
    3    the service refused the request
    4    the service cannot be reached, took too long or is not ready
    5    a file, a directory, a lock or a pass-phrase on this machine is in the way
    6    something was checked and does not hold: a proof, a policy, an expectation of the journey
    130  interrupted
"""

from __future__ import annotations

from enum import IntEnum
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


class ExitCode(IntEnum):
    """The process's answer to the shell; the table stands in the module docstring."""

    DONE = 0
    USAGE = 2
    REFUSED = 3
    UNREACHABLE = 4
    LOCAL = 5
    REJECTED = 6
    INTERRUPTED = 130


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


# Areas of domain codes that speak of this machine's files and not of what was checked.
_LOCAL_AREAS = frozenset({"wallet"})


def exit_code(error: OurError) -> ExitCode:
    """Say which exit code an error of ours gets."""
    match error:
        case RefusedError(status=status) if status >= 500:
            return ExitCode.UNREACHABLE
        case RefusedError():
            return ExitCode.REFUSED
        case UnreachableError():
            return ExitCode.UNREACHABLE
        case RejectedError():
            return ExitCode.REJECTED
        case ApiError():
            # Ours, or the service's own where it runs in this process: its settings, store, lock or port.
            return ExitCode.LOCAL
    area = error.code.partition(".")[0]
    return ExitCode.LOCAL if area in _LOCAL_AREAS else ExitCode.REJECTED
