"""Check 8: every private key opens under the master key, as the row that it stands in, and none stands open.

Checklist:
1. the master key is the one that the database was made with (`keys.unwrap`)
2. a key's text is wrapped (`keys.plaintext`), opens for its row (`keys.unwrap`), and its public half belongs
   to it (`keys.public`; BBS keys apart)
3. the file beside the database holds the service's own keys as they are stored (`keys.service-file`),
   and knows of no newer ones (`keys.behind`)

Not here: making a master key. Where there is none to be read, this is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, select
from sqlmodel import col

from api.errors import ApiError
from api.keys import did_keys
from api.keys.keyring import RETIRED
from api.keys.secret import Secret
from api.keys.service_file import ServiceFile
from api.keys.vault import Label, Sealed, Vault
from api.recovery.findings import Mend
from api.recovery.scratch import number, stream
from api.store.tables import Key
from did.errors import DidError
from did.keys import KeyType

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Row

    from api.recovery.findings import Findings, Watch
    from api.settings import Settings

SIGNING: Final = frozenset({KeyType.ED25519.value, KeyType.P256.value, KeyType.P384.value})
LOST: Final = "Restore the row from a backup; a key that does not open cannot be made again: rotate it."


def check_keys(found: Findings, connection: Connection, vault: Vault, *, watch: Watch) -> str:
    """Step 2."""
    total = number(connection, "SELECT count(*) FROM keys")
    columns = (
        Key.tenant,
        Key.key_id,
        Key.version,
        Key.purpose,
        Key.type,
        Key.public,
        Key.state,
        Key.nonce,
        Key.wrapped,
    )
    with watch("keys", total) as advance:
        for row in stream(connection, select(*map(col, columns))):
            _check_key(found, row, vault)
            advance(1)
    return f"{total} wrapped keys"


def check_service_file(found: Findings, connection: Connection, settings: Settings) -> None:
    """Step 3. The file is mended only where the keys that would be written were found good."""
    path = settings.service_keys_path
    try:
        kept = ServiceFile.read(path)
    except ApiError:
        kept = None
    stored = ServiceFile.of(connection)
    try:
        stored.check_newest(path)
    except ApiError as error:
        found.add(error.code, path.name, error.detail, remedy=error.remedy)
        return
    if kept != stored:
        found.add(
            "keys.service-file",
            path.name,
            "it is missing, or does not hold the service's own keys as they are stored",
            remedy="`avow fsck --repair` writes it anew, once the keys in the database are good.",
            mend=None if found.counts else Mend.KEY_FILE,
        )


def _check_key(found: Findings, row: Row[Any], vault: Vault) -> None:
    place = f"key {row.key_id}" + (f" of tenant {row.tenant}" if row.tenant else "")
    if row.state == RETIRED and not row.wrapped:
        return  # its secret was erased
    if (
        len(row.wrapped) <= did_keys.secret_bytes(row.type)
        or _public(row, bytes(row.wrapped)[: did_keys.secret_bytes(row.type)]) == row.public != ""
    ):
        found.add(
            "keys.plaintext", place, "its text is not wrapped", remedy="Take the key out of use at once."
        )
        return
    try:
        secret = vault.open(
            Label(row.tenant, row.key_id, row.purpose, row.version), Sealed(row.nonce, row.wrapped)
        )
    except ApiError as error:
        found.add(error.code, place, "it does not open for the row that it stands in", remedy=LOST)
        return
    if row.type in SIGNING and _public(row, secret) != row.public:
        found.add("keys.public", place, "its public half belongs to another key", remedy=LOST)


def _public(row: Row[Any], secret: bytes) -> str:
    """The public half of a key that signs texts, empty for other types and for what is no secret."""
    if row.type not in SIGNING:
        return ""
    try:
        return did_keys.signer(KeyType(row.type), Secret(secret)).public_key.multikey()
    except DidError:
        return ""
