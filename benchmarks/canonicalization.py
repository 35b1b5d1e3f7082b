"""JSON-LD to canonical N-Quads, beside PyLD and jsonld.js: five documents, all warm, one run.

python benchmarks/canonicalization.py [--json]

Each engine gets the parsed document and a loader that has every context in memory, and may keep whatever it
makes of contexts between calls. PyLD runs interleaved with ours; jsonld.js (with rdf-canonize, safe mode) in
a Node process that measures itself, CPU time too, before and after, of which the quicker counts. It is left
out where `npm ci --prefix tests/interop` was not run.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyld import jsonld
from pyld.context_resolver import ContextResolver

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.harness import Ratio, measure, report
from credentials.rdf import CompiledCanonicalizer
from schemas import contexts
from schemas.sources import BundledContexts, LayeredContexts

if TYPE_CHECKING:
    from collections.abc import Callable

    from did.types import JsonObject

PEERS = Path(__file__).parents[1] / "tests" / "interop"
V2 = "https://www.w3.org/ns/credentials/v2"
CLAIMS = "https://benchmark.example/claims/v1"
CONTEXT: JsonObject = {
    "@context": {
        "@version": 1.1,
        "@protected": True,
        "AlumniCredential": "https://benchmark.example/vocab#AlumniCredential",
        "alumniOf": "https://benchmark.example/vocab#alumniOf",
        "group": "https://benchmark.example/vocab#group",
        **{
            f"claim{number}": {
                "@id": f"https://benchmark.example/vocab#claim{number}",
                "@type": "http://www.w3.org/2001/XMLSchema#date" if number % 5 == 0 else None,
            }
            for number in range(30)
        },
    }
}
for _term in CONTEXT["@context"].values():
    if isinstance(_term, dict) and _term["@type"] is None:
        del _term["@type"]
FRAME: JsonObject = {"issuer": "did:example:issuer", "validFrom": "2026-11-20T00:00:00Z"}
PROOF = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "created": "2026-11-20T00:00:00Z",
    "verificationMethod": "did:example:issuer#key",
    "proofPurpose": "assertionMethod",
    "proofValue": "z3FXQjecWufY46yg5abdVZsXqLhxhueuSoZgNSARiKBk9czhSePTFehP8c3PGfb6a22gkfUKods5D2UAUL5n2Brbx",
}
SMALL: JsonObject = {
    "@context": [V2, CLAIMS],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    **FRAME,
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
}
MEDIUM: JsonObject = {
    "@context": [V2, "https://w3id.org/citizenship/v4rc1"],
    "type": ["VerifiableCredential", "PermanentResidentCardCredential"],
    "issuer": {"id": "did:example:issuer", "image": "https://issuer.example/logo.png"},
    "name": "Permanent Resident Card",
    "description": "Permanent Resident Card from Government of Utopia.",
    "validFrom": "2026-11-20T00:00:00Z",
    "validUntil": "2031-11-20T00:00:00Z",
    "credentialSubject": {
        "type": ["PermanentResident", "Person"],
        "givenName": "Jane",
        "familyName": "Smith",
        "additionalName": "Marie",
        "gender": "Female",
        "image": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk",
        "residence": {
            "type": "PostalAddress",
            "addressCountry": "Utopia",
            "addressLocality": "Northport",
            "addressRegion": "North",
        },
        "height": {"type": "QuantitativeValue", "value": "170", "unitCode": "CMT"},
        "residentSince": "2015-01-01T00:00:00Z",
        "commuterClassification": "C1",
        "formerNationality": "Arcadia",
        "birthCountry": "Arcadia",
        "birthDate": "1978-07-17T00:00:00Z",
        "maritalStatus": "married",
        "permanentResidentCard": {
            "type": ["PermanentResidentCard"],
            "identifier": "83627465",
            "lprCategory": "C09",
            "lprNumber": "999-999-999",
            "mrzHash": "zQmd2Rt4s9YyFzX7rQWcTCHSGGHGiqrgDFBc9B9w1x5VZ",
        },
    },
    "credentialStatus": {
        "id": "https://issuer.example/status/3#94567",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "94567",
        "statusListCredential": "https://issuer.example/status/3",
    },
    "credentialSchema": {"id": "https://issuer.example/schema.json", "type": "JsonSchema"},
}


def _large(**identifier: str) -> JsonObject:
    groups = [
        {
            **{name: value.format(number) for name, value in identifier.items()},
            **{f"claim{claim}": f"value {claim} of group {number}" for claim in range(30)},
        }
        for number in range(10)
    ]
    return {**SMALL, "credentialSubject": {**SMALL["credentialSubject"], "group": groups}}


DOCUMENTS: dict[str, JsonObject] = {
    "small": SMALL,
    "medium": MEDIUM,
    "large, named nodes": _large(id="urn:x:group:{}"),
    "large, unnamed nodes": _large(),
    "presentation": {
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "holder": "did:example:holder",
        "verifiableCredential": [
            {**SMALL, "proof": PROOF},
            {**MEDIUM, "proof": {**PROOF, "proofValue": PROOF["proofValue"][::-1]}},
        ],
        "proof": {**PROOF, "proofPurpose": "authentication", "challenge": "c", "domain": "v.example"},
    },
}


class _Claims:
    """The context of this benchmark, as a source."""

    def load(self, _url: str) -> dict[str, Any]:
        return CONTEXT

    def __contains__(self, url: object) -> bool:
        return url == CLAIMS


def by_pyld(source: LayeredContexts) -> Callable[[JsonObject], str]:
    known: dict[str, Any] = {}
    resolved = jsonld.LRUCache(maxsize=200)

    def load(url: str, _options: object) -> dict[str, Any]:
        found = known.get(url) or known.setdefault(url, source.load(url))
        return {"contextUrl": None, "documentUrl": url, "document": found, "tag": "static"}

    def canonicalize(document: JsonObject) -> str:
        options = {
            "algorithm": "URDNA2015",
            "format": "application/n-quads",
            "documentLoader": load,
            "contextResolver": ContextResolver(resolved, load),
        }
        found: str = jsonld.normalize(document, options)
        return found

    return canonicalize


def by_jsonld_js() -> dict[str, dict[str, Any]] | None:
    """Microseconds and N-Quads by document."""
    if shutil.which("node") is None or not (PEERS / "node_modules").is_dir():
        return None
    known = {url: contexts.load(url) for url in contexts.known()} | {CLAIMS: CONTEXT}
    done = subprocess.run(
        ["node", "peers/rdf_speed.mjs"],
        cwd=PEERS,
        input=json.dumps({"contexts": known, "documents": DOCUMENTS}),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found


def main() -> int:
    source = LayeredContexts([BundledContexts(), _Claims()])
    ours, pyld = CompiledCanonicalizer(source=source), by_pyld(source)
    node = [by_jsonld_js()]
    cases: dict[str, Callable[[], object]] = {}
    for name, document in DOCUMENTS.items():
        lines = "".join(ours.canonicalize(document).lines)
        if lines != pyld(document) or (node[0] and lines != node[0][name]["nquads"]):
            sys.exit(f"the engines do not agree on: {name}")
        cases[name] = lambda document=document: ours.canonicalize(document)
        cases[f"{name}, PyLD"] = lambda document=document: pyld(document)
    figures = measure(cases, rounds=21)
    node.append(by_jsonld_js())
    ratios = []
    for name in DOCUMENTS:
        ratios.append(Ratio(f"{name}, PyLD", name, at_least=20))
        measured = [found[name]["microseconds"] for found in node if found]
        if measured:
            figures[f"{name}, jsonld.js"] = min(measured)
            ratios.append(Ratio(f"{name}, jsonld.js", name, at_least=1))
    return report("JSON-LD to canonical N-Quads", figures, ratios)


if __name__ == "__main__":
    sys.exit(main())
