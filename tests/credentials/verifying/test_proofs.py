"""Whose proofs count: sets and chains, and what is signed as RDF."""

from __future__ import annotations

import copy

import pytest

from credentials.verifying import proofs
from did.document import AUTHENTICATION
from tests.support.by_suite import ED25519, OTHER, P256, PLAIN, SELECTED, did, document, sign, trust
from tests.support.world import World, cause, tamper


@pytest.fixture
def world():
    return World("proofs")


# sets and chains


def test_others_may_sign_beside_the_issuer(world):
    trust(world, ED25519)
    alone = sign(world, document(world, ED25519), "eddsa-jcs-2022", ED25519)
    both = sign(world, alone, "ecdsa-rdfc-2019", P256)
    verdict = world.verify_credential(both)
    assert cause(verdict) == ""
    assert verdict.result.formats == ("eddsa-jcs-2022", "ecdsa-rdfc-2019")
    assert [method.partition("#")[0] for method in verdict.result.verification_methods] == [
        did(ED25519),
        did(P256),
    ]
    assert not verdict.result.over_rdf
    assert did(P256) in next(check.detail for check in verdict.checks if check.name == "signers")
    turned = {**both, "proof": both["proof"][::-1]}
    assert world.refuse_credential(turned) == ""


def test_others_do_not_stand_in_for_the_issuer(world):
    trust(world, ED25519)
    others = sign(world, document(world, ED25519), "ecdsa-rdfc-2019", P256)
    assert world.refuse_credential(others) == "issuer.mismatch"
    both = sign(world, others, "eddsa-jcs-2022", OTHER)
    assert world.refuse_credential(both) == "issuer.mismatch"


@pytest.mark.parametrize("position", [0, 1])
def test_every_proof_of_the_set_must_hold(world, position):
    trust(world, ED25519)
    both = sign(
        world, sign(world, document(world, ED25519), "eddsa-jcs-2022", ED25519), "ecdsa-rdfc-2019", P256
    )
    value = both["proof"][position]["proofValue"]
    broken = tamper(both, f"/proof/{position}/proofValue", value[:-1] + ("1" if value[-1] != "1" else "2"))
    assert world.refuse_credential(broken) in {"proof.signature", "proof.malformed"}
    login = copy.deepcopy(both)
    login["proof"][position]["proofPurpose"] = AUTHENTICATION
    assert world.refuse_credential(login) == "proof.purpose"


def test_a_policy_accepts_every_form_or_none(world):
    trust(world, ED25519)
    both = sign(
        world, sign(world, document(world, ED25519), "eddsa-jcs-2022", ED25519), "ecdsa-rdfc-2019", P256
    )
    assert world.refuse_credential(both, accepted_formats=frozenset({"eddsa-jcs-2022"})) == "policy.format"


def test_a_notary_over_the_issuers_proof(world):
    """The second proof covers the first, whichever suites they are of."""
    trust(world, ED25519)
    for first, second in (("eddsa-jcs-2022", "ecdsa-rdfc-2019"), ("eddsa-rdfc-2022", "ecdsa-jcs-2019")):
        issued = sign(world, document(world, ED25519), first, ED25519, id="urn:uuid:issuer")
        chained = sign(world, issued, second, P256, previous_proof=("urn:uuid:issuer",))
        assert world.refuse_credential(chained) == ""
        again = sign(world, document(world, ED25519), first, ED25519, id="urn:uuid:issuer", nonce="again")
        swapped = {**chained, "proof": [again["proof"], chained["proof"][1]]}
        assert world.refuse_credential(swapped) == "proof.signature"
        assert world.refuse_credential({**issued, "proof": [chained["proof"][1]]}) == "issuer.mismatch"


# what is signed as RDF


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "ecdsa-rdfc-2019"])
def test_other_json_for_the_same_statements(world, suite):
    issuer = PLAIN[suite]
    trust(world, issuer)
    credential = sign(world, document(world, issuer), suite, issuer)
    until = {
        "https://www.w3.org/2018/credentials#validUntil": {
            "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
            "@value": credential["validUntil"],
        }
    }
    hidden = {**{name: item for name, item in credential.items() if name != "validUntil"}, **until}
    assert world.refuse_credential(hidden) in {"rdf.renamed", "model.keyword"}
    wrapped = tamper(credential, "/credentialSubject/nationality", {"@value": "PT"})
    assert world.refuse_credential(wrapped) in {"model.ambiguous", "model.value-object"}
    nothing = tamper(credential, "/credentialSubject/gender", None)
    assert world.refuse_credential(nothing) in {"model.ambiguous", "rdf.undefined-term"}


def test_a_holder_fixes_nothing_with_a_proof_of_their_own(world):
    """The holder writes what was derived in another way, and signs this JSON beside the issuer's proof."""
    trust(world, P256)
    base = sign(world, document(world, P256), "ecdsa-sd-2023", P256)
    shown = world.suites["ecdsa-sd-2023"].present(
        base, pointers=SELECTED, header=b"", random_bytes=world.random
    )
    honest = world.verify_credential(sign(world, shown, "eddsa-jcs-2022", OTHER))
    assert (cause(honest), honest.result.derived, honest.result.over_rdf) == ("", True, True)
    nested = copy.deepcopy(shown)
    nested["credentialSubject"]["nationality"] = [["PT"]]
    assert world.refuse_credential(sign(world, nested, "eddsa-jcs-2022", OTHER)) == "model.ambiguous"
    alone = world.refuse_credential(nested)
    assert alone == "model.ambiguous"


def test_names_of_forms():
    assert proofs.name_of({"cryptosuite": "x", "type": "DataIntegrityProof"}) == "x"
    assert proofs.name_of({"type": "Ed25519Signature2020"}) == "Ed25519Signature2020"
