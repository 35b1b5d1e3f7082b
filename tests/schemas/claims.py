"""Random schemas of credentials with claims that follow them, and how many statements the claims are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

NAME = st.from_regex(r"[a-z][A-Za-z0-9_-]{0,8}", fullmatch=True)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
DATE = st.dates().map(lambda day: day.isoformat())
STAMP = st.datetimes().map(lambda at: at.replace(microsecond=0).isoformat() + "Z")
URI = st.from_regex(r"https://[a-z]{1,8}\.example/[a-z]{0,5}", fullmatch=True)
INTEGER = st.integers(-(2**53) + 1, 2**53 - 1)


@dataclass(frozen=True)
class Claim:
    """A schema, a value that follows it, and its statements in RDF: one for each leaf and each node."""

    schema: dict[str, Any]
    value: Any
    statements: int


def leaf(schema: dict[str, Any], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Claim]:
    return values.map(lambda value: Claim(schema, value, 1))


LEAVES = st.one_of(
    leaf({"type": "string"}, TEXT),
    leaf({"type": "integer"}, INTEGER),
    leaf({"type": "boolean"}, st.booleans()),
    leaf({"type": "string", "format": "date"}, DATE),
    leaf({"type": "string", "format": "date-time"}, STAMP),
    leaf({"type": "string", "format": "uri"}, URI),
    leaf({"enum": ["one", "two"]}, st.sampled_from(["one", "two"])),
    leaf({"type": ["string", "integer"]}, st.one_of(TEXT, INTEGER)),
    leaf({"allOf": [{"type": "string"}, {"maxLength": 50}]}, TEXT),
    leaf({"oneOf": [{"const": True}, {"type": "string"}]}, st.one_of(st.just(True), TEXT)),
)


def sets() -> st.SearchStrategy[Claim]:
    kinds = st.sampled_from(
        [
            ({"type": "string"}, TEXT),
            ({"type": "integer"}, INTEGER),
            ({"type": "string", "format": "uri"}, URI),
        ]
    )
    return kinds.flatmap(
        lambda kind: st.lists(kind[1], min_size=1, max_size=4, unique=True).map(
            lambda values: Claim(
                {"type": "array", "items": kind[0], "uniqueItems": True, "minItems": 1}, values, len(values)
            )
        )
    )


def lists() -> st.SearchStrategy[Claim]:
    # The claim, and two statements for each cell; none of them for an empty list, which is one name.
    return st.lists(INTEGER, max_size=4).map(
        lambda values: Claim(
            {"type": "array", "items": {"type": "integer"}, "x-ordered": True}, values, 1 + 2 * len(values)
        )
    )


def other_than(inner: dict[str, Any], name: str) -> str:
    """A name that no claim within the object has: such a schema has no context."""
    while name in inner:
        name += "x"
    return name


def objects(inner: st.SearchStrategy[Claim]) -> st.SearchStrategy[Claim]:
    def made(found: dict[str, Claim]) -> Claim:
        claims = {
            other_than(claim.schema.get("properties", {}), name): claim for name, claim in found.items()
        }
        return Claim(
            {
                "type": "object",
                "properties": {name: claim.schema for name, claim in claims.items()},
                "additionalProperties": False,
            },
            {name: claim.value for name, claim in claims.items()},
            1 + sum(claim.statements for claim in claims.values()),
        )

    return st.dictionaries(NAME.map(lambda name: f"c-{name}"), inner, min_size=1, max_size=4).map(made)


CLAIMS = st.recursive(st.one_of(LEAVES, sets(), lists()), objects, max_leaves=12)


def credential_schema(subject: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {"credentialSubject": subject}, "required": ["credentialSubject"]}
