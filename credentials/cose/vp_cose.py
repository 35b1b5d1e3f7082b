"""Presentations as signed bytes: the media type `application/vp+cose`.

Text: W3C Securing Verifiable Credentials using JOSE and COSE (Recommendation, 15 May 2025), sections 3.3.2,
3.3.3, 4 and 5.3. That text leaves open how a presentation is bound to a verifier; here it is by the CWT
claims `aud` (3, a text) and `nonce` (10, the bytes of the text), in the protected header.

Invariants: those of `credentials.jose.vp_jwt`, in the forms of `credentials.cose.vc_cose`.

Not here: freshness of nonces, the credentials inside, whose key it may be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson

from credentials.cose import claims, sign1
from credentials.jose import agreement, vp_jwt
from credentials.jose.agreement import NO_SKEW
from credentials.limits import LIMITS

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from credentials.cose.sign1 import Header, Sign1
    from credentials.jose.agreement import Times
    from did.keys import PublicKey, Signer
    from did.types import JsonObject, JsonValue

TYP: Final = "application/vp+cose"
CONTENT: Final = "application/vp"


@dataclass(frozen=True, slots=True)
class SignedPresentation:
    """A presentation in a COSE_Sign1 of good form; nothing about it is verified.

    `holder` is the DID whose key `key_id` names; `nonce` and `audience` are what the holder wrote.
    """

    sign1: Sign1
    document: JsonObject
    holder: str
    key_id: str
    nonce: JsonValue
    audience: JsonValue
    times: Times


def read(data: bytes, *, max_bytes: int = LIMITS.max_bytes) -> SignedPresentation:
    """Read the form of a presentation in a COSE_Sign1. Codes: cbor.*, cose.*, json.*, secured.*."""
    return _read(sign1.read(data, max_bytes=max_bytes))


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
    Codes: cose.typ, cose.key-type, cose.alg, cose.signature-length, cose.signature, secured.nonce,
    secured.audience, secured.expired, secured.not-yet.
    """
    sign1.verify(signed.sign1, key, expected_typ=TYP)
    # [COS-22] an answer to another question
    vp_jwt.check_nonce(signed.nonce, expected_nonce)
    # [COS-23] an answer to somebody else
    vp_jwt.check_audience(signed.audience, expected_audience)
    signed.times.check(now=now, clock_skew=clock_skew)
    return signed.document


def sign(
    document: JsonObject, *, signer: Signer, key_id: str, nonce: str, audience: str, now: datetime
) -> bytes:
    """Sign a presentation of data model 2.0 as `vp+cose`, for one nonce and one audience.

    Codes: those of `read` for what it would refuse, cose.signer.
    """
    protected: Header = {
        sign1.CONTENT_TYPE: CONTENT,
        sign1.KID: key_id.encode("utf-8"),
        sign1.CWT_CLAIMS: {
            claims.AUDIENCE: audience,
            claims.ISSUED: int(now.timestamp()),
            claims.NONCE: nonce.encode("utf-8"),
        },
        sign1.TYP: TYP,
    }
    payload = orjson.dumps(document)
    _read(sign1.Sign1(protected, {}, payload, b"", b""))
    return sign1.sign(payload, protected=protected, signer=signer)


def _read(found: Sign1) -> SignedPresentation:
    document = claims.document(found, expected_content=CONTENT)
    # [COS-24] all that the type demands is there
    vp_jwt.check_document(document)
    # [COS-25] no credential stands open
    vp_jwt.check_enveloped(document)
    key_id = claims.key_id(found) or ""
    holder = agreement.signer_of(key_id)
    # [COS-26] whoever presents is who the document says
    vp_jwt.check_holder(document, holder)
    stated = claims.named(found)
    # [COS-27] and who the header says
    agreement.check_party(stated.get("iss", holder), holder, where="header")
    return SignedPresentation(
        sign1=found,
        document=document,
        holder=holder,
        key_id=key_id,
        nonce=stated.get("nonce"),
        audience=stated.get("aud"),
        times=agreement.Times.read(stated),
    )
