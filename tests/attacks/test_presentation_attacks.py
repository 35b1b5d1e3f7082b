"""Attacks on presentations and credentials, each in a few lines, each refused with its own code.

The numbers are the catalogue's: a must-reject keeps its number. `world.refuse` runs both verifiers, the one
that raises and the one that gives the tree, and asserts that they agree.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from credentials.suites import Reader
from credentials.suites.bbs_proof_value import DerivedProofValue
from credentials.verifying.binding import presentation_header
from did.document import ASSERTION_METHOD, AUTHENTICATION, DidDocument
from did.keys import Ed25519Signer
from did.registry.states import RegistryState
from tests.support.world import BBS, EDDSA, IDENTITY_CONTEXT, IDENTITY_TYPE, World, tamper

CONTEXT = "https://www.w3.org/ns/credentials/v2"
CASES: list[Any] = []
Attack = Callable[[World], str]


def must_reject(number: int, code: str) -> Callable[[Attack], Attack]:
    def register(attack: Attack) -> Attack:
        CASES.append(pytest.param(attack, code, id=f"{number:02}-{attack.__name__}"))
        return attack

    return register


@pytest.mark.parametrize(("attack", "code"), CASES)
def test_must_reject(attack, code):
    assert attack(World("attack")) == code


def test_the_numbers_are_distinct():
    numbers = [case.id.split("-")[0] for case in CASES]
    assert len(set(numbers)) == len(numbers) >= 40


def shown(world: World, cryptosuite: str = EDDSA) -> tuple[Any, Any]:
    """An honest presentation and the request it answers."""
    world.receive(world.issue(cryptosuite))
    request = world.request()
    return world.present(request), request


@pytest.mark.parametrize("cryptosuite", [EDDSA, BBS])
def test_without_an_attack_it_is_accepted(cryptosuite):
    world = World("attack")
    assert world.refuse(*shown(world, cryptosuite)) == ""


# The six of the journey


@must_reject(1, "proof.signature")
def changed_claim(world):
    credential = tamper(world.issue(EDDSA), "/credentialSubject/nationality", "FR")
    request = world.request()
    return world.refuse(world.wrap([credential], request, signer=world.holder_signer()), request)


@must_reject(2, "proof.challenge")
def replayed_under_a_new_challenge(world):
    presentation, _ = shown(world)
    return world.replay(presentation)


@must_reject(3, "proof.domain")
def made_for_another_audience(world):
    world.receive(world.issue(EDDSA))
    request = world.request(domain="https://elsewhere.example")
    presentation = world.present(request)
    return world.refuse(presentation, world.request(challenge=request.challenge))


@must_reject(4, "key.not-authorized")
def signed_with_a_removed_key_and_dated_before(world):
    before = world.now - timedelta(days=1)
    world.remove_key("ed25519")
    unsigned = {name: item for name, item in world.issue(EDDSA).items() if name != "proof"}
    credential = world.sign({**unsigned, "validFrom": "2026-11-01T00:00:00Z"}, created=before)
    request = world.request()
    return world.refuse(world.wrap([credential], request, signer=world.holder_signer()), request)


@must_reject(5, "issuer.untrusted")
def issuer_that_is_not_trusted(world):
    world.receive(world.issue(EDDSA, world.stranger))
    request = world.request()
    return world.refuse(world.present(request), request)


@must_reject(6, "presentation.binding")
def captured_derived_credential_wrapped_again(world):
    presentation, _ = shown(world, BBS)
    request = world.request()
    return world.refuse(world.rewrap(presentation, request), request)


# Replay and binding


@must_reject(7, "presentation.binding")
def captured_and_wrapped_again_under_the_same_challenge(world):
    presentation, request = shown(world, BBS)
    return world.refuse(world.rewrap(presentation, request), request)


@must_reject(8, "presentation.base-proof")
def base_proof_presented(world):
    request = world.request()
    return world.refuse(world.wrap([world.issue(BBS)], request), request)


@must_reject(9, "presentation.holder")
def credential_of_someone_else(world):
    presentation, _ = shown(world)
    request = world.request()
    return world.refuse(world.rewrap(presentation, request), request)


@must_reject(10, "presentation.holder")
def credential_without_a_subject_id(world):
    credential = world.sign(tamper(unsecured(world), "/credentialSubject/id", ...))
    request = world.request()
    return world.refuse(world.wrap([credential], request, signer=world.holder_signer()), request)


@must_reject(11, "presentation.holder")
def two_subjects_one_of_them_the_holder(world):
    document = unsecured(world)
    document["credentialSubject"] = [document["credentialSubject"], {"id": "did:example:x", "resident": True}]
    document.pop("credentialSchema")
    request = world.request(query=None)
    return world.refuse(world.wrap([world.sign(document)], request, signer=world.holder_signer()), request)


@must_reject(12, "proof.signature")
def subjects_swapped_between_two_credentials(world):
    first, second = world.issue(EDDSA), world.issue(EDDSA, name="second")
    second["credentialSubject"]["nationality"] = "FR"
    first["credentialSubject"], second["credentialSubject"] = (
        second["credentialSubject"],
        first["credentialSubject"],
    )
    request = world.request()
    return world.refuse(world.wrap([first, second], request, signer=world.holder_signer()), request)


@must_reject(13, "proof.challenge")
def challenge_absent(world):
    presentation, request = shown(world)
    signed = resigned(world, presentation, domain=request.domain)
    return world.refuse(signed, request)


@must_reject(14, "proof.domain")
def domain_absent(world):
    presentation, request = shown(world)
    return world.refuse(resigned(world, presentation, challenge=request.challenge), request)


@must_reject(15, "proof.domain")
def domain_a_list_of_two(world):
    presentation, request = shown(world)
    domains: Any = [request.domain, "https://elsewhere.example"]
    return world.refuse(resigned(world, presentation, challenge=request.challenge, domain=domains), request)


@must_reject(16, "proof.domain")
def domain_a_list_of_one(world):
    presentation, request = shown(world)
    domains: Any = [request.domain]
    return world.refuse(resigned(world, presentation, challenge=request.challenge, domain=domains), request)


@must_reject(17, "proof.signature")
def challenge_rewritten_without_the_key(world):
    presentation, _ = shown(world)
    request = world.request()
    return world.refuse(tamper(presentation, "/proof/challenge", request.challenge), request)


@must_reject(18, "presentation.holder")
def holder_names_another(world):
    presentation, request = shown(world)
    return world.refuse(tamper(presentation, "/holder", "did:key:z6MkhaXg"), request)


@must_reject(19, "presentation.holder-method")
def presentation_signed_by_the_issuer_did(world):
    presentation, request = shown(world)
    method = f"{world.issuer.did}#login"
    signed = resigned(
        world,
        {name: item for name, item in presentation.items() if name != "holder"},
        verification_method=method,
        signer=world.issuer.update_signer,
        challenge=request.challenge,
        domain=request.domain,
    )
    return world.refuse(signed, request)


@must_reject(20, "key.not-authorized")
def verification_method_of_a_did_key_with_another_fragment(world):
    presentation, request = shown(world)
    did = presentation["holder"]
    return world.refuse(tamper(presentation, "/proof/verificationMethod", f"{did}#key-1"), request)


# Purpose and key confusion


@must_reject(21, "proof.purpose")
def presentation_signed_as_an_assertion(world):
    presentation, request = shown(world)
    signed = resigned(
        world,
        presentation,
        challenge=request.challenge,
        domain=request.domain,
        proof_purpose=ASSERTION_METHOD,
    )
    return world.refuse(signed, request)


@must_reject(22, "proof.purpose")
def credential_signed_for_authentication(world):
    return world.refuse_credential(world.sign(unsecured(world), proof_purpose=AUTHENTICATION))


@must_reject(23, "key.not-authorized")
def credential_signed_with_the_login_key(world):
    credential = world.sign(
        unsecured(world),
        signer=world.issuer.update_signer,
        verification_method=f"{world.issuer.did}#login",
    )
    return world.refuse_credential(credential)


@must_reject(24, "issuer.mismatch")
def attackers_key_victims_name(world):
    credential = world.sign(
        unsecured(world),
        signer=world.stranger.signer,
        verification_method=f"{world.stranger.did}#ed25519",
    )
    return world.refuse_credential(credential)


@must_reject(25, "proof.signature")
def attackers_signature_victims_method(world):
    return world.refuse_credential(world.sign(unsecured(world), signer=world.stranger.signer))


@must_reject(26, "key.type")
def ed25519_suite_with_a_bbs_key(world):
    credential = world.sign(unsecured(world), verification_method=f"{world.issuer.did}#bbs")
    return world.refuse_credential(credential)


@must_reject(27, "key.document")
def registry_gives_the_document_of_another(world):
    stranger = world.registry.histories[world.stranger.did].latest.document
    world.registry.forged[world.issuer.did] = DidDocument.from_json(stranger)
    return world.refuse_credential(world.issue(EDDSA))


@must_reject(28, "key.not-authorized")
def method_controlled_by_another(world):
    document = copy.deepcopy(world.registry.histories[world.issuer.did].latest.document)
    document["verificationMethod"][0]["controller"] = world.stranger.did
    world.registry.forged[world.issuer.did] = DidDocument.from_json(document)
    return world.refuse_credential(world.issue(EDDSA))


@must_reject(29, "proof.malformed")
def verification_method_with_a_query(world):
    method = f"{world.issuer.did}?versionId=1#ed25519"
    return world.refuse_credential(world.sign(unsecured(world), verification_method=method))


@must_reject(30, "issuer.mismatch")
def embedded_issuer_object_swapped(world):
    issuer = {"id": world.stranger.did, "name": "University of the Example"}
    return world.refuse_credential(tamper(world.issue(EDDSA), "/issuer", issuer))


@must_reject(31, "proof.signature")
def issuer_object_with_another_name(world):
    return world.refuse_credential(
        tamper(world.issue(EDDSA), "/issuer", {"id": world.issuer.did, "name": "The Ministry"})
    )


@must_reject(32, "issuer.not-a-did")
def issuer_is_a_web_page(world):
    return world.refuse_credential(tamper(world.issue(EDDSA), "/issuer", "https://issuer.example"))


@must_reject(33, "resolution.not-found")
def issuer_that_no_registry_knows(world):
    did = world.issuer.did.replace("dids:issuer", "dids:nobody")
    credential = tamper(world.issue(EDDSA), "/issuer", did)
    credential["proof"]["verificationMethod"] = f"{did}#ed25519"
    return world.refuse_credential(credential, trusted_issuers=frozenset({did}))


# Proofs


@must_reject(34, "proof.missing")
def proof_stripped_from_the_credential(world):
    return world.refuse_credential(unsecured(world))


@must_reject(35, "proof.missing")
def proof_stripped_from_the_presentation(world):
    presentation, request = shown(world)
    return world.refuse(tamper(presentation, "/proof", ...), request)


@must_reject(36, "proof.signature")
def two_proofs_one_of_them_bad(world):
    good, bad = world.issue(EDDSA), world.issue(EDDSA, name="another")
    return world.refuse_credential({**good, "proof": [good["proof"], bad["proof"]]})


@must_reject(37, "presentation.proofs")
def presentation_with_two_proofs(world):
    presentation, request = shown(world)
    return world.refuse({**presentation, "proof": [presentation["proof"]] * 2}, request)


@must_reject(38, "proof.cryptosuite")
def unknown_cryptosuite(world):
    return world.refuse_credential(tamper(world.issue(EDDSA), "/proof/cryptosuite", "none"))


@must_reject(39, "key.type")
def cryptosuite_renamed(world):
    return world.refuse_credential(tamper(world.issue(EDDSA), "/proof/cryptosuite", BBS))


@must_reject(40, "proof.previous-unknown")
def chained_proof(world):
    return world.refuse_credential(tamper(world.issue(EDDSA), "/proof/previousProof", "urn:uuid:1"))


@must_reject(41, "proof.expired")
def proof_that_has_expired(world):
    credential = world.sign(unsecured(world), expires=world.now + timedelta(hours=1))
    world.now += timedelta(hours=2)
    return world.refuse_credential(credential)


@must_reject(42, "proof.malformed")
def proof_of_another_type(world):
    return world.refuse_credential(tamper(world.issue(EDDSA), "/proof/type", "Ed25519Signature2020"))


@must_reject(43, "proof.challenge")
def credential_proof_reused_as_a_login(world):
    return world.refuse_credential(world.sign(unsecured(world), challenge="a" * 22))


@must_reject(44, "proof.signature")
def one_character_of_the_signature(world):
    credential = world.issue(EDDSA)
    value = credential["proof"]["proofValue"]
    last = "2" if value[-1] != "2" else "3"
    return world.refuse_credential(tamper(credential, "/proof/proofValue", value[:-1] + last))


# Contexts and model


@must_reject(45, "context.unsigned")
def context_appended_after_signing(world):
    credential = world.issue(EDDSA)
    credential["@context"].append("https://www.w3.org/ns/credentials/undefined-terms/v2")
    return world.refuse_credential(credential)


@must_reject(46, "context.inline")
def inline_context_that_redefines_terms(world):
    document = unsecured(world)
    document["@context"].append({"resident": "https://schema.org/birthDate"})
    return world.refuse_credential(world.sign(document))


@must_reject(47, "context.unknown")
def context_that_nobody_bundled(world):
    document = unsecured(world)
    document["@context"].append("https://attacker.example/context")
    return world.refuse_credential(world.sign(document))


@must_reject(48, "model.nested-context")
def context_inside_the_claims(world):
    document = tamper(unsecured(world), "/credentialSubject/@context", {"@vocab": "https://x.example/"})
    return world.refuse_credential(world.sign(document))


@must_reject(49, "model.other-version")
def data_model_of_the_past(world):
    document = tamper(unsecured(world), "/@context/0", "https://www.w3.org/2018/credentials/v1")
    return world.refuse_credential(world.sign(document))


@must_reject(50, "model.context")
def contexts_in_another_order(world):
    document = {**unsecured(world), "@context": [IDENTITY_CONTEXT, CONTEXT]}
    return world.refuse_credential(world.sign(document))


@must_reject(51, "presentation.nested")
def presentation_inside_a_presentation(world):
    presentation, _ = shown(world)
    request = world.request()
    return world.refuse(world.wrap([presentation], request), request)


@must_reject(52, "jws.header")
def enveloped_credential(world):
    request = world.request()
    envelope = {
        "@context": CONTEXT,
        "type": "EnvelopedVerifiableCredential",
        "id": "data:application/vc+jwt,e30.e30.",
    }
    return world.refuse(world.wrap([envelope], request), request)


@must_reject(53, "presentation.empty")
def presentation_of_nothing(world):
    request = world.request(query=None)
    return world.refuse(world.wrap([], request), request)


@must_reject(54, "model.credentials")
def twenty_one_credentials(world):
    request = world.request()
    credentials = [world.issue(EDDSA)] * 21
    return world.refuse(world.wrap(credentials, request, signer=world.holder_signer()), request)


@must_reject(55, "model.proof")
def eleven_proofs(world):
    credential = world.issue(EDDSA)
    return world.refuse_credential({**credential, "proof": [credential["proof"]] * 11})


# Validity, schema, status, registry, policy, query


@must_reject(56, "credential.expired")
def expired(world):
    presentation, request = shown(world)
    world.now += timedelta(days=366)
    return world.refuse(presentation, request)


@must_reject(57, "credential.not-yet-valid")
def not_yet_valid(world):
    return world.refuse_credential(world.issue(EDDSA, validFrom="2027-01-01T00:00:00Z"))


@must_reject(58, "schema.violation")
def claims_against_the_schema(world):
    return world.refuse_credential(world.sign(tamper(unsecured(world), "/credentialSubject/resident", "yes")))


@must_reject(59, "schema.unknown")
def schema_that_nobody_bundled(world):
    document = tamper(unsecured(world), "/credentialSchema/id", "https://attacker.example/schema")
    return world.refuse_credential(world.sign(document))


@must_reject(60, "status.unsupported")
def status_that_cannot_be_checked(world):
    status = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "7"}
    return world.refuse_credential(world.issue(EDDSA, credentialStatus=status))


@must_reject(61, "registry.assurance")
def document_that_is_not_anchored_yet(world):
    world.registry.state = RegistryState.LOGGED
    return world.refuse_credential(world.issue(EDDSA), required_assurance=RegistryState.ANCHORED)


@must_reject(62, "registry.none")
def issuer_outside_any_registry(world):
    signer = Ed25519Signer(world.random(32))
    multikey = signer.public_key.multikey()
    did = f"did:key:{multikey}"
    document = tamper(unsecured(world), "/issuer", did)
    credential = world.sign(document, signer=signer, verification_method=f"{did}#{multikey}")
    return world.refuse_credential(
        credential, trusted_issuers=frozenset({did}), required_assurance=RegistryState.LOGGED
    )


@must_reject(63, "policy.format")
def suite_that_the_policy_does_not_accept(world):
    presentation, request = shown(world)
    return world.refuse(presentation, request, accepted_formats=frozenset({BBS}))


@must_reject(64, "query.unsatisfied")
def less_than_was_asked_for(world):
    presentation, request = shown(world, BBS)
    more = world.request("nationality", "birthDate", challenge=request.challenge)
    return world.refuse(presentation, more)


@must_reject(65, "query.unrequested")
def more_than_was_asked_for(world):
    credential = world.issue(EDDSA)
    request = world.request()
    return world.refuse(
        world.wrap([credential, world.issue(EDDSA, name="x")], request, signer=world.holder_signer()), request
    )


@must_reject(66, "query.unsatisfied")
def value_of_another_kind(world):
    presentation, request = shown(world)
    query = copy.deepcopy(request.query.document)
    query["credentials"][0]["claims"] = [{"path": ["credentialSubject", "resident"], "values": [1, "true"]}]
    return world.refuse(presentation, world.request(challenge=request.challenge, query=query))


# Derived proofs


@must_reject(67, "proof.signature")
def changed_disclosed_claim(world):
    presentation, request = shown(world, BBS)
    credential = tamper(presentation["verifiableCredential"][0], "/credentialSubject/nationality", "FR")
    return world.refuse(world.wrap([credential], request, signer=world.last_signer), request)


@must_reject(68, "key.not-authorized")
def derived_from_a_key_that_was_removed(world):
    presentation, request = shown(world, BBS)
    world.remove_key("bbs")
    return world.refuse(presentation, request)


@must_reject(69, "proof.base")
def base_proof_shown_to_a_verifier(world):
    return world.refuse_credential(world.issue(BBS))


@must_reject(70, "proof.derived")
def derived_proof_given_to_a_holder(world):
    presentation, _ = shown(world, BBS)
    return world.refuse_credential(presentation["verifiableCredential"][0], reader=Reader.HOLDER)


@must_reject(71, "proof.malformed")
def derived_proof_that_is_neither(world):
    presentation, request = shown(world, BBS)
    credential = tamper(presentation["verifiableCredential"][0], "/proof/proofValue", "u2V0AAA")
    return world.refuse(world.wrap([credential], request), request)


@must_reject(72, "proof.signature")
def hidden_claim_added_to_a_derived_credential(world):
    presentation, request = shown(world, BBS)
    credential = tamper(presentation["verifiableCredential"][0], "/credentialSubject/givenName", "Ines")
    return world.refuse(world.wrap([credential], request, signer=world.last_signer), request)


@must_reject(73, "proof.signature")
def presentation_header_rewritten_in_the_proof(world):
    presentation, _ = shown(world, BBS)
    request, thief = world.request(), Ed25519Signer(world.random(32))
    credential = copy.deepcopy(presentation["verifiableCredential"][0])
    header = presentation_header(
        domain=request.domain, challenge=request.challenge, holder_key=thief.public_key
    )
    value = DerivedProofValue.read(credential["proof"]["proofValue"])
    credential["proof"]["proofValue"] = replace(value, presentation_header=header).write()
    return world.refuse(world.wrap([credential], request, signer=thief), request)


@must_reject(74, "proof.signature")
def end_of_validity_left_out_of_a_derived_credential(world):
    presentation, request = shown(world, BBS)
    credential = tamper(presentation["verifiableCredential"][0], "/validUntil", ...)
    return world.refuse(world.wrap([credential], request, signer=world.last_signer), request)


@must_reject(75, "proof.signature")
def end_of_validity_moved_in_a_derived_credential(world):
    presentation, request = shown(world, BBS)
    credential = tamper(presentation["verifiableCredential"][0], "/validUntil", "2099-01-01T00:00:00Z")
    return world.refuse(world.wrap([credential], request, signer=world.last_signer), request)


@must_reject(76, "credential.expired")
def derived_from_an_expired_credential(world):
    presentation, request = shown(world, BBS)
    world.now += timedelta(days=366)
    return world.refuse(presentation, request)


@must_reject(77, "proof.signature")
def derived_subjects_swapped_between_two_credentials(world):
    """Both are the holder's own; each proof must still cover its own claims."""
    world.receive(world.issue(BBS))
    request = world.request()
    first = world.present(request)["verifiableCredential"][0]
    signer = world.last_signer
    second = copy.deepcopy(first)
    second["credentialSubject"] = {"nationality": "FR", "resident": False}
    first["credentialSubject"], second["credentialSubject"] = (
        second["credentialSubject"],
        first["credentialSubject"],
    )
    return world.refuse(world.wrap([first, second], request, signer=signer), request)


