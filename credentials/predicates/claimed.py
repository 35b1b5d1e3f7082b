"""Collect what expressions claim: predicates, equations, and the presence of optional slots.

Text: `bbs-predicates-2026` version 1, section 4.2 (S1 to S10), 4.5 to 4.8.

Invariants
- Digit and bit counts are the computed ones (S5); a bound that no value of the type meets is refused.
- An exclusion over an optional slot leaves the absent value out as well; an optional slot in an equality or
  in a form with others is shown present (S7).
- Nothing is claimed twice.

Not here: reading sums (`forms`), solving (`equations`), the statement around it (`compiling`).
"""

from __future__ import annotations

from decimal import Decimal
from math import ceil, floor
from typing import TYPE_CHECKING, Final

from credentials.predicates.equations import Equations
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
from credentials.predicates.forms import Measure, Scope
from zk.curve import GROUP_ORDER, Scalar
from zk.errors import ZkError
from zk.predicates.predicate import (
    MAX_DIGITS,
    CommittedRange,
    Exclude,
    Member,
    NotRevoked,
    NymContext,
    Predicate,
    Pseudonym,
    Range,
    SignedMember,
    form_of,
)
from zk.predicates.rules import MAX_VALUES
from zk.predicates.statement import bit_count, digit_count, extent
from zk.predicates.wires import slot_form

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from credentials.predicates.compiling import Subject
    from credentials.predicates.expressions import Expression, Value
    from credentials.predicates.forms import Linear
    from zk.predicates.slots import SlotType
    from zk.predicates.system import System
    from zk.predicates.wires import Form, Relation, Wire

