"""Both sides of Data Integrity: the product's registry and verifier, and the npm libraries with its keys.

Issuers and holder are did:key, so that nothing is fetched on either side.
"""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

from credentials import formats
from credentials.suites import Reader
from credentials.verifying.means import Means
from credentials.verifying.policy import Policy
from credentials.verifying.verifier import verify_credential, verify_presentation
from did.encoding import encode_multibase
from did.identifiers import Did
from did.integrity import ProofOptions, add_proof
from did.keys import Ed25519Signer, P256Signer, P384Signer
from did.methods import key as did_key
from did.resolution import self_certified
from schemas import contexts, examples
from tests.support.bbs import Randomness
from tests.support.peers import ask
from tests.support.world import all_suites, cause

V2 = "https://www.w3.org/ns/credentials/v2"
UNDEFINED_TERMS = "https://www.w3.org/ns/credentials/undefined-terms/v2"
MULTIKEY = "https://w3id.org/security/multikey/v1"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CHALLENGE, DOMAIN = "q1Yt6kR0n3hVb8sLw5zJ2A", "https://verifier.example"
# The class of the signer, the multicodec of its secret key, the secret.
SECRETS: dict[str, tuple[Any, bytes, bytes]] = {
    "ed25519": (Ed25519Signer, b"\x80\x26", bytes(range(32))),
    "p256": (P256Signer, b"\x86\x26", bytes(31) + b"\x07"),
    "p384": (P384Signer, b"\x87\x26", bytes(47) + b"\x07"),
    "other ed25519": (Ed25519Signer, b"\x80\x26", bytes(range(1, 33))),
    "other p256": (P256Signer, b"\x86\x26", bytes(31) + b"\x09"),
    "other p384": (P384Signer, b"\x87\x26", bytes(47) + b"\x09"),
}
SIGNERS = {name: make(secret) for name, (make, _, secret) in SECRETS.items()}
DIDS = {name: did_key.create(signer.public_key).text for name, signer in SIGNERS.items()}
METHODS = {name: did_key.verification_method_id(signer.public_key) for name, signer in SIGNERS.items()}
HOLDER = DIDS["other ed25519"]
EDDSA_JCS, EDDSA_RDFC = "eddsa-jcs-2022", "eddsa-rdfc-2022"
ECDSA_JCS, ECDSA_RDFC, ECDSA_SD = "ecdsa-jcs-2019", "ecdsa-rdfc-2019", "ecdsa-sd-2023"
PLAIN = [
    (EDDSA_RDFC, "ed25519"),
    (ECDSA_RDFC, "p256"),
    (ECDSA_RDFC, "p384"),
    (ECDSA_JCS, "p256"),
    (ECDSA_JCS, "p384"),
]


def profile(name: str, **claims: Any) -> dict[str, Any]:
    """A credential of one of the bundled profiles, without its issuer."""
    kind = "".join(part.capitalize() for part in name.split("-")) + "Credential"
    return {
        "@context": [V2, f"https://avow.example/contexts/{name}/v1"],
        "type": ["VerifiableCredential", kind],
        "validFrom": "2026-11-20T00:00:00Z",
        "credentialSubject": {**examples.load(name), **claims},
    }


PERMANENT_RESIDENT = {
    "@context": [V2, "https://w3id.org/citizenship/v4rc1"],
    "type": ["VerifiableCredential", "PermanentResidentCardCredential"],
    "name": "Permanent Resident Card",
    "validFrom": "2026-11-20T00:00:00Z",
    "validUntil": "2031-11-20T00:00:00Z",
    "credentialSubject": {
        "type": ["PermanentResident", "Person"],
        "givenName": "Jane",
        "familyName": "Smith",
        "gender": "Female",
        "residence": {"type": "PostalAddress", "addressCountry": "Utopia", "addressRegion": "North"},
        "height": {"type": "QuantitativeValue", "value": "170", "unitCode": "CMT"},
        "residentSince": "2015-01-01T00:00:00Z",
        "birthDate": "1978-07-17T00:00:00Z",
        "permanentResidentCard": {"type": ["PermanentResidentCard"], "identifier": "83627465"},
    },
}
ALUMNI = {
    "@context": [V2, UNDEFINED_TERMS],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "validFrom": "2026-01-01T00:00:00Z",
    "credentialSubject": {"id": HOLDER, "alumniOf": "The School of Examples"},
}
ODDS = {
    "@context": [V2, UNDEFINED_TERMS],
    "type": ["VerifiableCredential", "OddsCredential"],
    "name": [
        {"@value": "Zusätze", "@language": "de"},
        {"@value": "付属書", "@language": "ja"},
        {"@value": "Odds and ends", "@language": "en"},
    ],
    "validFrom": "2026-11-20T00:00:00Z",
    "credentialSubject": [
        {
            "note": '"quoted" \\ line\nline\ttab é \U0001f600',
            "part": [{"mark": "left"}, {"mark": "right", "inner": {"mark": ["b", "a", "ü"]}}],
        },
        {"note": "e\u0301 is not \u00e9", "amount": -7, "done": False},
    ],
    "evidence": [{"type": "Seen", "by": {"type": "Office"}}, {"type": "Seen", "by": {"type": "Office"}}],
}
CREDENTIALS: dict[str, dict[str, Any]] = {
    **{name: profile(name) for name in examples.NAMES},
    "permanent resident": PERMANENT_RESIDENT,
    "alumni": ALUMNI,
    "odds": ODDS,
    "holder named": profile("national-identity", id=HOLDER),
}


