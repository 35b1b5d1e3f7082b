"""The suites for selective disclosure, as ways of securing credentials: `bbs-2023` and `ecdsa-sd-2023`.

Invariants:
- A base proof is checked for its holder only, a derived one for verifiers only.
- In a presentation a derived bbs-2023 proof is checked under the header that the verifier computed. A derived
  ecdsa-sd-2023 proof is bound to no presentation: its subject must sign that.
- A pseudonym is for the host of the verifier's own domain; nothing in a proof says for whom it is.
- An error that says how a proof is broken becomes one that says that it is.

Not here: the proofs themselves (`credentials.suites.bbs_2023`, `credentials.suites.ecdsa_sd_2023`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from credentials.errors import CredentialError
from credentials.sector import sector_of
from credentials.suites.bbs_features import BbsFeatures, verified_pseudonym
from credentials.suites.protocol import BbsKey, Reader, wrong_key
from did.integrity import UNSAFE_ANY, UnsafeAny
from did.keys import KeyType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from credentials.suites.bbs_2023 import Bbs2023
    from credentials.suites.bbs_features import ProvenPseudonym
    from credentials.suites.ecdsa_sd_2023 import EcdsaSd2023
    from credentials.suites.protocol import Setting
    from did.integrity import Cryptosuite, ProofOptions, VerifiedProof
    from did.keys import PublicKey, Signer
    from did.types import JsonObject, RandomBytes


@dataclass(frozen=True, slots=True)
class Bbs:
    """`bbs-2023`: derived proofs cannot be linked, and are bound to their presentation."""

    suite: Bbs2023
    key_types: frozenset[KeyType] = frozenset({KeyType.BLS12381_G2})
    verify_only: bool = False
    over_rdf: bool = True
    selective: bool = True
    unlinkable: bool = True

    @property
    def name(self) -> str:
        """The name of the cryptosuite."""
        return self.suite.name

    @property
    def features(self) -> BbsFeatures:
        """The optional features: holder binding, pseudonyms, both; verifiers take their proofs too."""
        return BbsFeatures(self.suite.canonicalizer, self.suite.bbs_suite)

    def sign(
        self,
        document: JsonObject,
        *,
        options: ProofOptions,
        key: Signer | BbsKey,
        mandatory_pointers: Sequence[str],
        random_bytes: RandomBytes,
    ) -> JsonObject:
        """Make a base proof. Codes: issue.key, bbs-2023.*, rdf.*."""
        if not isinstance(key, BbsKey):
            raise wrong_key(self.name, self.key_types, key.public_key)
        return self.suite.create_base(
            document,
            options,
            key.secret,
            key.public_key,
            mandatory_pointers=tuple(mandatory_pointers),
            random_bytes=random_bytes,
        )

    def mandatory(self, proof: JsonObject) -> tuple[str, ...]:
        """Read the pointers that the issuer wrote into the base proof."""
        if has_feature(self.features, proof):
            return self.features.mandatory_pointers(proof)
        return self.suite.mandatory_pointers(proof)

    def present(
        self, secured: JsonObject, *, pointers: Sequence[str], header: bytes, random_bytes: RandomBytes
    ) -> JsonObject:
        """Derive a proof that discloses the pointers, for this header only; a feature needs its holder.

        Codes: proof.secrets, bbs-2023.*, rdf.*.
        """
        proof = secured.get("proof")
        if isinstance(proof, dict) and self.features.is_base_proof(proof):
            raise _only_its_holder()
        return self.suite.derive(
            secured, selective_pointers=tuple(pointers), presentation_header=header, random_bytes=random_bytes
        )

    def is_derived(self, proof: JsonObject) -> bool:
        """Whether the proof value begins as derived ones do."""
        return self.suite.is_derived_proof(proof) or self.features.is_derived_proof(proof)

    def checker(self, proof: JsonObject, setting: Setting) -> Cryptosuite:
        """Check a base proof for its holder, a derived one for a verifier, of any feature or none.

        Codes: presentation.base-proof, presentation.binding, proof.base, proof.derived, sector.host,
        bbs-2023.*.
        """
        features = self.features
        if has_feature(features, proof):
            check_form(features, proof, setting)
            if setting.reader is Reader.VERIFIER:
                return self._feature_checker(proof, setting)
            if setting.beyond is None:
                raise _only_its_holder()
            return Checker(self.name, setting.beyond)
        check_form(self.suite, proof, setting)
        if setting.reader is Reader.HOLDER:
            return Checker(self.name, lambda secured, key: self.suite.verify_base(secured, public_key=key))
        return Checker(
            self.name,
            lambda secured, key: self.suite.verify_derived(
                secured, public_key=key, expected_presentation_header=_expected_header(setting)
            ),
        )

    def _feature_checker(self, proof: JsonObject, setting: Setting) -> Cryptosuite:
        features, context = self.features, self._context(proof, setting)

        def check(secured: JsonObject, key: PublicKey) -> None:
            features.verify_derived(
                secured,
                public_key=key,
                expected_presentation_header=_expected_header(setting),
                expected_context=context,
            )

        return Checker(self.name, check)

    def _context(self, proof: JsonObject, setting: Setting) -> str | None:
        """Give the verifier's own context, where there is a pseudonym and somebody to verify it."""
        if setting.audience is None or not self.features.has_pseudonym(proof):
            return None
        return sector_of(setting.audience)

    def pseudonym(self, verified: VerifiedProof, setting: Setting) -> ProvenPseudonym | None:
        """Give the pseudonym of a proof that `checker` has let through in this very setting, or None."""
        context = self._context(verified.proof, setting)
        return None if context is None else verified_pseudonym(verified.proof, context)


