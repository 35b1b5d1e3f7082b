"""The cryptosuite `eddsa-jcs-2022`: W3C Data Integrity EdDSA Cryptosuites 1.0 (May 2025), section 3.3.

What is signed: SHA-256 of the canonical proof options, then SHA-256 of the canonical document (64 bytes).

Checklist of verification; blocks are tagged with these numbers:
1. The proof names this suite and the key is an Ed25519 key.
2. `proofValue` is multibase base58btc of exactly 64 bytes.
3. Where the proof carries `@context`, the document's `@context` begins with it, and the document that counts
   has the proof's. (Contexts that were appended later are thereby not covered, and not returned.)
4. Hash options (without `proofValue`) and document, and verify the signature.

Not here: choice of key and purpose (`did.integrity`), meaning of contexts.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from did.encoding import encode_multibase
from did.errors import DidError
from did.integrity.signature import check_signature, read_signature, with_signed_context
from did.jcs import canonicalize
from did.keys import KeyType, PublicKey, Signer

if TYPE_CHECKING:
    from did.integrity import ProofOptions
    from did.types import JsonObject

NAME: Final = "eddsa-jcs-2022"
_CLAUSE: Final = "Data Integrity EdDSA 1.0 section 3.3"


class EddsaJcs2022:
    """The suite; it has no state."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The value of `cryptosuite`."""
        return NAME

    def create_proof(self, document: JsonObject, options: ProofOptions, signer: Signer) -> JsonObject:
        """Make a proof with an Ed25519 signer; the proof repeats the document's `@context`."""
        if signer.public_key.type is not KeyType.ED25519:
            raise _wrong_key(signer.public_key)
        proof = options.to_json()
        if "@context" in document:
            context = document["@context"]
            proof["@context"] = list(context) if isinstance(context, list) else context
        proof["proofValue"] = encode_multibase(signer.sign(hash_data(document, proof)))
        return proof

    def verify_proof(self, document: JsonObject, proof: JsonObject, key: PublicKey) -> JsonObject:
        """Return the document that the proof covers, or raise `proof.*`."""
        # 1
        if proof.get("cryptosuite") != NAME:
            raise DidError("proof.cryptosuite", f"expected {NAME}", clause=_CLAUSE)
        if key.type is not KeyType.ED25519:
            raise _wrong_key(key)
        signature = read_signature(proof, size=64, clause=_CLAUSE)  # 2
        # 3
        if "@context" in proof:
            document = with_signed_context(document, proof["@context"], clause=_CLAUSE)
        # 4
        options = proof.copy()
        del options["proofValue"]
        check_signature(key, hash_data(document, options), signature, clause=_CLAUSE)
        return document


def hash_data(document: JsonObject, options: JsonObject) -> bytes:
    """Give the 64 bytes that are signed: hash of the options, then hash of the document."""
    return sha256(canonicalize(options)).digest() + sha256(canonicalize(document)).digest()


def _wrong_key(key: PublicKey) -> DidError:
    return DidError("proof.key-type", f"{NAME} takes Ed25519 keys, found {key.type}", clause=_CLAUSE)
