"""The cryptosuite `ecdsa-jcs-2019`: W3C Data Integrity ECDSA Cryptosuites 1.0, section 3.3.

What is signed: the hash of the canonical proof options, then the hash of the canonical document. With a P-256
key that is SHA-256, with a P-384 key SHA-384; the signature hashes once more, with the same.

Checklist of verification; blocks are tagged with these numbers:
1. The proof names this suite and the key is on P-256 or P-384.
2. `proofValue` is multibase base58btc of `r ‖ s`: 64 bytes for P-256, 96 for P-384.
3. Where the proof carries `@context`, the document's begins with it; what counts has the proof's.
4. Hash options (without `proofValue`) and document, and verify the signature.

Not here: choice of key and purpose (`did.integrity`), meaning of contexts.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from did.encoding import encode_multibase
from did.errors import DidError
from did.integrity.signature import check_signature, read_signature, with_signed_context
from did.jcs import canonicalize
from did.keys import KeyType

if TYPE_CHECKING:
    from did.integrity import ProofOptions
    from did.keys import PublicKey, Signer
    from did.types import JsonObject

NAME: Final = "ecdsa-jcs-2019"
HASHES: Final = {KeyType.P256: "sha256", KeyType.P384: "sha384"}
SIGNATURES: Final = {KeyType.P256: 64, KeyType.P384: 96}
_CLAUSE: Final = "Data Integrity ECDSA 1.0 section 3.3"


class EcdsaJcs2019:
    """The suite; it has no state."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The value of `cryptosuite`."""
        return NAME

    def create_proof(self, document: JsonObject, options: ProofOptions, signer: Signer) -> JsonObject:
        """Make a proof with a P-256 or P-384 signer; the proof repeats the document's `@context`."""
        _check_key(signer.public_key)
        proof = options.to_json()
        if "@context" in document:
            context = document["@context"]
            proof["@context"] = list(context) if isinstance(context, list) else context
        signature = signer.sign(hash_data(document, proof, HASHES[signer.public_key.type]))
        proof["proofValue"] = encode_multibase(signature)
        return proof

    def verify_proof(self, document: JsonObject, proof: JsonObject, key: PublicKey) -> JsonObject:
        """Return the document that the proof covers, or raise `proof.*`."""
        # 1
        if proof.get("cryptosuite") != NAME:
            raise DidError("proof.cryptosuite", f"expected {NAME}", clause=_CLAUSE)
        # [DI-18] a curve of the suite
        _check_key(key)
        signature = read_signature(proof, size=SIGNATURES[key.type], clause=_CLAUSE)  # 2
        # 3
        if "@context" in proof:
            document = with_signed_context(document, proof["@context"], clause=_CLAUSE)
        # 4
        options = {name: value for name, value in proof.items() if name != "proofValue"}
        data = hash_data(document, options, HASHES[key.type])
        check_signature(key, data, signature, clause=_CLAUSE)
        return document


def hash_data(document: JsonObject, options: JsonObject, hash_name: str) -> bytes:
    """Give what is signed, 64 or 96 bytes: hash of the options, then hash of the document."""
    return b"".join(hashlib.new(hash_name, canonicalize(part)).digest() for part in (options, document))


def _check_key(key: PublicKey) -> None:
    if key.type not in HASHES:
        raise DidError(
            "proof.key-type", f"{NAME} takes P-256 and P-384 keys, found {key.type}", clause=_CLAUSE
        )
