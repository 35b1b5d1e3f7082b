"""What a wallet keeps, entry by entry: credentials and lasting keys, written and read.

Invariants:
- what is read is what was written, or `wallet.contents`: nothing is dropped in silence.

Not here: secrets of blind issuance (`credentials.holder.secrets`), the wallet around it all.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from credentials.errors import WalletError
from credentials.holder.secrets import octets
from credentials.holder.stored_gaps import StoredGap
from credentials.model import Credential
from did import encoding, jcs
from did.keys import Ed25519Signer
from did.methods import key as did_key
from did.timestamps import format_timestamp, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from did.types import JsonObject

_ID_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class HolderKey:
    """A lasting key of the holder, for credentials that name their subject; the seed does not show."""

    did: str
    seed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredCredential:
    """A credential in the wallet: a local id (16 hex digits of its digest), and when it was received.

    `blinds` has the blind factor of each suite that signed a commitment of this holder, `gap` what shows that
    it is not revoked.
    """

    id: str
    credential: Credential
    received: datetime
    blinds: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    gap: StoredGap | None = None

    def to_json(self) -> JsonObject:
        """Give as the wallet keeps it."""
        entry: JsonObject = {
            "received": format_timestamp(self.received),
            "credential": self.credential.document,
        }
        if self.blinds:
            entry["blinds"] = {name: encoding.encode_base64url(blind) for name, blind in self.blinds.items()}
        if self.gap is not None:
            entry["gap"] = self.gap.to_json()
        return entry


def identifier_of(document: JsonObject) -> str:
    """Give the local id of a credential: the beginning of its digest, in hex."""
    return hashlib.sha256(jcs.canonicalize(document)).digest()[:_ID_BYTES].hex()


def holder_key(seed: bytes) -> HolderKey:
    """Make the lasting key of a seed of 32 octets."""
    return HolderKey(did_key.create(Ed25519Signer(seed).public_key).text, seed)


def entries_of(contents: JsonObject, member: str) -> list[JsonObject]:
    """Read a list of objects. Codes: wallet.contents."""
    found = contents.get(member)
    entries = [item for item in found if isinstance(item, dict)] if isinstance(found, list) else None
    if entries is None or not isinstance(found, list) or len(entries) != len(found):
        raise WalletError("wallet.contents", f"{member} must be a list of objects")
    return entries


def stored_from(entry: JsonObject) -> StoredCredential:
    """Read a stored credential. Codes: wallet.contents, model.*."""
    received = entry.get("received")
    credential = Credential.parse(entry.get("credential"))
    if not credential.proofs or not isinstance(received, str):
        raise WalletError(
            "wallet.contents", "a stored credential lacks its proof or the time it was received"
        )
    return StoredCredential(
        identifier_of(credential.document),
        credential,
        parse_timestamp(received),
        octets(entry, "blinds"),
        StoredGap.parse(entry.get("gap")),
    )


def digest_from(text: str) -> bytes:
    """Read the digest that names a list. Codes: wallet.contents."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise WalletError("wallet.contents", "a list has a name that is no digest") from None


def key_from(entry: JsonObject) -> HolderKey:
    """Read a lasting key. Codes: wallet.contents."""
    seed = entry.get("seed")
    if not isinstance(seed, str):
        raise WalletError("wallet.contents", "a key has no seed")
    return holder_key(encoding.decode_base64url(seed))
