"""Credentials of the VC Data Model 2.0 and 1.1 as typed, frozen values.

Texts: W3C Verifiable Credentials Data Model 2.0 (Recommendation, 15 May 2025), 4 and 5; 1.1 (Recommendation,
3 March 2022), 4 and 5.

Invariants:
- the first context says the version; `type` has `VerifiableCredential`, and not `VerifiablePresentation` too.
- identifiers are absolute URLs; validity times carry an offset; a period does not end before it begins.
- the dates of one version do not stand in a credential of the other: its reader would not see them.
- a member that is present is well formed: null or an empty list never stands for "absent".
- sizes are bounded by `Limits`. Nothing but `CredentialError` with a code `model.*` leaves, its detail begins
  with the place (a JSON pointer) where one member is at fault.
- the document is not changed.

A parsed value says nothing about who made it: that is `credentials.verifying`'s. Members not named here are
claims in JSON-LD and stay in `document`. A subject may have an `id` and no claim: conformance suites issue
such credentials, and they say that the subject holds one of this type.

What is not here: what an issuer must refuse beyond this (`credentials.model.issued`), terms of the contexts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.formats import BBS_PREDICATES_2026
from credentials.limits import LIMITS, Limits
from credentials.model import identifiers, members, vocabulary
from credentials.model.contexts import Version, read_contexts
from credentials.model.dates import read_period
from credentials.model.enveloped import Enveloped, Holds, is_enveloped
from credentials.model.related import read_related
from credentials.model.texts import check_texts
from credentials.model.typed import read_all_typed, read_objects
from did.errors import DidError
from did.jsontext import parse_object

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.model.related import RelatedResource
    from credentials.model.typed import Typed
    from did.types import JsonObject, JsonValue

CREDENTIAL_TYPE: Final = "VerifiableCredential"
PRESENTATION_TYPE: Final = "VerifiablePresentation"


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject: its identifier, where it has one, and the object with its claims."""

    id: str | None
    document: JsonObject


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential whose form has been checked, and nothing else. `document` is the whole as received.

    In version 1.1 `valid_from` is the issuanceDate and `valid_until` the expirationDate.
    """

    document: JsonObject
    version: Version
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
    confidence_methods: tuple[Typed, ...]
    render_methods: tuple[Typed, ...]
    related_resources: tuple[RelatedResource, ...]
    proofs: tuple[JsonObject, ...]

    @classmethod
    def decode(cls, raw: bytes, *, limits: Limits = LIMITS) -> Credential:
        """Read a credential from bytes through the strict decoder (codes json.* come as model.json)."""
        return cls.parse(decode(raw, limits), limits=limits)

    @classmethod
    def parse(cls, value: JsonValue, *, limits: Limits = LIMITS) -> Credential:
        """Read a credential from a parsed value; `proof` may be absent.

        Codes: model.*, one for each member (see the module's invariants).
        """
        document = as_object(value, "a credential")
        types = read_types(document, CREDENTIAL_TYPE, limits)
        version, contexts = read_contexts(document, limits)
        if version is Version.V2:
            check_texts(document, vocabulary.NAME.code, "")
        members.check_keywords(
            {key: item for key, item in document.items() if key not in {"@context", "proof"}}, limits
        )
        identifier = identifiers.optional_id(document, "model.id", "", limits)
        valid_from, valid_until = _period(document, version)
        entries = read_all_typed(document, version, limits)
        return cls(
            document=document,
            version=version,
            contexts=contexts,
            id=identifier,
            types=types,
            issuer=_issuer(document, version, limits),
            valid_from=valid_from,
            valid_until=valid_until,
            subjects=_subjects(document, limits),
            status=entries[vocabulary.STATUS.name],
            schemas=entries[vocabulary.SCHEMA.name],
            evidence=entries[vocabulary.EVIDENCE.name],
            terms_of_use=entries[vocabulary.TERMS_OF_USE.name],
            refresh_services=entries[vocabulary.REFRESH_SERVICE.name],
            confidence_methods=entries[vocabulary.CONFIDENCE_METHOD.name],
            render_methods=entries[vocabulary.RENDER_METHOD.name],
            related_resources=read_related(document, limits) if version is Version.V2 else (),
            proofs=read_proofs(document, limits),
        )


def read_credential(value: JsonValue, *, limits: Limits = LIMITS) -> Credential | Enveloped:
    """Read a credential, in an envelope or not. Codes: model.*."""
    if not is_enveloped(value):
        return Credential.parse(value, limits=limits)
    found = Enveloped.parse(value, limits=limits)
    # [MDL-35] a presentation is no credential
    if found.holds is not Holds.CREDENTIAL:
        raise CredentialError("model.type", "/type: an enveloped presentation is no credential")
    return found


def decode(raw: bytes, limits: Limits) -> JsonObject:
    """Read bytes through the strict decoder. Codes: model.json."""
    try:
        return parse_object(raw, max_bytes=limits.max_bytes)
    except DidError as error:
        raise CredentialError("model.json", f"{error.code}: {error.detail}", remedy=error.remedy) from error


def as_object(value: JsonValue, what: str) -> JsonObject:
    """Give the value if it is an object. Codes: model.not-object."""
    if not isinstance(value, dict):
        raise CredentialError("model.not-object", f"{what} is a JSON object")
    return value


def read_types(document: JsonObject, demanded: str, limits: Limits) -> tuple[str, ...]:
    """Read the types of a credential or presentation. Codes: model.type, model.enveloped."""
    types = identifiers.names(document.get("type"), "model.type", "/type", limits)
    # [MDL-36] what is inside counts
    if is_enveloped(document):
        raise CredentialError(
            "model.enveloped",
            "/type: the document is in an envelope, where a plain one was expected",
            remedy="verify what is in the envelope, by its media type",
        )
    # [MDL-37] each kind says what it is
    if demanded not in types:
        raise CredentialError("model.type", f"/type: must have {demanded}", clause="VCDM 2.0, 4.5")
    # [MDL-38] whoever reads the one would not see the rules of the other
    if {CREDENTIAL_TYPE, PRESENTATION_TYPE} <= set(types):
        raise CredentialError("model.type", "/type: a document is a credential or a presentation, not both")
    return types


def read_proofs(document: JsonObject, limits: Limits) -> tuple[JsonObject, ...]:
    """Read `proof`: one or a list of objects, which their suites look into. Codes: model.proof."""
    if "proof" not in document:
        return ()
    value = document["proof"]
    listed = value if isinstance(value, list) else [value]
    proofs = tuple(item for item in listed if isinstance(item, dict))
    # [MDL-39] objects, one at least
    if not listed or len(proofs) != len(listed):
        raise CredentialError("model.proof", "/proof: must be an object or a non-empty list of objects")
    # [MDL-40] each costs a signature check
    if len(proofs) > limits.max_proofs:
        raise CredentialError(
            "model.proof", f"/proof: {len(proofs)} proofs, at most {limits.max_proofs} are accepted"
        )
    return proofs


def _issuer(document: JsonObject, version: Version, limits: Limits) -> str:
    issuer = document.get(vocabulary.ISSUER.name)
    if version is Version.V2 and isinstance(issuer, dict):
        check_texts(issuer, vocabulary.ISSUER.code, "/issuer")
    return identifiers.identified(issuer, vocabulary.ISSUER.code, "/issuer", limits)


def _period(document: JsonObject, version: Version) -> tuple[datetime | None, datetime | None]:
    for other, period in vocabulary.PERIOD.items():
        foreign = [member.name for member in period if other is not version and member.name in document]
        # [MDL-41] an end that the reader of this version does not know would be no end
        if foreign:
            raise CredentialError(
                "model.other-version",
                f"/{foreign[0]}: is a member of version {other.value}, the document is of {version.value}",
                remedy="use validFrom and validUntil in 2.0, issuanceDate and expirationDate in 1.1",
            )
    start, end = vocabulary.PERIOD[version]
    return read_period(document, start.name, end.name, start_required=version is Version.V1)


def _subjects(document: JsonObject, limits: Limits) -> tuple[Subject, ...]:
    name, code = vocabulary.SUBJECT.name, vocabulary.SUBJECT.code
    if name not in document:
        raise CredentialError(code, f"/{name}: is absent", clause="VCDM 2.0, 4.8")
    found = read_objects(document[name], code, f"/{name}", limits)
    # [MDL-42] a subject is said something about, in the open or by a proof
    if not all(subject for _, subject in found) and not _speaks_of_hidden(document):
        raise CredentialError(code, f"/{name}: a subject has no claim at all", clause="VCDM 2.0, 4.8")
    return tuple(
        Subject(identifiers.optional_id(subject, code, where, limits), subject) for where, subject in found
    )


def _speaks_of_hidden(document: JsonObject) -> bool:
    """Whether a proof can say something of a subject that the document does not show."""
    proofs = document.get("proof")
    listed = proofs if isinstance(proofs, list) else [proofs]
    return any(
        isinstance(proof, dict) and proof.get("cryptosuite") == BBS_PREDICATES_2026 for proof in listed
    )
