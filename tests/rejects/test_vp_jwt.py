"""Presentations in signed texts that must be rejected, and envelopes."""

from __future__ import annotations

from functools import partial

import orjson
import pytest

from credentials import enveloping
from credentials.jose import jws, vc_jwt, vp_jwt
from tests.rejects.catalogue import Reject, needed, refused
from tests.support import signed
from tests.support.signed import AUDIENCE, CONTEXT_V2, HOLDER, ISSUER, NONCE, NOW, OTHER

P_HEADER = {"typ": "vp+jwt", "cty": "vp", "kid": signed.method_of(HOLDER)}
COMPACT = vc_jwt.sign(signed.credential(), signer=ISSUER, key_id=signed.method_of(ISSUER))
URL = f"data:application/vc+jwt,{COMPACT}"
ENVELOPE = {"@context": CONTEXT_V2, "type": "EnvelopedVerifiableCredential", "id": URL}
OTHER_DID = signed.did_of(OTHER)
DOC, PRES, ENV = "VC-JOSE-COSE 1.0, 3.1", "VC-JOSE-COSE 1.0, 3.1.2", "VCDM 2.0, 4.12"
ISS, VP = "VC-JOSE-COSE 1.0, 4.1.2", "OpenID4VP 1.0, B.1.3.1.5"


def presentation(header=None, urls=(URL,), **claims):
    stated = {"nonce": NONCE, "aud": AUDIENCE, **claims}
    payload = {
        name: value for name, value in signed.presentation(*urls, **stated).items() if value is not None
    }
    text = jws.sign(orjson.dumps(payload), header={**P_HEADER, **(header or {})}, signer=HOLDER)
    vp_jwt.verify(
        vp_jwt.read(text), HOLDER.public_key, expected_nonce=NONCE, expected_audience=AUDIENCE, now=NOW
    )


def enveloped(expected="EnvelopedVerifiableCredential", **members):
    enveloping.read({**ENVELOPE, **members}, expected_type=expected)


def url(text):
    enveloping.read_url(text)


# number, title, clause, code, what is verified
TABLE = [
    (36, "a holder whose key did not sign", PRES, "secured.holder", partial(presentation, holder=OTHER_DID)),
    (
        36,
        "a holder that is no DID",
        PRES,
        "secured.holder",
        partial(presentation, holder="https://a.example"),
    ),
    (21, "another nonce", VP, "secured.nonce", partial(presentation, nonce="other")),
    (21, "no nonce", VP, "secured.nonce", partial(presentation, nonce=None)),
    (22, "another audience", VP, "secured.audience", partial(presentation, aud="https://other.example")),
    (
        22,
        "two audiences",
        "RFC 7519, 4.1.3",
        "secured.audience",
        partial(presentation, aud=[AUDIENCE, "https://other.example"]),
    ),
    (23, "another content", PRES, "secured.cty", partial(presentation, {"cty": "vc"})),
    (24, "a vp claim", f"{DOC}.3", "secured.wrapped", partial(presentation, vp={})),
    (25, "no presentation", PRES, "secured.document", partial(presentation, type="VerifiableCredential")),
    (
        26,
        "an open credential",
        PRES,
        "secured.open-credential",
        partial(presentation, verifiableCredential=[signed.credential()]),
    ),
    (27, "an iss claim other than the holder", ISS, "secured.issuer", partial(presentation, iss=OTHER_DID)),
    (
        28,
        "an iss header other than the holder",
        ISS,
        "secured.issuer",
        partial(presentation, {"iss": OTHER_DID}),
    ),
    (
        29,
        "a URL that must be fetched",
        ENV,
        "envelope.url",
        partial(url, "https:application/vc+jwt," + COMPACT),
    ),
    (30, "an unknown media type", ENV, "envelope.media-type", partial(url, "data:text/plain," + COMPACT)),
    (
        31,
        "a parameter of the media type",
        "RFC 2397, 3",
        "envelope.encoding",
        partial(url, "data:application/vc+jwt;charset=utf-8," + COMPACT),
    ),
    (
        31,
        "bytes that are not in base64",
        "RFC 2397, 3",
        "envelope.encoding",
        partial(url, "data:application/vc+cose,0oRD"),
    ),
    (
        32,
        "percent signs",
        ENV,
        "envelope.encoding",
        partial(url, "data:application/vc+jwt," + COMPACT.replace("e", "%65", 1)),
    ),
    (
        33,
        "another context",
        ENV,
        "envelope.context",
        partial(enveloped, **{"@context": "https://a.example/v1"}),
    ),
    (34, "an unsigned member", ENV, "envelope.form", partial(enveloped, issuer=OTHER_DID)),
    (35, "two types", ENV, "envelope.type", partial(enveloped, type=["EnvelopedVerifiableCredential", "X"])),
    (
        35,
        "a credential where a presentation is expected",
        ENV,
        "envelope.type",
        partial(enveloped, "EnvelopedVerifiablePresentation"),
    ),
]
CASES = [Reject(f"VCJ-{row[0]:02}", *row[1:]) for row in TABLE]
IDS = [f"{case.number} {case.title}" for case in CASES]


@pytest.mark.parametrize("verify", [presentation, enveloped])
def test_what_all_cases_begin_with_is_good(verify):
    verify()


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_is_refused(case):
    refused(case)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_needs_its_check(case):
    needed(case)
