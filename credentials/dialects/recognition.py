"""Which form a received credential has: told by its shape and media type, never by trying.

- an object with `proof`, or with neither proof nor envelope type: embedded proofs.
- an object of type `EnvelopedVerifiableCredential`: by the media type of its `data:` URL.
- a text: with ``~`` an SD-JWT, by the `typ` in its header; else a JWS.

Invariants:
- one value is read in one form, or refused; no form is tried after another.

What is not here: reading beyond the form (each dialect's module).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from credentials import enveloping
from credentials.dialects import disclosed_text, signed_bytes, signed_text, typed_text
from credentials.dialects.embedded import Embedded
from credentials.errors import CredentialError
from credentials.formats import JWT_VC
from credentials.jose import jws
from credentials.model import Credential, Enveloped, Holds, read_credential
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
    if isinstance(value, Enveloped):
        return _enveloped(value, limits)
    if isinstance(value, str):
        return _TEXTS[media_type(value, limits)](value, limits=limits)
    received = read_credential(value, limits=limits)
    return _embedded(received, means) if isinstance(received, Credential) else _enveloped(received, limits)


def _embedded(credential: Credential, means: Means) -> Embedded:
    return Embedded(
        credential,
        proofs.is_derived(credential, means.suites),
        proofs.is_bound(credential, means.suites),
    )


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


def _enveloped(envelope: Enveloped, limits: Limits) -> Reading:
    content = enveloping.content(envelope)
    if isinstance(content, bytes):
        return signed_bytes.read(content, limits=limits)
    reader = _TEXTS.get(envelope.media_type)
    if reader is None or envelope.holds is not Holds.CREDENTIAL:
        raise CredentialError(
            "form.unknown",
            f"{envelope.media_type} is no form of credentials that is read here",
            remedy=f"send one of {', '.join(sorted(_TEXTS))}",
        )
    reading = reader(content, limits=limits)
    # [VER-15] what the envelope says is what is in it
    if envelope.media_type == signed_text.MEDIA_TYPE and JWT_VC in reading.formats:
        raise CredentialError(
            "envelope.media-type",
            f"the envelope says {envelope.media_type}, and holds the older form of credentials",
            remedy=f"name it {enveloping.OLDER}",
            clause="VCDM 2.0, 4.13",
        )
    return reading
