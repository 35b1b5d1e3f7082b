"""Credentials as signed bytes: the media type `application/vc+cose`.

Text: W3C Securing Verifiable Credentials using JOSE and COSE (Recommendation, 15 May 2025), sections 3.3.1,
3.3.3, 4 and 5.3.

Invariants: those of `credentials.jose.vc_jwt`, with `typ` in the protected header of a COSE_Sign1, registered
claims as CWT claims in that header, and the key named by the bytes of its DID URL. The payload is the JSON of
the credential and nothing else: what it holds besides is not taken for a claim about the signature.

Not here: the data model, whose key it may be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson

from credentials.cose import claims, sign1
from credentials.jose import agreement
from credentials.jose.agreement import NO_SKEW
from credentials.jose.vc_jwt import check_document
from credentials.limits import LIMITS

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from credentials.cose.sign1 import Header, Sign1
    from credentials.jose.agreement import Times
    from did.keys import PublicKey, Signer
    from did.types import JsonObject

TYP: Final = "application/vc+cose"
CONTENT: Final = "application/vc"


@dataclass(frozen=True, slots=True)
class SignedCredential:
    """A credential in a COSE_Sign1 of good form; nothing about it is verified."""

    sign1: Sign1
    document: JsonObject
    issuer: str
    key_id: str | None
    times: Times


def read(data: bytes, *, max_bytes: int = LIMITS.max_bytes) -> SignedCredential:
    """Read the form of a credential in a COSE_Sign1. Codes: cbor.*, cose.*, json.*, secured.*."""
    return _read(sign1.read(data, max_bytes=max_bytes))


def verify(
    signed: SignedCredential, key: PublicKey, *, now: datetime, clock_skew: timedelta = NO_SKEW
) -> JsonObject:
    """Give the credential if this key signed it and the signature counts now.

    Whoever calls has found the key in the newest document of `signed.issuer`, under `signed.key_id`.
    Codes: cose.typ, cose.key-type, cose.alg, cose.signature-length, cose.signature, secured.expired,
    secured.not-yet.
    """
    sign1.verify(signed.sign1, key, expected_typ=TYP)
    signed.times.check(now=now, clock_skew=clock_skew)
    return signed.document


def sign(document: JsonObject, *, signer: Signer, key_id: str) -> bytes:
    """Sign a credential of data model 2.0 as `vc+cose`. Codes: those of `read`, cose.signer."""
    protected: Header = {
        sign1.CONTENT_TYPE: CONTENT,
        sign1.KID: key_id.encode("utf-8"),
        sign1.TYP: TYP,
    }
    payload = orjson.dumps(document)
    _read(sign1.Sign1(protected, {}, payload, b"", b""))
    return sign1.sign(payload, protected=protected, signer=signer)


def _read(found: Sign1) -> SignedCredential:
    document = claims.document(found, expected_content=CONTENT)
    # [COS-20] all that the type demands is there
    check_document(document)
    issuer = agreement.issuer_of(document)
    stated = claims.named(found)
    # [COS-21] the issuer of the header is the document's
    agreement.check_party(stated.get("iss", issuer), issuer, where="header")
    agreement.check_agreement(stated, document)
    agreement.check_no_audience(stated)
    return SignedCredential(
        sign1=found,
        document=document,
        issuer=issuer,
        key_id=agreement.key_id(claims.key_id(found), controller=issuer, named="iss" in stated),
        times=agreement.Times.read(stated),
    )
