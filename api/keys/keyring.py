"""Private keys as rows: made here, wrapped by the vault, given out as signers.

Not here: which key may do what; the DID document says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, insert, select, update
from sqlmodel import col

from api.keys.secret import Secret
from api.keys.vault import Label, Sealed, Vault
from api.store.tables import SERVICE_TENANT, Key

if TYPE_CHECKING:
    from api.system import System

ACTIVE: Final = "active"
NEXT: Final = "next"
RETIRED: Final = "retired"
SECRET_BYTES: Final = 32
LOG: Final = "log"
"""The key id and purpose of the log's keys."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to be stored: its name, what for, its type and public half, and the secret."""

    key_id: str
    purpose: str
    type: str
    public: str
    secret: Secret
    state: str = ACTIVE
    version: int = 1


def store(connection: Connection, vault: Vault, key: NewKey, *, tenant: str, scid: str, now: int) -> None:
    """Wrap and store a key."""
    sealed = vault.seal(Label(tenant, key.key_id, key.purpose, key.version), key.secret.reveal())
    connection.execute(
        insert(Key).values(
            tenant=tenant,
            key_id=key.key_id,
            version=key.version,
            purpose=key.purpose,
            type=key.type,
            public=key.public,
            scid=scid,
            state=key.state,
            nonce=sealed.nonce,
            wrapped=sealed.text,
            created=now,
        )
    )


@dataclass(frozen=True, slots=True)
class ServiceKeys:
    """The service's own keys: of the log, of publisher and admin of its contract, of it as a witness.

    The log has two keys while one is being replaced, oldest first; all of them sign.
    """

    log: tuple[Secret, ...]
    publisher: Secret
    admin: Secret
    witness: Secret

    @classmethod
    def ensure(cls, connection: Connection, vault: Vault, system: System) -> ServiceKeys:
        """Open them, or make them where there are none; inside the caller's transaction."""
        names = ("chain-publisher", "chain-admin", "witness")
        others = (_ensure(connection, vault, system, name) for name in names)
        return cls(tuple(key.secret for key in log_keys(connection, vault, system)), *others)


@dataclass(frozen=True, slots=True)
class LogKey:
    """A key with which the log signs, and which of its keys it is, counted from 1."""

    version: int
    secret: Secret


def log_keys(connection: Connection, vault: Vault, system: System) -> list[LogKey]:
    """The keys with which the log signs now, oldest first; the first one is made where there is none."""
    rows = connection.execute(
        select(col(Key.version), col(Key.nonce), col(Key.wrapped), col(Key.state))
        .where(col(Key.tenant) == SERVICE_TENANT, col(Key.key_id) == LOG)
        .order_by(col(Key.version))
    ).all()
    if not rows:
        return [add_log_key(connection, vault, system, version=1)]
    return [
        LogKey(
            row.version,
            vault.key(Label(SERVICE_TENANT, LOG, LOG, row.version), Sealed(row.nonce, row.wrapped)),
        )
        for row in rows
        if row.state == ACTIVE
    ]


def add_log_key(connection: Connection, vault: Vault, system: System, *, version: int) -> LogKey:
    """Make and store one more key of the log."""
    key = NewKey(LOG, LOG, "raw", "", Secret(system.random_bytes(SECRET_BYTES)), version=version)
    store(connection, vault, key, tenant=SERVICE_TENANT, scid="", now=system.seconds())
    return LogKey(version, key.secret)


def erase_log_key(connection: Connection, version: int, *, public: str) -> None:
    """Let a key of the log never sign again: its secret is erased, its public half stays on record."""
    connection.execute(
        update(Key)
        .where(col(Key.tenant) == SERVICE_TENANT, col(Key.key_id) == LOG, col(Key.version) == version)
        .values(state=RETIRED, public=public, nonce=b"", wrapped=b"")
    )


def _ensure(connection: Connection, vault: Vault, system: System, name: str) -> Secret:
    row = connection.execute(
        select(col(Key.nonce), col(Key.wrapped)).where(
            col(Key.tenant) == SERVICE_TENANT, col(Key.key_id) == name, col(Key.version) == 1
        )
    ).first()
    if row is not None:
        return vault.key(Label(SERVICE_TENANT, name, name, 1), Sealed(row.nonce, row.wrapped))
    key = NewKey(name, name, "raw", "", Secret(system.random_bytes(SECRET_BYTES)))
    store(connection, vault, key, tenant=SERVICE_TENANT, scid="", now=system.seconds())
    return key.secret