@must_reject(78, "model.ambiguous")
def null_in_place_of_a_hidden_claim(world):
    """A null says nothing in RDF, so the derived proof holds."""
    presentation, request = shown(world, BBS)
    credential = tamper(presentation["verifiableCredential"][0], "/credentialSubject/birthDate", None)
    more = world.request("nationality", "birthDate", challenge=request.challenge)
    return world.refuse(world.wrap([credential], request, signer=world.last_signer), more)


@must_reject(79, "query.unsatisfied")
def type_written_out_so_that_its_context_can_be_exchanged(world):
    """The same statements under a type without its context: the proof holds, the names mean nothing."""
    presentation, request = shown(world, BBS)
    credential = tamper(presentation["verifiableCredential"][0], "/type/1", IDENTITY_TYPE)
    return world.refuse(world.wrap([credential], request, signer=world.last_signer), request)


@must_reject(80, "rdf.undefined-term")
def context_taken_from_a_derived_credential(world):
    presentation, request = shown(world, BBS)
    credential = tamper(presentation["verifiableCredential"][0], "/@context/1", ...)
    return world.refuse(world.wrap([credential], request, signer=world.last_signer), request)


@must_reject(81, "proof.signature")
def derived_proof_under_another_issuers_key(world):
    world.receive(world.issue(BBS, world.stranger))
    request = world.request()
    credential = world.present(request)["verifiableCredential"][0]
    credential["issuer"] = world.issuer.did
    credential["proof"]["verificationMethod"] = f"{world.issuer.did}#bbs"
    return world.refuse(world.wrap([credential], request, signer=world.last_signer), request)


