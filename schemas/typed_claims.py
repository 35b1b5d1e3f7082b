"""Which claims of a JSON Schema a proof can speak about, and of what kind each is.

Text: JSON Schema 2020-12 (Core 10, Validation 6 and 7); `bbs-predicates-2026` version 1, sections 2.2, 2.3.

    the schema of a claim says                    kind          bounds
    "type": "integer"                             integer       minimum, maximum, exclusive forms, rounded
                                                                inwards to integers
    "enum" or "const" of integers                 integer       least and greatest of them as well
    "type": "boolean"; enum or const of booleans  boolean
    "enum" or "const" of texts                    enumeration   codes in the order of the schema
    "type": "string", "avow:decimal": scale       decimal       "avow:minimum", "avow:maximum": texts
    "type": "string", "format": "date"            date          the same
    "type": "string", "format": "date-time"       timestamp     the same
    "type": "string" otherwise                    text

Invariants
- Claims stand under `credentialSubject`; members of objects in it have pointers of their own. `id`, `type`
  and names with "@" name nodes of a graph and are no claims.
- Only what is said for certain counts: by the schema itself, by its `$ref` and by its `allOf`. Branches
  (anyOf, oneOf, if, dependentSchemas) and arrays give nothing, and a claim of two types is none.
- Optional is a claim that, or an object above which, is not in `required`.
- The result follows from the schema alone, ascends by the text of the pointers (by code points), and has at
  most `MAX_CLAIMS` entries: so the width of a credential is fixed by its schema.

Not here: scalars and slots (`zk.predicates.slots`), values (`credentials.predicates.claims`).
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from schemas import json_schemas, walking
from schemas.errors import SchemasError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DECIMAL: Final = "avow:decimal"
MINIMUM: Final = "avow:minimum"
MAXIMUM: Final = "avow:maximum"
MAX_CLAIMS: Final = 64
"""Half of the slots of a credential; the other half is for its quads."""
MAX_SCALE: Final = 18
MAX_CODES: Final = 65_535

Bound: TypeAlias = "int | Decimal | dt.date | dt.datetime"

_Parts: TypeAlias = "list[dict[str, Any]]"
_OBJECT: Final = frozenset({"object"})
_STRING: Final = frozenset({"string"})
_INTEGER: Final = frozenset({"integer"})
_BOOLEAN: Final = frozenset({"boolean"})
_NODE_NAMES: Final = frozenset({"id", "type"})
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIMESTAMP: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.0+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,18})(?:\.[0-9]{1,18})?")


@dataclass(frozen=True, slots=True)
class TypedClaim:
    """A claim that proofs can speak about.

    Attributes:
        pointer: JSON Pointer in the credential.
        kind: integer, decimal, date, timestamp, boolean, enumeration or text.
        minimum: least value in clear; None: the kind's own.
        maximum: greatest value in clear; None: the kind's own.
        optional: whether a credential may lack it.
        scale: decimal places of a decimal.
        codes: of an enumeration, in order.
    """

    pointer: str
    kind: str
    minimum: Bound | None = None
    maximum: Bound | None = None
    optional: bool = False
    scale: int | None = None
    codes: tuple[str, ...] = ()


def typed_claims(schema: dict[str, Any]) -> tuple[TypedClaim, ...]:
    """List the typed claims of a credential's schema, ascending by pointer.

    Raises `SchemasError`: ``schema.malformed``, ``.reference``, ``.recursive``, ``.too-large`` where it is no
    schema that could be published; ``schema.typed-claims`` where a claim can have no value, a keyword of ours
    is misused, or there are too many.
    """
    walking.measure(schema)
    json_schemas.compile_schema(schema)
    found = []
    for path, parts, _ in _members(_parts([schema], schema), schema, (), optional=False):
        if path == ("credentialSubject",):
            found = list(_claims(parts, schema, path, optional=False))
    if len(found) > MAX_CLAIMS:
        raise _unfit("the schema", f"has {len(found)} typed claims, at most {MAX_CLAIMS} are possible")
    return tuple(sorted(found, key=lambda claim: claim.pointer))


def read_date(text: str) -> dt.date | None:
    """Read YYYY-MM-DD; None where it is no date."""
    try:
        return dt.date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def read_timestamp(text: str) -> dt.datetime | None:
    """Read a time of RFC 3339 in whole seconds, as UTC; None where it is none."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    zone = "+00:00" if match[3] in "Zz" else match[3]
    try:
        return dt.datetime.fromisoformat(f"{match[1]}T{match[2]}{zone}").astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def read_decimal(text: str, scale: int) -> Decimal | None:
    """Read a decimal number with at most `scale` places; None where it is none."""
    if not _DECIMAL.fullmatch(text) or len(text.partition(".")[2]) > scale:
        return None
    return Decimal(text)


