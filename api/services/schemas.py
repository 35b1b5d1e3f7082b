"""The schema registry: versions that never change, and what is made from each.

Invariants:
- a name belongs to the tenant that published under it first; the names of bundled schemas belong to nobody;
- a version's bytes, context and type metadata are made once, in one transaction, and served as they are;
- publishing the newest version again changes nothing; a deprecated version verifies, and issues nothing new.

Not here: what a schema must be (`schemas.admission`), reading for verification
(`api.services.schema_sources`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import insert, select, update
from sqlmodel import col

from api.errors import ApiError
from api.services import idempotency
from api.store.tables import SchemaVersion
from schemas import admission, examples, generated_context, json_schemas, type_metadata
from schemas.digests import digest_sri
from schemas.errors import SchemasError
from schemas.json_schemas import SchemaText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row, Select

    from api.services.core import Caller, Core
    from api.services.idempotency import Json, Once
    from api.store.writer import Unit
    from did.types import JsonObject

ACTIVE: Final = "active"
MAX_VERSION: Final = 999_999
MAX_LISTED: Final = 1_000
TYPE_ANNOTATION: Final = "x-credential-type"
_SHOWN: Final = (
    col(SchemaVersion.name),
    col(SchemaVersion.version),
    col(SchemaVersion.tenant),
    col(SchemaVersion.digest),
    col(SchemaVersion.content),
    col(SchemaVersion.type_name),
    col(SchemaVersion.title),
    col(SchemaVersion.description),
    col(SchemaVersion.state),
    col(SchemaVersion.context),
    col(SchemaVersion.context_refused),
    col(SchemaVersion.vct),
    col(SchemaVersion.credential),
    col(SchemaVersion.created),
)


@dataclass(frozen=True, slots=True)
class Made:
    """A schema that was admitted, with what follows from it."""

    text: SchemaText
    type_name: str
    context: bytes | None
    context_refused: str
    vct: bytes


async def publish(
    core: Core, caller: Caller, name: str, content: bytes, value: JsonObject, key: Once | None
) -> tuple[Json, bool]:
    """Publish the next version under a name; tells whether it is new.

    Codes `schema.*`, among them `schema.taken`, `schema.conflict`, `idempotency.*`.
    """
    before = idempotency.earlier(core, caller, key)
    if before is not None:
        return before, True
    newest = _checked_owner(core.reader.first(_newest(name)), caller, name)
    if newest is not None and newest.content == content:
        return shown(core, newest), False
    version = 1 if newest is None else newest.version + 1
    made = await core.pool.run(
        make, content, value, name=name, version=version, base=core.settings.public_url
    )

    def command(unit: Unit) -> Json:
        found = _checked_owner(unit.connection.execute(_newest(name)).first(), caller, name)
        if (0 if found is None else found.version) + 1 != version or version > MAX_VERSION:
            raise ApiError(
                "schema.conflict",
                "another version was published under this name in the meantime",
                remedy="Look at it, and publish again.",
            )
        unit.connection.execute(insert(SchemaVersion).values(**_values(core, caller, name, version, made)))
        stored = unit.connection.execute(_newest(name)).first()
        assert stored is not None  # it was written in this transaction
        return shown(core, stored)

    return await idempotency.run(core, caller, key, command), True


def make(content: bytes, value: JsonObject, *, name: str, version: int, base: str) -> Made:
    """Admit a schema as a version of `name` under `base`, and make what follows from it (`schema.*`)."""
    schema_id = f"{base}/schemas/{name}/v{version}"
    admission.admit(value, size=len(content), expected_id=schema_id)
    type_name = str(value.get(TYPE_ANNOTATION) or type_of(name))
    context: bytes | None = None
    refused = ""
    try:
        context = generated_context.make(value, schema_id=schema_id, type_name=type_name)
    except SchemasError as error:
        if error.code != "schema.context":
            raise
        # Such a schema still serves every format but those that sign RDF.
        refused = orjson.dumps({"detail": error.detail, "remedy": error.remedy}).decode()
    vct = type_metadata.make(value, vct=f"{base}/vct/{name}/v{version}", name=name)
    return Made(SchemaText.of(schema_id, content, value), type_name, context, refused, vct)


def type_of(name: str) -> str:
    """The credential type of a schema that does not name one: ``parking-permit``, ParkingPermitCredential."""
    words = [word for word in name.split("-") if word]
    pascal = "".join(word[0].upper() + word[1:] for word in words)
    return ("" if pascal[0].isalpha() else "T") + pascal.removesuffix("Credential") + "Credential"


def listing(core: Core, caller: Caller) -> Json:
    """The tenant's schemas, every version, and the bundled ones."""
    rows = core.reader.all(
        select(*_SHOWN)
        .where(col(SchemaVersion.tenant) == caller.tenant)
        .order_by(col(SchemaVersion.name), col(SchemaVersion.version))
        .limit(MAX_LISTED)
    )
    bundled = [_bundled(schema_id) for schema_id in sorted(json_schemas.known())]
    return {"schemas": [shown(core, row) for row in rows], "bundled": bundled}


