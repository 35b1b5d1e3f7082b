"""What a JSON Schema says about the claims of a credential: which there are, and of what kind.

Text: JSON Schema 2020-12, Core 10 (applicators) and Validation 6.

A schema is a set of demands; what is derived from it (a context, a type document) needs a list of claims.
`subject` reads it from all the places where a schema may speak of a member: properties, references, allOf,
the branches of anyOf and oneOf, and what stands under a condition.

Invariants:
- what all of several demands must hold is narrowed, what one of several branches allows is widened;
- a kind or format that is not said for certain is not said at all.

The schema must have passed `schemas.walking`, which bounds what is written out here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from schemas import walking

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

OBJECT: Final = frozenset({"object"})
ARRAY: Final = frozenset({"array"})
NUMBERS: Final = frozenset({"integer", "number"})
ORDERED: Final = "x-ordered"
"""Our annotation of an array whose order matters; JSON Schema lets unknown keywords stand."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of one value. None: nothing is said.

    `kinds` are JSON Schema's types; `formats` the formats that all texts here have; `names` the texts that
    `const` and `enum` allow; `required` the members that must be there.
    """

    kinds: frozenset[str] | None = None
    formats: frozenset[str] = frozenset()
    names: tuple[str, ...] | None = None
    members: Mapping[str, Shape] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    items: Shape | None = None
    ordered: bool = False
    unique: bool = False
    min_items: int = 0
    title: str = ""
    description: str = ""
    mapped: bool = False
    """Whether members may have any name and still a schema, as by patternProperties."""


NOTHING: Final = Shape()


def subject(schema: dict[str, Any]) -> Shape:
    """What the schema of a credential says about one subject, be there one or several."""
    found = _read(schema, schema).members.get("credentialSubject", NOTHING)
    if not found.members and found.items is not None:
        return found.items
    return found


def _read(schema: object, root: dict[str, Any]) -> Shape:
    if not isinstance(schema, dict):
        return NOTHING
    parts = [_own(schema, root)]
    if "$ref" in schema:
        parts.append(_read(walking.at(root, walking.target(root, schema["$ref"])), root))
    parts += [_read(item, root) for item in schema.get("allOf", ())]
    for keyword in ("anyOf", "oneOf"):
        branches = [_read(item, root) for item in schema.get(keyword, ()) if item is not False]
        if branches:
            parts.append(reduce(_either, branches))
    conditional = [schema.get("then"), schema.get("else"), *schema.get("dependentSchemas", {}).values()]
    return reduce(_supplemented, (_read(item, root) for item in conditional), reduce(_both, parts))


def _own(schema: dict[str, Any], root: dict[str, Any]) -> Shape:
    """What the schema says by itself."""
    kinds, names = _kinds(schema), _names(schema)
    members = {name: _read(item, root) for name, item in schema.get("properties", {}).items()}
    items = _items(schema, root)
    if kinds is None and members:
        kinds = OBJECT
    if kinds is None and items is not None:
        kinds = ARRAY
    return Shape(
        kinds=kinds,
        formats=frozenset({schema["format"]}) if "format" in schema else frozenset(),
        names=names,
        members=members,
        required=frozenset(schema.get("required", ())),
        items=items,
        ordered=schema.get(ORDERED) is True,
        unique=schema.get("uniqueItems") is True,
        min_items=int(schema.get("minItems", 0)),
        title=str(schema.get("title", "")),
        description=str(schema.get("description", "")),
        mapped="patternProperties" in schema or isinstance(schema.get("additionalProperties"), dict),
    )


def _items(schema: dict[str, Any], root: dict[str, Any]) -> Shape | None:
    found = [_read(item, root) for item in schema.get("prefixItems", ())]
    if isinstance(schema.get("items"), dict):
        found.append(_read(schema["items"], root))
    return reduce(_either, found) if found else None


def _kinds(schema: dict[str, Any]) -> frozenset[str] | None:
    said = schema.get("type")
    if said is not None:
        kinds = frozenset({said} if isinstance(said, str) else said)
        return kinds - {"integer"} if "number" in kinds else kinds
    values = _values(schema)
    return None if values is None else frozenset(_kind(value) for value in values)


def _kind(value: object) -> str:
    if value is None:
        return "null"
    kinds = {bool: "boolean", str: "string", int: "integer", list: "array", dict: "object"}
    return kinds.get(type(value), "number")


def _names(schema: dict[str, Any]) -> tuple[str, ...] | None:
    values = _values(schema)
    return None if values is None else tuple(value for value in values if isinstance(value, str))


def _values(schema: dict[str, Any]) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values = schema.get("enum")
    return list(values) if isinstance(values, list) else None


def _both(one: Shape, other: Shape) -> Shape:
    """What holds where both hold."""
    return Shape(
        kinds=_narrowed(one.kinds, other.kinds),
        formats=one.formats | other.formats,
        names=one.names if other.names is None else other.names,
        members=_merged(one.members, other.members, _both),
        required=one.required | other.required,
        items=_item(one.items, other.items, _both),
        ordered=one.ordered or other.ordered,
        unique=one.unique or other.unique,
        min_items=max(one.min_items, other.min_items),
        title=one.title or other.title,
        description=one.description or other.description,
        mapped=one.mapped or other.mapped,
    )


def _either(one: Shape, other: Shape) -> Shape:
    """What holds where one of them holds, it is not known which."""
    known = one.kinds is not None and other.kinds is not None
    named = one.names is not None and other.names is not None
    return Shape(
        kinds=(one.kinds or frozenset()) | (other.kinds or frozenset()) if known else None,
        formats=one.formats & other.formats,
        names=tuple(dict.fromkeys((*(one.names or ()), *(other.names or ())))) if named else None,
        members=_merged(one.members, other.members, _either),
        required=one.required & other.required,
        items=_item(one.items, other.items, _either),
        ordered=one.ordered or other.ordered,
        unique=one.unique and other.unique,
        min_items=min(one.min_items, other.min_items),
        title=one.title or other.title,
        description=one.description or other.description,
        mapped=one.mapped or other.mapped,
    )


def _supplemented(one: Shape, other: Shape) -> Shape:
    """`one`, and the members that only `other` names: what stands under a condition holds sometimes."""
    return replace(
        one,
        members=_merged(one.members, other.members, _supplemented),
        items=_item(one.items, other.items, _supplemented),
    )


def _narrowed(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return other if one is None else one
    # An integer is a number: where either is demanded of it, it is an integer.
    whole = {"integer"} if (one | other) >= NUMBERS else set()
    return (one & other) | whole


def _item(one: Shape | None, other: Shape | None, combine: Callable[[Shape, Shape], Shape]) -> Shape | None:
    if one is None or other is None:
        return other if one is None else one
    return combine(one, other)


def _merged(
    one: Mapping[str, Shape], other: Mapping[str, Shape], combine: Callable[[Shape, Shape], Shape]
) -> Mapping[str, Shape]:
    merged = dict(one)
    for name, shape in other.items():
        merged[name] = combine(merged[name], shape) if name in merged else shape
    return merged
