"""Warn a holder where a query reveals more than its purpose can need.

    advice.impossible   no value meets everything that is asked of a claim
    advice.disclosure   one value is left: the proof shows it
    advice.narrow       few values are left; another request can halve them again
    advice.shown        a claim is shown as it is, and proven of as well, or equal to one that is shown
    advice.predicate    a claim is asked for itself where a fact about it might do
    advice.everything   all claims are asked for
    advice.idle         every value meets it: it shows no more than that the claim is there

Invariants
- What is weighed is the statement that will be proven: all bounds, lists and exclusions of one form together.
- Advice names claims and numbers of possible values, never a value.

Not here: earlier requests of the same party, which the wallet knows.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from credentials.predicates.expressions import printable
from credentials.predicates.forms import MEASURES, Measure
from credentials.predicates.summary import claim_name
from schemas.json_schemas import pointer
from zk.curve import GROUP_ORDER
from zk.predicates.predicate import CommittedRange, Exclude, Member, Range, SignedMember, form_of
from zk.predicates.rules import is_holder_relation
from zk.predicates.statement import extent

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from credentials.exchange.dcql import ClaimQuery, CredentialQuery, Query
    from credentials.predicates.compiling import Subject
    from zk.predicates.slots import SlotType
    from zk.predicates.statement import Statement
    from zk.predicates.wires import Form, Wire

NARROW: Final = {
    Measure.DAY: 31,
    Measure.SECOND: 86_400,
    Measure.NUMBER: 16,
    Measure.TEXT: 2,
    Measure.CODE: 1,
    Measure.TRUTH: 1,
}
"""Up to so many possible values the person is warned: a month, a day, a handful."""

_NO_MEMBERS: Final[Mapping[bytes, Collection[int]]] = {}
_UNITS: Final = {Measure.DAY: "days", Measure.SECOND: "seconds", Measure.NUMBER: "numbers"}


@dataclass(frozen=True, slots=True)
class Advice:
    """A warning: a stable code and a sentence."""

    code: str
    text: str


@dataclass(slots=True)
class _Left:
    """What is left of the values of a form."""

    least: int
    most: int
    members: set[int] | None = None
    excluded: set[int] = field(default_factory=set)

    def count(self) -> int:
        """Count them."""
        if self.members is not None:
            return sum(value not in self.excluded for value in self.members if self._within(value))
        excluded = sum(self._within(value) for value in self.excluded)
        return max(0, self.most - self.least + 1 - excluded)

    def _within(self, value: int) -> bool:
        return self.least <= value <= self.most


def advise(
    query: Query,
    subjects: Sequence[Subject],
    statement: Statement,
    *,
    members: Mapping[bytes, Collection[int]] = _NO_MEMBERS,
) -> tuple[Advice, ...]:
    """Weigh a query, and the statement that `compile_statement` made of it and these subjects.

    `members` has, for the key of each set that is asked about, its members: whoever publishes a set may
    publish one of a single value.
    """
    names = _Names(subjects)
    shown = _shown_slots(query, subjects)
    limits = _limits(statement, names, members)
    found = [*_asked_openly(query, subjects), *limits, *_doubles(statement, shown, names)]
    return tuple(dict.fromkeys(found))


class _Names:
    """Names wires and forms as the query does."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._subjects = subjects

    def slot(self, wire: Wire) -> SlotType:
        k, slot = wire
        return self._subjects[k].typing.types.slots[slot]

    def wire(self, wire: Wire) -> str:
        k, slot = wire
        claim = self._subjects[k].typing.claims[slot]
        steps = claim.pointer.removeprefix("/credentialSubject/").split("/")
        name = ".".join(step.replace("~1", "/").replace("~0", "~") for step in steps)
        return f"{self._subjects[k].query}:{name}" if len(self._subjects) > 1 else name

    def form(self, form: Form) -> str:
        words = ""
        for term in form.terms:
            sign = "-" if term.coefficient < 0 else "+"
            times = f"{abs(term.coefficient)} * " if abs(term.coefficient) > 1 else ""
            words += f" {sign} {times}{self.wire(term.wire)}"
        return words.removeprefix(" + ").strip()


