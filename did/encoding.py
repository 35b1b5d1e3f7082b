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
_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL: Final = bytes.maketrans(b"-_", b"+/")
_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PAIRS: Final = [a + b for a in _ALPHABET for b in _ALPHABET]
_LIMB: Final = 58**10  # ten characters, below 2^59
# Decoding reads each character as the base64 character of the same value; "!" is none, so it is refused.
_SAME_VALUE: Final = bytes(
    base64.b64encode(bytes([_ALPHABET.index(chr(code)) << 2]))[0] if chr(code) in _ALPHABET else ord("!")
    for code in range(256)
)
_CHUNK: Final = 128  # characters decoded at once: a power of two, and above the longest key or signature
_MULTIHASH_SHA256: Final = b"\x12\x20"


def encode_base64url(data: bytes) -> str:
    """Encode without padding."""
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


def decode_base64url(text: str, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Decode canonical base64url without padding (`encoding.base64url`)."""
    if len(text) > max_bytes * 4 // 3 + 4:
        raise DidError("encoding.base64url", f"longer than {max_bytes} bytes")
    try:
        # What is not of the alphabet is passed over here, and missed below.
        data = binascii.a2b_base64(text.encode("ascii").translate(_FROM_URL) + b"=" * (-len(text) % 4))
    except (UnicodeEncodeError, binascii.Error):
        raise DidError("encoding.base64url", "not base64url without padding") from None
    if len(data) > max_bytes:
        raise DidError("encoding.base64url", f"longer than {max_bytes} bytes")
    if encode_base64url(data) != text:
        canonical = "not canonical: unused bits are set"
        detail = canonical if _B64URL.fullmatch(text) else "not base64url without padding"
        raise DidError("encoding.base64url", detail)
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
    pairs = _PAIRS
    limbs: list[str] = []
    while number:
        number, limb = divmod(number, _LIMB)
        high, low = divmod(limb, 11316496)
        limbs.append(
            f"{pairs[high // 11316496]}{pairs[high // 3364 % 3364]}{pairs[high % 3364]}"
            f"{pairs[low // 3364]}{pairs[low % 3364]}"
        )
    limbs.reverse()
    return "1" * (len(data) - len(data.lstrip(b"\x00"))) + "".join(limbs).lstrip("1")


def decode_base58btc(text: str, *, max_chars: int = MAX_BASE58_CHARS) -> bytes:
    """Decode base58btc (`encoding.base58btc`)."""
    if len(text) > max_chars:
        raise DidError("encoding.base58btc", f"longer than {max_chars} characters")
    digits = text.lstrip("1")
    number = 0
    try:
        raw = digits.encode("ascii").translate(_SAME_VALUE)
        for start in range(len(raw) % -_CHUNK, len(raw), _CHUNK):
            number = number * _CHUNK_SCALE + _chunk(raw[max(start, 0) : start + _CHUNK])
    except (UnicodeEncodeError, binascii.Error):
        raise DidError("encoding.base58btc", "a character is not in the base58btc alphabet") from None
    return bytes(len(text) - len(digits)) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _fold_steps() -> list[tuple[int, int, int]]:
    """For each halving of `_CHUNK` digits: width in bits, mask of even fields, weight of odd ones."""
    steps = []
    digits = 1
    while digits < _CHUNK:
        width = 6 * digits
        mask = sum(((1 << width) - 1) << shift for shift in range(0, 6 * _CHUNK, 2 * width))
        steps.append((width, mask, 58**digits))
        digits *= 2
    return steps


_FOLD_STEPS: Final = _fold_steps()
_CHUNK_SCALE: Final = 58**_CHUNK


def _chunk(raw: bytes) -> int:
    """Give the number that up to `_CHUNK` digits write, each a base64 character of the digit's value.

    The digits start as fields of six bits. Each step joins neighbours, all at once: low + 58^n * high.
    Because 58 < 64, no field overflows. Seven steps on one large integer replace 128 on small ones.
    """
    number = int.from_bytes(binascii.a2b_base64(raw.rjust(_CHUNK, b"A"), strict_mode=True), "big")
    for width, mask, weight in _FOLD_STEPS:
        number = (number & mask) + ((number >> width) & mask) * weight
    return number


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
