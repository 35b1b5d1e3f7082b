"""The W3C suite for JSON-LD to RDF: the right statements or a refusal, and no negative case accepted."""

from __future__ import annotations

import collections
import json

import pyoxigraph
import pytest

from credentials.errors import CredentialError
from credentials.rdf.canonical import Limits
from credentials.rdf.nquads import write
from credentials.rdf.reader import Reader
from schemas import SchemasError
from tests.support import vectors

FOLDER = "jsonld-toRdf"


class Suite:
    """The contexts of the suite, by their URLs or relative to it."""

    def __init__(self, base):
        self._base = base

    def __contains__(self, url):
        return True

    def load(self, url):
        name = url.removeprefix(self._base) if ":" in url else f"toRdf/{url}"
        file = vectors.path(FOLDER) / name
        if not file.is_file():
            raise SchemasError("context.unknown", url)
        return json.loads(file.read_bytes())


def canonical(text):
    dataset = pyoxigraph.Dataset(pyoxigraph.parse(text, pyoxigraph.RdfFormat.N_QUADS, lenient=True))
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(map(str, dataset))


def with_base(entry, base):
    """The input, whose relative IRIs are relative to its own address: it has to say so itself here."""
    options = entry.get("option", {})
    document = vectors.load(FOLDER, entry["input"])
    if isinstance(document, list):
        document = {"@context": [], "@graph": document}
    before = [{"@base": options.get("base", base + entry["input"])}]
    if "expandContext" in options:
        before.append(vectors.load(FOLDER, options["expandContext"])["@context"])
    own = document.get("@context", [])
    return {**document, "@context": before + (own if isinstance(own, list) else [own])}


def is_for_version_1_0(entry):
    options = entry.get("option", {})
    return "json-ld-1.0" in (options.get("specVersion"), options.get("processingMode"))


def cases():
    manifest = vectors.load(FOLDER, "toRdf-manifest.jsonld")
    for entry in manifest["sequence"]:
        readable = entry["input"].endswith(".jsonld") and (vectors.path(FOLDER) / entry["input"]).exists()
        if readable and not is_for_version_1_0(entry):
            yield entry, manifest["baseIri"]


def outcome(entry, base):
    try:
        found = Reader(Suite(base), Limits(), unsafe_doubles=True).read(with_base(entry, base))
    except CredentialError as error:
        if error.code == "rdf.empty" and "expect" in entry:
            empty = not vectors.path(FOLDER, entry["expect"]).read_bytes().strip()
            return "identical" if empty else "wrong"
        assert error.code.startswith("rdf.")  # noqa: PT017  # the outcomes are counted
        return "refused"
    if "expect" not in entry:
        return "accepted"
    expected = vectors.path(FOLDER, entry["expect"]).read_bytes().decode()
    same = canonical("".join(map(write, found.quads))) == canonical(expected)
    return "identical" if same else "wrong"


@pytest.fixture(scope="module")
def outcomes():
    found = collections.defaultdict(dict)
    for entry, base in cases():
        kind = next(one for one in ("Positive", "Negative") if one in "".join(entry["@type"]))
        if "expect" not in entry and kind == "Positive":
            kind = "Syntax"
        found[kind][entry["@id"]] = outcome(entry, base)
    return found


def of(outcomes, what):
    return [case for case, outcome in outcomes.items() if outcome == what]


def test_positive_cases_are_identical_or_refused(outcomes):
    positive = outcomes["Positive"]
    counts = collections.Counter(positive.values())
    print(f"identical {counts['identical']}, refused {counts['refused']}")  # noqa: T201  # seen with -s
    assert of(positive, "wrong") == []
    assert counts["identical"] >= 277
    assert sum(counts.values()) == 339


def test_no_negative_case_is_accepted(outcomes):
    negative = outcomes["Negative"]
    assert of(negative, "accepted") == []
    assert len(negative) == 92
    assert len(of(outcomes["Syntax"], "accepted")) >= 11
