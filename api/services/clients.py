"""Registering clients: programs that may ask for tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.services import access, idempotency

if TYPE_CHECKING:
    from api.services.core import Caller, Core
    from api.services.idempotency import Json, Once
    from api.store.writer import Unit


async def register(core: Core, caller: Caller, *, name: str, scopes: list[str], key: Once | None) -> Json:
    """Make a client of the caller's tenant with scopes that the caller itself holds."""
    before = idempotency.earlier(core, caller, key)
    if before is not None:
        return before
    granted = access.grantable(caller, scopes)
    client = access.new_client(core.token(12), core.token(), granted)

    def command(unit: Unit) -> Json:
        access.insert_client(unit, client, tenant=caller.tenant, name=name, now=core.system.seconds())
        return {"client_id": client.client_id, "client_secret": client.secret, "scopes": list(client.scopes)}

    return await idempotency.run(core, caller, key, command)
