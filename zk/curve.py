"""BLS12-381: constants and the strict octet forms of scalars and points.

Text: RFC 9380 section 8.8 for the curve, and the compressed form of draft-irtf-cfrg-pairing-friendly-curves
appendix C, which the BBS draft uses for G1 (48 octets) and G2 (96 octets).

Invariants
- A scalar that leaves `decode_scalar` is in [1, r); there is one encoding of each.
- The forms here are checked before any backend sees the octets, because backends disagree: arkworks takes
  the two non-canonical infinities, py_ecc takes points outside the subgroup. Length, compression flag,
  infinity flag and x < p are decided here, once; curve and subgroup membership by the backend.
- The identity is refused everywhere. No value of BBS, and none of the protocols above it, may be the
  identity; accepting it is how forgeries of this family begin.

Not here: arithmetic (`zk.backend`).
"""

from __future__ import annotations

from typing import Final, NewType

from zk.errors import ZkError

Scalar = NewType("Scalar", int)
"""An integer modulo the group order, reduced: 0 <= x < r."""

FIELD_MODULUS: Final = int(
    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab", 16
)
GROUP_ORDER: Final = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001

SCALAR_LENGTH: Final = 32
G1_LENGTH: Final = 48
G2_LENGTH: Final = 96

G2_GENERATOR: Final = bytes.fromhex(
    "93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
    "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
)
"""BP2, the standard generator of G2, compressed."""

_COMPRESSED: Final = 0x80
_INFINITY: Final = 0x40
_FLAGS: Final = 0xE0


def encode_scalar(scalar: Scalar) -> bytes:
    """Encode as 32 octets, big endian."""
    return scalar.to_bytes(SCALAR_LENGTH, "big")


def decode_scalar(octets: bytes, *, what: str, code: str) -> Scalar:
    """Decode 32 octets, big endian, to a scalar in [1, r); refuse anything else with `code`."""
    if len(octets) != SCALAR_LENGTH:
        raise ZkError(code, f"{what} has {len(octets)} octets, expected {SCALAR_LENGTH}")
    value = int.from_bytes(octets, "big")
    if not 0 < value < GROUP_ORDER:
        raise ZkError(code, f"{what} is not a scalar in [1, r)")
    return Scalar(value)


def is_identity(octets: bytes) -> bool:
    """Whether our own encoding of a point of G1 is that of the identity."""
    return bool(octets[0] & _INFINITY)


def check_g1_form(octets: bytes, *, what: str, code: str) -> None:
    """Refuse with `code` what is not the form of a compressed G1 point other than the identity."""
    _check_form(octets, length=G1_LENGTH, what=what, code=code)


def check_g2_form(octets: bytes, *, what: str, code: str) -> None:
    """Refuse with `code` what is not the form of a compressed G2 point other than the identity."""
    _check_form(octets, length=G2_LENGTH, what=what, code=code)
    if int.from_bytes(octets[G1_LENGTH:], "big") >= FIELD_MODULUS:
        raise ZkError(code, f"{what} has a coordinate that is not below the field modulus")


def _check_form(octets: bytes, *, length: int, what: str, code: str) -> None:
    if len(octets) != length:
        raise ZkError(code, f"{what} has {len(octets)} octets, expected {length}")
    if not octets[0] & _COMPRESSED:
        raise ZkError(code, f"{what} is not in compressed form")
    if octets[0] & _INFINITY:
        raise ZkError(code, f"{what} is the identity, or claims to be")
    x = int.from_bytes(bytes([octets[0] & ~_FLAGS]) + octets[1:G1_LENGTH], "big")
    if x >= FIELD_MODULUS:
        raise ZkError(code, f"{what} has a coordinate that is not below the field modulus")
