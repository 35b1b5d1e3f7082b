"""The service's own keys beside the database: `service-keys.json`, mode 600, wrapped as they are stored.

Log, publisher and admin keys stand in the database, wrapped under the master key. A database that is lost
would take them with it, and with them the log's name and its place in the contract. The file holds the same
wrapped texts; it opens nothing without the master key.

Invariants:
- No private key stands in it in the clear.
- It is written only after the database proved to be the one that the checkpoint register knows, so that a
  database begun anew cannot replace it; and never from a database that knows less of these keys than it does.

Not here: keys of hosted DIDs. They are in the database's backup and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson
from sqlalchemy import Connection, delete, insert, select
from sqlmodel import col

from api import files
from api.errors import ApiError
from api.keys.keyring import RETIRED
from api.store.tables import SERVICE_TENANT, Key, Meta
from did import jsontext
from did.encoding import decode_base64url, encode_base64url
from did.errors import DidError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from did.types import JsonObject, JsonValue

TYPE: Final = "AvowServiceKeys"
META: Final = ("public-url", "master-salt", "master-check")
MAX_BYTES: Final = 1 << 20
_TEXTS: Final = ("key_id", "purpose", "type", "public", "state")
_NUMBERS: Final = ("version", "created")
_BYTES: Final = ("nonce", "wrapped")


@dataclass(frozen=True, slots=True)
class ServiceFile:
    """What the file holds: facts of the first start, and rows of keys as they stand in the database."""

    meta: Mapping[str, str]
    keys: tuple[Mapping[str, str | int | bytes], ...]

    @classmethod
    def of(cls, connection: Connection) -> ServiceFile:
        """What the database says."""
        facts = select(col(Meta.name), col(Meta.value)).where(
            col(Meta.tenant) == SERVICE_TENANT, col(Meta.name).in_(META)
        )
        columns = [col(getattr(Key, name)) for name in (*_TEXTS, *_NUMBERS, *_BYTES)]
        rows = connection.execute(
            select(*columns)
            .where(col(Key.tenant) == SERVICE_TENANT)
            .order_by(col(Key.key_id), col(Key.version))
        )
        meta = {row.name: row.value for row in connection.execute(facts.order_by(col(Meta.name)))}
        return cls(meta, tuple(dict(row) for row in rows.mappings()))

    @classmethod
    def read(cls, path: Path) -> ServiceFile | None:
        """Read the file, or nothing where there is none; code `keys.service-file`."""
        if not path.exists():
            return None
        try:
            return cls._parsed(jsontext.parse_object(path.read_bytes(), max_bytes=MAX_BYTES))
        except (DidError, TypeError, KeyError, AttributeError):
            raise ApiError(
                "keys.service-file",
                f"{path.name} does not read as the service's wrapped keys",
                remedy="Restore it from its copy; from a whole database `avow fsck --repair` makes it.",
            ) from None

    @classmethod
    def _parsed(cls, value: JsonObject) -> ServiceFile:
        meta, keys = value["meta"], value["keys"]
        if value["type"] != TYPE or not isinstance(meta, dict) or not isinstance(keys, list):
            raise TypeError
        return cls({str(name): str(text) for name, text in meta.items()}, tuple(map(_key, keys)))

    @property
    def content(self) -> bytes:
        """The file's bytes."""
        keys = [
            {name: encode_base64url(v) if isinstance(v, bytes) else v for name, v in key.items()}
            for key in self.keys
        ]
        value = {"type": TYPE, "meta": dict(self.meta), "keys": keys}
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    def check_newest(self, path: Path) -> None:
        """Refuse a database older than the file: a key that was retired since would sign again.

        Code `keys.behind`. A file that cannot be read refuses nothing.
        """
        try:
            found = ServiceFile.read(path)
        except ApiError:
            return
        if found is not None and found.goes_beyond(self):
            raise ApiError(
                "keys.behind",
                f"{path.name} knows of keys made or retired since this copy of the database",
                remedy="Complete the database with `avow recover` (docs/recovery.md): it takes over what the "
                "file says of the service's own keys.",
            )

    def goes_beyond(self, stored: ServiceFile) -> bool:
        """Whether it knows of a key that `stored` lacks, or that is retired here and not there."""
        here = {(key["key_id"], key["version"]): key["state"] for key in stored.keys}
        return any(
            here.get((key["key_id"], key["version"])) not in {key["state"], RETIRED} for key in self.keys
        )

    def keep(self, path: Path) -> None:
        """Write the file where it differs; `check_newest` comes before."""
        if not path.exists() or path.read_bytes() != self.content:
            files.replace(path, self.content)

    def restore(self, connection: Connection) -> None:
        """Put facts and keys in the place of those that a database has which signed nothing yet."""
        connection.execute(delete(Meta).where(col(Meta.tenant) == SERVICE_TENANT, col(Meta.name).in_(META)))
        connection.execute(delete(Key).where(col(Key.tenant) == SERVICE_TENANT))
        facts = [{"tenant": SERVICE_TENANT, "name": name, "value": text} for name, text in self.meta.items()]
        rows = [{"tenant": SERVICE_TENANT, "scid": "", **key} for key in self.keys]
        for table, values in ((Meta, facts), (Key, rows)):
            if values:
                connection.execute(insert(table), values)


def _key(value: JsonValue) -> Mapping[str, str | int | bytes]:
    if not isinstance(value, dict) or set(value) != {*_TEXTS, *_NUMBERS, *_BYTES}:
        raise TypeError
    key: dict[str, str | int | bytes] = {}
    for name, found in value.items():
        if not isinstance(found, int if name in _NUMBERS else str):
            raise TypeError
        key[name] = decode_base64url(str(found), max_bytes=4096) if name in _BYTES else found
    return key
