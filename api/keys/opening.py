"""Opening the vault of a data directory: the master key, from file or pass-phrase, tried before it is used.

Invariant: a wrong master key is noticed here and not at the first signature.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, insert, select
from sqlmodel import col

from api.errors import ApiError
from api.keys import master
from api.keys.vault import Label, Sealed, Vault
from api.store.tables import SERVICE_TENANT, Meta
from did.encoding import decode_base64url, encode_base64url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.keys.secret import Secret
    from api.settings import Settings
    from api.system import System

CHECK: Final = Label(SERVICE_TENANT, "check", "master-check", 1)
CHECK_TEXT: Final = b"avow master key"
SALT_BYTES: Final = 16
WRONG: Final = "Name the master key, file or pass-phrase, that this database was made with."


def open_vault(connection: Connection, settings: Settings, system: System) -> Vault:
    """Open the vault, or begin one; inside the caller's transaction. Code `keys.unwrap`."""
    vault = Vault(_master(connection, settings, system), system.random_bytes)
    _check_master(connection, vault)
    return vault


def reopen_vault(facts: Mapping[str, str], settings: Settings, system: System) -> Vault:
    """Open the vault that facts of an earlier start belong to; makes nothing. Codes `keys.*`."""
    if settings.master_passphrase is None:
        secret = master.from_file(
            settings.master_key_path, may_create=False, random_bytes=system.random_bytes
        )
    elif "master-salt" in facts:
        salt = decode_base64url(facts["master-salt"], max_bytes=64)
        secret = master.from_passphrase(settings.master_passphrase.get_secret_value(), salt)
    else:
        raise ApiError(
            "keys.unwrap", "the database was made with a key file, not a pass-phrase", remedy=WRONG
        )
    vault = Vault(secret, system.random_bytes)
    raw = decode_base64url(facts.get("master-check", ""), max_bytes=128)
    vault.open(CHECK, Sealed(raw[:24], raw[24:]))
    return vault


def meta(connection: Connection, name: str) -> str | None:
    """A fact that was fixed at the first start."""
    row = connection.execute(
        select(col(Meta.value)).where(col(Meta.tenant) == SERVICE_TENANT, col(Meta.name) == name)
    ).first()
    return None if row is None else row.value


def set_meta(connection: Connection, name: str, value: str) -> None:
    """Fix one."""
    connection.execute(insert(Meta).values(tenant=SERVICE_TENANT, name=name, value=value))


def _master(connection: Connection, settings: Settings, system: System) -> Secret:
    used = meta(connection, "master-check") is not None
    if settings.master_passphrase is None:
        return master.from_file(
            settings.master_key_path, may_create=not used, random_bytes=system.random_bytes
        )
    salt = meta(connection, "master-salt")
    if salt is None:
        salt = encode_base64url(system.random_bytes(SALT_BYTES))
        set_meta(connection, "master-salt", salt)
    return master.from_passphrase(
        settings.master_passphrase.get_secret_value(), decode_base64url(salt, max_bytes=SALT_BYTES)
    )


def _check_master(connection: Connection, vault: Vault) -> None:
    stored = meta(connection, "master-check")
    if stored is None:
        sealed = vault.seal(CHECK, CHECK_TEXT)
        set_meta(connection, "master-check", encode_base64url(sealed.nonce + sealed.text))
        return
    raw = decode_base64url(stored, max_bytes=128)
    vault.open(CHECK, Sealed(raw[:24], raw[24:]))
