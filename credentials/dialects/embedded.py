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
from credentials.model import members
from credentials.suites import suite_of
from credentials.suites.predicates.credential_suite import Predicates
from credentials.suites.protocol import BbsKey
from credentials.suites.selective_suites import Bbs
from credentials.verifying import checks, proofs
from did.document import ASSERTION_METHOD
from did.errors import DidError
from did.integrity import ProofOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from credentials.dialects.securing import Dialect, Terms
    from credentials.model import Credential
    from credentials.suites import CredentialSuite, Setting
    from credentials.suites.bbs_features import ProvenPseudonym
    from credentials.verifying.means import Means
    from credentials.verifying.presentation_checks import Signer
    from did.integrity import VerifiedProof
    from did.keys import KeyType, PublicKey
    from did.types import JsonObject


@dataclass(frozen=True, slots=True)
class Embedded:
    """A credential that carries its proofs."""

    view: Credential
    derived: bool
    unlinkable: bool

    @property
    def formats(self) -> tuple[str, ...]:
        """The cryptosuites of its proofs, in order."""
        return tuple(proofs.name_of(proof) for proof in self.view.proofs)

    @property
    def issuer(self) -> str:
        """The issuer that the credential names."""
        return self.view.issuer

    def issuer_binding(self) -> str:
        """(2) Codes: proof.missing, issuer.not-a-did, issuer.mismatch, proof.malformed."""
        return proofs.issuer_binding(self.view).text

    def source(self, means: Means) -> Source:
        """(3) Codes: resolution.*, key.document."""
        return Source(checks.issuer_document(proofs.issuer_binding(self.view), means.documents))

    def keys(self, source: Source, means: Means) -> tuple[PublicKey, ...]:
        """(3) Codes: key.not-authorized, key.unsupported, key.type, proof.cryptosuite."""
        assert source.document is not None  # an issuer of this form has one
        return proofs.issuer_keys(self.view, source.document, means.suites, means.documents)

    def own_keys(self, means: Means) -> tuple[PublicKey, ...]:
        """Codes: as `keys`, and proof.missing."""
        return proofs.own_keys(self.view, means.documents, means.suites)

    def prove(self, keys: tuple[PublicKey, ...], means: Means, setting: Setting) -> Proven:
        """(4) Codes: proof.*, rdf.*, presentation.binding, presentation.base-proof, context.unsigned."""
        found = proofs.verify(self.view, keys, suites=means.suites, setting=setting, now=means.now)
        methods = tuple(proof.verification_method for proof in found)
        over_rdf = proofs.is_over_rdf(self.view, means.suites)
        nyms = [_pseudonym(proof, means.suites, setting) for proof in found]
        return Proven(
            self.view,
            methods,
            partial=self.derived,
            over_rdf=over_rdf,
            pseudonyms=tuple(nym for nym in nyms if nym is not None),
        )

    def bound(self, proven: Proven | None, signer: Signer) -> bool:  # noqa: ARG002 - by header, before
        """(10) An unlinkable credential that names no subject was bound by the header of its proof."""
        return self.unlinkable and all(subject.id is None for subject in self.view.subjects)


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
        """The suite's types of key."""
        return self.suite.key_types

    @property
    def selective(self) -> bool:
        """Whether holders derive proofs."""
        return self.suite.selective

    @property
    def unlinkable(self) -> bool:
        """Whether derived proofs say nothing about the base proof."""
        return self.suite.unlinkable

    def secure(self, document: JsonObject, terms: Terms) -> JsonObject:
        """Sign by the suite; an unlinkable proof states no time.

        What is signed as RDF must be written plainly, or no verifier would take it.

        Codes: issue.key, proof.*, rdf.*, model.ambiguous.
        """
        if self.suite.over_rdf:
            members.check_plain({name: item for name, item in document.items() if name != "@context"})
        options = ProofOptions(
            cryptosuite=self.suite.name,
            verification_method=terms.key.verification_method,
            proof_purpose=ASSERTION_METHOD,
            created=None if self.unlinkable else terms.now,
        )
        try:
            return self._signed(document, options, terms)
        except DidError as error:
            raise checks.own(error) from error

    def _signed(self, document: JsonObject, options: ProofOptions, terms: Terms) -> JsonObject:
        binding, key = terms.blind.predicates, terms.key.key
        if isinstance(self.suite, Predicates) and binding is not None and isinstance(key, BbsKey):
            return self.suite.suite.create_base(
                document,
                options,
                key,
                binding,
                mandatory_pointers=terms.mandatory_pointers,
                random_bytes=terms.random_bytes,
            )
        featured = terms.blind.featured
        if isinstance(self.suite, Bbs) and featured is not None and isinstance(key, BbsKey):
            return self.suite.features.create_base(
                document,
                options,
                key.secret,
                key.public_key,
                feature=featured.feature,
                commitment=featured.commitment,
                signer_nym_entropy=featured.entropy,
                mandatory_pointers=terms.mandatory_pointers,
                random_bytes=terms.random_bytes,
            )
        return self.suite.sign(
            document,
            options=options,
            key=key,
            mandatory_pointers=terms.mandatory_pointers,
            random_bytes=terms.random_bytes,
        )


def _pseudonym(
    proof: VerifiedProof, suites: Mapping[str, CredentialSuite], setting: Setting
) -> ProvenPseudonym | None:
    """Give the pseudonym that a verified proof shows, where its suite has them."""
    suite = suite_of(proof.proof, suites)
    return suite.pseudonym(proof, setting) if isinstance(suite, Bbs) else None


def embedded_dialects(suites: Mapping[str, CredentialSuite]) -> dict[str, Dialect]:
    """Give the form of each suite of today."""
    return {name: EmbeddedDialect(suite) for name, suite in suites.items() if not suite.verify_only}
