"""The older signed text of credentials, read and never written: data model 1.1 in a `vc` claim.

Text: W3C Verifiable Credentials Data Model 1.1 (Recommendation, March 2022), section 6.3.1.

What stands in registered claims belongs to the credential: `iss` is its issuer, `sub` the id of its subject,
`jti` its id, `nbf` its issuanceDate, `exp` its expirationDate.

Invariants:
- `typ`, where present, is `JWT`; the credential stands in `vc` and is of version 1.1.
- a registered claim and the member it stands for never disagree; where only one is there, it counts.
- the document that comes out has every member in its own place: no other rule needs to know of claims.

Not here: presentations in this form, and signing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.jose.agreement import moment
from credentials.model import CONTEXT_V1, CREDENTIAL_TYPE
from did.errors import DidError
from did.timestamps import format_timestamp, parse_timestamp

if TYPE_CHECKING:
    from did.types import JsonObject, JsonValue

TYP: Final = "JWT"
_CLAUSE: Final = "VCDM 1.1, 6.3.1"


def document(claims: JsonObject) -> JsonObject:
    """Give the credential of data model 1.1 that a JWT's claims hold.

    Codes: secured.document, secured.issuer, secured.subject, secured.id, secured.time.
    """
    wrapped = claims.get("vc")
    if not isinstance(wrapped, dict):
        raise CredentialError(
            "secured.document",
            "a text of type JWT holds its credential in a vc claim, and there is none",
            remedy="sign credentials of data model 2.0 with typ vc+jwt",
            clause=_CLAUSE,
        )
    found = dict(wrapped)
    # [VCJ-16] version 2.0 has no vc claim
    _check_version(found)
    _place_issuer(found, claims)
    if "jti" in claims:
        _place(found, "id", claims["jti"], "secured.id")
    for claim, member in (("nbf", "issuanceDate"), ("exp", "expirationDate")):
        _place_time(found, member, claims, claim)
    if "sub" in claims:
        found["credentialSubject"] = _subject(found.get("credentialSubject"), claims["sub"])
    return found


def _check_version(found: JsonObject) -> None:
    contexts, types = found.get("@context"), found.get("type")
    first = contexts[0] if isinstance(contexts, list) and contexts else contexts
    listed = types if isinstance(types, list) else [types]
    if first != CONTEXT_V1 or CREDENTIAL_TYPE not in listed:
        raise CredentialError(
            "secured.document", "the vc claim holds no credential of data model 1.1", clause="VCDM 1.1, 4.1"
        )


def _place_issuer(found: JsonObject, claims: JsonObject) -> None:
    # [VCJ-17] the issuer stands in iss
    if not isinstance(claims.get("iss"), str):
        raise CredentialError("secured.issuer", "iss is missing or no text", clause=_CLAUSE)
    issuer = found.get("issuer")
    if isinstance(issuer, dict):
        named = dict(issuer)
        _place(named, "id", claims["iss"], "secured.issuer")
        found["issuer"] = named
    else:
        _place(found, "issuer", claims["iss"], "secured.issuer")


def _place(found: JsonObject, member: str, value: JsonValue, code: str) -> None:
    # [VCJ-18] two identifiers of one thing
    if not isinstance(value, str) or found.get(member, value) != value:
        raise CredentialError(
            code, f"a registered claim disagrees with {member} in the vc claim", clause=_CLAUSE
        )
    found[member] = value


def _place_time(found: JsonObject, member: str, claims: JsonObject, claim: str) -> None:
    stated = moment(claims, claim)
    if stated is None:
        return
    written = format_timestamp(stated)
    if member not in found:
        found[member] = written
        return
    # [VCJ-19] compared as instants of whole seconds: the texts may differ
    if _whole_seconds(found[member]) != written:
        raise CredentialError(
            "secured.time", f"{claim} is another instant than {member} in the vc claim", clause=_CLAUSE
        )


def _whole_seconds(value: JsonValue) -> str | None:
    try:
        return format_timestamp(parse_timestamp(value)) if isinstance(value, str) else None
    except DidError:
        return None


def _subject(value: JsonValue, identifier: JsonValue) -> JsonValue:
    listed = value if isinstance(value, list) else [value]
    [first] = listed if len(listed) == 1 else [None]
    # [VCJ-20] sub can name one subject only
    if not isinstance(first, dict):
        raise CredentialError(
            "secured.subject", "sub stands beside other than one subject in the vc claim", clause=_CLAUSE
        )
    named = dict(first)
    _place(named, "id", identifier, "secured.subject")
    return [named] if isinstance(value, list) else named
