"""Signed bytes: COSE_Sign1 (RFC 9052 and 9053, with RFC 8812, 9596, 9597 and 9864).

Reading says nothing about who signed; `verify` takes the key that the caller chose, and what it must be.

Invariants:
- four parts in strict CBOR (`credentials.cose.cbor`), with tag 18 or none; the payload is attached.
- the algorithm stands in the protected header and follows from the type of the key.
- `typ` is compared with an expectation that the caller states, as a full media type; there is no default.
- a label stands in one of the two headers; what has a meaning here stands in the protected one. Of the
  unprotected header nothing is believed but the key's name, which only chooses among the issuer's keys.
- `crit` is refused: no extension is understood. Keys and certificates in headers are never taken as keys.
- what is signed is encoded here, deterministically (RFC 9052 section 9), over the header's bytes as received.

Not here: COSE_Sign with several signers, detached payloads, countersignatures, encryption.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import cbor2

from credentials.cose import cbor
from credentials.errors import CredentialError
from credentials.jose.jws import SIGNATURE_BYTES
from did.errors import DidError
from did.keys import KeyType, verify_signature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from credentials.cose.cbor import Cbor
    from did.keys import PublicKey, Signer

TAG: Final = 18
ALG, CRIT, CONTENT_TYPE, KID, CWT_CLAIMS, TYP = 1, 2, 3, 4, 15, 16
MAX_HEADER_BYTES: Final = 16 * 1024  # a certificate chain of five fits; everything else needs some 300 bytes

# What is written comes first; the rest (fully specified algorithms, RFC 9864) is accepted beside it.
ALGORITHMS: Final[Mapping[KeyType, tuple[int, ...]]] = MappingProxyType(
    {
        KeyType.ED25519: (-8, -19),
        KeyType.P256: (-7, -9),
        KeyType.P384: (-35, -51),
        KeyType.SECP256K1: (-47,),
    }
)
_SIGNING: Final = frozenset({KeyType.ED25519, KeyType.P256, KeyType.P384})
_PROTECTED_ONLY: Final = frozenset({ALG, CRIT, CONTENT_TYPE, CWT_CLAIMS, TYP})
_CLAUSE: Final = "RFC 9052, 3.1"

Header = dict[int | str, "Cbor"]


@dataclass(frozen=True, slots=True)
class Sign1:
    """A COSE_Sign1 of good form; nothing about it is verified."""

    protected: Header
    unprotected: Header
    payload: bytes
    signature: bytes
    to_be_signed: bytes

    @property
    def typ(self) -> str | None:
        """The media type of the whole, as written."""
        return _text(self.protected.get(TYP))

    @property
    def content_type(self) -> str | None:
        """The media type of the payload, as written."""
        return _text(self.protected.get(CONTENT_TYPE))

    @property
    def kid(self) -> bytes | None:
        """The name of the key, from either header."""
        found = self.protected.get(KID, self.unprotected.get(KID))
        return found if isinstance(found, bytes) else None


def read(data: bytes, *, max_bytes: int) -> Sign1:
    """Read the form of a COSE_Sign1. Codes: cbor.*, cose.form, cose.header, cose.crit, cose.unprotected."""
    _, value = cbor.decode(data, max_bytes=max_bytes, tags={TAG})
    parts = value if isinstance(value, list) else []
    if len(parts) != 4:
        raise CredentialError("cose.form", "a COSE_Sign1 is an array of four", clause="RFC 9052, 4.2")
    encoded, unprotected, payload, signature = parts
    # [COS-09] also a payload that stands elsewhere, and is nil here
    if not isinstance(payload, bytes) or not isinstance(signature, bytes):
        raise CredentialError(
            "cose.form",
            "payload or signature is no byte string",
            remedy="send the payload inside the structure",
            clause="RFC 9052, 4.2",
        )
    if not isinstance(encoded, bytes) or not isinstance(unprotected, dict):
        raise CredentialError("cose.form", "the headers are no byte string and map", clause="RFC 9052, 3")
    protected = _protected(encoded)
    _check_headers(protected, unprotected)
    return Sign1(protected, unprotected, payload, signature, _to_be_signed(encoded, payload))


def verify(signed: Sign1, key: PublicKey, *, expected_typ: str) -> None:
    """Check the signature by this key, over bytes of this media type.

    Codes: cose.typ, cose.key-type, cose.alg, cose.signature-length, cose.signature.
    """
    # [COS-10] bytes of another type, or of none
    if not same_type(signed.typ, expected_typ):
        raise CredentialError(
            "cose.typ", f"typ is missing or another than {expected_typ!r}", clause="RFC 9596, 2"
        )
    accepted = ALGORITHMS.get(key.type)
    if accepted is None:
        raise CredentialError("cose.key-type", f"{key.type} keys sign no COSE_Sign1")
    # [COS-11] also refuses MACs
    if signed.protected[ALG] not in accepted:
        raise CredentialError(
            "cose.alg",
            f"alg is another than {accepted[0]}, which a key of type {key.type} signs with",
            clause="RFC 9053, 2",
        )
    # [COS-12] before any arithmetic
    if len(signed.signature) != SIGNATURE_BYTES[key.type]:
        raise CredentialError(
            "cose.signature-length",
            f"the signature has {len(signed.signature)} bytes, expected {SIGNATURE_BYTES[key.type]}",
            clause="RFC 9053, 2.1 and 2.2",
        )
    # [COS-13] headers and payload as received
    _check_signature(signed, key)


def sign(payload: bytes, *, protected: Header, signer: Signer) -> bytes:
    """Sign and write as a tagged COSE_Sign1 in deterministic CBOR; `alg` comes from the signer's key.

    Codes: cose.signer, and those of `read` for headers that could not be read again.
    """
    key_type = signer.public_key.type
    if key_type not in _SIGNING:
        raise CredentialError("cose.signer", f"{key_type} keys sign no COSE_Sign1 here")
    full: Header = {**protected, ALG: ALGORITHMS[key_type][0]}
    encoded = cbor2.dumps(full, canonical=True)
    _check_headers(_protected(encoded), {})
    signature = signer.sign(_to_be_signed(encoded, payload))
    if len(signature) != SIGNATURE_BYTES[key_type]:
        raise CredentialError(
            "cose.signer", f"the signer gave {len(signature)} bytes, expected {SIGNATURE_BYTES[key_type]}"
        )
    return cbor2.dumps(cbor2.CBORTag(TAG, [encoded, {}, payload, signature]), canonical=True)


def same_type(found: str | None, expected: str) -> bool:
    """Compare media types in any case; COSE writes them in full (RFC 9596 section 2)."""
    return found is not None and found.lower() == expected.lower()


def _protected(encoded: bytes) -> Header:
    if not encoded:
        return {}
    _, found = cbor.decode(encoded, max_bytes=MAX_HEADER_BYTES)
    if not isinstance(found, dict):
        raise CredentialError("cose.form", "the protected header is no map", clause="RFC 9052, 3")
    return found


def _check_headers(protected: Header, unprotected: Header) -> None:
    # [COS-14] one label, one value
    if protected.keys() & unprotected.keys():
        raise CredentialError("cose.header", "a label stands in both headers", clause="RFC 9052, 3")
    # [COS-15] what decides something is signed
    if unprotected.keys() & _PROTECTED_ONLY:
        raise CredentialError(
            "cose.unprotected",
            "alg, crit, content type, CWT claims or typ stands in the unprotected header",
            clause="RFC 9052, 3.1; RFC 9596, 2; RFC 9597, 2",
        )
    # [COS-16] extensions that must be understood
    if CRIT in protected:
        raise CredentialError("cose.crit", "crit names labels to be understood, and none is", clause=_CLAUSE)
    # [COS-17] the algorithm is named, by its number
    if type(protected.get(ALG)) is not int:
        raise CredentialError("cose.header", "alg is missing or no integer", clause=_CLAUSE)
    kid = protected.get(KID, unprotected.get(KID, b""))
    # [COS-18] the key's name is bytes
    if not isinstance(kid, bytes):
        raise CredentialError("cose.header", "kid is no byte string", clause=_CLAUSE)


def _to_be_signed(encoded: bytes, payload: bytes) -> bytes:
    # The header is never empty, since it has alg; nothing is signed beside header and payload.
    return cbor2.dumps(["Signature1", encoded, b"", payload], canonical=True)


def _check_signature(signed: Sign1, key: PublicKey) -> None:
    try:
        verify_signature(key, signed.to_be_signed, signed.signature)
    except DidError as error:
        if error.code != "key.signature":
            raise CredentialError(error.code, error.detail) from None
        raise CredentialError(
            "cose.signature",
            "the signature does not hold: the bytes were changed, or another key signed",
            clause="RFC 9052, 4.4",
        ) from None


def _text(value: Cbor) -> str | None:
    return value if isinstance(value, str) else None
