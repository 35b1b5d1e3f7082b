"""Say in plain English what a query shows: what is proven, what comes with it, what stays hidden.

Invariants
- Every expression has a line; so has each claim that is shown as it is, and each optional claim whose
  presence is shown by what is proven of it.
- Lines come from the query and the schemas alone, never from the values of a credential.
- What the asking party has written is shown without characters that move or hide text.

Not here: whether that is more than needed (`advice`).
"""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from credentials.predicates.expressions import (
    Between,
    Comparison,
    Duration,
    Membership,
    Path,
    PseudonymFor,
    SetMembership,
    Sum,
    Unrevoked,
    printable,
    sums_of,
    write_number,
)
from credentials.predicates.forms import MEASURES, Measure
from schemas.json_schemas import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from credentials.exchange.dcql import ClaimQuery, CredentialQuery, Query
    from credentials.predicates.claims import Typing
    from credentials.predicates.expressions import Atom, Expression
    from zk.predicates.slots import SlotType

_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_NUMBER: Final = {
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
    "=": "is",
    "!=": "is not",
}
_DAY: Final = _NUMBER | {
    "<": "is before",
    "<=": "is on or before",
    ">": "is after",
    ">=": "is on or after",
}
_CODE: Final = _NUMBER | {
    "<": "comes before",
    "<=": "does not come after",
    ">": "comes after",
    ">=": "does not come before",
}
_WORDS: Final[dict[Measure | None, dict[str, str]]] = {
    Measure.DAY: _DAY,
    Measure.SECOND: _DAY,
    Measure.CODE: _CODE,
}
_VALUE: Final = "the value itself"
_ITSELF: Final[dict[Measure | None, str]] = {
    Measure.DAY: "the date itself",
    Measure.SECOND: "the time itself",
    Measure.NUMBER: "the number itself",
}
_UNITS: Final = {
    "y": "year",
    "mo": "month",
    "w": "week",
    "d": "day",
    "h": "hour",
    "min": "minute",
    "s": "second",
}
_SHORT_DIGEST: Final = 12


def describe(
    query: Query, typings: Mapping[str, Typing], *, sector: str, epochs: Mapping[str, int]
) -> tuple[str, ...]:
    """Describe a query, a line for each fact.

    Args:
        query: with absolute days.
        typings: of the credentials, by the id of the credential query that they answer.
        sector: lower-case host of the party that asks.
        epochs: of their revocation lists, by the same ids, where they are known.
    """
    teller = _Teller(typings, sector, epochs, several=len(query.credentials) > 1)
    lines: list[str] = []
    for credential in query.credentials:
        lines += teller.shown(credential)
        lines += (teller.tell(expression, credential.id) for expression in credential.prove)
    lines += (teller.tell(expression, query.credentials[0].id) for expression in query.prove)
    lines += teller.present(query)
    if len(typings) > 1:
        lines.append("all these credentials are of one holder; who that is stays hidden")
    return tuple(map(printable, lines))