def _parts(schemas: list[Any], root: dict[str, Any]) -> _Parts:
    """Give everything that must hold together: the schemas, what they refer to, and their `allOf`."""
    parts: _Parts = []
    for schema in schemas:
        if isinstance(schema, dict):
            parts.append(schema)
            if "$ref" in schema:
                parts += _parts([walking.at(root, walking.target(root, schema["$ref"]))], root)
            parts += _parts(schema.get("allOf", []), root)
    return parts


def _members(
    parts: _Parts, root: dict[str, Any], path: tuple[str, ...], *, optional: bool
) -> Iterator[tuple[tuple[str, ...], _Parts, bool]]:
    """Give the members that an object is said to have: path, what is said of it, whether it is optional."""
    required = {name for part in parts for name in part.get("required", ())}
    names = dict.fromkeys(name for part in parts for name in part.get("properties", {}))
    for name in names:
        said = [part["properties"][name] for part in parts if name in part.get("properties", {})]
        yield (*path, name), _parts(said, root), optional or name not in required


def _claims(
    parts: _Parts, root: dict[str, Any], path: tuple[str, ...], *, optional: bool
) -> Iterator[TypedClaim]:
    kinds = _kinds(parts)
    if kinds == _OBJECT or (kinds is None and any("properties" in part for part in parts)):
        for below, said, lacking in _members(parts, root, path, optional=optional):
            if below[-1] not in _NODE_NAMES and not below[-1].startswith("@"):
                yield from _claims(said, root, below, optional=lacking)
        return
    claim = _claim(parts, kinds, json_schemas.pointer(path), optional=optional)
    if claim is not None and len(path) > 1:
        yield claim


def _claim(parts: _Parts, kinds: frozenset[str] | None, pointer: str, *, optional: bool) -> TypedClaim | None:
    values = _values(parts, kinds)
    scale = _scale(parts, pointer)
    if scale is not None and (kinds != _STRING or values is not None):
        raise _unfit(pointer, f'has {DECIMAL}, which needs "type": "string" and no enum or const')
    if values is not None:
        return _listed(parts, values, pointer, optional=optional)
    if kinds == _INTEGER:
        return TypedClaim(pointer, "integer", *_integers(parts, [], pointer), optional)
    if kinds == _BOOLEAN:
        return TypedClaim(pointer, "boolean", optional=optional)
    if kinds != _STRING:
        return None
    if scale is not None:
        read = partial(read_decimal, scale=scale)
        return TypedClaim(pointer, "decimal", *_bounds(parts, read, pointer), optional, scale)
    formats = {part["format"] for part in parts if "format" in part}
    if formats == {"date"}:
        return TypedClaim(pointer, "date", *_bounds(parts, read_date, pointer), optional)
    if formats == {"date-time"}:
        return TypedClaim(pointer, "timestamp", *_bounds(parts, read_timestamp, pointer), optional)
    return TypedClaim(pointer, "text", optional=optional)


def _kinds(parts: _Parts) -> frozenset[str] | None:
    """Give the types that all parts allow; None where none of them says."""
    kinds: frozenset[str] | None = None
    for said in (part["type"] for part in parts if "type" in part):
        allowed = {said} if isinstance(said, str) else set(said)
        if "number" in allowed:
            allowed.add("integer")
        kinds = frozenset(allowed) if kinds is None else kinds & allowed
    return kinds


