"""Pairing equations of a presentation, merged into one check.

Text: `bbs-predicates-2026` version 1, section 4.12.

Every equation has the shape e(X, key) = e(Z, BP2). With weights gamma they become one:
    prod over keys of e(Σ gamma·X, key)  ·  e(-Σ gamma·Z, BP2)  =  1
which costs a Miller loop for each key and one for BP2.

Invariants
- Weights are fixed after statement and proof: they hash both. With fixed or missing weights, errors of two
  items can be made to cancel.
- A wrong item survives with probability 2^-128 for each hash that an adversary computes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Final

from zk import transcript
from zk.curve import Scalar
from zk.errors import ZkError
from zk.predicates.octets import decode_key, u64

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zk.backend import G1, Backend
    from zk.predicates.system import System

_WEIGHT_LENGTH: Final = 16


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class PairingItem:
    """An equation e(X, key) = e(Z, BP2); the key in its 96 octets."""

    key: bytes
    X: G1
    Z: G1


def draw_weights(
    system: System, count: int, *, statement: bytes, proof: bytes, seed: bytes
) -> tuple[Scalar, ...]:
    """Return gamma_1 = 1, and integers below 2^128 for the others.

    `seed` is 32 octets of the verifier's randomness; empty where a check must be reproducible.
    """
    fixed = seed + hashlib.sha256(statement).digest() + hashlib.sha256(proof).digest()
    dst = system.api_id + transcript.PAIRING_WEIGHTS
    drawn = (
        int.from_bytes(system.suite.expand_message(fixed + u64(j), dst, _WEIGHT_LENGTH), "big")
        for j in range(1, count)
    )
    return (Scalar(1), *map(Scalar, drawn))


def check_pairings(system: System, items: Sequence[PairingItem], weights: Sequence[Scalar]) -> None:
    """Check all items at once; `predicates.pairing`."""
    backend = system.backend
    by_key: dict[bytes, list[tuple[G1, Scalar]]] = {}
    for item, weight in zip(items, weights, strict=True):
        by_key.setdefault(item.key, []).append((item.X, weight))
    pairs = [
        (
            _weighted(backend, terms),
            decode_key(system.suite, key, what="a key"),
        )
        for key, terms in by_key.items()
    ]
    Z = _weighted(backend, [(item.Z, weight) for item, weight in zip(items, weights, strict=True)])
    if not backend.pairing_check([*pairs, (backend.negate(Z), system.suite.BP2)]):
        raise ZkError(
            "predicates.pairing",
            "a signature behind the proof is not of the key that the statement names",
            clause="R8",
        )


def _weighted(backend: Backend, terms: Sequence[tuple[G1, Scalar]]) -> G1:
    """Sum points times weights; a weight of one costs nothing."""
    plain = [point for point, weight in terms if weight == 1]
    others = [(point, weight) for point, weight in terms if weight != 1]
    if others:
        points, weights = zip(*others, strict=True)
        plain.append(backend.msm_public(points, weights))
    return reduce(backend.add, plain)
