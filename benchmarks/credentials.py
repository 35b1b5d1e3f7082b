"""Issuing and verifying whole credentials with `eddsa-jcs-2022`, against the raw work.

    python benchmarks/credentials.py [--json]

Raw is: parse, one SHA-256, Ed25519. The product's figures hold everything that the checklists ask for:
strict decoding, model, issuer binding, the key from the issuer's document, proof, contexts, schema, validity,
policy, and, for a presentation, the holder's proof, binding and query. The bars are those of the suite alone
(`benchmarks/eddsa_jcs.py`); here the ratios say what the rules cost on top.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import nacl.bindings
import orjson

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.harness import Ratio, measure, report
from credentials.model import Credential
from credentials.suites import Reader
from credentials.verifying.verifier import (
    Means,
    check_credential,
    check_presentation,
    verify_credential,
)
from did import jsontext
from did.identifiers import Did
from tests.support.world import EDDSA, World


class OneDocument:
    """A source that has resolved the issuer already, as a service that keeps its own DIDs has."""

    def __init__(self, world):
        self.found = world.registry.document(Did.parse(world.issuer.did))

    def document(self, _did):
        """As `DocumentSource`."""
        return self.found


def main() -> int:
    world = World("benchmark")
    credential = world.issue(EDDSA)
    world.receive(credential)
    request = world.request()
    presentation = world.present(request)
    secured, wrapped = orjson.dumps(credential), orjson.dumps(presentation)
    _, secret = nacl.bindings.crypto_sign_seed_keypair(bytes(32))
    signed = nacl.bindings.crypto_sign(bytes(64), secret)
    other = secret[32:]
    means = Means(OneDocument(world), world.suites, world.policy, world.now)

    def parse(data):
        return jsontext.parse_object(data, max_bytes=1 << 20)

    def raw_verify():
        orjson.loads(secured)
        hashlib.sha256(secured).digest()
        nacl.bindings.crypto_sign_open(signed, other)

    def raw_verify_twice():
        orjson.loads(wrapped)
        hashlib.sha256(wrapped).digest()
        nacl.bindings.crypto_sign_open(signed, other)
        nacl.bindings.crypto_sign_open(signed, other)

    def raw_sign():
        orjson.dumps(orjson.loads(secured))
        nacl.bindings.crypto_sign(hashlib.sha256(secured).digest(), secret)

    expected = {
        "expected_challenge": request.challenge,
        "expected_domain": request.domain,
        "expected_query": request.query,
    }
    figures = measure(
        {
            "raw sign": raw_sign,
            "issue": lambda: orjson.dumps(world.issue(EDDSA)),
            "raw verify": raw_verify,
            "model alone": lambda: Credential.decode(secured),
            "check credential": lambda: check_credential(parse(secured), means, reader=Reader.VERIFIER),
            "verify credential (tree)": lambda: verify_credential(
                parse(secured), means, reader=Reader.VERIFIER
            ),
            "raw verify of two": raw_verify_twice,
            "check presentation": lambda: check_presentation(parse(wrapped), means, **expected),
        }
    )
    ratios = [
        Ratio("issue", "raw sign"),
        Ratio("model alone", "raw verify"),
        Ratio("check credential", "raw verify"),
        Ratio("verify credential (tree)", "raw verify"),
        Ratio("check presentation", "raw verify of two"),
    ]
    return report(
        f"whole credentials, {len(secured)} bytes, presentation {len(wrapped)} bytes", figures, ratios
    )


if __name__ == "__main__":
    sys.exit(main())
