"""Pseudonyms from one secret, as the W3C vectors of `bbs-2023` have them: an older draft, on its own.

Text: none that stands. The published vectors of W3C Data Integrity BBS Cryptosuites 1.0 (April 2025) are of
the pseudonym draft of then (`zk.transcript.SINGLE_PSEUDONYM_DRAFT`), and decide; they pass bit for bit.
`zk.blind.pseudonyms` is the draft of today: another interface, under the same api identifier.

    n            prover's share + signer's entropy: one secret, the last signed message
    OP           hash_to_curve(context_id), tag = api identifier
    pseudonym    OP·n
    U            OP·n~, and from the response OP·n^ - pseudonym·c

| | here | `zk.blind.pseudonyms` |
|---|---|---|
| secrets | one | N, evaluated as a polynomial in the context |
| header | as given | N behind it |
| challenge, after T2 | pseudonym, OP, U | pseudonym, U |
| challenge, at its end | nothing | length and octets of the context |

Invariants
- No octets are a challenge of both: where one has U, the other has the domain. A compressed point has its
  first bit set, and a scalar never has.
- The secrets are types of their own, which the other interface does not take.
- The context is in the challenge through OP alone; a hash to the curve tells contexts apart.
- A pseudonym is neither the identity nor the base point of G1; U is not the identity.
- Pseudonyms of two contexts cannot be linked while discrete logarithms in G1 are hard, and no longer: one
  secret has not the N - 1 contexts that stay unlinkable for ever.

Not here: what a context is (it must name the verifier by what the channel has authenticated); one secret for
each prover, which the issuer sees to. The api identifier is shared, so a *signature* of today's draft over a
header that ends in N can be one of here; an issuer's key serves one of the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zk import transcript
from zk.bbs_core import map_messages
from zk.bbs_proof import Extension
from zk.blind.commitment import core_commit
from zk.blind.core import core_blind_prove, core_blind_sign, core_blind_verify, core_blind_verify_proof
from zk.blind.layout import Disclosed, Holding, Indexes, Layout
from zk.blind.pseudonym_point import Context, decode_pseudonym
from zk.blind.secret_scalars import ProverBlind, SingleNymSecret, SingleProverNym
from zk.curve import GROUP_ORDER, Scalar, decode_scalar, is_identity
from zk.errors import ZkError
from zk.hashing import draw_scalars

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zk.ciphersuites import Suite
    from zk.hashing import RandomBytes
    from zk.keys import SecretKey

__all__ = [
    "Disclosed",
    "Holding",
    "Indexes",
    "ProverBlind",
    "SingleNymSecret",
    "SingleProverNym",
    "commit",
    "draw_prover_nym",
    "finalize",
    "label",
    "prove",
    "pseudonym",
    "sign",
    "verify",
    "verify_proof",
]


def label(suite: Suite) -> str:
    """Name ciphersuite, interface and draft, for manifests and messages."""
    return f"{suite.ciphersuite}, pseudonyms of one secret ({transcript.SINGLE_PSEUDONYM_DRAFT})"


def draw_prover_nym(suite: Suite, *, random_bytes: RandomBytes) -> SingleProverNym:
    """Draw the prover's share of its secret; kept for re-issue, where the pseudonyms shall stay."""
    return SingleProverNym(suite.ciphersuite, list(draw_scalars(random_bytes, 1)))


def commit(
    suite: Suite,
    committed_messages: Sequence[bytes],
    prover_nym: SingleProverNym,
    *,
    random_bytes: RandomBytes,
) -> tuple[bytes, ProverBlind]:
    """Commit to the prover's messages and its share.

    Returns:
        112 + 32·(M + 1) octets for the signer, and the blind, which the prover keeps.
    """
    api_id = suite.pseudonym_api_id
    scalars = [*map_messages(suite, committed_messages, api_id=api_id), *prover_nym.scalars(suite)]
    return core_commit(suite, scalars, api_id=api_id, random_bytes=random_bytes)


def sign(
    suite: Suite,
    secret_key: SecretKey,
    public_key: bytes,
    commitment_with_proof: bytes,
    header: bytes,
    messages: Sequence[bytes],
    *,
    signer_nym_entropy: bytes,
) -> bytes:
    """Sign the signer's messages and a commitment whose last scalar is the prover's share.

    Args:
        suite: the suite, on a backend that admits secrets.
        secret_key: the signer's.
        public_key: the signer's, 96 octets.
        commitment_with_proof: from the prover, unverified. How many messages it may have is the caller's.
        header: shown in every proof.
        messages: the signer's own, in order.
        signer_nym_entropy: 32 octets that the prover cannot foresee; the same on re-issue (`zk.nym-entropy`).
    """
    api_id = suite.pseudonym_api_id
    return core_blind_sign(
        suite,
        secret_key,
        public_key,
        commitment_with_proof,
        header,
        map_messages(suite, messages, api_id=api_id),
        api_id=api_id,
        nym_entropy=_decode_entropy(signer_nym_entropy),
    )


