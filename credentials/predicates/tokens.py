"""Cut an expression into tokens, and say where something in it is wrong.

Invariants
- Work is linear in the text, which has at most `MAX_TEXT` characters.
- Every error shows the text with a caret below the first character that does not fit.

Not here: what may follow what (`grammar`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from credentials.errors import CredentialError

MAX_TEXT: Final = 500
"""Characters: two lines of an expression are more than a person reads."""

_PATTERNS: Final = (
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:.]+(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?"),
    ("date", r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9A-Za-z_-])"),
    ("digest", r"[0-9a-f]{64}(?![0-9A-Za-z_])"),
    ("prefix", r"(?:[A-Za-z0-9_][A-Za-z0-9_-]{0,63}|`[A-Za-z0-9_-]{1,64}`):(?=[A-Za-z_`])"),
    ("audience", r"for +[A-Za-z0-9.-]+(?![A-Za-z0-9_.-])"),
    ("duration", r"[0-9]+[A-Za-z]+(?![0-9_])"),
    ("number", r"[0-9]+(?:\.[0-9]+)?(?![0-9A-Za-z_])"),
    ("name", r"[A-Za-z_][A-Za-z0-9_]*"),
    ("quoted", r"`(?:[^`\x00-\x1f]|``)+`"),
    ("text", r'"(?:[^"\\\x00-\x1f]|\\.)*"'),
    ("sign", r"<=|>=|!=|[<>=+*\[\],.-]"),
)
_TOKEN: Final = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PATTERNS))
_SPACE: Final = re.compile(r" *")


@dataclass(frozen=True, slots=True)
class Token:
    """A token: its kind, its text, and the index of its first character; kind `end` stands at the end."""

    kind: str
    text: str
    start: int


def tokens(text: str) -> tuple[Token, ...]:
    """Cut a text into tokens. Codes: expression.limit, expression.character."""
    if len(text) > MAX_TEXT:
        raise CredentialError(
            "expression.limit",
            f"an expression of {len(text)} characters, at most {MAX_TEXT} are read",
            remedy="split it into several expressions; all of them are proven",
        )
    found = []
    at = _SPACE.match(text, 0).end()  # type: ignore[union-attr]  # it matches everywhere
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise fault(
                "expression.character",
                "nothing that is known begins with this character",
                text,
                at,
                remedy='write texts in "double quotes", unusual names in `back quotes`, days as 2008-11-26',
            )
        found.append(Token(str(match.lastgroup), match[0], at))
        at = _SPACE.match(text, match.end()).end()  # type: ignore[union-attr]
    return (*found, Token("end", "", len(text)))


def fault(code: str, what: str, text: str, at: int, *, remedy: str) -> CredentialError:
    """Say what is wrong at index `at`, under the text a caret."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    detail = f"{what}, at character {at + 1}:\n  {shown}\n  {' ' * at}^"
    return CredentialError(code, detail, remedy=remedy)
