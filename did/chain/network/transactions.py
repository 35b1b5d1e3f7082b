"""Accounts and EIP-1559 transactions: encoding and signing.

Source: EIP-2718 and EIP-1559 (transaction type 2), signatures on secp256k1 with the nonce of RFC 6979 and the
lower `s` (EIP-2).

Invariants:
- The same transaction and account give the same bytes: signing again after a crash changes nothing.
- A secret is never shown.

Not here: access lists, value (an anchor transfers nothing), other types of transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import rlp
from coincurve import PrivateKey

from did.chain.abi import address_text, keccak
from did.chain.errors import ChainError

_TYPE: Final = b"\x02"


@dataclass(frozen=True, slots=True)
class Fees:
    """Price per gas in wei: what may be paid at most, and how much of it goes to the block's maker."""

    maximum: int
    tip: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """A call of `to` (20 bytes), or with empty `to` the creation of a contract from `data`."""

    chain_id: int
    nonce: int
    fees: Fees
    gas: int
    to: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class Signed:
    """The bytes to send, and their Keccak-256 by which receipts are found."""

    raw: bytes
    hash: bytes
    fees: Fees


class Account:
    """An account by its 32-byte secp256k1 secret."""

    def __init__(self, secret: bytes) -> None:
        """Take the secret (`chain.configuration` if it is none)."""
        try:
            if len(secret) != 32:
                raise ValueError  # noqa: TRY301  one refusal for both faults
            self._key = PrivateKey(secret)
        except ValueError:
            raise ChainError(
                "chain.configuration",
                "the secret of an account is 32 bytes, neither zero nor above the group's order",
            ) from None
        self.address = keccak(self._key.public_key.format(compressed=False)[1:])[12:]

    def __repr__(self) -> str:
        return f"Account({address_text(self.address)})"

    def sign(self, transaction: Transaction) -> Signed:
        """Sign a transaction."""
        fields = _fields(transaction)
        digest = keccak(_TYPE + bytes(rlp.encode(fields)))
        signature = self._key.sign_recoverable(digest, hasher=None)
        r, s = (int.from_bytes(signature[at : at + 32], "big") for at in (0, 32))
        raw = _TYPE + bytes(rlp.encode([*fields, _number(signature[64]), _number(r), _number(s)]))
        return Signed(raw, keccak(raw), transaction.fees)


def created_address(sender: bytes, nonce: int) -> bytes:
    """The address of the contract that this transaction of `sender` creates (yellow paper, section 7)."""
    return keccak(bytes(rlp.encode([sender, _number(nonce)])))[12:]


def _fields(transaction: Transaction) -> list[bytes | list[bytes]]:
    numbers = (
        transaction.chain_id,
        transaction.nonce,
        transaction.fees.tip,
        transaction.fees.maximum,
        transaction.gas,
    )
    no_value, no_access_list = b"", list[bytes]()
    return [*map(_number, numbers), transaction.to, no_value, transaction.data, no_access_list]


def _number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
