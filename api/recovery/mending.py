"""`avow fsck --repair`: makes again what follows from what was found true.

Invariants:
- Entries, records, register and keys are never touched: they follow from nothing that is here.
- What is derived is replaced in one transaction, or not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.keys.service_file import ServiceFile
from api.recovery.checks.anchored import kept_from
from api.recovery.checks.entries import steps
from api.recovery.checks.public import PublicCheck
from api.recovery.checks.signed import read_register
from api.recovery.findings import Findings, Mend
from api.registry.derived import derive_again
from api.registry.sequencer import count_entries, sealed_size
from api.registry.stored_log import StoredLog
from api.store.engine import writing_engine
from did.registry.log import Log

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from api.recovery.findings import Watch
    from api.settings import Settings
    from did.registry.policy import Policy


def mend(settings: Settings, wanted: Collection[Mend], *, policy: Policy | None, watch: Watch) -> None:
    """Make again what is wanted, in the order in which one follows from the other.

    `policy` holds the log's keys, under which a stored note must verify before it is published.
    """
    engine = writing_engine(settings.database_path)
    try:
        with engine.connect() as connection:
            if Mend.DERIVED in wanted:
                with connection.begin():
                    _derive(connection, settings, watch)
            if Mend.PUBLIC in wanted:
                _publish(connection, settings, policy, watch)
            if Mend.KEY_FILE in wanted:
                ServiceFile.of(connection).keep(settings.service_keys_path)
    finally:
        engine.dispose()


def _derive(connection: Connection, settings: Settings, watch: Watch) -> None:
    size = count_entries(connection)
    sealed = sealed_size(StoredLog.over(connection), size)
    kept = kept_from(connection, sealed, chain=settings.chain)
    with watch("entries", size) as advance:
        derive_again(connection, settings.origin, needed_from=kept, progress=steps(advance))


def _publish(connection: Connection, settings: Settings, policy: Policy | None, watch: Watch) -> None:
    stored = StoredLog.over(connection)
    sealed = sealed_size(stored, count_entries(connection))
    log = Log(settings.origin, stored, sealed_size=sealed)
    lines = read_register(Findings(), settings.register_path.read_bytes())
    walk = PublicCheck(Findings(), connection, log, settings.public_log_path, policy=policy, mending=True)
    walk.run({line.size for line in lines}, watch=watch)
