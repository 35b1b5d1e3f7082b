"""What both sides must refuse of the suites with one signature: altered after signing, or signed as it is.

Where the peer takes what we refuse it stands in `PEER_TAKES`, with the reason; nothing stands there that the
peer refuses.
"""

from __future__ import annotations

import copy
from datetime import timedelta

import pytest

from did.encoding import decode_base58btc, encode_base64url, encode_multibase
from tests.support.integrity_peers import (
    DIDS,
    ECDSA_JCS,
    ECDSA_RDFC,
    EDDSA_RDFC,
    METHODS,
    NOW,
    code_of,
    document,
    issue,
    peer,
)
from tests.support.peers import values

EDWARDS_ORDER = 2**252 + 27742317777372353535851937790883648493
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SUITES = {EDDSA_RDFC: "ed25519", ECDSA_RDFC: "p256", ECDSA_JCS: "p256"}


def put(*path_and_value):
    *path, name, value = path_and_value

    def edit(secured):
        for step in path:
            secured = secured[step]
        if value is ...:
            del secured[name]
        else:
            secured[name] = value

    return edit


def signature(secured):
    return decode_base58btc(secured["proof"]["proofValue"][1:], max_chars=100)


def sign_with(make):
    def edit(secured):
        secured["proof"]["proofValue"] = make(signature(secured), secured["proof"]["cryptosuite"])

    return edit


def flipped(value, _suite):
    return encode_multibase(bytes([value[0] ^ 1]) + value[1:])


