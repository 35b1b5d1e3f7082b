"""Credentials in signed texts that must be rejected, of both data models."""

from __future__ import annotations

from functools import partial

import orjson
import pytest

from credentials.jose import jws, vc_jwt
from tests.rejects.catalogue import Reject, needed, refused
from tests.support import signed
from tests.support.signed import CONTEXT_V2, ISSUER, NOW, OTHER, SECONDS

HEADER = {"typ": "vc+jwt", "cty": "vc", "kid": signed.method_of(ISSUER)}
OTHER_DID, OTHER_KEY = signed.did_of(OTHER), signed.method_of(OTHER)
DOC, KID, ISS = "VC-JOSE-COSE 1.0, 3.1", "VC-JOSE-COSE 1.0, 4.1.1", "VC-JOSE-COSE 1.0, 4.1.2"
OLD = "VCDM 1.1, 6.3.1"


def credential(header=None, **claims):
    """Verify a credential that is good but for these members; None takes one away."""
    payload = {name: value for name, value in signed.credential(**claims).items() if value is not None}
    full = {name: value for name, value in {**HEADER, **(header or {})}.items() if value is not None}
    text = jws.sign(orjson.dumps(payload), header=full, signer=ISSUER)
    vc_jwt.verify(vc_jwt.read(text), ISSUER.public_key, now=NOW)


def older(wrapped=None, **claims):
    full = signed.older(**claims)
    full["vc"] = {**full["vc"], **(wrapped or {})}
    payload = {name: value for name, value in full.items() if value is not None}
    text = jws.sign(orjson.dumps(payload), header={"typ": "JWT", "kid": HEADER["kid"]}, signer=ISSUER)
    vc_jwt.verify(vc_jwt.read(text), ISSUER.public_key, now=NOW)


# number, title, clause, code, what is verified
TABLE = [
    (1, "an expired signature", "RFC 7519, 4.1.4", "secured.expired", partial(credential, exp=SECONDS)),
    (
        2,
        "a signature of the future",
        "RFC 7519, 4.1.5",
        "secured.not-yet",
        partial(credential, nbf=SECONDS + 1),
    ),
    (3, "a negative exp", "RFC 7519, 2", "secured.time", partial(credential, iat=-1)),
    (3, "an iat that is true", "RFC 7519, 2", "secured.time", partial(credential, iat=True)),
    (3, "an iat in a text", "RFC 7519, 2", "secured.time", partial(credential, iat="2026")),
    (4, "a sub that is no subject", f"{DOC}.3", "secured.subject", partial(credential, sub=OTHER_DID)),
    (5, "a jti other than id", f"{DOC}.3", "secured.id", partial(credential, jti="urn:uuid:2")),
    (6, "no kid", KID, "secured.key-id", partial(credential, {"kid": None})),
    (7, "a kid of another DID", KID, "secured.key-controller", partial(credential, {"kid": OTHER_KEY})),
    (
        8,
        "a cnf without key",
        "RFC 7800, 3.1",
        "secured.confirmation",
        partial(credential, cnf={"jku": "https://a.example"}),
    ),
    (37, "an audience", "RFC 7519, 4.1.3", "secured.audience", partial(credential, aud="https://a.example")),
    (9, "a kid without fragment", KID, "secured.key-id", partial(credential, {"kid": signed.did_of(ISSUER)})),
    (10, "a text of another type", f"{DOC}.1", "secured.typ", partial(credential, {"typ": "at+jwt"})),
    (11, "another content", f"{DOC}.1", "secured.cty", partial(credential, {"cty": "vp"})),
    (12, "a vc claim", f"{DOC}.3", "secured.wrapped", partial(credential, vc={})),
    (12, "a vp claim", f"{DOC}.3", "secured.wrapped", partial(credential, vp={})),
    (13, "no type", "VC-JOSE-COSE 1.0, 5.4", "secured.document", partial(credential, type="Thing")),
    (
        13,
        "version 1.1 without a vc claim",
        f"{DOC}.1",
        "secured.document",
        partial(credential, **{"@context": signed.CONTEXT_V1}),
    ),
    (14, "an iss claim other than issuer", ISS, "secured.issuer", partial(credential, iss=OTHER_DID)),
    (15, "an iss header other than issuer", ISS, "secured.issuer", partial(credential, {"iss": OTHER_DID})),
    (
        16,
        "version 2.0 in a vc claim",
        f"{DOC}.3",
        "secured.document",
        partial(older, {"@context": [CONTEXT_V2]}),
    ),
    (17, "no iss", OLD, "secured.issuer", partial(older, {"issuer": signed.did_of(ISSUER)}, iss=None)),
    (18, "an iss other than vc.issuer", OLD, "secured.issuer", partial(older, {"issuer": OTHER_DID})),
    (18, "a jti other than vc.id", OLD, "secured.id", partial(older, {"id": "urn:uuid:2"})),
    (
        18,
        "a sub other than the subject's id",
        OLD,
        "secured.subject",
        partial(older, {"credentialSubject": {"id": OTHER_DID}}),
    ),
    (
        19,
        "an nbf other than issuanceDate",
        OLD,
        "secured.time",
        partial(older, {"issuanceDate": "2026-01-01T00:00:00Z"}),
    ),
    (
        19,
        "an exp other than expirationDate",
        OLD,
        "secured.time",
        partial(older, {"expirationDate": "2030-01-01T00:00:00Z"}),
    ),
    (
        20,
        "a sub beside two subjects",
        OLD,
        "secured.subject",
        partial(older, {"credentialSubject": [{"a": 1}, {"a": 2}]}),
    ),
]
CASES = [Reject(f"VCJ-{row[0]:02}", *row[1:]) for row in TABLE]
IDS = [f"{case.number} {case.title}" for case in CASES]


@pytest.mark.parametrize("verify", [credential, older])
def test_what_all_cases_begin_with_is_good(verify):
    verify()


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_is_refused(case):
    refused(case)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_needs_its_check(case):
    needed(case)
