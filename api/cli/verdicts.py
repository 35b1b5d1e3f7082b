"""Show a verdict: the tree of checks, worst news readable first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from api.cli.output import FAILED, PASSED, STYLES, UNCLEAR, WARNING, Output, printable, shown, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import RenderableType

    from did.types import JsonObject


def show_verdict(out: Output, answer: Mapping[str, object]) -> None:
    """Print the headline and the tree of an answer that holds a verdict."""
    verdict = verdict_of(answer)
    accepted, verified = verdict.get("accepted") is True, verdict.get("verified") is True
    if accepted:
        out.mark(PASSED, "[bold green]accepted[/]: the proof holds and so does the policy")
    elif verified:
        out.mark(WARNING, "[bold yellow]not accepted[/]: the proof holds, the policy does not")
    else:
        out.mark(FAILED, "[bold red]not verified[/]")
    out.say(verdict_tree(out, verdict, indent=2))
    remedies = [
        check["remedy"]
        for _, check in walk(verdict)
        if check.get("outcome") != PASSED and check.get("remedy") and not check.get("checks")
    ]
    for remedy in dict.fromkeys(map(str, remedies)):
        out.say(f"  [dim]remedy[/]  {shown(remedy)}")


def verdict_tree(out: Output, verdict: Mapping[str, object], *, indent: int) -> RenderableType:
    """Lay out the checks: sign and name on the left, code and reason on the right."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for depth, check in walk(verdict):
        outcome = str(check.get("outcome"))
        outcome = outcome if outcome in STYLES else UNCLEAR
        name = Text(" " * (indent + 2 * depth)).append(out.glyph(outcome), style=STYLES[outcome])
        name.append(f" {printable(check.get('check', ''))}")
        grid.add_row(name, reason(check, STYLES[outcome]))
    return grid


def reason(check: Mapping[str, object], style: str) -> Text:
    """Say why a check ended as it did; a group leaves that to its parts."""
    text = Text()
    if not check.get("checks"):
        code, detail = check.get("code"), check.get("detail")
        text.append(tidy(code) if code else "", style=style)
        text.append(": " if code and detail else "")
        text.append(tidy(detail) if detail else "", style="dim")
    return text


def verdict_of(answer: Mapping[str, object]) -> JsonObject:
    """Take the verdict out of an answer or a problem document."""
    found = answer.get("verdict")
    return found if isinstance(found, dict) else {}


def walk(group: Mapping[str, object], depth: int = 0) -> Iterator[tuple[int, JsonObject]]:
    """Yield each check with its depth, in order."""
    checks = group.get("checks")
    for check in checks if isinstance(checks, list) else []:
        if isinstance(check, dict):
            yield depth, check
            yield from walk(check, depth + 1)


def first_code(answer: Mapping[str, object]) -> str:
    """Give the code of the first check that did not pass."""
    for _, check in walk(verdict_of(answer)):
        if check.get("outcome") != PASSED and check.get("code") and not check.get("checks"):
            return str(check["code"])
    return ""
