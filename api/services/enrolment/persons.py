"""Whom an issuer signs for: its own reference to a person, as a keyed digest, and what is drawn for them.

Invariants:
- one key for each issuing DID, made with its first offer, kept wrapped like every other; it signs nothing.
- a reference is stored as HMAC under that key only: who has the database, and not the master key, can
  confirm no guess of it. The digest of a request that carries one is keyed as well.
- entropy follows from key and person: the same person gets the same by every credential of the issuer, so
  that neither a re-issue nor another profile gives a second pseudonym; nobody foretells it without the key.

Not here: records of who is enrolled (`api.services.enrolment.issuing`).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlmodel import col

from api.keys import keyring
from api.keys.secret import Secret
from api.keys.vault import Label, Sealed
from api.store.tables import Key
from credentials.suites.bbs_features import draw_signer_nym_entropy
from zk.hashing import EXPAND_LENGTH, reduce_to_scalar

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from api.services.core import Core
    from api.services.idempotency import Once
    from zk.curve import Scalar

PURPOSE: Final = "enrolment"
MAX_REFERENCE: Final = 256


@dataclass(frozen=True, slots=True)
class EnrolmentKey:
    """The key of one issuer, under which it knows people."""

    secret: Secret

    def person(self, reference: str) -> bytes:
        """Give the 32 octets under which a person is on file."""
        return self._digest("sha256", b"person", reference.encode())

    def entropy(self, person: bytes) -> Scalar:
        """Give what the issuer adds to the last nym secret of this person's credentials."""
        octets = self._digest("sha512", b"entropy", person)
        return reduce_to_scalar(octets[:EXPAND_LENGTH])

    def nym_entropy(self, person: bytes) -> bytes:
        """Give the same for the pseudonyms of `bbs-2023`: 32 octets, unrelated to the other one."""
        octets = self._digest("sha512", b"bbs-2023 entropy", person)
        return draw_signer_nym_entropy(random_bytes=lambda size: octets[:size])

    def once(self, key: Once | None) -> Once | None:
        """Let the digest of a request that names a person confirm no guess."""
        if key is None:
            return None
        return replace(key, request=self._digest("sha256", b"request", key.request))

    def _digest(self, algorithm: str, *parts: bytes) -> bytes:
        message = b"".join(len(part).to_bytes(8) + part for part in parts)
        return hmac.digest(self.secret.reveal(), message, algorithm)


def digest(nonce: bytes) -> bytes:
    """Give what a nonce is stored as."""
    return hashlib.sha256(nonce).digest()


def stored(core: Core, tenant: str, scid: str) -> EnrolmentKey | None:
    """Find the key of an issuer; None before its first offer."""
    row = core.reader.first(_query(tenant, scid))
    if row is None:
        return None
    return EnrolmentKey(core.vault.key(_label(tenant, scid), Sealed(row.nonce, row.wrapped)))


async def ensure(core: Core, tenant: str, scid: str) -> EnrolmentKey:
    """Find the key of an issuer, or make it; durable when this returns."""
    found = stored(core, tenant, scid)
    if found is not None:
        return found
    return await core.writer.run(lambda unit: _ensure(unit.connection, core, tenant, scid))


def _ensure(connection: Connection, core: Core, tenant: str, scid: str) -> EnrolmentKey:
    row = connection.execute(_query(tenant, scid)).first()
    if row is not None:
        return EnrolmentKey(core.vault.key(_label(tenant, scid), Sealed(row.nonce, row.wrapped)))
    secret = Secret(core.system.random_bytes(keyring.SECRET_BYTES))
    key = keyring.NewKey(_name(scid), PURPOSE, "raw", "", secret)
    # It belongs to no document, so it stands under no SCID.
    keyring.store(connection, core.vault, key, tenant=tenant, scid="", now=core.system.seconds())
    return EnrolmentKey(secret)


def _query(tenant: str, scid: str) -> Select[bytes, bytes]:
    return select(col(Key.nonce), col(Key.wrapped)).where(
        col(Key.tenant) == tenant, col(Key.key_id) == _name(scid), col(Key.version) == 1
    )


def _label(tenant: str, scid: str) -> Label:
    return Label(tenant, _name(scid), PURPOSE, 1)


def _name(scid: str) -> str:
    return f"{PURPOSE}:{scid}"
