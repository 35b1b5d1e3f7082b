"""What the journey is made of: chapters of steps, each with what it does and what it must show.

A step runs against a `Stage` and gives back `Shown`. It fails by raising; an attack gives back a `Refusal`
and fails unless the expected code is among the refusal's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.journey.stage import Stage
    from did.types import JsonObject


@dataclass(frozen=True, slots=True)
class Shown:
    """What a step lets the reader see: named facts, in order, and perhaps a verdict."""

    facts: tuple[tuple[str, str], ...] = ()
    verdict: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """How the other side said no: the codes it gave, its first words and its verdict."""

    codes: tuple[str, ...]
    detail: str
    verdict: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """Something that must succeed."""

    key: str
    title: str
    run: Callable[[Stage], Shown]


@dataclass(frozen=True, slots=True)
class Attack:
    """Something that must be refused, with this code."""

    key: str
    title: str
    run: Callable[[Stage], Refusal]
    code: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """Steps under one heading."""

    title: str
    steps: tuple[Step | Attack, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one step ended."""

    step: Step | Attack
    ok: bool
    seconds: float
    shown: Shown = field(default=Shown())
    code: str = ""
    detail: str = ""
    remedy: str = ""

    def to_json(self) -> JsonObject:
        """Give the outcome as JSON."""
        result: JsonObject = {
            "step": self.step.key,
            "title": self.step.title,
            "kind": "attack" if isinstance(self.step, Attack) else "step",
            "ok": self.ok,
            "milliseconds": round(self.seconds * 1000, 1),
            "facts": dict(self.shown.facts),
        }
        if isinstance(self.step, Attack):
            result["expectedCode"] = self.step.code
        result |= {name: text for name, text in (("code", self.code), ("detail", self.detail)) if text}
        if self.shown.verdict is not None:
            result["verdict"] = self.shown.verdict
        return result
