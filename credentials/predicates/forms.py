"""Sums of claims as linear forms over the slots of a statement.

Text: `bbs-predicates-2026` version 1, sections 2.2 and 4.2 (S4).

A comparison `left OP right` becomes `Σ a·m OP bound`: m are scalars of slots, so `bound` holds the offsets of
the kinds and all constants. Coefficients are whole and without a common divisor, the first is positive.

    measure      kinds                   one step of the scalar
    number       integer, decimal        10^-scale, where there is a decimal; its scale is that of all
    day          date                    a day
    second       timestamp               a second
    code         enumeration             a place in the code list, which is the same list for all
    truth        boolean
    text         text                    none: texts are only equal or different

Invariants
- Both sides of a comparison have one measure. Days (and seconds) have a weight of zero in all, so that a day
  is compared with a day, and a difference of days with a length of time.
- Codes, truths and texts stand alone on their side.
- Every claim that is named counts: one that cancels out is refused.
- Bounds are exact rationals; rounding is the comparison's.

Not here: what is claimed of a form (`compiling`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from math import gcd
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.predicates.claims import DAY_SECONDS, OFFSET, seconds_of
from credentials.predicates.expressions import Clock, Duration, Part, Path, Sum, printable, sums_of
from credentials.predicates.moments import SECONDS
from schemas.json_schemas import pointer
from zk.predicates.rules import MAX_TERMS
from zk.predicates.slots import Kind, slot_scalar
from zk.predicates.wires import Form, Term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from credentials.predicates.compiling import Subject
    from credentials.predicates.expressions import Atom, Expression
    from schemas.typed_claims import TypedClaim
    from zk.predicates.slots import SlotType
    from zk.predicates.system import System
    from zk.predicates.wires import Wire


class Measure(Enum):
    """What the values of a form are."""

    NUMBER = "numbers"
    DAY = "dates"
    SECOND = "timestamps"
    CODE = "values of an enumeration"
    TRUTH = "true or false"
    TEXT = "texts"

    @property
    def is_ordered(self) -> bool:
        """Whether one value can be less than another."""
        return self not in {Measure.TRUTH, Measure.TEXT}


MEASURES: Final = {
    Kind.INTEGER: Measure.NUMBER,
    Kind.DECIMAL: Measure.NUMBER,
    Kind.DATE: Measure.DAY,
    Kind.TIMESTAMP: Measure.SECOND,
    Kind.ENUMERATION: Measure.CODE,
    Kind.BOOLEAN: Measure.TRUTH,
    Kind.TEXT: Measure.TEXT,
}
_MAX_COEFFICIENT: Final = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class Located:
    """A claim, where it stands in the statement, and what its slot holds."""

    wire: Wire
    claim: TypedClaim
    slot: SlotType


@dataclass(frozen=True, slots=True)
class Linear:
    """Σ a·m against a bound; `flipped`: signs were changed, so that an order turns around."""

    form: Form
    bound: Fraction
    measure: Measure
    flipped: bool

    @property
    def is_single(self) -> bool:
        """Whether it speaks about one slot."""
        return len(self.form.terms) == 1


@dataclass(frozen=True, slots=True)
class Scope:
    """One expression, and the credentials in which its claims stand.

    Attributes:
        system: for the scalars of texts.
        subjects: the credentials, in the order of the statement.
        expression: as asked, for errors.
        own: the credential query that claims without prefix belong to.
    """

    system: System
    subjects: Sequence[Subject]
    expression: Expression
    own: str

    def index(self, query: str | None) -> int:
        """Return the place of a credential in the statement."""
        wanted = self.own if query is None else query
        for k, subject in enumerate(self.subjects):
            if subject.query == wanted:
                return k
        raise self.fault(
            "subject", f"no credential answers {wanted}", "present one for each that is asked for"
        )

    def locate(self, path: Path) -> Located:
        """Find the slot of a claim."""
        k = self.index(path.query)
        typing = self.subjects[k].typing
        slot = typing.slot_of(pointer(("credentialSubject", *path.names)))
        if slot is None:
            known = ", ".join(
                claim.pointer.removeprefix("/credentialSubject/") for claim in typing.claims[:12]
            )
            raise self.fault(
                "claim",
                f"the schema has no typed claim {path.text()}",
                f"ask for one of: {known.replace('/', '.')}",
            )
        return Located((k, slot), typing.claims[slot], typing.types.slots[slot])

    def difference(self, left: Sum, right: Sum) -> Linear:
        """Bring `left OP right` into the form `Σ a·m OP bound`."""
        parts = [*left.parts, *(Part(-part.factor, part.atom) for part in right.parts)]
        located = {path: self.locate(path) for form in sums_of(self.expression) for path in form.paths}
        measure, scale = self._measure(list(located.values()))
        if measure in {Measure.CODE, Measure.TRUTH, Measure.TEXT}:
            self._check_alone(left, right, measure)
        example = next(iter(located.values()))
        coefficients: dict[Wire, int] = {}
        bound, weight = Fraction(0), 0
        for part in parts:
            if isinstance(part.atom, Path):
                found = located[part.atom]
                a = part.factor * (10**scale if found.slot.kind is Kind.INTEGER else 1)
                coefficients[found.wire] = coefficients.get(found.wire, 0) + a
                bound += a * OFFSET if measure is Measure.NUMBER else 0
                weight += part.factor
            else:
                bound -= part.factor * self._constant(part.atom, measure, scale, example)
                weight += part.factor * isinstance(part.atom, dt.date)
        if weight and measure in {Measure.DAY, Measure.SECOND}:
            raise self.fault(
                "kind",
                "a day is compared with a length of time",
                "compare days with days, and differences of days with lengths such as 30d",
            )
        return self._linear(coefficients, bound, measure)

    def fault(self, kind: str, what: str, remedy: str) -> CredentialError:
        """Say what is wrong with the expression as a request."""
        return CredentialError(
            f"request.{kind}", f"`{printable(self.expression.text())}`: {what}", remedy=remedy
        )

    def _linear(self, coefficients: dict[Wire, int], bound: Fraction, measure: Measure) -> Linear:
        terms = sorted(coefficients.items())
        # Not even the presence of such a claim would be shown, though it is named.
        if not all(a for _, a in terms):
            raise self.fault("relation", "a claim in it cancels out", "leave out what it does not depend on")
        divisor = gcd(*(a for _, a in terms)) * (1 if terms[0][1] > 0 else -1)
        reduced = tuple(Term(*wire, a // divisor) for wire, a in terms)
        if len(terms) > MAX_TERMS or any(abs(term.coefficient) > _MAX_COEFFICIENT for term in reduced):
            raise self.fault(
                "form", "it adds too many claims, or too large multiples", f"at most {MAX_TERMS}, below 2^32"
            )
        return Linear(Form(reduced, 0), bound / divisor, measure, divisor < 0)

    def _measure(self, located: Sequence[Located]) -> tuple[Measure, int]:
        """Find the one measure of all claims, and the scale of numbers."""
        measures = {MEASURES[found.slot.kind] for found in located}
        if len(measures) > 1:
            names = " with ".join(sorted(measure.value for measure in measures))
            raise self.fault("kind", f"it mixes {names}", "compare claims of one kind")
        (measure,) = measures
        parameters = {found.slot.parameter for found in located if found.slot.parameter}
        if len(parameters) > 1:
            what = "code lists" if measure is Measure.CODE else "scales"
            raise self.fault(
                "kind", f"its claims have different {what}", "compare claims of one list or scale"
            )
        scaled = measure is Measure.NUMBER and parameters
        return measure, min(parameters)[0] if scaled else 0

    def _check_alone(self, left: Sum, right: Sum, measure: Measure) -> None:
        for parts in (left.parts, right.parts):
            if len(parts) > 1 or any(part.factor != 1 for part in parts):
                raise self.fault("kind", f"it computes with {measure.value}", "compare them as they are")

    def _constant(self, atom: Atom, measure: Measure, scale: int, example: Located) -> Fraction:
        """Give a constant in steps of the scalar."""
        if isinstance(atom, Clock):
            raise self.fault(
                "clock", "a request in flight names no `today` or `now`", "resolve it when it is made"
            )
        found: Fraction | int | None = None
        match measure, atom:
            case Measure.NUMBER, Decimal():
                found = Fraction(atom) * int(10**scale)
            case ((Measure.DAY | Measure.SECOND), Duration()):
                found = self._length(atom, DAY_SECONDS if measure is Measure.DAY else 1)
            case Measure.SECOND, dt.datetime():
                found = seconds_of(atom)
            case Measure.DAY, dt.date() if not isinstance(atom, dt.datetime):
                found = atom.toordinal()
            case Measure.TRUTH, bool():
                found = int(atom)
            case ((Measure.CODE | Measure.TEXT), str()):
                found = self._named(atom, example)
        if found is None:
            raise self.fault("kind", f"it compares {measure.value} with something else", _HOW[measure])
        return Fraction(found)

    def _length(self, duration: Duration, step: int) -> Fraction:
        if duration.unit not in SECONDS:
            raise self.fault(
                "kind",
                "years and months have no fixed length",
                "step from a day instead, as in birthDate <= today - 18y",
            )
        return Fraction(duration.count * SECONDS[duration.unit], step)

    def _named(self, text: str, example: Located) -> int:
        if example.slot.kind is Kind.TEXT:
            return int(slot_scalar(self.system, example.slot, text))
        if text not in example.claim.codes:
            raise self.fault("value", "a code that the schema's list has not", "ask for codes of the list")
        return example.claim.codes.index(text) + 1


_HOW: Final = {
    Measure.NUMBER: "write a number",
    Measure.DAY: "write a day as 2008-11-26, a difference as 30d",
    Measure.SECOND: "write a time as 2008-11-26T09:30:00Z, a difference as 3600s",
    Measure.CODE: 'write a code in quotes, as in "FR"',
    Measure.TRUTH: "write true or false",
    Measure.TEXT: "write a text in quotes",
}
