"""The point that a pseudonym is, and what proves it: arithmetic of one context.

Text: pseudonym draft (`zk.transcript.PSEUDONYM_DRAFT`), "Pseudonym Calculation Procedure", "Pseudonym Proof
Generation Utilities", "Challenge Calculation". The published vectors decide where the text differs: the
challenge carries the context and not its point OP (docs/decisions/0012).

    OP           hash_to_curve(context), tag = api identifier
    z            hash_to_scalar(context)
    poly(v)      v_1 + v_2·z + ... + v_N·z^(N-1)
    pseudonym    OP·poly(n)
    U            OP·poly(m~), and from responses OP·poly(m^) - pseudonym·c

Invariants
- Nym secrets and blindings meet OP through `mul_secret`, responses through `msm_public`.
- A point that a prover makes is not the identity.

Not here: where the nym secrets stand, and everything else of the proof (`zk.blind.pseudonyms`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zk import transcript
from zk.bbs_proof import Extension
from zk.curve import GROUP_ORDER, Scalar, is_identity
from zk.errors import ZkError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zk.backend import G1
    from zk.ciphersuites import Suite

_BASE_POINT: Final = bytes.fromhex(
    "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
)
"""BP1, the standard generator of G1, compressed."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Context:
    """A context, its point OP and its evaluation point z; all public."""

    octets: bytes
    OP: G1
    z: Scalar

    @classmethod
    def of(cls, suite: Suite, context_id: bytes) -> Context:
        """Compute the points of a context; `zk.length` for an empty one, which names no verifier."""
        if not context_id:
            raise ZkError("zk.length", "an empty context names no verifier")
        api_id = suite.pseudonym_api_id
        return cls(
            context_id,
            suite.hash_to_g1(context_id, api_id),
            suite.hash_to_scalar(context_id, api_id + transcript.NYM_EVALUATION),
        )

    def point_of(self, suite: Suite, secrets: Sequence[Scalar]) -> bytes:
        """Return OP·poly(secrets), 48 octets; `zk.randomness` for the identity."""
        octets = suite.backend.encode_g1(suite.backend.mul_secret(self.OP, self._evaluate(secrets)))
        if is_identity(octets):
            raise ZkError("zk.randomness", "the nym secrets or their blindings cancel out in this context")
        return octets

    def recomputed(self, suite: Suite, pseudonym: G1, responses: Sequence[Scalar], c: Scalar) -> bytes:
        """Return U from the responses, 48 octets."""
        U = suite.backend.msm_public(
            (self.OP, pseudonym), (self._evaluate(responses), Scalar(GROUP_ORDER - c))
        )
        return suite.backend.encode_g1(U)

    def extension(self, pseudonym: bytes, U: bytes) -> Extension:
        """Return what the challenge hashes of a pseudonym."""
        return Extension(after_points=pseudonym + U, at_end=len(self.octets).to_bytes(8, "big") + self.octets)

    def _evaluate(self, coefficients: Sequence[Scalar]) -> Scalar:
        total = 0
        for coefficient in reversed(coefficients):
            total = (total * self.z + coefficient) % GROUP_ORDER
        return Scalar(total)


def decode_pseudonym(suite: Suite, pseudonym: bytes) -> G1:
    """Decode 48 octets; `zk.pseudonym-malformed` for what no pseudonym can be."""
    code = "zk.pseudonym-malformed"
    point = suite.backend.decode_g1(pseudonym, what="the pseudonym", code=code)
    # [BBS-21] of a hash to the curve nobody knows the logarithm; of the base point it is one
    if pseudonym == _BASE_POINT:
        raise ZkError(code, "the pseudonym is the base point of G1")
    return point
