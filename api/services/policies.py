"""Policies of relying parties: who is trusted, and what else must hold. Each change is a new version.

The list of trusted issuers is explicit per client and empty by default; a client without a policy of the name
it asks for gets `policy.unknown`, one that names none gets its own `default` or the empty policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import orjson
from sqlalchemy import bindparam, insert, select
from sqlmodel import col

from api.errors import ApiError
from api.services import idempotency
from api.store.tables import PolicyRow
from credentials.verifying.policy import Policy

if TYPE_CHECKING:
    from api.services.core import Caller, Core
    from api.services.idempotency import Json, Once
    from api.store.writer import Unit
    from did.types import JsonObject

DEFAULT: Final = "default"
KEPT: Final = 256
"""Policies that are kept read; one with its ten thousand issuers takes a few megabytes, most take little."""
_NEWEST: Final = (
    select(col(PolicyRow.version), col(PolicyRow.settings))
    .where(
        col(PolicyRow.tenant) == bindparam("tenant"),
        col(PolicyRow.client_id) == bindparam("client_id"),
        col(PolicyRow.name) == bindparam("name"),
    )
    .order_by(col(PolicyRow.version).desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A policy with its name and version; version 0 is the built-in one that trusts nobody."""

    name: str
    version: int
    policy: Policy


BUILT_IN: Final = Chosen(DEFAULT, 0, Policy())
"""What judges for a client that has set none: it trusts nobody."""


async def put(core: Core, caller: Caller, name: str, settings: JsonObject, key: Once | None) -> Json:
    """Store the next version of a policy; unchanged settings give the stored version again."""
    policy = Policy.parse(settings)
    text = orjson.dumps(policy.to_json(), option=orjson.OPT_SORT_KEYS).decode()

    def command(unit: Unit) -> Json:
        row = unit.connection.execute(_NEWEST, _names(caller, name)).first()
        version = 0 if row is None else row.version
        if row is None or row.settings != text:
            version += 1
            unit.connection.execute(
                insert(PolicyRow).values(
                    tenant=caller.tenant,
                    client_id=caller.client_id,
                    name=name,
                    version=version,
                    settings=text,
                    created=core.system.seconds(),
                )
            )
        return {"name": name, "version": version, **policy.to_json()}

    return await idempotency.run(core, caller, key, command)


def get(core: Core, caller: Caller, name: str) -> Json:
    """The newest version of a policy (`policy.unknown`)."""
    chosen = choose(core, caller, name)
    return {"name": chosen.name, "version": chosen.version, **chosen.policy.to_json()}


def choose(core: Core, caller: Caller, name: str | None) -> Chosen:
    """The policy to judge by."""
    rows = core.reader.keyed(_NEWEST, _names(caller, name or DEFAULT))
    if rows:
        version, settings = rows[0]
        return Chosen(name or DEFAULT, version, _read(settings))
    if name is not None:
        raise ApiError(
            "policy.unknown",
            "this client has no policy of that name",
            remedy="PUT /policies/{name} with the DIDs of the issuers to trust.",
        )
    return BUILT_IN


@lru_cache(KEPT)
def _read(settings: str) -> Policy:
    """A stored policy, read once: the text is the key, so nothing that is kept can be out of date."""
    return Policy.parse(orjson.loads(settings))


def _names(caller: Caller, name: str) -> dict[str, str]:
    return {"tenant": caller.tenant, "client_id": caller.client_id, "name": name}
