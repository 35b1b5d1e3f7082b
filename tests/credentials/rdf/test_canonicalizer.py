"""The canonicalizer as a whole: what credentials become, each loss of data refused by code, partitions."""

from __future__ import annotations

import copy
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credentials.errors import CredentialError
from credentials.rdf import CompiledCanonicalizer, Limits, nquads
from credentials.suites.selective import group
from schemas import examples

UNSUITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
V2 = "https://www.w3.org/ns/credentials/v2"


def credential(**changes):
    document = {
        "@context": [V2, "https://avow.example/contexts/national-identity/v1"],
        "type": ["VerifiableCredential", "NationalIdentityCredential"],
        "issuer": "did:example:issuer",
        "credentialSubject": examples.load("national-identity"),
    }
    return {**document, **changes}


@pytest.fixture(scope="module")
def engine():
    return CompiledCanonicalizer()


class Known:
    """A source of contexts that a test made up."""

    def __init__(self, **documents):
        self._documents = documents

    def load(self, url):
        return copy.deepcopy(self._documents[url])

    def __contains__(self, url):
        return url in self._documents


def code_of(call, *arguments):
    with pytest.raises(CredentialError) as caught:
        call(*arguments)
    return caught.value.code


def test_a_credential_becomes_the_statements_we_expect(engine):
    canonical = engine.canonicalize(credential())
    assert len(canonical.lines) == 16
    assert (
        '_:c14n0 <https://schema.org/birthDate> "1994-03-17"^^<http://www.w3.org/2001/XMLSchema#date> .\n'
        in (canonical.lines)
    )
    assert list(canonical.lines) == sorted(canonical.lines)
    assert set(canonical.labels.values()) == {"c14n0", "c14n1", "c14n2"}


@pytest.mark.parametrize("name", examples.NAMES)
def test_examples_expand_without_undefined_terms_and_each_claim_is_a_statement(engine, name):
    kind = "".join(part.capitalize() for part in name.split("-")) + "Credential"
    document = credential(
        **{"@context": [V2, f"https://avow.example/contexts/{name}/v1"]},
        type=["VerifiableCredential", kind],
        credentialSubject=examples.load(name),
    )

    def leaves(value):
        if isinstance(value, dict):
            return sum(1 + leaves(member) for member in value.values() if isinstance(member, dict)) + sum(
                not isinstance(member, dict) for member in value.values()
            )
        return 0

    frame = 4  # two types, issuer, credentialSubject
    assert len(engine.canonicalize(document).lines) == frame + leaves(document["credentialSubject"])


def subject(**claims):
    return credential(credentialSubject={**examples.load("national-identity"), **claims})


REFUSED = {
    "undefined claim": (subject(isAdmin=True), "rdf.undefined-term"),
    "undefined member": (credential(isAdmin=True), "rdf.undefined-term"),
    "undefined nested claim": (subject(address={"planet": "Mars"}), "rdf.undefined-term"),
    "undefined type": (credential(type=["VerifiableCredential", "Foo"]), "rdf.undefined-term"),
    "undefined below a null context": (
        {"@context": [{"@vocab": None}, V2], "type": ["VerifiableCredential"], "foo": "x"},
        "rdf.undefined-term",
    ),
    "undefined type below a null context": (
        {"@context": [{"@vocab": None}, V2], "type": ["VerifiableCredential", "Foo"], "issuer": "did:x:y"},
        "rdf.undefined-term",
    ),
    "keyword-like member": (credential(**{"@foo": "x"}), "rdf.undefined-term"),
    "keyword-like type": (credential(type=["VerifiableCredential", "@foo"]), "rdf.undefined-term"),
    "relative issuer": (credential(issuer="issuer"), "rdf.relative-iri"),
    "relative id": (credential(id="/credentials/1"), "rdf.relative-iri"),
    "network path": (credential(issuer="//evil.example/x"), "rdf.relative-iri"),
    "no base": (credential(**{"@context": [V2, {"@base": None}]}, type="VerifiableCredential", issuer="x",
                           credentialSubject={"id": "did:x:y"}), "rdf.relative-iri"),
    "iri with line feed": (credential(id="https://example.com/\n"), "rdf.relative-iri"),
    "iri with closing bracket": (credential(id="https://example.com/>"), "rdf.relative-iri"),
    "blank predicate": (credential(**{"_:p": "x"}), "rdf.dropped"),
    "index": (credential(**{"@index": "x"}), "rdf.dropped"),
    "direction": (credential(name={"@value": "x", "@direction": "rtl"}), "rdf.dropped"),
    "language": (credential(name={"@value": "x", "@language": "not a tag"}), "rdf.language"),
    "unknown context": (credential(**{"@context": [V2, "https://example.com/c"]}), "rdf.context-unknown"),
    "imported context": (credential(**{"@context": [V2, {"@import": "https://example.com/c"}]}),
                         "rdf.context-unknown"),
    "scoped context": (
        credential(**{"@context": [V2, {"x": {"@id": "https://e.example/x", "@context": "https://example.com/c"}}]}),
        "rdf.context-unknown",
    ),
    "redefined term": (credential(**{"@context": [V2, {"name": "https://evil.example/i"}]}), "rdf.json-ld"),
    "cleared context": (credential(**{"@context": [V2, None]}), "rdf.json-ld"),
    "no statement": ({"@context": V2, "id": "https://example.com/1"}, "rdf.empty"),
    "empty object": ({}, "rdf.empty"),
}  # fmt: skip


