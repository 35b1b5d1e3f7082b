"""Hashing octets to octets, scalars and field elements.

Texts: RFC 9380 sections 5.2 (hash_to_field) and 5.3 (expand_message_xmd, expand_message_xof); BBS draft
(`zk.transcript.BBS_DRAFT`), "Hash to Scalar" and "Random Scalars".

Invariants
- Output reduced modulo r or p comes from at least 128 bits more than the modulus has, so its bias is below
  2^-128: 48 octets for a scalar, 64 for a field element.
- A domain separation tag has 1 to 255 octets; longer ones are refused rather than hashed.

Not here: which tag is used for what (`zk.transcript`), the curve half of hash_to_curve (`zk.backend`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from zk.curve import FIELD_MODULUS, GROUP_ORDER, Scalar
from zk.errors import ZkError

if TYPE_CHECKING:
    from collections.abc import Iterator

ExpandMessage: TypeAlias = Callable[[bytes, bytes, int], bytes]
"""expand_message(message, dst, length): `length` uniform octets."""

RandomBytes: TypeAlias = Callable[[int], bytes]
"""A source of secure random octets, handed down by the caller."""

EXPAND_LENGTH: Final = 48
"""Octets behind a scalar: ceil((ceil(log2(r)) + 128) / 8)."""

_FIELD_EXPAND_LENGTH: Final = 64
"""Octets behind a field element: ceil((ceil(log2(p)) + 128) / 8)."""

_SHA_256_LENGTH: Final = 32
_SHA_256_BLOCK: Final = 64
_MAX_XMD_LENGTH: Final = 255 * _SHA_256_LENGTH
_MAX_XOF_LENGTH: Final = 65535
_MAX_DST_LENGTH: Final = 255


def expand_message_xmd(message: bytes, dst: bytes, length: int) -> bytes:
    """Expand with SHA-256 (RFC 9380 section 5.3.1)."""
    dst_prime = _dst_prime(dst)
    _check_length(length, _MAX_XMD_LENGTH)
    b0 = hashlib.sha256(
        bytes(_SHA_256_BLOCK) + message + length.to_bytes(2, "big") + b"\x00" + dst_prime
    ).digest()
    block = hashlib.sha256(b0 + b"\x01" + dst_prime).digest()
    output = [block]
    for counter in range(2, -(-length // _SHA_256_LENGTH) + 1):
        mixed = int.from_bytes(b0, "big") ^ int.from_bytes(block, "big")
        block = hashlib.sha256(mixed.to_bytes(_SHA_256_LENGTH, "big") + bytes([counter]) + dst_prime).digest()
        output.append(block)
    return b"".join(output)[:length]


def expand_message_xof(message: bytes, dst: bytes, length: int) -> bytes:
    """Expand with SHAKE-256 (RFC 9380 section 5.3.2)."""
    dst_prime = _dst_prime(dst)
    _check_length(length, _MAX_XOF_LENGTH)
    return hashlib.shake_256(message + length.to_bytes(2, "big") + dst_prime).digest(length)


def hash_to_scalar(expand_message: ExpandMessage, message: bytes, dst: bytes) -> Scalar:
    """Hash to a scalar (BBS draft, "Hash to Scalar")."""
    return reduce_to_scalar(expand_message(message, dst, EXPAND_LENGTH))


def hash_to_field(expand_message: ExpandMessage, message: bytes, dst: bytes) -> tuple[int, int]:
    """Hash to two elements of the base field (RFC 9380 section 5.2, count = 2, m = 1)."""
    uniform = expand_message(message, dst, 2 * _FIELD_EXPAND_LENGTH)
    left, right = uniform[:_FIELD_EXPAND_LENGTH], uniform[_FIELD_EXPAND_LENGTH:]
    return int.from_bytes(left, "big") % FIELD_MODULUS, int.from_bytes(right, "big") % FIELD_MODULUS


def reduce_to_scalar(octets: bytes) -> Scalar:
    """Reduce 48 octets, big endian, modulo r."""
    return Scalar(int.from_bytes(octets, "big") % GROUP_ORDER)


def draw_scalars(random_bytes: RandomBytes, count: int) -> Iterator[Scalar]:
    """Draw `count` non-zero random scalars, each from 48 octets (BBS draft, "Random Scalars").

    Zero is as likely as any other single value, that is, never; a source that gives it is broken
    (`zk.randomness`), and going on would reveal a secret.
    """
    for _ in range(count):
        octets = random_bytes(EXPAND_LENGTH)
        if len(octets) != EXPAND_LENGTH:
            raise ZkError(
                "zk.randomness", f"the random source gave {len(octets)} octets, expected {EXPAND_LENGTH}"
            )
        scalar = reduce_to_scalar(octets)
        if scalar == 0:
            raise ZkError("zk.randomness", "the random source gave a scalar of zero")
        yield scalar


def _dst_prime(dst: bytes) -> bytes:
    if not 0 < len(dst) <= _MAX_DST_LENGTH:
        raise ZkError("zk.length", f"a domain separation tag of {len(dst)} octets, expected 1 to 255")
    return dst + bytes([len(dst)])


def _check_length(length: int, most: int) -> None:
    if not 0 < length <= most:
        raise ZkError("zk.length", f"an expansion to {length} octets, expected 1 to {most}")
