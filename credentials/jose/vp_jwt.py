"""Presentations as signed texts: the media type `application/vp+jwt`.

Texts: W3C Securing Verifiable Credentials using JOSE and COSE (Recommendation, 15 May 2025), sections 3.1.2,
3.1.3, 4 and 5.1; OpenID4VP 1.0, appendix B.1.3.1.5 (`nonce` and `aud`).

Invariants:
- the payload is the presentation itself, of data model 2.0; a `vc` or `vp` claim is refused.
- every credential in it is enveloped: none stands open, where the signature of the holder would seem its own.
- it answers one nonce of one verifier, both of which the verifier states; there is no default.
- `kid` names the holder's key; a `holder` in the document is that DID.

Not here: freshness of nonces, the credentials inside, whose key it may be (`credentials.verifying`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson

from credentials.errors import CredentialError
from credentials.jose import agreement, jws
from credentials.jose.agreement import NO_SKEW
from credentials.jose.vc_jwt import check_content, check_unwrapped
from credentials.limits import LIMITS
from credentials.model import CONTEXT_V2, PRESENTATION_TYPE, Holds

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from credentials.jose.agreement import Times
    from credentials.jose.jws import Jws
    from did.keys import PublicKey, Signer
    from did.types import JsonObject, JsonValue

TYP: Final = "vp+jwt"
CONTENT: Final = "vp"
_CLAUSE: Final = "VC-JOSE-COSE 1.0, 3.1.2"
_BINDING: Final = "OpenID4VP 1.0, appendix B.1.3.1.5"


@dataclass(frozen=True, slots=True)
class SignedPresentation:
    """A presentation in a JWS of good form; nothing about it is verified.

    `holder` is the DID whose key `key_id` names; `nonce` and `audience` are what the holder wrote.
    """

    jws: Jws
    document: JsonObject
    holder: str
    key_id: str
    nonce: JsonValue
    audience: JsonValue
    times: Times


def read(text: str, *, max_bytes: int = LIMITS.max_bytes) -> SignedPresentation:
    """Read the form of a presentation in a JWS. Codes: jws.*, json.*, secured.*."""
    return _read(jws.read(text, max_bytes=max_bytes))


def verify(
    signed: SignedPresentation,
    key: PublicKey,
    *,
    expected_nonce: str,
    expected_audience: str,
    now: datetime,
    clock_skew: timedelta = NO_SKEW,
) -> JsonObject:
    """Give the presentation if this key signed it, now, for this nonce and this audience.

    Whoever calls has found the key in the document of `signed.holder`, under `signed.key_id`.
    Codes: jws.typ, jws.key-type, jws.alg, jws.signature-length, jws.signature, secured.nonce,
    secured.audience, secured.expired, secured.not-yet.
    """
    jws.verify(signed.jws, key, expected_typ=TYP)
    # [VCJ-21] an answer to another question
    check_nonce(signed.nonce, expected_nonce)
    # [VCJ-22] an answer to somebody else
    check_audience(signed.audience, expected_audience)
    signed.times.check(now=now, clock_skew=clock_skew)
    return signed.document


def sign(
    document: JsonObject, *, signer: Signer, key_id: str, nonce: str, audience: str, now: datetime
) -> str:
    """Sign a presentation of data model 2.0 as `vp+jwt` for one nonce and one audience.

    Codes: those of `read` for what it would refuse, jws.signer, issue.claim.
    """
    stated: JsonObject = {"nonce": nonce, "aud": audience, "iat": int(now.timestamp())}
    if stated.keys() & document.keys():
        raise CredentialError("issue.claim", "the document has a nonce, aud or iat of its own")
    raw = orjson.dumps({**document, **stated})
    header: JsonObject = {"typ": TYP, "cty": CONTENT, "kid": key_id}
    _read(jws.Jws({"alg": "", **header}, raw, b"", b""))
    return jws.sign(raw, header=header, signer=signer)


def check_holder(document: JsonObject, signer: str) -> None:
    """Compare the holder, where one is named, with the DID whose key signed (secured.holder)."""
    holder = document.get("holder", signer)
    if (holder.get("id") if isinstance(holder, dict) else holder) != signer:
        raise CredentialError(
            "secured.holder",
            "kid names a key of another DID than holder",
            remedy="sign with the holder's own key, or leave holder out",
            clause="VC-JOSE-COSE 1.0, 4.1.1 and 4.3",
        )


def check_document(document: JsonObject) -> None:
    """Check that it is a presentation of data model 2.0 (secured.document)."""
    contexts, types = document.get("@context"), document.get("type")
    first = contexts[0] if isinstance(contexts, list) and contexts else contexts
    listed = types if isinstance(types, list) else [types]
    if first != CONTEXT_V2 or PRESENTATION_TYPE not in listed:
        raise CredentialError(
            "secured.document", "the payload is no presentation of data model 2.0", clause=_CLAUSE
        )


def check_enveloped(document: JsonObject) -> None:
    """Check that every credential of the presentation is enveloped (secured.open-credential)."""
    value = document.get("verifiableCredential", [])
    for item in value if isinstance(value, list) else [value]:
        types = item.get("type") if isinstance(item, dict) else None
        if Holds.CREDENTIAL.value not in (types if isinstance(types, list) else [types]):
            raise CredentialError(
                "secured.open-credential",
                f"a credential in the presentation is no {Holds.CREDENTIAL.value}",
                remedy="put the credential's own signed text into a data: URL",
                clause=_CLAUSE,
            )


def check_nonce(found: JsonValue, expected: str) -> None:
    """Compare the nonce (secured.nonce)."""
    if found != expected:
        raise CredentialError(
            "secured.nonce", "the nonce is missing or another than the one asked with", clause=_BINDING
        )


def check_audience(found: JsonValue, expected: str) -> None:
    """Compare the audience, one text or a list of just that (secured.audience)."""
    if found not in (expected, [expected]):
        raise CredentialError(
            "secured.audience",
            "aud is missing, or names another or more than this verifier",
            clause=_BINDING,
        )


def _read(found: Jws) -> SignedPresentation:
    # [VCJ-23] another content than a presentation
    check_content(found.header, CONTENT)
    document = jws.claims(found)
    # [VCJ-24] no document inside the document
    check_unwrapped(document)
    # [VCJ-25] all that the type demands is there
    check_document(document)
    # [VCJ-26] no credential stands open
    check_enveloped(document)
    key_id = found.kid or ""
    holder = agreement.signer_of(key_id)
    # [VCJ-36] whoever presents is who the document says, even where that is no DID
    check_holder(document, holder)
    # [VCJ-27] the issuer of the claims is the holder
    agreement.check_party(document.get("iss", holder), holder, where="claims")
    # [VCJ-28] and so is that of the header
    agreement.check_party(found.header.get("iss", holder), holder, where="header")
    agreement.check_agreement(document, document)
    return SignedPresentation(
        jws=found,
        document=document,
        holder=holder,
        key_id=key_id,
        nonce=document.get("nonce"),
        audience=document.get("aud"),
        times=agreement.Times.read(document),
    )
