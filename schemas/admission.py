"""What a JSON Schema must be to be published for credentials.

Texts: JSON Schema 2020-12; W3C Verifiable Credentials JSON Schema Specification, 4.

Checklist of `admit`:
1. Small: bytes, depth, patterns, and the whole when its references are written out.
2. Of 2020-12: `$schema` says so or is absent; it is valid under the meta-schema.
3. Its own: `$id` is the address at which it will stand, or absent; it refers to nothing outside itself.
4. Safe: each regular expression can be matched in linear time, within `regex_bytes`.
5. It says something about `credentialSubject`: a schema of bare claims would let every credential pass.

Messages name the place by JSON Pointer and the rule. What is not here: strict decoding of JSON (the
caller's), who may publish under which name (`api`).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import jsonschema
import jsonschema_rs

from schemas import json_schemas, shapes, walking
from schemas.errors import SchemasError
from schemas.limits import LIMITS, SchemaLimits

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_CLAUSE: Final = "JSON Schema 2020-12"


def admit(schema: dict[str, Any], *, size: int, expected_id: str, limits: SchemaLimits = LIMITS) -> None:
    """Check a schema of `size` bytes that is to be published at `expected_id`; see the module's checklist.

    Raises `SchemasError` ``schema.*``.
    """
    # [SCH-06] small
    if size > limits.max_bytes:  # 1
        raise SchemasError(
            "schema.too-large",
            f"the schema has {size} bytes, at most {limits.max_bytes} are accepted",
            remedy="leave out examples and long texts",
        )
    walking.measure(schema, limits)  # 1, 3
    _check_dialect(schema)  # 2
    _check_meta(schema)
    _check_id(schema, expected_id)  # 3
    _check_patterns(schema, limits)  # 4
    json_schemas.compile_schema(schema, limits)
    _check_texts(schema, limits)
    # [SCH-07] speaks of claims
    if not shapes.subject(schema).members:  # 5
        raise SchemasError(
            "schema.subject",
            "the schema names no member of credentialSubject, so that it would demand nothing of claims",
            remedy='put the schema of the claims under "properties": {"credentialSubject": …}',
            clause="VC JSON Schema, 4",
        )


def _check_dialect(schema: dict[str, Any]) -> None:
    # [SCH-08] one dialect
    if schema.get("$schema", DIALECT) != DIALECT:
        raise SchemasError(
            "schema.dialect",
            f"$schema must be {DIALECT}, or absent",
            remedy="rewrite the schema for 2020-12; the JSON Schema site lists what changed",
            clause="JSON Schema 2020-12 Core, 8.1.1",
        )


def _check_meta(schema: dict[str, Any]) -> None:
    # A thousand times as fast; the other one finds the words.
    if jsonschema_rs.meta.is_valid(schema):
        return
    fault = jsonschema.exceptions.best_match(_meta_validator().iter_errors(schema))
    # [SCH-09] a schema at all
    if fault is not None:
        raise SchemasError(
            "schema.meta",
            f"{walking.written(tuple(str(part) for part in fault.absolute_path))}: {_say(fault)}",
            remedy="correct it there; `avow schema check FILE` tries again without publishing",
            clause=_CLAUSE,
        )


_SAID: Final = {
    "minimum": "must be at least {}",
    "exclusiveMinimum": "must be greater than {}",
    "pattern": "must match {}",
    "format": "must be a {}",
    "uniqueItems": "must not have an item twice",
    "minItems": "must have at least {} items",
    "enum": "must be one of {}",
    "anyOf": "is none of the types of JSON Schema, nor a list of them",
}


def _say(fault: jsonschema.exceptions.ValidationError) -> str:
    rule, expected = str(fault.validator), fault.validator_value
    if rule == "type":
        return f"must be of type {' or '.join(expected) if isinstance(expected, list) else expected}"
    return _SAID.get(rule, f"breaks the rule {rule} of the meta-schema").format(expected)


@cache
def _meta_validator() -> Validator:
    kind = jsonschema.Draft202012Validator
    return kind(kind.META_SCHEMA)


def _check_id(schema: dict[str, Any], expected_id: str) -> None:
    # [SCH-10] its own address
    if schema.get("$id", expected_id) != expected_id:
        raise SchemasError(
            "schema.id",
            f"$id must be {expected_id}, where the schema will stand, or absent",
            remedy="leave $id out: the address names the schema",
            clause="VC JSON Schema, 4; JSON Schema 2020-12 Core, 8.2.1",
        )


def _check_patterns(schema: dict[str, Any], limits: SchemaLimits) -> None:
    for place, text in _patterns(schema, ()):
        if len(text) > limits.max_pattern:
            raise SchemasError(
                "schema.pattern",
                f"{walking.written(place)} has {len(text)} characters, at most {limits.max_pattern} are "
                "accepted",
                remedy="list what is allowed by enum",
            )
        # [SCH-11] linear time
        if not json_schemas.is_linear(text, limits):
            raise SchemasError(
                "schema.pattern",
                f"{walking.written(place)} is no regular expression that can be matched in linear time",
                remedy="give lengths by minLength and maxLength; look-around and back references have no "
                "linear form",
                clause="JSON Schema 2020-12 Core, 6.4",
            )


def _patterns(schema: object, place: walking.Pointer) -> list[tuple[walking.Pointer, str]]:
    if not isinstance(schema, dict):
        return []
    found: list[tuple[walking.Pointer, str]] = []
    if isinstance(schema.get("pattern"), str):
        found.append(((*place, "pattern"), schema["pattern"]))
    named = schema.get("patternProperties")
    if isinstance(named, dict):
        found += [((*place, "patternProperties", name), name) for name in named]
    for part, child in walking.below(schema):
        found += _patterns(child, place + part)
    return found


def _check_texts(schema: dict[str, Any], limits: SchemaLimits) -> None:
    for member, most in (("title", limits.max_title), ("description", limits.max_description)):
        if len(schema.get(member, "")) > most:
            raise SchemasError(
                "schema.too-large", f"the {member} has more than {most} characters", remedy="shorten it"
            )
