"""The options that commands share, and how a command's help teaches."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on standard output, human text on standard error.")
]
UrlOption = Annotated[
    str | None,
    typer.Option("--url", metavar="URL", help="The service's address. Default: AVOW_URL, or this machine's."),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write the document to this file.")
]
ReplaceOption = Annotated[bool, typer.Option("--replace", help="Let --out replace a file.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; for scripts.")]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIRECTORY", help="The service's data directory. Default: AVOW_DATA, or data."),
]
WalletOption = Annotated[
    Path,
    typer.Option(
        "--wallet", metavar="FILE", envvar="AVOW_WALLET", help="The wallet file, encrypted with a pass-phrase."
    ),
]
DEFAULT_WALLET = Path("wallet.avow")


def teach(example: str, then: str) -> str:
    """Compose the end of a help text: commands to try, and what comes next."""
    lines = "\n".join(f"  {line}" for line in example.strip().splitlines())
    return f"[bold]Example[/]\n\n{escape(lines)}\n\n[bold]Next[/]\n\n  {escape(then)}"
