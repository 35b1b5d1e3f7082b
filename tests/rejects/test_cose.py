"""Signed bytes that must be rejected: CBOR, COSE_Sign1, and the credentials and presentations in them."""

from __future__ import annotations

from functools import partial

import cbor2
import orjson
import pytest

from credentials.cose import cbor, vc_cose, vp_cose
from tests.rejects.catalogue import Reject, needed, refused
from tests.support import signed
from tests.support.signed import AUDIENCE, HOLDER, ISSUER, NONCE, NOW, OTHER

CREDENTIAL = orjson.dumps(signed.credential())
HEADER = {1: -8, 3: "application/vc", 4: signed.method_of(ISSUER).encode(), 16: "application/vc+cose"}
P_HEADER = {
    1: -8,
    3: "application/vp",
    4: signed.method_of(HOLDER).encode(),
    15: {3: AUDIENCE, 10: NONCE.encode()},
    16: "application/vp+cose",
}
URL = "data:application/vc+jwt,a.b.c"
OTHER_DID = signed.did_of(OTHER)


def made(protected, payload, *, signer, unprotected=None, tag=18, change=None, signature=None):
    """A COSE_Sign1 that is well signed, whatever else a case does to it."""
    encoded = protected if isinstance(protected, bytes) else cbor2.dumps(protected)
    found = signer.sign(cbor2.dumps(["Signature1", encoded, b"", payload or b""]))
    parts = [encoded, unprotected or {}, payload, found if signature is None else signature]
    data = cbor2.dumps(cbor2.CBORTag(tag, parts))
    return data if change is None else change(data)


def credential(header=None, *, max_bytes=4096, payload=CREDENTIAL, signer=ISSUER, **more):
    full = {label: value for label, value in {**HEADER, **(header or {})}.items() if value is not None}
    data = made(full, payload, signer=signer, **more)
    vc_cose.verify(vc_cose.read(data, max_bytes=max_bytes), ISSUER.public_key, now=NOW)


def presentation(header=None, **claims):
    data = made(
        {**P_HEADER, **(header or {})}, orjson.dumps(signed.presentation(URL, **claims)), signer=HOLDER
    )
    vp_cose.verify(
        vp_cose.read(data), HOLDER.public_key, expected_nonce=NONCE, expected_audience=AUDIENCE, now=NOW
    )


def doubled():
    """A protected header that names its algorithm twice, signed as it is."""
    once = cbor2.dumps(HEADER)
    data = made(bytes([once[0] + 1]) + once[1:] + cbor2.dumps(1) + cbor2.dumps(-8), CREDENTIAL, signer=ISSUER)
    vc_cose.verify(vc_cose.read(data), ISSUER.public_key, now=NOW)


def decoded(text, **options):
    cbor.decode(bytes.fromhex(text), max_bytes=64, **options)


def stretched(data):
    """The tag in two bytes instead of one."""
    return b"\xd8\x12" + data[1:]


DOC, PRES, CBOR, TWO = "VC-JOSE-COSE 1.0, 3.3.1", "VC-JOSE-COSE 1.0, 3.3.2", "RFC 8949, 4.1", "RFC 9052, 3"
FORM = "cbor.form"

# number, title, clause, code, what is verified
TABLE = [
    (1, "more bytes than the verifier reads", TWO, "cbor.too-large", partial(credential, max_bytes=200)),
    (2, "the tag of COSE_Sign", "RFC 9052, 2", "cbor.tag", partial(credential, tag=98)),
    (3, "a tag inside", "RFC 9052, 2", "cbor.tag", partial(decoded, "81c001")),
    (
        4,
        "bytes after the structure",
        "RFC 8949, 5.3.1",
        FORM,
        partial(credential, change=lambda data: data + b"\0"),
    ),
    (5, "an indefinite length", CBOR, FORM, partial(decoded, "9f01ff")),
    (6, "a head longer than needed", CBOR, FORM, partial(credential, change=stretched)),
    (7, "a label twice in one header", "RFC 9052, 14", "cbor.duplicate-key", doubled),
    (8, "seventeen arrays in each other", CBOR, "cbor.depth", partial(decoded, "81" * 17 + "01")),
    (9, "a detached payload", "RFC 9052, 4.2", "cose.form", partial(credential, payload=None)),
    (10, "another typ", "RFC 9596, 2", "cose.typ", partial(credential, {16: "application/vp+cose"})),
    (10, "no typ", "RFC 9596, 2", "cose.typ", partial(credential, {16: None})),
    (10, "a typ as in JOSE", "RFC 9596, 2", "cose.typ", partial(credential, {16: "vc+cose"})),
    (11, "the algorithm of another type of key", "RFC 9053, 2", "cose.alg", partial(credential, {1: -7})),
    (11, "the algorithm of a MAC", "RFC 9053, 3", "cose.alg", partial(credential, {1: 5})),
    (12, "no signature", "RFC 9053, 2", "cose.signature-length", partial(credential, signature=b"")),
    (13, "a signature by another key", "RFC 9052, 4.4", "cose.signature", partial(credential, signer=OTHER)),
    (14, "a label in both headers", TWO, "cose.header", partial(credential, unprotected={4: b"x"})),
    (
        15,
        "claims that are not signed",
        "RFC 9597, 2",
        "cose.unprotected",
        partial(credential, unprotected={15: {}}),
    ),
    (16, "crit", "RFC 9052, 3.1", "cose.crit", partial(credential, {2: [99], 99: 1})),
    (17, "an algorithm named by text", "RFC 9052, 3.1", "cose.header", partial(credential, {1: "EdDSA"})),
    (18, "a kid that is no bytes", "RFC 9052, 3.1", "cose.header", partial(credential, {4: "did:key:x#y"})),
    (19, "another content type", DOC, "cose.content-type", partial(credential, {3: "application/json"})),
    (
        20,
        "no credential",
        DOC,
        "secured.document",
        partial(credential, payload=orjson.dumps(signed.credential(type="X"))),
    ),
    (
        21,
        "an iss other than issuer",
        "VC-JOSE-COSE 1.0, 4.1.2",
        "secured.issuer",
        partial(credential, {15: {1: OTHER_DID}}),
    ),
    (28, "a holder's key", "RFC 8747, 3.1", "secured.confirmation", partial(credential, {15: {8: {}}})),
    (22, "another nonce", PRES, "secured.nonce", partial(presentation, {15: {3: AUDIENCE, 10: b"other"}})),
    (23, "no audience", PRES, "secured.audience", partial(presentation, {15: {10: NONCE.encode()}})),
    (24, "no presentation", PRES, "secured.document", partial(presentation, type="X")),
    (
        25,
        "an open credential",
        PRES,
        "secured.open-credential",
        partial(presentation, verifiableCredential={}),
    ),
    (26, "a holder whose key did not sign", PRES, "secured.holder", partial(presentation, holder=OTHER_DID)),
    (
        27,
        "an iss other than the holder",
        "VC-JOSE-COSE 1.0, 4.1.2",
        "secured.issuer",
        partial(presentation, {15: {1: OTHER_DID, 3: AUDIENCE, 10: NONCE}}),
    ),
]
CASES = [Reject(f"COS-{row[0]:02}", *row[1:]) for row in TABLE]
IDS = [f"{case.number} {case.title}" for case in CASES]


@pytest.mark.parametrize("verify", [credential, presentation])
def test_what_all_cases_begin_with_is_good(verify):
    verify()


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_is_refused(case):
    refused(case)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_needs_its_check(case):
    needed(case)
