"""The suites that sign a document's statements with one signature.

They are `eddsa-rdfc-2022`, `ecdsa-rdfc-2019`, and the older `Ed25519Signature2020`.
Texts: W3C Data Integrity EdDSA Cryptosuites 1.0 (May 2025), 3.2 and appendix on Ed25519Signature2020; Data
Integrity ECDSA Cryptosuites 1.0, 3.2.

What is signed: the hash of the canonical proof options, then the hash of the canonical document; SHA-256,
with a P-384 key SHA-384.

Checklist of verification; blocks are tagged with these numbers:
1. The proof is this suite's, and the key of one of its types.
2. `proofValue` is multibase base58btc of as many bytes as the key's signatures have.
3. A context in the proof is the document's: options are canonicalized under the document's, so another one
   would be shown and not signed.
4. Document and options are canonicalized in safe mode: a member that makes no statement is an error, not left
   unsigned. What decides on a verification stands under its own name, and booleans are written as such.
5. The signature holds.

Not here: choice of key and purpose (`did.integrity`), meaning of contexts, the canonicalizer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from credentials.suites.kept_options import KeptOptions
from credentials.suites.same_json import DECISIVE, DECISIVE_IN_PROOF, check_booleans, check_named
from did.encoding import encode_multibase
from did.errors import DidError
from did.integrity import suite_name
from did.integrity.signature import check_signature, read_signature
from did.keys import KeyType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from credentials.rdf.canonical import Canonicalizer, HashName
    from did.integrity import ProofOptions
    from did.keys import PublicKey, Signer
    from did.types import JsonObject

EDDSA_RDFC_2022: Final = "eddsa-rdfc-2022"
ECDSA_RDFC_2019: Final = "ecdsa-rdfc-2019"
ED25519_SIGNATURE_2020: Final = "Ed25519Signature2020"
EDWARDS: Final = frozenset({KeyType.ED25519})
NIST: Final = frozenset({KeyType.P256, KeyType.P384})
_SIGNATURES: Final = {KeyType.ED25519: 64, KeyType.P256: 64, KeyType.P384: 96}
# Taken by name from hashlib they would cost as much as ten statements.
_HASHES: Final = {"sha256": hashlib.sha256, "sha384": hashlib.sha384}
_CLAUSES: Final = {
    EDDSA_RDFC_2022: "Data Integrity EdDSA 1.0 section 3.2",
    ECDSA_RDFC_2019: "Data Integrity ECDSA 1.0 section 3.2",
    ED25519_SIGNATURE_2020: "Data Integrity EdDSA 1.0, Ed25519Signature2020",
}


@dataclass(frozen=True, slots=True)
class Rdfc:
    """One of the suites, on a canonicalizer; it keeps options of proofs, and nothing of documents."""

    name: str
    key_types: frozenset[KeyType]
    canonicalizer: Canonicalizer
    kept: KeptOptions = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Begin with no options kept."""
        object.__setattr__(self, "kept", KeptOptions(self.canonicalizer))

    def create_proof(self, document: JsonObject, options: ProofOptions, signer: Signer) -> JsonObject:
        """Make a proof with a signer of the suite's key types (`proof.key-type`, ``rdf.*``)."""
        self._check_key(signer.public_key)
        proof = options.to_json()
        signature = signer.sign(self.hash_data(document, proof, signer.public_key.type))
        return {**proof, "proofValue": encode_multibase(signature)}

    def verify_proof(self, document: JsonObject, proof: JsonObject, key: PublicKey) -> JsonObject:
        """Return the document, which the proof covers, or raise `proof.*`, ``rdf.*``."""
        clause = _CLAUSES[self.name]
        # 1
        if suite_name(proof) != self.name:
            raise DidError("proof.cryptosuite", f"expected {self.name}", clause=clause)
        # [DI-19] a key of the suite's types
        self._check_key(key)
        signature = read_signature(proof, size=_SIGNATURES[key.type], clause=clause)  # 2
        # 3
        # [DI-20] the context is the document's
        if "@context" in proof and proof["@context"] != document.get("@context"):
            raise DidError("proof.context", "the proof has another @context than the document", clause=clause)
        data = self.hash_data(document, proof, key.type)  # 4
        check_signature(key, data, signature, clause=clause)  # 5
        return document

    def hash_data(self, document: JsonObject, proof: JsonObject, key_type: KeyType) -> bytes:
        """Give what is signed: hash of the options, then hash of the document. Raises ``rdf.*``."""
        hash_name: HashName = "sha384" if key_type is KeyType.P384 else "sha256"
        options = {name: value for name, value in proof.items() if name not in {"proofValue", "@context"}}
        if "@context" in document:
            options["@context"] = document["@context"]
        stated = self.kept.canonicalize(options, hash_name=hash_name)
        # [DI-21] options are found under their names
        check_named(options, stated.quads, DECISIVE_IN_PROOF)
        said = self.canonicalizer.canonicalize(document, hash_name=hash_name)
        # [DI-22] booleans are written as such
        check_booleans(document, said.quads)
        # [DI-23] members are found under their names
        check_named(document, said.quads, DECISIVE)
        return _digest(stated.lines, hash_name) + _digest(said.lines, hash_name)

    def _check_key(self, key: PublicKey) -> None:
        if key.type not in self.key_types:
            types = " and ".join(sorted(self.key_types))
            raise DidError(
                "proof.key-type",
                f"{self.name} takes {types} keys, found {key.type}",
                clause=_CLAUSES[self.name],
            )


def _digest(lines: Iterable[str], hash_name: HashName) -> bytes:
    return _HASHES[hash_name]("".join(lines).encode()).digest()