@pytest.mark.parametrize(("document", "code"), REFUSED.values(), ids=REFUSED)
def test_what_would_not_be_signed_is_refused(engine, document, code):
    assert code_of(engine.canonicalize, document) == code


def test_a_refusal_names_the_term_and_not_the_value(engine):
    with pytest.raises(CredentialError) as caught:
        engine.canonicalize(subject(isAdmin="canary"))
    assert "'isAdmin'" in caught.value.detail
    assert "canary" not in str(caught.value)
    with pytest.raises(CredentialError) as caught:
        engine.canonicalize(credential(issuer="canary"))
    assert "issuer" in caught.value.detail
    assert "canary" not in str(caught.value)


def test_members_without_a_value_say_nothing(engine):
    assert engine.canonicalize(credential(name=None, description=[])) == engine.canonicalize(credential())


def test_an_equal_statement_counts_once(engine):
    once = engine.canonicalize(subject(resident=True)).lines
    assert engine.canonicalize(subject(resident=[True, True])).lines == once
    as_text = {"@value": "true", "@type": "http://www.w3.org/2001/XMLSchema#boolean"}
    assert engine.canonicalize(subject(resident=[True, as_text])).lines == once


def test_whole_numbers_are_integers_however_written(engine):
    context = [V2, {"n": "https://e.example/n"}]
    whole = credential(**{"@context": context}, type="VerifiableCredential", credentialSubject={"n": 7})
    written = copy.deepcopy(whole)
    written["credentialSubject"]["n"] = 7.0
    assert engine.canonicalize(written) == engine.canonicalize(whole)


def reordered(value, order):
    if isinstance(value, dict):
        return {name: reordered(value[name], order) for name in order(list(value))}
    if isinstance(value, list):
        return [reordered(item, order) for item in value]
    return value


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(min_size=1).filter(lambda text: not UNSUITABLE.search(text)), order=st.randoms())
def test_order_of_members_changes_nothing_and_any_text_is_one_statement(engine, name, order):
    document = subject(givenName=name)
    shuffled = reordered(document, lambda names: order.sample(names, len(names)))
    lines = engine.canonicalize(document).lines
    assert engine.canonicalize(shuffled).lines == lines
    assert len(lines) == 16
    assert sorted(map(nquads.write, nquads.read("".join(lines)))) == list(lines)


def clique(size):
    names = [f"_:x{number}" for number in range(size)]
    return {
        "@context": {"p": {"@id": "https://e.example/p", "@type": "@id"}},
        "@graph": [{"@id": name, "p": [other for other in names if other != name]} for name in names],
    }


@pytest.mark.parametrize("size", [7, 8, 12, 20])
def test_a_clique_of_unnamed_nodes_is_refused(engine, size):
    """In how many units: see the tests of labelling."""
    assert code_of(engine.canonicalize, clique(size)) == "rdf.work-limit"


def test_many_twins_are_no_problem(engine):
    context = [V2, {"n": "https://e.example/n", "part": "https://e.example/part"}]
    document = credential(
        **{"@context": context}, type="VerifiableCredential", credentialSubject={"part": [{"n": 1}] * 300}
    )
    assert len(engine.canonicalize(document).lines) == 603


@pytest.mark.parametrize(("limits", "refused"), [
    (Limits(max_quads=15), True), (Limits(max_quads=16), False),
    (Limits(max_blank_nodes=2), True), (Limits(max_blank_nodes=3), False),
])  # fmt: skip
def test_counts_are_limited_to_the_unit(limits, refused):
    engine = CompiledCanonicalizer(limits)
    if refused:
        assert code_of(engine.canonicalize, credential()) == "rdf.work-limit"
    else:
        engine.canonicalize(credential())


