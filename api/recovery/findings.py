"""What a check of a data directory finds: everything, each with its place and what to do about it.

Not here: the checks.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from did.types import JsonObject

CAP: Final = 20
"""Findings of one code that are shown; more of them say nothing new, and are counted."""


class Mend(Enum):
    """What a repair can make again, because it follows from what was found true."""

    DERIVED = "what follows from the entries"
    PUBLIC = "the public folder"
    KEY_FILE = "the file of the service's keys"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold; `where` names a row, a line or a file."""

    code: str
    where: str
    detail: str
    remedy: str
    mend: Mend | None = None

    def to_json(self) -> JsonObject:
        """The machine's form."""
        return {
            "code": self.code,
            "where": self.where,
            "detail": self.detail,
            "remedy": self.remedy,
            "repairable": self.mend is not None,
        }


class Watch(Protocol):
    """Shows how far a long piece of work has got."""

    def __call__(self, what: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
        """Begin; the context gives what is told how much more is done."""
        ...


class Findings:
    """Collects, per code no more than are shown."""

    def __init__(self) -> None:
        self.shown: list[Finding] = []
        self.counts: Counter[str] = Counter()
        self.mends: set[Mend] = set()

    def add(self, code: str, where: str, detail: str, *, remedy: str, mend: Mend | None = None) -> None:
        """Take in one."""
        self.counts[code] += 1
        if mend is not None:
            self.mends.add(mend)
        if self.counts[code] <= CAP:
            self.shown.append(Finding(code, where, detail, remedy, mend))

    @property
    def more(self) -> dict[str, int]:
        """How many of each code were found and are not shown."""
        return {code: count - CAP for code, count in self.counts.items() if count > CAP}


@dataclass(frozen=True, slots=True)
class Checked:
    """One check: what it looked at, what it found, and what it could not look at."""

    name: str
    looked_at: str
    findings: Findings
    left_out: Sequence[str]

    @property
    def whole(self) -> bool:
        """Whether nothing was found."""
        return not self.findings.counts

    def to_json(self) -> JsonObject:
        """The machine's form."""
        return {
            "check": self.name,
            "lookedAt": self.looked_at,
            "findings": [finding.to_json() for finding in self.findings.shown],
            "more": dict(self.findings.more),
            "notChecked": list(self.left_out),
        }