def versions(core: Core, name: str) -> Json:
    """Every version under a name, oldest first (`schema.not-found`)."""
    rows = core.reader.all(
        select(*_SHOWN).where(col(SchemaVersion.name) == name).order_by(col(SchemaVersion.version))
    )
    if not rows:
        raise not_found()
    return {"name": name, "versions": [shown(core, row) for row in rows]}


def one(core: Core, name: str, version: int) -> Row[*tuple[Any, ...]]:
    """One version (`schema.not-found`)."""
    row = core.reader.first(_one(name, version))
    if row is None:
        raise not_found()
    return row


async def set_state(core: Core, caller: Caller, name: str, version: int, state: str) -> Json:
    """Deprecate a version of one's own, or make it active again (`schema.not-found`)."""

    def command(unit: Unit) -> Json:
        row = unit.connection.execute(_one(name, version)).first()
        if row is None or row.tenant != caller.tenant:
            raise not_found()
        place = (col(SchemaVersion.name) == name, col(SchemaVersion.version) == version)
        unit.connection.execute(update(SchemaVersion).where(*place).values(state=state))
        changed = unit.connection.execute(_one(name, version)).first()
        assert changed is not None  # it was there a line ago
        return shown(core, changed)

    return await core.writer.run(command)


def shown(core: Core, row: Row[*tuple[Any, ...]]) -> Json:
    """A version as answers show it, without its text."""
    base, place = core.settings.public_url, f"{row.name}/v{row.version}"
    members: Json = {
        "name": row.name,
        "version": row.version,
        "id": f"{base}/schemas/{place}",
        "sha256": row.digest.hex(),
        "digestSRI": digest_sri(row.content),
        "type": row.type_name,
        "state": row.state,
        "vct": f"{base}/vct/{place}",
        "created": row.created,
    }
    members |= {member: text for member in ("title", "description") if (text := getattr(row, member))}
    if row.context is None:
        members["contextRefused"] = orjson.loads(row.context_refused)
    else:
        members["context"] = f"{base}/contexts/{place}"
    if row.credential is not None:
        members["credential"] = f"{base}/schemas/{place}/credential"
    return members


def not_found() -> ApiError:
    """Say that no such schema of the caller's is here."""
    return ApiError(
        "schema.not-found", "no schema of that name and version is here", remedy="POST /schemas/{name} first."
    )


def _values(core: Core, caller: Caller, name: str, version: int, made: Made) -> dict[str, object]:
    return {
        "name": name,
        "version": version,
        "tenant": caller.tenant,
        "digest": made.text.sha256,
        "content": made.text.content,
        "type_name": made.type_name,
        "title": str(made.text.value.get("title", "")),
        "description": str(made.text.value.get("description", "")),
        "state": ACTIVE,
        "context": made.context,
        "context_refused": made.context_refused,
        "vct": made.vct,
        "created": core.system.seconds(),
    }


def _checked_owner(
    newest: Row[*tuple[Any, ...]] | None, caller: Caller, name: str
) -> Row[*tuple[Any, ...]] | None:
    taken = name in examples.NAMES or (newest is not None and newest.tenant != caller.tenant)
    # [SCH-31] a name has one publisher
    if taken:
        raise ApiError(
            "schema.taken", "this name belongs to another publisher", remedy="Choose another name."
        )
    return newest


def _bundled(schema_id: str) -> Json:
    text = json_schemas.text(schema_id)
    members: Sequence[str] = ("title", "description")
    return {
        "id": schema_id,
        "digestSRI": digest_sri(text.content),
        **{member: text.value[member] for member in members if member in text.value},
    }


def _newest(name: str) -> Select[*tuple[Any, ...]]:
    return (
        select(*_SHOWN)
        .where(col(SchemaVersion.name) == name)
        .order_by(col(SchemaVersion.version).desc())
        .limit(1)
    )


def _one(name: str, version: int) -> Select[*tuple[Any, ...]]:
    return select(*_SHOWN).where(col(SchemaVersion.name) == name, col(SchemaVersion.version) == version)
