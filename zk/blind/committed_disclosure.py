"""Committed disclosure: a blind BBS proof that also gives out Pedersen commitments to hidden messages.

Text: blind draft (`zk.transcript.BLIND_DRAFT`), "Core Proof Generation", "Core Proof Verification", "Proof
Challenge Calculation". The draft publishes no vectors of this form and its text is rough; what we read into
it stands in docs/decisions/0012. A larger proof takes C_i and its opening from here.

    C_i       Y_0·s_i + Y_1·msg_i
    C~_i      Y_0·s~_i + Y_1·m~_i         with the blinding m~_i that msg_i has in the BBS proof
    s^_i      s~_i + s_i·c

Invariants
- Indexes are positions in the signed list (`zk.blind.layout`), as in the challenge. The draft puts them into
  the octets; the verifier compares them with its own and uses its own.
- A committed message is hidden, and is not the blind.
- The challenge carries N after the domain even where N is 0; no octets are both this challenge and that of
  a proof without the form, whatever the presentation header.
- An opening serves proofs about C_i and goes to nobody.

Not here: what is proven of a committed message; the octets (`zk.blind.committed_octets`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zk import transcript
from zk.bbs_proof import Extension
from zk.blind.committed_octets import CommittedProof, decode_committed_proof, encode_committed_proof, u64
from zk.blind.core import core_blind_prove, core_blind_verify_proof
from zk.blind.layout import Disclosed, Holding, Indexes, Layout
from zk.blind.secret_scalars import Openings
from zk.curve import GROUP_ORDER, SCALAR_LENGTH, Scalar, decode_scalar
from zk.errors import ZkError
from zk.hashing import draw_scalars

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zk.backend import FixedBase
    from zk.ciphersuites import Suite
    from zk.hashing import RandomBytes

__all__ = ["Disclosed", "DisclosedCommitment", "Holding", "Indexes", "Openings", "prove", "verify_proof"]


@dataclass(frozen=True, slots=True)
class DisclosedCommitment:
    """A commitment, 48 octets, that a verified proof has tied to the scalar at `index` of the signed list."""

    index: int
    C: bytes


def prove(
    suite: Suite,
    holding: Holding,
    presentation_header: bytes,
    shown: Indexes,
    commit_to: Indexes,
    *,
    random_bytes: RandomBytes,
) -> tuple[bytes, Openings | None]:
    """Prove as `zk.blind.signatures.prove` does, and commit to some hidden messages.

    Args:
        suite: the suite, on a backend that admits secrets.
        holding: the signature and everything signed; not verified here.
        presentation_header: bound to this proof; carries the verifier's nonce and audience.
        shown: which messages are disclosed (`zk.indexes`).
        commit_to: which messages get a commitment; none of those shown (`zk.indexes`).
        random_bytes: secure randomness, called 5 + U times, then for s_1 .. s_N and s~_1 .. s~_N.

    Returns:
        The proof, and the openings in the order of the commitments; None where there are none.
    """
    api_id, backend = suite.blind_api_id, suite.backend
    layout = holding.layout()
    indexes = _hidden_positions(layout, commit_to, shown)
    scalars = holding.scalars(suite, api_id=api_id)
    Y = [base.point for base in _bases(suite, api_id)]
    points: list[bytes] = []
    s: list[Scalar] = []
    s_tilde: list[Scalar] = []

    def extend(m_tilde: Mapping[int, Scalar]) -> Extension:
        s.extend(draw_scalars(random_bytes, len(indexes)))
        s_tilde.extend(draw_scalars(random_bytes, len(indexes)))
        blinded: list[bytes] = []
        for i, secret, blinding in zip(indexes, s, s_tilde, strict=True):
            points.append(backend.encode_g1(backend.msm_secret(Y, (secret, scalars[i]))))
            blinded.append(backend.encode_g1(backend.msm_secret(Y, (blinding, m_tilde[i]))))
        return _extension(indexes, points, blinded)

    proof = core_blind_prove(
        suite,
        holding,
        holding.header,
        presentation_header,
        shown,
        api_id=api_id,
        random_bytes=random_bytes,
        extend=extend,
    )
    s_hat = _respond(proof, s_tilde, s)
    octets = encode_committed_proof(proof, layout.positions(shown), points, s_hat, indexes)
    return octets, (Openings(suite.ciphersuite, s) if s else None)


def verify_proof(
    suite: Suite,
    public_key: bytes,
    proof: bytes,
    disclosed: Disclosed,
    *,
    expected_header: bytes,
    expected_presentation_header: bytes,
    expected_signer_messages: int,
    expected_commitments: Indexes,
) -> tuple[DisclosedCommitment, ...]:
    """Verify a proof with commitments.

    Checklist, cheap steps first
    1. The octets split into their parts exactly; every C_i is a point of the subgroup and not the identity,
       every s^_i is in [1, r) (`zk.proof-malformed`).
    2. The BBS proof has room for the signer's messages and the blind (`zk.length`).
    3. Shown and committed messages each stand in their own part, and none is both (`zk.indexes`).
    4. The indexes in the octets are those that the verifier expects (`zk.indexes`).
    5. All of `zk.blind.core.core_blind_verify_proof`, where the challenge also covers N, the indexes, every
       C_i and C~_i = Y_0·s^_i + Y_1·m^_i - C_i·c (`zk.proof`).

    Args:
        suite: the suite.
        public_key: the signer's, 96 octets, which the verifier trusts.
        proof: as `prove` returned it.
        disclosed: what the proof is claimed to show.
        expected_header: as signed.
        expected_presentation_header: recomputed by the verifier, never taken from the prover.
        expected_signer_messages: how many messages the signer signs in such a credential.
        expected_commitments: to which messages the verifier asked for a commitment.

    Returns:
        The commitments in ascending order of their index.
    """
    api_id = suite.blind_api_id
    # 1
    decoded = decode_committed_proof(suite, proof)
    # 2
    layout = Layout.of_proof(decoded.bbs_proof, disclosed, signer=expected_signer_messages)
    # 3
    shown = layout.positions(disclosed.indexes)
    indexes = _hidden_positions(layout, expected_commitments, disclosed.indexes)
    # 4
    if (list(decoded.disclosed), list(decoded.committed)) != (shown, indexes):
        raise ZkError("zk.indexes", "the proof shows or commits to other messages than were asked for")

    def extend(m_hat: Mapping[int, Scalar], c: Scalar) -> Extension:
        blinded = _recompute(suite, decoded, [m_hat[i] for i in indexes], c, api_id=api_id)
        return _extension(indexes, decoded.octets, blinded)

    # 5
    core_blind_verify_proof(
        suite,
        public_key,
        decoded.bbs_proof,
        layout,
        expected_header,
        expected_presentation_header,
        disclosed,
        api_id=api_id,
        extend=extend,
    )
    return tuple(DisclosedCommitment(i, C) for i, C in zip(indexes, decoded.octets, strict=True))


def _bases(suite: Suite, api_id: bytes) -> tuple[FixedBase, ...]:
    """Return Y_0 and Y_1."""
    return suite.generators(2, transcript.COMMITTED_DISCLOSURE_GENERATORS + api_id).bases


def _hidden_positions(layout: Layout, commit_to: Indexes, shown: Indexes) -> list[int]:
    indexes = layout.positions(commit_to)
    if not set(indexes).isdisjoint(layout.positions(shown)):
        raise ZkError("zk.indexes", "a message is both disclosed and committed to")
    return indexes


def _respond(proof: bytes, s_tilde: Sequence[Scalar], s: Sequence[Scalar]) -> list[Scalar]:
    """Answer the challenge, which is the last scalar of the BBS proof."""
    c = decode_scalar(proof[-SCALAR_LENGTH:], what="the challenge", code="zk.proof-malformed")
    s_hat = [
        Scalar((blinding + secret * c) % GROUP_ORDER) for blinding, secret in zip(s_tilde, s, strict=True)
    ]
    if 0 in s_hat:
        raise ZkError("zk.randomness", "a response came out as zero, which no verifier accepts")
    return s_hat


def _recompute(
    suite: Suite, decoded: CommittedProof, m_hat: Sequence[Scalar], c: Scalar, *, api_id: bytes
) -> list[bytes]:
    """Return C~_i from the responses."""
    backend, Y = suite.backend, _bases(suite, api_id)
    against = Scalar(GROUP_ORDER - c)
    return [
        backend.encode_g1(backend.add(backend.msm_fixed_public(Y, responses), backend.mul_public(C, against)))
        for C, *responses in zip(decoded.points, decoded.s_hat, m_hat, strict=True)
    ]


def _extension(indexes: Sequence[int], points: Sequence[bytes], blinded: Sequence[bytes]) -> Extension:
    terms = (u64(i) + C + C_tilde for i, C, C_tilde in zip(indexes, points, blinded, strict=True))
    return Extension(after_domain=u64(len(indexes)) + b"".join(terms))
