"""Schemas and schema credentials at their addresses, in memory, and whether anybody wanted them fetched."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson

from credentials.verifying import schema_checks
from schemas.json_schemas import SchemaText
from schemas.sources import BUNDLED, LayeredSchemas, Sources
from tests.support.world import EDDSA, World

if TYPE_CHECKING:
    from credentials.verifying.means import Means

SCHEMA_ID = "https://publisher.example/schemas/resident/v1"
CREDENTIAL_ID = f"{SCHEMA_ID}/credential"
RESIDENT = {
    "type": "object",
    "properties": {
        "credentialSubject": {
            "type": "object",
            "properties": {"resident": {"const": True}},
            "required": ["resident"],
        }
    },
}
STRICT = {
    "type": "object",
    "properties": {"credentialSubject": {"type": "object", "properties": {"nationality": {"const": "XX"}}}},
}
"""What the world's credentials do not follow."""


@dataclass
class Published:
    """A `SchemaSource`: what is in `far` is given only where it may be fetched."""

    schemas: dict[str, Any] = field(default_factory=dict)
    credentials: dict[str, Any] = field(default_factory=dict)
    far: frozenset[str] = frozenset()
    fetched: list[str] = field(default_factory=list)

    def schema(self, url: str, *, fetch: bool) -> SchemaText | None:
        value = self.schemas.get(url) if self._reached(url, fetch=fetch) else None
        return None if value is None else SchemaText.of(url, content(value), value)

    def credential(self, url: str, *, fetch: bool) -> bytes | None:
        value = self.credentials.get(url) if self._reached(url, fetch=fetch) else None
        return None if value is None else content(value)

    def _reached(self, url: str, *, fetch: bool) -> bool:
        if url not in self.far:
            return True
        if fetch:
            self.fetched.append(url)
        return fetch


def content(value: Any) -> bytes:
    return orjson.dumps(value)


def means(world: World, published: Published, **policy: Any) -> Means:
    known = Sources(BUNDLED.contexts, LayeredSchemas((BUNDLED.schemas, published)))
    return replace(world.means(**policy), known=known)


def schema_credential(world: World, *, issuer: Any = None, subject: Any = None, **members: Any) -> Any:
    """A signed schema credential for RESIDENT; `subject` replaces members of its subject, `...` removes."""
    about = {"id": SCHEMA_ID, "type": "JsonSchema", "jsonSchema": RESIDENT}
    about = {name: item for name, item in (about | (subject or {})).items() if item is not ...}
    by = issuer or world.issuer
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": CREDENTIAL_ID,
        "type": list(schema_checks.CREDENTIAL_TYPES),
        "issuer": by.did,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSchema": {
            "id": schema_checks.SCHEMA_OF_SCHEMAS,
            "type": "JsonSchema",
            "digestSRI": schema_checks.SCHEMA_OF_SCHEMAS_DIGEST,
        },
        "credentialSubject": about,
        **members,
    }
    return world.sign({name: item for name, item in document.items() if item is not ...}, by)


def naming(world: World, *entries: Any) -> Any:
    """A credential of the world that names these schemas."""
    plain = world.issue(EDDSA)
    unsigned = {name: item for name, item in plain.items() if name != "proof"}
    return world.sign(unsigned | {"credentialSchema": list(entries)})


def entry(kind: str = "JsonSchema", url: str | None = None, **members: Any) -> Any:
    addresses = {"JsonSchema": SCHEMA_ID, "JsonSchemaCredential": CREDENTIAL_ID}
    return {"id": url or addresses.get(kind, SCHEMA_ID), "type": kind, **members}
