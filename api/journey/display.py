"""Show the journey: a live checklist on a terminal, plain lines elsewhere, nothing for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.live import Live
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from api.cli.output import FAILED, PASSED, Output, printable, shown, tidy
from api.cli.verdicts import verdict_tree
from api.journey.model import Attack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from api.journey.model import Chapter, Outcome, Step

_AHEAD = 4
_INDENT = 4


class PlainDisplay:
    """One line when a step has ended, and what it showed below it."""

    def __init__(self, out: Output) -> None:
        self.out = out
        self._first: dict[str, str] = {}

    def begin(self, chapters: Sequence[Chapter]) -> None:
        """Remember where chapters begin."""
        self._first = {chapter.steps[0].key: chapter.title for chapter in chapters}

    def start(self, step: Step | Attack) -> None:
        """Print the heading before a chapter's first step."""
        if step.key in self._first:
            self.out.say()
            self.out.say(f"[bold]{self._first[step.key]}[/]")

    def finish(self, outcome: Outcome) -> None:
        """Print the step's line, its facts and its verdict."""
        self.out.say(headline(self.out, outcome))
        for name, value in details(outcome):
            self.out.say(fact_line(name, value))
        if outcome.shown.verdict is not None and not isinstance(outcome.step, Attack):
            self.out.say(verdict_tree(self.out, outcome.shown.verdict, indent=_INDENT))

    def end(self) -> None:
        """Nothing to give back."""


class LiveDisplay(PlainDisplay):
    """As plain, with the running step and the next few below."""

    def __init__(self, out: Output) -> None:
        super().__init__(out)
        self._ahead: list[Step | Attack] = []
        self._live = Live(console=out.human, refresh_per_second=12, transient=True)

    def begin(self, chapters: Sequence[Chapter]) -> None:
        """Show what is planned."""
        super().begin(chapters)
        self._ahead = [step for chapter in chapters for step in chapter.steps]
        self._live.start()

    def start(self, step: Step | Attack) -> None:
        """Let the step's line turn."""
        super().start(step)
        self._live.update(self._checklist(running=True))

    def finish(self, outcome: Outcome) -> None:
        """Move the step from below to above."""
        self._ahead = self._ahead[1:]
        self._live.update(self._checklist(running=False))
        super().finish(outcome)

    def end(self) -> None:
        """Give the terminal back."""
        self._live.update(Text(""))
        self._live.stop()

    def _checklist(self, *, running: bool) -> RenderableType:
        """Compose the part that moves; it always has the same height, so that no line is drawn over."""
        rows: list[tuple[RenderableType, Text]] = []
        rest = self._ahead
        if running and rest:
            rows.append((Spinner("dots", style="cyan"), Text(rest[0].title)))
            rest = rest[1:]
        rows += [(Text("·", style="dim"), Text(step.title, style="dim")) for step in rest[:_AHEAD]]
        if len(rest) > _AHEAD:
            rows.append((Text(""), Text(f"and {len(rest) - _AHEAD} more", style="dim")))
        rows += [(Text(""), Text(""))] * (_AHEAD + 2 - len(rows))
        grid = Table.grid(padding=(0, 1))
        grid.add_column()
        grid.add_column(no_wrap=True, overflow="ellipsis")
        for sign, name in rows:
            grid.add_row(sign, name)
        return Padding(grid, (1, 0, 0, 1), expand=False)


def headline(out: Output, outcome: Outcome) -> RenderableType:
    """Compose sign, title and time, the time at the right edge or a few columns on."""
    sign = PASSED if outcome.ok else FAILED
    colour = "green" if outcome.ok else "bold red"
    row = Table.grid(padding=(0, 1))
    row.add_column(width=2, justify="right")
    row.add_column(min_width=58)
    row.add_column(justify="right", min_width=9)
    text = Text(outcome.step.title)
    if isinstance(outcome.step, Attack) and outcome.ok:
        text = Text.from_markup(f"{shown(outcome.step.title)}  [green]{shown(outcome.step.code)}[/]")
    row.add_row(Text(out.glyph(sign), style=colour), text, Text(duration(outcome.seconds), style="dim"))
    return row


def details(outcome: Outcome) -> list[tuple[str, str]]:
    """List what stands below a step's headline."""
    if outcome.ok:
        skip = {"refused"} if isinstance(outcome.step, Attack) else set()
        return [(name, value) for name, value in outcome.shown.facts if name not in skip]
    rows = [("code", outcome.code), ("detail", outcome.detail), ("remedy", outcome.remedy)]
    return [*outcome.shown.facts, *((name, value) for name, value in rows if value)]


def fact_line(name: str, value: str) -> RenderableType:
    """Compose one fact with a hanging indent."""
    row = Table.grid(padding=(0, 1))
    row.add_column(width=10, style="dim")
    row.add_column(overflow="fold")
    row.add_row(printable(name), Text(tidy(value)))
    return Padding(row, (0, 0, 0, _INDENT), expand=False)


def duration(seconds: float) -> str:
    """Say a time as people read it."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
