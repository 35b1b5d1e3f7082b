"""Bring equations between slots into solved form.

Text: `bbs-predicates-2026` version 1, section 4.2 (S3).

    a = b, b = c        b := a, c := a
    a + b = c, c = d    c := a + b, d := a + b

Invariants
- A pivot occurs once, and in no right-hand side; its coefficient was 1 or -1, so all stay whole.
- An equation that follows from those before it, or contradicts them, is refused; rational elimination finds
  out, whichever form the equations take in the end.
- The result depends on the equations and their order alone.

Not here: equations that have no such pivot; they are shown as ranges of width zero (`compiling`).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from zk.predicates.rules import MAX_TERMS
from zk.predicates.wires import Form, Relation, Term

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from credentials.predicates.forms import Scope
    from zk.predicates.wires import Wire

_Number = TypeVar("_Number", int, Fraction)
Row: TypeAlias = "dict[Wire, int]"

_MAX_COEFFICIENT: Final = (1 << 32) - 1
_MAX_CONSTANT: Final = (1 << 100) - 1


class Equations:
    """The equations of one statement: Σ a·m = bound, each."""

    def __init__(self, may_join: Callable[[Wire, Wire], bool]) -> None:
        """Take the rule that says whether one slot may be equal to another as it is."""
        self._may_join = may_join
        self._solved: dict[Wire, tuple[Row, int]] = {}
        self._rational: dict[Wire, tuple[dict[Wire, Fraction], Fraction]] = {}

    @property
    def relations(self) -> tuple[Relation, ...]:
        """The relations, ascending by pivot."""
        return tuple(
            Relation(*pivot, Form(tuple(Term(*wire, a) for wire, a in sorted(row.items())), constant))
            for pivot, (row, constant) in sorted(self._solved.items())
        )

    def add(self, form: Form, bound: int, scope: Scope) -> bool:
        """Add an equation; False where it cannot be a relation. Codes: request.relation."""
        self._check_new(form, bound, scope)
        row: Row = {term.wire: term.coefficient for term in form.terms}
        constant = -bound
        for pivot, (right, more) in self._solved.items():
            if pivot in row:
                factor = row.pop(pivot)
                constant += factor * more
                row = _sum(row, right, factor)
        for pivot in sorted((wire for wire, a in row.items() if abs(a) == 1), reverse=True):
            solved = self._with(pivot, row, constant)
            if all(self._is_sound(wire, *equation) for wire, equation in solved.items()):
                self._solved = solved
                return True
        return False

    def _with(self, pivot: Wire, row: Row, constant: int) -> dict[Wire, tuple[Row, int]]:
        """Solve Σ row + constant = 0 for the pivot, and put that into the other right-hand sides."""
        sign = -row[pivot]
        right = {wire: sign * a for wire, a in row.items() if wire != pivot}
        own = (right, sign * constant)
        solved = {pivot: own}
        for other, (known, more) in self._solved.items():
            if pivot in known:
                factor = known[pivot]
                rest = {wire: a for wire, a in known.items() if wire != pivot}
                solved[other] = (_sum(rest, right, factor), more + factor * own[1])
            else:
                solved[other] = (known, more)
        return solved

    def _is_sound(self, pivot: Wire, row: Row, constant: int) -> bool:
        """Whether the rules of a statement admit it (S3, S4)."""
        plain = constant == 0 and list(row.values()) == [1]
        return (
            0 < len(row) <= MAX_TERMS
            and all(abs(a) <= _MAX_COEFFICIENT for a in row.values())
            and abs(constant) <= _MAX_CONSTANT
            and (not plain or self._may_join(pivot, *row))
        )

    def _check_new(self, form: Form, bound: int, scope: Scope) -> None:
        row: dict[Wire, Fraction] = {term.wire: Fraction(term.coefficient) for term in form.terms}
        rest = Fraction(bound)
        for pivot, (known, value) in self._rational.items():
            factor = row.get(pivot)
            if factor:
                rest -= factor * value
                row = _sum(row, known, -factor)
        if not row:
            what = "contradicts what is asked before it" if rest else "follows from what is asked before it"
            raise scope.fault("relation", what, "leave it out, or correct it")
        lead = min(row)
        self._rational[lead] = ({wire: a / row[lead] for wire, a in row.items()}, rest / row[lead])


def _sum(row: Mapping[Wire, _Number], other: Mapping[Wire, _Number], factor: _Number) -> dict[Wire, _Number]:
    """Give row + factor·other, without what cancels out."""
    total = dict(row)
    for wire, a in other.items():
        total[wire] = total.get(wire, a - a) + factor * a
    return {wire: a for wire, a in total.items() if a}
