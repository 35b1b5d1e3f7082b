"""Where status lists come from, as whoever verifies sees it: a source that gives a list by its address.

Invariants:
- what a source gives as bytes is a stranger's word, to be verified; what it gives as `KeptList` is its own.
- a source that cannot give a list raises `status.unreachable`, which leaves the status undecided.

What is not here: HTTP, caches, storage (`api`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from credentials.status.faults import undecided

if TYPE_CHECKING:
    from credentials.errors import IndeterminateError
    from credentials.model.view import CredentialView
    from did.types import JsonObject


class Kind(StrEnum):
    """The two kinds of lists, each with the media type to ask for."""

    BITSTRING = "application/vc"
    TOKEN = "application/statuslist+jwt"  # noqa: S105 - a media type


@dataclass(frozen=True, slots=True)
class KeptList:
    """A list that the source keeps itself, as it is at this moment: nothing has to be verified.

    `data` is packed in the order of its kind; `size` is the bits of an entry.
    """

    kind: Kind
    issuer: str
    purposes: frozenset[str]
    data: bytes
    size: int = 1


class StatusSource(Protocol):
    """Whoever gives a list by its address; asked only once the credential's own proof has verified."""

    def status_list(self, uri: str, kind: Kind) -> KeptList | bytes:
        """Give a list, or its signed form as fetched. Codes: status.unreachable."""
        ...


class ListProofs(Protocol):
    """Whoever verifies the signed forms of lists; raises what the verification of a credential raises."""

    def credential(self, raw: bytes) -> CredentialView:
        """Verify a list credential with its proofs, all of them by its issuer."""
        ...

    def token(self, raw: bytes) -> tuple[str, JsonObject]:
        """Verify a token of type `statuslist+jwt`; give the DID that signed it, and its claims."""
        ...


def unreachable(uri: str, reason: str) -> IndeterminateError:
    """Make the error of a list that cannot be had."""
    return undecided(
        "status.unreachable",
        f"the status list {uri[:200]} cannot be read: {reason}",
        remedy="try again; if it stays away, ask the issuer",
    )
