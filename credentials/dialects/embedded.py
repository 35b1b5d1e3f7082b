"""Credentials with embedded Data Integrity proofs: made, and read for verification.

Text: VC Data Integrity 1.0, section 4.

Invariants:
- the credential is shown as it stands; what its proofs cover is the whole of it.
- what is derived was written by its holder.

What is not here: proofs themselves (`credentials.suites`, `did.integrity`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.dialects.reading import Proven, Source
from credentials.formats import BBS_2023
from credentials.verifying import checks
from did.document import ASSERTION_METHOD
from did.errors import DidError
from did.integrity import ProofOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from credentials.dialects.securing import Dialect, Terms
    from credentials.model import Credential
    from credentials.securing import CredentialSuite, Setting
    from credentials.verifying.means import Means
    from credentials.verifying.presentation_checks import Signer
    from did.keys import KeyType, PublicKey
    from did.types import JsonObject


@dataclass(frozen=True, slots=True)
class Embedded:
    """A credential that carries its proofs."""

    view: Credential
    derived: bool

    @property
    def formats(self) -> tuple[str, ...]:
        """The cryptosuites of its proofs, in order."""
        return tuple(checks.format_of(proof) for proof in self.view.proofs)

    @property
    def issuer(self) -> str:
        """The issuer that the credential names."""
        return self.view.issuer

    def issuer_binding(self) -> str:
        """(2) Codes: proof.missing, issuer.not-a-did, issuer.mismatch, proof.malformed."""
        return checks.issuer_binding(self.view).text

    def source(self, means: Means) -> Source:
        """(3) Codes: resolution.*, key.document."""
        return Source(checks.issuer_document(checks.issuer_binding(self.view), means.documents))

    def keys(self, source: Source, means: Means) -> tuple[PublicKey, ...]:
        """(3) Codes: key.not-authorized, key.unsupported, key.type, proof.cryptosuite."""
        assert source.document is not None  # an issuer of this form has one
        return checks.issuer_keys(self.view, source.document, means.suites)

    def prove(self, keys: tuple[PublicKey, ...], means: Means, setting: Setting) -> Proven:
        """(4) Codes: proof.*, bbs-2023.*, presentation.binding, presentation.base-proof, context.unsigned."""
        found = checks.proofs(self.view, keys, suites=means.suites, setting=setting, now=means.now)
        return Proven(self.view, tuple(proof.verification_method for proof in found))

    def bound(self, proven: Proven | None, signer: Signer) -> bool:  # noqa: ARG002 - by header, before
        """(10) A derived credential that names no subject was bound by the header of its proof."""
        return self.derived and all(subject.id is None for subject in self.view.subjects)


@dataclass(frozen=True, slots=True)
class EmbeddedDialect:
    """The form of a cryptosuite: the document with a proof in it."""

    suite: CredentialSuite

    @property
    def name(self) -> str:
        """The suite's name."""
        return self.suite.name

    @property
    def key_types(self) -> frozenset[KeyType]:
        """The suite's type of key."""
        return frozenset({self.suite.key_type})

    @property
    def selective(self) -> bool:
        """Whether holders derive proofs."""
        return self.suite.selective

    @property
    def unlinkable(self) -> bool:
        """Whether derived proofs say nothing about the base proof."""
        return self.suite.name == BBS_2023

    def secure(self, document: JsonObject, terms: Terms) -> JsonObject:
        """Sign by the suite; an unlinkable proof states no time. Codes: issue.key, proof.*, rdf.*."""
        options = ProofOptions(
            cryptosuite=self.suite.name,
            verification_method=terms.key.verification_method,
            proof_purpose=ASSERTION_METHOD,
            created=None if self.unlinkable else terms.now,
        )
        try:
            return self.suite.sign(
                document,
                options=options,
                key=terms.key.key,
                mandatory_pointers=terms.mandatory_pointers,
                random_bytes=terms.random_bytes,
            )
        except DidError as error:
            raise checks.own(error) from error


def embedded_dialects(suites: Mapping[str, CredentialSuite]) -> dict[str, Dialect]:
    """Give the form of each suite."""
    return {name: EmbeddedDialect(suite) for name, suite in suites.items()}
