"""Issuer keys: secret scalars and points of G2.

Text: BBS draft (`zk.transcript.BBS_DRAFT`), "Key Generation Operations" and "Octets to Public Key".

Invariants
- A secret key is in [1, r) and belongs to one ciphersuite, as the draft recommends.
- Its value appears in no repr, exception or pickle; only `to_bytes` gives it out.
- A public key that passed `Suite.decode_public_key` is in the subgroup of order r and not the identity.

Not here: storage and sealing. Python cannot wipe memory; keep the process that holds a key short-lived.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from zk import transcript
from zk.curve import Scalar, decode_scalar, encode_scalar
from zk.errors import ZkError

if TYPE_CHECKING:
    from zk.ciphersuites import Ciphersuite, Suite

MIN_KEY_MATERIAL: Final = 32
"""Octets of entropy that the draft demands of `key_material`."""

MAX_KEY_INFO: Final = 65535
"""Length that the two octets before `key_info` can express."""


class SecretKey:
    """A BBS signing key. Compares by identity and never shows its value."""

    __slots__ = ("_ciphersuite", "_public_key", "_scalar")

    def __init__(self, ciphersuite: Ciphersuite, scalar: Scalar) -> None:
        """Wrap a scalar in [1, r); use `from_bytes` or `key_generate`."""
        self._ciphersuite = ciphersuite
        self._scalar = scalar
        self._public_key: bytes | None = None

    @classmethod
    def from_bytes(cls, suite: Suite, octets: bytes) -> SecretKey:
        """Decode 32 octets, big endian; `zk.secret-key` unless the value is in [1, r)."""
        return cls(suite.ciphersuite, decode_scalar(octets, what="the secret key", code="zk.secret-key"))

    def to_bytes(self) -> bytes:
        """Encode as 32 octets, big endian."""
        return encode_scalar(self._scalar)

    def scalar(self, suite: Suite) -> Scalar:
        """Return the secret scalar, for use with this suite and no other (`zk.secret-key`)."""
        if suite.ciphersuite is not self._ciphersuite:
            raise ZkError("zk.secret-key", f"a key of {self._ciphersuite} was used with {suite.ciphersuite}")
        return self._scalar

    def public_key(self, suite: Suite) -> bytes:
        """Return the public key W = BP2·SK, 96 octets (compressed G2); computed once."""
        SK = self.scalar(suite)
        if self._public_key is None:
            self._public_key = suite.backend.encode_g2(suite.backend.mul_secret_g2(suite.BP2, SK))
        return self._public_key

    def __repr__(self) -> str:
        return f"SecretKey({self._ciphersuite}, hidden)"

    def __reduce__(self) -> NoReturn:
        raise ZkError(
            "zk.secret-key", "a secret key is not pickled", remedy="use to_bytes and seal the result"
        )


def key_generate(
    suite: Suite, key_material: bytes, key_info: bytes = b"", key_dst: bytes | None = None
) -> SecretKey:
    """Derive a secret key (BBS draft, "Secret Key").

    Args:
        suite: the ciphersuite the key will be used with.
        key_material: at least 32 octets that nobody can guess.
        key_info: distinguishes keys from the same material; at most 65535 octets.
        key_dst: domain separation tag; None for the draft's.
    """
    if len(key_material) < MIN_KEY_MATERIAL:
        raise ZkError("zk.length", f"key material of {len(key_material)} octets, expected at least 32")
    if len(key_info) > MAX_KEY_INFO:
        raise ZkError("zk.length", f"key info of {len(key_info)} octets, expected at most {MAX_KEY_INFO}")
    dst = suite.bbs_api_id + transcript.KEY_GENERATION if key_dst is None else key_dst
    scalar = suite.hash_to_scalar(key_material + len(key_info).to_bytes(2, "big") + key_info, dst)
    if scalar == 0:
        raise ZkError("zk.secret-key", "the key material hashes to zero", remedy="take other key material")
    return SecretKey(suite.ciphersuite, scalar)


def public_key(suite: Suite, secret_key: SecretKey) -> bytes:
    """Return the public key W = BP2·SK, 96 octets (compressed G2)."""
    return secret_key.public_key(suite)


def check_public_key(suite: Suite, public_key: bytes) -> None:
    """Check that 96 octets are a public key; `zk.public-key` otherwise."""
    suite.decode_public_key(public_key)
