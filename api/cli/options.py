"""The options that commands share, and how a command's help teaches."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.markup import escape

from api.client.failures import LocalError
from api.client.resolving import LEVELS, STATES, WAIT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

JsonOption = Annotated[
    bool,
    typer.Option("--json", help="One JSON document on standard output; human text on standard error."),
]
UrlOption = Annotated[
    str | None,
    typer.Option(
        "--url", metavar="URL", help="The service. Default: AVOW_URL, or the one of this directory."
    ),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write the document to this file.")
]
ReplaceOption = Annotated[bool, typer.Option("--replace", help="Let --out replace a file.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; for scripts.")]
WaitOption = Annotated[
    str,
    typer.Option(
        "--wait",
        metavar="STATE",
        help="Wait until the operation is logged, sealed, cosigned, anchored or final.",
    ),
]
TimeoutOption = Annotated[
    float,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        min=1,
        help="How long --wait waits. Anchors on a network take minutes.",
    ),
]
LevelOption = Annotated[
    str | None,
    typer.Option(
        "--level",
        metavar="LEVEL",
        help="What the evidence must show by itself: sealed, cosigned, anchored or final.",
    ),
]
DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="DIRECTORY", help="The service's data directory. Default: AVOW_DATA, or data."
    ),
]

DEFAULT_TIMEOUT = WAIT_SECONDS

AnyCommand = TypeVar("AnyCommand", bound="Callable[..., object]")


def command(
    parent: typer.Typer, name: str | None = None, *, example: str, then: str, panel: str | None = None
) -> Callable[[AnyCommand], AnyCommand]:
    """Hang a command under `parent`; its help is its docstring, an example, and what comes next."""

    def hang(function: AnyCommand) -> AnyCommand:
        parent.command(
            name,
            help=reflow(inspect.getdoc(function) or ""),
            epilog=teach(example, then),
            rich_help_panel=panel,
        )(function)
        return function

    return hang


def check_state(state: str) -> None:
    """Refuse what is no state of an operation."""
    if state not in STATES:
        raise typer.BadParameter(f"{state!r} is no state; choose from {', '.join(STATES)}")


def check_level(level: str | None, wait: str) -> str:
    """Refuse what no proof can show; who waited for `final` wants that shown. Empty: nothing is demanded."""
    if level is not None and level not in LEVELS:
        raise typer.BadParameter(f"{level!r} is no level; choose from {', '.join(LEVELS)}")
    return level or ("final" if wait == "final" else "")


def ask(question: str, *, yes: bool) -> None:
    """Go on only if the person says so; codes `cli.nobody-to-ask`, `cli.declined`."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise LocalError(
            "cli.nobody-to-ask", "this asks before it acts, and nobody is there", remedy="add --yes"
        )
    if not typer.confirm(question, err=True):
        raise LocalError("cli.declined", "you said no, so nothing was done")


def reflow(text: str) -> str:
    """Join the lines of each paragraph, so that the terminal's width decides where they break."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def teach(example: str, then: str) -> str:
    """Compose the end of a help text: commands to try, and what comes next."""
    lines = "\n".join(f"  {line}" for line in example.strip().splitlines())
    # Help is printed with emoji codes on, and `:key:` is one; a tag inside keeps did:key: as it is.
    lines = escape(lines).replace(":key:", ":[none]key[/]:")
    return f"[bold]Example[/]\n{lines}\n\n[bold]Next[/]\n  {escape(then)}"
