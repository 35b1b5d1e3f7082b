"""The journey's displays and its judgement, without any service."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from api.cli.output import Output
from api.journey.display import LiveDisplay, PlainDisplay, duration
from api.journey.model import Attack, Chapter, Refusal, Shown, Step
from api.journey.runner import judge, run
from did.errors import DidError

VERDICT = {"verified": True, "accepted": True, "checks": [{"check": "proof", "outcome": "passed"}]}


def passes(stage):
    return Shown((("DID", "did:webvh:Qm" + "x" * 90), ("state", "logged")), VERDICT)


def fails(stage):
    raise DidError("history.key", "another key", remedy="ask the controller")


def refused(*codes):
    return lambda stage: Refusal(codes, "because of this")


def chapters(*steps):
    return (Chapter("A heading", steps),)


def output(width, *, terminal=False):
    out = Output()
    out.human = Console(
        file=io.StringIO(), width=width, force_terminal=terminal, highlight=False, color_system=None
    )
    return out


def shown(out):
    return out.human.file.getvalue()


GOOD = Step("good", "Do something good", passes)
BAD = Step("bad", "Do something that fails", fails)
NEVER = Step("never", "Is not reached", passes)
ATTACK = Attack("attack", "Try something bad", refused("issuer.untrusted"), "issuer.untrusted")
SUCCESS = Attack("success", "Succeed with something bad", refused(), "proof.signature")
OTHER = Attack("other", "Be refused for another reason", refused("proof.domain"), "proof.signature")


def test_no_line_in_a_pipe_ends_in_blanks():
    out = output(10_000)
    run(chapters(GOOD, ATTACK), None, PlainDisplay(out))
    assert [line for line in shown(out).splitlines() if line != line.rstrip()] == []


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("display", [PlainDisplay, LiveDisplay])
def test_lines_keep_within_the_terminal(width, display):
    out = output(width, terminal=display is LiveDisplay)
    run(chapters(GOOD, ATTACK), None, display(out))
    lines = [line for line in shown(out).splitlines() if "\x1b" not in line]
    assert max(map(len, lines)) <= width
    text = shown(out)
    for expected in (
        "A heading",
        "Do something good",
        "logged",
        "proof",
        "issuer.untrusted",
        "because of this",
    ):
        assert expected in text


def test_a_failed_step_ends_the_journey_and_says_why():
    out = output(80)
    outcomes = run(chapters(GOOD, BAD, NEVER), None, PlainDisplay(out))
    assert [(outcome.step.key, outcome.ok, outcome.code) for outcome in outcomes] == [
        ("good", True, ""),
        ("bad", False, "history.key"),
    ]
    assert "✗" in shown(out)
    for word in ("history.key", "another key", "ask the controller"):
        assert word in shown(out)


def test_an_attack_that_goes_wrong_does_not_hide_the_next():
    outcomes = run(chapters(SUCCESS, OTHER, ATTACK), None, PlainDisplay(output(80)))
    assert [outcome.ok for outcome in outcomes] == [False, False, True]
    assert outcomes[0].detail == "expected the refusal proof.signature, found no refusal at all"
    assert outcomes[1].detail == "expected the refusal proof.signature, found proof.domain"


def test_one_of_several_codes_is_enough():
    assert judge(ATTACK, Refusal(("proof.domain", "issuer.untrusted"), "")).ok


def test_outcomes_become_json():
    outcome = run(chapters(ATTACK), None, PlainDisplay(output(80)))[0].to_json()
    assert outcome["kind"] == "attack"
    assert (outcome["ok"], outcome["code"], outcome["expectedCode"]) == (True, *["issuer.untrusted"] * 2)
    assert outcome["facts"] == {"refused": "issuer.untrusted", "because": "because of this"}


def test_the_live_display_gives_the_terminal_back_when_a_step_breaks():
    def breaks(stage):
        raise ZeroDivisionError

    out = output(80, terminal=True)
    with pytest.raises(ZeroDivisionError):
        run(chapters(Step("breaks", "Break", breaks)), None, LiveDisplay(out))
    assert shown(out).rstrip("\n").endswith("\x1b[?25h") or "\x1b[?25h" in shown(out)


def test_the_moving_part_keeps_its_height_so_that_nothing_is_drawn_over():
    out = output(80, terminal=True)
    display = LiveDisplay(out)
    heights = set()
    for count in range(9):
        display._ahead = [GOOD] * count
        for running in (True, False):
            heights.add(len(out.human.render_lines(display._checklist(running=running))))
    assert len(heights) == 1


@pytest.mark.parametrize(("seconds", "text"), [(0.0412, "41 ms"), (0.9999, "1000 ms"), (1.24, "1.2 s")])
def test_durations_read_well(seconds, text):
    assert duration(seconds) == text
