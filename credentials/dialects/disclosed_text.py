"""Credentials of the data model in an SD-JWT: `vc+sd-jwt`, made and read.

Text: Securing Verifiable Credentials using JOSE and COSE, 3.2; RFC 9901.

Invariants:
- nothing is read from disclosures before the issuer's signature has verified.
- what decides on a verification is always visible (`credentials.sd_jwt.data_model`).
- a holder chooses which claims to show, never how they are written.

What is not here: the form (`credentials.sd_jwt`), key binding (`credentials.verifying.presentations`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials import enveloping, pointers, sd_jwt
from credentials.dialects import signed_text
from credentials.dialects.keys import authorised_key, bound_by_confirmation, issuer_document, issuer_of_key
from credentials.dialects.reading import Proven, Source
from credentials.formats import VC_SD_JWT
from credentials.jose import agreement
from credentials.jose.jws import ALGORITHMS
from credentials.model import Credential
from credentials.sd_jwt import data_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from credentials.dialects.securing import Terms
    from credentials.limits import Limits
    from credentials.sd_jwt import Path, SdJwt
    from credentials.suites import Setting
    from credentials.verifying.means import Means
    from credentials.verifying.presentation_checks import Signer
    from did.keys import KeyType, PublicKey
    from did.types import JsonObject, JsonValue

MEDIA_TYPE: Final = "application/vc+sd-jwt"
SUBJECT: Final = "credentialSubject"
_PLAIN: Final = frozenset({"id", "type", "@type", "@id"})


@dataclass(frozen=True, slots=True)
class DisclosedText:
    """An SD-JWT of good form whose payload is a credential of the data model."""

    sd_jwt: SdJwt
    issuer: str
    limits: Limits
    view: None = None

    @property
    def formats(self) -> tuple[str, ...]:
        """The one form."""
        return (VC_SD_JWT,)

    @property
    def derived(self) -> bool:
        """A holder chooses what to show, and not how it is written."""
        return False

    def issuer_binding(self) -> str:
        """(2) Codes: issuer.not-a-did, issuer.mismatch, proof.malformed."""
        return issuer_of_key(self.issuer, self.sd_jwt.jws.kid)

    def source(self, means: Means) -> Source:
        """(3) Codes: resolution.*, key.document."""
        return issuer_document(self.issuer, means)

    def keys(self, source: Source, means: Means) -> tuple[PublicKey, ...]:  # noqa: ARG002 - one form, one rule
        """(3) Codes: key.not-authorized, key.unsupported, key.type."""
        return (authorised_key(source, self.sd_jwt.jws.kid, frozenset(ALGORITHMS)),)

    def own_keys(self, means: Means) -> tuple[PublicKey, ...]:
        """The same: a text of this form names its issuer and its key together."""
        return self.keys(self.source(means), means)

    def prove(self, keys: tuple[PublicKey, ...], means: Means, setting: Setting) -> Proven:  # noqa: ARG002
        """(4) Codes: jws.*, sd-jwt.*, credential.claims, model.*."""
        verified = data_model.verify(self.sd_jwt, keys[0], now=means.now, skew=means.policy.clock_skew)
        view = Credential.parse(signed_text.document_of(verified.claims), limits=self.limits)
        status = verified.claims.get("status")
        if isinstance(status, dict):
            view = signed_text.with_token_status(view, status)
        return Proven(
            view,
            (str(self.sd_jwt.jws.kid),),
            confirmation=agreement.confirmation(verified.claims),
            partial=verified.processed.hidden > 0,
            sd_jwt=verified,
        )

    def bound(self, proven: Proven | None, signer: Signer) -> bool:
        """(10) By `cnf`, where the issuer wrote one. Codes: presentation.holder."""
        return bound_by_confirmation(proven, signer)


def read(text: str, *, limits: Limits) -> DisclosedText:
    """Read an SD-JWT of the data model. Codes: sd-jwt.*, jws.*, json.*, secured.document."""
    found = sd_jwt.read(text)
    return DisclosedText(found, agreement.issuer_of(found.unverified_payload), limits)


def disclosable(value: JsonValue, path: Path, shown: Iterable[pointers.Path]) -> list[Path]:
    """Say what of the claims at `path` is disclosed selectively: every member, outer and inner, on its own.

    `shown` are the places of what is always shown, from the same root. Types and identifiers always are.
    """
    always = list(shown)
    return [found for found in _members(value, path) if not _meets(found, always)]


def _members(value: JsonValue, path: Path) -> Iterator[Path]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, dict):
                yield from _members(item, (*path, index))
    elif isinstance(value, dict):
        for name, item in value.items():
            if name not in _PLAIN:
                yield (*path, name)
                yield from _members(item, (*path, name))


def _meets(path: Path, always: list[pointers.Path]) -> bool:
    """Whether a path lies on the way to, or below, something that is always shown."""
    texts = tuple(str(step) for step in path)
    return any(texts[: len(shown)] == shown or shown[: len(texts)] == texts for shown in always)


@dataclass(frozen=True, slots=True)
class DisclosedTextDialect:
    """The form `vc+sd-jwt`: every claim of the subject apart, but for what is always shown."""

    name: str = VC_SD_JWT
    key_types: frozenset[KeyType] = signed_text.SIGNING
    selective: bool = True
    unlinkable: bool = False

    def secure(self, document: JsonObject, terms: Terms) -> JsonObject:
        """Sign, and put into an envelope. Codes: sd-jwt.*, credential.claims, jws.signer."""
        shown = [pointers.parse(pointer) for pointer in terms.mandatory_pointers]
        text = data_model.issue(
            document,
            signer=terms.key.signer(),
            key_id=terms.key.verification_method,
            random_bytes=terms.random_bytes,
            disclosable=disclosable(document.get(SUBJECT), (SUBJECT,), shown),
            holder_key=terms.holder,
        )
        return enveloping.envelope(MEDIA_TYPE, text)
