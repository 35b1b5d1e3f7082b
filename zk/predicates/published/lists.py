"""Published lists: a signature on each digit 0 … 255, or on each member of a set, under a key of its own.

Text: `bbs-predicates-2026` version 1, section 2.4. The signatures are Boneh-Boyen's weak ones.

    digit list      u64(256) ‖ W ‖ A_0 ‖ … ‖ A_255,  A_d = G_dig·1/(y + d)            12,392 octets
    set list        u64(n) ‖ W ‖ (x ‖ A_x)…,         A_x = G_mem·1/(y + x), x ascending
    digest          SHA-256 of the frame `digit-key` or `set-key` over these octets

Invariants
- `DigitList` and `SetList` come from a check of every signature (C-LIST), or from the key itself. A crafted
  list shows a digit by failing for it, so nobody proves or accepts with an unchecked one.
- A check's result depends on the octets alone; `CheckedLists` keeps it by digest.
- One key makes one list: it is erased when the list is made, and signs nothing else.

Not here: which list is accepted for which issuer (`trust`).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeVar

from zk import transcript
from zk.curve import G1_LENGTH, G2_LENGTH, GROUP_ORDER, SCALAR_LENGTH, Scalar, encode_scalar
from zk.errors import ZkError
from zk.predicates.octets import Reader, decode_key, frame, u64

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zk.backend import G1, FixedBase
    from zk.hashing import RandomBytes
    from zk.keys import SecretKey
    from zk.predicates.system import System

BASE: Final = 256
"""How many digits there are; a digit is an octet."""

MAX_MEMBERS: Final = 65_536
"""Members of a set: checking takes some tenths of a millisecond each, once."""

_COUNT: Final = 8
_WEIGHT_LENGTH: Final = 16
_DIGITS: Final = b"digit-key"
_SET: Final = b"set-key"
_KEPT: Final = 32
"""Checked lists that are kept."""

_KEPT_SIGNATURES: Final = 131_072
"""Signatures in all lists that are kept: two sets of the greatest size, some tens of megabytes."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class DigitList:
    """A checked digit list.

    Attributes:
        key: W, 96 octets.
        digest: of the list.
        signatures: A_0 … A_255.
        images: A_d·y = G_dig - A_d·d for each digit, so that a prover needs one multiplication for Bbar'.
    """

    key: bytes
    digest: bytes
    signatures: tuple[G1, ...]
    images: tuple[G1, ...]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class SetList:
    """A checked set list: W, its digest, and the signature of each member."""

    key: bytes
    digest: bytes
    signatures: Mapping[Scalar, G1]


Checked = TypeVar("Checked", DigitList, SetList)
"""A list that was checked."""


def publish_digits(system: System, secret_key: SecretKey) -> bytes:
    """Sign all digits with a fresh key, which the caller then erases; the octets of the list."""
    signed = (_sign(system, system.G_dig, secret_key, Scalar(d)) for d in range(BASE))
    return u64(BASE) + secret_key.public_key(system.suite) + b"".join(signed)


def publish_set(system: System, secret_key: SecretKey, members: Sequence[Scalar]) -> bytes:
    """Sign the members, strictly ascending, with a fresh key, which the caller then erases."""
    _check_members(members)
    signed = (encode_scalar(x) + _sign(system, system.G_mem, secret_key, x) for x in members)
    return u64(len(members)) + secret_key.public_key(system.suite) + b"".join(signed)


def check_digits(system: System, octets: bytes, *, random_bytes: RandomBytes) -> DigitList:
    """Check a digit list; `predicates.parameters` where a signature in it does not hold."""
    length = _COUNT + G2_LENGTH + BASE * G1_LENGTH
    if len(octets) != length or octets[:_COUNT] != u64(BASE):
        raise ZkError(
            "predicates.length", f"a digit list of {len(octets)} octets, expected {length} for {BASE} digits"
        )
    key = octets[_COUNT : _COUNT + G2_LENGTH]
    reader = Reader(system.suite, octets[_COUNT + G2_LENGTH :])
    signatures = tuple(reader.point("a digit's signature").point for _ in range(BASE))
    members = [Scalar(d) for d in range(BASE)]
    _check_signatures(system, system.G_dig, key, members, signatures, random_bytes)
    backend, G = system.backend, system.G_dig.point
    images = tuple(
        backend.add(G, backend.negate(backend.msm_public((A,), (d,))))
        for A, d in zip(signatures, members, strict=True)
    )
    return DigitList(key, _digest(_DIGITS, octets), signatures, images)


