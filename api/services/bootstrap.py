"""The first client: its secret is on the disk (mode 600, exclusive, synced) before its row commits.

A crash between the two leaves a file without a row: the next start writes a new file. The secret is never
printed and never logged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson
from sqlalchemy import Connection, select
from sqlmodel import col

from api import files
from api.errors import ApiError
from api.services import access
from api.store.engine import writing_engine
from api.store.lock import DataLock
from api.store.migrate import migrate
from api.store.tables import FIRST_TENANT, SERVICE_TENANT, Client, Meta
from api.store.writer import Unit
from did.encoding import encode_base64url

if TYPE_CHECKING:
    from pathlib import Path

    from api.settings import Settings
    from api.system import System

NAME: Final = "bootstrap"
PUBLIC_URL: Final = "public-url"
"""The row that keeps the address which the first start fixed."""


def ensure(connection: Connection, settings: Settings, system: System) -> None:
    """Make the first client where there is none; inside the caller's transaction."""
    if connection.execute(select(col(Client.client_id)).limit(1)).first() is not None:
        return
    client = _new(system)
    settings.bootstrap_path.unlink(missing_ok=True)
    files.write_new(settings.bootstrap_path, _content(client, settings.public_url))
    access.insert_client(Unit(connection), client, tenant=FIRST_TENANT, name=NAME, now=system.seconds())


def reset(settings: Settings, system: System) -> Path:
    """Give the first client a new secret and end its tokens, while no service runs. Returns the file.

    The file names the address that the first start fixed, whatever the settings say now.
    Codes `store.locked`, `store.directory`, `client.unknown`.
    """
    with DataLock(settings.data):
        engine = writing_engine(settings.database_path)
        try:
            with engine.connect() as connection:
                migrate(connection)
                with connection.begin():
                    _reset(connection, settings, system)
        finally:
            engine.dispose()
    return settings.bootstrap_path


def public_url(connection: Connection) -> str | None:
    """The address that this database was made for."""
    name = col(Meta.name) == PUBLIC_URL
    row = connection.execute(select(col(Meta.value)).where(col(Meta.tenant) == SERVICE_TENANT, name)).first()
    return None if row is None else row.value


def _reset(connection: Connection, settings: Settings, system: System) -> None:
    first = select(col(Client.client_id)).where(col(Client.name) == NAME, col(Client.tenant) == FIRST_TENANT)
    row = connection.execute(first.order_by(col(Client.created)).limit(1)).first()
    if row is None:
        raise ApiError("client.unknown", "there is no first client yet", remedy="Run `avow serve` once.")
    fresh = _new(system)
    client = access.NewClient(row.client_id, fresh.secret, fresh.scopes)
    known = settings.public_url if (stored := public_url(connection)) is None else stored
    files.replace(settings.bootstrap_path, _content(client, known))
    access.replace_secret(Unit(connection), client)


def _new(system: System) -> access.NewClient:
    return access.new_client(
        encode_base64url(system.random_bytes(12)),
        encode_base64url(system.random_bytes(32)),
        frozenset(access.SCOPES),
    )


def _content(client: access.NewClient, url: str) -> bytes:
    members = {"client_id": client.client_id, "client_secret": client.secret, "url": url}
    return orjson.dumps(members, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
