"""The cryptosuites by which credentials are secured, in one registry: a mapping from name to suite.

Each suite signs a credential for an issuer, and gives the Data Integrity cryptosuite that checks a proof as
it is met: received by a holder, or by a verifier, alone or in a presentation.

Invariants:
- the algorithm follows from the suite's name, and the suite takes one type of key.
- a base proof of bbs-2023 is checked for its holder only; a verifier refuses it.
- in a presentation a derived proof is checked under the header that the verifier computed.

What is not here: the mathematics (`did.eddsa_jcs`, `credentials.suites`), which key may sign
(`did.document`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

from credentials.errors import CredentialError
from credentials.formats import BBS_2023, EDDSA_JCS_2022
from did.eddsa_jcs import EddsaJcs2022
from did.integrity import UNSAFE_ANY, add_proof
from did.keys import KeyType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from credentials.suites.bbs_2023 import Bbs2023
    from did.integrity import Cryptosuite, ProofOptions
    from did.keys import PublicKey, Signer
    from did.types import JsonObject, RandomBytes
    from zk.bbs import SecretKey


class Reader(StrEnum):
    """Who meets a proof: the holder that receives a credential, or a verifier."""

    HOLDER = "holder"
    VERIFIER = "verifier"


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a proof is met; in a presentation, under the `header` that the verifier computed."""

    reader: Reader
    header: bytes | None = None


@dataclass(frozen=True, slots=True)
class BbsKey:
    """A BBS key pair for signing base proofs; the secret does not show."""

    secret: SecretKey
    public_key: PublicKey

    def __repr__(self) -> str:
        return f"BbsKey({self.public_key.multikey()})"


class CredentialSuite(Protocol):
    """One way of securing credentials."""

    @property
    def name(self) -> str:
        """The suite's name in `cryptosuite`."""
        ...

    @property
    def key_type(self) -> KeyType:
        """The one type of key that the suite takes."""
        ...

    @property
    def selective(self) -> bool:
        """Whether holders disclose parts; the claims are then RDF."""
        ...

    def sign(
        self,
        document: JsonObject,
        *,
        options: ProofOptions,
        key: Signer | BbsKey,
        mandatory_pointers: Sequence[str],
        random_bytes: RandomBytes,
    ) -> JsonObject:
        """Give the document with a proof by this key."""
        ...

    def mandatory(self, proof: JsonObject) -> tuple[str, ...]:
        """Give the pointers to what every presentation discloses; the root where all is shown."""
        ...

    def present(
        self, secured: JsonObject, *, pointers: Sequence[str], header: bytes, random_bytes: RandomBytes
    ) -> JsonObject:
        """Give the credential as it goes into a presentation with this header."""
        ...

    def is_derived(self, proof: JsonObject) -> bool:
        """Whether the proof shows a part of what was signed."""
        ...

    def checker(self, proof: JsonObject, setting: Setting) -> Cryptosuite:
        """Give what checks this proof in this setting, or raise where it has no place there."""
        ...


@dataclass(frozen=True, slots=True)
class EddsaJcs:
    """`eddsa-jcs-2022`: the whole credential is signed, and shown."""

    name: str = EDDSA_JCS_2022
    key_type: KeyType = KeyType.ED25519
    selective: bool = False

    def sign(
        self,
        document: JsonObject,
        *,
        options: ProofOptions,
        key: Signer | BbsKey,
        mandatory_pointers: Sequence[str],
        random_bytes: RandomBytes,  # noqa: ARG002 - Ed25519 draws nothing
    ) -> JsonObject:
        """Sign with an Ed25519 signer. Codes: issue.key, issue.pointers."""
        if isinstance(key, BbsKey):
            raise _wrong_key(self.name, self.key_type, key.public_key)
        if mandatory_pointers:
            raise CredentialError(
                "issue.pointers", f"{self.name} discloses everything: no pointers are mandatory"
            )
        return add_proof(document, suite=EddsaJcs2022(), options=options, signer=key)

    def mandatory(self, proof: JsonObject) -> tuple[str, ...]:  # noqa: ARG002 - all of it
        """Everything is shown."""
        return ("",)

    def present(
        self,
        secured: JsonObject,
        *,
        pointers: Sequence[str],  # noqa: ARG002 - nothing can be left out
        header: bytes,  # noqa: ARG002 - bound by its subject
        random_bytes: RandomBytes,  # noqa: ARG002 - nothing is drawn
    ) -> JsonObject:
        """Show the credential as it is."""
        return secured

    def is_derived(self, proof: JsonObject) -> bool:  # noqa: ARG002 - never
        """Nothing is derived from these proofs."""
        return False

    def checker(self, proof: JsonObject, setting: Setting) -> Cryptosuite:  # noqa: ARG002 - the same everywhere
        """Check the signature, in every setting."""
        return EddsaJcs2022()


