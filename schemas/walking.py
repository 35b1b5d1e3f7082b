"""Walking through a JSON Schema: where its subschemas are, how deep, and how often each is asked.

Text: JSON Schema 2020-12, Core, 8.2 (identifiers and references) and 10 (applicators).

Invariants, of every schema that `measure` lets pass:
- references are JSON Pointers into the schema itself, and lead to something;
- no schema contains itself, however it says so, so that it can be written out;
- written out, it has at most `max_subschemas` subschemas: validation asks each at most once for each value;
- it has at most `max_patterns` regular expressions.

What is not here: whether the keywords have values that they may have (`schemas.admission`, `json_schemas`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from schemas.errors import SchemasError
from schemas.limits import LIMITS, SchemaLimits

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE: Final = (
    *("additionalProperties", "unevaluatedProperties", "propertyNames"),
    *("items", "unevaluatedItems", "contains"),
    *("if", "then", "else", "not", "contentSchema"),
)
SEVERAL: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
NAMED: Final = ("properties", "patternProperties", "dependentSchemas", "$defs")
DYNAMIC: Final = ("$dynamicRef", "$dynamicAnchor", "$anchor", "$recursiveRef", "$vocabulary")
_CLAUSE: Final = "JSON Schema 2020-12 Core, 8.2"
Pointer = tuple[str, ...]


def measure(schema: dict[str, Any], limits: SchemaLimits = LIMITS) -> None:
    """Check that a schema is closed in itself and small when it is written out.

    Raises `SchemasError`: ``schema.reference``, ``schema.recursive``, ``schema.too-large``.
    """
    _check_depth(schema, limits)
    _Measure(schema, limits).size(())


def below(schema: object) -> Iterator[tuple[Pointer, object]]:
    """The direct subschemas, each with its place."""
    if not isinstance(schema, dict):
        return
    for keyword in ONE:
        if keyword in schema:
            yield (keyword,), schema[keyword]
    for keyword in SEVERAL:
        for number, item in enumerate(_list(schema.get(keyword))):
            yield (keyword, str(number)), item
    for keyword in NAMED:
        for name, item in _dict(schema.get(keyword)).items():
            yield (keyword, name), item


def target(root: dict[str, Any], reference: object) -> Pointer:
    """Where a reference leads, as the parts of a JSON Pointer. Raises ``schema.reference``."""
    # [SCH-02] a reference stays inside
    if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
        raise SchemasError(
            "schema.reference",
            f"$ref must be a JSON Pointer into the schema itself, found {str(reference)[:100]!r}",
            remedy="copy what you refer to under $defs, and write #/$defs/NAME; nothing is ever fetched",
            clause=_CLAUSE,
        )
    parts = tuple(unquote(part).replace("~1", "/").replace("~0", "~") for part in reference.split("/")[1:])
    # [SCH-33] and to a schema, not into the middle of something
    if not _is_place_of_schema(parts):
        raise SchemasError(
            "schema.reference",
            f"$ref {reference[:100]!r} does not lead to a schema",
            remedy="put what you refer to under $defs, and write #/$defs/NAME",
            clause=_CLAUSE,
        )
    at(root, parts)
    return parts


def _is_place_of_schema(parts: Pointer) -> bool:
    rest = list(parts)
    while rest:
        keyword = rest.pop(0)
        if keyword in SEVERAL or keyword in NAMED:
            if not rest:
                return False
            rest.pop(0)
        elif keyword not in ONE:
            return False
    return True


def at(root: object, place: Pointer) -> object:
    """What stands at a place. Raises ``schema.reference`` where nothing does."""
    found = root
    for part in place:
        if isinstance(found, dict) and part in found:
            found = found[part]
        elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            raise SchemasError(
                "schema.reference", f"{written(place)} leads to nothing in the schema", clause=_CLAUSE
            )
    return found


def written(place: Pointer) -> str:
    """A place as a JSON Pointer in a fragment, to show."""
    return "#" + "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in place)


class _Measure:
    """The size of each place when it is written out, worked out once."""

    def __init__(self, root: dict[str, Any], limits: SchemaLimits) -> None:
        self._root = root
        self._limits = limits
        self._sizes: dict[Pointer, int] = {}
        self._open: set[Pointer] = set()
        self._patterns = 0

    def size(self, place: Pointer) -> int:
        known = self._sizes.get(place)
        if known is not None:
            return known
        # [SCH-03] nothing contains itself
        if place in self._open or len(self._open) > self._limits.max_chain:
            raise SchemasError(
                "schema.recursive",
                f"{written(place)} contains itself, or refers through too many others",
                remedy="write out as many levels as claims can have",
                clause=_CLAUSE,
            )
        self._open.add(place)
        schema = at(self._root, place)
        total = 1
        for part, _ in list(below(schema)):  # no generator stays open while we descend
            total += self.size(place + part)
        if isinstance(schema, dict):
            _check_static(schema, place)
            self._count_patterns(schema)
            if "$ref" in schema:
                total += self.size(target(self._root, schema["$ref"]))
        self._open.discard(place)
        # [SCH-04] small when written out
        if total > self._limits.max_subschemas:
            raise SchemasError(
                "schema.too-large",
                f"written out, the schema has more than {self._limits.max_subschemas} subschemas",
                remedy="refer less often to what refers to others",
            )
        self._sizes[place] = total
        return total

    def _count_patterns(self, schema: dict[str, Any]) -> None:
        self._patterns += ("pattern" in schema) + len(_dict(schema.get("patternProperties")))
        # [SCH-29] each takes memory when it is compiled
        if self._patterns > self._limits.max_patterns:
            raise SchemasError(
                "schema.too-large",
                f"more than {self._limits.max_patterns} regular expressions",
                remedy="give one name under $defs to what several claims must match",
            )


def _check_static(schema: dict[str, Any], place: Pointer) -> None:
    for keyword in DYNAMIC:
        if keyword in schema:
            raise SchemasError(
                "schema.reference",
                f"{keyword} at {written(place)} is not accepted",
                remedy="refer by $ref and a JSON Pointer",
                clause=_CLAUSE,
            )
    # [SCH-05] one resource
    if place and ("$id" in schema or "$schema" in schema):
        raise SchemasError(
            "schema.reference",
            f"{written(place)} has an $id or $schema of its own",
            remedy="leave it out: a published schema is one resource",
            clause=_CLAUSE,
        )


def _check_depth(schema: object, limits: SchemaLimits) -> None:
    level: list[object] = [schema]
    for _ in range(limits.max_depth):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return
    raise SchemasError("schema.too-large", f"the schema is nested deeper than {limits.max_depth}")


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
