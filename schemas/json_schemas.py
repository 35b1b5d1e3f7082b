"""JSON Schemas (2020-12) from package data, and validation against them.

A schema describes a whole credential, as the W3C text VC JSON Schema has it: its claims stand under
`credentialSubject`. Validators are compiled once, offline (a reference out of the schema is an error) and
with linear regular expressions, so that neither a schema nor a document can make validation slow. Messages
name the place and the rule, never the value that was found there.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import jsonschema_rs
import orjson

from schemas import package_data, walking
from schemas.errors import SchemasError
from schemas.limits import LIMITS, SchemaLimits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from schemas.package_data import PinnedFile

NAMESPACE = "https://avow.example/schemas/"
_CLAUSE = "Verifiable Credentials JSON Schema Specification, 4"


@dataclass(frozen=True, slots=True)
class SchemaText:
    """A schema as it stands at its address: the bytes, what a strict decoder read in them, their SHA-256.

    Two are equal where address and digest are: by them compiled validators are kept.
    """

    id: str
    content: bytes = field(compare=False, repr=False)
    value: dict[str, Any] = field(compare=False, repr=False)
    sha256: bytes

    @classmethod
    def of(cls, schema_id: str, content: bytes, value: dict[str, Any]) -> SchemaText:
        """Make one from bytes and their strictly decoded value."""
        return cls(schema_id, content, value, hashlib.sha256(content).digest())


@cache
def known() -> Mapping[str, PinnedFile]:
    """Every bundled schema, by identifier."""
    return MappingProxyType({pinned.url: pinned for pinned in package_data.manifest().schemas})


def load(schema_id: str) -> dict[str, Any]:
    """Return the schema `schema_id` as a fresh object. Raises `SchemasError` ``schema.unknown``."""
    return cast("dict[str, Any]", orjson.loads(_bytes(schema_id)))


@cache
def text(schema_id: str) -> SchemaText:
    """Return the bundled schema `schema_id` with its bytes. Raises `SchemasError` ``schema.unknown``."""
    content = _bytes(schema_id)
    return SchemaText.of(schema_id, content, orjson.loads(content))


def validate(schema_id: str, credential: object) -> None:
    """Check a credential, secured or not, against the bundled schema `schema_id`.

    Raises `SchemasError`: ``schema.unknown``; ``schema.violation``, naming the JSON Pointer and the rule.
    """
    check(text(schema_id), credential)


def check(schema: SchemaText, credential: object) -> None:
    """Check a credential against a schema from wherever it came.

    Raises `SchemasError`: ``schema.violation``, naming the JSON Pointer and the rule; ``schema.malformed``,
    ``schema.recursive``, ``schema.reference``, ``schema.too-large`` for a schema that cannot be used.
    """
    error = next(_validator(schema).iter_errors(credential), None)
    # [SCH-12] the claims follow it
    if error is not None:
        raise _violation(schema.id, error)


def validate_claims(schema_id: str, claims: object) -> None:
    """Check a `credentialSubject` by itself; pointers in messages start at the credential all the same."""
    validate(schema_id, {"credentialSubject": claims})


@cache
def _bytes(schema_id: str) -> bytes:
    pinned = known().get(schema_id)
    if pinned is None:
        raise SchemasError(
            "schema.unknown",
            f"no JSON Schema is bundled for {schema_id[:200]!r}, and none is ever fetched",
            remedy=f"use one of {', '.join(sorted(known()))}",
            clause=_CLAUSE,
        )
    return package_data.read(pinned.file, pinned.sha256)


@lru_cache(LIMITS.kept_validators)
def _validator(schema: SchemaText) -> jsonschema_rs.Draft202012Validator:
    # Whatever its origin: a schema that writes itself out without end would take validation with it.
    # [SCH-30] small, from wherever
    if len(schema.content) > LIMITS.max_bytes:
        raise SchemasError("schema.too-large", f"the schema has more than {LIMITS.max_bytes} bytes")
    walking.measure(schema.value)
    return compile_schema(schema.value)


def compile_schema(
    schema: dict[str, Any], limits: SchemaLimits = LIMITS
) -> jsonschema_rs.Draft202012Validator:
    """Compile a schema as `check` does.

    Raises `SchemasError` ``schema.malformed`` for a schema that is no 2020-12 schema, refers outside itself,
    or holds a regular expression that cannot be matched in linear time.
    """
    try:
        return jsonschema_rs.Draft202012Validator(
            schema,
            validate_formats=True,
            offline=True,
            pattern_options=jsonschema_rs.RegexOptions(size_limit=limits.regex_bytes),
        )
    except jsonschema_rs.ValidationError as error:
        rule = error.kind.name
        fault = error.message if rule == "$ref" else f"#{pointer(error.instance_path)} breaks the rule {rule}"
        raise SchemasError("schema.malformed", f"the JSON Schema cannot be used: {fault}") from error
    except (jsonschema_rs.ReferencingError, ValueError) as error:
        raise SchemasError("schema.malformed", f"the JSON Schema cannot be used: {error}") from error


def is_linear(pattern: str, limits: SchemaLimits = LIMITS) -> bool:
    """Whether a regular expression can be matched in linear time with bounded memory."""
    options = jsonschema_rs.RegexOptions(size_limit=limits.regex_bytes)
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=options)
    except (jsonschema_rs.ValidationError, ValueError):
        return False
    return True


def _violation(schema_id: str, error: jsonschema_rs.ValidationError) -> SchemasError:
    place = pointer(error.instance_path) or "the credential"
    rule = pointer(error.schema_path)
    facts = error.kind.as_dict()
    named = {
        "required": f"{place} lacks {facts.get('property')}",
        "additionalProperties": f"{place} has members that nothing defines: {facts.get('unexpected')}",
    }
    found = named.get(error.kind.name, f"the value at {place} is not as expected")
    return SchemasError(
        "schema.violation",
        f"{found}; rule {rule} of {schema_id}",
        remedy=f"read {rule} in the schema for what is expected at {place}",
        clause=_CLAUSE,
    )


def pointer(path: Iterable[str | int]) -> str:
    """Write a path of member names and indexes as a JSON Pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
