# ruff: noqa: E501  # one case, one line
"""Documents that are not signed as RDF, because RDF would lose something of them, or that cost too much."""

from __future__ import annotations

import pytest

from credentials.rdf.canonical import Limits
from tests.rejects.catalogue import Reject, needed, number, refused
from tests.support.json_ld import reader

API = "JSON-LD 1.1 API"
SAFE = "VC Data Integrity 1.0, 4.2"
TERMS = {
    "p": "urn:x:p",
    "q": "urn:x:q",
    "id": "@id",
    "ref": {"@id": "urn:x:ref", "@type": "@id"},
    "double": {"@id": "urn:x:double", "@type": "http://www.w3.org/2001/XMLSchema#double"},
    "list": {"@id": "urn:x:list", "@container": "@list"},
    "words": {"@id": "urn:x:words", "@container": "@language"},
    "index": {"@id": "urn:x:index", "@container": "@index"},
    "byId": {"@id": "urn:x:byId", "@container": "@id"},
    "graph": {"@id": "urn:x:graph", "@container": "@graph"},
    "graphs": {"@id": "urn:x:graphs", "@container": ["@graph", "@id"]},
    "of": {"@reverse": "urn:x:p"},
    "json": {"@id": "urn:x:json", "@type": "@json"},
    "jsonList": {"@id": "urn:x:jsonList", "@type": "@json", "@container": "@list"},
    "rtl": {"@id": "urn:x:rtl", "@direction": "rtl"},
    "rtlWords": {"@id": "urn:x:rtlWords", "@container": "@language", "@direction": "rtl"},
}


def document(number, title, code, *, clause=SAFE, context=None, limits=None, contexts=None, **members):
    whole = {"@context": TERMS if context is None else context, **members}
    return Reject(number, title, clause, code, lambda: reader(contexts, limits=limits).read(whole))


def context(number, title, code, *given, contexts=None, limits=None, clause=API, **members):
    return document(
        number, title, code, context=list(given), clause=clause, contexts=contexts, limits=limits,
        **(members or {"urn:x:p": "x"}),
    )  # fmt: skip


def deep(levels):
    return {"p": deep(levels - 1)} if levels else {"p": "x"}


