"""DID resolution as values: W3C DID Resolution (draft of July 2026), sections on resolving, metadata, errors.

Invariants:
- A result has a document or an error, and its document's `id` is the DID that was asked for.
- A deactivated DID gives no document, unless an older version is asked for by name.
- Version options exclude each other; an unknown option of ours is refused, not ignored.

Errors: `resolution.not-found`, `resolution.deactivated`, `resolution.options`, `resolution.method`,
`resolution.representation`, `resolution.feature`. `problem_of` maps every `DidError` to the W3C error types.
Not here: dereferencing (`did.dereferencing`), fetching, storage, HTTP (statuses are given as numbers), and
whether a version is the latest.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, Protocol

from did.document import DidDocument
from did.errors import DidError
from did.identifiers import Did, DidUrl
from did.methods import jwk, key
from did.methods.webvh import with_implicit_services
from did.timestamps import format_timestamp, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from did.keys import PublicKey
    from did.methods.webvh import History, Version
    from did.types import JsonObject

MEDIA_TYPES: Final = ("application/did", "application/did+json", "application/did+ld+json")
_NAMESPACE: Final = "https://www.w3.org/ns/did#"


class ErrorType(Enum):
    """The W3C error types; each has an HTTP status and the word that older resolvers use."""

    INVALID_DID = "INVALID_DID"
    INVALID_DID_URL = "INVALID_DID_URL"
    INVALID_OPTIONS = "INVALID_OPTIONS"
    NOT_FOUND = "NOT_FOUND"
    REPRESENTATION_NOT_SUPPORTED = "REPRESENTATION_NOT_SUPPORTED"
    INVALID_DID_DOCUMENT = "INVALID_DID_DOCUMENT"
    METHOD_NOT_SUPPORTED = "METHOD_NOT_SUPPORTED"
    FEATURE_NOT_SUPPORTED = "FEATURE_NOT_SUPPORTED"
    INTERNAL_ERROR = "INTERNAL_ERROR"

    @property
    def url(self) -> str:
        """The `type` of the error object."""
        return f"{_NAMESPACE}{self.value}"

    @property
    def http_status(self) -> int:
        """The status of the HTTP binding."""
        return _ERRORS[self][0]

    @property
    def legacy_word(self) -> str:
        """The value of `error` for clients of the earlier text."""
        return _ERRORS[self][1]

    @property
    def title(self) -> str:
        """The `title` of the error object."""
        return _ERRORS[self][2]


_ERRORS: Final = {
    ErrorType.INVALID_DID: (400, "invalidDid", "This is no DID of its method"),
    ErrorType.INVALID_DID_URL: (400, "invalidDidUrl", "This is no DID URL"),
    ErrorType.INVALID_OPTIONS: (400, "invalidOptions", "The resolution options do not fit"),
    ErrorType.NOT_FOUND: (404, "notFound", "Nothing is known under this DID or DID URL"),
    ErrorType.REPRESENTATION_NOT_SUPPORTED: (
        406,
        "representationNotSupported",
        "The document is not offered in this form",
    ),
    ErrorType.INVALID_DID_DOCUMENT: (500, "invalidDidDocument", "The DID's document or history is not valid"),
    ErrorType.METHOD_NOT_SUPPORTED: (501, "methodNotSupported", "This DID method is not supported"),
    ErrorType.FEATURE_NOT_SUPPORTED: (501, "featureNotSupported", "This feature is not supported"),
    ErrorType.INTERNAL_ERROR: (500, "internalError", "The resolver failed"),
}
_TYPE_OF_CODE: Final = {
    "did.malformed": ErrorType.INVALID_DID,
    "webvh.did": ErrorType.INVALID_DID,
    "did.url-malformed": ErrorType.INVALID_DID_URL,
    "resolution.options": ErrorType.INVALID_OPTIONS,
    "resolution.not-found": ErrorType.NOT_FOUND,
    "resolution.deactivated": ErrorType.NOT_FOUND,
    "resolution.representation": ErrorType.REPRESENTATION_NOT_SUPPORTED,
    "resolution.method": ErrorType.METHOD_NOT_SUPPORTED,
    "resolution.feature": ErrorType.FEATURE_NOT_SUPPORTED,
}
_TYPE_OF_AREA: Final = {
    "document": ErrorType.INVALID_DID_DOCUMENT,
    "history": ErrorType.INVALID_DID_DOCUMENT,
    "key": ErrorType.INVALID_DID,
}


@dataclass(frozen=True, slots=True)
class ResolutionOptions:
    """What a client may ask for besides the DID; at most one of the three version options."""

    version_id: str | None = None
    version_time: datetime | None = None
    version_number: int | None = None
    accept: str = MEDIA_TYPES[0]

    @classmethod
    def parse(cls, parameters: Mapping[str, str], *, accept: str = MEDIA_TYPES[0]) -> ResolutionOptions:
        """Read the options of a query (`resolution.options`, `resolution.representation`)."""
        if accept not in MEDIA_TYPES:
            raise DidError("resolution.representation", f"documents come as {', '.join(MEDIA_TYPES)}")
        given = [name for name in ("versionId", "versionTime", "versionNumber") if name in parameters]
        if len(given) > 1:
            raise DidError("resolution.options", f"{given[0]} and {given[1]} exclude each other")
        unknown = sorted(set(parameters) - {"versionId", "versionTime", "versionNumber", "noCache"})
        if unknown:
            raise DidError("resolution.options", f"unknown option {unknown[0][:64]!r}")
        return cls(
            version_id=parameters.get("versionId"),
            version_time=_option_time(parameters.get("versionTime")),
            version_number=_option_number(parameters.get("versionNumber")),
            accept=accept,
        )


@dataclass(frozen=True, slots=True)
class ResolutionResult:
    """The outcome of resolving: document, and the two sets of metadata."""

    document: JsonObject | None
    resolution_metadata: JsonObject
    document_metadata: JsonObject
    error: ErrorType | None = None

    @property
    def http_status(self) -> int:
        """200, the error's status, or 410 for a deactivated DID."""
        if self.error is not None:
            return self.error.http_status
        return 410 if self.document is None else 200

    def to_json(self) -> JsonObject:
        """Write as a DID resolution result."""
        return {
            "didDocument": self.document,
            "didResolutionMetadata": self.resolution_metadata,
            "didDocumentMetadata": self.document_metadata,
        }


