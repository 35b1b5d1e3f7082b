"""What every part of a composite proof has in common.

A prover's part is a `Pending`: it has committed, and answers when the one challenge is known. A verifier's
part is an `Opened`: it has decoded what was sent, and recomputes its commitments when the responses of all
wires are known. Whatever a part needs of other parts are the wires' values.

Invariants
- `frames` hold everything that the part has committed to, before the challenge.
- A `Pending` answers once; its blindings are in no other place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from zk.curve import Scalar
    from zk.predicates.pairings import PairingItem
    from zk.predicates.wires import Values


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Pending:
    """A prover's part.

    Attributes:
        frames: for the transcript.
        respond: from the challenge to the octets that are sent.
        tail: from the challenge to octets at the end of the proof, where the part has any.
    """

    frames: bytes
    respond: Callable[[Scalar], bytes]
    tail: Callable[[Scalar], bytes] | None = None


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Recomputed:
    """A verifier's part: the same frames, and the pairing equations that must hold."""

    frames: bytes
    items: tuple[PairingItem, ...] = ()


Opened: TypeAlias = "Callable[[Values], Recomputed]"
"""From the responses on all wires, with the challenge as their `one`, to what the prover committed to."""
