"""The members that the data model defines: name, property, versions and how they are read.

Texts: VC Data Model 2.0, 4 and 5, and its context; 1.1, 4 and 5, and its context.

Invariants:
- there is one list each, `MEMBERS` of a credential and `PRESENTATION_MEMBERS`. What parses members and what
  looks for their statements in RDF (`credentials.suites.same_json`) work from them, so a member that is added
  is read and guarded at once.
- a member is decisive when a verifier acts on it and it stands at the top of a document only. Names and
  descriptions are shown and decide nothing; methods of confidence and of rendering are reserved words, and
  nobody acts on them yet.

What is not here: `id`, `type`, `@context` and `proof`, which are no statements about the credential.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from credentials.model.contexts import BOTH, Version

_CREDENTIALS: Final = "https://www.w3.org/2018/credentials#"
_SCHEMA: Final = "https://schema.org/"
_V1: Final = (Version.V1,)
_V2: Final = (Version.V2,)


@dataclass(frozen=True, slots=True)
class Member:
    """A member at the top of a credential or presentation.

    `code` is that of its faults. `typed` entries have a type; in the versions `identified`, an id as well.
    """

    name: str
    iri: str
    versions: tuple[Version, ...]
    code: str
    decisive: bool = True
    typed: bool = False
    identified: tuple[Version, ...] = ()


def _member(
    name: str,
    code: str,
    versions: tuple[Version, ...] = BOTH,
    *,
    decisive: bool = True,
    typed: bool = False,
    identified: tuple[Version, ...] = (),
) -> Member:
    return Member(name, _CREDENTIALS + name, versions, f"model.{code}", decisive, typed, identified)


ISSUER: Final = _member("issuer", "issuer")
SUBJECT: Final = _member("credentialSubject", "subject")
VALID_FROM: Final = _member("validFrom", "validity", _V2)
VALID_UNTIL: Final = _member("validUntil", "validity", _V2)
ISSUANCE_DATE: Final = _member("issuanceDate", "validity", _V1)
EXPIRATION_DATE: Final = _member("expirationDate", "validity", _V1)
STATUS: Final = _member("credentialStatus", "status", typed=True, identified=_V1)
SCHEMA: Final = _member("credentialSchema", "schema", typed=True, identified=BOTH)
EVIDENCE: Final = _member("evidence", "evidence", typed=True)
TERMS_OF_USE: Final = _member("termsOfUse", "terms-of-use", typed=True)
REFRESH_SERVICE: Final = _member("refreshService", "refresh-service", typed=True, identified=_V1)
RELATED_RESOURCE: Final = _member("relatedResource", "related-resource", _V2)
CONFIDENCE_METHOD: Final = _member("confidenceMethod", "confidence-method", _V2, decisive=False, typed=True)
RENDER_METHOD: Final = _member("renderMethod", "render-method", _V2, decisive=False, typed=True)
HOLDER: Final = _member("holder", "holder")
CREDENTIALS: Final = _member("verifiableCredential", "credentials")
NAME: Final = Member("name", f"{_SCHEMA}name", _V2, "model.text", decisive=False)
DESCRIPTION: Final = Member("description", f"{_SCHEMA}description", _V2, "model.text", decisive=False)

MEMBERS: Final = (
    ISSUER, SUBJECT, VALID_FROM, VALID_UNTIL, ISSUANCE_DATE, EXPIRATION_DATE, STATUS, SCHEMA, EVIDENCE,
    TERMS_OF_USE, REFRESH_SERVICE, RELATED_RESOURCE, CONFIDENCE_METHOD, RENDER_METHOD, NAME, DESCRIPTION,
)  # fmt: skip
PRESENTATION_MEMBERS: Final = (HOLDER, CREDENTIALS, TERMS_OF_USE)
PERIOD: Final = {
    Version.V2: (VALID_FROM, VALID_UNTIL),
    Version.V1: (ISSUANCE_DATE, EXPIRATION_DATE),
}
"""The members that bound a credential's validity, first and last, by version."""

DECISIVE: Final = {member.iri: member.name for member in (*MEMBERS, *PRESENTATION_MEMBERS) if member.decisive}
"""Name by property IRI, of the members that a verifier acts on."""
