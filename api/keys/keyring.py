"""Private keys as rows: made here, wrapped by the vault, given out as signers.

Not here: which key may do what; the DID document says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, insert, select
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


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to be stored: its name, what for, its type and public half, and the secret."""

    key_id: str
    purpose: str
    type: str
    public: str
    secret: Secret
    state: str = ACTIVE


def store(connection: Connection, vault: Vault, key: NewKey, *, tenant: str, scid: str, now: int) -> None:
    """Wrap and store a key."""
    sealed = vault.seal(Label(tenant, key.key_id, key.purpose, 1), key.secret.reveal())
    connection.execute(
        insert(Key).values(
            tenant=tenant,
            key_id=key.key_id,
            version=1,
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
    """The service's own keys: of the log, and of publisher and admin of its contract."""

    log: Secret
    publisher: Secret
    admin: Secret

    @classmethod
    def ensure(cls, connection: Connection, vault: Vault, system: System) -> ServiceKeys:
        """Open them, or make them where there are none; inside the caller's transaction."""
        names = ("log", "chain-publisher", "chain-admin")
        return cls(*(_ensure(connection, vault, system, name) for name in names))


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
