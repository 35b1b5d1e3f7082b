"""`eddsa-jcs-2022` on a credential of 1.7 kB, against the raw work: parse, one SHA-256, Ed25519.

python benchmarks/eddsa_jcs.py [--json]
"""

from __future__ import annotations

import hashlib
import sys
from datetime import UTC, datetime
from pathlib import Path

import nacl.bindings
import orjson

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.harness import Ratio, measure, report
from did import jsontext
from did.eddsa_jcs import EddsaJcs2022
from did.integrity import ProofOptions, add_proof, verify_proof
from did.keys import Ed25519Signer

CREDENTIAL = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://avow.example/contexts/residence/v1"],
    "type": ["VerifiableCredential", "ResidencePermitCredential"],
    "name": "Residence permit",
    "description": "Permission to live and work in the country, issued by its office for residents.",
    "issuer": {
        "id": "did:webvh:QmQUCeXakNiduPKwGMAjJmTcdVzBpVQ2xtVZpu6sipwwGy:registry.example:dids:office",
        "name": "Office for Residents",
        "image": "https://registry.example/office.png",
    },
    "validFrom": "2026-01-01T00:00:00Z",
    "validUntil": "2031-01-01T00:00:00Z",
    "credentialStatus": {
        "id": "https://registry.example/status/3#94567",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "94567",
        "statusListCredential": "https://registry.example/status/3",
    },
    "credentialSchema": {"id": "https://registry.example/schemas/residence", "type": "JsonSchema"},
    "credentialSubject": {
        "type": ["PermanentResident", "Person"],
        "givenName": "Jane",
        "familyName": "Doe",
        "gender": "female",
        "birthDate": "1978-07-17",
        "birthCountry": "Arcadia",
        "identifier": "83627465",
        "residentSince": "2015-01-01",
        "category": "C09",
        "commuterClassification": "C1",
        "image": "https://registry.example/portraits/83627465.png",
        "address": {
            "type": "PostalAddress",
            "streetAddress": "12 Harbour Street",
            "addressLocality": "Northport",
            "postalCode": "10115",
            "addressCountry": "Utopia",
        },
        "permit": {
            "type": "Permit",
            "number": "AAA0000000789",
            "issued": "2026-01-01",
            "expires": "2031-01-01",
            "scope": ["residence", "work"],
        },
        "employer": {
            "type": "Organization",
            "name": "Northport Harbour Authority",
            "url": "https://harbour.example/authority",
            "address": {"type": "PostalAddress", "addressLocality": "Northport", "postalCode": "10117"},
        },
        "memberOf": {"type": "Organization", "name": "Library of Northport"},
    },
}
NOW = datetime(2026, 11, 20, tzinfo=UTC)
SUITE = EddsaJcs2022()
SIGNER = Ed25519Signer(bytes(32))
METHOD = "did:webvh:QmQUCeXakNiduPKwGMAjJmTcdVzBpVQ2xtVZpu6sipwwGy:registry.example:dids:office#k1"
SUITES = {SUITE.name: SUITE}


def main() -> int:
    plain = orjson.dumps(CREDENTIAL)
    options = ProofOptions(SUITE.name, METHOD, "assertionMethod", created=NOW)
    secured = orjson.dumps(add_proof(CREDENTIAL, suite=SUITE, options=options, signer=SIGNER))
    spaced = orjson.dumps(orjson.loads(secured), option=orjson.OPT_INDENT_2)
    _, secret = nacl.bindings.crypto_sign_seed_keypair(bytes(32))
    public = SIGNER.public_key
    signed = nacl.bindings.crypto_sign(bytes(64), secret)

    def raw_sign():
        document = orjson.loads(plain)
        nacl.bindings.crypto_sign(hashlib.sha256(plain).digest(), secret)
        return orjson.dumps(document)

    def raw_verify():
        orjson.loads(secured)
        hashlib.sha256(secured).digest()
        nacl.bindings.crypto_sign_open(signed, public.raw)

    def sign():
        document = jsontext.parse_object(plain, max_bytes=1 << 20)
        return orjson.dumps(add_proof(document, suite=SUITE, options=options, signer=SIGNER))

    def verify(text: bytes = secured):
        verify_proof(
            jsontext.parse_object(text, max_bytes=1 << 20),
            suites=SUITES,
            keys=lambda _method, _purpose: public,
            expected_purpose="assertionMethod",
            expected_domain=None,
            expected_challenge=None,
            now=NOW,
        )

    figures = measure(
        {
            "raw sign": raw_sign,
            "sign": sign,
            "raw verify": raw_verify,
            "verify": verify,
            "verify, indented input": lambda: verify(spaced),
        }
    )
    bars = [
        Ratio("sign", "raw sign", at_most=1.6),
        Ratio("verify", "raw verify", at_most=1.3),
        Ratio("verify, indented input", "raw verify"),
    ]
    return report(f"eddsa-jcs-2022, {len(plain)} bytes ({len(secured)} secured)", figures, bars)


if __name__ == "__main__":
    sys.exit(main())
