"""Hashes, generators and strict decoding, once more: on py_arkworks_bls12381 and hashlib alone."""

from __future__ import annotations

import hashlib
from functools import cache

from py_arkworks_bls12381 import GT, G1Point, G2Point
from py_arkworks_bls12381 import Scalar as Fr

R = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
P = int(
    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab",
    16,
)
SUITE = b"BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_"
API = SUITE + b"H2G_TM2S_PREDICATES2026V1_"
BP2 = G2Point()
ZERO = G1Point.identity()


class RefusedError(Exception):
    """What the second verifier raises; `code` is the last part of the code of section 5."""

    def __init__(self, code, detail=""):
        super().__init__(f"{code}: {detail}")
        self.code = code


def require(condition, code, detail=""):
    if not condition:
        raise RefusedError(code, detail)


def u8(n):
    return n.to_bytes(1, "big")


def u64(n):
    return n.to_bytes(8, "big")


def sc(n):
    return (n % R).to_bytes(32, "big")


def F(label, *values):  # noqa: N802
    joined = b"".join(values)
    return u8(len(label)) + label + u64(len(joined)) + joined


def expand(message, dst, length):
    """Compute expand_message_xmd with SHA-256."""
    tail = dst + u8(len(dst))
    first = hashlib.sha256(bytes(64) + message + length.to_bytes(2, "big") + b"\0" + tail).digest()
    block, out = bytes(32), b""
    for i in range(1, -(-length // 32) + 1):
        mixed = bytes(a ^ b for a, b in zip(first, block, strict=True))
        block = hashlib.sha256(mixed + u8(i) + tail).digest()
        out += block
    return out[:length]


def to_scalar(message, tag, api=API):
    return int.from_bytes(expand(message, api + tag, 48), "big") % R


def to_point(message, tag):
    return G1Point.hash_to_curve(message, API + tag)


@cache
def generators(count, api=API, seed=b"MESSAGE_GENERATOR_SEED"):
    v = expand(api + seed, api + b"SIG_GENERATOR_SEED_", 48)
    found = []
    for i in range(1, count + 1):
        v = expand(v + u64(i), api + b"SIG_GENERATOR_SEED_", 48)
        found.append(G1Point.hash_to_curve(v, api + b"SIG_GENERATOR_DST_"))
    return tuple(found)


P1 = generators(1, SUITE + b"H2G_HM2S_", b"BP_MESSAGE_GENERATOR_SEED")[0]
Y_0, Y_1 = generators(2, b"COM_DIS_" + API)
G_DIG = generators(1, b"DIGIT_" + API)[0]
G_MEM = generators(1, b"MEMBER_" + API)[0]
ABSENT = to_scalar(F(b"kind", b"absent"), b"MAP_TYPED_")
PAD = to_scalar(F(b"kind", b"pad"), b"MAP_TYPED_")


def mul(point, scalar):
    return point * Fr(scalar % R)


def total(*terms):
    """Add scalar · point for each pair, one after the other."""
    found = ZERO
    for scalar, point in terms:
        found += mul(point, scalar)
    return found


def encode(point):
    return bytes(point.to_compressed_bytes())


def _coordinates(octets, size):
    """Check flags and the size of each coordinate; infinity is none of ours."""
    require(len(octets) == size, "encoding")
    require(octets[0] & 0x80, "encoding", "not compressed")
    require(not octets[0] & 0x40, "identity")
    plain = u8(octets[0] & 0x1F) + octets[1:]
    for at in range(0, size, 48):
        require(int.from_bytes(plain[at : at + 48], "big") < P, "encoding", "not below p")


def _point_of(kind, octets):
    try:
        point = kind.from_compressed_bytes(octets)
    except ValueError as fault:
        raise RefusedError("encoding") from fault
    require(point.is_in_subgroup() and encode(point) == octets, "encoding")
    return point


def point(octets):
    _coordinates(octets, 48)
    return _point_of(G1Point, octets)


@cache
def key(octets):
    _coordinates(octets, 96)
    return _point_of(G2Point, octets)


def same_pairing(X, W, Z):
    """Decide e(X, W) = e(Z, BP2)."""
    return bool(GT.pairing_check([X, -Z], [W, BP2]))
