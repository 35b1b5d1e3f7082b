"""BBS signatures: sign a list of messages once, then prove possession while showing only some of them.

Text: draft-irtf-cfrg-bbs-signatures-09 (July 2025), interface `H2G_HM2S_`, ciphersuites BLS12-381-SHA-256 and
BLS12-381-SHAKE-256; the published fixtures of that draft pass bit for bit. Security rests on q-SDH in
BLS12-381 (about 117 bits by the draft's count) and the random oracle; unforgeability is not post-quantum,
what a proof hides stays hidden.

Invariants
- Messages, headers and keys are octets; mapping them to scalars, and generators, follow the draft.
- Whatever is wrong is a `ZkError`: zk.public-key, zk.secret-key, zk.signature-malformed, zk.signature,
  zk.proof-malformed, zk.proof, zk.indexes, zk.length, zk.randomness, zk.variable-time, zk.backend.
- Signing and proving need a backend that admits secrets; verifying runs on any.
- Verifiers return nothing or raise.

Not here: the operations over scalars and free generators (`zk.bbs_core`, `zk.bbs_proof`), blind signatures,
predicates, credentials. A proof is replayable: put the verifier's nonce and audience into its presentation
header.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zk.bbs_core import core_sign, core_verify, map_messages
from zk.bbs_octets import PROOF_FLOOR, SIGNATURE_LENGTH
from zk.bbs_proof import core_prove, core_verify_proof
from zk.ciphersuites import Ciphersuite, Suite, suite
from zk.curve import G2_LENGTH, Scalar
from zk.errors import ZkError
from zk.keys import SecretKey, check_public_key, key_generate, public_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zk.hashing import RandomBytes

__all__ = [
    "PROOF_FLOOR",
    "PUBLIC_KEY_LENGTH",
    "SHA256",
    "SHAKE256",
    "SIGNATURE_LENGTH",
    "Ciphersuite",
    "SecretKey",
    "Suite",
    "check_public_key",
    "key_generate",
    "messages_to_scalars",
    "prove",
    "public_key",
    "sign",
    "suite",
    "verify",
    "verify_proof",
]

SHA256: Final = Ciphersuite.SHA256
SHAKE256: Final = Ciphersuite.SHAKE256
PUBLIC_KEY_LENGTH: Final = G2_LENGTH


def sign(
    suite: Suite, secret_key: SecretKey, public_key: bytes, header: bytes, messages: Sequence[bytes]
) -> bytes:
    """Sign messages and header.

    Args:
        suite: the suite, on a backend that admits secrets.
        secret_key: the signer's.
        public_key: the signer's, 96 octets; it must belong to `secret_key` (`zk.public-key`), else the
            signature would hold under no key.
        header: shown in every proof.
        messages: in the order that proofs will refer to.

    Returns:
        80 octets: a compressed G1 point and a scalar. The same input gives the same signature.
    """
    scalars = messages_to_scalars(suite, messages)
    if public_key != secret_key.public_key(suite):
        raise ZkError("zk.public-key", "the public key does not belong to the secret key")
    api_id = suite.bbs_api_id
    generators = suite.generators(len(scalars) + 1, api_id)
    return core_sign(suite, secret_key, public_key, generators, header, scalars, api_id=api_id)


def verify(
    suite: Suite, public_key: bytes, signature: bytes, header: bytes, messages: Sequence[bytes]
) -> None:
    """Verify a signature over messages and header; the checklist stands at `zk.bbs_core.core_verify`.

    Raises ZkError: zk.public-key, zk.signature-malformed, zk.signature, zk.length.
    """
    scalars = messages_to_scalars(suite, messages)
    api_id = suite.bbs_api_id
    generators = suite.generators(len(scalars) + 1, api_id)
    core_verify(suite, public_key, signature, generators, header, scalars, api_id=api_id, secret_indexes=())


def prove(
    suite: Suite,
    public_key: bytes,
    signature: bytes,
    header: bytes,
    presentation_header: bytes,
    messages: Sequence[bytes],
    disclosed_indexes: Sequence[int],
    *,
    random_bytes: RandomBytes,
) -> bytes:
    """Prove possession of a signature, disclosing some messages.

    Args:
        suite: the suite, on a backend that admits secrets.
        public_key: the signer's, 96 octets.
        signature: 80 octets; verify it on receipt, it is not verified here.
        header: as signed.
        presentation_header: bound to this proof; carries the verifier's nonce and audience.
        messages: all of them, in the order signed.
        disclosed_indexes: which are shown: from 0, strictly ascending (`zk.indexes`).
        random_bytes: secure randomness, called for 48 octets 5 + U times in the draft's order.

    Returns:
        272 + 32·U octets, U being the number of hidden messages.
    """
    scalars = messages_to_scalars(suite, messages)
    api_id = suite.bbs_api_id
    return core_prove(
        suite,
        public_key,
        signature,
        suite.generators(len(scalars) + 1, api_id),
        header,
        presentation_header,
        scalars,
        disclosed_indexes,
        api_id=api_id,
        random_bytes=random_bytes,
    )


def verify_proof(
    suite: Suite,
    public_key: bytes,
    proof: bytes,
    header: bytes,
    presentation_header: bytes,
    disclosed_messages: Sequence[bytes],
    disclosed_indexes: Sequence[int],
) -> None:
    """Verify a proof; the checklist stands at `zk.bbs_proof.core_verify_proof`.

    Args:
        suite: the suite.
        public_key: the signer's, 96 octets, which the verifier trusts.
        proof: 272 + 32·U octets.
        header: as signed.
        presentation_header: what the verifier expects, recomputed and never taken from the prover.
        disclosed_messages: one for each index, in the same order.
        disclosed_indexes: from 0, strictly ascending.

    Raises ZkError: zk.public-key, zk.proof-malformed, zk.proof, zk.indexes, zk.length.
    """
    api_id = suite.bbs_api_id
    core_verify_proof(
        suite,
        public_key,
        proof,
        header,
        presentation_header,
        messages_to_scalars(suite, disclosed_messages),
        disclosed_indexes,
        api_id=api_id,
        generators_for=lambda count: suite.generators(count + 1, api_id),
    )


def messages_to_scalars(suite: Suite, messages: Sequence[bytes]) -> list[Scalar]:
    """Map each message to a scalar (BBS draft, "Messages to Scalars")."""
    return map_messages(suite, messages, api_id=suite.bbs_api_id)
