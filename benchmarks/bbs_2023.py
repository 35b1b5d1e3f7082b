"""The cryptosuite bbs-2023 against the BBS operation that it is made for, and the cost of the worker process.

    python benchmarks/bbs_2023.py [--json]

A national identity credential (17 statements, 4 mandatory), two claims disclosed. The suite canonicalizes two
or three times for each operation; PyLD is most of what is printed here, which is why it will be replaced. The
first table counts CPU time with PyLD within this process, where a production canonicalizer keeps it in
another; the second counts wall time of the same call with and without that hop.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.harness import Ratio, measure, report
from credentials.rdf import Limits, PyldCanonicalizer
from credentials.rdf.engine import Engine
from credentials.rdf.values import check_document
from credentials.suites import Bbs2023
from credentials.suites.bbs_proof_value import BaseProofValue, DerivedProofValue
from did.integrity import ProofOptions
from did.keys import KeyType, PublicKey
from schemas import examples
from zk import bbs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from credentials.rdf import Canonical, Partition
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


class InThisProcess:
    """What the worker does, here, so that its CPU time is counted."""

    def __init__(self) -> None:
        self._engine = Engine(Limits(), {}, unsafe_doubles=False)

    def canonicalize(self, document: JsonObject) -> Canonical:
        """As `Canonicalizer`."""
        check_document(document, Limits())
        return self._engine.canonicalize(document)

    def partition(self, document: JsonObject, selections: Mapping[str, Sequence[str]]) -> Partition:
        """As `Canonicalizer`."""
        check_document(document, Limits())
        return self._engine.partition(document, selections)


def operations(bbs_suite: bbs.Suite) -> dict[str, Callable[[], object]]:
    canonicalizer = InThisProcess()
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


def wall(call: Callable[[], object], rounds: int = 50) -> float:
    samples = []
    for _ in range(rounds):
        started = time.perf_counter()
        call()
        samples.append(time.perf_counter() - started)
    return statistics.median(samples) * 1e6


def main() -> int:
    figures = measure(operations(bbs.suite(bbs.SHA256)), rounds=15)
    here = InThisProcess()
    with PyldCanonicalizer() as canonicalizer:
        canonicalizer.canonicalize(CREDENTIAL)
        figures["canonicalize, wall, this process"] = wall(lambda: here.canonicalize(CREDENTIAL))
        figures["canonicalize, wall, worker"] = wall(lambda: canonicalizer.canonicalize(CREDENTIAL))
    pairs = [
        ("create base", "BBS sign"),
        ("verify base", "BBS verify"),
        ("derive", "BBS prove"),
        ("verify derived", "BBS verify proof"),
        ("canonicalize, wall, worker", "canonicalize, wall, this process"),
    ]
    return report("bbs-2023, national identity, PyLD", figures, [Ratio(*pair) for pair in pairs])


if __name__ == "__main__":
    sys.exit(main())
