"""The accounts of the embedded chain: secp256k1 secrets derived from the service's own keys.

Invariants:
- The same 32 bytes for two roles give unrelated accounts.
- A derived secret never leaves the chain's room; the embedded chain has no coin, so it is worth only the
  right to append.
"""

from __future__ import annotations

import hmac
from enum import StrEnum
from typing import Final

from coincurve import PrivateKey

from did.chain.abi import keccak
from did.chain.errors import ChainError

# Order of secp256k1 (SEC 2, section 2.4.1).
_ORDER: Final = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141


class Role(StrEnum):
    """What an account does for the log."""

    PUBLISHER = "publisher"
    ADMIN = "admin"


def account_secret(key: bytes, role: Role) -> bytes:
    """Derive the 32-byte secret of a role's account from a 32-byte key (`chain.configuration`)."""
    if len(key) != 32:
        raise ChainError(
            "chain.configuration", f"the key of the {role.value} has {len(key)} bytes and not 32"
        )
    counter = 0
    while True:
        label = f"avow-chain-account/1\n{role.value}\n".encode() + counter.to_bytes(1, "big")
        secret = hmac.digest(key, label, "sha256")
        if 0 < int.from_bytes(secret, "big") < _ORDER:
            return secret
        counter += 1  # happens once in 2^127 keys


def account_address(secret: bytes) -> bytes:
    """The 20-byte address of an account: the end of Keccak-256 over its public key."""
    return keccak(PrivateKey(secret).public_key.format(compressed=False)[1:])[12:]
