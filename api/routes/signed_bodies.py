"""Signed texts and bytes as request bodies, told by their media type; options then come in the query.

Text: RFC 9110 section 8.3; the media types are those of `credentials.enveloping`.

Invariants:
- the media type says how the body is read; a body in another form is refused, never tried as something else.
- a body becomes the JSON request that says the same, so one model and one endpoint judge both.
- an option stands in the query once.

Not here: sizes and JSON (`api.middleware.bodies`), verifying.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from api.errors import ApiError
from credentials import enveloping
from credentials.dialects import recognition
from credentials.errors import CredentialError
from credentials.limits import LIMITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from did.types import JsonObject, JsonValue

_SD_JWT: Final = frozenset({"application/vc+sd-jwt", "application/dc+sd-jwt"})
_CREDENTIALS: Final = frozenset({"application/vc+jwt", "application/jwt", "application/vc+cose"}) | _SD_JWT
_PRESENTATIONS: Final = frozenset({"application/vp+jwt", "application/vp+cose"}) | _SD_JWT
_COSE: Final = frozenset({"application/vc+cose", "application/vp+cose"})
TAKEN: Final[Mapping[str, frozenset[str]]] = {
    "/credentials/verify": _CREDENTIALS,
    "/presentations/verify": _PRESENTATIONS,
}
"""The media types beside JSON that each path takes."""
MAX_OPTIONS: Final = 16


def also_taken(path: str) -> dict[str, object]:
    """Describe the bodies that a path takes beside JSON, for /docs."""
    kinds = {kind: {"type": "string", **_binary(kind)} for kind in sorted(TAKEN[path])}
    return {"requestBody": {"content": {kind: {"schema": schema} for kind, schema in kinds.items()}}}


def _binary(kind: str) -> dict[str, str]:
    return {"format": "binary"} if kind in _COSE else {}


@dataclass(frozen=True, slots=True)
class SignedBody:
    """A body in one of those media types, with the query of its request."""

    media_type: str
    content: bytes
    query: bytes

    def as_json(self, member: str) -> JsonObject:
        """Write the JSON request that has the same document as `member`.

        Codes: request.invalid, envelope.encoding, form.unknown, form.media-type, jws.*.
        """
        return {member: self._document(member), "options": _options(self.query)}

    def _document(self, member: str) -> JsonValue:
        if self.media_type in _COSE:
            return enveloping.envelope(self.media_type, self.content)
        try:
            text = self.content.decode("ascii")
        except UnicodeDecodeError:
            raise CredentialError(
                "envelope.encoding", f"{self.media_type} is text in ASCII, and the body is none"
            ) from None
        if self.media_type in _SD_JWT and member == "verifiablePresentation":
            return self._key_bound(text)
        return enveloping.envelope(self.media_type, text)

    def _key_bound(self, text: str) -> str:
        """An SD-JWT has no envelope for presentations, so it says itself which kind it is."""
        found = recognition.media_type(text, LIMITS)
        if found != self.media_type:
            raise CredentialError(
                "form.media-type",
                f"the body is {found}, its media type says {self.media_type}",
                remedy="name the media type that the text states in typ",
            )
        return text


def _options(query: bytes) -> JsonObject:
    """Read the options from a query. Codes: request.invalid."""
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(query),
            errors="strict",
            max_num_fields=MAX_OPTIONS,
        )
    except ValueError:
        raise ApiError(
            "request.invalid",
            "the query is no list of options in UTF-8",
            remedy="Write options as ?policy=NAME&domain=…, percent-encoded.",
        ) from None
    found: JsonObject = {}
    for name, value in pairs:
        if name in found:
            raise ApiError("request.invalid", "an option stands in the query twice", remedy="Send it once.")
        found[name] = [value] if name == "checks" else value
    return found