class DocumentSource(Protocol):
    """Whatever gives the documents of issuers and holders."""

    def document(self, did: Did) -> DidDocument:
        """Give the newest logged document (`resolution.not-found`, `resolution.deactivated`)."""
        ...


def self_certified(did: Did) -> DidDocument:
    """Resolve a DID that needs no registry: did:key, did:jwk (else `resolution.method`)."""
    if did.method == "key":
        return key.resolve(did)
    if did.method == "jwk":
        return jwk.resolve(did)
    raise DidError("resolution.method", f"did:{did.method} needs a registry or is not supported")


def authorised_key(source: DocumentSource, verification_method: str, purpose: str) -> PublicKey:
    """Give the key that a proof names, if its document lets it serve the purpose.

    1. The verification method is a DID URL with a fragment and nothing else.
    2. The source's document is that of the same DID, to the letter.
    3. The document authorises the method for the purpose (`key.not-authorized`).
    """
    url = DidUrl.parse(verification_method)
    if not url.fragment or url.path or url.query is not None:
        raise DidError("did.url-malformed", "a verification method is named by DID and fragment")
    document = source.document(url.did)
    if document.id != url.did.text:
        raise DidError("key.not-authorized", f"the document of {document.id} was given for {url.did}")
    return document.authorised(purpose, verification_method).key


def problem_of(error: DidError) -> ErrorType:
    """Give the W3C error type of an error of ours."""
    found = _TYPE_OF_CODE.get(error.code) or _TYPE_OF_AREA.get(error.code.partition(".")[0])
    return ErrorType.INTERNAL_ERROR if found is None else found


def failed(error: DidError) -> ResolutionResult:
    """Write an error as a resolution result, with an RFC 9457 object and our code in it."""
    problem = problem_of(error)
    detail: JsonObject = {
        "type": problem.url,
        "title": problem.title,
        "detail": error.detail,
        "code": error.code,
    }
    if error.remedy:
        detail["remedy"] = error.remedy
    return ResolutionResult(None, {"error": detail}, {}, problem)


def resolved(document: DidDocument, *, accept: str = MEDIA_TYPES[0]) -> ResolutionResult:
    """Write the document of a DID without versions as a resolution result."""
    return ResolutionResult(document.to_json(), {"contentType": accept}, {})


def resolve_history(history: History, did: Did, options: ResolutionOptions) -> ResolutionResult:
    """Resolve a did:webvh from its verified history (`resolution.not-found` where no version fits)."""
    version = select_version(history, options)
    if version.did != did.text:
        raise DidError(
            "resolution.not-found",
            f"this version belongs to {version.did}",
            remedy=f"resolve {history.did}",
        )
    metadata: JsonObject = {
        "created": history.versions[0].time_text,
        "updated": version.time_text,
        "versionId": version.version_id,
        "versionNumber": version.number,
        "versionTime": version.time_text,
        "scid": history.scid,
        "portable": version.parameters.portable,
    }
    if version is not history.latest:
        following = history.versions[version.number]
        metadata["nextUpdate"] = following.time_text
        metadata["nextVersionId"] = following.version_id
    if history.deactivated:
        metadata["deactivated"] = True
    document = None if version.deactivated else with_implicit_services(version.document)
    return ResolutionResult(document, {"contentType": options.accept}, metadata)


def select_version(history: History, options: ResolutionOptions) -> Version:
    """Give the version that the options name, else the newest (`resolution.not-found`)."""
    found = [
        version
        for version in history.versions
        if (options.version_id is None or version.version_id == options.version_id)
        and (options.version_number is None or version.number == options.version_number)
        and (options.version_time is None or version.time <= options.version_time)
    ]
    if not found:
        raise DidError("resolution.not-found", "the history has no version that fits the options")
    return found[-1]


def document_from_history(history: History, did: Did) -> DidDocument:
    """Give the newest document for verifiers, as a `DocumentSource` does."""
    latest = history.latest
    if latest.did != did.text:
        raise DidError(
            "resolution.not-found", f"the DID moved to {latest.did}", remedy=f"resolve {latest.did}"
        )
    if latest.deactivated:
        raise DidError("resolution.deactivated", f"{did} was deactivated on {format_timestamp(latest.time)}")
    return DidDocument.from_json(latest.document)


def _option_time(text: str | None) -> datetime | None:
    try:
        return None if text is None else parse_timestamp(text)
    except DidError as error:
        raise DidError("resolution.options", f"versionTime: {error.detail}") from None


def _option_number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise DidError("resolution.options", "versionNumber is a whole number")
    return int(text)
