"""The table is XML Schema 1.1 Part 2's grammar, read by hand; generated times are held against isoformat."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.model.dates import read_instant, read_period
from tests.support.world import refusal

NOON = datetime(2026, 2, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "time", "finer"),
    [
        ("2026-02-28T12:00:00Z", NOON, ""),
        ("2026-02-28T12:00:00+00:00", NOON, ""),
        ("2026-02-28T12:00:00-00:00", NOON, ""),
        ("2026-03-01T02:00:00+14:00", NOON, ""),
        ("2026-02-27T22:00:00-14:00", NOON, ""),
        ("2026-02-28T17:45:00+05:45", NOON, ""),
        ("2026-02-28T12:00:00.000000000Z", NOON, ""),
        ("2026-02-28T12:00:00.5Z", NOON + timedelta(milliseconds=500), ""),
        ("2026-02-28T12:00:00.0000010Z", NOON + timedelta(microseconds=1), ""),
        ("2026-02-28T12:00:00.0000000010Z", NOON, "001"),
        ("2026-02-28T12:00:00." + "9" * 40 + "Z", NOON + timedelta(microseconds=999_999), "9" * 34),
        ("2026-02-27T24:00:00Z", NOON - timedelta(hours=12), ""),
        ("2026-02-27T24:00:00.000+12:00", NOON - timedelta(hours=24), ""),
        ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC), ""),
        ("2025-12-31T24:00:00Z", datetime(2026, 1, 1, tzinfo=UTC), ""),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC), ""),
        ("0001-01-01T14:00:00+14:00", datetime(1, 1, 1, tzinfo=UTC), ""),
        ("9999-12-31T23:59:59.999999Z", datetime.max.replace(tzinfo=UTC), ""),
        ("9999-12-31T24:00:00+00:01", datetime(9999, 12, 31, 23, 59, tzinfo=UTC), ""),
        ("0001-01-01T24:00:00+14:00", datetime(1, 1, 1, 10, tzinfo=UTC), ""),
        ("9999-12-31T09:59:59-14:00", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), ""),
    ],
)
def test_times_that_are_read(text, time, finer):
    instant = read_instant(text, "/validFrom")
    assert (instant.time, instant.finer) == (time, finer)
    assert instant.time.utcoffset() == timedelta()


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-28",
        "2026-02-28T12:00:00",
        "2026-02-28T12:00Z",
        "2026-02-28 12:00:00Z",
        "2026-02-28t12:00:00Z",
        "2026-02-28T12:00:00z",
        " 2026-02-28T12:00:00Z",
        "2026-02-28T12:00:00Z\n",
        "2026-02-28T12:00:00.Z",
        "2026-02-28T12:00:00,5Z",
        "2026-02-28T12:00:00+0100",
        "2026-02-28T12:00:00+01",
        "2026-02-28T12:00:00+14:01",
        "2026-02-28T12:00:00+15:00",
        "2026-02-28T12:00:60Z",
        "2026-02-28T12:60:00Z",
        "2026-02-28T25:00:00Z",
        "2026-02-28T24:00:01Z",
        "2026-02-28T24:00:00.1Z",
        "2026-02-29T12:00:00Z",
        "2026-04-31T12:00:00Z",
        "2026-00-01T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-01-00T12:00:00Z",
        "2026-01-32T12:00:00Z",
        "26-02-28T12:00:00Z",
        "02026-02-28T12:00:00Z",
        "+2026-02-28T12:00:00Z",
        "٢٠٢٦-02-28T12:00:00Z",
        "",
        None,
        1767225600,
        ["2026-02-28T12:00:00Z"],
    ],
)
def test_what_is_no_time(text):
    with refusal() as codes:
        read_instant(text, "/validFrom")
    assert codes == ["model.validity"]


@pytest.mark.parametrize(
    "text",
    [
        "10000-01-01T00:00:00Z",
        "9" * 5000 + "-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T24:00:00Z",
        "9999-12-31T23:59:59-00:01",
    ],
)
def test_times_that_cannot_be_held_have_a_code_of_their_own(text):
    with refusal() as codes:
        read_instant(text, "/validFrom")
    assert codes == ["model.date-range"]


@given(
    st.datetimes(
        min_value=datetime(1, 1, 2),  # noqa: DTZ001 - strategies take naive bounds
        max_value=datetime(9999, 12, 30),  # noqa: DTZ001
        timezones=st.integers(-840, 840).map(lambda minutes: timezone(timedelta(minutes=minutes))),
    )
)
def test_a_time_reads_back_as_it_was_written(time):
    assert read_instant(time.isoformat(), "/validFrom").time == time


def period(start, end):
    document = {"from": f"2026-01-01T00:00:00{start}Z", "until": f"2026-01-01T00:00:00{end}Z"}
    return read_period(document, "from", "until", start_required=False)


def test_a_period_is_never_longer_than_it_was_written():
    start, end = period(".0000001", ".0000029")
    assert (start.microsecond, end.microsecond) == (1, 2)


def test_ends_are_compared_by_all_their_digits():
    assert period(".00000010", ".0000001")
    with refusal() as codes:
        period(".00000011", ".0000001")
    assert codes == ["model.validity"]


def test_a_start_that_cannot_be_rounded_up():
    document = {"from": "9999-12-31T23:59:59.9999999Z"}
    with refusal() as codes:
        read_period(document, "from", "until", start_required=False)
    assert codes == ["model.date-range"]
