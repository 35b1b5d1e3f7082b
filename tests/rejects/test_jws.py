"""Signed texts that must be rejected: compact JWS."""

from __future__ import annotations

import json

import pytest

from credentials.jose import jws
from did.encoding import encode_base64url
from tests.rejects.catalogue import Reject, needed, refused
from tests.support.signed import ISSUER, OTHER, SIGNERS

KEY = ISSUER.public_key


def text(header=None, payload=b"{}", *, signer=ISSUER, signature=None, **more):
    """A JWS that would be good but for what a case asks for."""
    full = {"alg": "EdDSA", "typ": "x+jwt", **more} if header is None else header
    head = f"{encode_base64url(json.dumps(full).encode())}.{encode_base64url(payload)}"
    made = signer.sign(head.encode()) if signature is None else signature
    return f"{head}.{encode_base64url(made)}"


def checked(given, *, max_bytes=4096, typ="x+jwt", key=KEY):
    jws.verify(jws.read(given, max_bytes=max_bytes), key, expected_typ=typ)


def unpaired():
    """Signed with P-384 for a verifier who holds a P-256 key, alg and all."""
    checked(text(alg="ES384", signer=SIGNERS["ES384"]))


CASES = [
    Reject(
        "JWS-01",
        "longer than the verifier reads",
        "RFC 8725, 3.11",
        "jws.too-large",
        lambda: checked(text(), max_bytes=100),
    ),
    Reject("JWS-02", "four parts", "RFC 7515, 7.1", "jws.form", lambda: checked(text() + ".e30")),
    Reject(
        "JWS-02", "the JSON serialization", "RFC 7515, 7.1", "jws.form", lambda: checked('{"payload":""}')
    ),
    Reject(
        "JWS-03", "a text of another type", "RFC 8725, 3.11", "jws.typ", lambda: checked(text(typ="kb+jwt"))
    ),
    Reject(
        "JWS-03", "a text of no type", "RFC 8725, 3.11", "jws.typ", lambda: checked(text({"alg": "EdDSA"}))
    ),
    Reject(
        "JWS-04", "alg none", "RFC 8725, 3.1", "jws.alg", lambda: checked(text(alg="none", signature=b""))
    ),
    Reject("JWS-04", "alg of an HMAC", "RFC 8725, 2.1", "jws.alg", lambda: checked(text(alg="HS256"))),
    Reject("JWS-04", "alg of another type of key", "RFC 8725, 3.1", "jws.alg", unpaired),
    Reject(
        "JWS-05",
        "a signature of 63 bytes",
        "RFC 8037, 3.1",
        "jws.signature-length",
        lambda: checked(text(signature=bytes(63))),
    ),
    Reject(
        "JWS-05",
        "no signature",
        "RFC 7515, 5.2",
        "jws.signature-length",
        lambda: checked(text(signature=b"")),
    ),
    Reject(
        "JWS-06",
        "a signature by another key",
        "RFC 7515, 5.2",
        "jws.signature",
        lambda: checked(text(signer=OTHER)),
    ),
    Reject(
        "JWS-06",
        "a signature by the key in its own header",
        "RFC 8725, 3.10",
        "jws.signature",
        lambda: checked(text(jwk=OTHER.public_key.jwk(), signer=OTHER)),
    ),
    Reject("JWS-07", "no alg", "RFC 7515, 4.1.1", "jws.header", lambda: checked(text({"typ": "x+jwt"}))),
    Reject(
        "JWS-07", "an alg that is no text", "RFC 7515, 4.1.1", "jws.header", lambda: checked(text(alg=-8))
    ),
    Reject(
        "JWS-08",
        "a kid that is no text",
        "RFC 7515, 4.1.4",
        "jws.header-text",
        lambda: checked(text(kid=[1])),
    ),
    Reject(
        "JWS-09",
        "an extension that must be understood",
        "RFC 7515, 4.1.11",
        "jws.crit",
        lambda: checked(text(crit=["x"], x=1)),
    ),
    Reject("JWS-10", "an unencoded payload", "RFC 7797, 3", "jws.b64", lambda: checked(text(b64=False))),
]

IDS = [f"{case.number} {case.title}" for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_is_refused(case):
    refused(case)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_needs_its_check(case):
    needed(case)
