"""Read an expression.

    expression = [id:] "pseudonym" [for HOST]  |  [id:] "once" "per" TEXT [for HOST]  |  "not" [id:] "revoked"
               | sum ORDER sum [by bulletproof]  |  sum ("=" | "!=") sum
               | sum "between" sum "and" sum [by bulletproof]
               | sum ["not"] "in" "[" value {"," value} "]"  |  sum "in" "set" DIGEST
    sum        = ["-"] part {("+" | "-") part}
    part       = [INTEGER "*"] path  |  NUMBER | DURATION | DATE | TIMESTAMP | TEXT | "true" | "false"
               | "today" | "now"
    value      = ["-"] NUMBER | DATE | TIMESTAMP | TEXT | "true" | "false"
    path       = [id:] name {"." name}

Invariants
- There are no brackets to nest: an expression has no depth, and reading it takes one pass.
- An expression speaks about at least one claim, and about few enough things for a person to judge.
- Each error has a code `expression.*`, a caret, and what to write instead.

Not here: kinds of claims (`compiling`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from credentials.predicates.cursor import Cursor
from credentials.predicates.expressions import (
    Between,
    Comparison,
    Membership,
    OncePer,
    Part,
    PseudonymFor,
    SetMembership,
    Sum,
    Unrevoked,
)

if TYPE_CHECKING:
    from credentials.predicates.expressions import Expression, Operator

MAX_PARTS: Final = 16
"""Summands of one side; a form has at most eight claims, constants come on top."""
MAX_VALUES: Final = 16
MAX_FACTOR: Final = (1 << 32) - 1

_ORDERS: Final = frozenset({"<", "<=", ">", ">="})


def parse(text: str) -> Expression:
    """Read an expression. Raises CredentialError with a code ``expression.*``."""
    return _Reader(text).expression()


class _Reader(Cursor):
    """Reads expressions and sums."""

    def expression(self) -> Expression:
        found = self._whole()
        if self._next.kind != "end":
            self._fail(
                "syntax", "the expression was complete before this", "join nothing to it: one fact each"
            )
        return found

    def _whole(self) -> Expression:
        if self._take("not"):
            query = self._query()
            self._expect("revoked", "a claim cannot be negated; write `not revoked`, `!=` or `not in`")
            return Unrevoked(query)
        start = self._at
        query = self._query()
        if self._take("pseudonym"):
            return PseudonymFor(self._audience(), query)
        if self._take("once"):
            self._expect("per", 'write once per "ballot 2026"')
            token = self._next
            scope = self._string() if token.kind == "text" else ""
            if not scope:
                self._fail(
                    "value", "expected what is done once, in quotes", 'write once per "ballot 2026"', token
                )
            return OncePer(scope, self._audience(), query)
        self._at = start
        return self._claim()

    def _claim(self) -> Expression:
        first = self._next
        form = self._sum()
        token = self._next
        if token.text in _ORDERS or token.text in {"=", "!="}:
            self._at += 1
            right = self._sum()
            if not (form.paths or right.paths):
                self._fail(
                    "path", "there is no claim in this comparison", "compare a claim with something", first
                )
            ordered = token.text in _ORDERS
            return Comparison(form, cast("Operator", token.text), right, self._bulletproof(ordered=ordered))
        if not form.paths:
            self._fail("path", "expected a claim before this", "begin with the name of a claim", token)
        if self._take("between"):
            low = self._constant()
            self._expect("and", "write between LOW and HIGH")
            return Between(form, low, self._constant(), self._bulletproof(ordered=True))
        excluded = self._take("not")
        if not self._take("in"):
            self._fail(
                "syntax",
                "expected a comparison here",
                "continue with <=, >=, <, >, =, !=, between, in or not in",
            )
        found = self._members(form, excluded=excluded)
        self._bulletproof(ordered=False)
        return found

    def _members(self, form: Sum, *, excluded: bool) -> Expression:
        token = self._next
        if self._take("set"):
            if excluded:
                self._fail(
                    "set", "absence from a set cannot be proven", "list the values: not in [...]", token
                )
            digest = self._next
            if digest.kind != "digest":
                self._fail(
                    "set", "expected the digest of a set", "write its 64 hexadecimal digits, lower case"
                )
            self._at += 1
            return SetMembership(form, bytes.fromhex(digest.text))
        self._expect("[", 'write a list, as in ["FR", "DE"], or `set` and a digest')
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._expect("]", "separate values by commas and close the list")
        if len({(type(value), value) for value in values}) < len(values):
            self._fail("set", "a value stands twice in this list", "list each value once", token)
        if len(values) > MAX_VALUES:
            self._fail("set", f"{len(values)} values", f"list at most {MAX_VALUES}, or use a set", token)
        if len(values) < 2 and not excluded:
            self._fail("set", "a list of one value shows it", "write `=` if that is what you want", token)
        return Membership(form, tuple(values), excluded)

    def _sum(self) -> Sum:
        first = self._next
        parts = [self._part(-1 if self._take("-") else 1)]
        while self._next.text in {"+", "-"} and self._next.kind == "sign":
            sign = 1 if self._next.text == "+" else -1
            self._at += 1
            parts.append(self._part(sign))
        if len(parts) > MAX_PARTS:
            self._fail("limit", f"a sum of {len(parts)} parts", f"write at most {MAX_PARTS}", first)
        return Sum(tuple(parts))

    def _constant(self) -> Sum:
        first = self._next
        found = self._sum()
        if found.paths:
            self._fail("path", "a bound of `between` names a claim", "compare claims by <= and >=", first)
        return found

    def _part(self, sign: int) -> Part:
        token = self._next
        if token.kind != "number":
            return Part(sign, self._atom())
        number = self._number()
        if not self._take("*"):
            return Part(sign, number)
        if number % 1 or not 0 < number <= MAX_FACTOR:
            self._fail("value", "a factor is an integer from 1 to 2^32 - 1", "multiply both sides", token)
        return Part(sign * int(number), self._path())

    def _bulletproof(self, *, ordered: bool) -> bool:
        token = self._next
        if not self._take("by"):
            return False
        self._expect("bulletproof", "write by bulletproof, or nothing")
        if not ordered:
            self._fail("bulletproof", "only ranges are shown by bulletproof", "leave it out here", token)
        return True
