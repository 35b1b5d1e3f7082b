"""Scores, samples, and the reviewed list of mutants that change nothing a verifier could be asked to notice.

The score of a module is killed / (mutants - reviewed). `equivalent.toml` holds the reviewed ones, each with
the reason; a mutant that is in it and is killed is printed, because the reason is then wrong.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.mutation.mutants import mutants_of
from tests.mutation.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.mutation.mutants import Mutant
    from tests.mutation.running import Outcome

REVIEWED = Path(__file__).with_name("equivalent.toml")


@dataclass
class Score:
    """Counts by module, and names of those that need a look."""

    made: Counter[str] = field(default_factory=Counter)
    killed: Counter[str] = field(default_factory=Counter)
    equivalent: Counter[str] = field(default_factory=Counter)
    survivors: list[str] = field(default_factory=list)
    misjudged: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @classmethod
    def of(cls, mutants: Sequence[Mutant], outcomes: Iterable[Outcome], known: Mapping[str, str]) -> Score:
        """Count the outcomes of some mutants."""
        score = cls()
        module = {mutant.name: mutant.module for mutant in mutants}
        score.made.update(module.values())
        score.equivalent.update(module[name] for name in module if name in known)
        for outcome in outcomes:
            score.seconds += outcome.seconds
            if outcome.mutant in known:
                score.misjudged += [outcome.mutant] * outcome.killed
            elif outcome.killed:
                score.killed[module[outcome.mutant]] += 1
            else:
                score.survivors.append(outcome.mutant)
        return score

    @classmethod
    def sum(cls, scores: Iterable[Score]) -> Score:
        """Add scores."""
        total = cls()
        for score in scores:
            total.made += score.made
            total.killed += score.killed
            total.equivalent += score.equivalent
            total.survivors += score.survivors
            total.misjudged += score.misjudged
            total.seconds += score.seconds
        return total

    @property
    def ratio(self) -> float:
        """Killed of those that are not equivalent."""
        return _ratio(self.killed.total(), self.made.total() - self.equivalent.total())

    def line(self) -> str:
        """One line about everything."""
        made, killed, equivalent = (count.total() for count in (self.made, self.killed, self.equivalent))
        return (
            f"{made} mutants, {equivalent} reviewed as equivalent, {killed} killed, "
            f"{len(self.survivors)} survived: {self.ratio:.1%}"
        )

    def text(self) -> str:
        """A line for each module, then the names of survivors and of misjudged mutants."""
        lines = [
            f"  {_ratio(self.killed[module], made - self.equivalent[module]):7.1%} {made:4} mutants "
            f"{self.equivalent[module]:3} equivalent  {module}"
            for module, made in self.made.items()
        ]
        lines += [f"  survived: {name}" for name in self.survivors]
        lines += [f"  killed, but reviewed as equivalent: {name}" for name in self.misjudged]
        return "\n".join(lines)


def reviewed() -> dict[str, str]:
    """The reviewed mutants, with the reason of each."""
    entries = tomllib.loads(REVIEWED.read_text()).get("reviewed", [])
    return {name: entry["why"] for entry in entries for name in entry["mutants"]}


def unknown_names(known: Mapping[str, str]) -> list[str]:
    """Reviewed names that no mutant has any more."""
    names = {mutant.name for target in TARGETS for mutant in mutants_of(target)}
    return [name for name in known if name not in names]


def drawn(mutants: Sequence[Mutant], count: int, *, seed: str) -> list[Mutant]:
    """Draw a sample that the sources decide: the same for the same sources, another one for others."""
    sources = hashlib.sha256(seed.encode())
    for path in sorted({mutant.path for mutant in mutants}):
        sources.update(path.read_bytes())
    key = sources.digest()
    ranked = sorted(mutants, key=lambda mutant: hashlib.sha256(key + mutant.name.encode()).digest())
    chosen = set(ranked[:count])
    return [mutant for mutant in mutants if mutant in chosen]


def _ratio(killed: int, made: int) -> float:
    return killed / made if made else 1.0
