"""The DIDs hosted here, read only: those of a tenant, and how far each version of one has got."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlmodel import col

from api.errors import ApiError
from api.store.tables import DidRow, DidVersion
from did.encoding import encode_base58btc

if TYPE_CHECKING:
    from api.services.core import Caller, Core
    from did.types import JsonObject, JsonValue


def listed(core: Core, caller: Caller) -> list[JsonObject]:
    """The caller's hosted DIDs by name."""
    rows = core.reader.all(
        select(col(DidRow.name), col(DidRow.did), col(DidRow.hosted_keys))
        .where(col(DidRow.tenant) == caller.tenant)
        .order_by(col(DidRow.name))
        .limit(1000)
    )
    return [
        {"name": row.name, "did": row.did, "keys": "hosted" if row.hosted_keys else "controller"}
        for row in rows
    ]


def progress(core: Core, name: str) -> JsonObject:
    """How far each version of the DID hosted under a name has got (`did.unknown`)."""
    rows = core.reader.all(
        select(
            col(DidRow.did),
            col(DidVersion.version),
            col(DidVersion.entry_hash),
            col(DidVersion.log_index),
            col(DidVersion.time),
            col(DidVersion.deactivated),
        )
        .join(DidVersion, col(DidVersion.scid) == col(DidRow.scid))
        .where(col(DidRow.name) == name)
        .order_by(col(DidVersion.version))
    )
    if not rows:
        raise ApiError("did.unknown", "there is no DID of that name here")
    versions: list[JsonValue] = [
        {
            "versionId": f"{row.version}-{encode_base58btc(bytes(row.entry_hash))}",
            "logIndex": row.log_index,
            "state": core.registry.progress(row.log_index).value,
            "time": row.time,
            "deactivated": row.deactivated,
        }
        for row in rows
    ]
    return {
        "name": name,
        "did": rows[-1].did,
        **core.registry.reached(rows[-1].log_index),
        "assurance": core.registry.assurance,
        "versions": versions,
    }
