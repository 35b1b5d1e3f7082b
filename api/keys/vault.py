"""The vault: wraps and opens secrets under the master key.

Invariants:
- XChaCha20-Poly1305 with a fresh 24-byte nonce; associated data name tenant, key id, purpose and version, so
  a wrapped key moved to another row, tenant or purpose does not open.
- What was opened is kept in memory under a type that does not print.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.errors import ApiError
from api.keys.secret import Secret
from did import sodium
from did.errors import DidError

if TYPE_CHECKING:
    from collections.abc import Callable

CACHED: Final = 4096
"""Opened keys kept in memory: about a megabyte."""
NONCE_BYTES: Final = 24


@dataclass(frozen=True, slots=True)
class Label:
    """What a sealed text is bound to."""

    tenant: str
    key_id: str
    purpose: str
    version: int

    def encode(self) -> bytes:
        """Length-prefixed, so that no two labels give the same bytes."""
        parts = (b"avow-vault/1", *(p.encode() for p in (self.tenant, self.key_id, self.purpose)))
        return b"".join(len(p).to_bytes(4) + p for p in parts) + self.version.to_bytes(8)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed text and its nonce."""

    nonce: bytes
    text: bytes


class Vault:
    """Seals and opens under one master key."""

    def __init__(self, master: Secret, random_bytes: Callable[[int], bytes]) -> None:
        self._master = master
        self._random_bytes = random_bytes
        self._open: OrderedDict[Label, Secret] = OrderedDict()

    def seal(self, label: Label, secret: bytes) -> Sealed:
        """Seal `secret` for the row that `label` names."""
        nonce = self._random_bytes(NONCE_BYTES)
        return Sealed(nonce, sodium.seal(self._master.reveal(), nonce, secret, label.encode()))

    def open(self, label: Label, sealed: Sealed) -> bytes:
        """Open a text sealed for `label`. Code `keys.unwrap`."""
        try:
            return sodium.unseal(self._master.reveal(), sealed.nonce, sealed.text, label.encode())
        except DidError:
            raise ApiError(
                "keys.unwrap",
                "a sealed value does not open under this master key",
                remedy="Start with the master key (file or pass-phrase) that this database was made with.",
            ) from None

    def key(self, label: Label, sealed: Sealed) -> Secret:
        """As `open`, for a key that is used again and again: kept in memory."""
        found = self._open.get(label)
        if found is None:
            found = Secret(self.open(label, sealed))
            self._open[label] = found
            if len(self._open) > CACHED:
                self._open.popitem(last=False)
        return found

    def forget(self, label: Label) -> None:
        """Drop an opened key from memory."""
        self._open.pop(label, None)

    def __repr__(self) -> str:
        return "Vault(…)"
