from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from credentials.errors import CredentialError
from credentials.predicates.expressions import Comparison
from credentials.predicates.grammar import parse
from credentials.predicates.moments import resolve, shift

NOW = dt.datetime(2026, 11, 26, 9, 30, 15, 999, tzinfo=dt.UTC)


def resolved(text, *, today=dt.date(2026, 11, 26), now=NOW):
    return resolve(parse(text), today=today, now=now).text()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a <= today", "a <= 2026-11-26"),
        ("a <= today - 18y", "a <= 2008-11-26"),
        ("a <= today - 18y - 1d", "a <= 2008-11-25"),
        ("a <= today + 1mo + 5d", "a <= 2026-12-31"),
        ("a <= 5d + today + 1mo", "a <= 2026-12-31"),
        ("a <= today + 2w", "a <= 2026-12-10"),
        ("a <= today + 48h", "a <= 2026-11-28"),
        ("a >= now - 5min", "a >= 2026-11-26T09:25:15Z"),
        ("a >= now - 1mo - 15s", "a >= 2026-10-26T09:30:00Z"),
        ("today - a >= 6570d", "2026-11-26 - a >= 6570d"),
        ("18y - today < -a", "-2008-11-26 < -a"),
        ("a between today - 65y and today - 18y", "a between 1961-11-26 and 2008-11-26"),
        ("a + 3d <= 2020-01-30 + 1mo", "a + 3d <= 2020-02-29"),
        ("a <= today - 2020-01-01 + 1d", "a <= 2026-11-26 - 2020-01-01 + 1d"),
        ("a = 5", "a = 5"),
        ("a in [1, 2]", "a in [1, 2]"),
        ("not revoked", "not revoked"),
    ],
)
def test_days_stand_where_the_clock_was(text, expected):
    assert resolved(text) == expected


def test_the_time_is_taken_in_utc():
    east = dt.datetime(2026, 11, 26, 1, 0, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    assert resolved("a <= now", now=east) == "a <= 2026-11-25T23:00:00Z"


@pytest.mark.parametrize(
    ("today", "months", "expected"),
    [
        ("2024-02-29", -18 * 12, "2006-02-28"),
        ("2024-02-29", -4 * 12, "2020-02-29"),
        ("2026-02-28", -18 * 12, "2008-02-28"),
        ("2026-03-01", -18 * 12, "2008-03-01"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-01-15", -1, "2025-12-15"),
    ],
)
def test_a_day_that_a_month_has_not_is_its_last(today, months, expected):
    assert shift(dt.date.fromisoformat(today), months=months).isoformat() == expected


@example(dt.date(2008, 2, 29), dt.date(2026, 2, 28))
@example(dt.date(2008, 2, 29), dt.date(2026, 3, 1))
@example(dt.date(2006, 2, 28), dt.date(2024, 2, 29))
@example(dt.date(2006, 3, 1), dt.date(2024, 2, 29))
@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)), st.dates(dt.date(1920, 1, 1), dt.date(2100, 1, 1)))
def test_eighteen_years_old_is_who_has_had_the_eighteenth_birthday(birth, day):
    # Counted as people do: the year of the day less that of birth, less one before the birthday.
    age = day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
    asked = resolve(parse("birthDate <= today - 18y"), today=day, now=NOW)
    assert isinstance(asked, Comparison)
    assert (birth <= asked.right.parts[0].atom) is (age >= 18)


@pytest.mark.parametrize(
    "text",
    ["a <= today - 3000y", "a <= today + 8000y", "a <= today + 999999999d", "a <= today - 999999999mo"],
)
def test_the_calendar_has_an_end(text):
    with pytest.raises(CredentialError) as caught:
        resolved(text)
    assert caught.value.code == "expression.calendar"
    assert "years 1 to 9999" in caught.value.detail
    assert text in caught.value.detail


def test_a_day_has_no_hours():
    with pytest.raises(CredentialError) as caught:
        resolved("a between today - 5h and today")
    assert caught.value.code == "expression.calendar"
    assert "hours" in caught.value.detail