PROTECTED = {"@protected": True, "name": "urn:x:name"}
CASES = [
    context("RDF-01", "contexts that define too much", "rdf.work-limit", {f"t{n}": "urn:x:t" for n in range(60)},
            limits=Limits(max_definitions=50)),
    context("RDF-02", "contexts that name contexts without end", "rdf.work-limit", "urn:c:loop",
            contexts={"urn:c:loop": {"@context": "urn:c:two"}, "urn:c:two": {"@context": {"t": "urn:x:t"}}},
            limits=Limits(max_loads=1)),
    context("RDF-03", "terms defined by each other", "rdf.json-ld", {"a": "b:x", "b": "a:x"}),
    context("RDF-04", "a keyword redefined", "rdf.json-ld", {"@id": "urn:x:id"}),
    context("RDF-05", "a protected term redefined", "rdf.json-ld", PROTECTED, {"name": "urn:x:other"}),
    context("RDF-06", "a term that reads as another IRI", "rdf.json-ld",
            {"x": {"@id": "urn:x:", "@prefix": True}, "x:name": "urn:y:name"}),
    context("RDF-07", "a datatype without an IRI", "rdf.json-ld", {"a": {"@id": "urn:x:a", "@type": "_:b"}}),
    context("RDF-08", "containers that exclude each other", "rdf.json-ld",
            {"a": {"@id": "urn:x:a", "@container": ["@list", "@set"]}}),
    context("RDF-09", "protected terms cleared away", "rdf.json-ld", PROTECTED, None),
    context("RDF-10", "an import that imports", "rdf.json-ld", {"@import": "urn:c:one"},
            contexts={"urn:c:one": {"@context": {"@import": "urn:c:two"}}, "urn:c:two": {"@context": {}}}),
    context("RDF-11", "another version", "rdf.json-ld", {"@version": 1.0}),
    context("RDF-12", "a base relative to nothing", "rdf.json-ld", {"@base": "folder/"}),
    context("RDF-13", "a vocabulary relative to nothing", "rdf.json-ld", {"@vocab": "folder/"}),
    document("RDF-14", "a type that is no text", "rdf.json-ld", **{"@type": 5, "p": "x"}, clause=API),
    document("RDF-15", "a relative identifier", "rdf.relative-iri", ref="somewhere"),
    document("RDF-16", "an undefined term", "rdf.undefined-term", isAdmin=True),
    document("RDF-17", "a blank node as property", "rdf.dropped", **{"_:p": "x"}),
    document("RDF-18", "a property with a space in its IRI", "rdf.relative-iri", **{"urn:x:a b": "x"}),
    document("RDF-19", "a text of rdf:langString without language", "rdf.language",
             p={"@value": "x", "@type": "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"}),
    document("RDF-20", "a language tag that is none", "rdf.language", p={"@value": "x", "@language": "not a tag"},
             clause="BCP 47, 2.1"),
    document("RDF-21", "a direction from the term", "rdf.dropped", rtl="x"),
    document("RDF-22", "a number with a fraction", "rdf.number", p=1.5),
    document("RDF-23", "a list that has a value", "rdf.json-ld", p={"@value": "x", "@list": []}, clause=API),
    document("RDF-24", "a value with datatype and language", "rdf.json-ld",
             p={"@value": "x", "@type": "urn:x:t", "@language": "en"}, clause=API),
    document("RDF-25", "a direction in a value object", "rdf.dropped", p={"@value": "x", "@direction": "rtl"}),
    document("RDF-26", "a double that is not in canonical form", "rdf.number", double="5.50"),
    document("RDF-27", "a control character", "rdf.text", p="\x01"),
    document("RDF-28", "too many values in lists", "rdf.work-limit", p=["a", "b", "c"], limits=Limits(max_listed=2)),
    document("RDF-29", "nesting that is too deep", "rdf.depth", context={"p": "urn:x:p"}, **deep(3), limits=Limits(max_depth=3)),
    document("RDF-30", "an identifier that is no text", "rdf.json-ld", **{"@id": 5, "p": "x"}, clause=API),
    document("RDF-31", "an identifier of which nothing is said", "rdf.dropped",
             **{"@graph": [{"p": "x"}, {"@id": "urn:x:lost"}]}),
    document("RDF-32", "a text that belongs to no property", "rdf.dropped", **{"@graph": [{"p": "x"}, "lost"]}),
    document("RDF-33", "a text as subject of a reverse property", "rdf.json-ld", of="x", clause=API),
    document("RDF-34", "an index", "rdf.dropped", **{"@index": "x", "p": "x"}),
    document("RDF-35", "a language of a node", "rdf.dropped", **{"@language": "en", "p": "x"}),
    document("RDF-36", "a value beside a graph", "rdf.json-ld", **{"@graph": [{"p": "x"}], "q": {"@value": None}}),
    document("RDF-37", "a value that belongs to no property", "rdf.dropped",
             **{"@graph": [{"p": "x"}, {"@value": "lost"}]}),
    document("RDF-38", "a set that is a list too", "rdf.json-ld", p={"@set": ["x"], "@list": ["y"]}, clause=API),
    document("RDF-39", "two identifiers", "rdf.json-ld", **{"@id": "urn:x:a", "id": "urn:x:b", "p": "x"}, clause=API),
    document("RDF-40", "the index of a value", "rdf.dropped", p={"@value": "x", "@index": "y"}),
    document("RDF-41", "a value that stands twice", "rdf.json-ld", context={**TERMS, "value": "@value"},
             p={"@value": "x", "value": "y"}, clause=API),
    document("RDF-42", "a text that is included", "rdf.json-ld", **{"@included": [{"p": "x"}, None], "q": "y"},
             clause=API),
    document("RDF-43", "a keyword in a reverse map", "rdf.json-ld", **{"@reverse": {"@index": {"@id": "urn:x:s"}}, "p": "x"},
             clause=API),
    document("RDF-44", "a text in a reverse map", "rdf.json-ld", **{"@reverse": {"p": "x"}}, clause=API),
    document("RDF-45", "a text that is nested", "rdf.json-ld", **{"@nest": "x", "p": "x"}, clause=API),
    document("RDF-46", "an identifier that is nested", "rdf.dropped", **{"@nest": {"@id": "urn:x:s"}, "p": "x"}),
    document("RDF-47", "a number in a language map", "rdf.json-ld", words={"en": 5}, clause=API),
    document("RDF-48", "a direction of a language map", "rdf.dropped", rtlWords={"en": "x"}),
    document("RDF-49", "two datatypes", "rdf.json-ld", p={"@value": "x", "@type": ["urn:x:a", "urn:x:b"]}, clause=API),
    document("RDF-50", "a value in a graph of its own", "rdf.dropped", graph={"@value": "x"}),
    document("RDF-51", "a graph with nothing but an identifier", "rdf.dropped", graph={"@id": "urn:x:lost"}),
    document("RDF-52", "an index map", "rdf.dropped", index={"lost": "x"}),
    document("RDF-53", "a value in a map by identifiers", "rdf.json-ld", byId={"urn:x:s": {"@value": "x"}},
             clause=API),
    document("RDF-54", "a node with another identifier than its key", "rdf.dropped",
             byId={"urn:x:lost": {"@id": "urn:x:s", "p": "x"}}),
    document("RDF-55", "a document that is too long", "rdf.work-limit", p="x", limits=Limits(max_bytes=100)),
    document("RDF-56", "a document that says nothing", "rdf.empty"),
    document("RDF-57", "too many statements", "rdf.work-limit", p="x", q="y", limits=Limits(max_quads=1)),
    document("RDF-58", "a set in a list", "rdf.json-ld", list=[{"@set": ["x"]}], clause=API),
    document("RDF-59", "JSON in a list", "rdf.json-ld", jsonList=[1], clause=API),
    document("RDF-60", "a map of graphs of which one may be a graph", "rdf.json-ld",
             graphs={"urn:x:g": {"@graph": [{"p": "x"}], "q": None}}, clause=API),
    document("RDF-61", "a number with a language", "rdf.json-ld", p={"@value": 5, "@language": "en"}, clause=API),
    document("RDF-62", "an object as value", "rdf.json-ld", p={"@value": {}}, clause=API),
    document("RDF-63", "a scoped context that makes a list of its own term", "rdf.json-ld",
             context={"p": {"@id": "urn:x:p", "@context": {"p": {"@id": "urn:x:p", "@container": "@list"}}}}, p="x"),
    document("RDF-64", "a list that is null", "rdf.json-ld", p={"@list": None}, clause=API),
    document("RDF-65", "a nested type with a context", "rdf.json-ld", clause=API,
             context={"T": {"@id": "urn:x:T", "@context": {}}}, **{"@nest": {"@type": "T"}}),
    document("RDF-66", "a keyword as key of a map", "rdf.json-ld", byId={"@list": {"p": "x"}}, clause=API),
    document("RDF-67", "an array in a set that is a list", "rdf.json-ld", list={"@set": [["x"]]}, clause=API),
    context("RDF-68", "a context in an array that does not propagate", "rdf.json-ld",
            {"@propagate": False, "p": "urn:x:p"}),
    context("RDF-72", "a context of a type that clears all others", "rdf.json-ld",
            {"T": {"@id": "urn:x:T", "@context": None}}, **{"@type": "T", "urn:x:p": "x"}),
    document("RDF-73", "a type in a map whose context redefines it", "rdf.json-ld", byType={"T": {"urn:x:q": "x"}},
             context={"byType": {"@id": "urn:x:byType", "@container": "@type"},
                      "T": {"@id": "urn:x:T", "@context": {"T": "urn:x:U"}}}),
    document("RDF-74", "an index of a property that has a context", "rdf.json-ld", by={"x": {"@id": "urn:x:s"}}, clause=API,
             context={"by": {"@id": "urn:x:by", "@container": "@index", "@index": "urn:x:i", "@context": {}}}),
    document("RDF-75", "a node where a map of graphs is expected", "rdf.json-ld", graphs=[{"p": "x"}], clause=API),
    document("RDF-77", "a set of a property with a context, below a type with a context", "rdf.json-ld", clause=API,
             context={"p": {"@id": "urn:x:p", "@context": {}}, "T": {"@id": "urn:x:T", "@context": {}}},
             **{"@type": "T", "p": {"@set": ["x"]}}),
    document("RDF-69", "two graphs", "rdf.json-ld", context={**TERMS, "g": "@graph"},
             **{"@graph": [{"p": "x"}], "g": [{"p": "y"}], "q": "z"}, clause=API),
    document("RDF-70", "two reverse maps", "rdf.json-ld", context={**TERMS, "rev": "@reverse"},
             **{"@reverse": {"p": {"q": "x"}}, "rev": {"p": {"q": "y"}}}, clause=API),
    document("RDF-71", "a value with a context, below a type with a context", "rdf.json-ld",
             context={**TERMS, "T": {"@id": "urn:x:T", "@context": {}}},
             **{"@type": "T", "p": {"@context": {}, "@value": "x"}}, clause=API),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=number)
def test_is_refused(case):
    refused(case)


@pytest.mark.parametrize("case", CASES, ids=number)
def test_needs_its_check(case):
    needed(case)