@must_reject(82, "proof.purpose")
def derived_proof_with_another_purpose(world):
    presentation, request = shown(world, BBS)
    credential = tamper(presentation["verifiableCredential"][0], "/proof/proofPurpose", AUTHENTICATION)
    return world.refuse(world.wrap([credential], request, signer=world.last_signer), request)


@must_reject(83, "context.unsigned")
def context_appended_to_a_signed_presentation(world):
    presentation, request = shown(world)
    changed = copy.deepcopy(presentation)
    changed["@context"].append(IDENTITY_CONTEXT)
    return world.refuse(changed, request)


@must_reject(84, "resolution.deactivated")
def issuer_that_was_deactivated(world):
    presentation, request = shown(world)
    world.deactivate(world.issuer)
    return world.refuse(presentation, request)


@must_reject(85, "key.not-authorized")
def key_of_the_issuer_moved_to_authentication(world):
    presentation, request = shown(world)
    key, _ = world.issuer.methods["ed25519"]
    world.change_keys(world.issuer, {**world.issuer.methods, "ed25519": (key, (AUTHENTICATION,))})
    return world.refuse(presentation, request)


@must_reject(86, "presentation.holder")
def derived_and_whole_credential_of_different_people(world):
    """The derived one is bound to the thief's key; the whole one names its subject."""
    world.receive(world.issue(BBS))
    request = world.request(query=None)
    derived = world.present(world.request(challenge=request.challenge))["verifiableCredential"][0]
    presentation = world.wrap([derived, world.issue(EDDSA)], request, signer=world.last_signer)
    return world.refuse(presentation, request)


