"""The proof values of `bbs-2023`: multibase base64url over CBOR, one form for the holder, one for verifiers.

Source: W3C Data Integrity BBS Cryptosuites 1.0 (April 2025), 3.3.1 serializeBaseProofValue to 3.3.7
parseDerivedProofValue, baseline feature only.
Invariants:
- Base: d9 5d 02, then [signature 80, header 64, public key 96, HMAC key 32, [mandatory pointers]].
- Derived: d9 5d 03, then [proof, {canonical label: label}, [mandatory indexes], [disclosed indexes], header].
- Whatever else comes is ``bbs-2023.malformed``.

Not here: the form of the CBOR (`credentials.suites.proof_cbor`), the meaning of any of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from credentials.errors import CredentialError
from credentials.suites.proof_cbor import Form, is_index

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CLAUSE: Final = "VC Data Integrity BBS 1.0, 3.3"
BASE: Final = Form("bbs-2023", CLAUSE, bytes.fromhex("d95d02"))
DERIVED: Final = Form("bbs-2023", CLAUSE, bytes.fromhex("d95d03"))
_SIZES: Final = {"signature": 80, "header": 64, "public key": 96, "HMAC key": 32}


@dataclass(frozen=True, slots=True)
class BaseProofValue:
    """What the issuer hands to the holder; the HMAC key is the holder's secret from then on."""

    form: ClassVar[Form] = BASE
    derived_form: ClassVar[Form] = DERIVED

    signature: bytes
    header: bytes
    public_key: bytes
    hmac_key: bytes
    mandatory_pointers: tuple[str, ...]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.mandatory_pointers)} mandatory pointers)"

    def write(self) -> str:
        """Write as `proofValue`."""
        return self.form.write(self.components())

    def components(self) -> list[Any]:
        """Give what the baseline writes."""
        return [self.signature, self.header, self.public_key, self.hmac_key, list(self.mandatory_pointers)]

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a `proofValue`. Raises ``bbs-2023.malformed``, ``bbs-2023.derived-proof``."""
        return cls(*cls.read_components(cls.parts_of(text)))

    @classmethod
    def parts_of(cls, text: str) -> list[Any]:
        """Take a `proofValue` apart; the types of the parts are not checked yet."""
        if cls.derived_form.begins(text):
            raise CredentialError(
                "bbs-2023.derived-proof",
                "the proof is derived, where a base proof is expected",
                remedy="use the credential as the issuer issued it",
                clause=CLAUSE,
            )
        return cls.form.read(text)

    @classmethod
    def read_components(cls, parts: Sequence[Any]) -> tuple[bytes, bytes, bytes, bytes, tuple[str, ...]]:
        """Check what the baseline writes, in its order (``bbs-2023.malformed``)."""
        for part, (name, size) in zip(parts, _SIZES.items(), strict=False):
            cls.form.check_bytes(part, name, size)
        signature, header, public_key, hmac_key, pointers, *_ = parts
        return signature, header, public_key, hmac_key, cls.form.texts(pointers, "the mandatory pointers")


@dataclass(frozen=True, slots=True)
class DerivedProofValue:
    """What the holder shows a verifier.

    `labels` maps canonical labels of the revealed document (``c14n0``) to those under which it was signed
    (``b2``). `mandatory_indexes` are positions among the revealed statements, `selective_indexes` positions
    among all statements that are not mandatory.
    """

    proof: bytes
    labels: Mapping[str, str]
    mandatory_indexes: tuple[int, ...]
    selective_indexes: tuple[int, ...]
    presentation_header: bytes

    def write(self) -> str:
        """Write as `proofValue`."""
        return DERIVED.write(self.components())

    def components(self) -> list[Any]:
        """Give what the baseline writes."""
        labels = {int(canonical[4:]): int(label[1:]) for canonical, label in self.labels.items()}
        indexes = [list(self.mandatory_indexes), list(self.selective_indexes)]
        return [self.proof, labels, *indexes, self.presentation_header]

    @classmethod
    def read(cls, text: str) -> DerivedProofValue:
        """Read a `proofValue`. Raises ``bbs-2023.malformed``, ``bbs-2023.base-proof``."""
        if BASE.begins(text):
            raise CredentialError(
                "bbs-2023.base-proof",
                "the proof is a base proof, which is for its holder only",
                remedy="derive a proof that discloses what was asked for",
                clause=CLAUSE,
            )
        return cls(*cls.read_components(DERIVED, DERIVED.read(text)))

    @staticmethod
    def read_components(
        form: Form, parts: Sequence[Any]
    ) -> tuple[bytes, dict[str, str], tuple[int, ...], tuple[int, ...], bytes]:
        """Check what the baseline writes, in its order (``bbs-2023.malformed``)."""
        proof, labels, mandatory, selective, presentation_header = parts
        form.check_bytes(proof, "proof")
        form.check_bytes(presentation_header, "presentation header")
        named = {canonical: f"b{label}" for canonical, label in form.labels(labels, is_index).items()}
        return proof, named, form.indexes(mandatory), form.indexes(selective), presentation_header
