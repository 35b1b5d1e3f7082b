"""Schema credentials: a published schema, signed by its publisher (`JsonSchemaCredential`).

Text: W3C Verifiable Credentials JSON Schema Specification, 2.2. The credential stands beside its schema, at
`{schema id}/credential`; issuing it again (after a rotation, before it ends) replaces it.

Not here: how one is verified (`credentials.verifying.schema_checks`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from sqlalchemy import update
from sqlmodel import col

from api.errors import ApiError
from api.services import issuers, schemas
from api.store.tables import SchemaVersion
from credentials.verifying import schema_checks
from schemas.digests import digest_sri

if TYPE_CHECKING:
    from api.services.core import Caller, Core
    from api.services.idempotency import Json
    from api.store.writer import Unit
    from did.types import JsonObject


def template(schema_id: str, content: bytes, schema: JsonObject) -> JsonObject:
    """The schema credential of a schema, unsigned: the schema, and the digest of its published bytes."""
    return {
        "id": f"{schema_id}/credential",
        "type": list(schema_checks.CREDENTIAL_TYPES),
        "credentialSchema": {
            "id": schema_checks.SCHEMA_OF_SCHEMAS,
            "type": schema_checks.SCHEMA_TYPE,
            "digestSRI": schema_checks.SCHEMA_OF_SCHEMAS_DIGEST,
        },
        "credentialSubject": {
            "id": schema_id,
            "type": schema_checks.SCHEMA_TYPE,
            "jsonSchema": schema,
            "digestSRI": digest_sri(content),
        },
    }


async def issue(core: Core, caller: Caller, name: str, version: int, profile: str) -> Json:
    """Sign the schema credential of a version of one's own by a profile, and publish it.

    Codes `schema.not-found`, `schema.profile`, `issuer.*`, `issue.*`.
    """
    row = schemas.one(core, name, version)
    if row.tenant != caller.tenant:
        raise schemas.not_found()
    settings = issuers.get(core, caller, profile)
    if settings.schema is not None or settings.formats[0] not in core.suites.by_name:
        raise ApiError(
            "schema.profile",
            "the profile has a schema of its own, or its first form is not one of Data Integrity",
            remedy="Use a profile without schema whose first form is, for example, eddsa-jcs-2022.",
        )
    schema_id = f"{core.settings.public_url}/schemas/{name}/v{version}"
    unsigned = template(schema_id, row.content, orjson.loads(row.content))
    issued = await issuers.issue(core, caller, profile, unsigned, issuers.Wanted(), None)
    content = orjson.dumps(issued["verifiableCredential"])

    def store(unit: Unit) -> None:
        place = (col(SchemaVersion.name) == name, col(SchemaVersion.version) == version)
        unit.connection.execute(update(SchemaVersion).where(*place).values(credential=content))

    await core.writer.run(store)
    return issued


def read(core: Core, name: str, version: int) -> bytes:
    """The newest schema credential of a version (`schema.not-found`, `schema.no-credential`)."""
    found: bytes | None = schemas.one(core, name, version).credential
    if found is None:
        raise ApiError(
            "schema.no-credential",
            "no credential was issued for this schema",
            remedy="Its publisher can: POST /schemas/{name}/v{version}/credential.",
        )
    return found
