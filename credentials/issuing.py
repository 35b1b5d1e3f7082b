"""Issuing: from claims to a secured credential in every form that the issuer's profile names.

Texts: VC Data Model 2.0, VC JSON Schema, VCALM 3.2 (issue).

Checklist of `issue`:
1. The template has no proof, and contradicts the profile in nothing: issuer, schema.
2. Contexts and types of the profile come first; those of the template are added. The data model is
   2.0, or 1.1 where the template's first context says so.
3. Validity: from now (or as the template says), for the profile's days.
4. With an unlinkable form among them: no identifier of credential or subject, no status of its own, dates of
   whole days, integers only, nothing that RDF reads otherwise, no time in the proof. Whatever is the same in
   every presentation and different between holders would link them. A list that holders prove against is
   named, which is the same for all.
5. The result is a credential of the data model whose contexts are known here.
6. The claims follow the schema.
7. Each form is made from this one document, with a key of its type. Under selective disclosure issuer,
   validity and status are mandatory: what a holder may leave out, no verifier can hold against it.
8. `bbs-2023` and `bbs-predicates-2026` come as one credential with both proofs, of which its holder uses one
   at a time.

What is not here: allocation of status, storage, which client may use which profile (`api`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

from credentials.dialects.securing import Blind, Terms
from credentials.errors import CredentialError
from credentials.formats import BBS_2023, BBS_PREDICATES_2026
from credentials.model import CREDENTIAL_TYPE, Version, issued_form, members
from credentials.model.contexts import BASE, version_of
from credentials.model.vocabulary import PERIOD
from credentials.revocation import reference
from credentials.verifying import checks, schema_checks
from did.timestamps import format_timestamp
from schemas.sources import BUNDLED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from credentials.dialects.securing import Dialect, IssuingKey
    from did.keys import PublicKey
    from did.types import JsonObject, JsonValue, RandomBytes
    from schemas.sources import Sources

MANDATORY: Final = ("/issuer", "/validFrom", "/validUntil", "/credentialStatus")
"""Disclosed in every presentation, as contexts and types are: a hidden end would be no end, and who could
hide the status would never be revoked."""


_NOT_BLIND: Final = Blind()

PROOF_CONTEXTS: Final[Mapping[Version, tuple[str, ...]]] = {
    Version.V2: (),
    Version.V1: ("https://w3id.org/security/data-integrity/v2",),
}
"""What the first context of a version lacks for proofs to have a meaning (VC-DI 1.0, 2.4.1)."""


@dataclass(frozen=True, slots=True)
class IssuerProfile:
    """How one issuer issues one kind of credential.

    `did` is the issuer, `formats` the forms (`credentials.formats`), the first of them the main one.
    `contexts` and `types` stand after those of the data model. `mandatory_pointers` say what forms of
    selective disclosure always show, and add to `MANDATORY`. `validity_days` of None issues without an end.
    `vct` is the type in SD-JWT VC.
    """

    did: str
    formats: tuple[str, ...]
    contexts: tuple[str, ...]
    types: tuple[str, ...]
    schema: str | None
    validity_days: int | None = 365
    mandatory_pointers: tuple[str, ...] = MANDATORY
    vct: str | None = None


def issue(
    template: JsonObject,
    *,
    profile: IssuerProfile,
    dialects: Mapping[str, Dialect],
    keys: Mapping[str, IssuingKey],
    now: datetime,
    random_bytes: RandomBytes,
    holder: PublicKey | None = None,
    blind: Blind = _NOT_BLIND,
    known: Sources = BUNDLED,
) -> dict[str, JsonObject]:
    """Issue a credential from a template with `credentialSubject` and, if wanted, other members.

    `keys` has the key for each form of the profile, by its name; `holder` is the key to which forms that can
    bind the credential; `blind` is what a holder committed to, where forms sign that. Gives the secured
    credential of each form, in the profile's order.

    Codes: issue.*, issuer.mismatch, model.*, context.*, schema.*, and those of the forms.
    """
    chosen = chosen_dialects(profile, dialects)
    document = prepare(template, profile=profile, chosen=chosen, now=now, known=known)
    if blind.predicates is not None and blind.predicates.revocable is not None:
        document = {**document, "credentialStatus": reference.entry(blind.predicates.revocable.url)}
    issued: dict[str, JsonObject] = {}
    for dialect in chosen:
        terms = Terms(
            key=keys[dialect.name],
            now=now,
            mandatory_pointers=_mandatory(profile, document) if dialect.selective else (),
            random_bytes=random_bytes,
            holder=holder,
            vct=profile.vct,
            blind=blind,
        )
        issued[dialect.name] = dialect.secure(document, terms)  # 7
    return _together(document, issued)  # 8


def _together(document: JsonObject, issued: dict[str, JsonObject]) -> dict[str, JsonObject]:
    """Give forms that belong into one proof set as one credential, under each of their names."""
    if not issued.keys() >= {BBS_2023, BBS_PREDICATES_2026}:
        return issued
    proofs = [issued[name]["proof"] for name in (BBS_2023, BBS_PREDICATES_2026)]
    both: JsonObject = {**document, "proof": proofs}
    return {**issued, BBS_2023: both, BBS_PREDICATES_2026: both}


def chosen_dialects(profile: IssuerProfile, dialects: Mapping[str, Dialect]) -> tuple[Dialect, ...]:
    """Find the forms of a profile. Codes: issue.format."""
    unknown = [name for name in profile.formats if name not in dialects]
    if unknown or not profile.formats or len(set(profile.formats)) != len(profile.formats):
        raise CredentialError(
            "issue.format", f"formats must name some of {', '.join(sorted(dialects))}, each once"
        )
    return tuple(dialects[name] for name in profile.formats)


def prepare(
    template: JsonObject,
    *,
    profile: IssuerProfile,
    chosen: Sequence[Dialect],
    now: datetime,
    known: Sources = BUNDLED,
) -> JsonObject:
    """Make the one document that all forms secure: steps 1 to 6."""
    unlinkable = any(dialect.unlinkable for dialect in chosen)
    _check_template(template, profile)  # 1
    document = _document(template, profile, now, whole_days=unlinkable)  # 2, 3
    if unlinkable:
        _check_unlinkable(document)  # 4
    credential = issued_form(document)  # 5
    checks.context(credential.contexts, known.contexts)
    if profile.schema is not None:
        schema_checks.check_claims(profile.schema, document, known.schemas)  # 6
    elif any(dialect.name == BBS_PREDICATES_2026 for dialect in chosen):
        raise CredentialError(
            "issue.schema",
            f"{BBS_PREDICATES_2026} types its slots by a schema, and the profile has none",
            remedy="give the profile a schema",
        )
    return document


def _check_template(template: JsonObject, profile: IssuerProfile) -> None:
    if "proof" in template:
        raise CredentialError("issue.proof", "the template has a proof", remedy="send it without")
    issuer = template.get("issuer", profile.did)
    named = issuer.get("id") if isinstance(issuer, dict) else issuer
    if named != profile.did:
        raise CredentialError(
            "issuer.mismatch",
            f"the template names another issuer than the profile's {profile.did}",
            clause="VCALM, 3.2.1",
            remedy="leave the issuer out, or use the profile of that issuer",
        )
    if profile.schema is not None and template.get("credentialSchema") not in (None, _schema(profile.schema)):
        raise CredentialError("issue.schema", f"the template names another schema than {profile.schema}")


def _schema(schema_id: str) -> JsonObject:
    return {"id": schema_id, "type": schema_checks.SCHEMA_TYPE}


def _document(template: JsonObject, profile: IssuerProfile, now: datetime, *, whole_days: bool) -> JsonObject:
    version = version_of(template.get("@context")) or Version.V2
    first, last = (member.name for member in PERIOD[version])
    document: JsonObject = {
        "@context": _merged(
            (BASE[version], *profile.contexts, *PROOF_CONTEXTS[version]), template.get("@context")
        ),
        "type": _merged((CREDENTIAL_TYPE, *profile.types), template.get("type")),
        "issuer": profile.did,
        **{name: value for name, value in template.items() if name not in {"@context", "type"}},
    }
    start = now.astimezone(UTC).replace(microsecond=0)
    if whole_days:
        start = start.replace(hour=0, minute=0, second=0)
    document.setdefault(first, format_timestamp(start))
    if profile.validity_days is not None:
        try:
            end = start + timedelta(days=profile.validity_days)
        except OverflowError:
            raise CredentialError("issue.validity", "the end of validity lies beyond the year 9999") from None
        document.setdefault(last, format_timestamp(end))
    if profile.schema is not None:
        document.setdefault("credentialSchema", _schema(profile.schema))
    return document


def _merged(first: tuple[str, ...], given: JsonValue) -> list[JsonValue]:
    listed = given if isinstance(given, list) else [] if given is None else [given]
    merged: list[JsonValue] = [*first]
    merged.extend(item for item in listed if item not in first)
    return merged


def _check_unlinkable(document: JsonObject) -> None:
    subject = document.get("credentialSubject")
    subjects = subject if isinstance(subject, list) else [subject]
    if "id" in document or any(isinstance(item, dict) and "id" in item for item in subjects):
        raise CredentialError(
            "issue.linkable",
            "an identifier of credential or subject would link all presentations of it",
            remedy="leave the id out, or use a profile that discloses everything",
        )
    if "credentialStatus" in document:
        raise CredentialError("issue.linkable", "a status index would link all presentations")
    for member in _period(document):
        value = document.get(member)
        if value is not None and not (isinstance(value, str) and value.endswith("T00:00:00Z")):
            raise CredentialError(
                "issue.whole-day",
                f"{member} must be midnight UTC: finer times single a credential out",
                remedy=f"write {member} as 2026-01-31T00:00:00Z",
            )
    _check_numbers(document)
    members.check_plain({name: item for name, item in document.items() if name != "@context"})


def _check_numbers(document: JsonObject) -> None:
    level: list[JsonValue] = [document]
    while level:
        if any(isinstance(item, float) for item in level):
            raise CredentialError(
                "rdf.number",
                "a number is not an integer, and RDF libraries write such numbers differently",
                remedy="give it as a text, or as an integer of a smaller unit",
            )
        members = [list(item.values()) if isinstance(item, dict) else item for item in level]
        level = [child for item in members if isinstance(item, list) for child in item]


def _period(document: JsonObject) -> tuple[str, str]:
    """The names of the members that bound validity, in the document's version of the data model."""
    first, last = PERIOD[version_of(document.get("@context")) or Version.V2]
    return first.name, last.name


def _mandatory(profile: IssuerProfile, document: JsonObject) -> tuple[str, ...]:
    # A profile without an end of validity has nothing to disclose there.
    names = _period(document)
    own = {f"/{named}": f"/{name}" for named, name in zip(("validFrom", "validUntil"), names, strict=True)}
    absent = {f"/{name}" for name in (*names, "credentialStatus") if name not in document}
    wanted = dict.fromkeys(own.get(item, item) for item in (*MANDATORY, *profile.mandatory_pointers))
    return tuple(pointer for pointer in wanted if pointer not in absent)
