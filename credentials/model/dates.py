"""Points in time of the data model, and the period that two of them bound.

Texts: W3C XML Schema 1.1 Part 2, 3.3.7 (dateTime) and 3.4.28 (dateTimeStamp); VC Data Model 2.0, 4.9; 1.1,
4.5 and 4.6.

Invariants:
- every lexical form of dateTimeStamp is read: fractions of any length, 24:00:00, offsets to 14:00, `-00:00`.
- an offset is required in both versions. XML Schema's dateTime, which 1.1 names, can do without; such a time
  is no instant but a day's worth of them, so a credential of 1.1 is held to the form that 2.0 asks for.
- what a `datetime` cannot hold (the year 0, years before it and after 9999) is refused with its own code,
  `model.date-range`, since it is no fault of form.
- a `datetime` has microseconds. Finer digits count when two ends are compared, and then shorten the period by
  less than a microsecond: its start is rounded up, its end is cut.

What is not here: the dates of proofs and DID logs, which are stricter (`did.timestamps`); the clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError

if TYPE_CHECKING:
    from did.types import JsonObject, JsonValue

_FORM: Final = re.compile(
    r"(-?(?:[1-9][0-9]{3,}|0[0-9]{3}))-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T(?:([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]+))?|24:00:00(?:\.0+)?)"
    r"(Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
)
_CODE: Final = "model.validity"
_CLAUSE: Final = "VCDM 2.0, 4.9"
_REMEDY: Final = "give date, time and time zone, as 2026-11-20T10:00:00Z"
_STEP: Final = timedelta(microseconds=1)
_YEAR_DIGITS: Final = 4  # datetime's years
_DIGITS: Final = 6  # datetime's fractions


@dataclass(frozen=True, slots=True, order=True)
class Instant:
    """A time in UTC, cut to microseconds, and the digits that were cut (no zeros at the end)."""

    time: datetime
    finer: str = ""


def read_instant(value: JsonValue, where: str) -> Instant:
    """Read a dateTimeStamp. Codes: model.validity, model.date-range."""
    match = _FORM.fullmatch(value) if isinstance(value, str) else None
    # [MDL-46] the lexical form of XML Schema
    if match is None:
        raise CredentialError(
            _CODE, f"{where}: must be a dateTimeStamp of XML Schema", clause=_CLAUSE, remedy=_REMEDY
        )
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    # [MDL-12] no offset, no instant
    if zone is None:
        raise CredentialError(
            _CODE, f"{where}: a time without an offset names no instant", clause=_CLAUSE, remedy=_REMEDY
        )
    # [MDL-47] years that a datetime has
    if len(year) != _YEAR_DIGITS or year == "0000":
        raise _out_of_range(where)
    digits = fraction or ""
    micros = int(digits[:_DIGITS].ljust(_DIGITS, "0")) if digits else 0
    try:
        time = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), micros, UTC
        )
    except ValueError:
        raise CredentialError(
            _CODE, f"{where}: the month has no such day", clause=_CLAUSE, remedy=_REMEDY
        ) from None
    if hour is None or zone != "Z":
        # Hour 24 is the first of the next day.
        change = timedelta(days=hour is None) - _offset(zone or "Z")
        try:
            time += change
        except OverflowError:
            raise _out_of_range(where) from None
    return Instant(time, digits[_DIGITS:].rstrip("0"))


def read_period(
    document: JsonObject, start: str, end: str, *, start_required: bool
) -> tuple[datetime | None, datetime | None]:
    """Read the two ends of a period, by the names of their members.

    Codes: model.validity, model.date-range.
    """
    # [MDL-13] 1.1 asks for issuanceDate
    if start_required and start not in document:
        raise CredentialError(_CODE, f"/{start}: is absent", clause="VCDM 1.1, 4.5", remedy=_REMEDY)
    first = read_instant(document[start], f"/{start}") if start in document else None
    last = read_instant(document[end], f"/{end}") if end in document else None
    # [MDL-14] a period ends after it begins
    if first is not None and last is not None and last < first:
        raise CredentialError(_CODE, f"/{end}: lies before {start}", clause=_CLAUSE)
    return None if first is None else _rounded_up(first, f"/{start}"), None if last is None else last.time


def _rounded_up(instant: Instant, where: str) -> datetime:
    if not instant.finer:
        return instant.time
    try:
        return instant.time + _STEP
    except OverflowError:
        raise _out_of_range(where) from None


def _offset(zone: str) -> timedelta:
    if zone == "Z":
        return timedelta()
    size = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    return -size if zone[0] == "-" else size


def _out_of_range(where: str) -> CredentialError:
    return CredentialError(
        "model.date-range",
        f"{where}: only the years 1 to 9999 (in UTC) can be held here",
        remedy="leave out an end that lies beyond them",
    )