def document(name: str, key: str) -> dict[str, Any]:
    """One of the credentials, issued by the DID of a key, unsecured."""
    return {**copy.deepcopy(CREDENTIALS[name]), "issuer": DIDS[key]}


class _SelfCertified:
    def document(self, did: Did) -> Any:
        return self_certified(did)


POLICY = Policy(trusted_issuers=frozenset(DIDS.values()), accepted_formats=formats.ACCEPTED)


def means() -> Means:
    """A verifier that trusts every key of this file, under each of the forms."""
    return Means(_SelfCertified(), all_suites(), POLICY, NOW)


def options(suite: str, key: str, **changes: Any) -> ProofOptions:
    stated = {"proof_purpose": "assertionMethod", "created": NOW, **changes}
    return ProofOptions(suite, METHODS[key], **stated)


def issue(
    suite: str, key: str, unsecured: dict[str, Any], *, mandatory: tuple[str, ...] = (), **changes: Any
) -> dict[str, Any]:
    """Secure by the suite of the product's registry."""
    return all_suites()[suite].sign(
        unsecured,
        options=options(suite, key, **changes),
        key=SIGNERS[key],
        mandatory_pointers=mandatory,
        random_bytes=Randomness(),
    )


def code_of(secured: Any, reader: Reader = Reader.VERIFIER) -> str:
    """The code with which our verifier refuses; empty where it accepts."""
    return cause(verify_credential(secured, means(), reader=reader))


def present(suite: str, key: str, credentials: list[Any], **changes: Any) -> dict[str, Any]:
    """A presentation with our proof."""
    unsecured = {
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "holder": DIDS[key],
        "verifiableCredential": credentials,
    }
    return sign_presentation(suite, key, unsecured, **changes)


def sign_presentation(suite: str, key: str, unsecured: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Our proof for the verifier of this file."""
    bound = {"proof_purpose": "authentication", "challenge": CHALLENGE, "domain": DOMAIN, **changes}
    return add_proof(
        unsecured,
        suite=all_suites()[suite].cryptosuite,
        options=options(suite, key, **bound),
        signer=SIGNERS[key],
    )


def presentation_code_of(presentation: Any) -> str:
    """The code with which our verifier refuses a presentation; empty where it accepts."""
    expected = {"expected_challenge": CHALLENGE, "expected_domain": DOMAIN, "expected_query": None}
    return cause(verify_presentation(presentation, means(), **expected))


def _given() -> dict[str, Any]:
    documents = {url: contexts.load(url) for url in contexts.known()}
    keys = {}
    for name, (_, prefix, secret) in SECRETS.items():
        resolved = did_key.resolve(Did.parse(DIDS[name])).to_json()
        [method] = resolved["verificationMethod"]
        documents[DIDS[name]] = resolved
        documents[method["id"]] = {"@context": MULTIKEY, **method}
        keys[name] = {**documents[method["id"]], "secretKeyMultibase": encode_multibase(prefix + secret)}
    return {"documents": documents, "keys": keys, "now": "2026-11-20T12:00:00Z"}


def peer(tasks: dict[str, Any]) -> dict[str, Any]:
    """What the npm libraries answer."""
    return ask("data_integrity", tasks, _given(), seconds=120)
