"""Blind BBS: a signature over messages of which some are the prover's secrets, and proofs from it.

Text: draft-irtf-cfrg-bbs-blind-signatures-03 (June 2026), interface `BLIND_H2G_HM2S_`, both ciphersuites. The
published vectors of that draft pass bit for bit; they hold proofs without committed disclosure, which is a
form of its own (`zk.blind.committed_disclosure`). What the text leaves open or contradicts:
docs/decisions/0012.

Roles: the prover commits to its messages; the signer checks the commitment and signs it beside its own
messages; the prover verifies what it got, and proves; a verifier needs the signer's key alone.

Invariants
- Nothing here is valid as plain BBS or under a pseudonym, and nothing of those here: the api identifiers
  differ, and with them every generator and every hash.
- The signer learns how many messages are committed. A verifier learns that too, and nothing of the blind.
- What a verifier expects is an argument; a proof carries points and responses only.
- Faults are `ZkError` with the codes of `zk.bbs`, and zk.commitment-malformed, zk.commitment,
  zk.secret-scalars.

Not here: nym secrets (`zk.blind.pseudonyms`), who may commit to what, single use of a commitment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zk import transcript
from zk.bbs_core import map_messages
from zk.blind.commitment import core_commit
from zk.blind.core import core_blind_prove, core_blind_sign, core_blind_verify, core_blind_verify_proof
from zk.blind.layout import Disclosed, Holding, Indexes, Layout
from zk.blind.secret_scalars import ProverBlind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zk.ciphersuites import Suite
    from zk.hashing import RandomBytes
    from zk.keys import SecretKey

__all__ = [
    "Disclosed",
    "Holding",
    "Indexes",
    "ProverBlind",
    "commit",
    "label",
    "prove",
    "sign",
    "verify",
    "verify_proof",
]


def label(suite: Suite) -> str:
    """Name ciphersuite, interface and draft, for manifests and messages."""
    return f"{suite.ciphersuite}, blind ({transcript.BLIND_DRAFT})"


def commit(
    suite: Suite, committed_messages: Sequence[bytes], *, random_bytes: RandomBytes
) -> tuple[bytes, ProverBlind]:
    """Commit to the prover's messages.

    Args:
        suite: the suite, on a backend that admits secrets.
        committed_messages: in the order that proofs will refer to; none is allowed.
        random_bytes: secure randomness, called for 48 octets M + 2 times.

    Returns:
        112 + 32·M octets for the signer, and the blind, which the prover keeps as long as the signature.
    """
    api_id = suite.blind_api_id
    scalars = map_messages(suite, committed_messages, api_id=api_id)
    return core_commit(suite, scalars, api_id=api_id, random_bytes=random_bytes)


def sign(
    suite: Suite,
    secret_key: SecretKey,
    public_key: bytes,
    commitment_with_proof: bytes | None,
    header: bytes,
    messages: Sequence[bytes],
) -> bytes:
    """Sign the signer's messages and a commitment; faults as at `zk.blind.core.core_blind_sign`.

    Args:
        suite: the suite, on a backend that admits secrets.
        secret_key: the signer's.
        public_key: the signer's, 96 octets.
        commitment_with_proof: from the prover, unverified; None signs the messages alone.
        header: shown in every proof.
        messages: the signer's own, in order.
    """
    api_id = suite.blind_api_id
    scalars = map_messages(suite, messages, api_id=api_id)
    return core_blind_sign(
        suite, secret_key, public_key, commitment_with_proof, header, scalars, api_id=api_id
    )


def verify(suite: Suite, holding: Holding) -> None:
    """Verify a signature, on the prover's side; the checklist stands at `zk.bbs_core.core_verify`.

    Raises ZkError: zk.public-key, zk.signature-malformed, zk.signature, zk.length, zk.commitment for
    committed messages without a blind, zk.secret-scalars for a blind of the other ciphersuite.
    """
    core_blind_verify(suite, holding, holding.header, api_id=suite.blind_api_id)


def prove(
    suite: Suite, holding: Holding, presentation_header: bytes, shown: Indexes, *, random_bytes: RandomBytes
) -> bytes:
    """Prove possession of a blind signature, disclosing some messages of either kind.

    Args:
        suite: the suite, on a backend that admits secrets.
        holding: the signature and everything signed; verify it on receipt, it is not verified here.
        presentation_header: bound to this proof; carries the verifier's nonce and audience.
        shown: which messages are disclosed (`zk.indexes`).
        random_bytes: secure randomness, called for 48 octets 5 + U times.

    Returns:
        272 + 32·U octets, U being the number of hidden messages and the blind.
    """
    return core_blind_prove(
        suite,
        holding,
        holding.header,
        presentation_header,
        shown,
        api_id=suite.blind_api_id,
        random_bytes=random_bytes,
    )


def verify_proof(
    suite: Suite,
    public_key: bytes,
    proof: bytes,
    disclosed: Disclosed,
    *,
    expected_header: bytes,
    expected_presentation_header: bytes,
    expected_signer_messages: int,
) -> None:
    """Verify a proof.

    Checklist
    1. The proof has a proof's length and room for the signer's messages and the blind
       (`zk.proof-malformed`, `zk.length`).
    2. All of `zk.blind.core.core_blind_verify_proof`.

    Args:
        suite: the suite.
        public_key: the signer's, 96 octets, which the verifier trusts.
        proof: 272 + 32·U octets.
        disclosed: what the proof is claimed to show.
        expected_header: as signed.
        expected_presentation_header: recomputed by the verifier, never taken from the prover.
        expected_signer_messages: how many messages the signer signs in such a credential.
    """
    # 1
    layout = Layout.of_proof(proof, disclosed, signer=expected_signer_messages)
    # 2
    core_blind_verify_proof(
        suite,
        public_key,
        proof,
        layout,
        expected_header,
        expected_presentation_header,
        disclosed,
        api_id=suite.blind_api_id,
    )
