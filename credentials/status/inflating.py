"""Inflating what strangers compressed, up to a size that the reader sets (gzip: RFC 1952, zlib: RFC 1950).

Invariants:
- no more than one byte beyond the cap ever comes out: a bomb costs what an honest list of that size costs.
- there is one stream, it ends, its checksum holds, and nothing follows it: no second gzip member either.
- what is compressed has a cap too, before it is decoded from text.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from enum import IntEnum

from credentials.status.faults import fault
from did.encoding import decode_base64url
from did.errors import DidError


class Form(IntEnum):
    """A compressed form, as the window size that asks zlib for it."""

    GZIP = 31
    ZLIB = 15


@dataclass(slots=True)
class Work:
    """What was spent, in bytes that came out of inflating."""

    produced: int = 0


def inflate(data: bytes, form: Form, *, max_bytes: int, work: Work | None = None) -> bytes:
    """Inflate one whole stream of at most `max_bytes` bytes.

    Codes: status.too-large, status.encoding.
    """
    inflater = zlib.decompressobj(form.value)
    try:
        found = inflater.decompress(data, max_bytes + 1)
    except zlib.error:
        raise fault("status.encoding", f"the list is no {form.name.lower()} stream") from None
    if work is not None:
        work.produced += len(found)
    # [STA-01] a bomb
    if len(found) > max_bytes:
        raise fault(
            "status.too-large",
            f"the list inflates to more than {max_bytes} bytes",
            remedy="raise the limit, if the issuer's lists are known to be so large",
        )
    # [STA-02]
    if not inflater.eof:
        raise fault("status.encoding", f"the {form.name.lower()} stream of the list breaks off")
    # [STA-03] garbage, or a second member
    if inflater.unused_data:
        raise fault("status.encoding", f"{len(inflater.unused_data)} bytes follow the list's stream")
    return found


def inflate_text(text: str, form: Form, *, max_bytes: int, work: Work | None = None) -> bytes:
    """Inflate what stands in base64url without padding; codes as `inflate`."""
    # Deflate stores what it cannot compress at 5 bytes for each 16 kB, and the frame takes some 20 bytes.
    room = max_bytes + (max_bytes >> 10) + 1024
    # [STA-04]
    if len(text) > room * 4 // 3:
        raise fault(
            "status.too-large", f"the encoded list has {len(text)} characters, for {max_bytes} bytes of list"
        )
    try:
        data = decode_base64url(text, max_bytes=max(room, len(text)))
    except DidError as error:
        raise fault("status.encoding", f"the list: {error.detail}") from error
    return inflate(data, form, max_bytes=max_bytes, work=work)
