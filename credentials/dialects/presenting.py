"""Presentations in their forms: embedded proofs, `vp+jwt`, and an SD-JWT with key binding; told, and read.

Texts: VC Data Model 2.0, 4.13; Securing Verifiable Credentials using JOSE and COSE, 3.1.2; RFC 9901, 7.3.

- an object: of type `EnvelopedVerifiablePresentation` by its media type, else with an embedded proof.
- a text: with ``~`` an SD-JWT, else a JWS; a `data:` URL by its media type.

Invariants:
- whoever presents is a did:key: nothing is fetched to know them.
- challenge and domain are those that the verifier states (`nonce` and `aud` in texts).

What is not here: the credentials inside (`credentials.dialects.recognition`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials import enveloping
from credentials.dialects import recognition
from credentials.dialects.signed_text import document_of
from credentials.errors import CredentialError
from credentials.jose import vp_jwt
from credentials.model import Presentation
from credentials.verifying import presentation_checks

if TYPE_CHECKING:
    from credentials.jose.vp_jwt import SignedPresentation
    from credentials.limits import Limits
    from credentials.model import Credential, Enveloped
    from credentials.verifying.means import Means
    from credentials.verifying.presentation_checks import Signer
    from did.types import JsonValue

VP_JWT: Final = "application/vp+jwt"
_DISCLOSED: Final = frozenset({"application/vc+sd-jwt", "application/dc+sd-jwt"})


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

    def signer(self) -> Signer:
        """(P2) Codes: proof.missing, presentation.proofs, presentation.holder-method, presentation.holder."""
        return presentation_checks.signer(self.presentation)

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
class SignedPresentationText:
    """A presentation in a JWS of good form."""

    signed: SignedPresentation
    presentation: Presentation

    @property
    def contexts(self) -> tuple[JsonValue, ...]:
        """Its JSON-LD contexts."""
        return self.presentation.contexts

    @property
    def credentials(self) -> tuple[Credential | Enveloped, ...]:
        """What it holds."""
        return self.presentation.credentials

    def signer(self) -> Signer:
        """(P2) Codes: presentation.holder-method, key.not-authorized."""
        return presentation_checks.holder_of({"verificationMethod": self.signed.key_id})

    def prove(self, signer: Signer, *, expected_challenge: str, expected_domain: str, means: Means) -> object:
        """(P3) Codes: jws.*, secured.*."""
        return vp_jwt.verify(
            self.signed,
            signer.key,
            expected_nonce=expected_challenge,
            expected_audience=expected_domain,
            now=means.now,
            clock_skew=means.policy.clock_skew,
        )


@dataclass(frozen=True, slots=True)
class KeyBound:
    """An SD-JWT with key binding: one credential, presented by the key that it names."""

    text: str


def read(value: JsonValue, limits: Limits) -> EmbeddedPresentation | SignedPresentationText | KeyBound:
    """Read a presentation in its own form.

    Codes: model.*, presentation.*, envelope.*, form.unknown, jws.*, secured.*.
    """
    if isinstance(value, str):
        return _text(value, limits)
    if recognition.is_envelope(value):
        return _enveloped(enveloping.read(value, expected_type=enveloping.PRESENTATION), limits)
    return EmbeddedPresentation(_with_credentials(Presentation.parse(value, limits=limits)))


def _text(text: str, limits: Limits) -> SignedPresentationText | KeyBound:
    if text[:5].lower() == "data:":
        return _enveloped(enveloping.read_url(text), limits)
    return KeyBound(text) if "~" in text else _signed(text, limits)


def _enveloped(envelope: enveloping.Envelope, limits: Limits) -> SignedPresentationText | KeyBound:
    if envelope.media_type in _DISCLOSED:
        return KeyBound(envelope.data)
    if envelope.media_type != VP_JWT:
        raise CredentialError(
            "form.unknown",
            f"{envelope.media_type} is no form of presentations that is read here",
            remedy=f"send {VP_JWT}, an SD-JWT with key binding, or an embedded proof",
        )
    return _signed(envelope.data, limits)


def _signed(text: str, limits: Limits) -> SignedPresentationText:
    signed = vp_jwt.read(text, max_bytes=limits.max_bytes)
    presentation = Presentation.parse(document_of(signed.document), limits=limits)
    return SignedPresentationText(signed, _with_credentials(presentation))


def _with_credentials(presentation: Presentation) -> Presentation:
    if not presentation.credentials:
        raise CredentialError("presentation.empty", "the presentation holds no credential")
    return presentation
