"""`avow fsck`: every check of a data directory, in order, each with all that it finds.

    1 database   the file, its schema                    5 register   register and stored checkpoints
    2 entries    the log, derived anew from them         6 public     the public folder
    3 derived    what is stored as derived               7 anchors    the contract
    4 records    versions and evidence against leaves    8 keys       wrapped keys, the service's key file

Invariants:
- The data directory's lock is held; nothing is written but the scratch database.
- A check that rests on what another one found false is left out, and said to be.
- What cannot be looked at (no master key, no node) is said, and is no fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import DBAPIError

from api.client.failures import UnreachableError
from api.errors import ApiError
from api.keys.opening import WRONG, reopen_vault
from api.keys.service_file import ServiceFile
from api.recovery.chain_view import open_view
from api.recovery.checks.anchored import check_anchors, needed_from, other_anchors
from api.recovery.checks.database import DAMAGED, check_database
from api.recovery.checks.derivation import check_derived
from api.recovery.checks.entries import SignedRoot, check_entries
from api.recovery.checks.public import PublicCheck
from api.recovery.checks.records import check_records
from api.recovery.checks.signed import check_register, read_register
from api.recovery.checks.wrapped import check_keys, check_service_file
from api.recovery.findings import Checked, Findings
from api.recovery.own_keys import chain_admin, own_policy
from api.recovery.scratch import scratch, stream
from api.registry.sequencer import count_entries, sealed_size
from api.registry.stored_log import StoredLog
from did.errors import DidError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from api.keys.vault import Vault
    from api.recovery.chain_view import Call
    from api.recovery.findings import Watch
    from api.settings import Settings
    from api.system import System
    from did.registry.log import Log
    from did.registry.policy import Policy
    from did.registry.register import RegisterLine

CHECKS: Final = ("database", "entries", "derived", "records", "register", "public", "anchors", "keys")
_NO_VIEW: Final = {
    "evm": "the contract: no node was named (see --rpc)",
    "file": "nothing is anchored; the service checks the published file when it starts",
}


class Check:
    """One run over one directory, whose lock the caller holds."""

    def __init__(
        self, settings: Settings, system: System, *, deep: bool | None, call: Call | None, watch: Watch
    ) -> None:
        self._settings = settings
        self._system = system
        self._deep = deep
        self._call = call
        self._watch = watch
        self._vault: Vault | None = None
        self._log: Log | None = None
        self._lines: list[RegisterLine] = []
        self._needed = 0
        self.policy: Policy | None = None
        """The log's own keys, as far as they open; a key that does not is a finding of check 8."""
        self.done: list[Checked] = []

    def run(self) -> Sequence[Checked]:
        """All checks; code `store.lost` where there is no database."""
        database = self._settings.database_path
        if not database.exists():
            raise ApiError(
                "store.lost",
                f"there is no database {database.name} in this directory",
                remedy="Restore its backup, or bring it back from a copy of the log with `avow recover`.",
            )
        try:
            with scratch(database) as connection:
                self._run(connection)
        except DBAPIError as error:
            if self.done:
                raise
            found = Findings()
            found.add("store.unreadable", database.name, type(error.orig).__name__, remedy=DAMAGED)
            self.done.append(Checked("database", "", found, ()))
        return self.done

    def _run(self, connection: Connection) -> None:
        works: dict[str, Callable[[Findings, list[str], Connection], str]] = {
            "database": self._database,
            "entries": self._entries,
            "derived": self._derived,
            "records": self._records,
            "register": self._register,
            "public": self._public,
            "anchors": self._anchors,
            "keys": self._keys,
        }
        for name in CHECKS:
            found, left_out, looked_at = Findings(), list[str](), ""
            if name not in ("database", "entries", "keys") and self._log is None:
                left_out.append("the entries do not hold")
            else:
                try:
                    looked_at = works[name](found, left_out, connection)
                except DBAPIError as error:
                    found.add("store.unreadable", name, type(error.orig).__name__, remedy=DAMAGED)
                except (DidError, ApiError) as error:
                    found.add(error.code, name, error.detail, remedy=error.remedy)
            self.done.append(Checked(name, looked_at, found, tuple(left_out)))
            if name == "database" and found.counts:
                return

    def _database(self, found: Findings, _left_out: list[str], connection: Connection) -> str:
        return check_database(found, connection)

    def _entries(self, found: Findings, _left_out: list[str], connection: Connection) -> str:
        size = count_entries(connection)
        self._lines = read_register(Findings(), self._register_bytes())
        newest = [SignedRoot(line.size, line.root) for line in self._lines[-1:]]
        rows = stream(connection, "SELECT size, root FROM checkpoints ORDER BY size DESC LIMIT 1")
        stored = [SignedRoot(row.size, bytes(row.root)) for row in rows]
        self._needed = needed_from(connection, _sealed(connection, size), chain=self._settings.chain)
        self._log = check_entries(
            found,
            connection,
            origin=self._settings.origin,
            newest=[*newest, *stored],
            signed_here=max((at.size for at in stored), default=0),
            needed_from=self._needed,
            public=self._settings.public_log_path,
            watch=self._watch,
        )
        return f"{size} entries"

    def _derived(self, found: Findings, _left_out: list[str], connection: Connection) -> str:
        return check_derived(found, connection, needed_from=self._needed)

    def _records(self, found: Findings, left_out: list[str], connection: Connection) -> str:
        looked_at, deep = check_records(found, connection, deep=self._deep, watch=self._watch)
        if not deep:
            left_out.append("histories by did:webvh (add --deep)")
        return looked_at

    def _register(self, found: Findings, left_out: list[str], connection: Connection) -> str:
        assert self._log is not None
        self._lines = read_register(found, self._register_bytes())
        self.policy = self._open_policy(connection)
        if self.policy is None:
            left_out.append("signatures of the stored checkpoints: the log's key could not be opened")
        return check_register(
            found, connection, self._log, self._lines, policy=self.policy, watch=self._watch
        )

    def _public(self, found: Findings, left_out: list[str], connection: Connection) -> str:
        assert self._log is not None
        if self._lines and self._lines[-1].size > self._log.sealed_size:
            left_out.append("the public folder: the database is behind the register")
            return ""
        folder = PublicCheck(
            found,
            connection,
            self._log,
            self._settings.public_log_path,
            policy=self.policy,
        )
        return folder.run({line.size for line in self._lines}, watch=self._watch)

    def _anchors(self, found: Findings, left_out: list[str], connection: Connection) -> str:
        assert self._log is not None
        if self._settings.chain == "embedded" and not self._settings.chain_path.exists():
            rows = stream(connection, "SELECT 1 FROM anchors WHERE state = 'anchored' LIMIT 1")
            if next(rows, None) is not None:
                found.add(
                    "chain.missing",
                    self._settings.chain_path.name,
                    "anchors were made, and the embedded chain's file is gone",
                    remedy="Restore the chain's file from where it was copied last; see docs/recovery.md.",
                )
            return ""
        with open_view(self._settings, self._admin(connection), self._call) as view:
            if view is None:
                left_out.append(_NO_VIEW.get(self._settings.chain, "the contract: no chain can be read"))
                return ""
            others = other_anchors(connection, view)
            if others:
                left_out.append(f"{others} anchors on other chains or in other contracts")
            try:
                return check_anchors(found, connection, self._log, view, watch=self._watch)
            except UnreachableError as error:
                left_out.append(f"the contract: {error.detail}")
                return ""

    def _keys(self, found: Findings, left_out: list[str], connection: Connection) -> str:
        vault, looked_at = self._open_vault(connection), ""
        if vault is not None:
            looked_at = check_keys(found, connection, vault, watch=self._watch)
        elif self._has_master():
            found.add("keys.unwrap", "master key", "it is not the one of this database", remedy=WRONG)
        else:
            left_out.append("the wrapped keys: there is no master key")
        check_service_file(found, connection, self._settings)
        return looked_at

    def _has_master(self) -> bool:
        settings = self._settings
        return settings.master_passphrase is not None or settings.master_key_path.exists()

    def _open_vault(self, connection: Connection) -> Vault | None:
        """The vault, or None where the master key is missing or another one."""
        if self._vault is None and self._has_master():
            try:
                self._vault = reopen_vault(ServiceFile.of(connection).meta, self._settings, self._system)
            except ApiError as error:
                if error.code != "keys.unwrap":
                    raise
        return self._vault

    def _admin(self, connection: Connection) -> bytes | None:
        """The account that opened the log on a network, as far as it can be known."""
        vault = self._open_vault(connection)
        if self._settings.chain != "evm" or vault is None:
            return None
        try:
            return chain_admin(ServiceFile.of(connection), vault, self._settings)
        except ApiError:
            return None  # a key that does not open is a finding of check 8

    def _open_policy(self, connection: Connection) -> Policy | None:
        vault = self._open_vault(connection)
        try:
            return (
                None
                if vault is None
                else own_policy(ServiceFile.of(connection), vault, self._settings.origin, retired=True)
            )
        except ApiError:
            return None

    def _register_bytes(self) -> bytes:
        path = self._settings.register_path
        return path.read_bytes() if path.exists() else b""


def _sealed(connection: Connection, size: int) -> int:
    """The newest sealed size, as far as can be told before the entries are checked."""
    try:
        return sealed_size(StoredLog.over(connection), size)
    except (DidError, ApiError):
        return size