@dataclass(frozen=True, slots=True)
class EcdsaSd:
    """`ecdsa-sd-2023`: a signature for each statement, of which the holder leaves out some."""

    suite: EcdsaSd2023
    key_types: frozenset[KeyType] = frozenset({KeyType.P256})
    verify_only: bool = False
    over_rdf: bool = True
    selective: bool = True
    unlinkable: bool = False

    @property
    def name(self) -> str:
        """The name of the cryptosuite."""
        return self.suite.name

    def sign(
        self,
        document: JsonObject,
        *,
        options: ProofOptions,
        key: Signer | BbsKey,
        mandatory_pointers: Sequence[str],
        random_bytes: RandomBytes,
    ) -> JsonObject:
        """Make a base proof with a P-256 signer. Codes: issue.key, ecdsa-sd-2023.*, rdf.*."""
        if isinstance(key, BbsKey) or key.public_key.type not in self.key_types:
            raise wrong_key(self.name, self.key_types, key.public_key)
        return self.suite.create_base(
            document,
            options,
            key,
            mandatory_pointers=tuple(mandatory_pointers),
            random_bytes=random_bytes,
        )

    def mandatory(self, proof: JsonObject) -> tuple[str, ...]:
        """Read the pointers that the issuer wrote into the base proof."""
        return self.suite.mandatory_pointers(proof)

    def present(
        self,
        secured: JsonObject,
        *,
        pointers: Sequence[str],
        header: bytes,  # noqa: ARG002 - bound by its subject
        random_bytes: RandomBytes,  # noqa: ARG002 - nothing is drawn
    ) -> JsonObject:
        """Leave out all that neither the pointers nor the issuer disclose."""
        return self.suite.derive(secured, selective_pointers=tuple(pointers))

    def is_derived(self, proof: JsonObject) -> bool:
        """Whether the proof value begins as derived ones do."""
        return self.suite.is_derived_proof(proof)

    def checker(self, proof: JsonObject, setting: Setting) -> Cryptosuite:
        """Check a base proof for its holder, a derived one for a verifier.

        Codes: presentation.base-proof, proof.base, proof.derived, ecdsa-sd-2023.*.
        """
        check_form(self.suite, proof, setting)
        if setting.reader is Reader.HOLDER:
            return Checker(self.name, lambda secured, key: self.suite.verify_base(secured, public_key=key))
        return Checker(self.name, lambda secured, key: self.suite.verify_derived(secured, public_key=key))


