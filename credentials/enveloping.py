"""What envelopes hold: the media types of secured credentials and presentations, and how each is written.

Texts: W3C Verifiable Credentials Data Model 2.0 (Recommendation, 15 May 2025), section 4.13; RFC 2397; W3C
Securing Verifiable Credentials using JOSE and COSE (same date), section 6.1.

Invariants:
- the media type decides how the content is read, and is one of those below; nothing is found out by trial.
- a credential's media type stands in an envelope for credentials, a presentation's in one for presentations.
- signed texts are written as they are, signed bytes in base64.

Not here: the envelope's own form and its `data:` URL (`credentials.model`), and what is inside
(`credentials.jose`, `credentials.cose`, `credentials.sd_jwt`).
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.model import CONTEXT_V2, Holds
from did.encoding import encode_base64

if TYPE_CHECKING:
    from collections.abc import Mapping

    from credentials.model import Enveloped
    from did.types import JsonObject

# The older form of a credential has the media type of any JWT.
OLDER: Final = "application/jwt"
HOLDS: Final[Mapping[str, Holds]] = MappingProxyType(
    {
        "application/vc+jwt": Holds.CREDENTIAL,
        "application/vc+sd-jwt": Holds.CREDENTIAL,
        "application/dc+sd-jwt": Holds.CREDENTIAL,
        "application/vc+cose": Holds.CREDENTIAL,
        OLDER: Holds.CREDENTIAL,
        "application/vp+jwt": Holds.PRESENTATION,
        "application/vp+sd-jwt": Holds.PRESENTATION,
        "application/vp+cose": Holds.PRESENTATION,
    }
)
_BINARY: Final = frozenset({"application/vc+cose", "application/vp+cose"})
_CLAUSE: Final = "VC-JOSE-COSE 1.0, 6.1"
# A compact JWS, and with tildes an SD-JWT: RFC 7515 section 7.1, RFC 9901 section 4.
_TEXT: Final = re.compile(rb"[A-Za-z0-9_-]*[.~][A-Za-z0-9_.~-]*")


def content(envelope: Enveloped) -> str | bytes:
    """Give the signed text, or for COSE the signed bytes.

    Codes: envelope.media-type, envelope.type, envelope.encoding.
    """
    expected = HOLDS.get(envelope.media_type)
    if expected is None:
        raise CredentialError(
            "envelope.media-type",
            f"the media type {envelope.media_type[:64]!r} is not read here",
            remedy="name the most specific type, as application/vc+jwt",
            clause=_CLAUSE,
        )
    # [VCJ-30] a presentation is no credential
    if envelope.holds is not expected:
        raise CredentialError(
            "envelope.type",
            f"{envelope.media_type} stands in an envelope of another type than {expected.value}",
            clause="VCDM 2.0, 4.13",
        )
    if envelope.media_type in _BINARY:
        return envelope.data
    # [VCJ-31] a text has nothing but its own alphabet
    if not _TEXT.fullmatch(envelope.data):
        raise CredentialError(
            "envelope.encoding", "the text in the data: URL is in no compact serialization", clause=_CLAUSE
        )
    return envelope.data.decode("ascii", "replace")


def envelope(media_type: str, secured: str | bytes) -> JsonObject:
    """Write the object that holds a signed text or signed bytes (envelope.media-type, envelope.encoding)."""
    holds = HOLDS.get(media_type)
    if holds is None:
        raise CredentialError("envelope.media-type", f"{media_type[:64]!r} is not written here")
    if isinstance(secured, bytes) is not (media_type in _BINARY):
        raise CredentialError(
            "envelope.encoding", f"{media_type} holds {'bytes' if media_type in _BINARY else 'text'}"
        )
    data = f";base64,{encode_base64(secured)}" if isinstance(secured, bytes) else f",{secured}"
    return {"@context": CONTEXT_V2, "type": holds.value, "id": f"data:{media_type}{data}"}
