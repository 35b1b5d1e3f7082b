"""Whether the service lives, and whether it is ready to be asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy.dialects.sqlite import insert

from api.errors import ApiError
from api.store.migrate import HEAD
from api.store.tables import SERVICE_TENANT, Meta

if TYPE_CHECKING:
    from api.services.core import Core
    from api.store.writer import Unit

PROBE_SECONDS: Final = 1.0
"""How long a probe's answer stands: health is asked without authentication and must not become load."""
STORE_SECONDS: Final = 5.0
"""A writer that takes longer is stuck; whoever asks for health must be told, not kept waiting."""


@dataclass(slots=True)
class Health:
    """The last probe's findings: check → what is wrong, or "ok"."""

    checks: dict[str, str] = field(default_factory=dict)
    at: float = float("-inf")
    probing: asyncio.Lock = field(default_factory=asyncio.Lock)


async def ready(core: Core, health: Health) -> dict[str, str]:
    """Probe what readiness means: writing, schema, log, checkpoint signer, chain."""
    async with health.probing:  # who comes during a probe waits for what it finds
        if core.system.monotonic() - health.at >= PROBE_SECONDS:
            health.checks = {
                "store": await _store(core),
                "schema": "ok" if core.registry.schema == HEAD else "the database has another schema",
                **core.registry.health(),
            }
            health.at = core.system.monotonic()
    return health.checks


async def _store(core: Core) -> str:
    """Write a row as every change is written."""

    def probe(unit: Unit) -> None:
        values = {"tenant": SERVICE_TENANT, "name": "probe", "value": str(core.system.seconds())}
        statement = insert(Meta).values(**values)
        unit.connection.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant", "name"], set_={"value": values["value"]}
            )
        )

    try:
        async with asyncio.timeout(STORE_SECONDS):
            await core.writer.run(probe)
    except TimeoutError:
        return f"nothing was written within {STORE_SECONDS:.0f} seconds"
    except ApiError as error:
        return error.code
    return "ok"
