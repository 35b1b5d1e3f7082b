"""A range of a committed value: the form's value stands in a commitment, and a Bulletproof speaks about that.

Text: `bbs-predicates-2026` version 1, section 4.11, "in the Schnorr part".

    C, T_C  as for sets (`parts.sets`); x is the form
    values  lower: C - lo·Y_1, opening (x - lo, s)          upper: hi·Y_1 - C, opening (hi - x, -s)
    frame   range-bp: C ‖ T_C                               sent: C ‖ s^; the Bulletproof stands at the end

Invariants
- C is in the main transcript, and the Bulletproof is seeded with its challenge: the value cannot move between
  the two.
- Bounds come from the statement; a proof says none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zk.curve import G1_LENGTH, GROUP_ORDER, SCALAR_LENGTH, Scalar
from zk.errors import ZkError
from zk.hashing import draw_scalars
from zk.predicates.octets import committed, encode_responses, frame
from zk.predicates.parts.bullet_checking import check_bits
from zk.predicates.parts.bullet_proving import Opening, prove_bits
from zk.predicates.parts.bullet_transcript import BulletTranscript, proof_length
from zk.predicates.parts.part import Pending, Recomputed
from zk.predicates.parts.sets import recompute_t_c

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zk.backend import G1
    from zk.hashing import RandomBytes
    from zk.predicates.octets import Reader, Received
    from zk.predicates.parts.bullet_checking import ReceivedBits
    from zk.predicates.parts.part import Opened
    from zk.predicates.predicate import CommittedRange
    from zk.predicates.system import System
    from zk.predicates.wires import Values

LENGTH: Final = G1_LENGTH + SCALAR_LENGTH


def bullet_length(predicate: CommittedRange) -> int:
    """Return the octets of the Bulletproof."""
    return proof_length(predicate.total)


def commit_committed(
    system: System,
    predicate: CommittedRange,
    index: int,
    statement_digest: bytes,
    witness: Values,
    blinding: Values,
    random_bytes: RandomBytes,
) -> Pending:
    """Commit to the form's value."""
    x, x_tilde = witness.of(predicate.form), blinding.of(predicate.form)
    values = [witness.of(form) for form in predicate.sides]
    if any(value >> predicate.bits for value in values):
        raise ZkError(
            "predicates.witness",
            "a hidden value does not meet the statement",
            remedy="do not answer this request with this credential",
        )
    s, s_tilde = draw_scalars(random_bytes, 2)
    point = committed(system.suite, system.Y_1, x, system.Y_0, s)
    C = system.backend.encode_g1(point)
    T_C = system.backend.encode_g1(committed(system.suite, system.Y_1, x_tilde, system.Y_0, s_tilde))

    def prove(c: Scalar) -> bytes:
        signs = ([1] if predicate.lo is not None else []) + ([-1] if predicate.hi is not None else [])
        openings = [
            Opening(value, Scalar(sign * s % GROUP_ORDER)) for value, sign in zip(values, signs, strict=True)
        ]
        log = _transcript(system, predicate, index, statement_digest, point, c)
        return prove_bits(system, predicate.bits, openings, log, random_bytes)

    return Pending(frame(b"range-bp", C, T_C), lambda c: C + encode_responses((s_tilde + c * s,)), tail=prove)


def read_committed(system: System, predicate: CommittedRange, reader: Reader) -> tuple[Received, Opened]:
    """Decode the commitment and its response."""
    C, s_hat = reader.point("C"), reader.scalar("a response of a committed range")

    def recompute(responses: Values) -> Recomputed:
        x_hat = responses.of(predicate.form)
        return Recomputed(frame(b"range-bp", C.octets, recompute_t_c(system, C, x_hat, s_hat, responses.one)))

    return C, recompute


def check_committed(
    system: System,
    predicate: CommittedRange,
    index: int,
    statement_digest: bytes,
    C: Received,
    proof: ReceivedBits,
    c: Scalar,
) -> None:
    """Check the Bulletproof; `predicates.bulletproof`."""
    log = _transcript(system, predicate, index, statement_digest, C.point, c)
    check_bits(system, predicate.bits, _values(system, predicate, C.point), proof, log)


def _transcript(
    system: System, predicate: CommittedRange, index: int, statement_digest: bytes, C: G1, c: Scalar
) -> BulletTranscript:
    values = [system.backend.encode_g1(V) for V in _values(system, predicate, C)]
    return BulletTranscript(system, statement_digest, c, index, predicate.bits, values)


def _values(system: System, predicate: CommittedRange, C: G1) -> Sequence[G1]:
    """Derive the commitments to x - lo and hi - x from C."""
    backend, values = system.backend, []
    if predicate.lo is not None:
        less = Scalar(-predicate.lo % GROUP_ORDER)
        values.append(backend.add(C, backend.msm_fixed_public((system.Y_1,), (less,))))
    if predicate.hi is not None:
        most = Scalar(predicate.hi % GROUP_ORDER)
        values.append(backend.add(backend.negate(C), backend.msm_fixed_public((system.Y_1,), (most,))))
    return values
