"""Where a credential says that its status stands: entries of both kinds, read strictly.

Texts: W3C Bitstring Status List 1.0, section 2.1 (`BitstringStatusListEntry`); IETF Token Status List,
section 6 (`status.status_list`).

Invariants:
- an index is a whole number from 0 and within 2^53; as text it has one form only.
- what the values of several bits mean is said for each of them, or the entry is refused.

What is not here: fetching, and what the list says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.model import identifiers
from credentials.status.faults import fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from credentials.limits import Limits
    from did.types import JsonObject, JsonValue

ENTRY_TYPE: Final = "BitstringStatusListEntry"
TOKEN_STATUS: Final = "TokenStatusListReference"  # noqa: S105 - the name of a kind of status
REVOCATION: Final = "revocation"
SUSPENSION: Final = "suspension"
REFRESH: Final = "refresh"
MESSAGE: Final = "message"
MAX_SIZE: Final = 8  # 256 messages; nobody has asked for more
_INDEX: Final = re.compile("0|[1-9][0-9]{0,15}")
_VALUE: Final = re.compile("0x[0-9a-fA-F]{1,8}")
_BITSTRING: Final = "Bitstring Status List 1.0, 2.1"
_REFERENCED: Final = "Token Status List, 6.2"


@dataclass(frozen=True, slots=True)
class BitstringReference:
    """An entry of `credentialStatus`: one purpose, one index, one list."""

    uri: str
    index: int
    purpose: str
    size: int = 1
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TokenReference:
    """The claim `status.status_list`: one index, one list."""

    uri: str
    index: int


Reference = BitstringReference | TokenReference


def bitstring_reference(document: JsonObject, *, limits: Limits) -> BitstringReference:
    """Read an entry of type `BitstringStatusListEntry`. Codes: status.entry."""
    purpose = document.get("statusPurpose")
    # [STA-15] one purpose
    if not isinstance(purpose, str) or not purpose:
        raise fault("status.entry", "statusPurpose must be one text", clause=_BITSTRING)
    index = document.get("statusListIndex")
    # [STA-16] an index as text
    if not isinstance(index, str) or not _INDEX.fullmatch(index):
        raise fault("status.entry", "statusListIndex must be a whole number as text", clause=_BITSTRING)
    uri = identifiers.url(
        document.get("statusListCredential"), "status.entry", "statusListCredential", limits
    )
    # [STA-17] an entry is no list
    if document.get("id") == uri:
        raise fault("status.entry", "the entry's id must not be that of the list", clause=_BITSTRING)
    size = document.get("statusSize", 1)
    # [STA-18] size of an entry
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= MAX_SIZE:
        raise fault("status.entry", f"statusSize must be 1 to {MAX_SIZE}", clause=_BITSTRING)
    size = int(str(size))
    return BitstringReference(uri, int(str(index)), str(purpose), size, _messages(document, size))


def token_reference(claims: Mapping[str, object], *, limits: Limits) -> TokenReference | None:
    """Read `status.status_list` from the claims of a token; None where there is no `status`.

    Codes: status.entry, status.unsupported for a status of another mechanism.
    """
    status = claims.get("status")
    if status is None:
        return None
    found = status.get("status_list") if isinstance(status, dict) else None
    # [STA-19] another mechanism
    if not isinstance(found, dict):
        raise fault("status.entry", "status must have a status_list", clause=_REFERENCED)
    index = found.get("idx")
    # [STA-20] an index
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < 1 << 53:
        raise fault("status.entry", "idx must be a whole number from 0", clause=_REFERENCED)
    return TokenReference(identifiers.url(found.get("uri"), "status.entry", "uri", limits), int(str(index)))


def _messages(document: JsonObject, size: int) -> tuple[str, ...]:
    """Read `statusMessage` as the texts of the values 0, 1, 2, …; empty where it is absent."""
    value = document.get("statusMessage")
    # [STA-21] values without meaning
    if value is None and size > 1:
        raise fault("status.entry", "a statusSize above 1 needs statusMessage", clause=_BITSTRING)
    if value is None:
        return ()
    found = sorted(_message(item) for item in value) if isinstance(value, list) else []
    # [STA-22] one for each value, none twice
    if [number for number, _ in found] != list(range(1 << size)):
        raise fault(
            "status.entry", f"statusMessage must name each of the {1 << size} values once", clause=_BITSTRING
        )
    return tuple(text for _, text in found)


def _message(item: JsonValue) -> tuple[int, str]:
    status, text = (item.get("status"), item.get("message")) if isinstance(item, dict) else (None, None)
    if not isinstance(status, str) or not _VALUE.fullmatch(status) or not isinstance(text, str):
        raise CredentialError(
            "status.entry", "a statusMessage needs a status like 0x1 and a message", clause=_BITSTRING
        )
    return int(status, 16), text
