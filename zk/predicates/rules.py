"""The rules of a statement that follow from the statement alone; both sides check them.

Text: `bbs-predicates-2026` version 1, section 4.2, S1 to S5 and S7, with the codes of section 5.

    S1  one to four credentials, 16 predicates, 16 relations, 64 digits     .limits, .digit-count
    S2  disclosed slots ascend and are possible; no padding, no identifier  .index, .repeated-index, .value
    S3  relations are in solved form                                        .relation
    S4  forms speak about hidden numbers, or texts for equality             .form, .bounds, .set
    S5  digit counts are the computed ones, bounds can be met               .digit-count, .bounds
    S7  an optional slot in a form or equality is proven present            .presence

Codes begin with `predicates`.

Invariants
- No form touches a secret slot or a revocation identifier; otherwise a site could ask for their digits.
- A statement that passes encodes without a number out of range.

Not here: which keys, epochs, contexts and holders are accepted (`trust`).
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from zk.curve import GROUP_ORDER
from zk.errors import ZkError
from zk.predicates.predicate import (
    MAX_DIGITS,
    CommittedRange,
    Exclude,
    Member,
    Range,
    SignedMember,
    digits_of,
    form_of,
)
from zk.predicates.slots import Kind
from zk.predicates.statement import bit_count, digit_count, extent
from zk.predicates.wires import slot_form

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zk.curve import Scalar
    from zk.predicates.predicate import Predicate
    from zk.predicates.slots import SlotType
    from zk.predicates.statement import Credential, Statement
    from zk.predicates.system import System
    from zk.predicates.wires import Form, Relation, Wire

MAX_CREDENTIALS: Final = 4
MAX_PREDICATES: Final = 16
MAX_RELATIONS: Final = 16
MAX_DIGITS_IN_ALL: Final = 64
MAX_TERMS: Final = 8
MAX_VALUES: Final = 16

_COEFFICIENT: Final = 1 << 32
_CONSTANT: Final = 1 << 100


def check_rules(system: System, statement: Statement) -> None:
    """Check S1 to S5, and S7."""
    _check_limits(statement)
    for credential in statement.credentials:
        _check_credential(system, credential)
    _check_relations(statement)
    for predicate in statement.predicates:
        _check_predicate(statement, predicate)
    _check_presence(system, statement)


def _check_limits(statement: Statement) -> None:
    """S1."""
    for count, most, what in (
        (len(statement.credentials), MAX_CREDENTIALS, "credentials"),
        (len(statement.predicates), MAX_PREDICATES, "predicates"),
        (len(statement.relations), MAX_RELATIONS, "relations"),
    ):
        if count > most:
            raise ZkError("predicates.limits", f"{count} {what}, expected at most {most}", clause="S1")
    if not statement.credentials:
        raise ZkError("predicates.limits", "no credential, expected at least one", clause="S1")
    digits = sum(digits_of(predicate) for predicate in statement.predicates)
    if digits > MAX_DIGITS_IN_ALL:
        raise ZkError(
            "predicates.digit-count", f"{digits} digits, expected at most {MAX_DIGITS_IN_ALL}", clause="S1"
        )


def _check_credential(system: System, credential: Credential) -> None:
    """S2, and that header and type map belong together."""
    header, types = credential.header, credential.types
    if header.typed != len(types.slots) or header.types != types.digest():
        raise ZkError("predicates.header", "the header names another type map", clause="2.3")
    slots = [slot for slot, _ in credential.disclosed]
    for left, right in pairwise((-1, *slots)):
        if left == right >= 0:
            raise ZkError("predicates.repeated-index", f"slot {right} is disclosed twice", clause="S2")
        if not left < right < header.slots:
            raise ZkError(
                "predicates.index",
                f"disclosed slot {right} after {left}, expected ascending and below {header.slots}",
                clause="S2",
            )
    for slot, scalar in credential.disclosed:
        if not _may_disclose(system, credential.slot_type(slot), scalar):
            raise ZkError("predicates.value", f"slot {slot} cannot be disclosed with this value", clause="S2")


def _may_disclose(system: System, slot_type: SlotType | None, scalar: Scalar) -> bool:
    if not 0 <= scalar < GROUP_ORDER:
        return False
    if slot_type is None:
        return scalar != system.PAD
    return slot_type.kind is not Kind.REVOCATION and slot_type.admits(scalar, absent=system.ABSENT)


def _check_relations(statement: Statement) -> None:
    """S3, and S4 for relations."""
    hidden = set(statement.hidden)
    pivots = Counter(relation.pivot for relation in statement.relations)
    for relation in statement.relations:
        wires = relation.form.wires
        if pivots[relation.pivot] > 1 or not hidden.issuperset((relation.pivot, *wires)):
            raise _unsolved("a pivot occurs twice, or a slot in it is not hidden")
        if any(wire in pivots for wire in wires):
            raise _unsolved("a pivot stands on a right-hand side")
        if not is_holder_relation(statement, relation):
            _check_form(statement, relation.form, code="predicates.relation")
            _check_pivot(statement, relation)


def is_holder_relation(statement: Statement, relation: Relation) -> bool:
    """Whether a relation says that a later credential has the holder secret of the first (S6)."""
    first = statement.credentials[0].header.holder_slot
    return (
        0 < relation.credential < len(statement.credentials)
        and relation.slot == statement.credentials[relation.credential].header.holder_slot
        and relation.form == slot_form(0, first)
    )


def _check_pivot(statement: Statement, relation: Relation) -> None:
    """A pivot is a number; an equality joins slots of one kind and parameter, and may join texts."""
    pivot = _type_at(statement, relation.pivot)
    if pivot is None or pivot.kind is Kind.REVOCATION:
        raise _unsolved("a pivot is neither a typed slot nor a holder secret")
    if _is_slot(relation.form):
        other = _type_at(statement, relation.form.wires[0])
        if other is None or (other.kind, other.parameter) != (pivot.kind, pivot.parameter):
            raise _unsolved("an equality joins slots of different kinds")
    elif not pivot.kind.is_number:
        raise _unsolved("a text is compared other than for equality")


def _check_form(statement: Statement, form: Form, *, code: str) -> None:
    """S4: hidden typed slots, small numbers, decimals of one scale; texts only plain, or a difference."""
    hidden = set(statement.hidden)
    if not 1 <= len(form.terms) <= MAX_TERMS:
        raise ZkError(code, f"a form of {len(form.terms)} terms, expected 1 to {MAX_TERMS}", clause="S4")
    if any(left >= right for left, right in pairwise(form.wires)):
        raise ZkError(code, "the terms of a form do not ascend", clause="S4")
    if any(not 0 < abs(term.coefficient) < _COEFFICIENT for term in form.terms):
        raise ZkError("predicates.bounds", "a coefficient is zero, or 2^32 or more", clause="S4")
    _check_bound(form.constant)
    slots = [_type_at(statement, wire) if wire in hidden else None for wire in form.wires]
    if any(slot is None or slot.kind is Kind.REVOCATION for slot in slots):
        raise ZkError(code, "a form speaks about a slot that is not a hidden typed claim", clause="S4")
    if len({slot.parameter for slot in slots if slot and slot.kind is Kind.DECIMAL}) > 1:
        raise ZkError(code, "a form adds decimals of different scales", clause="S4")
    if any(slot and slot.kind is Kind.TEXT for slot in slots) and not (
        _is_slot(form) or _is_text_difference(form, slots)
    ):
        raise ZkError(code, "a form computes with a text", clause="S4")


def _check_bound(bound: int) -> None:
    if abs(bound) >= _CONSTANT:
        raise ZkError("predicates.bounds", "a constant or bound is 2^100 or more", clause="S4")


def _is_slot(form: Form) -> bool:
    """Whether a form is one slot as it is."""
    return len(form.terms) == 1 and form.terms[0].coefficient == 1 and form.constant == 0


def _is_text_difference(form: Form, slots: Sequence[SlotType | None]) -> bool:
    """Whether a form is the difference of two texts."""
    coefficients = sorted(term.coefficient for term in form.terms)
    texts = all(slot and slot.kind is Kind.TEXT for slot in slots)
    return texts and coefficients == [-1, 1] and form.constant == 0


def _check_predicate(statement: Statement, predicate: Predicate) -> None:
    """S4, S5 and the sets; revocation identifiers and nym secrets are named by the credential."""
    form = form_of(predicate)
    if form is not None:
        _check_form(statement, form, code="predicates.form")
    match predicate:
        case Range() | CommittedRange():
            _check_range(statement, predicate)
        case Member() | Exclude():
            _check_set(predicate)
            if isinstance(predicate, Member):
                _check_no_difference(statement, predicate.form)
        case SignedMember():
            _check_no_difference(statement, predicate.form)
        case _:
            if not 0 <= predicate.credential < len(statement.credentials):
                raise ZkError("predicates.form", "a predicate names a credential that is not there")


def _check_no_difference(statement: Statement, form: Form) -> None:
    """Membership of a difference of texts means nothing; only exclusion of zero does."""
    slot = _type_at(statement, form.wires[0])
    if slot is not None and slot.kind is Kind.TEXT and not _is_slot(form):
        raise ZkError("predicates.form", "a form computes with a text", clause="S4")


def _check_range(statement: Statement, predicate: Range | CommittedRange) -> None:
    lo, hi = predicate.lo, predicate.hi
    for bound in (lo, hi):
        _check_bound(bound or 0)
    if any((slot := _type_at(statement, wire)) and slot.kind is Kind.TEXT for wire in predicate.form.wires):
        raise ZkError("predicates.form", "a range speaks about a text", clause="S4")
    least, most = extent(predicate.form, statement.credentials)
    if (
        (lo is None and hi is None)
        or (lo is not None and hi is not None and lo > hi)
        or (lo is not None and lo > most)
        or (hi is not None and hi < least)
    ):
        raise ZkError("predicates.bounds", "no value can meet the bounds of a range", clause="S5")
    if isinstance(predicate, Range):
        size, most_size = predicate.digits, MAX_DIGITS
        needed = digit_count(predicate.form, lo, hi, statement.credentials)
    else:
        size, most_size = predicate.bits, 8 * MAX_DIGITS
        needed = bit_count(predicate.form, lo, hi, statement.credentials)
    if size != needed or needed > most_size:
        raise ZkError(
            "predicates.digit-count",
            f"a range of size {size} a side, its span needs {needed} of at most {most_size}",
            clause="S5",
        )


def _check_set(predicate: Member | Exclude) -> None:
    values, fewest = predicate.values, 2 if isinstance(predicate, Member) else 1
    if not fewest <= len(values) <= MAX_VALUES:
        raise ZkError("predicates.set", f"{len(values)} values, expected {fewest} to {MAX_VALUES}")
    if any(left >= right for left, right in pairwise(values)):
        raise ZkError("predicates.set", "the values of a set are not strictly ascending")
    if not (values[0] >= 0 and values[-1] < GROUP_ORDER):
        raise ZkError("predicates.set", "a value of a set is not a scalar")


def _check_presence(system: System, statement: Statement) -> None:
    """S7: two absent values must not compare as equal, nor an absent one as different."""
    present: set[Wire] = set()
    for predicate in statement.predicates:
        if isinstance(predicate, Exclude) and len(predicate.form.terms) == 1:
            (term,) = predicate.form.terms
            absent = (term.coefficient * system.ABSENT + predicate.form.constant) % GROUP_ORDER
            if absent in predicate.values:
                present.add(term.wire)
            elif _is_optional(statement, term.wire):
                raise _unproven("an exclusion over an optional slot leaves out the absent value")
    forms = [form for form in map(form_of, statement.predicates) if form is not None]
    compared = {wire for form in forms if len(form.terms) > 1 for wire in form.wires}
    for relation in statement.relations:
        compared.update((relation.pivot, *relation.form.wires))
    if any(_is_optional(statement, wire) for wire in compared - present):
        raise _unproven("an optional slot is compared and not proven present")


def _is_optional(statement: Statement, wire: Wire) -> bool:
    slot = _type_at(statement, wire)
    return slot is not None and slot.optional


def _type_at(statement: Statement, wire: Wire) -> SlotType | None:
    """Return the type at a wire that has been found hidden; None for quads, padding and secrets."""
    credential, slot = wire
    return statement.credentials[credential].slot_type(slot)


def _unsolved(detail: str) -> ZkError:
    return ZkError("predicates.relation", detail, remedy="bring the relations into solved form", clause="S3")


def _unproven(detail: str) -> ZkError:
    return ZkError(
        "predicates.presence", detail, remedy="exclude the absent value of that slot as well", clause="S7"
    )
