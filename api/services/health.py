"""Whether the service lives, and whether it is ready to be asked."""

from __future__ import annotations

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


@dataclass(slots=True)
class Health:
    """The last probe's findings: check → what is wrong, or "ok"."""

    checks: dict[str, str] = field(default_factory=dict)
    at: float = float("-inf")


async def ready(core: Core, health: Health) -> dict[str, str]:
    """Probe what readiness means: writing, schema, log, checkpoint signer, chain."""
    now = core.system.monotonic()
    if now - health.at >= PROBE_SECONDS:
        health.at = now
        health.checks = {
            "store": await _store(core),
            "schema": "ok" if core.registry.schema == HEAD else "the database has another schema",
            **core.registry.health(),
        }
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
        await core.writer.run(probe)
    except ApiError as error:
        return error.code
    return "ok"
