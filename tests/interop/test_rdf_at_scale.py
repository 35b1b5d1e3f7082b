"""Thousands of generated documents: our canonical N-Quads, those of PyLD, and those of jsonld.js, all equal.

2,000 documents, or as many as AVOW_DOCUMENTS says; each part is one conversation with a Node process. Known
faults of the peers, of which the documents meet the second only, unless a test says so:
- PyLD does not escape tabs (nor other control characters, which we refuse).
- Both repeat a statement where one node is described twice, with an empty list or (jsonld.js) with a JSON
  literal. A dataset is a set.
- rdf-canonize sorts by UTF-16 code units where the text wants code points: beside a character beyond U+FFFF,
  one from U+E000 on comes too late.
"""

from __future__ import annotations

import copy
import os
import random

import pytest
from pyld import jsonld
from pyld.context_resolver import ContextResolver

from credentials.errors import CredentialError
from tests.support.credential_documents import document
from tests.support.peers import answer_of, ask, values

DOCUMENTS = int(os.environ.get("AVOW_DOCUMENTS", "2000"))
FAULTY = 2000
PARTS = 8


def part(number, seed, count=DOCUMENTS, **options):
    return [document(seed, index, **options) for index in range(number, count, PARTS)]


def by_jsonld_js(bundled, documents):
    answer = ask(
        "rdf", {"it": {"do": "canonize", "documents": documents}}, {"documents": bundled}, seconds=300
    )
    return [answer_of(item) for item in values(answer)["it"]]


def without_repetition(nquads):
    lines = [line + "\n" for line in nquads.split("\n")[:-1]]
    return "".join(dict.fromkeys(lines))


class Pyld:
    """PyLD with its contexts kept; without its own safe mode, which it does not have."""

    def __init__(self, bundled):
        self._bundled, self._resolved = bundled, jsonld.LRUCache(maxsize=200)

    def _load(self, url, _options):
        return {"contextUrl": None, "documentUrl": url, "document": self._bundled[url], "tag": "static"}

    def canonicalize(self, given):
        return jsonld.normalize(
            given,
            {
                "algorithm": "URDNA2015",
                "format": "application/n-quads",
                "documentLoader": self._load,
                "contextResolver": ContextResolver(self._resolved, self._load),
            },
        )


@pytest.mark.parametrize("number", range(PARTS))
def test_three_implementations_agree_on_every_document(canonicalizer, bundled, number):
    documents = part(number, "three")
    pyld = Pyld(bundled)
    for given, answer in zip(documents, by_jsonld_js(bundled, documents), strict=True):
        ours = "".join(canonicalizer.canonicalize(given).lines)
        assert ours == without_repetition(pyld.canonicalize(given)), given
        assert answer.error is None, given
        assert ours == without_repetition(answer.value["nquads"]), given
    assert len({"".join(canonicalizer.canonicalize(given).lines) for given in documents[:50]}) == 50


def test_two_agree_on_tabs(canonicalizer, bundled):
    documents = part(0, "tabs", 1000, tabs=True)
    for given, answer in zip(documents, by_jsonld_js(bundled, documents), strict=True):
        ours = "".join(canonicalizer.canonicalize(given).lines)
        assert ours == without_repetition(answer.value["nquads"]), given


def test_lines_are_sorted_by_code_points_which_the_peer_does_not(canonicalizer, bundled):
    given = {"@context": {"p": "urn:x:p"}, "@id": "urn:x:s", "p": ["\ufb33", "\U0001f600"]}
    ours = "".join(canonicalizer.canonicalize(given).lines)
    assert ours == Pyld(bundled).canonicalize(given)
    (theirs,) = by_jsonld_js(bundled, [given])
    assert theirs.value["nquads"].split("\n")[:2] == ours.split("\n")[1::-1]


def objects(value, within=""):
    """The objects that are read as nodes, with the member they stand in."""
    if isinstance(value, dict):
        yield value
        for name, item in value.items():
            if name not in {"@context", "driving_privileges", "json", "spoken", "byId", "byType"}:
                yield from objects(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from objects(item, within)


MUTATIONS = {
    "unknown member": lambda rng, node: {"isAdmin": True},
    "unknown type": lambda rng, node: {"type": "isAdmin"},
    "relative type": lambda rng, node: {"type": ["./isAdmin"]},
    "relative identifier": lambda rng, node: {"id": "isAdmin"},
    "no identifier": lambda rng, node: {"id": None},
    "no type": lambda rng, node: {"type": None},
    "no value": lambda rng, node: {rng.choice(sorted(node) or ["id"]): None},
    "a number for an identifier": lambda rng, node: {"id": 5},
    "a number for a type": lambda rng, node: {"type": 5},
    "another keyword": lambda rng, node: {"@isAdmin": "x"},
    "a blank predicate": lambda rng, node: {"_:isAdmin": "x"},
    "a lone language": lambda rng, node: {"name": {"@value": "x", "@language": "no tag"}},
    "a value and more": lambda rng, node: {"name": {"@value": "x", "id": "urn:x:y"}},
    "an object for a value": lambda rng, node: {"name": {"@value": {"x": 1}}},
}


def mutated(given, number):
    rng = random.Random(f"mutation/{number}")
    changed = copy.deepcopy(given)
    name = rng.choice(sorted(MUTATIONS))
    node = rng.choice(list(objects(changed)))
    node.update(MUTATIONS[name](rng, node))
    return name, changed


def outcome(canonicalizer, given):
    try:
        return "".join(canonicalizer.canonicalize(given).lines)
    except CredentialError as error:
        return error.code


def explained(name, ours, answer):
    """Two classes of difference, both of null: one processor says that it states nothing, one refuses it.

    A list or set that is null is refused here, for processors write different lists for it. A value object
    whose value is null is refused by the peer; here it says nothing, as any other member that is null.
    """
    if name != "no value":
        return False
    return answer.error is None if ours == "rdf.json-ld" else answer.error is not None


@pytest.mark.parametrize("number", range(PARTS))
def test_a_faulty_document_is_refused_by_both_or_means_the_same_to_both(canonicalizer, bundled, number):
    documents = part(number, "faulty", FAULTY)
    changed = [mutated(given, index * PARTS + number) for index, given in enumerate(documents)]
    answers = by_jsonld_js(bundled, [given for _, given in changed])
    differing, refused, excused = [], 0, 0
    for (name, given), answer in zip(changed, answers, strict=True):
        ours = outcome(canonicalizer, given)
        refused += ours.startswith("rdf.")
        if ours.startswith("rdf.") and answer.error is not None:
            continue
        if answer.error is None and ours == without_repetition(answer.value["nquads"]):
            continue
        if explained(name, ours, answer):
            excused += 1
        else:
            differing.append((name, ours[:100], answer))
    assert differing == []
    assert refused > len(changed) * 0.8
    assert excused <= len(changed) // 50
