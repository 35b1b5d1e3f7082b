"""Sets and chains of proofs: what each covers, and how they hang together."""

from __future__ import annotations

import copy
from datetime import UTC, datetime

import pytest

from did.eddsa_jcs import EddsaJcs2022, hash_data
from did.errors import DidError
from did.integrity import UNSAFE_ANY, ProofOptions, add_proof, check_proof, links, verify_proof, verify_proofs
from did.keys import Ed25519Signer
from tests.did.outcomes import code_of

SUITE = EddsaJcs2022()
SIGNERS = {
    f"did:example:{name}#key": Ed25519Signer(bytes([number] * 32)) for number, name in enumerate("abc")
}
A, B, C = SIGNERS
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DOCUMENT = {"@context": ["https://www.w3.org/ns/credentials/v2"], "claim": 1}


def added(document, method, **stated):
    options = ProofOptions(SUITE.name, method, "assertionMethod", created=NOW, **stated)
    return add_proof(document, suite=SUITE, options=options, signer=SIGNERS[method])


def keys(method, _purpose):
    if method not in SIGNERS:
        raise DidError("key.not-authorized", "not in this test")
    return SIGNERS[method].public_key


def verified(secured, verify=verify_proofs, **expectations):
    return verify(
        secured,
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


def methods(found):
    return [proof.verification_method for proof in found]


def chain():
    """a, then b over a, then c over both."""
    first = added(DOCUMENT, A, id="urn:uuid:a")
    second = added(first, B, id="urn:uuid:b", previous_proof=("urn:uuid:a",))
    return added(second, C, previous_proof=("urn:uuid:a", "urn:uuid:b"))


def test_a_set_verifies_in_the_order_of_the_document():
    secured = added(added(DOCUMENT, B), A)
    assert isinstance(secured["proof"], list)
    found = verified(secured)
    assert methods(found) == [B, A]
    assert all(proof.document == DOCUMENT for proof in found)
    assert methods(verified(added(DOCUMENT, A))) == [A]


def test_the_proofs_of_a_set_do_not_depend_on_each_other():
    secured = added(added(DOCUMENT, B), A)
    for proof in secured["proof"]:
        assert verified({**DOCUMENT, "proof": proof}, verify_proof).document == DOCUMENT


def test_one_bad_proof_refuses_the_set():
    secured = added(added(DOCUMENT, B), A)
    for position in range(2):
        broken = copy.deepcopy(secured)
        broken["proof"][position]["proofValue"] = secured["proof"][1 - position]["proofValue"]
        assert code_of(verified, broken) == "proof.signature"


def test_a_chain_verifies_wherever_its_end_stands():
    secured = chain()
    assert methods(verified(secured)) == [A, B, C]
    first, second, third = secured["proof"]
    found = verified({**secured, "proof": [third, first, second]})
    assert methods(found) == [C, A, B]
    assert "proof" not in found[1].document
    assert found[2].document["proof"] == [first]


def test_previous_proofs_are_covered_in_the_order_of_the_document():
    secured = chain()
    assert code_of(verified, {**secured, "proof": secured["proof"][::-1]}) == "proof.signature"


def test_what_a_chained_proof_covers():
    """Exactly the document with the proofs that it names, in a list."""
    secured = chain()
    first, second, third = secured["proof"]
    assert second["previousProof"] == "urn:uuid:a"
    assert third["previousProof"] == ["urn:uuid:a", "urn:uuid:b"]
    options = {name: value for name, value in third.items() if name != "proofValue"}
    signed = hash_data({**DOCUMENT, "proof": [first, second]}, options)
    assert SUITE.create_proof({**DOCUMENT, "proof": [first, second]}, _options(), SIGNERS[C]) == third
    assert len(signed) == 64


def _options():
    return ProofOptions(
        SUITE.name, C, "assertionMethod", created=NOW, previous_proof=("urn:uuid:a", "urn:uuid:b")
    )


def test_a_proof_of_a_chain_needs_those_before_it():
    secured = chain()
    first, second, _ = secured["proof"]
    assert code_of(verified, {**DOCUMENT, "proof": [second]}) == "proof.previous-unknown"
    assert code_of(verified, {**DOCUMENT, "proof": second}, verify_proof) == "proof.chain"
    other = added(DOCUMENT, A, id="urn:uuid:a", nonce="another")["proof"]
    assert code_of(verified, {**DOCUMENT, "proof": [other, second]}) == "proof.signature"
    bad = {**first, "proofValue": other["proofValue"]}
    assert code_of(verified, {**DOCUMENT, "proof": [bad, second]}) == "proof.signature"


def test_a_proof_counts_only_where_those_it_names_do():
    """The second proof alone is sound: what it covers is there. The first has an unknown signer."""
    stranger = Ed25519Signer(bytes([9] * 32))
    options = ProofOptions(SUITE.name, "did:example:x#key", "assertionMethod", id="urn:uuid:x")
    first = add_proof(DOCUMENT, suite=SUITE, options=options, signer=stranger)
    secured = added(first, B, previous_proof=("urn:uuid:x",))
    assert code_of(verified, secured) == "key.not-authorized"


def test_removing_previous_proof_breaks_the_signature():
    secured = chain()
    for position in (1, 2):
        broken = copy.deepcopy(secured)
        del broken["proof"][position]["previousProof"]
        assert code_of(verified, broken) == "proof.signature"


@pytest.mark.parametrize(
    ("proofs", "code"),
    [
        ([], "proof.missing"),
        ([{"previousProof": "urn:x"}], "proof.previous-unknown"),
        ([{"id": "urn:x", "previousProof": "urn:x"}], "proof.cycle"),
        (
            [{"id": "urn:x", "previousProof": "urn:y"}, {"id": "urn:y", "previousProof": "urn:x"}],
            "proof.cycle",
        ),
        ([{"id": "urn:x"}, {"id": "urn:x"}], "proof.duplicate-id"),
        ([{"id": "x"}, {}], "proof.malformed"),
        ([{"id": "urn:x"}, {"previousProof": []}], "proof.malformed"),
        ([{"id": "urn:x"}, {"previousProof": ["urn:x", "urn:x"]}], "proof.malformed"),
        ([{"id": "urn:x"}, {"previousProof": {"id": "urn:x"}}], "proof.malformed"),
        ([{"id": "urn:x"}, {"previousProof": None}], "proof.malformed"),
        ([{}] * 11, "proof.too-many"),
        (["x"], "proof.malformed"),
    ],
)  # fmt: skip
def test_what_hangs_together_wrongly(proofs, code):
    assert code_of(verified, {**DOCUMENT, "proof": proofs}) == code


def test_links_are_linear_in_long_chains():
    proofs = [{"id": f"urn:{n}", "previousProof": f"urn:{n - 1}"} for n in range(1, 200)]
    proofs.append({"id": "urn:0"})
    assert [link.position for link in links(proofs)] == [199, *range(199)]


def test_adding_refuses_what_would_not_verify():
    secured = added(DOCUMENT, A, id="urn:uuid:a")
    assert code_of(added, secured, B, id="urn:uuid:a") == "proof.duplicate-id"
    assert code_of(added, secured, B, previous_proof=("urn:uuid:b",)) == "proof.previous-unknown"
    assert code_of(added, secured, B, id="urn:uuid:b", previous_proof=("urn:uuid:b",)) == "proof.cycle"
    assert code_of(added, DOCUMENT, B, previous_proof=("urn:uuid:b",)) == "proof.missing"
    assert code_of(added, {**DOCUMENT, "proof": secured["proof"]}, B, id="b") == "proof.malformed"
    full = {**DOCUMENT, "proof": [{}] * 10}
    assert code_of(added, full, B) == "proof.too-many"


def test_previous_proofs_are_just_those_that_are_named():
    first, second, _ = chain()["proof"]
    arguments = {
        "suites": {SUITE.name: SUITE},
        "keys": keys,
        "expected_purpose": "assertionMethod",
        "expected_domain": None,
        "expected_challenge": None,
        "now": NOW,
    }
    check_proof(DOCUMENT, second, **arguments, previous=[first])
    assert code_of(check_proof, DOCUMENT, second, **arguments) == "proof.chain"
    assert code_of(check_proof, DOCUMENT, first, **arguments, previous=[first]) == "proof.chain"
    assert code_of(check_proof, DOCUMENT, second, **arguments, previous=[first, first]) == "proof.chain"


def test_domains_are_compared_as_a_set():
    secured = added(DOCUMENT, A, domain=("one.example", "two.example"))
    assert secured["proof"]["domain"] == ["one.example", "two.example"]
    both = frozenset({"two.example", "one.example"})
    assert methods(verified(secured, expected_domain=both)) == [A]
    assert methods(verified(secured, expected_domain=UNSAFE_ANY)) == [A]
    for wrong in ("one.example", frozenset({"one.example"}), both | {"x"}, None):
        assert code_of(verified, secured, expected_domain=wrong) == "proof.domain"
    single = added(DOCUMENT, A, domain="one.example")
    assert methods(verified(single, expected_domain=frozenset({"one.example"}))) == [A]


def test_key_agreement_is_no_purpose_of_a_proof():
    options = ProofOptions(SUITE.name, A, "keyAgreement")
    assert code_of(add_proof, DOCUMENT, suite=SUITE, options=options, signer=SIGNERS[A]) == "proof.purpose"
    for purpose in ("authentication", "assertionMethod", "capabilityInvocation", "capabilityDelegation"):
        stated = ProofOptions(SUITE.name, A, purpose)
        secured = add_proof(DOCUMENT, suite=SUITE, options=stated, signer=SIGNERS[A])
        assert methods(verified(secured, expected_purpose=purpose)) == [A]
