"""The outbox in a SQLite file of its own.

Invariants:
- A change is on the disk as a whole when its call returns (`synchronous=FULL`), or not at all.
- One process at a time (`chain.in-use`): two senders of one account would fight over its nonces.
- Errors of SQLite leave as `chain.unavailable` (disk, lock) or `chain.store` (damage).

Not here: growth. A row has about one kilobyte, a year of anchors every ten minutes some 50 MB.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from did.chain.abi import address_text
from did.chain.driver import BlockRef
from did.chain.errors import ChainError
from did.chain.network.outbox import Intent, Outbox, Owner, State
from did.chain.network.transactions import Fees, Signed
from did.chain.sqlite_faults import translated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

APPLICATION_ID: Final = 0x41564F42  # "AVOB"
FORMAT: Final = 1
_DAMAGED: Final = "move this file away: the chain itself says what is anchored"
# Prices and gas are texts: wei can exceed the 63 bits of SQLite's integers.
_SCHEMA: Final = (
    "CREATE TABLE owner (chain_id TEXT NOT NULL, genesis BLOB NOT NULL, account BLOB NOT NULL)",
    """CREATE TABLE intent (
        nonce INTEGER PRIMARY KEY, target BLOB NOT NULL, data BLOB NOT NULL, gas INTEGER NOT NULL,
        state TEXT NOT NULL, block_number INTEGER, block_hash BLOB)""",
    """CREATE TABLE attempt (
        nonce INTEGER NOT NULL REFERENCES intent (nonce), number INTEGER NOT NULL, hash BLOB NOT NULL UNIQUE,
        raw BLOB NOT NULL, maximum TEXT NOT NULL, tip TEXT NOT NULL, PRIMARY KEY (nonce, number))""",
    "CREATE INDEX intent_by_state ON intent (state)",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {FORMAT}",
)


class OutboxFile(Outbox):
    """An `Outbox` that survives the process. One thread may open it and another use it."""

    def __init__(self, path: Path) -> None:
        """Open or create the file (`chain.in-use`, `chain.store`, `chain.unavailable`)."""
        self._name = path.name
        with self._translated():
            self._db = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            with self._translated():
                self._prepare()
        except BaseException:
            self._db.close()
            raise

    def claim(self, owner: Owner) -> None:
        """Take a new outbox, or compare with whom it belongs to."""
        with self._transaction():
            row = self._db.execute("SELECT chain_id, genesis, account FROM owner").fetchone()
            if row is None:
                values = (str(owner.chain_id), owner.genesis, owner.account)
                self._db.execute("INSERT INTO owner VALUES (?, ?, ?)", values)
                return
        found = Owner(int(row[0]), bytes(row[1]), bytes(row[2]))
        if found != owner:
            same = (found.chain_id, found.account) == (owner.chain_id, owner.account)
            raise ChainError(
                "chain.configuration",
                f"{self._name} was made for account {address_text(found.account)} on chain {found.chain_id}"
                + (", whose first block was another one" if same else ""),
                remedy="go back to that chain and account; if the change is meant, move this file away",
            )

    def unsettled(self, count: int) -> list[Intent]:
        """Intents that are open, or whose nonce is `count` or above."""
        with self._translated():
            rows = self._db.execute(
                "SELECT nonce, target, data, gas, state, block_number, block_hash FROM intent"
                " WHERE state = ? OR nonce >= ? ORDER BY nonce",
                (State.OPEN.value, count),
            ).fetchall()
            return [self._intent(row) for row in rows]

    def next_nonce(self) -> int:
        """One above the highest nonce."""
        with self._translated():
            return int(self._db.execute("SELECT coalesce(max(nonce) + 1, 0) FROM intent").fetchone()[0])

    def add(self, intent: Intent) -> None:
        """Keep a new intent with its first attempt."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO intent (nonce, target, data, gas, state) VALUES (?, ?, ?, ?, ?)",
                (intent.nonce, intent.to, intent.data, intent.gas, intent.state.value),
            )
            for attempt in intent.attempts:
                self._insert(intent.nonce, attempt)

    def add_attempt(self, nonce: int, attempt: Signed) -> None:
        """Keep a replacement."""
        with self._transaction():
            self._insert(nonce, attempt)

    def settle(self, nonce: int, state: State, block: BlockRef | None) -> None:
        """Note what became of an intent."""
        number, block_hash = (None, None) if block is None else (block.number, block.hash)
        with self._transaction():
            self._db.execute(
                "UPDATE intent SET state = ?, block_number = ?, block_hash = ? WHERE nonce = ?",
                (state.value, number, block_hash, nonce),
            )

    def close(self) -> None:
        """Release the file."""
        with self._translated():
            self._db.close()

    def _insert(self, nonce: int, attempt: Signed) -> None:
        self._db.execute(
            "INSERT INTO attempt (nonce, number, hash, raw, maximum, tip)"
            " SELECT ?, count(*), ?, ?, ?, ? FROM attempt WHERE nonce = ?",
            (nonce, attempt.hash, attempt.raw, str(attempt.fees.maximum), str(attempt.fees.tip), nonce),
        )

    def _intent(self, row: tuple[Any, ...]) -> Intent:
        nonce, to, data, gas, state, number, block_hash = row
        attempts = self._db.execute(
            "SELECT raw, hash, maximum, tip FROM attempt WHERE nonce = ? ORDER BY number", (nonce,)
        ).fetchall()
        return Intent(
            nonce=nonce,
            to=bytes(to),
            data=bytes(data),
            gas=gas,
            attempts=tuple(
                Signed(bytes(raw), bytes(found), Fees(int(maximum), int(tip)))
                for raw, found, maximum, tip in attempts
            ),
            state=State(state),
            block=None if number is None else BlockRef(number, bytes(block_hash)),
        )

    def _prepare(self) -> None:
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        if self._db.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
            raise ChainError("chain.unavailable", f"{self._name}: this file system has no write-ahead log")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        # The first transaction takes the lock that is then kept.
        with self._transaction():
            application = self._db.execute("PRAGMA application_id").fetchone()[0]
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            empty = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
            if empty and (application, version) == (0, 0):
                for statement in _SCHEMA:
                    self._db.execute(statement)
            elif (application, version) != (APPLICATION_ID, FORMAT):
                raise ChainError(
                    "chain.store",
                    f"{self._name} is no outbox of format {FORMAT} (found {application:#x}, {version})",
                    remedy="choose another data directory or restore this file from its backup",
                )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._translated():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                # SQLite has already rolled back by itself after some faults, a full disk among them.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _translated(self) -> AbstractContextManager[None]:
        return translated(self._name, what="the outbox", damaged=_DAMAGED)
