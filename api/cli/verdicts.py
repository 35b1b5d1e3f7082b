"""Show a verdict: the tree of checks, worst news readable first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.cli.output import FAILED, PASSED, STYLES, UNCLEAR, WARNING, Output, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from did.types import JsonObject

_OUTCOMES = frozenset({PASSED, FAILED, WARNING, UNCLEAR})


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
    for depth, check in walk(verdict):
        out.say("  " + "  " * depth + check_line(out, check))
    for _, check in walk(verdict):
        remedy = check.get("remedy")
        if check.get("outcome") != PASSED and remedy and not check.get("checks"):
            out.say(f"  [dim]remedy[/]  {shown(remedy)}")


def check_line(out: Output, check: Mapping[str, object]) -> str:
    """Format one check of the tree as markup."""
    outcome = str(check.get("outcome"))
    outcome = outcome if outcome in _OUTCOMES else UNCLEAR
    line = f"[{STYLES[outcome]}]{out.glyph(outcome)}[/] {shown(check.get('check', ''))}"
    if check.get("code"):
        line += f"  [{STYLES[outcome]}]{shown(check['code'])}[/]"
    if check.get("detail") and not check.get("checks"):
        line += f"  [dim]{shown(check['detail'])}[/]"
    return line


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
