"""The statement: everything a presentation claims, as octets that are hashed before any commitment.

Text: `bbs-predicates-2026` version 1, sections 4.1 and 4.2 (S5).

Invariants
- Verifier and holder each build the statement, from the request and the public data that came with the proof;
  the proof carries nothing of it.
- Equal statements are equal octets, and different statements different ones.
- Digit counts follow from bounds and type maps (`digit_count`).

Not here: the rules that a statement obeys (`rules`, `trust`), the request that it answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zk.curve import Scalar, encode_scalar
from zk.predicates.octets import frame, u64

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zk.predicates.header import Header
    from zk.predicates.predicate import Predicate
    from zk.predicates.slots import SlotType, TypeMap
    from zk.predicates.system import System
    from zk.predicates.wires import Form, Relation, Wire

VERSION: Final = 1

_DIGIT_BITS: Final = 8


@dataclass(frozen=True, slots=True)
class Credential:
    """What is public of one credential.

    Attributes:
        issuer_key: 96 octets.
        header: as signed.
        types: the type map, from the reader's own copy of the schema.
        disclosed: (slot, scalar), slots strictly ascending; the scalars recomputed from the values shown.
    """

    issuer_key: bytes
    header: Header
    types: TypeMap
    disclosed: tuple[tuple[int, Scalar], ...]

    @property
    def hidden(self) -> tuple[int, ...]:
        """The slots that are not disclosed, secret ones included."""
        shown = {slot for slot, _ in self.disclosed}
        return tuple(slot for slot in range(self.header.wires) if slot not in shown)

    def slot_type(self, slot: int) -> SlotType | None:
        """Return the type of a typed slot; None for any other index."""
        return self.types.slots[slot] if 0 <= slot < len(self.types.slots) else None

    def encode(self) -> bytes:
        """Encode as frames of the statement."""
        pairs = (u64(slot) + encode_scalar(scalar) for slot, scalar in self.disclosed)
        return b"".join(
            (
                frame(b"issuer-key", self.issuer_key),
                frame(b"slots", u64(self.header.slots), u64(self.header.nyms)),
                frame(b"header", self.header.encode()),
                frame(b"disclosed", u64(len(self.disclosed)), *pairs),
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one presentation proves.

    Attributes:
        ph: what binds the presentation to its occasion; opaque here.
        credentials: one to four.
        relations: in solved form.
        predicates: in the order of the request.
    """

    ph: bytes
    credentials: tuple[Credential, ...]
    relations: tuple[Relation, ...]
    predicates: tuple[Predicate, ...]

    @property
    def hidden(self) -> tuple[Wire, ...]:
        """The hidden wires of all credentials, in order."""
        return tuple((k, i) for k, credential in enumerate(self.credentials) for i in credential.hidden)

    def encode(self, system: System) -> bytes:
        """Encode as the octets that the transcript begins with."""
        return b"".join(
            (
                frame(b"suite", system.api_id),
                frame(b"version", u64(VERSION)),
                frame(b"ph", self.ph),
                frame(b"credentials", u64(len(self.credentials))),
                *(credential.encode() for credential in self.credentials),
                frame(b"relations", u64(len(self.relations))),
                *(
                    frame(b"relation", u64(relation.credential), u64(relation.slot), relation.form.encode())
                    for relation in self.relations
                ),
                frame(b"predicates", u64(len(self.predicates))),
                *(predicate.encode() for predicate in self.predicates),
            )
        )


def extent(form: Form, credentials: Sequence[Credential]) -> tuple[int, int]:
    """Return the least and greatest value of a form over typed slots, by their type maps."""
    least = most = form.constant
    for term in form.terms:
        slot = credentials[term.credential].types.slots[term.slot]
        ends = (term.coefficient * slot.minimum, term.coefficient * slot.maximum)
        least, most = least + min(ends), most + max(ends)
    return least, most


def digit_count(form: Form, lo: int | None, hi: int | None, credentials: Sequence[Credential]) -> int:
    """Return the digits a side of a range: the least n >= 1 with 256^n above the span (S5).

    At least one, because a side without digits proves nothing: the least n for lo = hi would be 0.
    """
    return max(1, -(-_span(form, lo, hi, credentials).bit_length() // _DIGIT_BITS))


def bit_count(form: Form, lo: int | None, hi: int | None, credentials: Sequence[Credential]) -> int:
    """Return the bits a side of a committed range: the least of 8, 16, 32, 64 with 2^bits above the span."""
    needed = _span(form, lo, hi, credentials).bit_length()
    bits = _DIGIT_BITS
    while bits < needed:
        bits *= 2
    return bits


def _span(form: Form, lo: int | None, hi: int | None, credentials: Sequence[Credential]) -> int:
    """Return the greatest value that a side can have; 0 where no value meets the bounds."""
    least, most = extent(form, credentials)
    return max(0, (most if hi is None else hi) - (least if lo is None else lo))
