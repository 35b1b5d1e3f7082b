"""Enveloped credentials and presentations: signed texts carried in `data:` URLs inside JSON-LD.

Texts: W3C Verifiable Credentials Data Model 2.0 (Recommendation, 15 May 2025), sections 4.12.1 and 4.12.2;
RFC 2397; W3C Securing Verifiable Credentials using JOSE and COSE (same date), section 6.1.

Invariants:
- the media type is one of those below, without parameters; its form decides between text and base64.
- texts stand as they are: their alphabet needs no percent sign, so none is accepted. Bytes stand in base64.
- an envelope holds context, type and id, and nothing that somebody could take for signed.
- what is accepted is what `make` would write, but for the case of the media type and the list forms of JSON.

Not here: what is inside (`credentials.jose`, `credentials.cose`, `credentials.sd_jwt`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.model import CONTEXT_V2
from did.encoding import decode_base64, encode_base64
from did.errors import DidError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from did.types import JsonObject, JsonValue

CREDENTIAL: Final = "EnvelopedVerifiableCredential"
PRESENTATION: Final = "EnvelopedVerifiablePresentation"
# The older form of a credential has the media type of any JWT.
OLDER: Final = "application/jwt"
TYPE_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "application/vc+jwt": CREDENTIAL,
        "application/vc+sd-jwt": CREDENTIAL,
        "application/dc+sd-jwt": CREDENTIAL,
        "application/vc+cose": CREDENTIAL,
        OLDER: CREDENTIAL,
        "application/vp+jwt": PRESENTATION,
        "application/vp+sd-jwt": PRESENTATION,
        "application/vp+cose": PRESENTATION,
    }
)
_BINARY: Final = frozenset({"application/vc+cose", "application/vp+cose"})
_CLAUSE: Final = "VCDM 2.0, 4.12"
_MEMBERS: Final = frozenset({"@context", "type", "id"})
# A compact JWS, and with tildes an SD-JWT: RFC 7515 section 7.1, RFC 9901 section 4.
_TEXT: Final = re.compile(r"[A-Za-z0-9_-]*(?:[.~][A-Za-z0-9_-]*)+")


@dataclass(frozen=True, slots=True)
class Envelope:
    """A media type in lower case, and what it types: a signed text, or base64 of signed bytes."""

    media_type: str
    data: str

    @property
    def type(self) -> str:
        """The type that the envelope has in JSON-LD."""
        return TYPE_OF[self.media_type]

    def content(self, *, max_bytes: int) -> str | bytes:
        """Give the signed text, or the signed bytes decoded from base64 (envelope.encoding)."""
        if self.media_type not in _BINARY:
            return self.data
        try:
            return decode_base64(self.data, max_bytes=max_bytes)
        except DidError as error:
            raise CredentialError("envelope.encoding", error.detail, clause="RFC 2397, 3") from None

    def url(self) -> str:
        """Write as a `data:` URL."""
        separator = ";base64," if self.media_type in _BINARY else ","
        return f"data:{self.media_type}{separator}{self.data}"

    def to_json(self) -> JsonObject:
        """Write as the object that stands among the credentials of a presentation, or alone."""
        return {"@context": CONTEXT_V2, "type": self.type, "id": self.url()}


def make(media_type: str, content: str | bytes) -> Envelope:
    """Put a signed text or signed bytes into an envelope (envelope.media-type, envelope.encoding)."""
    data = encode_base64(content) if isinstance(content, bytes) else content
    return read_url(f"data:{media_type}{';base64,' if isinstance(content, bytes) else ','}{data}")


def read_url(url: str) -> Envelope:
    """Read a `data:` URL of a credential or presentation.

    Codes: envelope.url, envelope.media-type, envelope.encoding.
    """
    head, comma, data = url.partition(",")
    # [VCJ-29] other URLs would have to be fetched
    if not comma or head[:5].lower() != "data:":
        raise CredentialError(
            "envelope.url", "the id of an envelope is no data: URL with a comma", clause=_CLAUSE
        )
    written, *parameters = head[5:].split(";")
    media_type = written.lower()
    # [VCJ-30] what it is said to be, decides how it is read
    if media_type not in TYPE_OF:
        raise CredentialError(
            "envelope.media-type",
            f"the media type {written[:64]!r} is not read here",
            remedy="name the most specific type, as application/vc+jwt",
            clause="VC-JOSE-COSE 1.0, 6.1",
        )
    binary = media_type in _BINARY
    # [VCJ-31] bytes in base64, texts as they are, and no other parameter
    if parameters != (["base64"] if binary else []):
        raise CredentialError(
            "envelope.encoding",
            f"{media_type} stands {'in base64' if binary else 'as it is'}, without other parameters",
            clause="RFC 2397, 3",
        )
    # [VCJ-32] percent signs and spaces would make two URLs of one text
    if not binary and not _TEXT.fullmatch(data):
        raise CredentialError(
            "envelope.encoding", "the text in the data: URL is in no compact serialization", clause=_CLAUSE
        )
    return Envelope(media_type, data)


def read(value: JsonValue, *, expected_type: str) -> Envelope:
    """Read an enveloped credential or presentation.

    Codes: envelope.form, envelope.type, envelope.url, envelope.media-type, envelope.encoding.
    """
    if not isinstance(value, dict) or not isinstance(value.get("id"), str):
        raise CredentialError("envelope.form", "an envelope is an object whose id is a text", clause=_CLAUSE)
    contexts, types = value.get("@context"), value.get("type")
    # [VCJ-33] the context in which type and id have their meaning
    if (contexts[:1] if isinstance(contexts, list) else [contexts]) != [CONTEXT_V2]:
        raise CredentialError(
            "envelope.context", f"the first context of an envelope must be {CONTEXT_V2}", clause=_CLAUSE
        )
    # [VCJ-34] beside what is signed, nothing is said
    if value.keys() - _MEMBERS:
        raise CredentialError(
            "envelope.form",
            f"an envelope has the members {', '.join(sorted(_MEMBERS))} and no others",
            remedy="sign what is to be said",
            clause=_CLAUSE,
        )
    found = read_url(str(value["id"]))
    # [VCJ-35] a presentation is no credential
    if (types if isinstance(types, list) else [types]) != [expected_type] or found.type != expected_type:
        raise CredentialError(
            "envelope.type", f"expected the one type {expected_type} and such a media type", clause=_CLAUSE
        )
    return found
