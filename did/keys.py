"""Public keys in their two text forms, signers, and the check of a signature.

Texts: Multikey (W3C Controlled Identifiers 1.0 section 2.2.2), JWK (RFC 7517, 7518, 8037, 8812), ECDSA
signatures as `r ‖ s` (FIPS 186-5, IEEE P1363 form).

Invariants:
- A `PublicKey` has the length and leading byte of its type; what came from text is also a point of its curve,
  except for X25519 (every value is one) and BLS12-381 G2.
- A BLS12-381 G2 key is 96 bytes of checked form: compressed, not the identity, coordinates below the prime.
  Whether it lies on the curve and in the subgroup is checked by `zk` where the key is used.
- The algorithm follows from the key type and from nothing else.
- Secrets stand neither in `repr` nor in errors.

Not here: BLS keys as JWK (the drafts disagree on its form), key agreement, storage of secrets.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from did import sodium
from did.encoding import decode_base64url, decode_multibase, encode_base64url, encode_multibase
from did.errors import DidError

if TYPE_CHECKING:
    from did.types import JsonObject, JsonValue


class KeyType(StrEnum):
    """The key types that identifiers and documents may carry."""

    ED25519 = "Ed25519"
    X25519 = "X25519"
    P256 = "P-256"
    P384 = "P-384"
    SECP256K1 = "secp256k1"
    BLS12381_G2 = "BLS12-381-G2"


@dataclass(frozen=True, slots=True)
class _Form:
    """How a key type is written: multicodec prefix (varint), length in bytes, JWK `kty`."""

    prefix: bytes
    length: int
    kty: str


_FORMS: Final = {
    KeyType.ED25519: _Form(b"\xed\x01", 32, "OKP"),
    KeyType.X25519: _Form(b"\xec\x01", 32, "OKP"),
    KeyType.P256: _Form(b"\x80\x24", 33, "EC"),
    KeyType.P384: _Form(b"\x81\x24", 49, "EC"),
    KeyType.SECP256K1: _Form(b"\xe7\x01", 33, "EC"),
    KeyType.BLS12381_G2: _Form(b"\xeb\x01", 96, ""),
}
_TYPE_OF_PREFIX: Final = {form.prefix: key_type for key_type, form in _FORMS.items()}
_CURVES: Final[dict[KeyType, ec.EllipticCurve]] = {
    KeyType.P256: ec.SECP256R1(),
    KeyType.P384: ec.SECP384R1(),
    KeyType.SECP256K1: ec.SECP256K1(),
}
_HASHES: Final[dict[KeyType, hashes.HashAlgorithm]] = {
    KeyType.P256: hashes.SHA256(),
    KeyType.P384: hashes.SHA384(),
    KeyType.SECP256K1: hashes.SHA256(),
}
_BLS_PRIME: Final = int(
    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab", 16
)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key: `raw` is 32 bytes (Ed25519, X25519), a compressed SEC 1 point, or compressed G2 (96)."""

    type: KeyType
    raw: bytes

    def __post_init__(self) -> None:
        form = _FORMS[self.type]
        if len(self.raw) != form.length:
            raise DidError(
                "key.malformed", f"{self.type} keys have {form.length} bytes, found {len(self.raw)}"
            )
        if self.type in _CURVES and self.raw[0] not in (2, 3):
            raise DidError("key.malformed", f"{self.type} keys are compressed points (02 or 03 first)")
        if self.type is KeyType.BLS12381_G2:
            _check_g2_form(self.raw)

    def multikey(self) -> str:
        """Write as `publicKeyMultibase` of a Multikey: base58btc with prefix `z`."""
        return encode_multibase(_FORMS[self.type].prefix + self.raw)

    @classmethod
    def from_multikey(cls, text: str) -> PublicKey:
        """Read a Multikey's `publicKeyMultibase` (`key.malformed`, `key.unsupported`)."""
        try:
            data = decode_multibase(text, max_bytes=128)
        except DidError as error:
            raise DidError("key.malformed", f"publicKeyMultibase: {error.detail}") from None
        if not text.startswith("z"):
            raise DidError("key.malformed", "publicKeyMultibase is base58btc (prefix `z`)")
        key_type = _TYPE_OF_PREFIX.get(data[:2])
        if key_type is None:
            raise DidError("key.unsupported", f"unknown multicodec prefix {data[:2].hex() or 'none'}")
        key = cls(key_type, data[2:])
        if key_type in _CURVES:
            _load_point(key_type, key.raw)
        return key

    def jwk(self) -> JsonObject:
        """Write as a JWK with its required members only; `key.unsupported` for BLS12-381."""
        if self.type in _CURVES:
            point = _load_point(self.type, self.raw).public_numbers()
            size = _FORMS[self.type].length - 1
            return {
                "kty": "EC",
                "crv": str(self.type),
                "x": encode_base64url(point.x.to_bytes(size, "big")),
                "y": encode_base64url(point.y.to_bytes(size, "big")),
            }
        if self.type is KeyType.BLS12381_G2:
            raise DidError(
                "key.unsupported", "BLS12-381 keys have no settled JWK form", remedy="use Multikey"
            )
        return {"kty": "OKP", "crv": str(self.type), "x": encode_base64url(self.raw)}

    @classmethod
    def from_jwk(cls, jwk: JsonObject) -> PublicKey:
        """Read a public JWK; unknown members are ignored, a private one is refused (`key.private`)."""
        if "d" in jwk:
            raise DidError("key.private", "a public JWK must not carry the private member `d`")
        curve, kty = jwk.get("crv"), jwk.get("kty")
        key_type = next((known for known in KeyType if known == curve and _FORMS[known].kty), None)
        if key_type is None or kty != _FORMS[key_type].kty:
            raise DidError("key.unsupported", "kty and crv of the JWK name no supported key type")
        if key_type not in _CURVES:
            return cls(key_type, _jwk_bytes(jwk.get("x"), _FORMS[key_type].length))
        size = _FORMS[key_type].length - 1
        x, y = _jwk_bytes(jwk.get("x"), size), _jwk_bytes(jwk.get("y"), size)
        point = _load_encoded(key_type, b"\x04" + x + y)
        return cls(key_type, point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))