_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Claims:
    """What is claimed of some credentials, expression by expression."""

    def __init__(
        self, system: System, subjects: Sequence[Subject], *, sector: str, sets: Mapping[bytes, bytes]
    ) -> None:
        """Begin with nothing claimed."""
        self._system = system
        self._subjects = subjects
        self._credentials = [subject.public for subject in subjects]
        self._sector = sector
        self._sets = sets
        self._found: list[Predicate] = []
        self._equations = Equations(self._may_join)

    @property
    def relations(self) -> tuple[Relation, ...]:
        """The equations, solved."""
        return self._equations.relations

    def predicates(self) -> tuple[Predicate, ...]:
        """Return the predicates, and the presence of what is optional and compared."""
        absent = self._system.ABSENT
        shown = {
            found.form.wires[0]
            for found in self._found
            if isinstance(found, Exclude) and len(found.form.terms) == 1 and absent in found.values
        }
        forms = [form for form in map(form_of, self._found) if form is not None]
        compared: set[Wire] = {wire for form in forms if len(form.terms) > 1 for wire in form.wires}
        for relation in self.relations:
            compared.update((relation.pivot, *relation.form.wires))
        needed = sorted(wire for wire in compared - shown if self._slot(wire).optional)
        return (*self._found, *(Exclude(slot_form(*wire), (absent,)) for wire in needed))

    def add(self, expression: Expression, *, own: str) -> None:
        """Claim an expression; claims without prefix are those of the credential query `own`."""
        scope = Scope(self._system, self._subjects, expression, own)
        found = self._predicate(scope)
        if found is None:
            return
        if found in self._found:
            raise scope.fault("repeated", "it is asked for twice", "ask once")
        self._found.append(found)

    def _predicate(self, scope: Scope) -> Predicate | None:
        match scope.expression:
            case Comparison(left, "=", right):
                return self._equality(scope, scope.difference(left, right))
            case Comparison(left, "!=", right):
                return self._exclusion(scope, [scope.difference(left, right)])
            case Comparison():
                return self._order(scope, scope.expression)
            case Between():
                return self._between(scope, scope.expression)
            case Membership(form, values, excluded):
                against = [scope.difference(form, _constant(value)) for value in values]
                return self._exclusion(scope, against) if excluded else self._membership(scope, against)
            case SetMembership():
                return self._signed(scope, scope.expression)
            case Unrevoked(query):
                return self._unrevoked(scope, scope.index(query))
            case asked:
                return self._nym(scope, asked)

    def _order(self, scope: Scope, asked: Comparison) -> Predicate:
        linear = scope.difference(asked.left, asked.right)
        bound = linear.bound
        lo: int | None = None
        hi: int | None = None
        match _TURNED[asked.operator] if linear.flipped else asked.operator:
            case "<=":
                hi = floor(bound)
            case "<":
                hi = ceil(bound) - 1
            case ">=":
                lo = ceil(bound)
            case _:
                lo = floor(bound) + 1
        return self._range(scope, linear, lo, hi, bulletproof=asked.bulletproof)

    def _between(self, scope: Scope, asked: Between) -> Predicate:
        lower, upper = (scope.difference(asked.form, bound) for bound in (asked.low, asked.high))
        if lower.flipped:
            lower, upper = upper, lower
        lo, hi = ceil(lower.bound), floor(upper.bound)
        return self._range(scope, lower, lo, hi, bulletproof=asked.bulletproof)

    def _range(
        self, scope: Scope, linear: Linear, lo: int | None, hi: int | None, *, bulletproof: bool
    ) -> Predicate:
        """S5."""
        if not linear.measure.is_ordered and lo != hi:
            raise scope.fault("kind", f"{linear.measure.value} have no order", "use =, != or in")
        form = linear.form
        least, most = extent(form, self._credentials)
        lower, upper = (least if lo is None else lo), (most if hi is None else hi)
        if lower > upper or lower > most or upper < least:
            raise scope.fault(
                "bounds", "no value that the schema admits meets it", "compare its bounds with the schema's"
            )
        digits = digit_count(form, lo, hi, self._credentials)
        if digits > MAX_DIGITS:
            raise scope.fault(
                "span",
                "its values span more than 64 bits",
                "give the claims a minimum and a maximum in the schema, or ask for both bounds",
            )
        if bulletproof:
            return CommittedRange(form, lo, hi, bit_count(form, lo, hi, self._credentials))
        return Range(form, lo, hi, digits, self._digit_key(scope, form))

    def _equality(self, scope: Scope, linear: Linear) -> Predicate | None:
        if linear.bound.denominator > 1:
            raise scope.fault("value", "its sides are never equal", "mind decimal places and factors")
        bound = int(linear.bound)
        if not linear.is_single and self._equations.add(linear.form, bound, scope):
            return None
        if linear.measure is Measure.TEXT:
            raise scope.fault(
                "kind",
                "that a text has one value is shown by showing it",
                "ask for the claim itself, by `claims` of the credential query",
            )
        return self._range(scope, linear, bound, bound, bulletproof=False)

    def _exclusion(self, scope: Scope, against: Sequence[Linear]) -> Predicate:
        """S7: with the absent value, where the slot is optional."""
        form = against[0].form
        values = self._values(scope, against)
        if against[0].is_single and self._slot(form.wires[0]).optional:
            values.add(self._system.ABSENT)
        return Exclude(form, self._sorted(scope, values))

    def _membership(self, scope: Scope, against: Sequence[Linear]) -> Predicate:
        return Member(against[0].form, self._sorted(scope, self._values(scope, against)))

    def _values(self, scope: Scope, against: Sequence[Linear]) -> set[Scalar]:
        """Give the values as scalars; each is one that the form can have."""
        least, most = extent(against[0].form, self._credentials)
        for linear in against:
            is_text = linear.measure is Measure.TEXT
            if linear.bound.denominator > 1 or not (is_text or least <= linear.bound <= most):
                raise scope.fault(
                    "value", "no claim that the schema admits has one of its values", "leave that one out"
                )
        found = {Scalar(int(linear.bound) % GROUP_ORDER) for linear in against}
        if len(found) < len(against):
            raise scope.fault("set", "two of its values are the same", "list each value once")
        return found

    def _sorted(self, scope: Scope, values: set[Scalar]) -> tuple[Scalar, ...]:
        if len(values) > MAX_VALUES:
            raise scope.fault(
                "set",
                f"{len(values)} values, the absent one among them",
                f"ask for at most {MAX_VALUES - 1} of a claim that may be absent",
            )
        return tuple(sorted(values))

    def _signed(self, scope: Scope, asked: SetMembership) -> Predicate:
        if len(asked.form.parts) > 1 or asked.form.parts[0].factor != 1:
            raise scope.fault("set", "members of a set are values of one claim", "ask for a claim by itself")
        key = self._sets.get(asked.digest)
        if key is None:
            raise scope.fault("set", "no set with this digest is known", "get its list, and check it, first")
        located = scope.locate(asked.form.paths[0])
        return SignedMember(slot_form(*located.wire), key)

    def _unrevoked(self, scope: Scope, k: int) -> Predicate:
        """S9."""
        subject = self._subjects[k]
        slot, gaps = subject.typing.revocation_slot, subject.gaps
        if slot is None or gaps is None or subject.public.header.revocation != gaps.scope:
            raise scope.fault(
                "revocation",
                "the credential names no revocation list, or its list is not at hand",
                "ask it of credentials that can be revoked, and fetch the list's metadata",
            )
        digit_key = self._digit_key(scope, slot_form(k, slot))
        return NotRevoked(k, slot, gaps.list_id, gaps.epoch, gaps.width, gaps.key, digit_key)

    def _nym(self, scope: Scope, asked: PseudonymFor | OncePer) -> Predicate:
        """S10."""
        if asked.sector not in {None, self._sector}:
            raise scope.fault(
                "sector",
                f"the party that asks is {self._sector}",
                "a pseudonym is for the party that asks; leave `for` out, or name it",
            )
        kind, scope_text = ("nullifier", asked.scope) if isinstance(asked, OncePer) else ("pseudonym", "")
        try:
            context = NymContext(kind, self._sector, scope_text)  # type: ignore[arg-type]  # one of the two
        except ZkError as error:
            raise scope.fault("sector", error.detail, "ask from a lower-case ASCII host") from None
        return Pseudonym(scope.index(asked.query), context)

    def _digit_key(self, scope: Scope, form: Form) -> bytes:
        """S8: one key that is accepted for all issuers of the form."""
        keys = {self._subjects[k].digit_key for k, _ in form.wires}
        (key, *others) = keys
        if key is None or others:
            raise scope.fault(
                "digit-key",
                "no digit list is accepted for all its credentials",
                "end a range in `by bulletproof`, or name a digit list of the verifier's own",
            )
        return key

    def _may_join(self, one: Wire, other: Wire) -> bool:
        left, right = self._slot(one), self._slot(other)
        return (left.kind, left.parameter) == (right.kind, right.parameter)

    def _slot(self, wire: Wire) -> SlotType:
        k, slot = wire
        return self._subjects[k].typing.types.slots[slot]


def _constant(value: Value) -> Sum:
    """Give a value as a sum, in which numbers have no sign of their own."""
    if not isinstance(value, Decimal):
        return Sum((Part(1, value),))
    return Sum((Part(-1 if value.is_signed() else 1, value.copy_abs()),))
