"""Progress of what takes a while, work or waiting: on the terminal's error stream, and never in a pipe."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from rich.progress import Progress as Bar

from api.cli.output import console, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console
    from rich.status import Status

PATIENCE_SECONDS = 2.0


class Progress:
    """Counts work; the bar shows itself once the work has taken longer than two seconds."""

    def __init__(
        self,
        what: str,
        total: int,
        *,
        on: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = on or console(stderr=True)
        self._what = what
        self._total = total
        self._done = 0
        self._clock = clock
        self._begun = clock()
        self._bar: Bar | None = None

    def advance(self, amount: int = 1) -> None:
        """Say that so much more is done."""
        self._done += amount
        late = self._clock() - self._begun > PATIENCE_SECONDS
        if self._bar is None and late and self._console.is_terminal:
            self._bar = Bar(console=self._console, transient=True)
            self._bar.add_task(self._what, total=self._total)
            self._bar.start()
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=self._done)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()


class Waiting:
    """Says how far an operation has got while somebody waits for a state; shows itself after two seconds."""

    def __init__(self, state: str, *, on: Console | None = None) -> None:
        self._console = on or console(stderr=True)
        self._state = state
        self._shown: Status | None = None

    def heard(self, reached: str, waited: float) -> None:
        """Say that it has come as far as `reached` after `waited` seconds."""
        if waited < PATIENCE_SECONDS or not self._console.is_terminal:
            return
        text = f"{shown(reached or 'unknown')}, waiting until it is {self._state} … {waited:.0f} s"
        if self._shown is None:
            self._shown = self._console.status(text)
            self._shown.start()
        self._shown.update(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown is not None:
            self._shown.stop()
