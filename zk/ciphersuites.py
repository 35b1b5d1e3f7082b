"""The two BBS ciphersuites over BLS12-381, and a suite: one of them on one backend.

Text: BBS draft (`zk.transcript.BBS_DRAFT`), section "BLS12-381 Ciphersuites". The suites differ in the hash
and in hash_to_curve; curve, encodings and lengths are common.

A `Suite` is immutable and may be shared between threads. It keeps generators and their tables, so make it
once and hold on to it: the first use for L messages computes L + 1 generators.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Final

from zk import backend as backends
from zk import hashing, transcript
from zk.curve import G2_GENERATOR
from zk.generators import GeneratorFamily, Generators

if TYPE_CHECKING:
    from collections.abc import Callable

    from zk.backend import G1, G2, Backend, FixedBase
    from zk.curve import Scalar
    from zk.hashing import ExpandMessage


class Ciphersuite(StrEnum):
    """A ciphersuite of the BBS draft."""

    SHA256 = "BLS12-381-SHA-256"
    SHAKE256 = "BLS12-381-SHAKE-256"


@dataclass(frozen=True, slots=True)
class _Parameters:
    """What the draft fixes for a ciphersuite."""

    ciphersuite_id: bytes
    expand_message: ExpandMessage
    P1: bytes


_PARAMETERS: Final = {
    Ciphersuite.SHA256: _Parameters(
        transcript.CIPHERSUITE_SHA_256,
        hashing.expand_message_xmd,
        bytes.fromhex(
            "a8ce256102840821a3e94ea9025e4662b205762f9776b3a766c872b948f1fd225e7c59698588e70d11406d161b4e28c9"
        ),
    ),
    Ciphersuite.SHAKE256: _Parameters(
        transcript.CIPHERSUITE_SHAKE_256,
        hashing.expand_message_xof,
        bytes.fromhex(
            "8929dfbc7e6642c4ed9cba0856e493f8b9d7d5fcb0c31ef8fdcd34d50648a56c795e106e9eada6e0bda386b414150755"
        ),
    ),
}


_REMEMBERED_KEYS: Final = 256
"""Issuer keys that a suite keeps decoded: more than a verifier trusts at once, less than a megabyte."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Suite:
    """A ciphersuite on a backend, with everything that can be computed once.

    Attributes:
        ciphersuite: which one.
        ciphersuite_id: the draft's identifier, the start of every api identifier.
        backend: does the group arithmetic.
        P1: the fixed point of G1 that every signed sum begins with.
        BP2: the generator of G2.
        expand_message: RFC 9380's, with the ciphersuite's hash.
        decode_public_key: 96 octets to W, or `zk.public-key`; remembers the last keys that passed, as the
            draft allows ("Octets to Public Key").
    """

    ciphersuite: Ciphersuite
    ciphersuite_id: bytes
    backend: Backend
    P1: FixedBase
    BP2: G2
    expand_message: ExpandMessage
    decode_public_key: Callable[[bytes], G2]
    _families: dict[bytes, GeneratorFamily] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def label(self) -> str:
        """The ciphersuite and the draft it was read from, for manifests and messages."""
        return f"{self.ciphersuite} ({transcript.BBS_DRAFT})"

    @property
    def bbs_api_id(self) -> bytes:
        """The api identifier of plain BBS."""
        return self.ciphersuite_id + transcript.INTERFACE_BBS

    @property
    def blind_api_id(self) -> bytes:
        """The api identifier of blind BBS."""
        return self.ciphersuite_id + transcript.INTERFACE_BLIND

    @property
    def pseudonym_api_id(self) -> bytes:
        """The api identifier of blind BBS with pseudonyms."""
        return self.ciphersuite_id + transcript.INTERFACE_PSEUDONYM

    def hash_to_scalar(self, message: bytes, dst: bytes) -> Scalar:
        """Hash octets to a scalar under a tag."""
        return hashing.hash_to_scalar(self.expand_message, message, dst)

    def hash_to_g1(self, message: bytes, dst: bytes) -> G1:
        """Hash octets to a point of G1 under a tag, as the ciphersuite does."""
        if self.ciphersuite is Ciphersuite.SHA256:
            return self.backend.hash_to_g1(message, dst)
        return self.backend.map_to_g1(*hashing.hash_to_field(self.expand_message, message, dst))

    def generators(self, count: int, api_id: bytes) -> Generators:
        """Return the first `count` generators of an api identifier, which must be a constant of the code."""
        with self._lock:
            family = self._families.get(api_id)
            if family is None:
                family = GeneratorFamily(self.backend, self.expand_message, self.hash_to_g1, api_id)
                self._families[api_id] = family
        return family.first(count)

    def __repr__(self) -> str:
        return f"Suite({self.label}, {self.backend.name})"


def suite(ciphersuite: Ciphersuite, backend: Backend | None = None) -> Suite:
    """Make a suite; without a backend, on the best one installed (`zk.backend` where there is none)."""
    parameters = _PARAMETERS[ciphersuite]
    engine = backends.best() if backend is None else backend

    @lru_cache(_REMEMBERED_KEYS)
    def decode_public_key(public_key: bytes) -> G2:
        return engine.decode_g2(public_key, what="the public key", code="zk.public-key")

    P1 = engine.decode_g1(parameters.P1, what="P1", code="zk.backend")
    return Suite(
        ciphersuite=ciphersuite,
        ciphersuite_id=parameters.ciphersuite_id,
        backend=engine,
        P1=engine.fixed_base(P1, tabled=True),
        BP2=engine.decode_g2(G2_GENERATOR, what="BP2", code="zk.backend"),
        expand_message=parameters.expand_message,
        decode_public_key=decode_public_key,
    )
