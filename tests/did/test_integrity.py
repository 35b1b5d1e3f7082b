"""The Data Integrity core: the order of checks, expectations, times, and what is refused, not skipped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from did.eddsa_jcs import EddsaJcs2022
from did.errors import DidError
from did.integrity import UNSAFE_ANY, ProofOptions, add_proof, check_proof, split_proof, verify_proof
from did.keys import Ed25519Signer
from tests.did.outcomes import code_of

SUITE = EddsaJcs2022()
SIGNER = Ed25519Signer(bytes(32))
METHOD = "did:example:issuer#key"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def secured(**options):
    stated = {
        "cryptosuite": SUITE.name,
        "verification_method": METHOD,
        "proof_purpose": "assertionMethod",
        "created": NOW,
        **options,
    }
    return add_proof({"a": 1}, suite=SUITE, options=ProofOptions(**stated), signer=SIGNER)


def keys(method, purpose):
    if (method, purpose) not in {(METHOD, "assertionMethod"), (METHOD, "authentication")}:
        raise DidError("key.not-authorized", "not in this test")
    return SIGNER.public_key


def verified(document, **expectations):
    return verify_proof(
        document,
        **{
            "suites": {SUITE.name: SUITE},
            "keys": keys,
            "expected_purpose": "assertionMethod",
            "expected_domain": None,
            "expected_challenge": None,
            "now": NOW,
            **expectations,
        },
    )


def with_proof(**changes):
    document = secured()
    proof = {**document["proof"], **changes}
    return {"a": 1, "proof": {name: value for name, value in proof.items() if value is not ...}}


def test_a_proof_that_holds():
    document = secured()
    found = verified(document)
    assert (found.document, found.proof, found.verification_method) == ({"a": 1}, document["proof"], METHOD)
    assert "proof" in document
    assert verified({"a": 1, "proof": [document["proof"]]}) == found


def test_all_options_are_written_and_signed():
    document = secured(domain="rp.example", challenge="c", nonce="n", expires=NOW + timedelta(hours=1))
    assert document["proof"] == {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": METHOD,
        "proofPurpose": "assertionMethod",
        "created": "2026-11-20T12:00:00Z",
        "expires": "2026-11-20T13:00:00Z",
        "domain": "rp.example",
        "challenge": "c",
        "nonce": "n",
        "proofValue": document["proof"]["proofValue"],
    }
    verified(document, expected_domain="rp.example", expected_challenge="c")
    for name in ("domain", "challenge", "nonce", "expires", "created"):
        stripped = {**document["proof"]}
        del stripped[name]
        found = code_of(
            verified, {"a": 1, "proof": stripped}, expected_domain=UNSAFE_ANY, expected_challenge=UNSAFE_ANY
        )
        assert found == "proof.signature"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"a": 1}, "proof.missing"),
        ({"a": 1, "proof": None}, "proof.missing"),
        ({"a": 1, "proof": []}, "proof.missing"),
        ({"a": 1, "proof": "x"}, "proof.malformed"),
        ({"a": 1, "proof": ["x"]}, "proof.malformed"),
        ({"a": 1, "proof": [{}, {}]}, "proof.set"),
        (with_proof(type=...), "proof.malformed"),
        (with_proof(type="Ed25519Signature2020"), "proof.malformed"),
        (with_proof(cryptosuite=...), "proof.malformed"),
        (with_proof(cryptosuite=["eddsa-jcs-2022"]), "proof.malformed"),
        (with_proof(verificationMethod=...), "proof.malformed"),
        (with_proof(verificationMethod={"id": METHOD}), "proof.malformed"),
        (with_proof(verificationMethod=""), "proof.malformed"),
        (with_proof(proofPurpose=...), "proof.malformed"),
        (with_proof(proofPurpose="authentication"), "proof.purpose"),
        (with_proof(previousProof="urn:x"), "proof.chain"),
        (with_proof(previousProof=None), "proof.malformed"),
        (with_proof(cryptosuite="eddsa-rdfc-2022"), "proof.cryptosuite"),
        (with_proof(created="2026-11-20T12:00:00"), "proof.malformed"),
        (with_proof(created=1), "proof.malformed"),
        (with_proof(expires="tomorrow"), "proof.malformed"),
        (with_proof(domain=1), "proof.malformed"),
        (with_proof(domain=["a", 1]), "proof.malformed"),
        (with_proof(domain=""), "proof.malformed"),
        (with_proof(domain="x"), "proof.domain"),
        (with_proof(challenge=1), "proof.malformed"),
        (with_proof(challenge="x"), "proof.challenge"),
        (with_proof(challenge=""), "proof.challenge"),
        (with_proof(verificationMethod="did:example:attacker#key"), "key.not-authorized"),
        (with_proof(created="2026-11-20T12:00:01Z"), "proof.signature"),
        (with_proof(extra=1), "proof.signature"),
    ],
)
def test_refused(document, code):
    assert code_of(verified, document) == code


@pytest.mark.parametrize(
    ("stated", "expected", "code"),
    [
        ("rp.example", None, "proof.domain"),
        ("rp.example", "evil.example", "proof.domain"),
        (None, "rp.example", "proof.domain"),
    ],
)
def test_domain(stated, expected, code):
    assert code_of(verified, secured(domain=stated), expected_domain=expected) == code
    verified(secured(domain=stated), expected_domain=UNSAFE_ANY)


def test_domain_lists_are_sets_that_must_be_equal():
    two = with_proof(domain=["rp.example", "evil.example"])
    assert code_of(verified, two, expected_domain="rp.example") == "proof.domain"
    one = with_proof(domain=["rp.example"])
    assert code_of(verified, one, expected_domain="rp.example") == "proof.signature"  # past the comparison


@pytest.mark.parametrize(("stated", "expected"), [("c", None), ("c", "d"), (None, "c"), ("c", "C")])
def test_challenge(stated, expected):
    assert code_of(verified, secured(challenge=stated), expected_challenge=expected) == "proof.challenge"
    verified(secured(challenge=stated), expected_challenge=UNSAFE_ANY)


def test_purpose_must_be_the_expected_one():
    login = secured(proof_purpose="authentication")
    verified(login, expected_purpose="authentication")
    assert code_of(verified, login) == "proof.purpose"
    assert code_of(verified, secured(), expected_purpose="authentication") == "proof.purpose"


def test_expiry_counts_to_the_second():
    document = secured(expires=NOW)
    verified(document, now=NOW - timedelta(seconds=1))
    assert code_of(verified, document, now=NOW) == "proof.expired"
    assert code_of(verified, document, now=NOW + timedelta(seconds=1)) == "proof.expired"
    body, proof = split_proof(document)
    code = code_of(
        check_proof,
        body,
        proof,
        suites={SUITE.name: SUITE},
        keys=keys,
        expected_purpose="assertionMethod",
        expected_domain=None,
        expected_challenge=None,
        now=None,
    )
    assert code == "proof.expired"


def test_no_key_is_asked_for_before_the_expectations_hold():
    asked = []

    def spy(method, purpose):
        asked.append((method, purpose))
        return SIGNER.public_key

    for document in (with_proof(challenge="x"), with_proof(domain="x"), with_proof(cryptosuite="other")):
        code_of(verified, document, keys=spy)
    assert asked == []
    verified(secured(), keys=spy)
    assert asked == [(METHOD, "assertionMethod")]


def test_only_the_suites_given_are_accepted():
    assert code_of(verified, secured(), suites={}) == "proof.cryptosuite"


def test_adding():
    assert code_of(add_proof, {}, suite=SUITE, options=ProofOptions("x", METHOD, "p"), signer=SIGNER) == (
        "proof.cryptosuite"
    )
