"""Token Status Lists: packed, compressed, and read from the claims of a token.

Text: IETF Token Status List (draft-ietf-oauth-status-list, the text that went to the RFC editor), sections 4,
5 and 8.3.

Invariants:
- an entry has 1, 2, 4 or 8 bits; within each byte index 0 has the least significant ones. (A Bitstring Status
  List counts from the other end: see `credentials.status.bitstring`.)
- `sub` is the address that the referenced token names; the list's own `exp` counts, not how it was delivered.
- 0 is valid, 1 invalid, 2 suspended; nobody here knows what other values mean.

What is not here: the signature (`credentials.jose`), who may sign (`credentials.status.checking`).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from credentials.status.faults import fault, undecided
from credentials.status.inflating import Form, inflate_text
from did.encoding import encode_base64url

if TYPE_CHECKING:
    from credentials.status.inflating import Work
    from did.types import JsonObject, JsonValue

MEDIA_TYPE: Final = "application/statuslist+jwt"
TYPE: Final = "statuslist+jwt"
VALID: Final = 0
INVALID: Final = 1
SUSPENDED: Final = 2
SIZES: Final = (1, 2, 4, 8)
LEVEL: Final = 6
_CLAUSE: Final = "Token Status List, 5.1"
_MAX_TIME: Final = 253_402_300_799  # the last second of the year 9999


@dataclass(frozen=True, slots=True)
class TokenList:
    """The claims of a list: what it is about, when it was made, until when it may be used and kept."""

    subject: str
    issued: datetime
    expires: datetime | None
    ttl: timedelta | None
    size: int
    data: bytes

    def keep_until(self, fetched: datetime) -> datetime | None:
        """Until when a copy fetched at this time is good, before `ttl` and `exp` ask for a new one."""
        stale = None if self.ttl is None else fetched + self.ttl
        return min((end for end in (self.expires, stale) if end is not None), default=None)


def encode(data: bytes, *, size: int) -> JsonObject:
    """Write packed entries as the claim `status_list`."""
    return {"bits": size, "lst": encode_base64url(zlib.compress(data, LEVEL))}


def decode(value: JsonValue, *, max_bytes: int, work: Work | None = None) -> tuple[int, bytes]:
    """Read the claim `status_list`: bits of an entry, and the packed entries.

    Codes: status.list, status.encoding, status.too-large.
    """
    if not isinstance(value, dict) or not isinstance(value.get("lst"), str):
        raise fault("status.list", "status_list must be an object with bits and lst", clause=_CLAUSE)
    size = entry_bits(value.get("bits"))
    return size, inflate_text(str(value["lst"]), Form.ZLIB, max_bytes=max_bytes, work=work)


def entry_bits(value: object) -> int:
    """Read `bits`. Codes: status.list."""
    # [STA-08]
    if isinstance(value, bool) or value not in SIZES:
        raise fault("status.list", "bits must be 1, 2, 4 or 8", clause="Token Status List, 4.2")
    return int(str(value))


def parse(claims: JsonObject, *, max_bytes: int, work: Work | None = None) -> TokenList:
    """Read the claims of a list whose signature was verified.

    Codes: status.list, status.encoding, status.too-large.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str):
        raise fault("status.list", "sub is missing or no text", clause=_CLAUSE)
    issued, expires, ttl = (moment(claims.get(name), name) for name in ("iat", "exp", "ttl"))
    # [STA-09]
    if issued is None:
        raise fault("status.list", "iat is missing", clause=_CLAUSE)
    # [STA-10] kept for no time
    if ttl == 0:
        raise fault("status.list", "ttl must be positive", clause=_CLAUSE)
    size, data = decode(claims.get("status_list"), max_bytes=max_bytes, work=work)
    return TokenList(
        subject=subject,
        issued=_time(issued or 0),
        expires=None if expires is None else _time(expires),
        ttl=None if ttl is None else timedelta(seconds=ttl),
        size=size,
        data=data,
    )


def check(found: TokenList, *, expected_uri: str, now: datetime, clock_skew: timedelta) -> None:
    """Check that a list is the one asked for, and has not run out. Codes: status.list-id, status.expired."""
    # [STA-11] another list
    if found.subject != expected_uri:
        raise fault("status.list-id", "sub is not the address of the list", clause="Token Status List, 8.3")
    # [STA-12] run out
    if found.expires is not None and now - clock_skew > found.expires:
        raise undecided(
            "status.expired",
            "the status list has run out",
            clause="Token Status List, 8.3",
            remedy="fetch it again; if that gives the same, ask the issuer",
        )


def read(data: bytes, index: int, *, size: int) -> int:
    """Give the value of an entry. Codes: status.index."""
    entries = len(data) * 8 // size
    # [STA-13] beyond the end
    if index >= entries:
        raise fault(
            "status.index",
            f"the index is {index}, and the list has {entries} entries",
            clause="Token Status List, 8.3",
        )
    shift = index * size % 8
    return data[index * size // 8] >> shift & ((1 << size) - 1)


def write(data: bytearray, index: int, value: int, *, size: int) -> None:
    """Set an entry; index and value are the caller's own, and in range."""
    at, shift = index * size // 8, index * size % 8
    mask = ((1 << size) - 1) << shift
    data[at] = data[at] & ~mask | value << shift


def moment(value: object, name: str) -> float | None:
    """Read a NumericDate or a number of seconds, where it is present. Codes: status.list."""
    if value is None:
        return None
    # [STA-14] no time at all
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MAX_TIME:
        raise fault("status.list", f"{name} must be a number of seconds", clause=_CLAUSE)
    return value


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
