"""Run the chapters in order, tell a display what happens, stop at the first step that does not hold."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from api.client.failures import OUR_ERRORS
from api.journey.model import Attack, Outcome, Shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.journey.model import Chapter, Refusal, Step
    from api.journey.stage import Stage


class Display(Protocol):
    """Whoever shows the journey while it runs."""

    def begin(self, chapters: Sequence[Chapter]) -> None:
        """Show what is planned."""

    def start(self, step: Step | Attack) -> None:
        """Show that a step runs."""

    def finish(self, outcome: Outcome) -> None:
        """Show how a step ended."""

    def end(self) -> None:
        """Give the terminal back."""


def run(chapters: Sequence[Chapter], stage: Stage, display: Display) -> list[Outcome]:
    """Run all steps; an attack that goes wrong does not keep the next from being tried."""
    outcomes: list[Outcome] = []
    display.begin(chapters)
    try:
        for chapter in chapters:
            for step in chapter.steps:
                display.start(step)
                outcome = run_step(step, stage)
                outcomes.append(outcome)
                display.finish(outcome)
                if not outcome.ok and not isinstance(step, Attack):
                    return outcomes
    finally:
        display.end()
    return outcomes


def run_step(step: Step | Attack, stage: Stage) -> Outcome:
    """Run one step and judge it."""
    began = time.monotonic()
    try:
        if isinstance(step, Attack):
            outcome = judge(step, step.run(stage))
        else:
            outcome = Outcome(step, ok=True, seconds=0.0, shown=step.run(stage))
    except OUR_ERRORS as error:
        outcome = Outcome(
            step, ok=False, seconds=0.0, code=error.code, detail=error.detail, remedy=error.remedy
        )
    return replace(outcome, seconds=time.monotonic() - began)


def judge(attack: Attack, refusal: Refusal) -> Outcome:
    """An attack has gone as it must only if it was refused for the expected reason."""
    facts = (("refused", " ".join(refusal.codes)), ("because", refusal.detail))
    shown = Shown(tuple((name, text) for name, text in facts if text), refusal.verdict)
    if attack.code in refusal.codes:
        return Outcome(attack, ok=True, seconds=0.0, shown=shown, code=attack.code)
    found = ", ".join(refusal.codes) or "no refusal at all"
    return Outcome(
        attack,
        ok=False,
        seconds=0.0,
        shown=shown,
        code="journey.attack",
        detail=f"expected the refusal {attack.code}, found {found}",
    )
