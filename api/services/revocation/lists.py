"""The revocation list of an issuer: made once, with a gap key of its own, and found again.

Invariants:
- one list for each DID of a tenant. Its width, its clock and its key are fixed when it is made: a change of
  `AVOW_REVOCATION_EPOCH_SECONDS` is for later lists.
- epoch 0 begins at a multiple of the epoch's length, so epochs of one hour begin with the hour.
- the gap key signs gaps and nothing else; it is stored as every key is, wrapped, and belongs to no document.

Not here: who may issue (`api.services.issuers`), what is published (`publishing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, insert, select
from sqlmodel import col

from api.errors import ApiError
from api.keys import keyring
from api.keys.secret import Secret
from api.keys.vault import Label, Sealed
from api.services.revocation.places import ID_BYTES, list_url
from api.services.status.lists import signer
from api.store.tables import Key, RevocationIdentifier, RevocationList
from credentials.revocation import ListMetadata
from did.encoding import encode_base64url
from did.keys import KeyType, PublicKey
from did.methods.webvh import WebvhDid
from zk import bbs

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Row

    from api.services.core import Core
    from api.store.reader import Reader
    from api.store.writer import Unit

WIDTH: Final = 32
PURPOSE: Final = "revocation-gaps"
_COLUMNS: Final = (
    col(RevocationList.list_id),
    col(RevocationList.tenant),
    col(RevocationList.did),
    col(RevocationList.width),
    col(RevocationList.epoch_zero),
    col(RevocationList.epoch_seconds),
    col(RevocationList.gap_key),
)
_BY_ID: Final = select(*_COLUMNS).where(col(RevocationList.list_id) == bindparam("list_id"))
_BY_DID: Final = select(*_COLUMNS).where(
    col(RevocationList.tenant) == bindparam("tenant"), col(RevocationList.did) == bindparam("did")
)


@dataclass(frozen=True, slots=True)
class OwnList:
    """A list of this service: whose it is, and its metadata."""

    list_id: str
    tenant: str
    metadata: ListMetadata


async def ensure_list(core: Core, tenant: str, did: str) -> OwnList:
    """Give the list of an issuer, made now where there is none; durable when this returns.

    The caller has looked that the DID is the tenant's. Code `issuer.key-missing` where nothing could sign the
    list's metadata.
    """
    known = of_issuer(core, tenant, did)
    if known is not None:
        return known
    signer(core, tenant, WebvhDid.parse(did).scid)
    list_id = encode_base64url(core.system.random_bytes(ID_BYTES))
    secret = bbs.key_generate(core.suites.bbs, core.system.random_bytes(32))
    public = secret.public_key(core.suites.bbs)
    seconds = core.settings.revocation_epoch_seconds
    now = core.system.seconds()
    values = {
        "list_id": list_id,
        "tenant": tenant,
        "did": did,
        "width": WIDTH,
        "epoch_zero": now - now % seconds,
        "epoch_seconds": seconds,
        "gap_key": public,
        "created": now,
    }
    key = keyring.NewKey(
        key_id=_key_id(list_id),
        purpose=PURPOSE,
        type=KeyType.BLS12381_G2.value,
        public=PublicKey(KeyType.BLS12381_G2, public).multikey(),
        secret=Secret(secret.to_bytes()),
    )

    def command(unit: Unit) -> None:
        if unit.connection.execute(_BY_DID, {"tenant": tenant, "did": did}).first() is None:
            unit.connection.execute(insert(RevocationList).values(**values))
            keyring.store(unit.connection, core.vault, key, tenant=tenant, scid="", now=now)

    await core.writer.run(command)
    made = of_issuer(core, tenant, did)
    assert made is not None  # it is durable
    return made


def of_issuer(core: Core, tenant: str, did: str) -> OwnList | None:
    """Give the list of an issuer, if it has one."""
    row = core.reader.first(_BY_DID, {"tenant": tenant, "did": did})
    return None if row is None else _own(core.settings.public_url, row)


def by_id(reader: Reader, public_url: str, list_id: str) -> OwnList | None:
    """Give a list of this service."""
    row = reader.first(_BY_ID, {"list_id": list_id})
    return None if row is None else _own(public_url, row)


def in_use(core: Core) -> list[OwnList]:
    """Give every list of this service that has given out an identifier."""
    given = select(col(RevocationIdentifier.list_id)).where(
        col(RevocationIdentifier.list_id) == col(RevocationList.list_id)
    )
    return [
        _own(core.settings.public_url, row)
        for row in core.reader.all(select(*_COLUMNS).where(given.exists()))
    ]


def gap_key(core: Core, own: OwnList) -> bbs.SecretKey:
    """Open the key that signs the gaps of a list (`keys.missing`)."""
    row = core.reader.first(
        select(col(Key.nonce), col(Key.wrapped)).where(
            col(Key.tenant) == own.tenant, col(Key.key_id) == _key_id(own.list_id), col(Key.version) == 1
        )
    )
    if row is None:
        raise ApiError("keys.missing", "the gap key of a list is not stored")
    label = Label(own.tenant, _key_id(own.list_id), PURPOSE, 1)
    secret = core.vault.key(label, Sealed(row.nonce, row.wrapped))
    return bbs.SecretKey.from_bytes(core.suites.bbs, secret.reveal())


def _key_id(list_id: str) -> str:
    return f"gaps:{list_id}"


def _own(public_url: str, row: Row[Any]) -> OwnList:
    metadata = ListMetadata(
        url=list_url(public_url, row.list_id),
        issuer=row.did,
        width=row.width,
        epoch_zero=datetime.fromtimestamp(row.epoch_zero, UTC),
        epoch_seconds=row.epoch_seconds,
        gap_key=row.gap_key,
    )
    return OwnList(row.list_id, row.tenant, metadata)
