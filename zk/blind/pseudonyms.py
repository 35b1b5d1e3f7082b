"""Pseudonyms for each verifier: the same for one context, unlinkable between contexts, proven of a signature.

Text: draft-irtf-cfrg-bbs-per-verifier-linkability-03 (June 2026), interface `H2G_HM2S_PSEUDONYM_`, both
ciphersuites; the published vectors pass bit for bit. Where text and vectors differ, the vectors decide
(docs/decisions/0012).

    nyms         n_1 .. n_N, the last signed messages; n_N = prover's share + signer's entropy
    OP           hash_to_curve(context_id), tag = api identifier
    z            hash_to_scalar(context_id)
    poly(v)      v_1 + v_2·z + ... + v_N·z^(N-1)
    pseudonym    OP·poly(n)
    U            OP·poly(m~), and from the responses OP·poly(m^) - pseudonym·c

Invariants
- All N nym secrets enter the pseudonym; N is signed with the header, so a prover cannot use fewer.
- A pseudonym is neither the identity nor the base point of G1; U is not the identity.
- Pseudonyms of up to N - 1 contexts stay unlinkable even to one who can take discrete logarithms.
- Nothing here is valid as plain or blind BBS, and nothing of those here.

Not here: what a context is. It must name the verifier by what the channel has authenticated, never by free
text, or one verifier asks for the pseudonym of another. One secret vector for each prover and issuer is the
issuer's affair: a second commitment gives a second pseudonym.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zk import transcript
from zk.bbs_core import map_messages
from zk.blind.commitment import core_commit, count_committed
from zk.blind.core import core_blind_prove, core_blind_sign, core_blind_verify, core_blind_verify_proof
from zk.blind.layout import Disclosed, Holding, Indexes, Layout
from zk.blind.pseudonym_point import Context, decode_pseudonym
from zk.blind.secret_scalars import NymSecrets, ProverBlind, ProverNyms
from zk.curve import GROUP_ORDER, Scalar, decode_scalar, encode_scalar, is_identity
from zk.errors import ZkError
from zk.hashing import draw_scalars

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zk.bbs_proof import Extension
    from zk.ciphersuites import Suite
    from zk.hashing import RandomBytes
    from zk.keys import SecretKey

__all__ = [
    "Disclosed",
    "Holding",
    "Indexes",
    "NymSecrets",
    "ProverBlind",
    "ProverNyms",
    "commit",
    "draw_prover_nyms",
    "draw_signer_nym_entropy",
    "label",
    "prove",
    "pseudonym",
    "sign",
    "verify",
    "verify_proof",
]


def label(suite: Suite) -> str:
    """Name ciphersuite, interface and draft, for manifests and messages."""
    return f"{suite.ciphersuite}, pseudonyms ({transcript.PSEUDONYM_DRAFT})"


def draw_prover_nyms(suite: Suite, count: int, *, random_bytes: RandomBytes) -> ProverNyms:
    """Draw the prover's share of `count` nym secrets; as many as the issuer asks for (`zk.length`)."""
    return ProverNyms(suite.ciphersuite, list(draw_scalars(random_bytes, count)))


def draw_signer_nym_entropy(*, random_bytes: RandomBytes) -> bytes:
    """Draw the signer's share, 32 octets: once for each prover, kept for re-issue, not secret."""
    (entropy,) = draw_scalars(random_bytes, 1)
    return encode_scalar(entropy)


def commit(
    suite: Suite, committed_messages: Sequence[bytes], prover_nyms: ProverNyms, *, random_bytes: RandomBytes
) -> tuple[bytes, ProverBlind]:
    """Commit to the prover's messages and its nyms (pseudonym draft, "CommitWithNym").

    Returns:
        112 + 32·(M + N) octets for the signer, and the blind, which the prover keeps.
    """
    api_id = suite.pseudonym_api_id
    scalars = map_messages(suite, committed_messages, api_id=api_id)
    return core_commit(
        suite, [*scalars, *prover_nyms.scalars(suite)], api_id=api_id, random_bytes=random_bytes
    )


def sign(
    suite: Suite,
    secret_key: SecretKey,
    public_key: bytes,
    commitment_with_proof: bytes,
    header: bytes,
    messages: Sequence[bytes],
    *,
    nym_count: int,
    signer_nym_entropy: bytes,
) -> bytes:
    """Sign the signer's messages and a commitment (pseudonym draft, "BlindSignWithNym").

    Args:
        suite: the suite, on a backend that admits secrets.
        secret_key: the signer's.
        public_key: the signer's, 96 octets.
        commitment_with_proof: from the prover, unverified.
        header: shown in every proof; N is appended to it.
        messages: the signer's own, in order.
        nym_count: N, fixed by the issuer for all its provers; the last N committed scalars are nyms.
        signer_nym_entropy: 32 octets; the same for the same prover on re-issue (`zk.nym-entropy`).
    """
    api_id = suite.pseudonym_api_id
    entropy = _decode_entropy(signer_nym_entropy)
    _check_nym_count(nym_count)
    if nym_count > count_committed(commitment_with_proof):
        raise ZkError("zk.length", f"{nym_count} nym secrets, more than the commitment has scalars")
    return core_blind_sign(
        suite,
        secret_key,
        public_key,
        commitment_with_proof,
        _nym_header(header, nym_count),
        map_messages(suite, messages, api_id=api_id),
        api_id=api_id,
        nym_entropy=entropy,
    )


