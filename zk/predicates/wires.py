"""Wires: the hidden scalars of a presentation, and what follows linearly from them.

Text: `bbs-predicates-2026` version 1, sections 4.1 ("form") and 4.3.

Legend
    wire        (k, i): slot i of credential k
    form        Σ a·wire + b, over the integers of the slots
    relation    pivot := form; the pivot is not free, it is derived
    free wire   hidden and no pivot: it has a blinding and a response, which is sent

One evaluation serves three times, because witness, blinding and response are the same linear function:
    witness     Σ a·m + 1·b         blinding    Σ a·m~ + 0·b         response    Σ a·m^ + c·b
`Values.one` is what the constant is multiplied with.

Invariants
- A verifier derives the response of a pivot and of a form and never reads it: equality, a linear relation
  and the link between credentials cannot be forgotten.
- Values have no repr: most are secret.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from zk.curve import GROUP_ORDER, Scalar, encode_scalar
from zk.predicates.octets import u64

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Wire: TypeAlias = tuple[int, int]
"""Credential and slot, both from 0."""


@dataclass(frozen=True, slots=True)
class Term:
    """A coefficient, a signed integer, at a wire."""

    credential: int
    slot: int
    coefficient: int

    @property
    def wire(self) -> Wire:
        """Where the term stands."""
        return self.credential, self.slot


@dataclass(frozen=True, slots=True)
class Form:
    """A linear form in scalar space, after the offsets of the kinds; terms ascending by wire."""

    terms: tuple[Term, ...]
    constant: int

    @property
    def wires(self) -> tuple[Wire, ...]:
        """The wires of its terms."""
        return tuple(term.wire for term in self.terms)

    def above(self, least: int) -> Form:
        """Return form - least."""
        return replace(self, constant=self.constant - least)

    def below(self, most: int) -> Form:
        """Return most - form."""
        turned = tuple(replace(term, coefficient=-term.coefficient) for term in self.terms)
        return Form(turned, most - self.constant)

    def encode(self) -> bytes:
        """Encode as u64(#terms) ‖ (u64(k) ‖ u64(i) ‖ scalar(a))… ‖ scalar(b)."""
        terms = (
            u64(term.credential) + u64(term.slot) + _encode_reduced(term.coefficient) for term in self.terms
        )
        return u64(len(self.terms)) + b"".join(terms) + _encode_reduced(self.constant)


def slot_form(credential: int, slot: int) -> Form:
    """Return the form that is one slot and nothing else."""
    return Form((Term(credential, slot, 1),), 0)


@dataclass(frozen=True, slots=True)
class Relation:
    """pivot := form, where the pivot is slot `slot` of credential `credential`."""

    credential: int
    slot: int
    form: Form

    @property
    def pivot(self) -> Wire:
        """The wire that is derived."""
        return self.credential, self.slot


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Values:
    """A scalar on each wire, and the factor of constants: 1, 0 or the challenge."""

    scalars: Mapping[Wire, Scalar]
    one: Scalar

    def at(self, wire: Wire) -> Scalar:
        """Return the value on a wire."""
        return self.scalars[wire]

    def of(self, form: Form) -> Scalar:
        """Evaluate a form."""
        total = sum(term.coefficient * self.scalars[term.wire] for term in form.terms)
        return Scalar((total + form.constant * self.one) % GROUP_ORDER)


def free_wires(hidden: Iterable[Wire], relations: Sequence[Relation]) -> tuple[Wire, ...]:
    """Return the hidden wires that are no pivots, in order."""
    pivots = {relation.pivot for relation in relations}
    return tuple(wire for wire in hidden if wire not in pivots)


def derive(free: Mapping[Wire, Scalar], relations: Sequence[Relation], *, one: Scalar) -> Values:
    """Extend values on free wires to the pivots; right-hand sides hold no pivot, so order is immaterial."""
    known = Values(free, one)
    return Values({**free, **{relation.pivot: known.of(relation.form) for relation in relations}}, one)


def _encode_reduced(value: int) -> bytes:
    return encode_scalar(Scalar(value % GROUP_ORDER))
