"""The BBS part: possession of a signature, under the common challenge.

Text: `bbs-predicates-2026` version 1, sections 4.4 and 4.7; equations of the BBS draft (`zk.bbs_proof`),
whose own challenge and trailing c are left out.

    frame   bbs or gap: Abar ‖ Bbar ‖ D ‖ T1 ‖ T2 ‖ scalar(domain)
    sent    Abar ‖ Bbar ‖ D ‖ e^ ‖ r1^ ‖ r3^           240 octets; responses of slots are sent elsewhere
    item    e(Abar, W) = e(Bbar, BP2)

Invariants
- Abar is not the identity (`predicates.identity`); otherwise the pairing would hold for any key.
- Blindings of hidden slots come from outside, shared with whatever else speaks about the slot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zk.bbs_octets import Proof, Responses
from zk.bbs_proof import Commitments, ProofRandomness, proof_finalize, proof_init, proof_verify_init
from zk.curve import G1_LENGTH, SCALAR_LENGTH, Scalar, encode_scalar
from zk.hashing import draw_scalars
from zk.predicates.octets import encode_responses, frame
from zk.predicates.pairings import PairingItem
from zk.predicates.parts.part import Pending, Recomputed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zk.bbs_core import Possession
    from zk.generators import Generators
    from zk.hashing import RandomBytes
    from zk.predicates.octets import Reader, Received
    from zk.predicates.system import System

LENGTH: Final = 3 * G1_LENGTH + 3 * SCALAR_LENGTH


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Signed:
    """What a signature is over, as the prover or the verifier of this part needs it."""

    label: bytes
    key: bytes
    generators: Generators
    domain: Scalar
    hidden: tuple[int, ...]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class ReceivedSignature:
    """The decoded octets of this part."""

    Abar: Received
    Bbar: Received
    D: Received
    e_hat: Scalar
    r1_hat: Scalar
    r3_hat: Scalar


def commit_signature(
    system: System,
    signed: Signed,
    possession: Possession,
    scalars: Sequence[Scalar],
    blindings: Sequence[Scalar],
    random_bytes: RandomBytes,
) -> Pending:
    """Commit to a signature; `scalars` and `blindings` are of the hidden slots, in order."""
    r1, r2, e_tilde, r1_tilde, r3_tilde = draw_scalars(random_bytes, 5)
    randomness = ProofRandomness(r1, r2, e_tilde, r1_tilde, r3_tilde, tuple(blindings))
    commitments = proof_init(
        system.suite, possession, signed.generators, randomness, signed.domain, signed.hidden
    )

    def respond(c: Scalar) -> bytes:
        responses = proof_finalize(randomness, possession.e, scalars, c)
        sent = (responses.e_hat, responses.r1_hat, responses.r3_hat)
        return commitments.points + encode_responses(sent)

    return Pending(_frame(signed.label, commitments), respond)


def read_signature(reader: Reader) -> ReceivedSignature:
    """Decode what was sent."""
    Abar, Bbar, D = (reader.point(what) for what in ("Abar", "Bbar", "D"))
    return ReceivedSignature(Abar, Bbar, D, *reader.scalars(3, "a response of a signature"))


def recompute_signature(
    system: System,
    signed: Signed,
    received: ReceivedSignature,
    disclosed: Sequence[tuple[int, Scalar]],
    m_hat: Sequence[Scalar],
    c: Scalar,
) -> Recomputed:
    """Recompute T1 and T2 from the responses, `m_hat` being those of the hidden slots, in order."""
    Abar, Bbar, D = received.Abar, received.Bbar, received.D
    proof = Proof(
        Abar=Abar.point,
        Bbar=Bbar.point,
        D=D.point,
        points=Abar.octets + Bbar.octets + D.octets,
        responses=Responses(received.e_hat, received.r1_hat, received.r3_hat, tuple(m_hat)),
        c=c,
    )
    commitments = proof_verify_init(
        system.suite, proof, signed.generators, signed.domain, disclosed, signed.hidden, c=c
    )
    item = PairingItem(signed.key, Abar.point, Bbar.point)
    return Recomputed(_frame(signed.label, commitments), (item,))


def _frame(label: bytes, commitments: Commitments) -> bytes:
    return frame(label, commitments.points, commitments.T, encode_scalar(commitments.domain))