def test_a_partition_ties_selections_to_the_whole(engine):
    pointers = {"one": ["/credentialSubject/address/addressCountry"], "none": []}
    partition = engine.partition(credential(), pointers)
    assert partition.whole.lines == engine.canonicalize(credential()).lines
    assert partition.selections["none"].lines == ()
    one = partition.selections["one"]
    to_whole = {one.labels[label]: partition.whole.labels[label] for label in one.labels}
    country = next(line for line in one.lines if "addressCountry" in line)
    node = country[2 : country.index(" ")]
    assert country.replace(node, to_whole[node]) in partition.whole.lines


def test_a_partition_keeps_arrays_of_one_element(engine):
    document = subject(givenName=["Ines"])
    part = engine.partition(document, {"a": ["/credentialSubject/givenName/0"]}).selections["a"]
    assert any("givenName" in line for line in part.lines)


LISTS = {
    "@context": {
        "n": "urn:x:n",
        "is": "urn:x:is",
        "list": {"@id": "urn:x:list", "@container": "@list"},
        "graph": {"@id": "urn:x:graph", "@container": "@graph"},
    },
    "is": [{"n": 0}, {"n": 0}, {"n": 2, "list": ["a", {"n": 1}, "a"]}, {"list": ["a", {"n": 1}, "a"]}],
    "list": {"@list": ["a", "a"]},
    "graph": [{"n": 5, "is": {"n": 7}}, {"n": 5, "is": {"n": 8}}],
}


@pytest.mark.parametrize(
    ("pointer", "values"),
    [
        ("/is/0/n", {"0"}), ("/is/1", {"0"}), ("/is/3/list", {"1", "a"}), ("/is/2", {"1", "2", "a"}),
        ("/list", {"a"}), ("/graph/1/is", {"8"}), ("/graph/0/n", {"5"}), ("", None),
    ],
)  # fmt: skip
def test_what_is_selected_is_found_in_the_document(engine, pointer, values):
    """Twins, lists and graphs included: each by its place, not by what it says."""
    partition = engine.partition(LISTS, {"it": [pointer], "first": ["/is/0/n"]})
    labels = {label: label for label in partition.whole.labels.values()}
    grouped = group(partition, labels)
    chosen = [grouped.lines[index] for index in grouped.groups["it"]]
    assert len(chosen) == len(partition.selections["it"].lines)
    found = {line.split('"')[1] for line in chosen if '"' in line}
    assert values in (None, found)
    if pointer == "/is/1":
        assert set(grouped.groups["it"]) != set(grouped.groups["first"])


def test_a_part_of_a_list_is_not_what_was_signed(engine):
    partition = engine.partition(LISTS, {"it": ["/is/2/list/0"]})
    labels = {label: label for label in partition.whole.labels.values()}
    assert code_of(group, partition, labels) == "pointer.partial"


def test_one_object_in_two_places_is_two_nodes(engine):
    """Also where the caller's document shares it, which JSON never does."""
    shared = {"n": 0}
    document = {**LISTS, "is": [shared, shared]}
    partition = engine.partition(document, {"one": ["/is/0"], "other": ["/is/1"]})
    grouped = group(partition, {label: label for label in partition.whole.labels.values()})
    assert grouped.groups["one"] != grouped.groups["other"]


@pytest.mark.parametrize("name", ["_:b0", "urn:bnid:s0", "urn:bnid:x"])
def test_reserved_identifiers_are_refused_in_a_partition(engine, name):
    assert code_of(engine.partition, credential(id=name), {}) == "rdf.blank-node"


def test_a_partition_does_not_change_the_document(engine):
    document = credential()
    before = copy.deepcopy(document)
    engine.partition(document, {"a": ["/issuer"]})
    assert document == before


def test_the_profiles_contexts_go_together(engine):
    urls = [f"https://avow.example/contexts/{name}/v1" for name in examples.NAMES]
    claims = {}
    for name in examples.NAMES:
        claims.update(examples.load(name))
    assert engine.canonicalize(credential(**{"@context": [V2, *urls]}, credentialSubject=claims)).lines


@pytest.mark.parametrize("name", ["urn:bnid:s0", "urn:bnid:s1", "urn:bnid:x", "_:b0"])
def test_a_text_that_becomes_an_identifier_does_not_name_an_unnamed_node(name):
    """A claim with an address that its subject chose would be signed as a statement about another node."""
    terms = {"@context": {"homepage": {"@id": "urn:x:homepage", "@type": "@id"}, "friend": "urn:x:friend"}}
    engine = CompiledCanonicalizer(source=Known(**{"urn:x:terms": terms}))

    def partition(homepage):
        return engine.partition({"@context": "urn:x:terms", "homepage": homepage, "friend": {}}, {})

    assert len(partition("urn:bnids").whole.lines) == 2
    assert code_of(partition, name) == "rdf.blank-node"
