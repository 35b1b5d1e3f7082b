"""The check of one Data Integrity proof: W3C Data Integrity 1.0 (May 2025), sections 2.1, 4.2 and 4.4.

Checklist of `check_proof`; blocks are tagged with these numbers:
1. The proof is an object of type `DataIntegrityProof` with `cryptosuite`, or of a legacy type without;
   `verificationMethod` and `proofPurpose` are texts, `id` is a URL. It covers just the proofs that it names.
2. `proofPurpose` is the expected one, and one that proofs can have.
3. `domain` is the expected one (as a set), or absent where none is expected.
4. `challenge` likewise; `nonce` is a text.
5. `created` and `expires` have a zone; the proof has not expired at `now`. `created` selects nothing and
   proves nothing, so it is not compared.
6. The cryptosuite is among those the caller accepts.
7. The caller's `keys` gives the key for method and purpose, or refuses (`key.not-authorized`).
8. The suite verifies, and returns the document that the signature covers.
9. Only then a `VerifiedProof` is returned.

Not here: several proofs (`did.integrity.sets`), the suites (`did.eddsa_jcs`, `credentials.suites`), trust in
the signer, verification of contexts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from did.errors import DidError
from did.integrity.proof import KEY_AGREEMENT, LEGACY_TYPES, PROOF_TYPE, UNSAFE_ANY, UnsafeAny, VerifiedProof
from did.timestamps import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from did.integrity.proof import Cryptosuite, Expected, ExpectedDomain
    from did.keys import PublicKey
    from did.types import JsonObject, JsonValue

CLAUSE: Final = "Data Integrity 1.0 section 4.4"
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x1f\x7f]{1,2048}")


def verify_proof(
    secured: JsonObject,
    *,
    suites: Mapping[str, Cryptosuite],
    keys: Callable[[str, str], PublicKey],
    expected_purpose: str,
    expected_domain: ExpectedDomain,
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
        raise DidError("proof.set", f"the document has {len(proof)} proofs, expected one", clause=CLAUSE)
    if isinstance(proof, list) and proof:
        proof = proof[0]
    document = _unsecured(secured, proof)
    return document, _object(proof)


def split_proofs(secured: JsonObject, *, max_proofs: int) -> tuple[JsonObject, tuple[JsonObject, ...]]:
    """Separate document and proofs (`proof.missing`, `proof.malformed`, `proof.too-many`)."""
    proof = secured.get("proof")
    document = _unsecured(secured, proof)
    listed = proof if isinstance(proof, list) else [proof]
    # [DI-02] bounded work
    if len(listed) > max_proofs:
        raise DidError("proof.too-many", f"the document has {len(listed)} proofs, at most {max_proofs} count")
    return document, tuple(map(_object, listed))


def _unsecured(secured: JsonObject, proof: JsonValue) -> JsonObject:
    # [DI-03] nothing secured
    if proof is None or proof == []:
        raise DidError("proof.missing", "the document has no proof", clause=CLAUSE)
    document = secured.copy()
    del document["proof"]
    return document


def _object(proof: JsonValue) -> JsonObject:
    if not isinstance(proof, dict):
        raise DidError("proof.malformed", "the proof is no object", clause=CLAUSE)
    return proof


def suite_name(proof: JsonObject) -> str:
    """Give the name of the suite that made a proof: its `cryptosuite`, or its legacy type."""
    kind = proof.get("type")
    if kind == PROOF_TYPE:
        return _text(proof, "cryptosuite")
    # [DI-04] one of the two says the suite
    if "cryptosuite" in proof:
        raise DidError("proof.malformed", f"the type of a proof with cryptosuite is {PROOF_TYPE}")
    if not isinstance(kind, str) or kind not in LEGACY_TYPES:
        raise DidError("proof.malformed", f"the type of a proof is {PROOF_TYPE}", clause=CLAUSE)
    return kind


def check_proof(
    document: JsonObject,
    proof: JsonObject,
    *,
    suites: Mapping[str, Cryptosuite],
    keys: Callable[[str, str], PublicKey],
    expected_purpose: str,
    expected_domain: ExpectedDomain,
    expected_challenge: Expected,
    now: datetime | None,
    previous: Sequence[JsonObject] = (),
) -> VerifiedProof:
    """As `verify_proof`, from document and proof apart. Without `now`, a proof that expires is refused.

    `previous` holds the proofs that this one names in `previousProof`, each verified by the caller before.
    """
    # 1
    name = suite_name(proof)
    method = _text(proof, "verificationMethod")
    purpose = _text(proof, "proofPurpose")
    if "id" in proof:
        proof_id(proof)
    if "previousProof" in proof or previous:
        _check_previous(proof, previous)
        document = {**document, "proof": [*previous]}
    # 2
    # [DI-05] made for this
    if purpose != expected_purpose:
        raise DidError(
            "proof.purpose", f"the proof is for {purpose}, expected {expected_purpose}", clause=CLAUSE
        )
    # [DI-06] its keys encrypt
    if purpose == KEY_AGREEMENT:
        raise DidError("proof.purpose", f"{KEY_AGREEMENT} is no purpose of a proof", clause=CLAUSE)
    _check_binding(proof, expected_domain, expected_challenge)  # 3, 4
    _check_times(proof, now)  # 5
    # 6
    suite = suites.get(name)
    if suite is None:
        raise DidError(
            "proof.cryptosuite",
            f"cryptosuite {name} is not among those accepted: {', '.join(sorted(suites))}",
        )
    key = keys(method, purpose)  # 7
    covered = suite.verify_proof(document, proof, key)  # 8
    return VerifiedProof(covered, proof, method)  # 9


def proof_id(proof: JsonObject) -> str:
    """Read the `id` of a proof, a URL."""
    value = proof.get("id")
    if not isinstance(value, str) or not _URL.fullmatch(value):
        raise DidError("proof.malformed", "the id of a proof is no URL", clause="Data Integrity 1.0, 2.1")
    return value


def previous_ids(proof: JsonObject) -> tuple[str, ...]:
    """Read `previousProof`, one id or a list of distinct ones; empty where it is absent."""
    if "previousProof" not in proof:
        return ()
    found = proof["previousProof"]
    listed = found if isinstance(found, list) else [found]
    ids = tuple(item for item in listed if isinstance(item, str) and item)
    # [DI-07] ids, each once
    if not ids or len(set(ids)) != len(listed):
        raise DidError("proof.malformed", "previousProof is no id and no list of distinct ids", clause=CLAUSE)
    return ids


def _check_previous(proof: JsonObject, previous: Sequence[JsonObject]) -> None:
    named = sorted(previous_ids(proof))
    if named != sorted(map(proof_id, previous)):
        raise DidError(
            "proof.chain",
            f"the proof names {len(named)} previous proofs, which are not checked here",
            remedy="verify the whole set of proofs",
            clause="Data Integrity 1.0 section 4.5",
        )


def _check_binding(proof: JsonObject, expected_domain: ExpectedDomain, expected_challenge: Expected) -> None:
    domain = proof.get("domain")
    if domain is not None or expected_domain is not None:
        _check_domain(domain, expected_domain)
    challenge = proof.get("challenge")
    if challenge is not None and not isinstance(challenge, str):
        raise DidError("proof.malformed", "challenge is no text", clause=CLAUSE)
    # [DI-08] made for this answer
    if challenge != expected_challenge and expected_challenge is not UNSAFE_ANY:
        found = "no challenge" if challenge is None else "another challenge"
        raise DidError("proof.challenge", f"the proof answers {found}", clause=CLAUSE)
    # [DI-09] a text or nothing
    if "nonce" in proof and not isinstance(proof["nonce"], str):
        raise DidError("proof.malformed", "nonce is no text", clause=CLAUSE)


def _check_domain(domain: JsonValue, expected: ExpectedDomain) -> None:
    listed = domain if isinstance(domain, list) else [] if domain is None else [domain]
    domains = [item for item in listed if isinstance(item, str) and item]
    # [DI-10] texts only
    if len(domains) != len(listed):
        raise DidError("proof.malformed", "domain is neither text nor a list of texts", clause=CLAUSE)
    if isinstance(expected, UnsafeAny):
        return
    wanted = [] if expected is None else [expected] if isinstance(expected, str) else [*expected]
    # [DI-11] made for this domain
    if sorted(domains) != sorted(wanted):
        raise DidError(
            "proof.domain", f"the proof is bound to {domain!r}, expected {expected!r}", clause=CLAUSE
        )


def _check_times(proof: JsonObject, now: datetime | None) -> None:
    if "created" in proof:
        # [DI-12] a time with a zone
        _time(proof, "created")
    # [DI-13] not yet over
    if "expires" in proof and (now is None or now >= _time(proof, "expires")):
        raise DidError("proof.expired", f"the proof expired at {proof['expires']}", clause=CLAUSE)


def _time(proof: JsonObject, name: str) -> datetime:
    try:
        return parse_timestamp(_text(proof, name))
    except DidError as error:
        raise DidError("proof.malformed", f"{name}: {error.detail}", clause=CLAUSE) from None


def _text(proof: JsonObject, name: str) -> str:
    value = proof.get(name)
    if not isinstance(value, str) or not value:
        raise DidError("proof.malformed", f"the proof's {name} is missing or no text", clause=CLAUSE)
    return value