class Signer(Protocol):
    """Whatever can sign: a key in memory, a hardware module, a remote service."""

    @property
    def public_key(self) -> PublicKey:
        """The key that verifies what `sign` makes."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Sign the message itself (not a digest of it)."""
        ...


class Ed25519Signer:
    """Signs with an Ed25519 key held in memory: 64-byte signatures."""

    __slots__ = ("_expanded", "_public_key")

    def __init__(self, seed: bytes) -> None:
        """Take the 32-byte seed (RFC 8032 private key)."""
        self._expanded = sodium.ed25519_expand(seed)
        self._public_key = PublicKey(KeyType.ED25519, self._expanded[32:])

    def __repr__(self) -> str:
        return f"Ed25519Signer({self._public_key.multikey()})"

    @property
    def public_key(self) -> PublicKey:
        """The Ed25519 public key."""
        return self._public_key

    def sign(self, message: bytes) -> bytes:
        """Sign as Ed25519 (pure): 64 bytes."""
        return sodium.ed25519_sign_expanded(self._expanded, message)


class _EcdsaSigner:
    """ECDSA with RFC 6979 nonces on the curve of `_TYPE`, whose hash it takes: `r ‖ s`, big endian."""

    __slots__ = ("_algorithm", "_private_key", "_public_key", "_size")
    _TYPE: ClassVar[KeyType]

    def __init__(self, secret: bytes) -> None:
        """Take the secret scalar: as long as a coordinate, big endian, in 1..n-1."""
        self._size = _FORMS[self._TYPE].length - 1
        if len(secret) != self._size:
            raise DidError("key.malformed", f"a {self._TYPE} secret has {self._size} bytes")
        try:
            self._private_key = ec.derive_private_key(int.from_bytes(secret, "big"), _CURVES[self._TYPE])
        except ValueError:
            raise DidError("key.malformed", f"a {self._TYPE} secret is not below the group order") from None
        encoded = self._private_key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        self._public_key = PublicKey(self._TYPE, encoded)
        self._algorithm = ec.ECDSA(_HASHES[self._TYPE], deterministic_signing=True)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._public_key.multikey()})"

    @property
    def public_key(self) -> PublicKey:
        """The public key, of the signer's curve."""
        return self._public_key

    def sign(self, message: bytes) -> bytes:
        """Sign the digest of the message: twice the size of a coordinate."""
        r, s = utils.decode_dss_signature(self._private_key.sign(message, self._algorithm))
        return r.to_bytes(self._size, "big") + s.to_bytes(self._size, "big")


