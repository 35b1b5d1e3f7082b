"""Waiting for a state, and refusing evidence that shows less than was asked for."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from api.cli.progress import Waiting
from api.client import resolving
from api.client.failures import RejectedError
from api.client.resolving import check_shows, wait_for


@pytest.fixture(autouse=True)
def time(monkeypatch):
    """A clock that only sleeping moves; gives the pauses."""
    pauses, now = [], [0.0]

    def sleep(seconds):
        pauses.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(resolving.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(resolving.time, "sleep", sleep)
    return pauses


def waiting(states, wanted, **more):
    told = iter(states)
    return wait_for(lambda: {"state": next(told)}, wanted, code="did.not-yet", what="it", **more)


@pytest.mark.parametrize(("wanted", "reached"), [("sealed", "sealed"), ("anchored", "final")])
def test_a_wait_ends_when_the_state_is_reached_or_passed(wanted, reached):
    heard = []
    states = ["logged", "logged", reached]
    assert waiting(states, wanted, heard=lambda state, _seconds: heard.append(state)) == reached
    assert heard == ["logged", "logged"]


def test_a_wait_that_takes_too_long_says_how_far_it_came_and_what_to_do():
    with pytest.raises(RejectedError) as refused:
        waiting(["logged"] * 10_000, "final", seconds=600)
    assert refused.value.code == "did.not-yet"
    assert "it is logged after 600 s, expected final" in refused.value.detail
    assert "--timeout" in refused.value.remedy


def test_a_long_wait_asks_less_and_less_often(time):
    with pytest.raises(RejectedError):
        waiting(["sealed"] * 10_000, "final", seconds=1800)
    assert time[0] == pytest.approx(0.1)
    assert max(time) == pytest.approx(5.0)
    assert len(time) < 450


@pytest.mark.parametrize("wanted", ["", "sealed", "anchored"])
def test_evidence_that_shows_enough_is_taken(wanted):
    check_shows("anchored", wanted)


@pytest.mark.parametrize(
    ("shows", "wanted"), [("anchored", "final"), (None, "sealed"), ("nonsense", "sealed")]
)
def test_evidence_that_shows_less_than_was_asked_for_is_refused(shows, wanted):
    with pytest.raises(RejectedError) as refused:
        check_shows(shows, wanted)
    assert refused.value.code == "evidence.level"
    assert f"--wait {wanted}" in refused.value.remedy


def test_somebody_at_a_terminal_sees_how_far_it_has_got():
    shown = io.StringIO()
    with Waiting("final", on=Console(file=shown, force_terminal=True, width=100)) as bar:
        bar.heard("sealed", 1.0)
        assert shown.getvalue() == ""  # quick answers need no bar
        bar.heard("sealed", 3.0)
        bar.heard("[bold]anchored", 65.0)
    assert "waiting until it is final" in shown.getvalue()


def test_a_pipe_sees_nothing_of_it():
    shown = io.StringIO()
    with Waiting("final", on=Console(file=shown)) as bar:
        bar.heard("sealed", 100.0)
    assert shown.getvalue() == ""
