"""How lists and entries are named: addresses, purposes, and the states that rows hold.

`/status-lists/{id}` is the list of revocations and, as a token, of every purpose; each further purpose has
its bitstring at `/status-lists/{id}/{purpose}`. One index counts in all of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.status import publishing
from credentials.status.references import REVOCATION, SUSPENSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from did.types import JsonObject, JsonValue

PATH: Final = "/status-lists/"
REVOKED: Final = 1
SUSPENDED: Final = 2
STATES: Final = {REVOCATION: REVOKED, SUSPENSION: SUSPENDED}
"""The bit that each purpose has in an entry's state."""
PURPOSES: Final = ((REVOCATION,), (REVOCATION, SUSPENSION))
"""What a list can be for; every list can revoke."""
ID_BYTES: Final = 16
_PLACE: Final = re.compile(rf"([A-Za-z0-9_-]{{22}})(?:/({SUSPENSION}))?")


@dataclass(frozen=True, slots=True)
class Place:
    """A list of this service, for one purpose."""

    list_id: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Allocation:
    """An index that was given out, with the address of its list."""

    uri: str
    index: int
    purposes: tuple[str, ...]

    def entries(self) -> list[JsonValue]:
        """Give the members of `credentialStatus`, one for each purpose."""
        return [
            publishing.entry(uri=purpose_uri(self.uri, purpose), index=self.index, purpose=purpose)
            for purpose in self.purposes
        ]

    def claim(self) -> JsonObject:
        """Give the claim `status` of a token."""
        return publishing.claim(uri=self.uri, index=self.index)


def list_uri(public_url: str, list_id: str) -> str:
    """Give the address of a list."""
    return f"{public_url}{PATH}{list_id}"


def purpose_uri(uri: str, purpose: str) -> str:
    """Give the address of a list's bitstring for a purpose."""
    return uri if purpose == REVOCATION else f"{uri}/{purpose}"


def place_of(public_url: str, uri: str) -> Place | None:
    """Read the address of a list of this service; None for any other."""
    prefix = f"{public_url}{PATH}"
    found = _PLACE.fullmatch(uri, len(prefix)) if uri.startswith(prefix) else None
    return None if found is None else Place(found[1], found[2] or REVOCATION)


def ordered(purposes: Sequence[str]) -> tuple[str, ...] | None:
    """Give purposes in their order; None where no list can be for them."""
    found = tuple(purpose for purpose in STATES if purpose in purposes)
    return found if found in PURPOSES and len(found) == len(set(purposes)) else None
