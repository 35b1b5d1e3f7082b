"""Octet forms of BBS signatures and proofs.

Text: BBS draft (`zk.transcript.BBS_DRAFT`), "Serialization".

    signature   A ‖ e                                               48 + 32 = 80 octets
    proof       Abar ‖ Bbar ‖ D ‖ e^ ‖ r1^ ‖ r3^ ‖ m^_j… ‖ c        3·48 + (4 + U)·32 = 272 + 32·U octets

Invariants
- One value, one encoding: lengths are exact, points compressed and in the subgroup, scalars in [1, r).
- No point is the identity.
- What leaves `decode_…` encodes to the same octets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zk.curve import G1_LENGTH, SCALAR_LENGTH, Scalar, decode_scalar, encode_scalar
from zk.errors import ZkError

if TYPE_CHECKING:
    from zk.backend import G1
    from zk.ciphersuites import Suite

SIGNATURE_LENGTH: Final = G1_LENGTH + SCALAR_LENGTH

_POINTS_LENGTH: Final = 3 * G1_LENGTH
_FIXED_SCALARS: Final = 4
PROOF_FLOOR: Final = _POINTS_LENGTH + _FIXED_SCALARS * SCALAR_LENGTH
"""Octets of a proof that hides no message."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Signature:
    """A decoded signature. A holder keeps it secret: shown twice, it links."""

    A: G1
    e: Scalar


def decode_signature(suite: Suite, signature: bytes) -> Signature:
    """Decode 80 octets, A then e (BBS draft, "Octets to Signature"); `zk.signature-malformed`."""
    code = "zk.signature-malformed"
    if len(signature) != SIGNATURE_LENGTH:
        raise ZkError(code, f"a signature of {len(signature)} octets, expected {SIGNATURE_LENGTH}")
    A = suite.backend.decode_g1(signature[:G1_LENGTH], what="A", code=code)
    return Signature(A, decode_scalar(signature[G1_LENGTH:], what="e", code=code))


def encode_signature(suite: Suite, signature: Signature) -> bytes:
    """Encode as 80 octets."""
    return suite.backend.encode_g1(signature.A) + encode_scalar(signature.e)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Responses:
    """Answers to a challenge, in the letters of `zk.bbs_proof`."""

    e_hat: Scalar
    r1_hat: Scalar
    r3_hat: Scalar
    m_hat: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Proof:
    """A decoded proof: three points of the subgroup, none of them the identity, and scalars in [1, r)."""

    Abar: G1
    Bbar: G1
    D: G1
    points: bytes
    responses: Responses
    c: Scalar


def count_hidden(proof: bytes) -> int:
    """Return U, the number of hidden messages that a proof of this length has; `zk.proof-malformed`."""
    hidden, rest = divmod(len(proof) - PROOF_FLOOR, SCALAR_LENGTH)
    if hidden < 0 or rest:
        raise ZkError(
            "zk.proof-malformed",
            f"a proof of {len(proof)} octets, expected {PROOF_FLOOR} + 32 for each hidden message",
        )
    return hidden


def decode_proof(suite: Suite, proof: bytes) -> Proof:
    """Decode a proof (BBS draft, "Octets to Proof"); `zk.proof-malformed`."""
    code = "zk.proof-malformed"
    hidden = count_hidden(proof)
    points = proof[:_POINTS_LENGTH]
    Abar, Bbar, D = (
        suite.backend.decode_g1(points[i * G1_LENGTH : (i + 1) * G1_LENGTH], what=what, code=code)
        for i, what in enumerate(("Abar", "Bbar", "D"))
    )
    e_hat, r1_hat, r3_hat, *m_hat, c = (
        decode_scalar(proof[at : at + SCALAR_LENGTH], what=f"scalar {n}", code=code)
        for n, at in enumerate(range(_POINTS_LENGTH, len(proof), SCALAR_LENGTH))
    )
    assert len(m_hat) == hidden
    return Proof(Abar, Bbar, D, points, Responses(e_hat, r1_hat, r3_hat, tuple(m_hat)), c)


def encode_proof(points: bytes, responses: Responses, c: Scalar) -> bytes:
    """Encode a proof (BBS draft, "Proof to Octets")."""
    scalars = (responses.e_hat, responses.r1_hat, responses.r3_hat, *responses.m_hat, c)
    return points + b"".join(encode_scalar(scalar) for scalar in scalars)