def finalize(suite: Suite, prover_nym: SingleProverNym, *, signer_nym_entropy: bytes) -> SingleNymSecret:
    """Add the signer's entropy to the prover's share; nothing is verified here."""
    (share,) = prover_nym.scalars(suite)
    n = Scalar((share + _decode_entropy(signer_nym_entropy)) % GROUP_ORDER)
    return SingleNymSecret(suite.ciphersuite, [n])


def verify(
    suite: Suite, holding: Holding, prover_nym: SingleProverNym, *, signer_nym_entropy: bytes
) -> SingleNymSecret:
    """Verify a signature, on the prover's side, and finish the secret.

    Raises ZkError: as `zk.blind.signatures.verify`, and zk.nym-entropy.
    """
    secret = finalize(suite, prover_nym, signer_nym_entropy=signer_nym_entropy)
    core_blind_verify(
        suite, holding, holding.header, api_id=suite.pseudonym_api_id, nyms=secret.scalars(suite)
    )
    return secret


def pseudonym(suite: Suite, nym_secret: SingleNymSecret, context_id: bytes) -> bytes:
    """Return the pseudonym for a context, 48 octets."""
    return Context.of(suite, context_id).point_of(suite, nym_secret.scalars(suite))


def prove(
    suite: Suite,
    holding: Holding,
    nym_secret: SingleNymSecret,
    context_id: bytes,
    presentation_header: bytes,
    shown: Indexes,
    *,
    random_bytes: RandomBytes,
) -> tuple[bytes, bytes]:
    """Prove possession of a signature and of the pseudonym for a context; arguments as in today's draft.

    Returns:
        The proof, 272 + 32·U octets where U counts the blind and the secret too; and the pseudonym.
    """
    nyms = nym_secret.scalars(suite)
    layout = holding.layout(nyms=1)
    context = Context.of(suite, context_id)
    point = context.point_of(suite, nyms)

    def extend(m_tilde: Mapping[int, Scalar]) -> Extension:
        U = context.point_of(suite, [m_tilde[i] for i in layout.nym_indexes])
        return _extension(suite, context, point, U)

    proof = core_blind_prove(
        suite,
        holding,
        holding.header,
        presentation_header,
        shown,
        api_id=suite.pseudonym_api_id,
        random_bytes=random_bytes,
        nyms=nyms,
        extend=extend,
    )
    return proof, point


def verify_proof(
    suite: Suite,
    public_key: bytes,
    proof: bytes,
    pseudonym: bytes,
    disclosed: Disclosed,
    *,
    expected_header: bytes,
    expected_presentation_header: bytes,
    expected_context_id: bytes,
    expected_signer_messages: int,
) -> None:
    """Verify a proof and the pseudonym that came with it.

    Checklist, cheap steps first
    1. The proof has a proof's length and room for the signer's messages, the blind and the secret
       (`zk.proof-malformed`, `zk.length`).
    2. The context is not empty (`zk.length`); its point is recomputed.
    3. The pseudonym is a point of the subgroup, not the identity and not the base point
       (`zk.pseudonym-malformed`).
    4. All of `zk.blind.core.core_blind_verify_proof`, where the challenge also covers the pseudonym, OP and
       U = OP·n^ - pseudonym·c over the last response (`zk.proof`).
    5. U is not the identity (`zk.proof`).

    Args:
        suite: the suite.
        public_key: the signer's, 96 octets, which the verifier trusts.
        proof: 272 + 32·U octets.
        pseudonym: 48 octets, as presented.
        disclosed: what the proof is claimed to show.
        expected_header: as signed.
        expected_presentation_header: recomputed by the verifier, never taken from the prover.
        expected_context_id: the verifier's own context.
        expected_signer_messages: how many messages the signer signs in such a credential.
    """
    # 1
    layout = Layout.of_proof(proof, disclosed, signer=expected_signer_messages, nyms=1)
    # 2
    context = Context.of(suite, expected_context_id)
    # 3
    point = decode_pseudonym(suite, pseudonym)

    def extend(m_hat: Mapping[int, Scalar], c: Scalar) -> Extension:
        U = context.recomputed(suite, point, [m_hat[i] for i in layout.nym_indexes], c)
        # 5
        # [BBS-22] of blindings, which are not all zero
        if is_identity(U):
            raise ZkError("zk.proof", "the pseudonym is proven by nothing")
        return _extension(suite, context, pseudonym, U)

    # 4
    core_blind_verify_proof(
        suite,
        public_key,
        proof,
        layout,
        expected_header,
        expected_presentation_header,
        disclosed,
        api_id=suite.pseudonym_api_id,
        extend=extend,
    )


def _extension(suite: Suite, context: Context, pseudonym: bytes, U: bytes) -> Extension:
    """Return what this interface's challenge hashes of a pseudonym."""
    return Extension(after_points=pseudonym + suite.backend.encode_g1(context.OP) + U)


def _decode_entropy(octets: bytes) -> Scalar:
    return decode_scalar(octets, what="the signer's nym entropy", code="zk.nym-entropy")
