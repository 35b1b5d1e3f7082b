"""Put the day of the request for `today`, its second for `now`, and step by the calendar.

A request in flight has absolute days only, because verifier and holder must build the same statement.

Invariants
- Years and months are steps of the calendar: to the same day of the month, or to the last one of a month that
  has no such day (29 February minus 18 years is 28 February). Then days, then seconds are counted.
- So `birthDate <= today - 18y` holds exactly from the eighteenth birthday on; who was born on 29 February has
  it on 1 March in common years.
- Steps on the side of one day apply to that day; what leaves the years 1 to 9999 is refused.

Not here: what the clock says (`api`).
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.predicates.expressions import (
    Between,
    Clock,
    Comparison,
    Duration,
    Part,
    Sum,
    printable,
)

if TYPE_CHECKING:
    from credentials.predicates.expressions import Expression

_MONTHS: Final = {"y": 12, "mo": 1}
SECONDS: Final = {"w": 604_800, "d": 86_400, "h": 3600, "min": 60, "s": 1}
_DAY: Final = SECONDS["d"]
_YEARS: Final = 9999


def resolve(expression: Expression, *, today: dt.date, now: dt.datetime) -> Expression:
    """Replace `today` and `now`, and apply steps to the days beside them.

    Args:
        expression: any.
        today: the day of the request, in the time zone that it means.
        now: its second, in UTC.

    Raises CredentialError ``expression.calendar``.
    """
    clock = {"today": today, "now": now.astimezone(dt.UTC).replace(microsecond=0)}
    try:
        match expression:
            case Comparison():
                left, right = (_fold(form, clock) for form in (expression.left, expression.right))
                return replace(expression, left=left, right=right)
            case Between():
                low, high = (_fold(form, clock) for form in (expression.low, expression.high))
                return replace(expression, form=_fold(expression.form, clock), low=low, high=high)
            case _:
                return expression
    except (ValueError, OverflowError):
        raise _off_calendar(expression, "leads out of the years 1 to 9999") from None
    except _PartOfDayError:
        raise _off_calendar(expression, "counts hours, minutes or seconds from a day") from None


def shift(day: dt.date, *, months: int) -> dt.date:
    """Step by months, to the last day of the month where it has no such day. ValueError off the calendar."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= _YEARS:
        raise ValueError(year)
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))


class _PartOfDayError(Exception):
    """A step smaller than a day, from a day."""


def _fold(form: Sum, clock: dict[str, dt.date]) -> Sum:
    """Replace the clock's words; add the steps to the day, where there is just one."""
    parts = [
        Part(part.factor, clock[part.atom.name]) if isinstance(part.atom, Clock) else part
        for part in form.parts
    ]
    days = [i for i, part in enumerate(parts) if isinstance(part.atom, dt.date)]
    if len(days) != 1:
        return Sum(tuple(parts))
    (at,) = days
    sign, day = parts[at].factor, parts[at].atom
    months = seconds = 0
    for part in parts:
        if isinstance(part.atom, Duration):
            steps = sign * part.factor * part.atom.count
            months += steps * _MONTHS.get(part.atom.unit, 0)
            seconds += steps * SECONDS.get(part.atom.unit, 0)
    parts[at] = Part(sign, _step(day, months, seconds))  # type: ignore[arg-type]  # a day, as found above
    return Sum(tuple(part for part in parts if not isinstance(part.atom, Duration)))


def _step(day: dt.date, months: int, seconds: int) -> dt.date:
    if seconds % _DAY and not isinstance(day, dt.datetime):
        raise _PartOfDayError
    return shift(day, months=months) + dt.timedelta(seconds=seconds)


def _off_calendar(expression: Expression, what: str) -> CredentialError:
    return CredentialError(
        "expression.calendar",
        f"a day in `{printable(expression.text())}` {what}",
        remedy="step from `today` in y, mo, w and d only; h, min and s go with `now`",
    )
