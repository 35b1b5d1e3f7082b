"""Presentations in their forms: embedded proofs, `vp+jwt`, `vp+cose`, an SD-JWT with key binding.

Texts: VC Data Model 2.0, 4.13; Securing Verifiable Credentials using JOSE and COSE, 3.1.2; RFC 9901, 7.3.

- an object: of type `EnvelopedVerifiablePresentation` by its media type, else with an embedded proof.
- a text: with ``~`` an SD-JWT, else a JWS.

Invariants:
- whoever presents is a did:key, or a DID that the policy lets present: nothing is fetched to know them.
- challenge and domain are those that the verifier states (`nonce` and `aud` in texts).

What is not here: the credentials inside (`credentials.dialects.recognition`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials import enveloping
from credentials.cose import vp_cose
from credentials.dialects.signed_text import document_of
from credentials.errors import CredentialError
from credentials.jose import vp_jwt
from credentials.model import Presentation, read_presentation
from credentials.verifying import presentation_checks

if TYPE_CHECKING:
    from credentials.limits import Limits
    from credentials.model import Credential, Enveloped
    from credentials.verifying.means import Means
    from credentials.verifying.presentation_checks import Signer
    from did.types import JsonValue

VP_JWT: Final = "application/vp+jwt"


@dataclass(frozen=True, slots=True)
class EmbeddedPresentation:
    """A presentation that carries its proof."""

    presentation: Presentation

    @property
    def contexts(self) -> tuple[JsonValue, ...]:
        """Its JSON-LD contexts."""
        return self.presentation.contexts

    @property
    def credentials(self) -> tuple[Credential | Enveloped, ...]:
        """What it holds."""
        return self.presentation.credentials

    def signer(self, means: Means) -> Signer:
        """(P2) Codes: proof.missing, presentation.proofs, presentation.holder-method, presentation.holder."""
        return presentation_checks.signer(self.presentation, means)

    def prove(self, signer: Signer, *, expected_challenge: str, expected_domain: str, means: Means) -> object:
        """(P3) Codes: proof.*, context.unsigned."""
        return presentation_checks.proof(
            self.presentation,
            signer,
            suites=means.suites,
            challenge=expected_challenge,
            domain=expected_domain,
            now=means.now,
        )


@dataclass(frozen=True, slots=True)
class SignedPresentation:
    """A presentation in a JWS or a COSE_Sign1 of good form."""

    signed: vp_jwt.SignedPresentation | vp_cose.SignedPresentation
    presentation: Presentation

    @property
    def contexts(self) -> tuple[JsonValue, ...]:
        """Its JSON-LD contexts."""
        return self.presentation.contexts

    @property
    def credentials(self) -> tuple[Credential | Enveloped, ...]:
        """What it holds."""
        return self.presentation.credentials

    def signer(self, means: Means) -> Signer:
        """(P2) Codes: presentation.holder-method, key.not-authorized."""
        return presentation_checks.holder_of({"verificationMethod": self.signed.key_id}, means)

    def prove(self, signer: Signer, *, expected_challenge: str, expected_domain: str, means: Means) -> object:
        """(P3) Codes: jws.*, cose.*, secured.*."""
        question = {"expected_nonce": expected_challenge, "expected_audience": expected_domain}
        skew = means.policy.clock_skew
        if isinstance(self.signed, vp_jwt.SignedPresentation):
            return vp_jwt.verify(self.signed, signer.key, **question, now=means.now, clock_skew=skew)
        return vp_cose.verify(self.signed, signer.key, **question, now=means.now, clock_skew=skew)


@dataclass(frozen=True, slots=True)
class KeyBound:
    """An SD-JWT with key binding: one credential, presented by the key that it names."""

    text: str


def read(value: JsonValue, limits: Limits) -> EmbeddedPresentation | SignedPresentation | KeyBound:
    """Read a presentation in its own form.

    Codes: model.*, presentation.*, envelope.*, form.unknown, jws.*, secured.*.
    """
    if isinstance(value, str):
        return KeyBound(value) if "~" in value else _signed_text(value, limits)
    received = read_presentation(value, limits=limits)
    if isinstance(received, Presentation):
        return EmbeddedPresentation(_with_credentials(received))
    content = enveloping.content(received)
    if isinstance(content, bytes):
        return _signed(vp_cose.read(content, max_bytes=limits.max_bytes), limits)
    if received.media_type != VP_JWT:
        raise CredentialError(
            "form.unknown",
            f"{received.media_type} is no form of presentations that is read here",
            remedy=f"send {VP_JWT}, an SD-JWT with key binding, or an embedded proof",
        )
    return _signed_text(content, limits)


def _signed_text(text: str, limits: Limits) -> SignedPresentation:
    return _signed(vp_jwt.read(text, max_bytes=limits.max_bytes), limits)


def _signed(
    signed: vp_jwt.SignedPresentation | vp_cose.SignedPresentation, limits: Limits
) -> SignedPresentation:
    presentation = Presentation.parse(document_of(signed.document), limits=limits)
    return SignedPresentation(signed, _with_credentials(presentation))


def _with_credentials(presentation: Presentation) -> Presentation:
    # [PRE-18] it presents something
    if not presentation.credentials:
        raise CredentialError("presentation.empty", "the presentation holds no credential")
    return presentation
