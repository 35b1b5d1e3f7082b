"""The suites with one signature against the npm libraries of their authors: issued and verified, each way.

Our side is the product's: `sign` of the registry of suites, and the whole verifier.
"""

from __future__ import annotations

import pytest

from credentials.suites import ecdsa_jcs
from tests.support.integrity_peers import (
    CREDENTIALS,
    ECDSA_JCS,
    EDDSA_RDFC,
    PLAIN,
    SIGNERS,
    code_of,
    document,
    issue,
    peer,
)
from tests.support.peers import values
from tests.support.world import all_suites

ED25519_2020 = "Ed25519Signature2020"
CASES = {f"{suite} {key} {name}": (suite, key, name) for suite, key in PLAIN for name in CREDENTIALS}


@pytest.fixture(scope="module")
def ours():
    return {case: issue(suite, key, document(name, key)) for case, (suite, key, name) in CASES.items()}


@pytest.fixture(scope="module")
def theirs():
    asked = {
        case: {"do": "issue", "suite": suite, "key": key, "credential": document(name, key)}
        for case, (suite, key, name) in CASES.items()
    }
    return values(peer(asked))


def test_the_peer_verifies_what_we_issue(ours):
    asked = {
        case: {"do": "verify", "suites": [CASES[case][0]], "secured": secured}
        for case, secured in ours.items()
    }
    assert values(peer(asked)) == dict.fromkeys(CASES, True)


def test_we_verify_what_the_peer_issues(theirs):
    assert {case: code_of(secured) for case, secured in theirs.items()} == dict.fromkeys(CASES, "")
    for case, (_, key, name) in CASES.items():
        unsecured = {member: value for member, value in theirs[case].items() if member != "proof"}
        assert unsecured == document(name, key)


def test_both_sign_the_same_bytes(ours, theirs):
    """Hash of the canonical options, hash of the canonical document: of every credential, whoever signed."""
    both = {
        f"{whose}: {case}": found[case]
        for whose, found in (("ours", ours), ("theirs", theirs))
        for case in CASES
    }
    asked = {
        case: {"do": "verify_data", "suite": secured["proof"]["cryptosuite"], "secured": secured}
        for case, secured in both.items()
    }
    answers = values(peer(asked))
    for case, secured in both.items():
        suite, key, _ = CASES[case.partition(": ")[2]]
        assert answers[case] == signed_bytes(suite, key, secured).hex(), case


def signed_bytes(suite, key, secured):
    unsecured = {member: value for member, value in secured.items() if member != "proof"}
    stated = {member: value for member, value in secured["proof"].items() if member != "proofValue"}
    key_type = SIGNERS[key].public_key.type
    if suite == ECDSA_JCS:
        return ecdsa_jcs.hash_data(unsecured, stated, ecdsa_jcs.HASHES[key_type])
    return all_suites()[suite].cryptosuite.hash_data(unsecured, stated, key_type)


def test_ed25519_makes_the_very_proof_that_the_peer_makes(ours, theirs):
    made = [case for case, (suite, _, _) in CASES.items() if suite == EDDSA_RDFC]
    assert [ours[case] for case in made] == [theirs[case] for case in made]
    assert len(made) == len(CREDENTIALS) >= 6


def test_ed25519_signature_2020():
    """The older type: the peer signs, we verify and never sign."""
    unsecured = {
        name: {
            **found,
            "@context": [*found["@context"], "https://w3id.org/security/suites/ed25519-2020/v1"],
        }
        for name, found in ((name, document(name, "ed25519")) for name in CREDENTIALS)
    }
    asked = {
        name: {"do": "issue_2020", "key": "ed25519", "credential": found} for name, found in unsecured.items()
    }
    issued = values(peer(asked))
    assert {secured["proof"]["type"] for secured in issued.values()} == {ED25519_2020}
    assert {name: code_of(secured) for name, secured in issued.items()} == dict.fromkeys(CREDENTIALS, "")
    for secured in issued.values():
        secured["validFrom"] = "2026-11-19T00:00:00Z"
    assert {code_of(secured) for secured in issued.values()} == {"proof.signature"}
