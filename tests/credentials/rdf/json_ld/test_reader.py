"""The reader by its features: what each construct of JSON-LD says."""

from __future__ import annotations

import pytest

from tests.support.json_ld import lines

XSD = "http://www.w3.org/2001/XMLSchema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
S = {"@id": "urn:x:s"}


def said(context, **members):
    return lines({"@context": context, **S, **members})


VALUES = {
    "text": ("x", '"x"'),
    "quoted text": ('a"b\\c\nd\té', '"a\\"b\\\\c\\nd\\té"'),
    "whole number": (7, f'"7"^^<{XSD}integer>'),
    "whole number with a point": (7.0, f'"7"^^<{XSD}integer>'),
    "minus nothing": (-0.0, f'"0"^^<{XSD}integer>'),
    "largest number": (2**53 - 1, f'"9007199254740991"^^<{XSD}integer>'),
    "truth": (True, f'"true"^^<{XSD}boolean>'),
    "untruth": (False, f'"false"^^<{XSD}boolean>'),
    "value": ({"@value": "x"}, '"x"'),
    "value with datatype": ({"@value": "x", "@type": "urn:x:t"}, '"x"^^<urn:x:t>'),
    "number with datatype": ({"@value": 5, "@type": XSD + "double"}, f'"5.0E0"^^<{XSD}double>'),
    "string is not written": ({"@value": "x", "@type": XSD + "string"}, '"x"'),
    "language in lower case": ({"@value": "x", "@language": "pt-BR"}, '"x"@pt-br'),
    "no language": ({"@value": "x", "@language": None}, '"x"'),
    "JSON": (
        {"@value": {"b": [1], "a": "\n"}, "@type": "@json"},
        f'"{{\\"a\\":\\"\\\\n\\",\\"b\\":[1]}}"^^<{RDF}JSON>',
    ),
    "JSON null": ({"@value": None, "@type": "@json"}, f'"null"^^<{RDF}JSON>'),
    "node": ({"@id": "urn:x:o"}, "<urn:x:o>"),
    "empty list": ({"@list": []}, f"<{RDF}nil>"),
}


@pytest.mark.parametrize(("value", "expected"), VALUES.values(), ids=VALUES)
def test_values(value, expected):
    assert said({"p": "urn:x:p"}, p=value) == [f"<urn:x:s> <urn:x:p> {expected}"]


@pytest.mark.parametrize("value", [None, [], [None], {"@value": None}, {"@set": []}, [[], None]])
def test_members_without_a_value_say_nothing(value):
    assert said({"p": "urn:x:p", "q": "urn:x:q"}, p=value, q="x") == ['<urn:x:s> <urn:x:q> "x"']


COERCED = {
    "identifier": ({"@type": "@id"}, "urn:x:o", "<urn:x:o>"),
    "term": ({"@type": "@vocab"}, "p", "<urn:x:p>"),
    "datatype": ({"@type": "urn:x:t"}, "x", '"x"^^<urn:x:t>'),
    "datatype of a number": ({"@type": "urn:x:t"}, 5, '"5"^^<urn:x:t>'),
    "language": ({"@language": "EN"}, "x", '"x"@en'),
    "no coercion": ({"@type": "@none"}, "x", '"x"@de'),
    "no language of a number": ({"@language": "en"}, 5, f'"5"^^<{XSD}integer>'),
    "JSON null": ({"@type": "@json"}, None, f'"null"^^<{RDF}JSON>'),
    "language map": ({"@container": "@language"}, {"fr": ["x"]}, '"x"@fr'),
    "language map, none": ({"@container": "@language"}, {"@none": "x"}, '"x"'),
}


@pytest.mark.parametrize(("how", "value", "expected"), COERCED.values(), ids=COERCED)
def test_coercions(how, value, expected):
    context = {"p": {"@id": "urn:x:p", **how}, "@language": "de"}
    assert said(context, p=value) == [f"<urn:x:s> <urn:x:p> {expected}"]


def contained(*container, **more):
    return {"p": {"@id": "urn:x:p", "@container": list(container), **more}, "q": "urn:x:q", "T": "urn:x:T"}