@must_reject(87, "proof.domain")
def credential_proof_with_a_domain(world):
    return world.refuse_credential(world.sign(unsecured(world), domain="https://verifier.example"))


@must_reject(88, "model.ambiguous")
def disclosed_claim_written_as_a_value_object(world):
    """The same statement in RDF; a reader of the JSON would find an object instead of a text."""
    presentation, request = shown(world, BBS)
    credential = tamper(
        presentation["verifiableCredential"][0], "/credentialSubject/nationality", {"@value": "PT"}
    )
    return world.refuse(world.wrap([credential], request, signer=world.last_signer), request)


@must_reject(89, "proof.malformed")
def cryptosuite_that_is_a_list(world):
    return world.refuse_credential(tamper(world.issue(EDDSA), "/proof/cryptosuite", [EDDSA]))


def unsecured(world: World) -> Any:
    return {name: item for name, item in world.issue(EDDSA).items() if name != "proof"}


def resigned(world: World, presentation: Any, **options: Any) -> Any:
    """The presentation, signed again by its holder with other options."""
    signer = options.pop("signer", world.holder_signer())
    multikey = signer.public_key.multikey()
    stated = {
        "verification_method": f"did:key:{multikey}#{multikey}",
        "proof_purpose": AUTHENTICATION,
        **options,
    }
    document = {name: item for name, item in presentation.items() if name != "proof"}
    return world.sign(document, signer=signer, **stated)
