"""Signing over a commitment, and proving from such a signature, for any interface built on blind BBS.

Text: blind draft (`zk.transcript.BLIND_DRAFT`), "Blind Signature Generation", "Calculate B value", "Finalize
Blind Sign" and the published vectors, which decide where the text differs: `e` is hashed from SK and B
without the domain (docs/decisions/0012).

    B       P1 + Q_1·domain + Σ H_i·msg_i + C, and J_last·entropy where there are nym secrets
    e       hash of SK, B
    A       B·1/(SK + e)

Invariants
- A commitment is signed only after its proof of knowledge has passed, in the same call.
- B is not the identity.
- Api identifier and header are arguments; whoever passes them decides what the signature is one of.

Not here: order of the messages (`zk.blind.layout`), octets of a commitment (`zk.blind.commitment`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zk import transcript
from zk.bbs_core import calculate_b, calculate_domain, check_message_count, core_verify, finalize_signature
from zk.bbs_octets import encode_signature
from zk.bbs_proof import core_prove, core_verify_proof
from zk.blind.commitment import blind_generators, verify_commitment
from zk.curve import encode_scalar, is_identity
from zk.errors import ZkError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zk.bbs_proof import Extension
    from zk.blind.layout import Disclosed, Holding, Indexes, Layout
    from zk.ciphersuites import Suite
    from zk.curve import Scalar
    from zk.hashing import RandomBytes
    from zk.keys import SecretKey


def core_blind_sign(
    suite: Suite,
    secret_key: SecretKey,
    public_key: bytes,
    commitment_with_proof: bytes | None,
    header: bytes,
    scalars: Sequence[Scalar],
    *,
    api_id: bytes,
    nym_entropy: Scalar | None = None,
) -> bytes:
    """Sign the signer's message scalars and a commitment; 80 octets.

    `nym_entropy` is added to the last committed scalar (pseudonym draft, "Calculate B").

    Raises ZkError: zk.public-key where it is not the key's own; zk.commitment-malformed, zk.commitment,
    zk.length for a commitment that must not be signed.
    """
    if public_key != secret_key.public_key(suite):
        raise ZkError("zk.public-key", "the public key does not belong to the secret key")
    backend = suite.backend
    generators = suite.generators(len(scalars) + 1, api_id)
    committed = None
    blind = blind_generators(suite, 1, api_id=api_id)
    if commitment_with_proof is not None:
        committed = verify_commitment(suite, commitment_with_proof, api_id=api_id)
        blind = committed.generators
    check_message_count(len(scalars) + len(blind))
    domain = calculate_domain(suite, public_key, generators + blind, header, api_id=api_id)
    B = calculate_b(suite, generators, domain, scalars, secret_indexes=())
    if committed is not None:
        B = backend.add(B, committed.C)
    if nym_entropy is not None:
        B = backend.add(B, backend.msm_fixed_public(blind.bases[-1:], [nym_entropy]))
    octets = backend.encode_g1(B)
    if is_identity(octets):
        raise ZkError("zk.commitment", "the commitment cancels the signer's own messages")
    e_input = encode_scalar(secret_key.scalar(suite)) + octets
    e = suite.hash_to_scalar(e_input, api_id + transcript.HASH_TO_SCALAR)
    return encode_signature(suite, finalize_signature(suite, secret_key, B, e, api_id=api_id))


def core_blind_verify(
    suite: Suite, holding: Holding, header: bytes, *, api_id: bytes, nyms: Sequence[Scalar] = ()
) -> None:
    """Verify a holder's own signature; the checklist stands at `zk.bbs_core.core_verify`."""
    layout = holding.layout(nyms=len(nyms))
    core_verify(
        suite,
        holding.public_key,
        holding.signature,
        layout.generators(suite, api_id=api_id),
        header,
        [*holding.scalars(suite, api_id=api_id), *nyms],
        api_id=api_id,
        secret_indexes=layout.secret_indexes,
    )


def core_blind_prove(
    suite: Suite,
    holding: Holding,
    header: bytes,
    presentation_header: bytes,
    shown: Indexes,
    *,
    api_id: bytes,
    random_bytes: RandomBytes,
    nyms: Sequence[Scalar] = (),
    extend: Callable[[Mapping[int, Scalar]], Extension] | None = None,
) -> bytes:
    """Prove from a holder's signature, which is not verified here; `zk.indexes` for what cannot be shown."""
    layout = holding.layout(nyms=len(nyms))
    return core_prove(
        suite,
        holding.public_key,
        holding.signature,
        layout.generators(suite, api_id=api_id),
        header,
        presentation_header,
        [*holding.scalars(suite, api_id=api_id), *nyms],
        layout.positions(shown),
        api_id=api_id,
        random_bytes=random_bytes,
        extend=extend,
    )


def core_blind_verify_proof(
    suite: Suite,
    public_key: bytes,
    proof: bytes,
    layout: Layout,
    header: bytes,
    presentation_header: bytes,
    disclosed: Disclosed,
    *,
    api_id: bytes,
    extend: Callable[[Mapping[int, Scalar], Scalar], Extension] | None = None,
) -> None:
    """Verify a proof against a layout that the caller has derived from it and from what it expects.

    Checklist
    1. Every shown message stands in its own part of the list; blind and nym secrets are not among them
       (`zk.indexes`).
    2. All of `zk.bbs_proof.core_verify_proof`, with the generators of this interface.
    """
    # 1
    positions = layout.positions(disclosed.indexes)
    # 2
    core_verify_proof(
        suite,
        public_key,
        proof,
        header,
        presentation_header,
        disclosed.scalars(suite, api_id=api_id),
        positions,
        api_id=api_id,
        generators_for=lambda _count: layout.generators(suite, api_id=api_id),
        extend=extend,
    )
