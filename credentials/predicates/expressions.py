"""Expressions about hidden claims: what they are made of, and their canonical text.

    birthDate <= today - 18y                      a comparison of sums; also <, >=, >, =, !=
    birthDate between 1960-01-01 and 2008-11-26   both ends included
    nationality in ["FR", "DE"]                   `not in` as well
    nationality in set 9f86…                      a published set, by the digest of its list
    not revoked                                   the credential is in force
    pseudonym for shop.example                    the same each time there
    once per "ballot 2026"                        a nullifier
    id:birthDate                                  the claim of another credential of the query

Invariants
- `parse(expression.text()) == expression` (`credentials.predicates.grammar`).
- Numbers are exact, at most 19 digits and 18 places; times are UTC in whole seconds.

Not here: reading (`grammar`), meaning (`compiling`).
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, TypeAlias

RESERVED: Final = frozenset(
    {
        *("not", "in", "between", "and", "by", "today", "now", "true", "false", "for"),
        *("set", "revoked", "pseudonym", "once", "per", "bulletproof"),
    }
)
UNITS: Final = ("y", "mo", "w", "d", "h", "min", "s")

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ID: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")

Operator: TypeAlias = Literal["<", "<=", ">", ">=", "=", "!="]
Value: TypeAlias = Decimal | bool | str | dt.date | dt.datetime
"""A constant: a number, true or false, a text, a day, or a time."""


@dataclass(frozen=True, slots=True)
class Path:
    """A claim: names from `credentialSubject` down, and the credential query where it is another's."""

    names: tuple[str, ...]
    query: str | None = None

    def text(self) -> str:
        """Write it, with names quoted where they are not plain."""
        return _prefix(self.query) + ".".join(map(_name, self.names))


@dataclass(frozen=True, slots=True)
class Clock:
    """The day or the second at which a request is made."""

    name: Literal["today", "now"]

    def text(self) -> str:
        """Write it."""
        return self.name


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: years, months, weeks, days, hours, minutes or seconds."""

    count: int
    unit: str

    def text(self) -> str:
        """Write it, as 18y."""
        return f"{self.count}{self.unit}"


Atom: TypeAlias = Path | Clock | Duration | Value


@dataclass(frozen=True, slots=True)
class Part:
    """One summand: a factor (1 or -1 for all but claims) and what it multiplies. Numbers are not negative."""

    factor: int
    atom: Atom

    def text(self) -> str:
        """Write it without its sign."""
        times = f"{abs(self.factor)} * " if abs(self.factor) > 1 else ""
        return times + _write(self.atom)


@dataclass(frozen=True, slots=True)
class Sum:
    """Summands, in the order in which they are written."""

    parts: tuple[Part, ...]

    @property
    def paths(self) -> tuple[Path, ...]:
        """The claims in it."""
        return tuple(part.atom for part in self.parts if isinstance(part.atom, Path))

    def text(self) -> str:
        """Write it."""
        first, *others = self.parts
        written = ("-" if first.factor < 0 else "") + first.text()
        return written + "".join((" - " if part.factor < 0 else " + ") + part.text() for part in others)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sums compared; `bulletproof`: an order is shown without anybody's digit key."""

    left: Sum
    operator: Operator
    right: Sum
    bulletproof: bool = False

    def text(self) -> str:
        """Write it."""
        return f"{self.left.text()} {self.operator} {self.right.text()}{_tail(self.bulletproof)}"


@dataclass(frozen=True, slots=True)
class Between:
    """A sum lies between two constants, both included."""

    form: Sum
    low: Sum
    high: Sum
    bulletproof: bool = False

    def text(self) -> str:
        """Write it."""
        bounds = f"{self.low.text()} and {self.high.text()}"
        return f"{self.form.text()} between {bounds}{_tail(self.bulletproof)}"


@dataclass(frozen=True, slots=True)
class Membership:
    """A sum has one of these values, or none of them."""

    form: Sum
    values: tuple[Value, ...]
    excluded: bool

    def text(self) -> str:
        """Write it."""
        values = ", ".join(map(_write, self.values))
        return f"{self.form.text()} {'not in' if self.excluded else 'in'} [{values}]"


@dataclass(frozen=True, slots=True)
class SetMembership:
    """A sum is a member of a published set, which is known by the digest of its list (32 octets)."""

    form: Sum
    digest: bytes

    def text(self) -> str:
        """Write it."""
        return f"{self.form.text()} in set {self.digest.hex()}"


@dataclass(frozen=True, slots=True)
class Unrevoked:
    """A credential is not revoked."""

    query: str | None = None

    def text(self) -> str:
        """Write it."""
        return f"not {_prefix(self.query)}revoked"


@dataclass(frozen=True, slots=True)
class PseudonymFor:
    """A pseudonym of the holder for the verifier; `sector` says again for whom, where it is written."""

    sector: str | None = None
    query: str | None = None

    def text(self) -> str:
        """Write it."""
        return f"{_prefix(self.query)}pseudonym{_audience(self.sector)}"


@dataclass(frozen=True, slots=True)
class OncePer:
    """A nullifier: the same for one holder, verifier and scope, so that a second use is seen."""

    scope: str
    sector: str | None = None
    query: str | None = None

    def text(self) -> str:
        """Write it."""
        return f"{_prefix(self.query)}once per {_write(self.scope)}{_audience(self.sector)}"


Expression: TypeAlias = Comparison | Between | Membership | SetMembership | Unrevoked | PseudonymFor | OncePer


def sums_of(expression: Expression) -> tuple[Sum, ...]:
    """Return the sums of an expression."""
    match expression:
        case Comparison():
            return expression.left, expression.right
        case Between():
            return expression.form, expression.low, expression.high
        case Membership() | SetMembership():
            return (expression.form,)
        case _:
            return ()


def queries_of(expression: Expression) -> frozenset[str | None]:
    """Return the credential queries that an expression names; None among them: its own."""
    if isinstance(expression, Unrevoked | PseudonymFor | OncePer):
        return frozenset({expression.query})
    return frozenset(path.query for form in sums_of(expression) for path in form.paths)


def is_resolved(expression: Expression) -> bool:
    """Whether it is without `today` and `now`."""
    return not any(isinstance(part.atom, Clock) for form in sums_of(expression) for part in form.parts)


def printable(text: str) -> str:
    """Give a text in which characters that move or hide text are written as escapes."""
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)


def write_number(value: Decimal) -> str:
    """Write a number without exponent and without zeros at its end."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _write(atom: Atom) -> str:
    match atom:
        case Path() | Clock() | Duration():
            return atom.text()
        case bool():
            return "true" if atom else "false"
        case str():
            return json.dumps(atom, ensure_ascii=False)
        case Decimal():
            return write_number(atom)
        case dt.datetime():
            return atom.replace(tzinfo=None).isoformat() + "Z"
        case _:
            return atom.isoformat()


def _name(name: str) -> str:
    if _NAME.fullmatch(name) and name not in RESERVED:
        return name
    return "`" + name.replace("`", "``") + "`"


def _prefix(query: str | None) -> str:
    if query is None:
        return ""
    return (query if _ID.fullmatch(query) else f"`{query}`") + ":"


def _audience(sector: str | None) -> str:
    return "" if sector is None else f" for {sector}"


def _tail(bulletproof: bool) -> str:
    return " by bulletproof" if bulletproof else ""