@dataclass(frozen=True, slots=True)
class Bbs:
    """`bbs-2023`: base proofs for holders, derived ones for verifiers."""

    suite: Bbs2023
    name: str = BBS_2023
    key_type: KeyType = KeyType.BLS12381_G2
    selective: bool = True

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
            raise _wrong_key(self.name, self.key_type, key.public_key)
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
        return self.suite.mandatory_pointers(proof)

    def present(
        self, secured: JsonObject, *, pointers: Sequence[str], header: bytes, random_bytes: RandomBytes
    ) -> JsonObject:
        """Derive a proof that discloses the pointers, for this header only."""
        return self.suite.derive(
            secured, selective_pointers=tuple(pointers), presentation_header=header, random_bytes=random_bytes
        )

    def is_derived(self, proof: JsonObject) -> bool:
        """Whether the proof value begins as derived ones do."""
        return self.suite.is_derived_proof(proof)

    def checker(self, proof: JsonObject, setting: Setting) -> Cryptosuite:
        """Check a base proof for its holder, a derived one for a verifier.

        Codes: presentation.base-proof, presentation.binding, proof.base, proof.derived, bbs-2023.*.
        """
        derived = self.suite.is_derived_proof(proof)
        if not derived and not self.suite.is_base_proof(proof):
            raise CredentialError("proof.malformed", "proofValue is neither a base nor a derived proof")
        if setting.reader is Reader.HOLDER:
            if derived:
                raise CredentialError(
                    "proof.derived",
                    "the proof is derived, made for a verifier",
                    remedy="ask the issuer for the credential",
                )
            return _BaseChecker(self.suite)
        if not derived:
            raise _base_proof(in_presentation=setting.header is not None)
        return _DerivedChecker(self.suite, setting.header)


@dataclass(frozen=True, slots=True)
class _BaseChecker:
    suite: Bbs2023
    name: str = BBS_2023

    def create_proof(self, document: JsonObject, options: ProofOptions, signer: Signer) -> JsonObject:
        raise _no_signer(options, signer, document)

    def verify_proof(self, document: JsonObject, proof: JsonObject, key: PublicKey) -> JsonObject:
        try:
            self.suite.verify_base({**document, "proof": proof}, public_key=key)
        except CredentialError as error:
            raise _as_proof_fault(error) from error
        return document


@dataclass(frozen=True, slots=True)
class _DerivedChecker:
    suite: Bbs2023
    header: bytes | None
    name: str = BBS_2023

    def create_proof(self, document: JsonObject, options: ProofOptions, signer: Signer) -> JsonObject:
        raise _no_signer(options, signer, document)

    def verify_proof(self, document: JsonObject, proof: JsonObject, key: PublicKey) -> JsonObject:
        # Alone, a derived proof shows who signed the claims, and nothing about who shows them.
        expected = UNSAFE_ANY if self.header is None else self.header
        try:
            self.suite.verify_derived(
                {**document, "proof": proof}, public_key=key, expected_presentation_header=expected
            )
        except CredentialError as error:
            raise _as_proof_fault(error) from error
        return document


def suites(bbs: Bbs2023) -> Mapping[str, CredentialSuite]:
    """Give the registry of suites: `eddsa-jcs-2022`, and `bbs-2023` with the engine that it was built on."""
    registry: dict[str, CredentialSuite] = {EDDSA_JCS_2022: EddsaJcs(), BBS_2023: Bbs(bbs)}
    return MappingProxyType(registry)


_PROOF_FAULTS: Final = {
    "bbs-2023.proof": "proof.signature",
    "bbs-2023.signature": "proof.signature",
    # A statement that was added or left out shows before the proof is computed.
    "bbs-2023.indexes": "proof.signature",
    "bbs-2023.labels": "proof.signature",
    "bbs-2023.malformed": "proof.malformed",
}


def _as_proof_fault(error: CredentialError) -> CredentialError:
    if error.code == "bbs-2023.presentation-header":
        return CredentialError(
            "presentation.binding",
            "the derived proof was made for another verifier, challenge or holder key",
            clause="docs/specs/presentation-binding.md",
            remedy="derive the credential anew for this presentation",
        )
    code = _PROOF_FAULTS.get(error.code)
    if code is None:
        return error
    return CredentialError(code, f"{error.code}: {error.detail}", clause=error.clause, remedy=error.remedy)


def _base_proof(*, in_presentation: bool) -> CredentialError:
    return CredentialError(
        "presentation.base-proof" if in_presentation else "proof.base",
        "the credential has its base proof, which is for its holder only",
        clause="VC-DI BBS 1.0, 3.3",
        remedy="derive a proof that discloses what was asked for",
    )


def _wrong_key(name: str, expected: KeyType, found: PublicKey) -> CredentialError:
    return CredentialError("issue.key", f"{name} takes {expected} keys, found {found.type}")


def _no_signer(options: ProofOptions, signer: Signer, document: JsonObject) -> CredentialError:
    del options, signer, document
    return CredentialError("issue.key", f"{BBS_2023} proofs are made by `Bbs.sign`")
