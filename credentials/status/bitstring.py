"""Bitstrings of status: packed, compressed, and read.

Text: W3C Bitstring Status List 1.0 (Recommendation, May 2025), sections 2.2, 3.3 and 3.4.

Invariants:
- index 0 is the left-most bit, the most significant one of the first byte. (A Token Status List counts from
  the other end: see `credentials.status.token_list`.)
- a value of several bits is read from left to right as one number.
- a list holds 131,072 entries or more, so that an index says little about its holder.
- what is written is the same for the same bits: gzip without a time, at level 6, since level 9 takes a
  hundred times longer for a list of which one in a hundred is revoked, and saves a seventh.

What is not here: the credential around the list (`credentials.status.checking`, `.publishing`).
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Final

from credentials.status.faults import fault
from credentials.status.inflating import Form, inflate_text
from did.encoding import encode_base64url

if TYPE_CHECKING:
    from credentials.status.inflating import Work

MIN_ENTRIES: Final = 131_072
LEVEL: Final = 6
PREFIX: Final = "u"


def encode(bits: bytes) -> str:
    """Write packed bits as `encodedList`: multibase base64url of gzip."""
    return PREFIX + encode_base64url(gzip.compress(bits, LEVEL, mtime=0))


def decode(text: str, *, max_bytes: int, work: Work | None = None) -> bytes:
    """Read `encodedList` to its packed bits. Codes: status.encoding, status.too-large."""
    # [STA-05]
    if not text.startswith(PREFIX):
        raise fault("status.encoding", "encodedList must be multibase base64url, which begins with u")
    return inflate_text(text[1:], Form.GZIP, max_bytes=max_bytes, work=work)


def read(bits: bytes, index: int, *, size: int = 1) -> int:
    """Give the value of an entry of `size` bits. Codes: status.length, status.index."""
    entries = len(bits) * 8 // size
    # [STA-06]
    if entries < MIN_ENTRIES:
        raise fault("status.length", f"the list has {entries} entries, at least {MIN_ENTRIES} are demanded")
    # [STA-07]
    if index >= entries:
        raise fault("status.index", f"the index is {index}, and the list has {entries} entries")
    first = index * size
    end = first + size
    last_byte = (end + 7) // 8
    window = int.from_bytes(bits[first // 8 : last_byte], "big")
    return (window >> (last_byte * 8 - end)) & ((1 << size) - 1)


def write(bits: bytearray, index: int, value: int, *, size: int = 1) -> None:
    """Set an entry; index and value are the caller's own, and in range."""
    for place in range(size):
        at = index * size + place
        mask = 0x80 >> (at % 8)
        if value >> (size - 1 - place) & 1:
            bits[at // 8] |= mask
        else:
            bits[at // 8] &= ~mask
