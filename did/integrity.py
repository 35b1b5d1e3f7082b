"""Data Integrity proofs: W3C Verifiable Credential Data Integrity 1.0 (May 2025), sections 2.1, 4.2 and 4.4.

Checklist of `verify_proof`; blocks are tagged with these numbers:
1. The secured document is an object with exactly one proof, an object of type `DataIntegrityProof` with
   `cryptosuite`, `verificationMethod` and `proofPurpose`. Sets and chains of proofs are refused, not skipped.
2. `proofPurpose` is the expected one.
3. `domain` is the expected one (as a set), or absent where none is expected.
4. `challenge` likewise.
5. `created` and `expires` have a zone; the proof has not expired at `now`. `created` selects nothing and
   proves nothing, so it is not compared.
6. The cryptosuite is among those the caller accepts.
7. The caller's `keys` gives the key for method and purpose, or refuses (`key.not-authorized`).
8. The suite verifies, and returns the document that the signature covers.
9. Only then a `VerifiedProof` is returned.

Not here: the suites (`did.eddsa_jcs`, `credentials.suites`), trust in the signer, verification of contexts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from did.errors import DidError
from did.timestamps import format_timestamp, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from did.keys import PublicKey, Signer
    from did.types import JsonObject, JsonValue

PROOF_TYPE: Final = "DataIntegrityProof"
_CLAUSE: Final = "Data Integrity 1.0 section 4.4"


class UnsafeAny:
    """Says that a value is deliberately not compared; see `UNSAFE_ANY`."""

    __slots__ = ()


UNSAFE_ANY: Final = UnsafeAny()
"""In place of an expected domain or challenge: accept any, or none. Only for checks that grant nothing."""

Expected = str | UnsafeAny | None


@dataclass(frozen=True, slots=True)
class ProofOptions:
    """What a proof states besides its value; times are aware."""

    cryptosuite: str
    verification_method: str
    proof_purpose: str
    created: datetime | None = None
    expires: datetime | None = None
    challenge: str | None = None
    domain: str | None = None
    nonce: str | None = None

    def to_json(self) -> JsonObject:
        """Write as the members of a proof without `proofValue`."""
        proof: JsonObject = {
            "type": PROOF_TYPE,
            "cryptosuite": self.cryptosuite,
            "verificationMethod": self.verification_method,
            "proofPurpose": self.proof_purpose,
        }
        if self.created is not None:
            proof["created"] = format_timestamp(self.created)
        if self.expires is not None:
            proof["expires"] = format_timestamp(self.expires)
        if self.challenge is not None:
            proof["challenge"] = self.challenge
        if self.domain is not None:
            proof["domain"] = self.domain
        if self.nonce is not None:
            proof["nonce"] = self.nonce
        return proof


class Cryptosuite(Protocol):
    """One way to secure a document; implementations hold no state of a proof."""

    @property
    def name(self) -> str:
        """The value of `cryptosuite` in proofs."""
        ...

    def create_proof(self, document: JsonObject, options: ProofOptions, signer: Signer) -> JsonObject:
        """Make the proof for a document that has none."""
        ...

    def verify_proof(self, document: JsonObject, proof: JsonObject, key: PublicKey) -> JsonObject:
        """Return the document that the proof covers, or raise; `document` is without its proof."""
        ...


@dataclass(frozen=True, slots=True)
class VerifiedProof:
    """A proof that held, and the document that it covers (without the proof)."""

    document: JsonObject
    proof: JsonObject
    verification_method: str


def add_proof(
    document: JsonObject, *, suite: Cryptosuite, options: ProofOptions, signer: Signer
) -> JsonObject:
    """Return a copy of the document with a proof; a document that has one is refused (`proof.present`)."""
    if "proof" in document:
        raise DidError("proof.present", "the document already has a proof; sets and chains are not supported")
    if options.cryptosuite != suite.name:
        raise DidError("proof.cryptosuite", f"options name {options.cryptosuite}, the suite is {suite.name}")
    proof = suite.create_proof(document, options, signer)
    return {**document, "proof": proof}


def verify_proof(
    secured: JsonObject,
    *,
    suites: Mapping[str, Cryptosuite],
    keys: Callable[[str, str], PublicKey],
    expected_purpose: str,
    expected_domain: Expected,
    expected_challenge: Expected,
    now: datetime,
) -> VerifiedProof:
    """Verify the one proof of a secured document; the steps are in the module's checklist.

    `keys(verification_method, purpose)` must bind method to purpose and raise `key.not-authorized` otherwise.
    """
    document, proof = split_proof(secured)  # 1
    return check_proof(
        document,
        proof,
        suites=suites,
        keys=keys,
        expected_purpose=expected_purpose,
        expected_domain=expected_domain,
        expected_challenge=expected_challenge,
        now=now,
    )


def split_proof(secured: JsonObject) -> tuple[JsonObject, JsonObject]:
    """Separate document and proof; a list of one proof is one proof (`proof.missing`, `proof.set`)."""
    proof = secured.get("proof")
    if isinstance(proof, list) and len(proof) > 1:
        raise DidError("proof.set", "sets and chains of proofs are not supported", clause=_CLAUSE)
    if isinstance(proof, list) and proof:
        proof = proof[0]
    if proof is None or proof == []:
        raise DidError("proof.missing", "the document has no proof", clause=_CLAUSE)
    if not isinstance(proof, dict):
        raise DidError("proof.malformed", "the proof is no object", clause=_CLAUSE)
    document = secured.copy()
    del document["proof"]
    return document, proof


def check_proof(
    document: JsonObject,
    proof: JsonObject,
    *,
    suites: Mapping[str, Cryptosuite],
    keys: Callable[[str, str], PublicKey],
    expected_purpose: str,
    expected_domain: Expected,
    expected_challenge: Expected,
    now: datetime | None,
) -> VerifiedProof:
    """As `verify_proof`, from document and proof apart. Without `now`, a proof that expires is refused."""
    # 1
    if proof.get("type") != PROOF_TYPE:
        raise DidError("proof.malformed", f"the type of a proof is {PROOF_TYPE}", clause=_CLAUSE)
    if "previousProof" in proof:
        raise DidError("proof.chain", "chains of proofs are not supported", clause=_CLAUSE)
    suite_name = _text(proof, "cryptosuite")
    method = _text(proof, "verificationMethod")
    purpose = _text(proof, "proofPurpose")
    # 2
    if purpose != expected_purpose:
        raise DidError(
            "proof.purpose", f"the proof is for {purpose}, expected {expected_purpose}", clause=_CLAUSE
        )
    _check_binding(proof, expected_domain, expected_challenge)  # 3, 4
    _check_times(proof, now)  # 5
    # 6
    suite = suites.get(suite_name)
    if suite is None:
        raise DidError(
            "proof.cryptosuite",
            f"cryptosuite {suite_name} is not among those accepted: {', '.join(sorted(suites))}",
        )
    key = keys(method, purpose)  # 7
    covered = suite.verify_proof(document, proof, key)  # 8
    return VerifiedProof(covered, proof, method)  # 9


def _check_binding(proof: JsonObject, expected_domain: Expected, expected_challenge: Expected) -> None:
    domain = proof.get("domain")
    if domain is not None or expected_domain is not None:
        _check_domain(domain, expected_domain)
    challenge = proof.get("challenge")
    if challenge is not None and not isinstance(challenge, str):
        raise DidError("proof.malformed", "challenge is no text", clause=_CLAUSE)
    if challenge != expected_challenge and expected_challenge is not UNSAFE_ANY:
        found = "no challenge" if challenge is None else "another challenge"
        raise DidError("proof.challenge", f"the proof answers {found}", clause=_CLAUSE)


def _check_domain(domain: JsonValue, expected: Expected) -> None:
    domains = domain if isinstance(domain, list) else [] if domain is None else [domain]
    if not all(isinstance(item, str) and item for item in domains):
        raise DidError("proof.malformed", "domain is neither text nor a list of texts", clause=_CLAUSE)
    if isinstance(expected, UnsafeAny):
        return
    wanted: list[JsonValue] = [] if expected is None else [expected]
    if domains != wanted:
        raise DidError(
            "proof.domain", f"the proof is bound to {domain!r}, expected {expected!r}", clause=_CLAUSE
        )


def _check_times(proof: JsonObject, now: datetime | None) -> None:
    if "created" in proof:
        _time(proof, "created")
    if "expires" in proof and (now is None or now >= _time(proof, "expires")):
        raise DidError("proof.expired", f"the proof expired at {proof['expires']}", clause=_CLAUSE)


def _time(proof: JsonObject, name: str) -> datetime:
    try:
        return parse_timestamp(_text(proof, name))
    except DidError as error:
        raise DidError("proof.malformed", f"{name}: {error.detail}", clause=_CLAUSE) from None


def _text(proof: JsonObject, name: str) -> str:
    value = proof.get(name)
    if not isinstance(value, str) or not value:
        raise DidError("proof.malformed", f"the proof's {name} is missing or no text", clause=_CLAUSE)
    return value
