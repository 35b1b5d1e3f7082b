"""Read what expressions are made of, token by token: values, lengths of time, claims.

Invariants
- Whatever is read is exact and small: 19 digits and 18 places of a number, 9 digits of a length of time, 16
  names of a path.
- A word that the language uses is a name in back quotes only.

Not here: how these are put together (`grammar`).
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NoReturn

from credentials.predicates.expressions import RESERVED, UNITS, Clock, Duration, Path
from credentials.predicates.tokens import Token, fault, tokens
from schemas.typed_claims import read_date, read_timestamp

if TYPE_CHECKING:
    from credentials.predicates.expressions import Atom, Value

MAX_NAMES: Final = 16

_COUNT_DIGITS: Final = 9
_WHOLE_DIGITS: Final = 19
_PLACES: Final = 18


class Cursor:
    """Stands in the tokens of one text, and moves from left to right."""

    def __init__(self, text: str) -> None:
        """Stand at the beginning."""
        self._text = text
        self._tokens = tokens(text)
        self._at = 0

    def _atom(self) -> Atom:
        token = self._next
        if token.text in {"today", "now"}:
            self._at += 1
            return Clock("today" if token.text == "today" else "now")
        if token.kind == "duration":
            return self._duration()
        if token.kind in {"prefix", "quoted"} or (token.kind == "name" and token.text not in RESERVED):
            return self._path()
        return self._literal("expected a claim or a value here")

    def _value(self) -> Value:
        token = self._next
        minus = self._take("-")
        if minus or self._next.kind == "number":
            if self._next.kind != "number":
                self._fail("value", "expected a number after -", "only numbers have a sign", token)
            number = self._number()
            return number.copy_negate() if minus and number else number
        return self._literal("expected a value here")

    def _literal(self, expected: str) -> Value:
        token = self._next
        if token.text in {"true", "false"}:
            self._at += 1
            return token.text == "true"
        if token.kind == "text":
            return self._string()
        read = {"date": read_date, "timestamp": read_timestamp}.get(token.kind)
        if read is None:
            self._fail(
                "syntax",
                expected,
                "a word that the language uses is written in back quotes where it is a name",
            )
        value = read(token.text)
        if value is None:
            self._fail("value", f"there is no such {token.kind}", "write 2008-11-26 or 2008-11-26T09:30:00Z")
        self._at += 1
        return value

    def _number(self) -> Decimal:
        token = self._next
        whole, _, places = token.text.partition(".")
        if len(whole) > _WHOLE_DIGITS or len(places) > _PLACES:
            self._fail(
                "value", "the number is too long", f"at most {_WHOLE_DIGITS} digits and {_PLACES} places"
            )
        self._at += 1
        return Decimal(token.text)

    def _string(self) -> str:
        token = self._next
        try:
            value: str = json.loads(token.text)
            value.encode()
        except ValueError:
            self._fail("value", "the text has an escape that JSON does not have", "write it as in JSON")
        self._at += 1
        return value

    def _duration(self) -> Duration:
        token = self._next
        digits = token.text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
        unit = token.text[len(digits) :]
        if unit not in UNITS or len(digits) > _COUNT_DIGITS:
            self._fail(
                "unit",
                "no length of time that is known",
                "write y, mo, w, d, h, min or s after a number of at most nine digits",
            )
        self._at += 1
        return Duration(int(digits), unit)

    def _path(self) -> Path:
        query = self._query()
        names = [self._name()]
        while self._take("."):
            names.append(self._name())
        if len(names) > MAX_NAMES:
            self._fail("limit", f"a path of {len(names)} names", f"at most {MAX_NAMES} are read")
        return Path(tuple(names), query)

    def _name(self) -> str:
        token = self._next
        plain = token.kind == "name" and token.text not in RESERVED
        if not plain and token.kind != "quoted":
            self._fail("path", "expected the name of a claim", "write unusual names in `back quotes`")
        self._at += 1
        return token.text if plain else token.text[1:-1].replace("``", "`")

    def _query(self) -> str | None:
        token = self._next
        if token.kind != "prefix":
            return None
        self._at += 1
        return token.text[:-1].strip("`")

    def _audience(self) -> str | None:
        token = self._next
        if token.kind != "audience":
            return None
        self._at += 1
        return token.text.split()[1].lower()

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self, text: str) -> bool:
        """Step over the next token if it is this word or sign."""
        if self._next.kind not in {"name", "sign"} or self._next.text != text:
            return False
        self._at += 1
        return True

    def _expect(self, text: str, remedy: str) -> None:
        if not self._take(text):
            self._fail("syntax", f"expected `{text}` here", remedy)

    def _fail(self, kind: str, what: str, remedy: str, token: Token | None = None) -> NoReturn:
        at = (token or self._next).start
        raise fault(f"expression.{kind}", what, self._text, at, remedy=remedy)
