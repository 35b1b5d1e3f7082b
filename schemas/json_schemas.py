"""JSON Schemas (2020-12) from package data, and validation against them.

A schema describes a whole credential, as the W3C text VC JSON Schema has it: its claims stand under
`credentialSubject`. Validators are compiled once, offline (a reference out of the schema is an error) and
with linear regular expressions, so that neither a schema nor a document can make validation slow. Messages
name the place and the rule, never the value that was found there.
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import jsonschema_rs
import orjson

from schemas import package_data
from schemas.errors import SchemasError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from schemas.package_data import PinnedFile

NAMESPACE = "https://avow.example/schemas/"
_CLAUSE = "Verifiable Credentials JSON Schema Specification, 4"


@cache
def known() -> Mapping[str, PinnedFile]:
    """Every bundled schema, by identifier."""
    return MappingProxyType({pinned.url: pinned for pinned in package_data.manifest().schemas})


def load(schema_id: str) -> dict[str, Any]:
    """Return the schema `schema_id` as a fresh object. Raises `SchemasError` ``schema.unknown``."""
    return cast("dict[str, Any]", orjson.loads(_bytes(schema_id)))


def validate(schema_id: str, credential: object) -> None:
    """Check a credential, secured or not, against the schema `schema_id`.

    Raises `SchemasError`: ``schema.unknown``; ``schema.violation``, naming the JSON Pointer and the rule.
    """
    error = next(_validator(schema_id).iter_errors(credential), None)
    if error is not None:
        raise _violation(schema_id, error)


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


@cache
def _validator(schema_id: str) -> jsonschema_rs.Draft202012Validator:
    return compile_schema(load(schema_id))


def compile_schema(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """Compile a schema as `validate` does.

    Raises `SchemasError` ``schema.malformed`` for a schema that is no 2020-12 schema, refers outside itself,
    or holds a regular expression that cannot be matched in linear time.
    """
    try:
        return jsonschema_rs.Draft202012Validator(
            schema,
            validate_formats=True,
            offline=True,
            pattern_options=jsonschema_rs.RegexOptions(),
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        raise SchemasError("schema.malformed", f"the JSON Schema cannot be used: {error}") from error


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
