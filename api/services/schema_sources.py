"""What this service published itself, as sources of contexts and schemas for issuing and verifying.

Invariants:
- an address here names a version, which never changes: what was found is kept, what was not is asked again;
- nothing is fetched: an address elsewhere is unknown to these sources.

Not here: publishing (`api.services.schemas`), and a source that fetches.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import bindparam, select
from sqlmodel import col

from api.errors import ApiError
from api.store.tables import SchemaVersion
from schemas import json_schemas, type_metadata
from schemas.errors import SchemasError
from schemas.json_schemas import SchemaText
from schemas.limits import LIMITS
from schemas.sources import BUNDLED, CONTEXT_CLAUSE, LayeredContexts, LayeredSchemas, Sources

if TYPE_CHECKING:
    from api.services.core import Core
    from api.store.reader import Reader

SCHEMAS: Final = "https://avow.example/schemas/"
CONTEXTS: Final = "https://avow.example/contexts/"
VCTS: Final = "https://avow.example/vct/"
TYPES: Final = {
    f"{SCHEMAS}national-identity/v1": "NationalIdentityCredential",
    f"{SCHEMAS}university-degree/v1": "UniversityDegreeCredential",
    f"{SCHEMAS}employment/v1": "EmploymentCredential",
}
"""The credential type that goes with each bundled schema; its context stands under the same name."""
DEPRECATED: Final = "deprecated"
_PLACE: Final = re.compile(
    r"/(schemas|contexts)/([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)/v([1-9][0-9]{0,5})(/credential)?"
)
_ROW: Final = select(
    col(SchemaVersion.content),
    col(SchemaVersion.context),
    col(SchemaVersion.credential),
    col(SchemaVersion.state),
    col(SchemaVersion.type_name),
).where(col(SchemaVersion.name) == bindparam("name"), col(SchemaVersion.version) == bindparam("version"))


_VCT: Final = select(col(SchemaVersion.vct)).where(
    col(SchemaVersion.name) == bindparam("name"), col(SchemaVersion.version) == bindparam("version")
)


def known_sources(reader: Reader, base: str) -> Sources:
    """What this service relies on: the bundled, and over it what was published here."""
    return Sources(
        LayeredContexts((BUNDLED.contexts, PublishedContexts(reader, base))),
        LayeredSchemas((BUNDLED.schemas, PublishedSchemas(reader, base))),
    )


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a profile that names a schema gets by itself: contexts, types, and the type in SD-JWT VC."""

    contexts: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    vct: str | None = None


def vocabulary(core: Core, schema_id: str | None) -> Vocabulary:
    """What goes with a schema, bundled or published here.

    A schema of which no context could be made gives no type either: then the template names both.
    Codes `schema.unknown`, `schema.deprecated`.
    """
    if schema_id is None:
        return Vocabulary()
    if schema_id in json_schemas.known():
        kind = TYPES.get(schema_id)
        if kind is None:
            return Vocabulary()
        context, vct = schema_id.replace(SCHEMAS, CONTEXTS), schema_id.replace(SCHEMAS, VCTS)
        return Vocabulary((context,), (kind,), vct)
    base = core.settings.public_url
    row = _Published(core.reader, base).find(schema_id, "schemas", "")
    if row is None:
        raise SchemasError(
            "schema.unknown",
            f"the schema {schema_id[:200]!r} is neither bundled nor published here",
            remedy="publish it with `avow schema publish NAME FILE`, or use one of `avow schema list`",
        )
    # [SCH-32] nothing new by what was withdrawn
    if row.state == DEPRECATED:
        raise ApiError(
            "schema.deprecated",
            "this version of the schema is deprecated: what was issued by it verifies, nothing new is issued",
            remedy="Set the profile to a newer version of the schema.",
        )
    place = schema_id.removeprefix(f"{base}/schemas/")
    vct = f"{base}/vct/{place}"
    if row.context is None:
        return Vocabulary(vct=vct)
    return Vocabulary((f"{base}/contexts/{place}",), (row.type_name,), vct)


def type_metadata_of(core: Core, vct: str) -> bytes | None:
    """The metadata of a type that goes with a schema, bundled or published here."""
    if vct.startswith(VCTS):
        return _bundled_type(vct)
    base = f"{core.settings.public_url}/vct/"
    place = _PLACE.fullmatch(f"/schemas/{vct.removeprefix(base)}") if vct.startswith(base) else None
    if place is None or place[4]:
        return None
    row = core.reader.first(_VCT, {"name": place[2], "version": int(place[3])})
    return None if row is None else bytes(row.vct)


@lru_cache(maxsize=16)
def _bundled_type(vct: str) -> bytes | None:
    schema_id = vct.replace(VCTS, SCHEMAS)
    if schema_id not in json_schemas.known():
        return None
    name = schema_id.removeprefix(SCHEMAS).partition("/")[0]
    return type_metadata.make(json_schemas.load(schema_id), vct=vct, name=name)


class PublishedContexts:
    """The contexts that were made from published schemas."""

    def __init__(self, reader: Reader, base: str) -> None:
        self._published = _Published(reader, base)
        self._kept = lru_cache(LIMITS.kept_validators)(self._find)

    def load(self, url: str) -> dict[str, Any]:
        """Give the context at `url`. Raises `SchemasError` ``context.unknown``."""
        loaded: dict[str, Any] = orjson.loads(self._kept(url))
        return loaded

    def __contains__(self, url: object) -> bool:
        """Whether `load` would find it."""
        try:
            return isinstance(url, str) and bool(self._kept(url))
        except SchemasError:
            return False

    def _find(self, url: str) -> bytes:
        found = self._published.find(url, "contexts", "")
        if found is None or found.context is None:
            # An error is not kept: the context may be published later.
            raise SchemasError(
                "context.unknown", f"no context was published here as {url[:200]!r}", clause=CONTEXT_CLAUSE
            )
        content: bytes = found.context
        return content


class PublishedSchemas:
    """The published schemas, and the schema credentials that were issued for them."""

    def __init__(self, reader: Reader, base: str) -> None:
        self._published = _Published(reader, base)
        self._kept = lru_cache(LIMITS.kept_validators)(self._find)

    def schema(self, url: str, *, fetch: bool) -> SchemaText | None:  # noqa: ARG002  nothing is fetched
        """Give the schema at `url`."""
        try:
            return self._kept(url)
        except SchemasError:
            return None

    def credential(self, url: str, *, fetch: bool) -> bytes | None:  # noqa: ARG002  nothing is fetched
        """Give the newest schema credential at `url`."""
        found = self._published.find(url, "schemas", "/credential")
        return None if found is None else found.credential

    def _find(self, url: str) -> SchemaText:
        found = self._published.find(url, "schemas", "")
        if found is None:
            raise SchemasError("schema.unknown", f"no schema was published here as {url[:200]!r}")
        # It was decoded strictly when it was published.
        return SchemaText.of(url, found.content, orjson.loads(found.content))


class _Published:
    """Rows by their addresses under the service's public URL."""

    def __init__(self, reader: Reader, base: str) -> None:
        self._reader = reader
        self._base = base

    def find(self, url: str, kind: str, end: str) -> Any:  # noqa: ANN401  a row of the store
        place = _PLACE.fullmatch(url.removeprefix(self._base)) if url.startswith(self._base) else None
        if place is None or place[1] != kind or (place[4] or "") != end:
            return None
        return self._reader.first(_ROW, {"name": place[2], "version": int(place[3])})
