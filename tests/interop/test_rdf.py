"""JSON-LD in safe mode and RDFC-1.0 against `jsonld` and `rdf-canonize`: the same N-Quads and labels."""

from __future__ import annotations

import copy
import random

import pytest

from credentials.errors import CredentialError
from credentials.rdf import nquads
from credentials.rdf.labelling import label
from credentials.rdf.work import Work
from schemas import examples
from tests.support.bbs import V2
from tests.support.peers import answer_of, ask, values

VARIATIONS = 200
CHARS = "abc \"\\\n\r\t<>{}|^`é€\u0085\u00a0\u2028\ufeff\U0001f600_:c14n0@'"


def profile(name):
    return {
        "@context": [V2, f"https://avow.example/contexts/{name}/v1"],
        "type": ["VerifiableCredential", "".join(map(str.capitalize, name.split("-"))) + "Credential"],
        "issuer": "did:example:issuer",
        "validFrom": "2026-11-20T00:00:00Z",
        "credentialSubject": examples.load(name),
    }


BASES = {name: profile(name) for name in examples.NAMES}
RESIDENT_CARD = {
    "@context": [V2, "https://w3id.org/citizenship/v4rc1"],
    "type": ["VerifiableCredential", "PermanentResidentCardCredential"],
    "issuer": {"id": "did:example:issuer", "image": "data:image/png;base64,iVBORw0KGgo="},
    "name": "Permanent Resident Card",
    "validFrom": "2026-11-20T00:00:00Z",
    "credentialSubject": {
        "type": ["PermanentResident", "Person"],
        "givenName": "Ines",
        "familyName": "Almeida",
        "gender": "Female",
        "birthDate": "1994-03-17",
        "birthCountry": "Portugal",
        "permanentResidentCard": {
            "type": ["PermanentResidentCard"],
            "identifier": "83627465",
            "lprCategory": "C09",
            "lprNumber": "999-999-999",
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
PROOF = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-jcs-2022",
    "created": "2026-11-20T00:00:00Z",
    "verificationMethod": "did:example:issuer#key",
    "proofPurpose": "assertionMethod",
    "proofValue": "z3FXQ",
}
PRESENTATION = {
    "@context": [V2],
    "type": ["VerifiablePresentation"],
    "verifiableCredential": [
        {**BASES["employment"], "proof": PROOF},
        {**BASES["national-identity"], "proof": PROOF},
    ],
    "holder": "did:example:holder",
    "proof": {**PROOF, "proofPurpose": "authentication", "challenge": "c", "domain": "verifier.example"},
}


def text(rng):
    return "".join(rng.choice(CHARS) for _ in range(rng.randrange(1, 12)))


def leaves(value):
    """Objects below, each with the name of a member that is text."""
    for name, item in list(value.items()):
        if isinstance(item, str):
            yield value, name
        elif isinstance(item, dict):
            yield from leaves(item)


def maybe(rng, probability):
    return rng.random() < probability


def vary_values(rng, subject):
    """Other text, or a set of texts, for three claims."""
    for holder, name in rng.sample(list(leaves(subject)), 3):
        if name not in ("birthDate", "startDate", "awardedOn"):
            count = rng.randrange(1, 4)
            holder[name] = [text(rng) for _ in range(count)] if maybe(rng, 0.4) else text(rng)


def vary_nodes(rng, subject):
    """Copies without an identifier are told apart by nothing; one that differs makes neighbours."""
    for name in [name for name, item in subject.items() if isinstance(item, dict)]:
        if maybe(rng, 0.4):
            subject[name] = [copy.deepcopy(subject[name]) for _ in range(rng.randrange(2, 4))]
            if maybe(rng, 0.5):
                holder, member = rng.choice(list(leaves(subject[name][0])))
                holder[member] = text(rng)
        elif maybe(rng, 0.2):
            subject[name]["id"] = f"urn:uuid:{rng.randrange(3)}"


def varied(rng, document):
    """Change a few things that change the statements, or that must not."""
    document = copy.deepcopy(document)
    subject = document["credentialSubject"]
    vary_values(rng, subject)
    vary_nodes(rng, subject)
    if maybe(rng, 0.3):
        subject["id"] = "did:example:holder"
    if maybe(rng, 0.2):
        document["credentialSubject"] = [subject, copy.deepcopy(subject)]
    if maybe(rng, 0.3):
        document["id"] = "urn:uuid:0"
    if maybe(rng, 0.3):
        document["proof"] = PROOF
    if maybe(rng, 0.3):
        document["description"] = {"@value": text(rng), "@language": rng.choice(["en", "pt-BR"])}
    members = list(document.items())
    rng.shuffle(members)
    return dict(members)


def documents():
    yield from BASES.values()
    yield RESIDENT_CARD
    yield PRESENTATION
    rng = random.Random("RDFC-1.0")
    for number in range(VARIATIONS):
        yield varied(rng, BASES[examples.NAMES[number % 3]])


DOCUMENTS = list(documents())


def by_the_peer(bundled, given):
    answer = ask("rdf", {"it": {"do": "canonize", "documents": given}}, {"documents": bundled})
    return [answer_of(item) for item in values(answer)["it"]]


@pytest.fixture(scope="module")
def theirs(bundled):
    return by_the_peer(bundled, DOCUMENTS)


@pytest.fixture(scope="module")
def ours(canonicalizer):
    return [canonicalizer.canonicalize(document) for document in DOCUMENTS]


def test_the_same_n_quads_for_every_document(ours, theirs):
    assert len(ours) == len(theirs) == VARIATIONS + 5
    for document, canonical, answer in zip(DOCUMENTS, ours, theirs, strict=True):
        assert answer.error is None, document
        assert "".join(canonical.lines) == answer.value["nquads"], document
        assert set(canonical.labels.values()) == set(answer.value["labels"].values())
    assert len({canonical.lines for canonical in ours}) > 190


def test_the_peer_canonicalizes_our_n_quads_to_themselves(ours):
    """Without its JSON-LD side: our labels survive RDFC-1.0, and are as many."""
    answer = ask("rdf", {"it": {"do": "rdfc", "nquads": ["".join(canonical.lines) for canonical in ours]}})
    for canonical, item in zip(ours, values(answer)["it"], strict=True):
        assert item["value"]["nquads"] == "".join(canonical.lines)
        labels = item["value"]["labels"]
        # Nodes that nothing tells apart may change places.
        assert set(labels) == set(labels.values()) == set(canonical.labels.values())


def tangle(rng):
    """Statements about a few nodes, twice over, so that most are alike; some name a node more than once."""
    nodes = [f"_:n{number}" for number in range(rng.randrange(2, 5))]
    quads = [
        (rng.choice(nodes), rng.choice(["<e:p>", "<e:q>"]), rng.choice([*nodes, '"v"']),
         rng.choice(["", "", "<e:g>", *nodes]))
        for _ in range(rng.randrange(1, 7))
    ]  # fmt: skip
    return {
        tuple(f"{term}c{copy}" if term.startswith("_:") else term for term in quad)
        for quad in quads
        for copy in range(2)
    }


@pytest.mark.parametrize("hash_name", ["sha256", "sha384"])
def test_the_same_labels_for_nodes_that_look_alike(hash_name):
    """RDFC-1.0 alone, on what no credential holds."""
    rng = random.Random("tangles")
    tangles = [sorted(tangle(rng)) for _ in range(500)]
    texts = ["".join(map(nquads.write, quads)) for quads in tangles]
    answers = values(ask("rdf", {"it": {"do": "rdfc", "nquads": texts, "hash": hash_name}}))["it"]
    compared = 0
    for quads, answer in zip(tangles, answers, strict=True):
        if "value" in answer:  # the peer has a bound of its own
            found = label(quads, work=Work(10**6), hash_name=hash_name)
            assert "".join(found.lines) == answer["value"]["nquads"], quads
            compared += 1
    assert compared > 450


def test_some_documents_need_more_than_first_degree_hashes(ours):
    """Else the harder half of the algorithm was not compared."""

    def alike(canonical):
        nodes = {f"_:{label}" for label in canonical.labels.values()}
        views = []
        for node in nodes:
            lines = sorted(
                " ".join(
                    "_:a" if word == node else "_:z" if word in nodes else word for word in line.split(" ")
                )
                for line in canonical.lines
                if node in line.split(" ")
            )
            views.append(tuple(lines))
        return len(set(views)) < len(views)

    assert sum(map(alike, ours)) > 20


def changed(**members):
    return {**BASES["national-identity"], **members}


SUBJECT = BASES["national-identity"]["credentialSubject"]
# Safe mode: what RDF would drop. The code is ours; the peer must refuse as well.
REFUSED = {
    "undefined term": (changed(isAdmin=True), "rdf.undefined-term"),
    "undefined claim": (changed(credentialSubject={**SUBJECT, "isAdmin": True}), "rdf.undefined-term"),
    "undefined type": (changed(type=["VerifiableCredential", "Undefined"]), "rdf.undefined-term"),
    "relative identifier": (changed(id="no-scheme"), "rdf.relative-iri"),
    "unknown context": (changed(**{"@context": [V2, "https://e.example/unknown"]}), "rdf.context-unknown"),
    "protected term redefined": (
        changed(**{"@context": [V2, {"VerifiableCredential": "https://e.example/x"}]}),
        "rdf.json-ld",
    ),
}


def code_of(canonicalizer, document):
    with pytest.raises(CredentialError) as caught:
        canonicalizer.canonicalize(document)
    return caught.value.code


def test_both_refuse_what_would_be_dropped(canonicalizer, bundled):
    codes = {name: code_of(canonicalizer, document) for name, (document, _) in REFUSED.items()}
    assert codes == {name: code for name, (_, code) in REFUSED.items()}
    answers = by_the_peer(bundled, [document for document, _ in REFUSED.values()])
    assert [answer for answer in answers if answer.error is None] == []


# Refused here although the peer takes them, because implementations write them differently.
STRICTER = {
    "number with a fraction": (changed(credentialSubject={**SUBJECT, "nationality": 1.5}), "rdf.number"),
    "integer beyond 2^53": (changed(credentialSubject={**SUBJECT, "nationality": 2.0**60}), "rdf.number"),
    "no character": (changed(credentialSubject={**SUBJECT, "nationality": "\uffff"}), "rdf.text"),
    "control character": (changed(credentialSubject={**SUBJECT, "nationality": "\x01"}), "rdf.text"),
}


def test_what_only_we_refuse(canonicalizer, bundled):
    codes = {name: code_of(canonicalizer, document) for name, (document, _) in STRICTER.items()}
    assert codes == {name: code for name, (_, code) in STRICTER.items()}
    answers = by_the_peer(bundled, [document for document, _ in STRICTER.values()])
    assert [answer.error for answer in answers] == [None] * len(STRICTER)
