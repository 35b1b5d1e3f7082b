"""The issuer's key out of its certificates: `x5c` in the header, checked against explicit trust anchors.

Texts: SD-JWT VC draft 18, Issuer Signature Mechanisms (X.509); RFC 5280 section 6 (path validation, done by
`cryptography`); RFC 7515 section 4.1.6.

Checklist of `verify_chain`:
1. `x5c` is a list of DER certificates in base64, the signer's first.
2. A path leads to one of the trust anchors that the caller names; without any, nothing is trusted.
3. Every certificate of the path is valid at `now`.
4. The first is no authority, and may make signatures, where it says what it may.
5. Where the credential has `iss`, the first certificate names it: as a URI, or its host as a DNS name.
   Where it has none, the certificate's subject is the issuer.

Not here: revocation of certificates, and which anchors to trust.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from credentials.errors import CredentialError
from did.encoding import decode_base64
from did.errors import DidError
from did.keys import KeyType, PublicKey

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from did.types import JsonValue

MAX_CERTIFICATES: Final = 6
MAX_DER_BYTES: Final = 8192
_CLAUSE: Final = "SD-JWT VC draft 18, Issuer Signature Mechanisms"
_Extension = TypeVar("_Extension", bound=x509.ExtensionType)
_BROKEN: Final = (
    ValueError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What the library raises, at the latest moment, for parts of a certificate that it cannot read."""
_CURVES: Final = {"secp256r1": KeyType.P256, "secp384r1": KeyType.P384}


@dataclass(frozen=True, slots=True)
class CertifiedKey:
    """The key of a chain that leads to a trust anchor, and whom the certificate says it belongs to."""

    key: PublicKey
    issuer: str


def verify_chain(
    x5c: JsonValue, *, trust_anchors: Sequence[bytes], now: datetime, expected_issuer: str | None
) -> CertifiedKey:
    """Verify by the checklist above; `trust_anchors` are DER certificates, `expected_issuer` is `iss`.

    Codes: issuer.certificate, issuer.untrusted, issuer.certificate-use, issuer.mismatch.
    """
    leaf, *others = _read(x5c)
    # [SVC-14] explicit anchors
    if not trust_anchors:
        raise _untrusted("no trust anchor is configured")
    # [SVC-15] steps 2 and 3
    _check_path(leaf, others, trust_anchors, now)
    _check_use(leaf)
    if expected_issuer is not None:
        # [SVC-16] iss and certificate agree
        if not _names(leaf, expected_issuer):
            raise CredentialError(
                "issuer.mismatch",
                "the certificate names another issuer than iss",
                remedy="the certificate must hold iss as a URI, or its host as a DNS name",
                clause=_CLAUSE,
            )
        return CertifiedKey(_key(leaf), expected_issuer)
    return CertifiedKey(_key(leaf), _subject(leaf))


def _read(x5c: JsonValue) -> list[x509.Certificate]:
    # [SVC-17] form of x5c
    if not isinstance(x5c, list) or not 0 < len(x5c) <= MAX_CERTIFICATES:
        raise _malformed(f"x5c is no list of 1 to {MAX_CERTIFICATES} certificates")
    try:
        return [_load(decode_base64(str(item), max_bytes=MAX_DER_BYTES)) for item in x5c]
    except DidError as error:
        raise _malformed(f"a certificate: {error.detail}") from None


def _load(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except _BROKEN:
        raise _malformed("a certificate is not DER, or of no version that is known here") from None


def _check_path(
    leaf: x509.Certificate, others: list[x509.Certificate], anchors: Sequence[bytes], now: datetime
) -> None:
    builder = (
        PolicyBuilder()
        .store(Store([_load(der) for der in anchors]))
        .time(now)
        .max_chain_depth(MAX_CERTIFICATES)
        .extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
        )
    )
    try:
        builder.build_client_verifier().verify(leaf, others)
    except (VerificationError, *_BROKEN):
        raise _untrusted(
            "no valid path leads from the certificate to a trust anchor at the time of verification"
        ) from None


def _check_use(leaf: x509.Certificate) -> None:
    constraints = _extension(leaf, x509.BasicConstraints)
    usage = _extension(leaf, x509.KeyUsage)
    # [SVC-18] no authority
    if constraints is not None and constraints.ca:
        raise _use("the first certificate is an authority's")
    # [SVC-19] may sign
    if usage is not None and not usage.digital_signature:
        raise _use("the first certificate's key is not for signatures")


def _extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    except _BROKEN:
        raise _malformed("an extension of a certificate cannot be read") from None


def _names(leaf: x509.Certificate, issuer: str) -> bool:
    """Whether the certificate names the issuer: its address, or a host that owns the address."""
    found = _extension(leaf, x509.SubjectAlternativeName)
    if found is None:
        return False
    hosts = found.get_values_for_type(x509.DNSName)
    owned = any(issuer == f"https://{host}" or issuer.startswith(f"https://{host}/") for host in hosts)
    return owned or issuer in found.get_values_for_type(x509.UniformResourceIdentifier)


def _subject(leaf: x509.Certificate) -> str:
    try:
        name = leaf.subject.rfc4514_string()
    except _BROKEN:
        raise _malformed("the certificate's subject cannot be read") from None
    if not name:
        raise _malformed("the certificate has no subject, and the credential no iss")
    return name


def _key(leaf: x509.Certificate) -> PublicKey:
    try:
        key = leaf.public_key()
    except _BROKEN:
        raise _malformed("the certificate's key cannot be read") from None
    if isinstance(key, ed25519.Ed25519PublicKey):
        return PublicKey(KeyType.ED25519, key.public_bytes_raw())
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        point = key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        return PublicKey(_CURVES[key.curve.name], point)
    raise _use("the certificate's key is of a type that signs no credential here")


def _malformed(detail: str) -> CredentialError:
    return CredentialError("issuer.certificate", detail, clause="RFC 7515 section 4.1.6")


def _untrusted(detail: str) -> CredentialError:
    return CredentialError(
        "issuer.untrusted", detail, remedy="add the issuer's authority to the trust anchors", clause=_CLAUSE
    )


def _use(detail: str) -> CredentialError:
    return CredentialError("issuer.certificate-use", detail, clause="RFC 5280 section 4.2.1")