def _values(parts: _Parts, kinds: frozenset[str] | None) -> list[Any] | None:
    """Give the values that every enum and const allows, in the order of the first; None without any."""
    lists = [part["enum"] for part in parts if "enum" in part]
    lists += [[part["const"]] for part in parts if "const" in part]
    if not lists:
        return None
    names = {bool: "boolean", str: "string", int: "integer"}
    others = [set(map(_mark, other)) for other in lists[1:]]
    kept = {
        mark: value
        for mark, value in zip(map(_mark, lists[0]), lists[0], strict=True)
        if all(mark in other for other in others) and (kinds is None or names.get(type(value), "") in kinds)
    }
    return list(kept.values())


def _mark(value: object) -> tuple[type, str]:
    """Tell values apart as JSON does: true is not 1."""
    return type(value), str(value)


def _listed(parts: _Parts, values: list[Any], pointer: str, *, optional: bool) -> TypedClaim | None:
    if not values:
        raise _unfit(pointer, "allows no value that its enum, const and type agree on")
    kinds = {type(value) for value in values}
    if kinds == {str}:
        if len(values) > MAX_CODES:
            raise _unfit(pointer, f"has {len(values)} codes, at most {MAX_CODES} are possible")
        return TypedClaim(pointer, "enumeration", optional=optional, codes=tuple(values))
    if kinds == {bool}:
        return TypedClaim(pointer, "boolean", optional=optional)
    if kinds == {int}:
        return TypedClaim(pointer, "integer", *_integers(parts, values, pointer), optional)
    return None


def _integers(parts: _Parts, values: list[int], pointer: str) -> tuple[int | None, int | None]:
    least = [min(values)] if values else []
    most = [max(values)] if values else []
    for part in parts:
        least += [math.ceil(part[name]) for name in ("minimum",) if name in part]
        least += [math.floor(part[name]) + 1 for name in ("exclusiveMinimum",) if name in part]
        most += [math.floor(part[name]) for name in ("maximum",) if name in part]
        most += [math.ceil(part[name]) - 1 for name in ("exclusiveMaximum",) if name in part]
    minimum, maximum = max(least, default=None), min(most, default=None)
    if minimum is not None and maximum is not None and minimum > maximum:
        raise _unfit(pointer, "has a minimum above its maximum")
    return minimum, maximum


def _bounds(
    parts: _Parts, read: Callable[[str], Bound | None], pointer: str
) -> tuple[Bound | None, Bound | None]:
    """Read our own bounds, for kinds that JSON Schema has none for."""
    least, most = (_read_all(parts, keyword, read, pointer) for keyword in (MINIMUM, MAXIMUM))
    minimum: Any = max(least, default=None)
    maximum: Any = min(most, default=None)
    if minimum is not None and maximum is not None and minimum > maximum:
        raise _unfit(pointer, "has a minimum above its maximum")
    return minimum, maximum


def _read_all(parts: _Parts, keyword: str, read: Callable[[str], Bound | None], pointer: str) -> list[Any]:
    found = []
    for said in (part[keyword] for part in parts if keyword in part):
        bound = read(said) if isinstance(said, str) else None
        if bound is None:
            raise _unfit(pointer, f"has {keyword}, which must be a text of the claim's own kind")
        found.append(bound)
    return found


def _scale(parts: _Parts, pointer: str) -> int | None:
    scales = [part[DECIMAL] for part in parts if DECIMAL in part]
    if not scales:
        return None
    scale = scales[0]
    if type(scale) is not int or not 0 <= scale <= MAX_SCALE or any(other != scale for other in scales):
        raise _unfit(pointer, f"has {DECIMAL}, which must be one number of places from 0 to {MAX_SCALE}")
    return scale


def _unfit(where: str, what: str) -> SchemasError:
    return SchemasError(
        "schema.typed-claims",
        f"{where} {what}",
        remedy="correct the schema, or issue in another format: only proofs of predicates need typed claims",
        clause="bbs-predicates-2026, 2.2",
    )
