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

from did.encoding import decode_base58btc, encode_multibase
from did.errors import DidError
from did.jcs import canonicalize
from did.keys import KeyType, PublicKey, Signer, verify_signature

if TYPE_CHECKING:
    from did.integrity import ProofOptions
    from did.types import JsonObject, JsonValue

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
        # 2
        value = proof.get("proofValue")
        if not isinstance(value, str) or not value.startswith("z"):
            raise DidError("proof.malformed", "proofValue is not multibase base58btc", clause=_CLAUSE)
        try:
            signature = decode_base58btc(value[1:], max_chars=88)
        except DidError as error:
            raise DidError("proof.malformed", f"proofValue: {error.detail}", clause=_CLAUSE) from None
        # [DI-01]
        if len(signature) != 64:
            raise DidError("proof.malformed", "proofValue holds no 64 bytes", clause=_CLAUSE)
        # 3
        if "@context" in proof:
            document = _with_context(document, proof["@context"])
        # 4
        options = proof.copy()
        del options["proofValue"]
        try:
            verify_signature(key, hash_data(document, options), signature)
        except DidError as error:
            if error.code != "key.signature":
                raise
            raise DidError(
                "proof.signature",
                "the signature does not hold: document or proof were changed, or another key signed",
                clause=_CLAUSE,
            ) from None
        return document


def hash_data(document: JsonObject, options: JsonObject) -> bytes:
    """Give the 64 bytes that are signed: hash of the options, then hash of the document."""
    return sha256(canonicalize(options)).digest() + sha256(canonicalize(document)).digest()


def _with_context(document: JsonObject, signed: JsonValue) -> JsonObject:
    found = document.get("@context")
    if found == signed:
        return document
    values = found if isinstance(found, list) else [found]
    prefix = signed if isinstance(signed, list) else [signed]
    if values[: len(prefix)] != prefix:
        raise DidError(
            "proof.context", "the document's @context does not begin with the proof's", clause=_CLAUSE
        )
    return {**document, "@context": signed}


def _wrong_key(key: PublicKey) -> DidError:
    return DidError("proof.key-type", f"{NAME} takes Ed25519 keys, found {key.type}", clause=_CLAUSE)
