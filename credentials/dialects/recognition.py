"""Which form a received credential has: told by its shape and media type, never by trying.

- an object with `proof`, or with neither proof nor envelope type: embedded proofs.
- an object of type `EnvelopedVerifiableCredential`: by the media type of its `data:` URL.
- a text: a `data:` URL by its media type; with ``~`` an SD-JWT, by the `typ` in its header; else a JWS.

Invariants:
- one value is read in one form, or refused; no form is tried after another.

What is not here: reading beyond the form (each dialect's module).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from credentials import enveloping
from credentials.dialects import disclosed_text, signed_text, typed_text
from credentials.dialects.embedded import Embedded
from credentials.errors import CredentialError
from credentials.jose import jws
from credentials.model import Credential, Enveloped
from credentials.sd_jwt import data_model
from credentials.sd_jwt.vc import claims as vc_claims
from credentials.verifying import proofs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from credentials.dialects.reading import Reading
    from credentials.limits import Limits
    from credentials.verifying.means import Means
    from did.types import JsonValue

_TEXTS: Final[Mapping[str, Callable[..., Reading]]] = {
    signed_text.MEDIA_TYPE: signed_text.read,
    enveloping.OLDER: signed_text.read,
    disclosed_text.MEDIA_TYPE: disclosed_text.read,
    typed_text.MEDIA_TYPE: typed_text.read,
}


def read(value: JsonValue | Credential | Enveloped, means: Means) -> Reading:
    """Read a credential in its own form.

    Codes: model.*, envelope.*, form.unknown, and those of the form.
    """
    limits = means.policy.limits
    if isinstance(value, Credential):
        return _embedded(value, means)
    received = value.document if isinstance(value, Enveloped) else value
    if isinstance(received, str):
        return _text(received, limits)
    if is_envelope(received):
        return _enveloped(enveloping.read(received, expected_type=enveloping.CREDENTIAL), limits)
    return _embedded(Credential.parse(received, limits=limits), means)


def _embedded(credential: Credential, means: Means) -> Embedded:
    return Embedded(
        credential,
        proofs.is_derived(credential, means.suites),
        proofs.is_bound(credential, means.suites),
    )


def is_envelope(value: object) -> bool:
    """Whether an object calls itself an envelope, of a credential or a presentation."""
    types = value.get("type") if isinstance(value, dict) else None
    listed = types if isinstance(types, list) else [types]
    return enveloping.CREDENTIAL in listed or enveloping.PRESENTATION in listed


def media_type(text: str, limits: Limits) -> str:
    """Tell what a bare text is, by its form and the `typ` that it states (form.unknown, jws.*)."""
    if "~" not in text:
        return signed_text.MEDIA_TYPE
    header = jws.read(text.partition("~")[0], max_bytes=limits.max_bytes)
    if jws.same_type(header.typ, data_model.TYP):
        return disclosed_text.MEDIA_TYPE
    if jws.same_type(header.typ, vc_claims.TYP):
        return typed_text.MEDIA_TYPE
    raise CredentialError(
        "form.unknown",
        "an SD-JWT states its kind in typ: vc+sd-jwt or dc+sd-jwt",
        remedy="send a credential in one of the forms that this service reads",
    )


def _text(text: str, limits: Limits) -> Reading:
    if text[:5].lower() == "data:":
        return _enveloped(enveloping.read_url(text), limits)
    return _TEXTS[media_type(text, limits)](text, limits=limits)


def _enveloped(envelope: enveloping.Envelope, limits: Limits) -> Reading:
    reader = _TEXTS.get(envelope.media_type)
    if reader is None:
        raise CredentialError(
            "form.unknown",
            f"{envelope.media_type} is no form of credentials that is read here",
            remedy=f"send one of {', '.join(sorted(_TEXTS))}",
        )
    return reader(envelope.data, limits=limits)
