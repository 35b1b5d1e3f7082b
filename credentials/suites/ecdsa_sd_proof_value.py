"""The proof values of `ecdsa-sd-2023`: one form for the holder, one for verifiers.

Source: W3C Data Integrity ECDSA Cryptosuites 1.0, 3.5.2 serializeBaseProofValue to 3.5.9
parseDerivedProofValue.
Invariants:
- Base: d9 5d 00, then [base signature 64, public key 35, HMAC key 32, [signatures 64], [mandatory pointers]].
- Derived: d9 5d 01, then [base signature, public key, [signatures], {canonical label: HMAC 32},
  [mandatory indexes]].
- The public key is a P-256 Multikey: 80 24, then a compressed point of the curve.
- Whatever else comes is ``ecdsa-sd-2023.malformed``.

Not here: the form of the CBOR (`credentials.suites.proof_cbor`), the meaning of any of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.suites.proof_cbor import Form
from did.encoding import decode_base64url, decode_multibase, encode_base64url, encode_multibase
from did.errors import DidError
from did.keys import KeyType, PublicKey

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME: Final = "ecdsa-sd-2023"
_CLAUSE: Final = "VC Data Integrity ECDSA 1.0, 3.5"
BASE: Final = Form(NAME, _CLAUSE, bytes.fromhex("d95d00"))
DERIVED: Final = Form(NAME, _CLAUSE, bytes.fromhex("d95d01"))
_SIGNATURE: Final = 64
_LABEL: Final = 32
_KEY: Final = 35


@dataclass(frozen=True, slots=True)
class BaseProofValue:
    """What the issuer hands to the holder; the HMAC key is the holder's secret from then on.

    `public_key` verifies `signatures`, one for each statement that is not mandatory; its secret is gone.
    """

    base_signature: bytes
    public_key: PublicKey
    hmac_key: bytes
    signatures: tuple[bytes, ...]
    mandatory_pointers: tuple[str, ...]

    def __repr__(self) -> str:
        return f"BaseProofValue({len(self.signatures)} signatures)"

    def write(self) -> str:
        """Write as `proofValue`."""
        signatures, pointers = list(self.signatures), list(self.mandatory_pointers)
        return BASE.write(
            [self.base_signature, key_bytes(self.public_key), self.hmac_key, signatures, pointers]
        )

    @classmethod
    def read(cls, text: str) -> BaseProofValue:
        """Read a `proofValue`. Raises ``ecdsa-sd-2023.malformed``, ``ecdsa-sd-2023.derived-proof``."""
        if DERIVED.begins(text):
            raise CredentialError(
                "ecdsa-sd-2023.derived-proof",
                "the proof is derived, where a base proof is expected",
                remedy="use the credential as the issuer issued it",
                clause=_CLAUSE,
            )
        base_signature, public_key, hmac_key, signatures, pointers = BASE.read(text)
        BASE.check_bytes(base_signature, "base signature", _SIGNATURE)
        BASE.check_bytes(hmac_key, "HMAC key", 32)
        return cls(
            base_signature,
            _key(BASE, public_key),
            hmac_key,
            _signatures(BASE, signatures),
            BASE.texts(pointers, "the mandatory pointers"),
        )


@dataclass(frozen=True, slots=True)
class DerivedProofValue:
    """What the holder shows a verifier.

    `labels` maps canonical labels of the revealed document (``c14n0``) to those under which it was signed
    (``u`` and the HMAC in base64url). `mandatory_indexes` are positions among the revealed statements;
    `signatures` are those of the others, in order.
    """

    base_signature: bytes
    public_key: PublicKey
    signatures: tuple[bytes, ...]
    labels: Mapping[str, str]
    mandatory_indexes: tuple[int, ...]

    def write(self) -> str:
        """Write as `proofValue`."""
        labels = {int(canonical[4:]): decode_base64url(label[1:]) for canonical, label in self.labels.items()}
        indexes = list(self.mandatory_indexes)
        return DERIVED.write(
            [self.base_signature, key_bytes(self.public_key), list(self.signatures), labels, indexes]
        )

    @classmethod
    def read(cls, text: str) -> DerivedProofValue:
        """Read a `proofValue`. Raises ``ecdsa-sd-2023.malformed``, ``ecdsa-sd-2023.base-proof``."""
        # [ESD-02] for the holder only
        if BASE.begins(text):
            raise CredentialError(
                "ecdsa-sd-2023.base-proof",
                "the proof is a base proof, which is for its holder only",
                remedy="derive a proof that discloses what was asked for",
                clause=_CLAUSE,
            )
        base_signature, public_key, signatures, labels, mandatory = DERIVED.read(text)
        DERIVED.check_bytes(base_signature, "base signature", _SIGNATURE)
        hmacs = DERIVED.labels(labels, lambda label: type(label) is bytes and len(label) == _LABEL)
        return cls(
            base_signature,
            _key(DERIVED, public_key),
            _signatures(DERIVED, signatures),
            {canonical: "u" + encode_base64url(label) for canonical, label in hmacs.items()},
            DERIVED.indexes(mandatory),
        )


def key_bytes(key: PublicKey) -> bytes:
    """Give the 35 bytes of a P-256 key in a proof value: its Multikey without the multibase."""
    return decode_multibase(key.multikey())


def _key(form: Form, found: bytes) -> PublicKey:
    form.check_bytes(found, "public key", _KEY)
    try:
        key = PublicKey.from_multikey(encode_multibase(found))
    except DidError as error:
        form.malformed(f"the public key: {error.detail}")
    # [ESD-03] a P-256 key
    if key.type is not KeyType.P256:
        form.malformed(f"the public key is of type {key.type}, expected {KeyType.P256}")
    return key


def _signatures(form: Form, found: object) -> tuple[bytes, ...]:
    if type(found) is not list:
        form.malformed("the signatures are no list")
    for signature in found:
        form.check_bytes(signature, "signature of a statement", _SIGNATURE)
    return tuple(found)
