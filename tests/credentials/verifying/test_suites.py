"""Every suite through the verifier: from issuer to verifier, and as the holder's own."""

from __future__ import annotations

import pytest

from credentials.formats import ACCEPTED, CRYPTOSUITES, ED25519_SIGNATURE_2020
from credentials.suites import Reader
from did.document import ASSERTION_METHOD, AUTHENTICATION
from did.encoding import decode_multibase, encode_multibase
from did.integrity import ProofOptions, add_proof
from did.methods import key as did_key
from schemas import examples
from tests.support.by_suite import ED25519, P256, P384, PLAIN, SELECTED, did, document, sign, trust
from tests.support.world import DOMAIN, World, cause, tamper


@pytest.fixture
def world():
    return World("proofs")


def test_the_registry_has_what_policies_may_name(world):
    assert set(world.suites) == {*CRYPTOSUITES, ED25519_SIGNATURE_2020} <= ACCEPTED
    assert all(name == suite.name for name, suite in world.suites.items())
    assert [name for name, suite in world.suites.items() if suite.verify_only] == [ED25519_SIGNATURE_2020]


@pytest.mark.parametrize(("suite", "issuer"), PLAIN.items(), ids=PLAIN)
def test_plain_suites(world, suite, issuer):
    trust(world, issuer)
    credential = sign(world, document(world, issuer), suite, issuer)
    for reader in Reader:
        verdict = world.verify_credential(credential, reader)
        assert (cause(verdict), verdict.result.formats, verdict.result.derived) == ("", (suite,), False)
        assert verdict.result.over_rdf == ("rdfc" in suite)
    subject = tamper(credential, "/credentialSubject/givenName", "Eva")
    assert world.refuse_credential(subject) == "proof.signature"
    assert world.refuse_credential(tamper(credential, "/proof/nonce", "x")) == "proof.signature"


def test_members_that_no_context_defines_are_refused_not_left_unsigned(world):
    trust(world, ED25519)
    credential = sign(world, document(world, ED25519), "eddsa-rdfc-2022", ED25519)
    assert world.refuse_credential(tamper(credential, "/proof/unheardOf", "x")) == "rdf.undefined-term"
    assert world.refuse_credential(tamper(credential, "/unheardOf", "x")) == "rdf.undefined-term"