def verify(
    suite: Suite, holding: Holding, prover_nyms: ProverNyms, *, signer_nym_entropy: bytes
) -> NymSecrets:
    """Verify a signature, on the prover's side, and finish the nym secrets ("VerifyFinalizeWithNym").

    Raises ZkError: as `zk.blind.signatures.verify`, and zk.nym-entropy.
    """
    entropy = _decode_entropy(signer_nym_entropy)
    *others, last = prover_nyms.scalars(suite)
    nyms = [*others, Scalar((last + entropy) % GROUP_ORDER)]
    header = _nym_header(holding.header, len(nyms))
    core_blind_verify(suite, holding, header, api_id=suite.pseudonym_api_id, nyms=nyms)
    return NymSecrets(suite.ciphersuite, nyms)


def pseudonym(suite: Suite, nym_secrets: NymSecrets, context_id: bytes) -> bytes:
    """Return the pseudonym for a context, 48 octets (pseudonym draft, "Pseudonym Calculation Procedure")."""
    return Context.of(suite, context_id).point_of(suite, nym_secrets.scalars(suite))


def prove(
    suite: Suite,
    holding: Holding,
    nym_secrets: NymSecrets,
    context_id: bytes,
    presentation_header: bytes,
    shown: Indexes,
    *,
    random_bytes: RandomBytes,
) -> tuple[bytes, bytes]:
    """Prove possession of a signature and of the pseudonym for a context ("ProofGenWithNym").

    Args:
        suite: the suite, on a backend that admits secrets.
        holding: the signature and everything signed but the nym secrets; not verified here.
        nym_secrets: as `verify` returned them.
        context_id: names the verifier; from the authenticated channel, at least one octet (`zk.length`).
        presentation_header: bound to this proof; carries the verifier's nonce and audience.
        shown: which messages are disclosed (`zk.indexes`).
        random_bytes: secure randomness, called for 48 octets 5 + U times.

    Returns:
        The proof, 272 + 32·U octets where U counts the blind and the nym secrets too; and the pseudonym.
    """
    nyms = nym_secrets.scalars(suite)
    layout = holding.layout(nyms=len(nyms))
    context = Context.of(suite, context_id)
    nym = context.point_of(suite, nyms)

    def extend(m_tilde: Mapping[int, Scalar]) -> Extension:
        U = context.point_of(suite, [m_tilde[i] for i in layout.nym_indexes])
        return context.extension(nym, U)

    proof = core_blind_prove(
        suite,
        holding,
        _nym_header(holding.header, len(nyms)),
        presentation_header,
        shown,
        api_id=suite.pseudonym_api_id,
        random_bytes=random_bytes,
        nyms=nyms,
        extend=extend,
    )
    return proof, nym


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
    expected_nym_count: int,
) -> None:
    """Verify a proof and the pseudonym that came with it ("ProofVerifyWithNym").

    Checklist, cheap steps first
    1. N is between 1 and the limit (`zk.length`).
    2. The proof has a proof's length and room for the signer's messages, the blind and N secrets
       (`zk.proof-malformed`, `zk.length`).
    3. The context is not empty (`zk.length`); its point and z are recomputed.
    4. The pseudonym is a point of the subgroup, not the identity and not the base point
       (`zk.pseudonym-malformed`).
    5. All of `zk.blind.core.core_blind_verify_proof` under the header with N, where the challenge also covers
       the pseudonym, U = OP·poly(m^) - pseudonym·c over the N last responses, and the context (`zk.proof`).
    6. U is not the identity (`zk.proof`).

    Args:
        suite: the suite.
        public_key: the signer's, 96 octets, which the verifier trusts.
        proof: 272 + 32·U octets.
        pseudonym: 48 octets, as presented.
        disclosed: what the proof is claimed to show.
        expected_header: as signed, without N.
        expected_presentation_header: recomputed by the verifier, never taken from the prover.
        expected_context_id: the verifier's own context.
        expected_signer_messages: how many messages the signer signs in such a credential.
        expected_nym_count: N, as the issuer fixed it.
    """
    # 1
    _check_nym_count(expected_nym_count)
    # 2
    layout = Layout.of_proof(proof, disclosed, signer=expected_signer_messages, nyms=expected_nym_count)
    # 3
    context = Context.of(suite, expected_context_id)
    # 4
    point = decode_pseudonym(suite, pseudonym)

    def extend(m_hat: Mapping[int, Scalar], c: Scalar) -> Extension:
        U = context.recomputed(suite, point, [m_hat[i] for i in layout.nym_indexes], c)
        # 6
        if is_identity(U):
            raise ZkError("zk.proof", "the pseudonym is proven by nothing", clause="PseudonymProofVerifyInit")
        return context.extension(pseudonym, U)

    # 5
    core_blind_verify_proof(
        suite,
        public_key,
        proof,
        layout,
        _nym_header(expected_header, expected_nym_count),
        expected_presentation_header,
        disclosed,
        api_id=suite.pseudonym_api_id,
        extend=extend,
    )


def _check_nym_count(count: int) -> None:
    if not 0 < count <= NymSecrets.most:
        raise ZkError("zk.length", f"{count} nym secrets, expected 1 to {NymSecrets.most}")


def _decode_entropy(octets: bytes) -> Scalar:
    return decode_scalar(octets, what="the signer's nym entropy", code="zk.nym-entropy")


def _nym_header(header: bytes, nym_count: int) -> bytes:
    return header + nym_count.to_bytes(8, "big")