CONTAINERS = {
    "list": (
        contained("@list"),
        ["x", "y"],
        [
            f'_:b0 <{RDF}first> "y"',
            f"_:b0 <{RDF}rest> <{RDF}nil>",
            f'_:b1 <{RDF}first> "x"',
            f"_:b1 <{RDF}rest> _:b0",
            "<urn:x:s> <urn:x:p> _:b1",
        ],
    ),
    "identifiers": (
        contained("@id"),
        {"urn:x:o": {"q": "x"}},
        ["<urn:x:s> <urn:x:p> <urn:x:o>", '<urn:x:o> <urn:x:q> "x"'],
    ),
    "no identifier": (
        contained("@id"),
        {"@none": {"q": "x"}},
        ["<urn:x:s> <urn:x:p> _:b0", '_:b0 <urn:x:q> "x"'],
    ),
    "types": (
        contained("@type"),
        {"T": "urn:x:o"},
        ["<urn:x:s> <urn:x:p> <urn:x:o>", f"<urn:x:o> <{RDF}type> <urn:x:T>"],
    ),
    "properties": (
        contained("@index", **{"@index": "q"}),
        {"x": S | {"@id": "urn:x:o"}},
        ["<urn:x:s> <urn:x:p> <urn:x:o>", '<urn:x:o> <urn:x:q> "x"'],
    ),
    "graph": (
        contained("@graph"),
        {"@id": "urn:x:o", "q": "x"},
        ["<urn:x:s> <urn:x:p> _:b0", '<urn:x:o> <urn:x:q> "x" _:b0'],
    ),
    "named graph": (
        contained("@graph", "@id"),
        {"urn:x:g": {"@id": "urn:x:o", "q": "x"}},
        ["<urn:x:s> <urn:x:p> <urn:x:g>", '<urn:x:o> <urn:x:q> "x" <urn:x:g>'],
    ),
}


@pytest.mark.parametrize(("context", "value", "expected"), CONTAINERS.values(), ids=CONTAINERS)
def test_containers(context, value, expected):
    assert said(context, p=value) == sorted(expected)


KEYWORDS = {
    "types": ({"@type": ["urn:x:T", "urn:x:T"]}, [f"<urn:x:s> <{RDF}type> <urn:x:T>"]),
    "graph with a name": ({"@graph": {"@id": "urn:x:o", "p": "x"}}, ['<urn:x:o> <urn:x:p> "x" <urn:x:s>']),
    "included": (
        {"@included": {"@id": "urn:x:o", "p": "x"}, "p": "y"},
        ['<urn:x:o> <urn:x:p> "x"', '<urn:x:s> <urn:x:p> "y"'],
    ),
    "nested": ({"@nest": [{"p": "x"}, {"p": "y"}]}, ['<urn:x:s> <urn:x:p> "x"', '<urn:x:s> <urn:x:p> "y"']),
    "reverse": ({"@reverse": {"p": {"@id": "urn:x:o"}}}, ["<urn:x:o> <urn:x:p> <urn:x:s>"]),
    "reverse of reverse": ({"@reverse": {"of": {"@id": "urn:x:o"}}}, ["<urn:x:s> <urn:x:p> <urn:x:o>"]),
    "reverse term": ({"of": {"@id": "urn:x:o"}}, ["<urn:x:o> <urn:x:p> <urn:x:s>"]),
    "set": ({"p": {"@set": ["x", "y", "x"]}}, ['<urn:x:s> <urn:x:p> "x"', '<urn:x:s> <urn:x:p> "y"']),
}


@pytest.mark.parametrize(("members", "expected"), KEYWORDS.values(), ids=KEYWORDS)
def test_keywords(members, expected):
    assert said({"p": "urn:x:p", "of": {"@reverse": "urn:x:p"}}, **members) == expected


def test_a_document_that_is_but_a_graph_speaks_of_the_default_graph():
    assert lines({"@context": {"p": "urn:x:p"}, "@graph": [{"p": "x"}]}) == ['_:b0 <urn:x:p> "x"']
    assert lines({"@context": {"p": "urn:x:p"}, "@graph": [{"p": "x"}], "p": "y"}) == [
        '_:b0 <urn:x:p> "y"',
        '_:b1 <urn:x:p> "x" _:b0',
    ]


def test_contexts_of_types_apply_in_order_and_to_one_object():
    """Two types with a context each: both hold, the last in order decides, and neither below."""
    context = {
        "A": {"@id": "urn:x:A", "@context": {"p": "urn:a:p", "q": "urn:a:q", "val": "@value"}},
        "B": {"@id": "urn:x:B", "@context": {"q": "urn:b:q"}},
        "p": "urn:x:p",
        "q": "urn:x:q",
    }
    found = said(context, **{"@type": ["B", "A"]}, p={"val": "x"}, q={"p": "y"})
    assert '<urn:x:s> <urn:a:p> "x"' in found
    assert "<urn:x:s> <urn:b:q> _:b0" in found
    assert '_:b0 <urn:x:p> "y"' in found


def test_the_context_of_a_property_holds_below_and_may_redefine_what_is_protected():
    context = {"@protected": True, "q": "urn:x:q", "p": {"@id": "urn:x:p", "@context": {"q": "urn:p:q"}}}
    found = said(context, p={"q": {"q": "x"}})
    assert sorted(found) == sorted(["<urn:x:s> <urn:x:p> _:b0", "_:b0 <urn:p:q> _:b1", '_:b1 <urn:p:q> "x"'])


def test_doubles_are_let_by_only_on_request():
    document = {"@context": {"p": "urn:x:p"}, **S, "p": [1.5, 1e-7]}
    assert lines(document, unsafe=True) == [
        f'<urn:x:s> <urn:x:p> "1.0E-7"^^<{XSD}double>',
        f'<urn:x:s> <urn:x:p> "1.5E0"^^<{XSD}double>',
    ]
