"""Presentations in signed texts that must be rejected, and envelopes."""

from __future__ import annotations

from functools import partial

import orjson
import pytest

from credentials import enveloping
from credentials.jose import jws, vc_jwt, vp_jwt
from credentials.model import Enveloped, Holds
from tests.rejects.catalogue import Reject, needed, refused
from tests.support import signed
from tests.support.signed import AUDIENCE, HOLDER, ISSUER, NONCE, NOW, OTHER

P_HEADER = {"typ": "vp+jwt", "cty": "vp", "kid": signed.method_of(HOLDER)}
COMPACT = vc_jwt.sign(signed.credential(), signer=ISSUER, key_id=signed.method_of(ISSUER))
URL = f"data:application/vc+jwt,{COMPACT}"
OTHER_DID = signed.did_of(OTHER)
DOC, PRES, ENV = "VC-JOSE-COSE 1.0, 3.1", "VC-JOSE-COSE 1.0, 3.1.2", "VCDM 2.0, 4.13"
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


def enveloped(media_type="application/vc+jwt", data=b"a.b.c"):
    """Open an envelope for credentials."""
    enveloping.content(Enveloped({}, Holds.CREDENTIAL, media_type, data))


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
    (30, "a presentation among credentials", ENV, "envelope.type", partial(enveloped, "application/vp+jwt")),
    (31, "a text with a space", "RFC 7515, 7.1", "envelope.encoding", partial(enveloped, data=b"a.b. c")),
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
