"""The key of one batch: what seals its rows, and makes digests that confirm no guess.

Claims lie here for hours, so no row is ever stored in the clear. Erasing a batch forgets this key, in one
small change; the rows are unreadable from then on, and are deleted piece by piece.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.keys.vault import Label, Sealed, Vault

if TYPE_CHECKING:
    from api.keys.secret import Secret
    from api.services.core import Core

KEY_BYTES: Final = 32
TEMPLATE: Final = 1
RESULT: Final = 2
"""What a sealed text is: one never opens as the other."""


@dataclass(frozen=True, slots=True)
class BatchKey:
    """The opened key of a batch."""

    tenant: str
    batch_id: str
    secret: Secret
    vault: Vault

    def row_digest(self, key: str) -> bytes:
        """The digest that finds a row by the key that its client gave."""
        return self._digest(b"row-key", key.encode())

    def content_digest(self, content: bytes) -> bytes:
        """The digest that tells whether the same row is sent again."""
        return self._digest(b"content", content)

    def seal(self, row: bytes, kind: int, content: bytes) -> Sealed:
        """Seal a row's template or result; `row` is its digest."""
        return self.vault.seal(self._label(row, kind), content)

    def open(self, row: bytes, kind: int, sealed: Sealed) -> bytes:
        """Open what `seal` gave (`keys.unwrap`)."""
        return self.vault.open(self._label(row, kind), sealed)

    def _label(self, row: bytes, kind: int) -> Label:
        return Label(self.tenant, f"{self.batch_id}/{row.hex()}", "batch-row", kind)

    def _digest(self, what: bytes, content: bytes) -> bytes:
        return hmac.digest(self.secret.reveal(), what + b"\0" + content, hashlib.sha256)


def new_key(core: Core, tenant: str, batch_id: str) -> Sealed:
    """Make the key of a new batch, sealed for its row."""
    return core.vault.seal(_label(tenant, batch_id), core.system.random_bytes(KEY_BYTES))


def open_key(core: Core, tenant: str, batch_id: str, sealed: Sealed) -> BatchKey:
    """Open the key of a batch; it is kept in memory while the batch lives."""
    secret = core.vault.key(_label(tenant, batch_id), sealed)
    return BatchKey(tenant, batch_id, secret, Vault(secret, core.system.random_bytes))


def forget_key(core: Core, tenant: str, batch_id: str) -> None:
    """Drop the opened key of an erased batch from memory."""
    core.vault.forget(_label(tenant, batch_id))


def _label(tenant: str, batch_id: str) -> Label:
    return Label(tenant, batch_id, "batch", 1)