class _Teller:
    """Finds the words for one query."""

    def __init__(
        self, typings: Mapping[str, Typing], sector: str, epochs: Mapping[str, int], *, several: bool
    ) -> None:
        self._typings = typings
        self._sector = sector
        self._epochs = epochs
        self._several = several

    def shown(self, credential: CredentialQuery) -> Iterator[str]:
        whose = f" of {credential.id}" if self._several else ""
        alternatives = [claims for claims in credential.claim_sets if claims]
        for number, claims in enumerate(alternatives):
            names = ", ".join(map(claim_name, claims))
            yield f"{'or else shown' if number else 'shown'} as it is{whose}: {names}"

    def tell(self, expression: Expression, own: str) -> str:
        match expression:
            case Comparison():
                return self._comparison(expression, own)
            case Between(form, low, high):
                measure = self._measure(form, own)
                bounds = f"is from {self._sum(low, own)} to {self._sum(high, own)}"
                return f"{self._sum(form, own)} {bounds}; {_itself(form, measure)} hidden"
            case Membership(form, values, excluded):
                listed = ", ".join(map(_atom, values))
                if excluded:
                    return f"{self._sum(form, own)} is not {_any(listed)}; what it is stays hidden"
                return f"{self._sum(form, own)} is one of {listed}; which one stays hidden"
            case SetMembership(form, digest):
                short = digest.hex()[:_SHORT_DIGEST]
                return f"{self._sum(form, own)} is in the published set {short}…; which member stays hidden"
            case Unrevoked(query):
                return self._unrevoked(query or own)
            case PseudonymFor():
                return f"a pseudonym for {self._sector}, the same each time there and unlinkable elsewhere"
            case _:
                return (
                    f"a mark for {_atom(expression.scope)} at {self._sector}, the same each time, so that a "
                    "second use shows; it is unlinkable elsewhere"
                )

    def present(self, query: Query) -> Iterator[str]:
        """Name the optional claims that must be there, each once."""
        asked = [(expression, own.id) for own in query.credentials for expression in own.prove]
        asked += [(expression, query.credentials[0].id) for expression in query.prove]
        paths = [
            (path, own) for expression, own in asked for form in sums_of(expression) for path in form.paths
        ]
        found = [
            self._path(path, own) for path, own in paths if (slot := self._slot(path, own)) and slot.optional
        ]
        yield from (f"that the credential has {name} at all is shown" for name in dict.fromkeys(found))

    def _comparison(self, asked: Comparison, own: str) -> str:
        left, operator, right = asked.left, asked.operator, asked.right
        if not left.paths:
            left, operator, right = right, _TURNED[operator], left  # type: ignore[assignment]  # of the six
        measure = self._measure(left, own)
        words = _WORDS.get(measure, _NUMBER) if _is_plain(left) else _NUMBER
        if right.paths:
            words = words | {"=": "is the same as", "!=": "is not the same as"}
        fact = f"{self._sum(left, own)} {words[operator]} {self._sum(right, own)}"
        both = Sum((*left.parts, *right.parts))
        shows = operator == "=" or (operator == "!=" and measure is Measure.TRUTH)
        if shows and len(set(both.paths)) == 1:
            return f"{fact}; that shows {_ITSELF.get(measure, _VALUE)}"
        return f"{fact}; {_itself(both, measure)} hidden"

    def _unrevoked(self, query: str) -> str:
        epoch = self._epochs.get(query)
        which = f" {query}" if self._several else ""
        when = "" if epoch is None else f" (epoch {epoch})"
        return f"the credential{which} is not revoked{when}; which one it is stays hidden"

    def _sum(self, form: Sum, own: str) -> str:
        words = []
        for number, part in enumerate(form.parts):
            sign = ("-" if part.factor < 0 else "") if number == 0 else (" - " if part.factor < 0 else " + ")
            times = f"{abs(part.factor)} times " if abs(part.factor) > 1 else ""
            atom = self._path(part.atom, own) if isinstance(part.atom, Path) else _atom(part.atom)
            words.append(sign + times + atom)
        return "".join(words)

    def _path(self, path: Path, own: str) -> str:
        name = ".".join(path.names)
        return f"{name} of {path.query or own}" if self._several else name

    def _slot(self, path: Path, own: str) -> SlotType | None:
        typing = self._typings.get(path.query or own)
        at = typing.slot_of(pointer(("credentialSubject", *path.names))) if typing else None
        return typing.types.slots[at] if typing and at is not None else None

    def _measure(self, form: Sum, own: str) -> Measure | None:
        slot = self._slot(form.paths[0], own)
        return None if slot is None else MEASURES[slot.kind]


def claim_name(claim: ClaimQuery) -> str:
    """Write the path of a claim as a person reads it."""
    path = claim.path[1:] if len(claim.path) > 1 and claim.path[0] == "credentialSubject" else claim.path
    return ".".join("*" if step is None else str(step) for step in path)


def _is_plain(form: Sum) -> bool:
    return len(form.parts) == 1 and form.parts[0].factor == 1


def _itself(form: Sum, measure: Measure | None) -> str:
    if len(set(form.paths)) > 1:
        return "the values themselves stay"
    return f"{_ITSELF.get(measure, _VALUE)} stays"


def _any(listed: str) -> str:
    return f"any of {listed}" if "," in listed else listed


def _atom(atom: Atom) -> str:
    match atom:
        case bool():
            return "true" if atom else "false"
        case str():
            return json.dumps(atom, ensure_ascii=False)
        case Decimal():
            return write_number(atom)
        case dt.datetime():
            return f"{_day(atom)}, {atom:%H:%M:%S} UTC"
        case dt.date():
            return _day(atom)
        case Duration(count, unit):
            return f"{count} {_UNITS[unit]}{'' if count == 1 else 's'}"
        case _:
            return atom.text()


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%B} {day.year}"
