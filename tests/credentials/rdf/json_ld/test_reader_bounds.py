"""The reader at its limits: where faults are, which labels come out, what is kept, what is too much."""

from __future__ import annotations

import copy
import threading

import pytest

from credentials.errors import CredentialError
from credentials.rdf import reader as module
from credentials.rdf.canonical import Limits
from credentials.rdf.nquads import write
from credentials.rdf.reader import Reader
from schemas import contexts, examples
from tests.support.json_ld import Contexts, NoContexts, lines, reader

V2 = "https://www.w3.org/ns/credentials/v2"
P = {"p": "urn:x:p"}
BY_ID = {"p": {"@id": "urn:x:p", "@container": "@id"}}


def credential(**changes):
    return {
        "@context": [V2, "https://avow.example/contexts/national-identity/v1"],
        "type": ["VerifiableCredential", "NationalIdentityCredential"],
        "issuer": "did:example:issuer",
        "credentialSubject": examples.load("national-identity"),
        **changes,
    }


def subject(**claims):
    return credential(credentialSubject=claims)


def caught(document, given=None, **options):
    with pytest.raises(CredentialError) as error:
        lines(document, given, **options)
    return error.value


PLACES = {
    "member": (credential(isAdmin=True), "/isAdmin", "rdf.undefined-term"),
    "claim": (subject(givenName=["a", {"b": 1}]), "/credentialSubject/givenName/1/b", "rdf.undefined-term"),
    "type": (credential(type=["VerifiableCredential", "Foo"]), "/type", "rdf.undefined-term"),
    "identifier": (credential(id="relative"), "/id", "rdf.relative-iri"),
    "number": (subject(givenName=["x", 1.5]), "/credentialSubject/givenName/1", "rdf.number"),
    "context": (credential(**{"@context": [V2, {"name": "urn:x:y"}]}), "/@context/name", "rdf.json-ld"),
    "unknown context": (credential(**{"@context": [V2, "urn:x:none"]}), "/@context", "rdf.context-unknown"),
    "cell": ({"@context": P, "p": {"@list": ["x", 0.5]}}, "/p/1", "rdf.number"),
    "key": ({"@context": BY_ID, "p": {"urn:x:o": {"r": 1}}}, "/p/urn:x:o/r", "rdf.undefined-term"),
    "member with a slash": ({"@context": {}, "a/b~c": 1}, "/a~1b~0c", "rdf.undefined-term"),
}


@pytest.mark.parametrize(("document", "place", "code"), PLACES.values(), ids=PLACES)
def test_a_refusal_names_the_place(document, place, code):
    error = caught(document)
    assert error.code == code
    assert error.detail.startswith(f"{place}: ")


@pytest.mark.parametrize(
    "document",
    [
        credential(issuer="canary"),
        subject(givenName={"@value": "canary", "@language": "a b"}),
        {"@context": {"p": {"@id": "urn:x:p", "@type": "@vocab"}}, "p": "canary"},
        credential(name={"@value": ["canary"]}),
    ],
)
def test_a_refusal_does_not_hold_the_value(document):
    error = caught(document)
    assert "canary" not in f"{error} {error.remedy}"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ([], "rdf.document"),
        (None, "rdf.document"),
        ({"p": b"x"}, "rdf.document"),
        ({"@context": P, "p": ("x",)}, "rdf.document"),
        ({1: "x"}, "rdf.document"),
        ({"p": "\ud800"}, "rdf.text"),
        ({"\x01": "x"}, "rdf.undefined-term"),
        ({"p": 2**70}, "rdf.number"),
        ({"@context": P, "p": 2**53}, "rdf.number"),
        ({"@context": P, "p": float("nan")}, "rdf.number"),
    ],
)
def test_what_is_no_json_is_refused(document, code):
    assert caught(document).code == code


def test_every_bundled_context_compiles():
    """Those with all that they name: one does not name what is bundled."""
    for url in contexts.known():
        document = {"@context": url, "@id": "urn:x:s", "urn:x:p": "x"}
        if url == "https://www.w3.org/2018/credentials/examples/v1":
            assert caught(document).code == "rdf.context-unknown"
        else:
            assert lines(document) == ['<urn:x:s> <urn:x:p> "x"']


def test_labels_follow_the_walk_and_can_be_given():
    document = {"@context": {"p": "urn:x:p", "q": "urn:x:q"}, "p": [{"q": "x"}, {"q": "y"}]}
    whole = reader().read(document)
    first, second = document["p"]
    assert whole.labels == {id(document): "_:b0", id(first): "_:b1", id(second): "_:b2"}
    part = {**document, "p": [second]}
    given = {id(part): whole.labels[id(document)], id(second): whole.labels[id(second)]}
    assert set(reader().read(part, labels=given).quads) <= set(whole.quads)
    unknown = reader().read(part, labels={id(second): "_:b2"})
    assert unknown.labels == {id(part): "_:x0", id(second): "_:b2"}