def test_ecdsa_signatures_have_two_forms_and_the_verdict_is_one(world):
    """(r, n - s) holds too: nobody may tell proofs apart by their value."""
    trust(world, P256)
    credential = sign(world, document(world, P256), "ecdsa-jcs-2019", P256)
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    raw = proofs_value(credential)
    turned = raw[:32] + (order - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    other = tamper(credential, "/proof/proofValue", encode_multibase(turned))
    assert other != credential
    assert world.refuse_credential(other) == ""
    assert (
        world.refuse_credential(tamper(credential, "/proof/proofValue", "z" + "1" * 65)) == "proof.malformed"
    )


def proofs_value(credential):
    return decode_multibase(credential["proof"]["proofValue"])


@pytest.mark.parametrize("suite", ["ecdsa-jcs-2019", "ecdsa-rdfc-2019"])
def test_p384(world, suite):
    trust(world, P384)
    credential = sign(world, document(world, P384), suite, P384)
    assert len(proofs_value(credential)) == 96
    assert world.refuse_credential(credential) == ""


def test_what_is_verified_only_is_not_made(world):
    with pytest.raises(Exception, match=r"issue\.verify-only"):
        sign(world, document(world, ED25519), ED25519_SIGNATURE_2020, ED25519)
    with pytest.raises(Exception, match=r"issue\.key"):
        sign(world, document(world, P256), "eddsa-rdfc-2022", P256)
    with pytest.raises(Exception, match=r"issue\.key"):
        sign(world, document(world, P384), "ecdsa-sd-2023", P384)


def test_ed25519_signature_2020(world):
    trust(world, ED25519)
    context = "https://w3id.org/security/suites/ed25519-2020/v1"
    unsecured = document(world, ED25519)
    unsecured["@context"].append(context)
    suite = world.suites[ED25519_SIGNATURE_2020].cryptosuite
    proof = {
        "type": ED25519_SIGNATURE_2020,
        "created": "2026-11-20T12:00:00Z",
        "verificationMethod": did_key.verification_method_id(ED25519.public_key),
        "proofPurpose": ASSERTION_METHOD,
    }
    data = suite.hash_data(unsecured, proof, ED25519.public_key.type)
    credential = {**unsecured, "proof": {**proof, "proofValue": encode_multibase(ED25519.sign(data))}}
    verdict = world.verify_credential(credential)
    assert (cause(verdict), verdict.result.formats) == ("", (ED25519_SIGNATURE_2020,))
    assert world.refuse_credential(tamper(credential, "/name", "x")) == "proof.signature"
    assert world.refuse_credential(tamper(credential, "/proof/cryptosuite", "eddsa-rdfc-2022")) == (
        "proof.malformed"
    )
    assert world.refuse_credential(tamper(credential, "/proof/type", "Ed25519Signature2018")) == (
        "proof.malformed"
    )


# selective disclosure by signatures


def test_ecdsa_sd_from_issuer_to_verifier(world):
    trust(world, P256)
    base = sign(world, document(world, P256), "ecdsa-sd-2023", P256)
    assert world.refuse_credential(base, Reader.HOLDER) == ""
    assert world.refuse_credential(base) == "proof.base"
    suite = world.suites["ecdsa-sd-2023"]
    shown = suite.present(
        base, pointers=("/credentialSubject/id", *SELECTED), header=b"", random_bytes=world.random
    )
    assert "givenName" not in shown["credentialSubject"]
    verdict = world.verify_credential(shown)
    assert (cause(verdict), verdict.result.derived, verdict.result.over_rdf) == ("", True, True)
    assert world.refuse_credential(shown, Reader.HOLDER) == "proof.derived"
    assert world.refuse_credential(tamper(shown, "/credentialSubject/nationality", "FR")) == "proof.signature"


def test_a_derived_ecdsa_sd_proof_is_bound_by_its_subject_alone(world):
    """It can be copied: whoever is not its subject must not present it, even where it names no subject."""
    trust(world, P256)
    suite = world.suites["ecdsa-sd-2023"]
    request = world.request()
    nameless = examples.load("national-identity")
    for changes, honest in (({}, ""), ({"credentialSubject": nameless}, "presentation.holder")):
        base = sign(world, document(world, P256, **changes), "ecdsa-sd-2023", P256)
        shown = suite.present(base, pointers=SELECTED, header=b"", random_bytes=world.random)
        by_holder = world.wrap([shown], request, signer=world.holder_signer())
        assert world.refuse(by_holder, request) == honest
        by_thief = world.wrap([shown], request)
        assert world.refuse(by_thief, request) == "presentation.holder"


# holders


@pytest.mark.parametrize(("suite", "holder"), PLAIN.items(), ids=PLAIN)
def test_holders_sign_with_any_plain_suite(world, suite, holder):
    trust(world, ED25519)
    unsecured = document(world, ED25519)
    unsecured["credentialSubject"]["id"] = did(holder)
    credential = sign(world, unsecured, "eddsa-jcs-2022", ED25519)
    request = world.request()
    presentation = presented(world, [credential], suite, holder, request)
    verdict = world.verify(presentation, request)
    assert cause(verdict) == ""
    assert verdict.result.holder_key == holder.public_key
    assert world.replay(presentation) == "proof.challenge"
    moved = tamper(presentation, "/proof/created", "2026-11-20T12:00:01Z")
    assert world.refuse(moved, request) == "proof.signature"


def presented(world, credentials, suite, holder, request):
    options = ProofOptions(
        suite,
        did_key.verification_method_id(holder.public_key),
        AUTHENTICATION,
        created=world.now,
        challenge=request.challenge,
        domain=DOMAIN,
    )
    unsecured = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "holder": did(holder),
        "verifiableCredential": credentials,
    }
    return add_proof(unsecured, suite=world.suites[suite].cryptosuite, options=options, signer=holder)


def test_holders_do_not_sign_with_suites_for_disclosure(world):
    trust(world, ED25519)
    request = world.request()
    credential = sign(world, document(world, ED25519), "eddsa-jcs-2022", ED25519)
    presentation = presented(world, [credential], "ecdsa-jcs-2019", P256, request)
    for name in ("ecdsa-sd-2023", "bbs-2023"):
        assert world.refuse(tamper(presentation, "/proof/cryptosuite", name), request) == "proof.cryptosuite"
