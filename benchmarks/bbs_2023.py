"""The cryptosuite bbs-2023 against the BBS operation that it is made for.

    python benchmarks/bbs_2023.py [--json]

A national identity credential (17 statements, 4 mandatory), two claims disclosed. The suite canonicalizes two
or three times for each operation.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.harness import Ratio, measure, report
from credentials.rdf import CompiledCanonicalizer
from credentials.suites import Bbs2023
from credentials.suites.bbs_proof_value import BaseProofValue, DerivedProofValue
from did.integrity import ProofOptions
from did.keys import KeyType, PublicKey
from schemas import examples
from zk import bbs

if TYPE_CHECKING:
    from collections.abc import Callable

    from did.types import JsonObject

HEADER = b"nonce and audience"
SHOWN = ["/credentialSubject/birthDate", "/credentialSubject/nationality"]
CREDENTIAL: JsonObject = {
    "@context": [
        "https://www.w3.org/ns/credentials/v2",
        "https://avow.example/contexts/national-identity/v1",
    ],
    "type": ["VerifiableCredential", "NationalIdentityCredential"],
    "issuer": "did:example:issuer",
    "validFrom": "2026-11-20T00:00:00Z",
    "credentialSubject": examples.load("national-identity"),
}


def operations(bbs_suite: bbs.Suite) -> dict[str, Callable[[], object]]:
    canonicalizer = CompiledCanonicalizer()
    suite = Bbs2023(canonicalizer, bbs_suite)
    secret = bbs.key_generate(bbs_suite, b"benchmark key material, no secret")
    key = PublicKey(KeyType.BLS12381_G2, bbs.public_key(bbs_suite, secret))
    options = ProofOptions("bbs-2023", "did:example:issuer#bbs", "assertionMethod")

    def create() -> JsonObject:
        return suite.create_base(
            CREDENTIAL,
            options,
            secret,
            key,
            mandatory_pointers=["/issuer", "/validFrom"],
            random_bytes=os.urandom,
        )

    secured = create()

    def derive() -> JsonObject:
        return suite.derive(
            secured, selective_pointers=SHOWN, presentation_header=HEADER, random_bytes=os.urandom
        )

    derived = derive()
    base = BaseProofValue.read(secured["proof"]["proofValue"])
    value = DerivedProofValue.read(derived["proof"]["proofValue"])
    statements = [line.encode() for line in canonicalizer.canonicalize(CREDENTIAL).lines][4:]
    shown = list(value.selective_indexes)
    signature = bbs.sign(bbs_suite, secret, key.raw, base.header, statements)
    raw = bbs.prove(
        bbs_suite, key.raw, signature, base.header, HEADER, statements, shown, random_bytes=os.urandom
    )
    disclosed = [statements[index] for index in shown]
    return {
        "canonicalize": lambda: canonicalizer.canonicalize(CREDENTIAL),
        "BBS sign": lambda: bbs.sign(bbs_suite, secret, key.raw, base.header, statements),
        "BBS verify": lambda: bbs.verify(bbs_suite, key.raw, signature, base.header, statements),
        "BBS prove": lambda: bbs.prove(
            bbs_suite, key.raw, signature, base.header, HEADER, statements, shown, random_bytes=os.urandom
        ),
        "BBS verify proof": lambda: bbs.verify_proof(
            bbs_suite, key.raw, raw, base.header, HEADER, disclosed, shown
        ),
        "create base": create,
        "verify base": lambda: suite.verify_base(secured, public_key=key),
        "derive": derive,
        "verify derived": lambda: suite.verify_derived(
            derived, public_key=key, expected_presentation_header=HEADER
        ),
    }


def main() -> int:
    figures = measure(operations(bbs.suite(bbs.SHA256)), rounds=15)
    pairs = [
        ("create base", "BBS sign"),
        ("verify base", "BBS verify"),
        ("derive", "BBS prove"),
        ("verify derived", "BBS verify proof"),
    ]
    return report("bbs-2023, national identity", figures, [Ratio(*pair) for pair in pairs])


if __name__ == "__main__":
    sys.exit(main())