def _limits(
    statement: Statement, names: _Names, members: Mapping[bytes, Collection[int]]
) -> Iterator[Advice]:
    """Count what is left of each form."""
    forms: dict[Form, _Left] = {}
    for predicate in statement.predicates:
        form = form_of(predicate)
        if form is None:
            continue
        measure = MEASURES[names.slot(form.wires[0]).kind]
        least, most = (0, GROUP_ORDER) if measure is Measure.TEXT else extent(form, statement.credentials)
        left = forms.setdefault(form, _Left(least, most))
        match predicate:
            case Range() | CommittedRange():
                lo, hi = predicate.lo, predicate.hi
                if (lo is None or lo <= least) and (hi is None or hi >= most):
                    yield _idle(names.form(form))
                left.least = left.least if lo is None else max(left.least, lo)
                left.most = left.most if hi is None else min(left.most, hi)
            case SignedMember(_, key) if key not in members:
                pass
            case Member() | SignedMember():
                values = predicate.values if isinstance(predicate, Member) else members[predicate.set_key]
                signed = {_signed(value, least) for value in values}
                if measure is not Measure.TEXT and len(signed) > most - least:
                    yield _idle(names.form(form))
                left.members = signed if left.members is None else left.members & signed
            case Exclude(_, values):
                left.excluded |= {_signed(value, least) for value in values}
    for form, left in forms.items():
        yield from _weigh(names.form(form), MEASURES[names.slot(form.wires[0]).kind], left)


def _signed(value: int, least: int) -> int:
    """Give a scalar as the number that a form had; negative ones stand just below the group order."""
    return value - GROUP_ORDER if least < 0 and value > GROUP_ORDER // 2 else value


def _weigh(name: str, measure: Measure, left: _Left) -> Iterator[Advice]:
    count = left.count()
    if count == 0:
        yield Advice("advice.impossible", f"no value meets everything that is asked of {name}; do not answer")
    elif count == 1:
        yield Advice("advice.disclosure", f"what is asked of {name} leaves one value: the proof shows it")
    elif count <= NARROW[measure]:
        unit = _UNITS.get(measure, "values")
        yield Advice(
            "advice.narrow",
            f"what is asked of {name} leaves {count} possible {unit}; one more request can halve them",
        )


def _idle(name: str) -> Advice:
    return Advice(
        "advice.idle",
        f"every {name} meets a bound or list that is asked for; that shows no more than its presence",
    )


def _doubles(statement: Statement, shown: set[Wire], names: _Names) -> Iterator[Advice]:
    """Find what is proven of claims that are shown anyway."""
    for predicate in statement.predicates:
        form = form_of(predicate)
        if form is not None and shown.issuperset(form.wires):
            yield Advice("advice.shown", f"{names.form(form)} is shown as it is; the proof adds nothing")
    for relation in statement.relations:
        if is_holder_relation(statement, relation):
            continue
        wires = [relation.pivot, *relation.form.wires]
        hidden = [wire for wire in wires if wire not in shown]
        if len(hidden) == 1 and len(wires) > 1:
            yield Advice(
                "advice.shown", f"{names.wire(hidden[0])} follows from claims that are shown as they are"
            )


def _asked_openly(query: Query, subjects: Sequence[Subject]) -> Iterator[Advice]:
    """Find claims that are asked for themselves where a fact might do."""
    by_query = {subject.query: subject for subject in subjects}
    for credential in query.credentials:
        for claim in _claims(credential):
            slot = _slot(by_query.get(credential.id), claim)
            name = printable(claim_name(claim))
            if claim.path in {("credentialSubject",), ("credentialSubject", None)}:
                yield Advice("advice.everything", "all claims are asked for; name the ones that are needed")
            elif slot is not None and MEASURES[slot.kind].is_ordered and len(claim.values) != 1:
                yield Advice(
                    "advice.predicate",
                    f"{name} is asked for itself; a bound or a list of values might do, and would hide it",
                )


def _shown_slots(query: Query, subjects: Sequence[Subject]) -> set[Wire]:
    places: dict[str, list[ClaimQuery]] = defaultdict(list)
    for credential in query.credentials:
        places[credential.id] += _claims(credential)
    shown = set()
    for k, subject in enumerate(subjects):
        for i, claim in enumerate(subject.typing.claims):
            if any(_covers(asked, claim.pointer) for asked in places[subject.query]):
                shown.add((k, i))
    return shown


def _claims(credential: CredentialQuery) -> list[ClaimQuery]:
    """List the claims of all alternatives."""
    return list(dict.fromkeys(claim for claims in credential.claim_sets for claim in claims))


def _covers(asked: ClaimQuery, place: str) -> bool:
    steps = [str(step) for step in asked.path if step is not None]
    written = pointer(steps)
    return place == written or place.startswith(written + "/")


def _slot(subject: Subject | None, claim: ClaimQuery) -> SlotType | None:
    steps = [str(step) for step in claim.path]
    at = subject.typing.slot_of(pointer(steps)) if subject else None
    return subject.typing.types.slots[at] if subject and at is not None else None
