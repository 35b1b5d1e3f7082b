"""Certificates made for tests: an authority, and what it signs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from did.encoding import encode_base64

DAY = timedelta(days=1)


def private_key(number: int) -> ec.EllipticCurvePrivateKey:
    """A fixed P-256 key."""
    return ec.derive_private_key(number, ec.SECP256R1())


class Authority:
    """A certificate authority with one key."""

    def __init__(self, now: datetime, *, number: int = 7, name: str = "Test authority") -> None:
        self.now = now
        self.key = private_key(number)
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = dict.fromkeys(
            (
                "digital_signature",
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "key_cert_sign",
                "crl_sign",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        self.usage = usage
        self.certificate = (
            self._builder(self.name, self.key.public_key(), now + 365 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**{**usage, "key_cert_sign": True}), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )

    @property
    def der(self) -> bytes:
        """The authority's own certificate: a trust anchor."""
        return self.certificate.public_bytes(Encoding.DER)

    def issue(
        self,
        key: Any,
        names: list[x509.GeneralName],
        *,
        ca: bool = False,
        digital_signature: bool = True,
        until: datetime | None = None,
        subject: str = "Issuer",
    ) -> str:
        """A certificate for a key, as `x5c` carries it."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
        usage = {**self.usage, "digital_signature": digital_signature, "key_cert_sign": ca}
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        certificate = (
            self._builder(name, key.public_key(), until or self.now + 30 * DAY)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**usage), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(identifier, critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return encode_base64(certificate.public_bytes(Encoding.DER))

    def _builder(self, subject: x509.Name, key: Any, until: datetime) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(1000 + len(subject.rfc4514_string()))
            .not_valid_before(self.now - DAY)
            .not_valid_after(until)
        )


def uri(text: str) -> x509.GeneralName:
    """A name that is an address."""
    return x509.UniformResourceIdentifier(text)


def host(text: str) -> x509.GeneralName:
    """A name that is a host."""
    return x509.DNSName(text)
