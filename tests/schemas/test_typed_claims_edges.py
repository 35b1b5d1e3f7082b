"""Typed claims at the edges: one bound alone, equal bounds, the largest scale, and where a fault stands."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from schemas import typed_claims
from schemas.errors import SchemasError
from schemas.typed_claims import TypedClaim
from tests.schemas.claims import credential_schema

AT = "/credentialSubject/a"
DECIMAL = {"type": "string", "avow:decimal": 2}
DATE = {"type": "string", "format": "date"}


def typed(schema):
    subject = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
    return typed_claims.typed_claims(credential_schema(subject))


def refusal(schema):
    with pytest.raises(SchemasError) as caught:
        typed(schema)
    assert caught.value.code == "schema.typed-claims"
    return caught.value.detail


@pytest.mark.parametrize(
    ("schema", "kind", "least", "most"),
    [
        ({"type": "integer", "maximum": 5}, "integer", None, 5),
        ({"type": "integer", "minimum": 5}, "integer", 5, None),
        ({"type": "integer", "minimum": 5, "maximum": 5}, "integer", 5, 5),
        ({**DATE, "avow:maximum": "2000-01-01"}, "date", None, dt.date(2000, 1, 1)),
        ({**DATE, "avow:minimum": "2000-01-01"}, "date", dt.date(2000, 1, 1), None),
        ({**DECIMAL, "avow:minimum": "1", "avow:maximum": "1.0"}, "decimal", Decimal(1), Decimal(1)),
        ({**DECIMAL, "avow:minimum": "1", "allOf": [{"avow:minimum": "2"}]}, "decimal", Decimal(2), None),
        ({**DECIMAL, "avow:maximum": "1", "allOf": [{"avow:maximum": "2"}]}, "decimal", None, Decimal(1)),
    ],
)  # fmt: skip
def test_bounds_are_the_narrowest_of_those_that_there_are(schema, kind, least, most):
    (found,) = typed(schema)
    assert (found.kind, found.minimum, found.maximum) == (kind, least, most)


@pytest.mark.parametrize("scale", [0, 18])
def test_the_smallest_and_the_largest_scale(scale):
    (found,) = typed({"type": "string", "avow:decimal": scale, "allOf": [{"avow:decimal": scale}]})
    assert found.scale == scale


@pytest.mark.parametrize(("one", "other"), [(1, True), (True, 1), (2, 2.0), (2.0, 2), (2, 3), (2, "2")])
def test_a_scale_is_one_number_wherever_it_is_said(one, other):
    schema = {"type": "string", "avow:decimal": one, "allOf": [{"avow:decimal": other}]}
    assert "one number" in refusal(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "avow:decimal": 2},
        {"enum": ["a"], "const": "b"},
        {"type": "integer", "minimum": 5, "maximum": 4},
        {**DECIMAL, "avow:minimum": "2", "avow:maximum": "1"},
        {**DECIMAL, "avow:maximum": "x"},
        {"type": "string", "avow:decimal": 19},
    ],
    ids=str,
)
def test_a_fault_begins_with_its_place(schema):
    assert refusal(schema).startswith(f"{AT} ")


def test_too_many_claims_are_the_fault_of_the_schema():
    many = {"type": "object", "properties": {f"c{n}": {"type": "boolean"} for n in range(65)}}
    assert refusal(many).startswith("the schema has 65 typed claims")


def test_a_code_list_has_65535_codes_at_most():
    codes = [str(number) for number in range(65_536)]
    assert typed_claims._listed([], codes[1:], AT, optional=False) == TypedClaim(
        AT, "enumeration", codes=tuple(codes[1:])
    )
    with pytest.raises(SchemasError) as caught:
        typed_claims._listed([], codes, AT, optional=False)
    assert caught.value.detail.startswith(f"{AT} has 65536 codes")


def test_names_of_nodes_are_no_claims_further_down_either():
    text = {"type": "string"}
    nested = {"type": "object", "properties": {"id": text, "type": text, "@context": text, "name": text}}
    assert [found.pointer for found in typed(nested)] == [f"{AT}/name"]
