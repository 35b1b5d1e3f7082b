"""Credentials as signed texts: the media type `application/vc+jwt`, and how the older form is told from it.

Text: W3C Securing Verifiable Credentials using JOSE and COSE (Recommendation, 15 May 2025), sections 3.1.1,
3.1.3, 4 and 5.1.

Invariants:
- the payload is the credential itself, of data model 2.0; a `vc` or `vp` claim is refused.
- `typ` is `vc+jwt`; what has `JWT` or none is read as the older form, by its own rules, and as nothing else.
- `read` looks at form only; `verify` gives the document that was signed; no key comes from the text.
- what `sign` writes, `read` reads.

A text without `typ` is refused though the specification only recommends it: explicit types keep signed texts
of one kind from being taken for another (RFC 8725 section 3.11).

Not here: the data model (`credentials.model`), whose key it may be (`credentials.verifying`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson

from credentials.errors import CredentialError
from credentials.jose import agreement, jws, legacy
from credentials.jose.agreement import NO_SKEW
from credentials.limits import LIMITS
from credentials.model import CONTEXT_V2, CREDENTIAL_TYPE

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from credentials.jose.agreement import Confirmation, Times
    from credentials.jose.jws import Jws
    from did.keys import PublicKey, Signer
    from did.types import JsonObject

TYP: Final = "vc+jwt"
CONTENT: Final = "vc"
_CLAUSE: Final = "VC-JOSE-COSE 1.0, 3.1"


@dataclass(frozen=True, slots=True)
class SignedCredential:
    """A credential in a JWS of good form; nothing about it is verified.

    `issuer` is what the document says; `key_id` is a DID URL wherever the issuer is a DID (None only in the
    older form, or with an issuer that is none); `typ` is what the header says.
    """

    jws: Jws
    document: JsonObject
    issuer: str
    key_id: str | None
    confirmation: Confirmation | None
    times: Times
    typ: str | None


def read(text: str, *, max_bytes: int = LIMITS.max_bytes) -> SignedCredential:
    """Read the form of a credential in a JWS, of either data model.

    Codes: jws.*, json.*, secured.*, and secured.typ for a text that says to be something else.
    """
    found = jws.read(text, max_bytes=max_bytes)
    if jws.same_type(found.typ, TYP):
        return _read(found)
    # [VCJ-10] a signed text of another kind
    if found.typ is not None and not jws.same_type(found.typ, legacy.TYP):
        raise CredentialError(
            "secured.typ", f"typ is {found.typ[:64]!r}, expected {TYP!r}", clause=f"{_CLAUSE}.1"
        )
    return _read_legacy(found)


def verify(
    signed: SignedCredential, key: PublicKey, *, now: datetime, clock_skew: timedelta = NO_SKEW
) -> JsonObject:
    """Give the credential if this key signed it and the signature counts now.

    Whoever calls has found the key in the newest document of `signed.issuer`, under `signed.key_id`.
    Codes: jws.typ, jws.key-type, jws.alg, jws.signature-length, jws.signature, secured.expired,
    secured.not-yet.
    """
    jws.verify(signed.jws, key, expected_typ=signed.typ)
    signed.times.check(now=now, clock_skew=clock_skew)
    return signed.document


def sign(document: JsonObject, *, signer: Signer, key_id: str, holder_key: PublicKey | None = None) -> str:
    """Sign a credential of data model 2.0 as `vc+jwt`; `holder_key` is written as `cnf`.

    Codes: those of `read` for what it would refuse, jws.signer, issue.claim.
    """
    payload = document
    if holder_key is not None:
        if "cnf" in document:
            raise CredentialError("issue.claim", "the document has a cnf of its own")
        payload = {**document, "cnf": {"jwk": holder_key.jwk()}}
    header: JsonObject = {"typ": TYP, "cty": CONTENT, "kid": key_id}
    raw = orjson.dumps(payload)
    _read(jws.Jws({"alg": "", **header}, raw, b"", b""))
    return jws.sign(raw, header=header, signer=signer)


def check_content(header: JsonObject, expected: str) -> None:
    """Compare `cty`, where there is one (secured.cty)."""
    cty = header.get("cty", expected)
    if not isinstance(cty, str) or not jws.same_type(cty, expected):
        raise CredentialError("secured.cty", f"cty is another than {expected!r}", clause=_CLAUSE)


def check_unwrapped(claims: JsonObject) -> None:
    """Refuse the claims in which data model 1.1 wrapped its documents (secured.wrapped)."""
    if "vc" in claims or "vp" in claims:
        raise CredentialError(
            "secured.wrapped",
            "the payload has a vc or vp claim, where it is itself the document",
            remedy="sign the document itself",
            clause=f"{_CLAUSE}.3",
        )


def check_document(document: JsonObject) -> None:
    """Check that it is a credential of data model 2.0 (secured.document)."""
    contexts, types = document.get("@context"), document.get("type")
    first = contexts[0] if isinstance(contexts, list) and contexts else contexts
    listed = types if isinstance(types, list) else [types]
    if first != CONTEXT_V2 or CREDENTIAL_TYPE not in listed:
        raise CredentialError(
            "secured.document",
            "the payload is no credential of data model 2.0",
            remedy=f"begin @context with {CONTEXT_V2} and give it the type {CREDENTIAL_TYPE}",
            clause="VC-JOSE-COSE 1.0, 3.1.1 and 5.4",
        )


def _read(found: Jws) -> SignedCredential:
    # [VCJ-11] another content than a credential
    check_content(found.header, CONTENT)
    document = jws.claims(found)
    # [VCJ-12] no document inside the document
    check_unwrapped(document)
    # [VCJ-13] all that the type demands is there
    check_document(document)
    issuer = agreement.issuer_of(document)
    # [VCJ-14] the issuer of the claims is the document's
    agreement.check_party(document.get("iss", issuer), issuer, where="claims")
    # [VCJ-15] and so is that of the header
    agreement.check_party(found.header.get("iss", issuer), issuer, where="header")
    agreement.check_agreement(document, document)
    agreement.check_no_audience(document)
    named = "iss" in document or "iss" in found.header
    return SignedCredential(
        jws=found,
        document=document,
        issuer=issuer,
        key_id=agreement.key_id(found.kid, controller=issuer, named=named),
        confirmation=agreement.confirmation(document),
        times=agreement.Times.read(document),
        typ=TYP,
    )


def _read_legacy(found: Jws) -> SignedCredential:
    claims = jws.claims(found)
    document = legacy.document(claims)
    agreement.check_no_audience(claims)
    issuer = agreement.issuer_of(document)
    return SignedCredential(
        jws=found,
        document=document,
        issuer=issuer,
        key_id=agreement.key_id(found.kid, controller=issuer, named=True) if found.kid else None,
        confirmation=agreement.confirmation(claims),
        times=agreement.Times.read(claims),
        typ=found.typ,
    )
