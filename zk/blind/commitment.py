"""Commitments to messages that the signer will not see, with a proof that the prover knows them.

Text: blind draft (`zk.transcript.BLIND_DRAFT`), "Core Commitment Computation", "Core Commitment
Verification", "Blind Challenge Calculation" and their octet forms, as the published vectors have them.

    C         Q_2·blind + Σ J_i·msg_i
    Cbar      Q_2·s~ + Σ J_i·m~_i
    c         hash of M, Q_2, J_1 .. J_M, C, Cbar
    octets    C ‖ s^ ‖ m^_1 .. m^_M ‖ c          48 + 32·(M + 2)

Invariants
- C hides the messages whatever the verifier can compute; the proof tells it M and nothing else.
- C is not the identity, and no scalar of the proof is zero.
- `random_bytes` is called M + 2 times in the draft's order: blind, s~, m~_1 .. m~_M.

Not here: freshness. The proof covers no nonce and no issuer, so whoever sees it can send it again; what that
yields is a signature of no use without the blind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zk import transcript
from zk.bbs_core import check_message_count
from zk.blind.secret_scalars import ProverBlind
from zk.curve import G1_LENGTH, GROUP_ORDER, SCALAR_LENGTH, Scalar, decode_scalar, encode_scalar
from zk.errors import ZkError
from zk.hashing import draw_scalars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zk.backend import G1
    from zk.ciphersuites import Suite
    from zk.generators import Generators
    from zk.hashing import RandomBytes

COMMITMENT_FLOOR: Final = G1_LENGTH + 2 * SCALAR_LENGTH
"""Octets of a commitment to no message."""

_CODE: Final = "zk.commitment-malformed"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Commitment:
    """A commitment whose proof has passed.

    Attributes:
        C: the point, in the subgroup and not the identity.
        generators: Q_2, then one for each committed message.
    """

    C: G1
    generators: Generators

    @property
    def count(self) -> int:
        """How many messages are committed."""
        return len(self.generators) - 1


def blind_generators(suite: Suite, count: int, *, api_id: bytes) -> Generators:
    """Return Q_2, J_1, J_2, ..., `count` in all."""
    return suite.generators(count, transcript.BLIND_GENERATORS + api_id)


def core_commit(
    suite: Suite, scalars: Sequence[Scalar], *, api_id: bytes, random_bytes: RandomBytes
) -> tuple[bytes, ProverBlind]:
    """Commit to message scalars (blind draft, "CoreCommit").

    Returns:
        The commitment with its proof, for the signer; and the blind, for the prover alone.
    """
    check_message_count(len(scalars) + 1)
    generators = blind_generators(suite, len(scalars) + 1, api_id=api_id)
    blind, *blindings = draw_scalars(random_bytes, len(scalars) + 2)
    backend, secrets = suite.backend, (blind, *scalars)
    points = [base.point for base in generators.bases]
    C = backend.encode_g1(backend.msm_secret(points, secrets))
    Cbar = backend.encode_g1(backend.msm_secret(points, blindings))
    c = _challenge(suite, generators, C, Cbar, api_id=api_id)
    responses = [
        Scalar((blinding + secret * c) % GROUP_ORDER)
        for blinding, secret in zip(blindings, secrets, strict=True)
    ]
    if 0 in (c, *responses):
        raise ZkError("zk.randomness", "a response came out as zero, which no signer accepts")
    octets = C + b"".join(encode_scalar(scalar) for scalar in (*responses, c))
    return octets, ProverBlind(suite.ciphersuite, [blind])


def count_committed(commitment_with_proof: bytes) -> int:
    """Return M, the number of messages that a commitment of this length has; `zk.commitment-malformed`."""
    committed, rest = divmod(len(commitment_with_proof) - COMMITMENT_FLOOR, SCALAR_LENGTH)
    if committed < 0 or rest:
        raise ZkError(
            _CODE,
            f"a commitment of {len(commitment_with_proof)} octets, expected {COMMITMENT_FLOOR} + 32 for each "
            "message",
        )
    return committed


def verify_commitment(suite: Suite, commitment_with_proof: bytes, *, api_id: bytes) -> Commitment:
    """Verify a commitment (blind draft, "deserialize_and_validate_commit" and "CoreCommitVerify").

    Checklist, cheap steps first
    1. 112 + 32·M octets (`zk.commitment-malformed`), M within limits (`zk.length`).
    2. C is a point of the subgroup and not the identity, all scalars are in [1, r)
       (`zk.commitment-malformed`).
    3. The generators are recomputed from M and the interface.
    4. The challenge over C and Cbar = Q_2·s^ + Σ J_i·m^_i - C·c is the proof's own (`zk.commitment`).
    """
    backend = suite.backend
    # 1
    check_message_count(count_committed(commitment_with_proof) + 1)
    # 2
    octets = commitment_with_proof[:G1_LENGTH]
    C = backend.decode_g1(octets, what="the commitment", code=_CODE)
    *responses, c = (
        decode_scalar(commitment_with_proof[at : at + SCALAR_LENGTH], what=f"scalar {n}", code=_CODE)
        for n, at in enumerate(range(G1_LENGTH, len(commitment_with_proof), SCALAR_LENGTH))
    )
    # 3
    generators = blind_generators(suite, len(responses), api_id=api_id)
    # 4
    Cbar = backend.add(
        backend.msm_fixed_public(generators.bases, responses), backend.mul_public(C, Scalar(GROUP_ORDER - c))
    )
    if _challenge(suite, generators, octets, backend.encode_g1(Cbar), api_id=api_id) != c:
        raise ZkError(
            "zk.commitment",
            "the proof does not show that the committed messages are known",
            remedy="ask the holder for a fresh commitment under this ciphersuite and interface",
            clause="CoreCommitVerify",
        )
    return Commitment(C, generators)


def _challenge(suite: Suite, generators: Generators, C: bytes, Cbar: bytes, *, api_id: bytes) -> Scalar:
    c_octets = (len(generators) - 1).to_bytes(8, "big") + generators.octets + C + Cbar
    return suite.hash_to_scalar(c_octets, api_id + transcript.HASH_TO_SCALAR)
