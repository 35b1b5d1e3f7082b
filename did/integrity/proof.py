"""What a Data Integrity proof states: W3C Verifiable Credential Data Integrity 1.0 (May 2025), section 2.1.

Invariants:
- Options are written as the members of a proof, each where it is given and nowhere else.
- `keyAgreement` is no purpose of a proof: its keys encrypt.
- A `VerifiedProof` is built only where a check has succeeded (`did.integrity.checking`).

Not here: the checks, sets and chains of proofs, the suites (`did.eddsa_jcs`, `credentials.suites`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from did.timestamps import format_timestamp

if TYPE_CHECKING:
    from datetime import datetime

    from did.keys import PublicKey, Signer
    from did.types import JsonObject

PROOF_TYPE: Final = "DataIntegrityProof"
LEGACY_TYPES: Final = frozenset({"Ed25519Signature2020"})
"""Types of proofs that are suites themselves and name no `cryptosuite`."""
KEY_AGREEMENT: Final = "keyAgreement"


class UnsafeAny:
    """Says that a value is deliberately not compared; see `UNSAFE_ANY`."""

    __slots__ = ()


UNSAFE_ANY: Final = UnsafeAny()
"""In place of an expected domain or challenge: accept any, or none. Only for checks that grant nothing."""

Expected = str | UnsafeAny | None
ExpectedDomain = str | frozenset[str] | UnsafeAny | None


@dataclass(frozen=True, slots=True)
class ProofOptions:
    """What a proof states besides its value; times are aware.

    `id` is a URL by which later proofs may name this one; `previous_proof` names those that this one covers.
    """

    cryptosuite: str
    verification_method: str
    proof_purpose: str
    created: datetime | None = None
    expires: datetime | None = None
    challenge: str | None = None
    domain: str | tuple[str, ...] | None = None
    nonce: str | None = None
    id: str | None = None
    previous_proof: tuple[str, ...] = ()

    def to_json(self) -> JsonObject:
        """Write as the members of a proof without `proofValue`."""
        proof: JsonObject = {
            "type": PROOF_TYPE,
            "cryptosuite": self.cryptosuite,
            "verificationMethod": self.verification_method,
            "proofPurpose": self.proof_purpose,
        }
        if self.id is not None:
            proof["id"] = self.id
        if self.created is not None:
            proof["created"] = format_timestamp(self.created)
        if self.expires is not None:
            proof["expires"] = format_timestamp(self.expires)
        if self.challenge is not None:
            proof["challenge"] = self.challenge
        if self.domain is not None:
            proof["domain"] = [*self.domain] if isinstance(self.domain, tuple) else self.domain
        if self.nonce is not None:
            proof["nonce"] = self.nonce
        if self.previous_proof:
            several = len(self.previous_proof) > 1
            proof["previousProof"] = [*self.previous_proof] if several else self.previous_proof[0]
        return proof


class Cryptosuite(Protocol):
    """One way to secure a document; implementations hold no state of a proof."""

    @property
    def name(self) -> str:
        """The value of `cryptosuite` in proofs, or the type of proofs that have none."""
        ...

    def create_proof(self, document: JsonObject, options: ProofOptions, signer: Signer) -> JsonObject:
        """Make the proof for a document, which has no `proof` but what the new one covers."""
        ...

    def verify_proof(self, document: JsonObject, proof: JsonObject, key: PublicKey) -> JsonObject:
        """Return the document that the proof covers, or raise; `document` is without this proof."""
        ...


@dataclass(frozen=True, slots=True)
class VerifiedProof:
    """A proof that held, and the document that it covers: without the proof, with those it names."""

    document: JsonObject
    proof: JsonObject
    verification_method: str
