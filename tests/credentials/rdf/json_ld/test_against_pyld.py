"""Made-up documents: whatever we accept has the statements that PyLD finds in it.

PyLD drops silently what it does not know; that we refuse, which other tests see to.
"""

from __future__ import annotations

import collections
import copy
import random

import pyoxigraph
import pytest
from pyld import jsonld

from credentials.errors import CredentialError
from credentials.rdf.canonical import Limits
from credentials.rdf.json_ld.budget import Budget
from credentials.rdf.json_ld.faults import Fault
from credentials.rdf.json_ld.tables import Store
from credentials.rdf.nquads import write
from credentials.rdf.reader import Reader
from schemas import contexts, examples
from tests.support.json_ld import Contexts
from tests.support.json_ld_documents import defined, document

V2 = "https://www.w3.org/ns/credentials/v2"
V1 = "https://www.w3.org/2018/credentials/v1"
CONTEXTS = [
    [V2],
    [V2, "https://w3id.org/citizenship/v4rc1"],
    [V2, "https://w3id.org/vdl/v1", "https://w3id.org/vdl/aamva/v1"],
    [V2, *(f"https://avow.example/contexts/{name}/v1" for name in ("employment", "university-degree"))],
    [V1, "https://w3id.org/security/data-integrity/v2", "https://w3id.org/vc/status-list/2021/v1"],
    [V1, "https://w3id.org/security/suites/ed25519-2020/v1"],
    ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
]


def canonical(text):
    dataset = pyoxigraph.Dataset(pyoxigraph.parse(text, pyoxigraph.RdfFormat.N_QUADS, lenient=True))
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(map(str, dataset))


def load(url, _options):
    return {"contextUrl": None, "documentUrl": url, "document": contexts.load(url), "tag": "static"}


def by_pyld(made):
    """What PyLD finds; None where it stumbles over a null that takes away what is not there."""
    options = {"format": "application/n-quads", "base": "", "documentLoader": load}
    try:
        return jsonld.to_rdf(copy.deepcopy(made), options)
    except jsonld.JsonLdError as error:
        cause = error
        while cause is not None:
            if isinstance(cause, KeyError):
                return None
            cause = cause.__cause__ or getattr(cause, "cause", None)
        raise


def outcome(reader, made):
    try:
        ours = "".join(map(write, reader.read(made).quads))
    except CredentialError as error:
        return error.code
    theirs = by_pyld(made)
    if theirs is None:
        return "no answer"
    assert canonical(ours) == canonical(theirs), made
    return "same"


def test_made_up_contexts():
    reader = Reader(Contexts(), Limits())
    counts = collections.Counter(outcome(reader, document(random.Random(seed))) for seed in range(1_500))
    assert counts["same"] > 200
    assert set(counts) - {"same", "no answer"} >= {"rdf.json-ld", "rdf.dropped", "rdf.undefined-term"}


def make(seed, urls):
    """A document over given contexts; None where they do not go together with the types that were drawn."""
    choice = random.Random(seed)
    store, budget = Store(), Budget(Contexts(), Limits(max_definitions=10**6))
    table = store.root.extended(urls, budget, 9)
    try:
        return {"@context": urls, **defined(choice, table, budget, 3)}
    except Fault:
        return None


@pytest.mark.parametrize("urls", CONTEXTS, ids=lambda urls: urls[-1].rpartition("//")[2])
def test_documents_over_the_bundled_contexts(urls):
    reader = Reader(Contexts(), Limits())
    counts = collections.Counter()
    for seed in range(60):
        made = make(seed, urls)
        if made is not None:
            counts[outcome(reader, made)] += 1
    assert counts["same"] >= 20, counts


PROOF = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-jcs-2022",
    "created": "2026-11-20T00:00:00Z",
    "verificationMethod": "did:example:issuer#key",
    "proofPurpose": "assertionMethod",
    "proofValue": "z3FXQ",
}


@pytest.mark.parametrize("first", [V2, V1])
def test_a_presentation_with_its_credentials_and_proofs(first):
    """Each credential is read by its own contexts only: the presentation's are cleared before it."""
    urls = [
        first,
        "https://avow.example/contexts/employment/v1",
        "https://w3id.org/security/data-integrity/v2",
    ]
    credential = {
        "@context": urls[: 2 if first == V2 else 3],
        "type": ["VerifiableCredential", "EmploymentCredential"],
        "issuer": {"id": "did:example:issuer"},
        "credentialSubject": {
            "id": "did:example:holder",
            "jobTitle": examples.load("employment")["jobTitle"],
        },
        "proof": PROOF,
    }
    presentation = {
        "@context": [first] if first == V2 else [first, urls[2]],
        "type": "VerifiablePresentation",
        "verifiableCredential": [credential, {**credential, "id": "urn:x:c"}],
        "proof": PROOF,
    }
    assert outcome(Reader(Contexts(), Limits()), presentation) == "same"