def check_set(system: System, octets: bytes, *, random_bytes: RandomBytes) -> SetList:
    """Check a set list; `predicates.parameters` where a signature in it does not hold."""
    body = octets[_COUNT + G2_LENGTH :]
    count, rest = divmod(len(body), SCALAR_LENGTH + G1_LENGTH)
    if rest or octets[:_COUNT] != u64(count):
        raise ZkError("predicates.length", f"a set list of {len(octets)} octets does not hold what it says")
    reader = Reader(system.suite, body)
    pairs = [_read_member(reader) for _ in range(min(count, MAX_MEMBERS + 1))]
    members = [x for x, _ in pairs]
    _check_members(members)
    key = octets[_COUNT : _COUNT + G2_LENGTH]
    _check_signatures(system, system.G_mem, key, members, [A for _, A in pairs], random_bytes)
    return SetList(key, _digest(_SET, octets), dict(pairs))


class CheckedLists:
    """Checks each digit list and each set list once; safe to share between threads."""

    __slots__ = ("_kept", "_lock", "_system")

    def __init__(self, system: System) -> None:
        self._system = system
        self._lock = Lock()
        self._kept: OrderedDict[bytes, DigitList | SetList] = OrderedDict()

    def digits(self, octets: bytes, *, random_bytes: RandomBytes) -> DigitList:
        """Return the checked digit list of these octets, from memory where they were seen before."""
        found = self._find(_digest(_DIGITS, octets))
        if isinstance(found, DigitList):
            return found
        return self._keep(check_digits(self._system, octets, random_bytes=random_bytes))

    def members(self, octets: bytes, *, random_bytes: RandomBytes) -> SetList:
        """Return the checked set list of these octets, from memory where they were seen before."""
        found = self._find(_digest(_SET, octets))
        if isinstance(found, SetList):
            return found
        return self._keep(check_set(self._system, octets, random_bytes=random_bytes))

    def _find(self, digest: bytes) -> DigitList | SetList | None:
        with self._lock:
            if digest in self._kept:
                self._kept.move_to_end(digest)
            return self._kept.get(digest)

    def _keep(self, checked: Checked) -> Checked:
        """Remember a list; forget those unused for longest, but never the newest."""
        with self._lock:
            self._kept[checked.digest] = checked
            while len(self._kept) > 1 and (len(self._kept) > _KEPT or self._signatures() > _KEPT_SIGNATURES):
                self._kept.popitem(last=False)
        return checked

    def _signatures(self) -> int:
        return sum(len(kept.signatures) for kept in self._kept.values())


def _digest(label: bytes, octets: bytes) -> bytes:
    """Return the digest of a list; the label tells a digit list and a set list of the same octets apart."""
    return hashlib.sha256(frame(label, octets)).digest()


def _read_member(reader: Reader) -> tuple[Scalar, G1]:
    x = reader.scalar("a member")
    return x, reader.point("a member's signature").point


def _check_members(members: Sequence[Scalar]) -> None:
    if not 0 < len(members) <= MAX_MEMBERS:
        raise ZkError("predicates.set", f"{len(members)} members, expected 1 to {MAX_MEMBERS}")
    if members[0] == 0 or any(left >= right for left, right in pairwise(members)):
        raise ZkError("predicates.set", "the members are not strictly ascending, from 1 on")


def _sign(system: System, base: FixedBase, secret_key: SecretKey, x: Scalar) -> bytes:
    """Compute base·1/(y + x); the inversion is blinded by a hash of both, as for BBS signatures."""
    y = secret_key.scalar(system.suite)
    rho = system.hash_to_scalar(encode_scalar(y) + encode_scalar(x), transcript.INVERSION_BLIND)
    blinded = rho * (y + x) % GROUP_ORDER
    if blinded == 0:
        raise ZkError("zk.secret-key", "this key cannot sign this member", remedy="take a fresh key")
    inverse = Scalar(rho * pow(blinded, -1, GROUP_ORDER) % GROUP_ORDER)
    return system.backend.encode_g1(system.backend.mul_secret(base.point, inverse))


def _check_signatures(
    system: System,
    base: FixedBase,
    key: bytes,
    members: Sequence[Scalar],
    signatures: Sequence[G1],
    random_bytes: RandomBytes,
) -> None:
    """Check e(Σ δ·A, W) = e(Σ δ·base - Σ δ·x·A, BP2) for random δ of 128 bits."""
    backend = system.backend
    W = decode_key(system.suite, key, what="the key of the list")
    weights = [Scalar(int.from_bytes(random_bytes(_WEIGHT_LENGTH), "big")) for _ in members]
    X = backend.msm_public(signatures, weights)
    minus = [Scalar(-delta * x % GROUP_ORDER) for delta, x in zip(weights, members, strict=True)]
    Z = backend.add(
        backend.mul_public(base.point, Scalar(sum(weights) % GROUP_ORDER)),
        backend.msm_public(signatures, minus),
    )
    if not backend.pairing_check([(X, W), (backend.negate(Z), system.suite.BP2)]):
        raise ZkError(
            "predicates.parameters",
            "a signature in the list does not hold under the list's key",
            remedy="do not use this list; tell its publisher",
            clause="2.4",
        )