def out_of_range(value, suite):
    """EdDSA: the scalar and the order, with which an equation without range check holds. ECDSA: the order."""
    half = value[: len(value) // 2]
    if suite == EDDSA_RDFC:
        scalar = int.from_bytes(value[32:], "little") + EDWARDS_ORDER
        return encode_multibase(half + scalar.to_bytes(32, "little"))
    return encode_multibase(half + P256_ORDER.to_bytes(32, "big"))


def with_second_proof(secured):
    secured["proof"] = [secured["proof"], {**secured["proof"], "created": "2026-11-19T12:00:00Z"}]


ALTERED = {
    "claim": put("credentialSubject", "birthDate", "1994-03-18"),
    "claim of another JSON type": put("credentialSubject", "resident", "true"),
    "claim added": put("credentialSubject", "id", "did:example:mallory"),
    "claim taken away": put("credentialSubject", "nationality", ...),
    "claim within an object": put("credentialSubject", "address", "postalCode", "3000-172"),
    "claim that no context defines": put("credentialSubject", "isAdmin", True),
    "issuer": put("issuer", DIDS["other p256"]),
    "validity": put("validFrom", "2026-11-19T00:00:00Z"),
    "validity ended": put("validUntil", "2027-11-19T00:00:00Z"),
    "type added": lambda secured: secured["type"].append("https://e.example/Other"),
    "id added": put("id", "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33"),
    "context taken away": lambda secured: secured["@context"].pop(),
    "context turned around": lambda secured: secured["@context"].reverse(),
    "created": put("proof", "created", "2026-11-19T12:00:00Z"),
    "expires added": put("proof", "expires", "2027-11-19T12:00:00Z"),
    "nonce added": put("proof", "nonce", "n"),
    "domain added": put("proof", "domain", "https://verifier.example"),
    "member of the proof added": put("proof", "x", 1),
    "purpose": put("proof", "proofPurpose", "authentication"),
    "method taken away": put("proof", "verificationMethod", ...),
    "signature taken away": put("proof", "proofValue", ...),
    "type of the proof": put("proof", "type", "Ed25519Signature2020"),
    "another suite": put("proof", "cryptosuite", "eddsa-jcs-2022"),
    "another key": lambda secured: secured["proof"].update(
        verificationMethod=METHODS["other " + SUITES[secured["proof"]["cryptosuite"]]]
    ),
    "signature": sign_with(flipped),
    "signature out of range": sign_with(out_of_range),
    "signature cut": sign_with(lambda value, _suite: encode_multibase(value[:-1])),
    "signature prolonged": sign_with(lambda value, _suite: encode_multibase(value + b"\0")),
    "signature in base64url": sign_with(lambda value, _suite: "u" + encode_base64url(value)),
    "no proof": put("proof", ...),
    "a second proof that does not hold": with_second_proof,
}
# Signed by the issuer's key, and wrong all the same.
WRONG = {
    "by another than the issuer": (put("issuer", DIDS["other p384"]), {}),
    "ended": (put("validUntil", "2026-11-20T00:00:01Z"), {}),
    "not begun": (put("validFrom", "2027-01-01T00:00:00Z"), {}),
    "proof expired": (None, {"expires": NOW - timedelta(hours=1)}),
    "for another purpose": (None, {"proof_purpose": "authentication"}),
    "for a domain": (None, {"domain": "https://verifier.example"}),
    "for a challenge": (None, {"challenge": "c"}),
    "no issuer": (put("issuer", ...), {}),
    "no subject": (put("credentialSubject", ...), {}),
}


# The code of ours; what is not here is `proof.signature`.
CODES = {
    "issuer": "issuer.mismatch",
    "context turned around": "model.context",
    "domain added": "proof.domain",
    "purpose": "proof.purpose",
    "method taken away": "proof.malformed",
    "signature taken away": "proof.malformed",
    "type of the proof": "proof.malformed",
    "another key": "issuer.mismatch",
    "signature cut": "proof.malformed",
    "signature prolonged": "proof.malformed",
    "signature in base64url": "proof.malformed",
    "no proof": "proof.missing",
    "by another than the issuer": "issuer.mismatch",
    "ended": "credential.expired",
    "not begun": "credential.not-yet-valid",
    "proof expired": "proof.expired",
    "for another purpose": "proof.purpose",
    "for a domain": "proof.domain",
    "for a challenge": "proof.challenge",
    "no issuer": "model.issuer",
    "no subject": "model.subject",
}
OVER_RDF = {
    "claim that no context defines": "rdf.undefined-term",
    "context taken away": "rdf.undefined-term",
    "member of the proof added": "rdf.undefined-term",
}
BY_SUITE = {
    EDDSA_RDFC: OVER_RDF,
    ECDSA_RDFC: OVER_RDF | {"another suite": "key.type"},
    ECDSA_JCS: {"context taken away": "proof.context", "another suite": "key.type"},
}
PEER_TAKES = {
    "signature in base64url": "the suites have base58btc (EdDSA 3.2.1, ECDSA 3.2.1); the peer reads both",
    "a second proof that does not hold": "one that holds is enough there; Data Integrity 4.5 wants each",
    "proof expired": "the peer reads the form of `expires` and compares it with no time",
    "for a domain": "a credential's proof is read without an expectation, which is not the same as any",
    "for a challenge": "likewise",
}


def cases(suite):
    key = SUITES[suite]
    secured = issue(suite, key, document("national-identity", key))
    found = {}
    for name, edit in ALTERED.items():
        found[name] = copy.deepcopy(secured)
        edit(found[name])
    for name, (edit, changes) in WRONG.items():
        unsecured = document("national-identity", key)
        if edit is not None:
            edit(unsecured)
        found[name] = issue(suite, key, unsecured, **changes)
    return found


@pytest.mark.parametrize("suite", SUITES)
def test_both_refuse(suite):
    found = cases(suite)
    assert {name: code_of(secured) for name, secured in found.items()} == {
        name: (CODES | BY_SUITE[suite]).get(name, "proof.signature") for name in found
    }
    answers = peer(
        {name: {"do": "verify", "suites": [suite], "secured": secured} for name, secured in found.items()}
    )
    assert {name for name, answer in answers.items() if answer.error is None} == set(PEER_TAKES)
    # It got as far as the signature, and not only to a complaint about the form.
    assert sum("Invalid signature" in (answer.error or "") for answer in answers.values()) > len(found) / 3


@pytest.mark.parametrize("suite", [ECDSA_RDFC, ECDSA_JCS])
def test_the_other_half_of_an_ecdsa_signature_holds_on_both_sides(suite):
    """FIPS 186-5 does not refuse (r, n - s): proofs must not be told apart by their values."""
    secured = issue(suite, "p256", document("employment", "p256"))
    value = signature(secured)
    mirrored = P256_ORDER - int.from_bytes(value[32:], "big")
    secured["proof"]["proofValue"] = encode_multibase(value[:32] + mirrored.to_bytes(32, "big"))
    assert code_of(secured) == ""
    assert values(peer({"it": {"do": "verify", "suites": [suite], "secured": secured}})) == {"it": True}
