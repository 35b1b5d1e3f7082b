"""Credentials and presentations of the VC Data Model 2.0 as typed, frozen values.

Text: W3C Verifiable Credentials Data Model 2.0 (Recommendation, 15 May 2025), section 4.

Invariants:
- the first context is the one of version 2.0; `type` has `VerifiableCredential` or `VerifiablePresentation`.
- identifiers are absolute URLs; validity times carry a time zone; a period does not end before it begins.
- a member that is present is well formed: null or an empty list never stands for "absent".
- no context and no structural JSON-LD keyword below the top, so contexts named at the top give every meaning.
- sizes are bounded by `Limits`. Nothing but `CredentialError` with a code `model.*` leaves this module.

A parsed value says nothing about who made it: that is `credentials.verifying`'s. Members not named here are
claims in JSON-LD and stay in `document`.

What is not here: version 1.1 (refused with `model.version`), enveloped credentials, terms of the contexts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.limits import LIMITS, Limits
from credentials.model import members
from did.errors import DidError
from did.jsontext import parse_object

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.model.members import Typed
    from did.types import JsonObject, JsonValue

CONTEXT_V2: Final = "https://www.w3.org/ns/credentials/v2"
CONTEXT_V1: Final = "https://www.w3.org/2018/credentials/v1"
CREDENTIAL_TYPE: Final = "VerifiableCredential"
PRESENTATION_TYPE: Final = "VerifiablePresentation"
_ENVELOPED: Final = frozenset({"EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation"})


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject: its identifier, where it has one, and the object with its claims."""

    id: str | None
    document: JsonObject


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential whose form has been checked, and nothing else. `document` is the whole as received."""

    document: JsonObject
    contexts: tuple[JsonValue, ...]
    id: str | None
    types: tuple[str, ...]
    issuer: str
    valid_from: datetime | None
    valid_until: datetime | None
    subjects: tuple[Subject, ...]
    status: tuple[Typed, ...]
    schemas: tuple[Typed, ...]
    evidence: tuple[Typed, ...]
    terms_of_use: tuple[Typed, ...]
    refresh_services: tuple[Typed, ...]
    proofs: tuple[JsonObject, ...]

    @classmethod
    def decode(cls, raw: bytes, *, limits: Limits = LIMITS) -> Credential:
        """Read a credential from bytes through the strict decoder (codes json.* come as model.json)."""
        return cls.parse(_decode(raw, limits), limits=limits)

    @classmethod
    def parse(cls, value: JsonValue, *, limits: Limits = LIMITS) -> Credential:
        """Read a credential from a parsed value; `proof` may be absent.

        Codes: model.*, one for each member (see the module's invariants).
        """
        document = _object(value, "a credential")
        types = _types(document, CREDENTIAL_TYPE, limits)
        contexts = _contexts(document, limits)
        members.check_keywords(_claims(document), limits)
        valid_from, valid_until = _validity(document)
        for text in ("name", "description"):
            members.texts(document, text, "model.text")
        _related_resources(document, limits)
        return cls(
            document=document,
            contexts=contexts,
            id=members.optional_url(document, "id", "model.id", limits),
            types=types,
            issuer=_issuer(document, limits),
            valid_from=valid_from,
            valid_until=valid_until,
            subjects=_subjects(document, limits),
            status=members.typed(document, "credentialStatus", "model.status", limits),
            schemas=members.typed(document, "credentialSchema", "model.schema", limits, with_id=True),
            evidence=members.typed(document, "evidence", "model.evidence", limits),
            terms_of_use=members.typed(document, "termsOfUse", "model.terms-of-use", limits),
            refresh_services=members.typed(document, "refreshService", "model.refresh-service", limits),
            proofs=_proofs(document, limits),
        )


@dataclass(frozen=True, slots=True)
class Presentation:
    """A presentation whose form, and that of each credential in it, has been checked, and nothing else."""

    document: JsonObject
    contexts: tuple[JsonValue, ...]
    id: str | None
    types: tuple[str, ...]
    holder: str | None
    credentials: tuple[Credential, ...]
    proofs: tuple[JsonObject, ...]

    @classmethod
    def decode(cls, raw: bytes, *, limits: Limits = LIMITS) -> Presentation:
        """Read a presentation from bytes through the strict decoder (codes json.* come as model.json)."""
        return cls.parse(_decode(raw, limits), limits=limits)

    @classmethod
    def parse(cls, value: JsonValue, *, limits: Limits = LIMITS) -> Presentation:
        """Read a presentation from a parsed value; `proof` may be absent.

        Codes: model.*, presentation.nested, presentation.enveloped.
        """
        document = _object(value, "a presentation")
        types = _types(document, PRESENTATION_TYPE, limits)
        contexts = _contexts(document, limits)
        own = {key: item for key, item in _claims(document).items() if key != "verifiableCredential"}
        members.check_keywords(own, limits)
        holder = document.get("holder")
        if isinstance(holder, dict):
            holder = holder.get("id")
        return cls(
            document=document,
            contexts=contexts,
            id=members.optional_url(document, "id", "model.id", limits),
            types=types,
            holder=members.url(holder, "model.holder", "holder", limits) if "holder" in document else None,
            credentials=_credentials(document, limits),
            proofs=_proofs(document, limits),
        )


def _decode(raw: bytes, limits: Limits) -> JsonObject:
    try:
        return parse_object(raw, max_bytes=limits.max_bytes)
    except DidError as error:
        raise CredentialError("model.json", f"{error.code}: {error.detail}", remedy=error.remedy) from error


def _object(value: JsonValue, what: str) -> JsonObject:
    if not isinstance(value, dict):
        raise CredentialError("model.not-object", f"{what} is a JSON object")
    return value


def _claims(document: JsonObject) -> JsonObject:
    # Proofs carry a copy of the contexts (eddsa-jcs-2022), and are read by their suites.
    return {key: item for key, item in document.items() if key not in {"@context", "proof"}}


def _contexts(document: JsonObject, limits: Limits) -> tuple[JsonValue, ...]:
    value = document.get("@context")
    listed = value if isinstance(value, list) else [value]
    first = listed[0] if listed else None
    if first == CONTEXT_V1:
        raise CredentialError(
            "model.version",
            "the document is of data model 1.1, which is not read here",
            clause="VCDM 2.0, 4.3",
            remedy="ask the issuer for version 2.0",
        )
    if first != CONTEXT_V2:
        raise CredentialError(
            "model.context", f"the first context must be {CONTEXT_V2}", clause="VCDM 2.0, 4.3"
        )
    if len(listed) > limits.max_contexts:
        raise CredentialError(
            "model.context", f"{len(listed)} contexts, at most {limits.max_contexts} are accepted"
        )
    for item in listed:
        if not isinstance(item, dict):
            members.url(item, "model.context", "a context", limits)
    return tuple(listed)


def _types(document: JsonObject, demanded: str, limits: Limits) -> tuple[str, ...]:
    types = members.names(document.get("type"), "model.type", "type", limits)
    if _ENVELOPED & set(types):
        raise CredentialError("model.enveloped", "enveloped documents are not read here")
    if demanded not in types:
        raise CredentialError("model.type", f"type must have {demanded}", clause="VCDM 2.0, 4.5")
    return types


def _issuer(document: JsonObject, limits: Limits) -> str:
    issuer = document.get("issuer")
    if isinstance(issuer, dict):
        for text in ("name", "description"):
            members.texts(issuer, text, "model.issuer")
        issuer = issuer.get("id")
    return members.url(issuer, "model.issuer", "issuer", limits)


def _validity(document: JsonObject) -> tuple[datetime | None, datetime | None]:
    ends = [
        members.date_time_stamp(document[member], "model.validity", member) if member in document else None
        for member in ("validFrom", "validUntil")
    ]
    valid_from, valid_until = ends
    if valid_from is not None and valid_until is not None and valid_until < valid_from:
        raise CredentialError("model.validity", "validUntil lies before validFrom", clause="VCDM 2.0, 4.9")
    return valid_from, valid_until


def _subjects(document: JsonObject, limits: Limits) -> tuple[Subject, ...]:
    if "credentialSubject" not in document:
        raise CredentialError("model.subject", "credentialSubject is absent", clause="VCDM 2.0, 4.8")
    subjects = members.objects(document["credentialSubject"], "model.subject", "credentialSubject", limits)
    if not all(subjects):
        raise CredentialError("model.subject", "a subject has no claim at all", clause="VCDM 2.0, 4.8")
    return tuple(
        Subject(members.optional_url(subject, "id", "model.subject", limits), subject) for subject in subjects
    )


def _related_resources(document: JsonObject, limits: Limits) -> None:
    if "relatedResource" not in document:
        return
    code, seen = "model.related-resource", set()
    for entry in members.objects(document["relatedResource"], code, "relatedResource", limits):
        identifier = members.url(entry.get("id"), code, "relatedResource.id", limits)
        if identifier in seen:
            raise CredentialError(code, "two related resources have one id", clause="VCDM 2.0, 5.3")
        seen.add(identifier)
        if not {"digestSRI", "digestMultibase"} & set(entry):
            raise CredentialError(code, "a related resource has no digest", clause="VCDM 2.0, 5.3")


def _proofs(document: JsonObject, limits: Limits) -> tuple[JsonObject, ...]:
    if "proof" not in document:
        return ()
    value = document["proof"]
    listed = value if isinstance(value, list) else [value]
    proofs = tuple(item for item in listed if isinstance(item, dict))
    if not listed or len(proofs) != len(listed):
        raise CredentialError("model.proof", "proof must be an object or a non-empty list of objects")
    if len(proofs) > limits.max_proofs:
        raise CredentialError(
            "model.proof", f"{len(proofs)} proofs, at most {limits.max_proofs} are accepted"
        )
    return proofs


def _credentials(document: JsonObject, limits: Limits) -> tuple[Credential, ...]:
    if "verifiableCredential" not in document:
        return ()
    value = document["verifiableCredential"]
    listed = value if isinstance(value, list) else [value]
    if len(listed) > limits.max_credentials:
        raise CredentialError(
            "model.credentials", f"{len(listed)} credentials, at most {limits.max_credentials} are accepted"
        )
    return tuple(_credential(item, limits) for item in listed)


def _credential(item: JsonValue, limits: Limits) -> Credential:
    if isinstance(item, dict):
        found = item.get("type")
        types = found if isinstance(found, list) else [found]
        if PRESENTATION_TYPE in types:
            raise CredentialError("presentation.nested", "a presentation stands inside a presentation")
        if any(name in types for name in _ENVELOPED):
            raise CredentialError("presentation.enveloped", "enveloped credentials are not read here")
    return Credential.parse(item, limits=limits)
