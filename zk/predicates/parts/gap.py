"""Not revoked: possession of a signed gap, and an identifier strictly inside it.

Text: `bbs-predicates-2026` version 1, section 4.7.

A BBS part over two wires of its own, left and right, and two sides of digits:
    id - left - 1 >= 0        right - id - 1 >= 0

    frames  gap, then digits of both sides, without a `range` frame
    sent    as for a signature, then left^ ‖ right^, then both sides        304 + 2·(20·w - 32) octets

Invariants
- The sides have the -1: without it the holder of a revoked identifier uses the gap that begins at it.
- Domain, and so list and epoch, are recomputed from the statement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zk.curve import GROUP_ORDER, SCALAR_LENGTH, Scalar
from zk.errors import ZkError
from zk.hashing import draw_scalars
from zk.predicates.header import RevocationScope
from zk.predicates.octets import encode_responses
from zk.predicates.parts import signature
from zk.predicates.parts.digits import commit_side, read_side, side_length
from zk.predicates.parts.part import Pending, Recomputed
from zk.predicates.parts.signature import (
    Signed,
    commit_signature,
    read_signature,
    recompute_signature,
)
from zk.predicates.published.gaps import gap_domain

if TYPE_CHECKING:
    from zk.hashing import RandomBytes
    from zk.predicates.octets import Reader
    from zk.predicates.parts.part import Opened
    from zk.predicates.predicate import NotRevoked
    from zk.predicates.published.gaps import CheckedGap
    from zk.predicates.published.lists import DigitList
    from zk.predicates.system import System
    from zk.predicates.wires import Values

_WIRES: Final = (0, 1)
"""left and right."""


def gap_length(predicate: NotRevoked) -> int:
    """Return the octets of a proof of non-revocation."""
    return signature.LENGTH + 2 * SCALAR_LENGTH + 2 * side_length(predicate.digits)


def commit_gap(
    system: System,
    predicate: NotRevoked,
    checked: CheckedGap,
    digit_list: DigitList,
    witness: Values,
    blinding: Values,
    random_bytes: RandomBytes,
) -> Pending:
    """Commit to a gap around the credential's identifier."""
    scope = RevocationScope(predicate.list_id, predicate.width)
    if (checked.scope, checked.epoch, checked.key) != (scope, predicate.epoch, predicate.gap_key):
        raise ZkError("predicates.parameters", "the gap is of another list, epoch or key", clause="4.7")
    ends = (Scalar(checked.gap.left), Scalar(checked.gap.right))
    tildes = tuple(draw_scalars(random_bytes, 2))
    signed = commit_signature(
        system, _signed(system, predicate), checked.possession, ends, tildes, random_bytes
    )
    wire = (predicate.credential, predicate.slot)
    x = _sides(witness.at(wire), ends, one=Scalar(1))
    x_tilde = _sides(blinding.at(wire), tildes, one=Scalar(0))
    sides = [
        commit_side(system, digit_list, predicate.digits, value, tilde, random_bytes)
        for value, tilde in zip(x, x_tilde, strict=True)
    ]

    def respond(c: Scalar) -> bytes:
        hats = (tilde + c * end for tilde, end in zip(tildes, ends, strict=True))
        return signed.respond(c) + encode_responses(hats) + b"".join(side.respond(c) for side in sides)

    return Pending(signed.frames + b"".join(side.frames for side in sides), respond)


def read_gap(system: System, predicate: NotRevoked, reader: Reader) -> Opened:
    """Decode a proof of non-revocation."""
    received = read_signature(reader)
    hats = reader.scalars(2, "a response of a gap")
    sides = [read_side(system, predicate.digit_key, predicate.digits, reader) for _ in _WIRES]

    def recompute(responses: Values) -> Recomputed:
        c = responses.one
        signed = recompute_signature(system, _signed(system, predicate), received, (), hats, c)
        x_hat = _sides(responses.at((predicate.credential, predicate.slot)), hats, one=c)
        done = [signed, *(side(hat, c) for side, hat in zip(sides, x_hat, strict=True))]
        return Recomputed(
            b"".join(part.frames for part in done), tuple(item for part in done for item in part.items)
        )

    return recompute


def _signed(system: System, predicate: NotRevoked) -> Signed:
    scope = RevocationScope(predicate.list_id, predicate.width)
    domain = gap_domain(system, predicate.gap_key, scope, predicate.epoch)
    return Signed(b"gap", predicate.gap_key, system.gap_generators, domain, _WIRES)


def _sides(identifier: Scalar, ends: tuple[Scalar, ...], *, one: Scalar) -> tuple[Scalar, Scalar]:
    """Evaluate id - left - 1 and right - id - 1, of values, blindings or responses alike."""
    left, right = ends
    lower, upper = identifier - left - one, right - identifier - one
    return Scalar(lower % GROUP_ORDER), Scalar(upper % GROUP_ORDER)
