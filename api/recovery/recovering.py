"""`avow recover`: a lost database is made again from a copy of the log, an older one is completed.

Order:
1. what is left here: register, the service's key file, the database or none
2. the source's log is the one that was signed here (`vouching`)
3. one transaction: entries and what follows from them (`filling`), records (`records`), the service's own
   keys, the source's note
4. a new database takes its place by one rename; the register is never written

So a run that is killed changes nothing, and can be run again.

What no copy of the log holds is not brought back, and said: keys of hosted DIDs, clients, profiles, policies,
what opens evidence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, delete
from sqlalchemy.dialects.sqlite import insert

from api import files
from api.client.failures import RejectedError
from api.keys.keyring import RETIRED
from api.keys.opening import reopen_vault
from api.keys.service_file import ServiceFile
from api.recovery.chain_view import open_view
from api.recovery.checks.anchored import needed_from
from api.recovery.filling import Filling
from api.recovery.findings import Findings
from api.recovery.own_keys import chain_admin, own_policy
from api.recovery.records import Records
from api.recovery.vouching import vouch
from api.registry.sequencer import count_entries, sealed_size
from api.registry.stored_log import StoredLog
from api.store.engine import writing_engine
from api.store.migrate import migrate
from api.store.tables import SERVICE_TENANT, Checkpoint, Key
from did.errors import DidError
from did.registry.register import Register

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api.recovery.chain_view import Call
    from api.recovery.findings import Watch
    from api.recovery.sources import Source
    from api.recovery.vouching import Vouched
    from api.settings import Settings
    from api.system import System
    from did.chain.driver import Head
    from did.registry.policy import Policy

UNFINISHED: Final = ".recovering"


@dataclass(frozen=True, slots=True)
class Given:
    """What the operator brings: trust anchors and a node, and what is known to be lost for good."""

    policy: Policy | None
    call: Call | None
    register_lost: bool
    keys_lost: bool


@dataclass(slots=True)
class Recovered:
    """What a run came to."""

    new_database: bool
    size: int = 0
    entries: int = 0
    dids: int = 0
    dids_without_history: int = 0
    unopened: int = 0
    contract: bool = False
    own_keys: bool = True
    refused: Findings = field(default_factory=Findings)


class Recovery:
    """One run over one directory, whose lock the caller holds."""

    def __init__(
        self, settings: Settings, system: System, source: Source, given: Given, *, watch: Watch
    ) -> None:
        self._settings = settings
        self._system = system
        self._source = source
        self._given = given
        self._watch = watch
        path = settings.register_path
        self._register = Register.parse(path.read_bytes() if path.exists() else b"")
        self._file = ServiceFile.read(settings.service_keys_path)

    def run(self) -> Recovered:
        """Complete the database, or make it."""
        try:
            return self._run()
        except DidError as error:
            if error.remedy:
                raise
            raise RejectedError(
                error.code,
                error.detail,
                remedy="name another copy of the log; nothing was changed",
                clause=error.clause,
            ) from None

    def _run(self) -> Recovered:
        database = self._settings.database_path
        if database.exists():
            return self._fill(database, Recovered(new_database=False))
        beside = database.with_name(database.name + UNFINISHED)
        for left in (beside, *_companions(beside)):
            left.unlink(missing_ok=True)
        done = self._fill(beside, Recovered(new_database=True))
        beside.replace(database)
        files.sync_directory(database.parent)
        return done

    def _fill(self, database: Path, done: Recovered) -> Recovered:
        engine = writing_engine(database)
        try:
            with engine.connect() as connection:
                migrate(connection)
                with connection.begin():
                    self._transaction(connection, done)
        finally:
            engine.dispose()
        return done

    def _transaction(self, connection: Connection, done: Recovered) -> None:
        size = count_entries(connection)
        self._check_left(connection, size)  # 1
        policy, head = self._trusted(connection, size, done)
        sealed = sealed_size(StoredLog.over(connection), size)
        vouched = vouch(  # 2
            self._source,
            origin=self._settings.origin,
            policy=policy,
            register=self._register,
            head=head,
            stored_size=sealed,
        )
        filling = Filling(connection, self._settings, self._source, self._watch)  # 3
        kept = needed_from(connection, vouched.tree.size, chain=self._settings.chain)
        kept = 0 if head is None else min(kept, head.size or kept)
        done.entries = filling.entries(vouched.tree, self._register, needed_from=kept)
        done.size = count_entries(connection)
        records = Records(connection, self._settings, self._system, self._source, self._watch)
        done.dids, done.dids_without_history = records.histories(done.refused)
        done.unopened = records.evidence()
        self._restore_keys(connection, size)
        self._store_note(connection, vouched)

    def _check_left(self, connection: Connection, size: int) -> None:
        """Step 1: what must not be passed over in silence."""
        if self._register.last is None and not self._given.register_lost:
            raise RejectedError(
                "register.lost",
                "the checkpoint register is missing or empty: nothing here says how far the log was signed",
                remedy="restore checkpoint-register.txt; if it is lost for good, make sure that the copy is "
                "the newest there is, and add --register-lost",
            )
        if size == 0 and self._file is None and not self._given.keys_lost:
            raise RejectedError(
                "keys.service-file",
                "service-keys.json is missing: log key and publisher's key would be new ones",
                remedy="restore the file; if it is lost for good, add --keys-lost and see docs/recovery.md",
            )
        if self._given.register_lost and self._register.last is None:
            # They are signed again: the first start begins a new register with the newest size.
            connection.execute(delete(Checkpoint))

    def _trusted(
        self, connection: Connection, size: int, done: Recovered
    ) -> tuple[Policy | None, Head | None]:
        """The log's keys and the contract's head, as far as they can be known here."""
        keys = ServiceFile.of(connection) if size else self._file
        done.own_keys = keys is not None
        policy, admin = self._given.policy, None
        if keys is not None:
            vault = reopen_vault(keys.meta, self._settings, self._system)
            policy = policy or own_policy(keys, vault, self._settings.origin)
            admin = chain_admin(keys, vault, self._settings)
        with open_view(self._settings, admin, self._given.call) as view:
            done.contract = view is not None
            return policy, None if view is None else view.head()[1]

    def _restore_keys(self, connection: Connection, size: int) -> None:
        """The service's own keys: all of them into an empty database, else what changed since the backup.

        A key that was retired since stays so: an old copy must not bring a stolen key back.
        """
        if self._file is None:
            return
        if size == 0:
            self._file.restore(connection)
            return
        for key in self._file.keys:
            row = insert(Key).values(tenant=SERVICE_TENANT, scid="", **key)
            place = ["tenant", "key_id", "version"]
            if key["state"] == RETIRED:
                connection.execute(row.on_conflict_do_update(index_elements=place, set_=dict(key)))
            else:
                connection.execute(row.on_conflict_do_nothing(index_elements=place))

    def _store_note(self, connection: Connection, vouched: Vouched) -> None:
        """The source's checkpoint, where the register has it; otherwise the service's start signs anew."""
        line = self._register.find(vouched.tree.size)
        if vouched.note is None or line is None:
            return
        values = {
            "size": line.size,
            "tenant": SERVICE_TENANT,
            "root": line.root,
            "map_root": line.map_root,
            "note": vouched.note,
            "time": line.time,
        }
        connection.execute(insert(Checkpoint).values(values).on_conflict_do_nothing())


def _companions(path: Path) -> Iterator[Path]:
    return (path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))
