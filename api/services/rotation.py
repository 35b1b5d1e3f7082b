"""Replacing the key with which the log signs, while no service runs (registry-protocol 5.5).

Phases:
1. `ADD`: a new key beside the old one; both sign from the next start on, and `/log/policy` names both
2. witnesses and verifiers take over the new line; nobody here can see that they did
3. `RETIRE`: the older key stops, and its secret is erased

`REVOKE` is for a stolen key: every key in use stops at once, and a new one takes over. The next start signs
the newest checkpoint again with the keys of then, and so is every stored note that is given out.

Invariants: origin, log id, tree and the bodies in the register never change; there is always a key that
signs, and never more than two.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlmodel import col

from api.errors import ApiError
from api.keys.keyring import LOG, add_log_key, erase_log_key, log_keys
from api.keys.opening import open_vault
from api.keys.service_file import ServiceFile
from api.services import bootstrap
from api.store.engine import writing_engine
from api.store.lock import DataLock
from api.store.migrate import migrate
from api.store.tables import SERVICE_TENANT, Key
from did.keys import Ed25519Signer
from did.registry.note import NoteSigner

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from api.keys.keyring import LogKey
    from api.settings import Settings
    from api.system import System


class Phase(StrEnum):
    """What is to be done."""

    ADD = "add"
    RETIRE = "retire"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class Rotated:
    """The vkeys with which the log signs from now on, oldest first, and those that stopped."""

    signing: tuple[str, ...]
    stopped: tuple[str, ...]


def rotate(settings: Settings, system: System, phase: Phase) -> Rotated:
    """Do one phase, durably. Codes `store.locked`, `store.directory`, `rotation.*`, `keys.*`."""
    with DataLock(settings.data):
        engine = writing_engine(settings.database_path)
        try:
            with engine.connect() as connection:
                migrate(connection)
                with connection.begin():
                    ServiceFile.of(connection).check_newest(settings.service_keys_path)
                    rotated = _rotate(connection, settings, system, phase)
                kept = ServiceFile.of(connection)
                connection.rollback()
            kept.keep(settings.service_keys_path)
        finally:
            engine.dispose()
    return rotated


def _rotate(connection: Connection, settings: Settings, system: System, phase: Phase) -> Rotated:
    newest = connection.execute(
        select(func.max(col(Key.version))).where(col(Key.tenant) == SERVICE_TENANT, col(Key.key_id) == LOG)
    ).scalar()
    if newest is None:
        raise ApiError("rotation.no-key", "there is no key of a log yet", remedy="Run `avow serve` once.")
    vault = open_vault(connection, settings, system)
    # The address that the first start fixed, whatever the settings say now.
    origin = _origin(bootstrap.public_url(connection) or settings.public_url)
    keys = log_keys(connection, vault, system)
    stopping = _stopping(keys, phase)
    for key in stopping:
        erase_log_key(connection, key.version, public=_vkey(origin, key))
    signing = [key for key in keys if key not in stopping]
    if phase is not Phase.RETIRE:
        signing.append(add_log_key(connection, vault, system, version=newest + 1))
    return Rotated(
        tuple(_vkey(origin, key) for key in signing), tuple(_vkey(origin, key) for key in stopping)
    )


def _stopping(keys: list[LogKey], phase: Phase) -> list[LogKey]:
    """The keys that stop in a phase (`rotation.under-way`, `rotation.not-begun`)."""
    if phase is Phase.REVOKE:
        return keys
    if phase is Phase.ADD:
        if len(keys) > 1:
            raise ApiError(
                "rotation.under-way",
                "the log signs with two keys already",
                remedy="Finish with `avow log rotate-key --retire` once everybody has the newer one.",
            )
        return []
    if len(keys) == 1:
        raise ApiError(
            "rotation.not-begun",
            "the log signs with one key only, and it cannot be retired",
            remedy="Add a new one first: `avow log rotate-key`.",
        )
    return keys[:1]


def _origin(public_url: str) -> str:
    return public_url.split("://", 1)[1] + "/log"


def _vkey(origin: str, key: LogKey) -> str:
    return NoteSigner(origin, Ed25519Signer(key.secret.reveal())).key.text
