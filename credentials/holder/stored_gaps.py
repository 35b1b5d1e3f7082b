"""What a wallet keeps for showing that a credential is not revoked: its gap, of the newest epoch fetched.

Invariants:
- the gap was verified under the metadata of the list when it was stored, and is verified again when used.
- it tells which credential it is for, so it stays in the encrypted wallet like the credential itself.

What is not here: fetching (`api.client`), checking (`credentials.revocation`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import WalletError
from did.encoding import decode_base64url, encode_base64url
from zk.predicates.published.gaps import Gap

if TYPE_CHECKING:
    from did.types import JsonObject, JsonValue

_KEY_BYTES: Final = 96
_SIGNATURE_BYTES: Final = 80


@dataclass(frozen=True, slots=True, repr=False)
class StoredGap:
    """A gap with the list, the epoch and the gap key (96 octets) that it was verified for."""

    url: str
    epoch: int
    key: bytes
    gap: Gap

    def to_json(self) -> JsonObject:
        """Give as the wallet keeps it."""
        return {
            "list": self.url,
            "epoch": self.epoch,
            "key": encode_base64url(self.key),
            "left": self.gap.left,
            "right": self.gap.right,
            "signature": encode_base64url(self.gap.signature),
        }

    @classmethod
    def parse(cls, value: JsonValue) -> StoredGap | None:
        """Read what `to_json` gave; None where there is none. Codes: wallet.contents, encoding.*."""
        if value is None:
            return None
        entry = value if isinstance(value, dict) else {}
        url, key, signature = entry.get("list"), entry.get("key"), entry.get("signature")
        epoch, left, right = (entry.get(name) for name in ("epoch", "left", "right"))
        if not (isinstance(url, str) and isinstance(key, str) and isinstance(signature, str)):
            raise _unreadable()
        gap = Gap(_number(left), _number(right), decode_base64url(signature, max_bytes=_SIGNATURE_BYTES))
        return cls(url, _number(epoch), decode_base64url(key, max_bytes=_KEY_BYTES), gap)


def _number(value: JsonValue) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _unreadable()
    return value


def _unreadable() -> WalletError:
    return WalletError("wallet.contents", "a gap of a revocation list is not as this wallet writes it")
