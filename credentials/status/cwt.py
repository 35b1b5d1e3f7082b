"""Token Status Lists in CBOR: the list itself, and the claims of a Status List CWT.

Text: IETF Token Status List, sections 4.3 and 5.2; claims by their CWT numbers (RFC 8392).

What is not here: COSE signatures. What is read here was verified before.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Final

import cbor2

from credentials.status import token_list
from credentials.status.faults import fault
from credentials.status.inflating import Form, inflate
from credentials.status.references import TokenReference, token_reference
from credentials.status.token_list import TokenList

if TYPE_CHECKING:
    from collections.abc import Mapping

    from credentials.limits import Limits
    from credentials.status.inflating import Work

MEDIA_TYPE: Final = "application/statuslist+cwt"
SUBJECT, EXPIRES, ISSUED = 2, 4, 6
TTL, STATUS_LIST, STATUS = 65534, 65533, 65535
_CLAUSE: Final = "Token Status List, 5.2"


def decode(raw: bytes, *, max_bytes: int, work: Work | None = None) -> tuple[int, bytes]:
    """Read a list in CBOR: bits of an entry, and the packed entries. Codes as `token_list.decode`."""
    return _list(_map(raw, max_bytes), max_bytes, work)


def parse(raw: bytes, *, max_bytes: int, work: Work | None = None) -> TokenList:
    """Read the claims set of a Status List CWT. Codes as `token_list.parse`."""
    claims = _map(raw, max_bytes)
    subject = claims.get(SUBJECT)
    if not isinstance(subject, str):
        raise fault("status.list", "sub (2) is missing or no text", clause=_CLAUSE)
    issued = token_list.moment(claims.get(ISSUED), "iat (6)")
    expires = token_list.moment(claims.get(EXPIRES), "exp (4)")
    ttl = token_list.moment(claims.get(TTL), "ttl (65534)")
    if issued is None or ttl == 0:
        raise fault("status.list", "iat (6) must be there, and ttl (65534) positive", clause=_CLAUSE)
    size, data = _list(claims.get(STATUS_LIST), max_bytes, work)
    return TokenList(
        subject=subject,
        issued=datetime.fromtimestamp(issued, UTC),
        expires=None if expires is None else datetime.fromtimestamp(expires, UTC),
        ttl=None if ttl is None else timedelta(seconds=ttl),
        size=size,
        data=data,
    )


def reference(raw: bytes, *, limits: Limits) -> TokenReference | None:
    """Read where a referenced CWT's status stands, from its claims set. Codes: status.entry."""
    return token_reference({"status": _map(raw, limits.max_bytes).get(STATUS)}, limits=limits)


def _list(value: object, max_bytes: int, work: Work | None) -> tuple[int, bytes]:
    if not isinstance(value, dict) or not isinstance(value.get("lst"), bytes):
        raise fault("status.list", "the list must be a map with bits and lst", clause=_CLAUSE)
    size = token_list.entry_bits(value.get("bits"))
    return size, inflate(value["lst"], Form.ZLIB, max_bytes=max_bytes, work=work)


def _map(raw: bytes, max_bytes: int) -> Mapping[object, object]:
    if len(raw) > 2 * max_bytes + 1024:
        raise fault("status.too-large", f"{len(raw)} bytes of CBOR for a list of {max_bytes}")
    stream = BytesIO(raw)
    try:
        value = cbor2.load(stream)
    except (cbor2.CBORDecodeError, RecursionError):
        raise fault("status.encoding", "not CBOR", clause=_CLAUSE) from None
    if not isinstance(value, dict) or stream.read(1):
        raise fault("status.encoding", "expected one CBOR map and nothing after it", clause=_CLAUSE)
    return value