def _only_its_holder() -> CredentialError:
    return CredentialError(
        "proof.secrets",
        "the credential is bound to secrets of its holder, without which it is neither checked nor shown",
        remedy="use the wallet that made the commitment",
        clause="VC-DI BBS 1.0, 3.4",
    )


def has_feature(features: BbsFeatures, proof: JsonObject) -> bool:
    """Whether the proof value is one of an optional feature."""
    return features.is_base_proof(proof) or features.is_derived_proof(proof)


def check_form(suite: _Selective, proof: JsonObject, setting: Setting) -> None:
    """Check that a proof is a base one where its holder reads it, a derived one where a verifier does.

    Codes: proof.malformed, proof.derived, proof.base, presentation.base-proof.
    """
    derived = suite.is_derived_proof(proof)
    if not derived and not suite.is_base_proof(proof):
        raise CredentialError("proof.malformed", "proofValue is neither a base nor a derived proof")
    # [ESD-14] a holder needs the base proof
    if setting.reader is Reader.HOLDER and derived:
        raise CredentialError(
            "proof.derived",
            "the proof is derived, made for a verifier",
            remedy="ask the issuer for the credential",
        )
    # [ESD-15] the base proof is the holder's secret
    if setting.reader is Reader.VERIFIER and not derived:
        raise CredentialError(
            "proof.base" if setting.header is None else "presentation.base-proof",
            "the credential has its base proof, which is for its holder only",
            clause="VC-DI ECDSA 1.0, 3.4; VC-DI BBS 1.0, 3.3",
            remedy="derive a proof that discloses what was asked for",
        )


class _Selective(Protocol):
    """A suite with two forms of proof value."""

    def is_base_proof(self, proof: JsonObject) -> bool: ...

    def is_derived_proof(self, proof: JsonObject) -> bool: ...


def _expected_header(setting: Setting) -> bytes | UnsafeAny:
    """Alone, a derived proof shows who signed the claims, and nothing about who shows them."""
    return UNSAFE_ANY if setting.header is None else setting.header


@dataclass(frozen=True, slots=True)
class Checker:
    """A cryptosuite that verifies in one setting, and makes nothing."""

    name: str
    check: Callable[[JsonObject, PublicKey], None]

    def create_proof(self, document: JsonObject, options: ProofOptions, signer: Signer) -> JsonObject:
        """Refuse: nothing is made in a setting. Codes: issue.key."""
        del document, options, signer
        raise CredentialError("issue.key", f"{self.name} proofs are made by the suite's `sign`")

    def verify_proof(self, document: JsonObject, proof: JsonObject, key: PublicKey) -> JsonObject:
        """Give the document, which the proof covers. Codes: proof.*, and those of the suite."""
        # [ESD-16] alone on its document
        if "proof" in document:
            raise CredentialError("proof.chain", f"proofs of {self.name} cover no other proofs")
        try:
            self.check({**document, "proof": proof}, key)
        except CredentialError as error:
            raise _as_proof_fault(error) from error
        return document


_SUITES: Final = frozenset({"bbs-2023", "bbs-predicates-2026", "ecdsa-sd-2023"})
_PROOF_FAULTS: Final = {
    "proof": "proof.signature",
    "signature": "proof.signature",
    # A statement that was added or left out shows before the proof is computed.
    "indexes": "proof.signature",
    "labels": "proof.signature",
    "malformed": "proof.malformed",
}


def _as_proof_fault(error: CredentialError) -> CredentialError:
    suite, _, fault = error.code.partition(".")
    if error.code == "bbs-2023.presentation-header":
        return CredentialError(
            "presentation.binding",
            "the derived proof was made for another verifier, challenge or holder key",
            clause="docs/specs/presentation-binding.md",
            remedy="derive the credential anew for this presentation",
        )
    code = _PROOF_FAULTS.get(fault) if suite in _SUITES else None
    if code is None:
        return error
    return CredentialError(code, f"{error.code}: {error.detail}", clause=error.clause, remedy=error.remedy)
