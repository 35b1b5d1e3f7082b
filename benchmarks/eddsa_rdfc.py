"""`eddsa-rdfc-2022` on a resident card of 1.9 kB, against the raw work: parse, one SHA-256, Ed25519.

python benchmarks/eddsa_rdfc.py [--json]
"""

from __future__ import annotations

import hashlib
import sys
from datetime import UTC, datetime
from pathlib import Path

import nacl.bindings
import orjson

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.canonicalization import MEDIUM
from benchmarks.harness import Ratio, measure, report
from credentials.rdf import CompiledCanonicalizer
from credentials.suites.rdfc import EDDSA_RDFC_2022, Rdfc
from did import jsontext
from did.integrity import ProofOptions, add_proof, verify_proof
from did.keys import Ed25519Signer, KeyType

NOW = datetime(2026, 11, 20, tzinfo=UTC)
SUITE = Rdfc(EDDSA_RDFC_2022, frozenset({KeyType.ED25519}), CompiledCanonicalizer())
SIGNER = Ed25519Signer(bytes(32))
SUITES = {SUITE.name: SUITE}


def main() -> int:
    plain = orjson.dumps(MEDIUM)
    options = ProofOptions(SUITE.name, "did:example:issuer#key", "assertionMethod", created=NOW)
    secured = orjson.dumps(add_proof(MEDIUM, suite=SUITE, options=options, signer=SIGNER))
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

    def verify():
        verify_proof(
            jsontext.parse_object(secured, max_bytes=1 << 20),
            suites=SUITES,
            keys=lambda _method, _purpose: public,
            expected_purpose="assertionMethod",
            expected_domain=None,
            expected_challenge=None,
            now=NOW,
        )

    figures = measure({"raw sign": raw_sign, "sign": sign, "raw verify": raw_verify, "verify": verify})
    bars = [Ratio("sign", "raw sign", at_most=4.7), Ratio("verify", "raw verify", at_most=2.8)]
    return report(f"eddsa-rdfc-2022, {len(plain)} bytes ({len(secured)} secured)", figures, bars)


if __name__ == "__main__":
    sys.exit(main())
