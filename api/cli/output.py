"""How the command line speaks: people read sentences, machines read one JSON document on standard output.

With `--json` the human text moves to standard error, so that a pipe sees JSON and nothing else. Text that
came from elsewhere (a service, a file) passes through `printable` before it meets a terminal.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import RenderableType

    from api.client.failures import OurError

PASSED, FAILED, WARNING, UNCLEAR = "passed", "failed", "warning", "indeterminate"
STYLES = {PASSED: "green", FAILED: "red", WARNING: "yellow", UNCLEAR: "yellow"}
_GLYPHS = {PASSED: "✓", FAILED: "✗", WARNING: "!", UNCLEAR: "?"}
_PLAIN_GLYPHS = {PASSED: "ok", FAILED: "NO", WARNING: "!", UNCLEAR: "?"}

# Explicit directional formatting can make a line read as another (Unicode Technical Report 36, section 2.5).
_DIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


# SCIDs and entry hashes (base58btc of a SHA-256 multihash), multikeys, hashes in hexadecimal.
_LONG = re.compile(r"\b(?:Qm[1-9A-HJ-NP-Za-km-z]{44}|z[1-9A-HJ-NP-Za-km-z]{40,}|(?:0x)?[0-9a-f]{64})\b")


def printable(text: object) -> str:
    """Replace what could move the cursor, recolour the terminal or turn the reading direction."""
    return "".join(
        "\ufffd" if c in _DIRECTIONAL or (unicodedata.category(c) in {"Cc", "Cs"} and c != "\n") else c
        for c in str(text)
    )


def shown(text: object) -> str:
    """Return foreign text as it may stand inside rich markup."""
    return escape(printable(text))


def moment(seconds: object) -> str:
    """Say a time of the log or the chain, whole seconds since 1970, as a person reads it."""
    if not isinstance(seconds, int):
        return "unknown"
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def shorten(text: object, *, head: int = 14, tail: int = 6) -> str:
    """Keep the beginning and the end of a long identifier."""
    whole = printable(text)
    return whole if len(whole) <= head + tail + 1 else f"{whole[:head]}…{whole[-tail:]}"


def shorten_did(did: object) -> str:
    """Shorten only the self-certifying part of a did:webvh, so that host and name stay readable."""
    parts = printable(did).split(":")
    if parts[:2] == ["did", "webvh"] and len(parts) > 3:
        parts[2] = shorten(parts[2], head=6, tail=4)
        return ":".join(parts)
    return shorten(did, head=24, tail=6)


def tidy(text: object) -> str:
    """Shorten the long identifiers inside a sentence; machines get them whole."""
    return _LONG.sub(lambda found: shorten(found[0], head=6, tail=4), printable(text))


def described(shows: object, file: object, option: str) -> str:
    """Say what evidence shows, and where it is or how one keeps it."""
    if shows is None:
        return "none yet"
    return f"{file}, shows {shows}" if file else f"shows {shows}; {option} saves it"


def console(*, stderr: bool = False) -> Console:
    """Make a console that never breaks a line in a pipe, and leaves did:key: as it is."""
    made = Console(stderr=stderr, highlight=False, emoji=False)
    if not made.is_terminal:
        made.width = 10_000
    return made


class Output:
    """Where a command puts its answer."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.human = console(stderr=as_json)

    def say(self, markup: RenderableType = "") -> None:
        """Print one human line or renderable; it may hold rich markup."""
        if isinstance(markup, str) or self.human.is_terminal:
            self.human.print(markup, soft_wrap=isinstance(markup, str))
            return
        # Cells are padded to the widest; in a pipe that would be a tail of blanks on every line.
        with self.human.capture() as laid_out:
            self.human.print(markup)
        for line in laid_out.get().splitlines():
            self.human.print(Text(line.rstrip()), soft_wrap=True)

    def mark(self, outcome: str, markup: str) -> None:
        """Print one line with the sign and colour of its outcome."""
        self.say(f"[{STYLES[outcome]}]{self.glyph(outcome)}[/] {markup}")

    def glyph(self, outcome: str) -> str:
        """Give the sign of an outcome in what the terminal can show."""
        encoding = (self.human.encoding or "").lower()
        return (_GLYPHS if encoding.startswith("utf") else _PLAIN_GLYPHS)[outcome]

    def fields(self, values: Mapping[str, object], *, indent: int = 2) -> None:
        """Print names and values in two columns; long values run on, so that they can be copied whole."""
        known = {name: value for name, value in values.items() if value is not None and value != ""}
        width = max((len(name) for name in known), default=0)
        for name, value in known.items():
            self.say(f"{' ' * indent}[dim]{shown(name.ljust(width))}[/]  {shown(value)}")

    def pair(self, name: str, value: object, *, style: str = "dim", indent: int = 2, width: int = 8) -> None:
        """Print a name and a sentence beside it, which breaks under its own beginning."""
        row = Table.grid(padding=(0, 2))
        row.add_column(min_width=indent + width, no_wrap=True)
        row.add_column(overflow="fold")
        row.add_row(Text(" " * indent + name, style=style), Text(tidy(value)))
        self.say(row)

    def columns(self, heads: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
        """Print a table without rules; the last column may be long."""
        names = list(heads)
        cells = [[printable(cell) for cell in row] for row in rows]
        widths = [max(len(row[i]) for row in [names, *cells]) for i in range(len(names) - 1)]

        def line(row: list[str]) -> str:
            return "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[-1]])

        self.say(f"[dim]{escape(line(names))}[/]")
        for row in cells:
            self.say(escape(line(row)))

    def next(self, *commands: str) -> None:
        """Say what to do next."""
        for i, command in enumerate(commands):
            self.say(f"[dim]{'next' if i == 0 else '    '}[/]  {escape(command)}")

    def result(self, value: object) -> None:
        """Print the machine's answer: only with --json, alone on standard output."""
        if self.as_json:
            self.document(value)

    def document(self, value: object) -> None:
        """Print a JSON document on standard output, whatever the mode: it is what was asked for."""
        sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=not _utf8_out()) + "\n")
        sys.stdout.flush()


def _utf8_out() -> bool:
    return (sys.stdout.encoding or "").lower().startswith("utf")


def report(error: OurError, *, code: int, as_json: bool) -> None:
    """Print an error: what was wrong, its code and what to do next; with --json also as one document."""
    human = console(stderr=True)
    what = f"[bold red]error[/] [bold]{shown(error.code)}[/]: {shown(error.detail)}"
    human.print(what, soft_wrap=True)
    if error.clause:
        human.print(f"  [dim]clause[/]  {shown(error.clause)}", soft_wrap=True)
    if error.remedy:
        human.print(f"  [dim]remedy[/]  {shown(error.remedy)}", soft_wrap=True)
    if as_json:
        body: dict[str, object] = {"code": error.code, "detail": error.detail, "exitCode": int(code)}
        body |= {name: text for name in ("remedy", "clause") if (text := getattr(error, name, ""))}
        problem = getattr(error, "problem", None)
        if problem:
            body["problem"] = problem
        Output(as_json=True).document({"error": body})
