"""Credentials with embedded Data Integrity proofs, as the verifier reads them.

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
from credentials.verifying import checks

if TYPE_CHECKING:
    from credentials.model import Credential
    from credentials.securing import Setting
    from credentials.verifying.means import Means
    from credentials.verifying.presentation_checks import Signer
    from did.keys import PublicKey


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