def test_cells_and_graphs_have_places():
    terms = {
        "l": {"@id": "urn:x:l", "@container": "@list"},
        "k": {"@id": "urn:x:k", "@container": "@list"},
        "g": {"@id": "urn:x:g", "@container": "@graph"},
        "q": "urn:x:q",
    }
    document = {"@context": terms, "l": ["x", "y"], "k": "x", "g": {"q": "x"}}
    found = reader().read(document)
    assert {place for place in found.labels if isinstance(place, tuple)} == {
        (id(document["l"]), 0),
        (id(document["l"]), 1),
        (id(document), "k 0"),
        (id(document["g"]), "graph"),
    }
    assert len(set(found.labels.values())) == len(found.labels) == 6
    assert set(reader().read(document, labels=found.labels).quads) == set(found.quads)


def test_blank_nodes_that_the_document_names_keep_to_one_label():
    document = {"@context": {"p": {"@id": "urn:x:p", "@type": "@id"}}, "@id": "_:b7", "p": ["_:b7", "_:b0"]}
    found = reader().read(document)
    assert found.named == {"_:b7": "_:b0", "_:b0": "_:b1"}
    assert set(found.quads) == {("_:b0", "<urn:x:p>", "_:b0", ""), ("_:b0", "<urn:x:p>", "_:b1", "")}


def test_a_document_that_was_seen_costs_no_context():
    source = Contexts()
    one = Reader(source, Limits())
    first = one.read(credential())
    loaded = list(source.loaded)
    assert sorted(set(loaded)) == sorted(loaded)
    for _ in range(3):
        assert one.read(copy.deepcopy(credential())).quads == first.quads
    assert source.loaded == loaded
    starved = Reader(source, Limits(max_loads=0))
    with pytest.raises(CredentialError) as error:
        starved.read(credential())
    assert error.value.code == "rdf.work-limit"


def test_what_is_kept_is_bounded(monkeypatch):
    monkeypatch.setattr(module, "_MAX_HELD", 5_000)
    one = Reader(Contexts(), Limits())
    for number in range(30):
        terms = {f"t{n}": f"urn:x:{number}:{n}" for n in range(500)}
        one.read({"@context": terms, "t0": "x"})
    assert 500 < one._store.held < 6_000


def test_a_table_forgets_what_documents_made_up():
    one = Reader(Contexts(), Limits())
    for number in range(1_000):
        one.read({"@context": {"@vocab": "urn:x:"}, f"made-up-{number}": "x", "@type": f"T{number}"})
    table = next(iter(one._store.root._children.values()))
    assert len(table.entries) < 300
    assert len(table.typed) < 300


def test_cyclic_scoped_contexts_end():
    given = {
        "urn:c:a": {"@context": {"p": {"@id": "urn:x:p", "@context": "urn:c:b"}}},
        "urn:c:b": {"@context": {"p": {"@id": "urn:x:p", "@context": "urn:c:a"}}},
    }
    document = {"@context": "urn:c:a", "p": {"p": {"p": {"p": {"p": "x"}}}}}
    assert caught(document, given).code == "rdf.json-ld"  # engines disagree on a term that redefines itself
    own = {"urn:c:a": {"@context": {"p": {"@id": "urn:x:p", "@context": "urn:c:a"}}}}
    assert len(lines(document, own)) == 5


def test_contexts_within_contexts_are_paid_for():
    context = {"@id": "urn:x:t"}
    for _ in range(12):
        context = {"@id": "urn:x:t", "@context": {"a": context, "b": context}}
    assert caught({"@context": {"a": context}, "urn:x:p": "x"}).code == "rdf.work-limit"


def test_inline_contexts_are_no_deeper_than_documents():
    context = {}
    for _ in range(40):
        context = {"t": {"@id": "urn:x:t", "@context": context}}
    assert caught({"@context": context, "urn:x:p": "x"}).code == "rdf.depth"


def test_loaded_contexts_are_no_deeper_than_documents():
    context = {}
    for _ in range(40):
        context = {"t": {"@id": "urn:x:t", "@context": context}}
    assert (
        caught({"@context": "urn:c:deep", "urn:x:p": "x"}, {"urn:c:deep": {"@context": context}}).code
        == "rdf.depth"
    )


@pytest.mark.parametrize("text", ["\x7f", "\x00", "\x1f", 'quoted " \x7f'])
def test_control_characters_are_refused_wherever_a_text_stands(text):
    for value in (text, [text], {"@value": text}, {"@value": {text: 1}, "@type": "@json"}, {"@list": [text]}):
        assert caught({"@context": P, "p": value}).code == "rdf.text"


def test_contexts_come_from_the_source_only():
    with pytest.raises(CredentialError) as error:
        Reader(NoContexts(), Limits()).read(credential())
    assert error.value.code == "rdf.context-unknown"


def test_threads_share_a_reader():
    one = Reader(Contexts(), Limits())
    expected = sorted(map(write, reader().read(credential()).quads))
    found = []

    def again():
        return sorted(map(write, one.read(credential()).quads))

    threads = [threading.Thread(target=lambda: found.extend(again() for _ in range(20))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 80
    assert all(one == expected for one in found)
