"""What a verification found: a tree of checks, and what follows from it.

`verified` has VCALM's meaning: no cryptographic, data-model or context error was found. `accepted` means that
the relying party's policy holds as well: trust, schema, validity, status, assurance, holder binding, query.
Presentations and logins must look at `accepted` only.

Invariants:
- `accepted` implies `verified`.
- a check that did not pass carries a code; a check that could not run is `indeterminate`, never passed.
- texts name what was found and expected, never the value of a claim.

What is not here: signing a verdict, and the HTTP form of a refusal (`api` builds problem details).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from did.types import JsonObject, JsonValue

Verified_co = TypeVar("Verified_co", covariant=True)
"""What an accepted answer gives: a verified credential or presentation."""


class Outcome(StrEnum):
    """How one check ended."""

    PASSED = "passed"
    FAILED = "failed"
    WARNING = "warning"
    INDETERMINATE = "indeterminate"


@dataclass(frozen=True, slots=True)
class Check:
    """One check, or a group of checks under one name.

    `code` is stable (``area.fault``) and empty where nothing is to be said; `clause` names the text that asks
    for the check; `remedy` says what to do next.
    """

    name: str
    outcome: Outcome
    code: str = ""
    detail: str = ""
    clause: str = ""
    remedy: str = ""
    checks: tuple[Check, ...] = ()

    def to_json(self) -> JsonObject:
        """Give the check as JSON, leaving out empty members."""
        result: JsonObject = {"check": self.name, "outcome": self.outcome.value}
        texts = (
            ("code", self.code),
            ("detail", self.detail),
            ("clause", self.clause),
            ("remedy", self.remedy),
        )
        result.update({key: text for key, text in texts if text})
        if self.checks:
            nested: list[JsonValue] = [check.to_json() for check in self.checks]
            result["checks"] = nested
        return result

    def walk(self) -> Iterator[Check]:
        """Yield this check and all below it, in order."""
        yield self
        for check in self.checks:
            yield from check.walk()


@dataclass(frozen=True, slots=True)
class Verdict(Generic[Verified_co]):
    """The whole answer to "does this hold?".

    `result` is there exactly where it is accepted; elsewhere `cause` is the check that a raising verifier
    would have stopped at.
    """

    verified: bool
    checks: tuple[Check, ...]
    result: Verified_co | None
    cause: Check | None

    @property
    def accepted(self) -> bool:
        """Whether the policy holds, and with it everything else."""
        return self.result is not None

    def walk(self) -> Iterator[Check]:
        """Yield every check of the tree, in order."""
        for check in self.checks:
            yield from check.walk()

    def not_passed(self) -> tuple[Check, ...]:
        """Give the leaves that did not pass, in order."""
        return tuple(
            check for check in self.walk() if not check.checks and check.outcome is not Outcome.PASSED
        )

    def codes(self) -> tuple[str, ...]:
        """Give the codes of all leaves that did not pass: that of the cause first, the others in order."""
        others = tuple(check.code for check in self.not_passed() if check is not self.cause)
        return others if self.cause is None else (self.cause.code, *others)

    def to_json(self) -> JsonObject:
        """Give the verdict as JSON."""
        checks: list[JsonValue] = [check.to_json() for check in self.checks]
        return {"verified": self.verified, "accepted": self.accepted, "checks": checks}


def worst(checks: tuple[Check, ...]) -> Outcome:
    """Give the outcome of a group: failed before indeterminate before warning before passed."""
    for outcome in (Outcome.FAILED, Outcome.INDETERMINATE, Outcome.WARNING):
        if any(check.outcome is outcome for check in checks):
            return outcome
    return Outcome.PASSED