class P256Signer(_EcdsaSigner):
    """Signs with a P-256 key held in memory: ECDSA with SHA-256, 64 bytes; the secret has 32."""

    __slots__ = ()
    _TYPE = KeyType.P256


class P384Signer(_EcdsaSigner):
    """Signs with a P-384 key held in memory: ECDSA with SHA-384, 96 bytes; the secret has 48."""

    __slots__ = ()
    _TYPE = KeyType.P384


def verify_signature(key: PublicKey, message: bytes, signature: bytes) -> None:
    """Verify a signature over `message` with the algorithm of the key's type.

    Ed25519 takes 64 bytes; the ECDSA types `r ‖ s`, with SHA-256 (P-384: SHA-384).
    Raises `key.signature`, or `key.unsupported` for a key that does not sign.
    """
    if key.type is KeyType.ED25519:
        try:
            sodium.ed25519_verify(key.raw, message, signature)
        except DidError as error:
            raise DidError("key.signature", error.detail) from None
    elif key.type in _CURVES:
        _verify_ecdsa(key, message, signature)
    else:
        raise DidError("key.unsupported", f"{key.type} keys make no signatures here")


def _verify_ecdsa(key: PublicKey, message: bytes, signature: bytes) -> None:
    size = _FORMS[key.type].length - 1
    if len(signature) != 2 * size:
        raise DidError(
            "key.signature", f"{key.type} signatures have {2 * size} bytes, found {len(signature)}"
        )
    r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    point = _load_point(key.type, key.raw)
    try:
        point.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(_HASHES[key.type]))
    except InvalidSignature:
        raise DidError("key.signature", f"the {key.type} signature does not hold for this key") from None


@lru_cache(maxsize=1024)
def _load_point(key_type: KeyType, raw: bytes) -> ec.EllipticCurvePublicKey:
    # Decompressing costs a third of a verification, and few issuers sign much.
    return _load_encoded(key_type, raw)


def _load_encoded(key_type: KeyType, encoded: bytes) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[key_type], encoded)
    except ValueError:
        raise DidError("key.malformed", f"not a point of {key_type}") from None


def _check_g2_form(raw: bytes) -> None:
    compressed, infinity = raw[0] & 0x80, raw[0] & 0x40
    if not compressed or infinity:
        raise DidError("key.malformed", "BLS12-381 G2 keys are compressed and never the identity")
    first = int.from_bytes(bytes([raw[0] & 0x1F]) + raw[1:48], "big")
    if first >= _BLS_PRIME or int.from_bytes(raw[48:], "big") >= _BLS_PRIME:
        raise DidError("key.malformed", "a BLS12-381 coordinate is not below the prime")


def _jwk_bytes(value: JsonValue, length: int) -> bytes:
    if not isinstance(value, str):
        raise DidError("key.malformed", "a coordinate of the JWK is missing or no string")
    try:
        data = decode_base64url(value, max_bytes=length)
    except DidError as error:
        raise DidError("key.malformed", f"a coordinate of the JWK: {error.detail}") from None
    if len(data) != length:
        raise DidError("key.malformed", f"a coordinate of the JWK has {len(data)} bytes, expected {length}")
    return data
