"""Points in time as text: XML Schema `dateTimeStamp`, the form that proofs and DID logs carry.

Invariants: a time without a zone is refused (`timestamp.malformed`), values are aware, writing is in whole
seconds of UTC with `Z`. Fractions beyond microseconds are cut. Not here: the clock (it is an argument).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from did.errors import DidError

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
_FORM: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,6})[0-9]{0,14})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})"
)


@lru_cache(maxsize=1024)
def parse_timestamp(text: str) -> datetime:
    """Read a `dateTimeStamp` of the years 1 to 9999 as a time in UTC."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise DidError("timestamp.malformed", "expected a date and time with a zone, as 2026-11-20T10:00:00Z")
    seconds, fraction, zone = match.groups()
    whole = f"{seconds}.{fraction:0<6}" if fraction else seconds
    try:
        return datetime.fromisoformat(whole + zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise DidError("timestamp.malformed", "no such date, time or zone") from None


def format_timestamp(time: datetime) -> str:
    """Write an aware time in UTC, in whole seconds (fractions are cut)."""
    if time.tzinfo is None:
        raise DidError("timestamp.malformed", "a time without a zone names no instant")
    return _second((time - _EPOCH) // _SECOND)


@lru_cache(maxsize=256)
def _second(number: int) -> str:
    # Whoever signs a thousand documents in a second writes one time.
    return (_EPOCH + number * _SECOND).isoformat()[:19] + "Z"
