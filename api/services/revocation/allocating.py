"""Giving out identifiers: uniform, never twice, durable before a credential leaves.

Invariants:
- an identifier is drawn uniformly from 1 to 2^w - 2 by the system's randomness: it tells no order of
  issuance, and nothing of the holder.
- the primary key of the row is what makes it unique; one that was given out stays so, whether or not its
  credential was ever delivered.

Not here: what becomes of it (`changing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy.dialects.sqlite import insert

from api.store.tables import RevocationIdentifier

if TYPE_CHECKING:
    from api.services.core import Core
    from api.services.revocation.lists import OwnList
    from api.store.writer import Unit
    from did.types import JsonObject

_TAKE: Final = insert(RevocationIdentifier).on_conflict_do_nothing()


@dataclass(frozen=True, slots=True)
class Allocated:
    """An identifier that was given out, in the list at `url`."""

    url: str
    width: int
    identifier: int

    def to_json(self) -> JsonObject:
        """What an issuer keeps, to revoke by."""
        return {"list": self.url, "identifier": self.identifier}


async def allocate(core: Core, own: OwnList) -> Allocated:
    """Give out one identifier; durable when this returns."""
    return await core.writer.run(lambda unit: allocate_in(unit, core, own))


def allocate_in(unit: Unit, core: Core, own: OwnList) -> Allocated:
    """Do the same inside a command of the caller's."""
    width = own.metadata.width
    row = {"list_id": own.list_id, "tenant": own.tenant, "state": 0, "created": core.system.seconds()}
    while True:
        identifier = int.from_bytes(core.system.random_bytes(width // 8))
        # The two values that are sentinels, and what was given out before, are drawn again.
        if not 0 < identifier < (1 << width) - 1:
            continue
        if unit.connection.execute(_TAKE, {**row, "identifier": identifier, "changed": None}).rowcount:
            return Allocated(own.metadata.url, width, identifier)
