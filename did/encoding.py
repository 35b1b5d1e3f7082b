"""Text forms of bytes: base64url, base64, base58btc, multibase, hexadecimal, and the SHA-256 multihash.

Invariants:
- Decoding is canonical: whatever is accepted encodes back to the same text.
- Sizes are capped before work is done; nothing but `DidError` with a code `encoding.*` leaves.

Sources: RFC 4648 sections 4 and 5, draft-msporny-base58, the multiformats tables, C2SP and Ethereum JSON-RPC
for the forms that they use. Not here: other multihash functions, CIDs (the multiformats package, cold paths).
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from did.errors import DidError

MAX_BYTES: Final = 1 << 20  # a bundle's largest member is 4 MiB of JSON text; no binary value is near 1 MiB
MAX_BASE58_CHARS: Final = 4096  # base58 costs quadratic time; the longest key or signature needs some 200

_B64URL: Final = re.compile(r"[A-Za-z0-9_-]*")
_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PAIR_OF: Final = [a + b for a in _ALPHABET for b in _ALPHABET]
_VALUE_OF: Final = {pair: value for value, pair in enumerate(_PAIR_OF)}
_VALUE_OF.update({char: value for value, char in enumerate(_ALPHABET)})
_LIMB: Final = 58**10  # ten characters, and below 2^63: one machine word
_MULTIHASH_SHA256: Final = b"\x12\x20"


def encode_base64url(data: bytes) -> str:
    """Encode without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_base64url(text: str, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Decode canonical base64url without padding (`encoding.base64url`)."""
    if len(text) > max_bytes * 4 // 3 + 4:
        raise DidError("encoding.base64url", f"longer than {max_bytes} bytes")
    if not _B64URL.fullmatch(text) or len(text) % 4 == 1:
        raise DidError("encoding.base64url", "not base64url without padding")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(data) > max_bytes:
        raise DidError("encoding.base64url", f"longer than {max_bytes} bytes")
    if encode_base64url(data) != text:
        raise DidError("encoding.base64url", "not canonical: unused bits are set")
    return data


def encode_base64(data: bytes) -> str:
    """Encode in the standard alphabet, with padding."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Decode canonical base64 in the standard alphabet, with padding (`encoding.base64`)."""
    if len(text) > max_bytes * 4 // 3 + 4:
        raise DidError("encoding.base64", f"longer than {max_bytes} bytes")
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise DidError("encoding.base64", "not base64 with padding") from None
    if len(data) > max_bytes:
        raise DidError("encoding.base64", f"longer than {max_bytes} bytes")
    if encode_base64(data) != text:
        raise DidError("encoding.base64", "not canonical")
    return data


def encode_base58btc(data: bytes) -> str:
    """Encode in base58btc; each leading zero byte becomes a leading `1`."""
    number = int.from_bytes(data, "big")
    limbs: list[str] = []
    while number:
        number, limb = divmod(number, _LIMB)
        pairs = []
        for _ in range(5):
            limb, pair = divmod(limb, 3364)
            pairs.append(_PAIR_OF[pair])
        limbs.append("".join(reversed(pairs)))
    digits = "".join(reversed(limbs)).lstrip("1")
    return "1" * (len(data) - len(data.lstrip(b"\x00"))) + digits


def decode_base58btc(text: str, *, max_chars: int = MAX_BASE58_CHARS) -> bytes:
    """Decode base58btc (`encoding.base58btc`)."""
    if len(text) > max_chars:
        raise DidError("encoding.base58btc", f"longer than {max_chars} characters")
    digits = text.lstrip("1")
    head = len(digits) % 10
    try:
        number = _limb(digits[:head])
        for start in range(head, len(digits), 10):
            number = number * _LIMB + _limb(digits[start : start + 10])
    except KeyError:
        raise DidError("encoding.base58btc", "a character is not in the base58btc alphabet") from None
    return bytes(len(text) - len(digits)) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _limb(digits: str) -> int:
    odd = len(digits) % 2
    value = _VALUE_OF[digits[0]] if odd else 0
    for start in range(odd, len(digits), 2):
        value = value * 3364 + _VALUE_OF[digits[start : start + 2]]
    return value


def encode_multibase(data: bytes) -> str:
    """Encode as multibase base58btc (prefix `z`)."""
    return "z" + encode_base58btc(data)


def decode_multibase(text: str, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Decode multibase base58btc (`z`) or base64url without padding (`u`) (`encoding.multibase`)."""
    prefix, body = text[:1], text[1:]
    if prefix not in {"z", "u"}:
        raise DidError("encoding.multibase", "expected multibase `z` (base58btc) or `u` (base64url)")
    try:
        data = decode_base58btc(body) if prefix == "z" else decode_base64url(body, max_bytes=max_bytes)
    except DidError as error:
        raise DidError("encoding.multibase", error.detail) from None
    if len(data) > max_bytes:
        raise DidError("encoding.multibase", f"longer than {max_bytes} bytes")
    return data


def encode_hex(data: bytes) -> str:
    """Encode as `0x` and lower-case hexadecimal, full width."""
    return "0x" + data.hex()


def decode_hex(text: str, *, length: int) -> bytes:
    """Decode `0x` and lower-case hexadecimal of exactly `length` bytes (`encoding.hex`)."""
    if len(text) != 2 + 2 * length or not text.startswith("0x"):
        raise DidError("encoding.hex", f"expected 0x and {length} bytes in hexadecimal")
    try:
        data = bytes.fromhex(text[2:])
    except ValueError:
        raise DidError("encoding.hex", "not hexadecimal") from None
    if encode_hex(data) != text:
        raise DidError("encoding.hex", "not lower-case hexadecimal")
    return data


def sha256_multihash(digest: bytes) -> bytes:
    """Prefix a 32-byte SHA-256 digest with its multihash header `12 20`: 34 bytes."""
    if len(digest) != 32:
        raise DidError("encoding.multihash", f"a SHA-256 digest has 32 bytes, found {len(digest)}")
    return _MULTIHASH_SHA256 + digest


def decode_multihash34(text: str) -> bytes:
    """Decode the base58btc text of a SHA-256 multihash to its 34 bytes (`encoding.multihash`)."""
    try:
        data = decode_base58btc(text, max_chars=64)
    except DidError as error:
        raise DidError("encoding.multihash", error.detail) from None
    if len(data) != 34 or not data.startswith(_MULTIHASH_SHA256):
        raise DidError("encoding.multihash", "expected a SHA-256 multihash (12 20 and 32 bytes)")
    return data
