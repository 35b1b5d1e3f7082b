import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from credentials.dialects.registry import dialects
from credentials.issuing import MANDATORY, issue
from credentials.suites import Reader
from credentials.verifying.verdict import Outcome
from credentials.verifying.verified import VerifiedCredential, VerifiedPresentation
from credentials.verifying.verifier import verify_credential, verify_proofs
from did.keys import Ed25519Signer
from did.registry.states import RegistryState
from schemas import examples
from tests.support.world import BBS, EDDSA, World, tamper


@pytest.fixture
def world():
    return World("verifier")


def outcome(verdict, name):
    return next(check for check in verdict.walk() if check.name == name)


ORDER = [
    "parse",
    "issuer-binding",
    "issuer-trust",
    "issuer-document",
    "key",
    "proof",
    "context",
    "form",
    "schema",
    "validity",
    "status",
    "registry",
    "policy",
]


def test_the_checks_of_a_credential_come_in_the_order_of_the_list(world):
    verdict = world.verify_credential(world.issue(EDDSA))
    assert [check.name for check in verdict.checks] == ORDER
    assert verdict.verified
    assert verdict.accepted
    assert verdict.codes() == ()
    assert isinstance(verdict.result, VerifiedCredential)
    assert verdict.result.issuer == world.issuer.did
    assert verdict.result.assurance.state is RegistryState.FINAL


def test_the_checks_of_a_presentation_come_in_the_order_of_the_list(world):
    world.receive(world.issue(BBS))
    request = world.request()
    verdict = world.verify(world.present(request), request)
    names = ["parse", "context", "holder", "proof", "presentation-header", "credential-0", "query"]
    assert [check.name for check in verdict.checks] == names
    inner = [check.name for check in verdict.checks[5].checks]
    assert inner == [*ORDER[:-1], "holder-binding", "policy"]
    assert isinstance(verdict.result, VerifiedPresentation)
    assert verdict.result.claims() == {
        "identity": {"/credentialSubject/nationality": "PT", "/credentialSubject/resident": True}
    }
    assert verdict.codes() == ()


def test_a_changed_claim_still_lets_the_other_checks_be_seen(world):
    verdict = world.verify_credential(tamper(world.issue(EDDSA), "/credentialSubject/nationality", "FR"))
    assert not verdict.verified
    failed = [check.name for check in verdict.walk() if check.outcome is Outcome.FAILED]
    assert failed == ["proof"]
    assert outcome(verdict, "validity").outcome is Outcome.PASSED


def test_a_bad_credential_makes_its_presentation_bad(world):
    world.receive(world.issue(EDDSA))
    request = world.request()
    changed = tamper(world.issue(EDDSA), "/credentialSubject/nationality", "FR")
    verdict = world.verify(world.wrap([changed], request, signer=world.holder_signer()), request)
    assert not verdict.verified
    assert outcome(verdict, "credential-0").outcome is Outcome.FAILED
    assert verdict.codes() == ("proof.signature", "check.not-run")


def test_the_header_comes_from_what_is_expected_and_not_from_the_presentation(world):
    world.receive(world.issue(BBS))
    request = world.request(domain="https://elsewhere.example")
    expected = world.request(challenge=request.challenge)
    verdict = world.verify(world.present(request), expected)
    assert verdict.codes() == ("proof.domain", "presentation.binding", "check.not-run")


def test_what_depends_on_a_failed_check_is_not_run(world):
    world.remove_key("ed25519")
    unsecured = {k: v for k, v in world.issue(EDDSA).items() if k != "proof"}
    verdict = world.verify_credential(world.sign(unsecured))
    assert verdict.codes() == ("key.not-authorized", "check.not-run")
    assert outcome(verdict, "proof").outcome is Outcome.INDETERMINATE


def test_an_untrusted_issuer_is_verified_and_not_accepted(world):
    verdict = world.verify_credential(world.issue(EDDSA, world.stranger))
    assert verdict.verified
    assert not verdict.accepted
    assert verdict.result is None
    assert verdict.cause.code == "issuer.untrusted"
    assert verdict.cause.remedy


def test_nobody_is_trusted_by_default(world):
    assert world.refuse_credential(world.issue(EDDSA), trusted_issuers=frozenset()) == "issuer.untrusted"


@pytest.mark.parametrize(
    ("template", "policy", "code", "kind"),
    [
        (
            {"validUntil": "2026-11-20T11:00:00Z", "validFrom": "2026-11-01T00:00:00Z"},
            "unsafe_accept_expired",
            "credential.expired",
            Outcome.WARNING,
        ),
        (
            {"validFrom": "2026-12-01T00:00:00Z"},
            "unsafe_accept_expired",
            "credential.not-yet-valid",
            Outcome.WARNING,
        ),
        (
            {"credentialStatus": {"type": "BitstringStatusListEntry"}},
            "unsafe_accept_unsupported_status",
            "status.unsupported",
            Outcome.INDETERMINATE,
        ),
    ],
)
def test_what_is_fatal_by_default_can_be_let_pass_and_is_still_shown(world, template, policy, code, kind):
    credential = world.issue(EDDSA, **template)
    assert world.refuse_credential(credential) == code
    verdict = world.verify_credential(credential, **{policy: True})
    assert verdict.accepted
    assert [(check.code, check.outcome) for check in verdict.not_passed()] == [(code, kind)]


def test_an_undecided_status_is_indeterminate_and_not_failed(world):
    verdict = world.verify_credential(world.issue(EDDSA, credentialStatus={"type": "Entry"}))
    assert outcome(verdict, "status").outcome is Outcome.INDETERMINATE
    assert verdict.verified


def test_an_unknown_schema_can_be_let_pass(world):
    document = {k: v for k, v in world.issue(EDDSA).items() if k != "proof"}
    credential = world.sign(tamper(document, "/credentialSchema/id", "https://elsewhere.example/s"))
    assert world.verify_credential(credential, unsafe_accept_unknown_schema=True).codes() == (
        "schema.unknown",
    )


def test_an_unbound_credential_can_be_let_pass(world):
    request = world.request()
    presentation = world.wrap([world.issue(EDDSA)], request)
    assert world.refuse(presentation, request) == "presentation.holder"
    verdict = world.verify(presentation, request, unsafe_accept_unbound=True)
    assert verdict.accepted
    assert verdict.codes() == ("presentation.holder",)


@pytest.mark.parametrize(("seconds", "code"), [(60, ""), (61, "credential.expired")])
def test_the_clock_may_be_off_by_a_minute_after_the_end(world, seconds, code):
    credential = world.issue(EDDSA)
    world.now += timedelta(days=365, seconds=seconds)
    assert world.refuse_credential(credential) == code


@pytest.mark.parametrize(("seconds", "code"), [(60, ""), (61, "credential.not-yet-valid")])
def test_the_clock_may_be_off_by_a_minute_before_the_beginning(world, seconds, code):
    credential = world.issue(EDDSA)
    world.now -= timedelta(seconds=seconds)
    assert world.refuse_credential(credential) == code


@pytest.mark.parametrize("label", ["local-chain", "not-anchored"])
def test_a_chain_that_binds_nobody_is_labelled_and_does_not_prevent_acceptance(world, label):
    world.registry.chain = label
    verdict = world.verify_credential(world.issue(EDDSA))
    assert verdict.accepted
    assert verdict.codes() == (f"registry.{label}",)


def test_a_warning_never_stands_before_the_cause(world):
    world.registry.chain = "local-chain"
    request = world.request()
    verdict = world.verify(world.wrap([world.issue(EDDSA)], request), request)
    assert verdict.codes() == ("presentation.holder", "registry.local-chain", "check.not-run")


@pytest.mark.parametrize("state", RegistryState)
def test_the_demanded_assurance_is_reached_or_not(world, state):
    world.registry.state = state
    credential = world.issue(EDDSA)
    reached = {
        demanded
        for demanded in RegistryState
        if not world.refuse_credential(credential, required_assurance=demanded)
    }
    order = list(RegistryState)
    assert reached == set(order[: order.index(state) + 1])


def test_only_the_issuers_document_is_asked_for(world):
    credential = tamper(world.issue(EDDSA), "/credentialSubject/nationality", "FR")
    credential["credentialSchema"] = {"id": "https://canary.example/schema", "type": "JsonSchema"}
    credential["credentialStatus"] = {"id": "https://canary.example/status", "type": "Entry"}
    world.registry.asked.clear()
    world.verify_credential(credential)
    assert set(world.registry.asked) == {world.issuer.did}


def test_nothing_is_asked_for_a_document_that_does_not_parse(world):
    credential = tamper(world.issue(EDDSA), "/validFrom", "yesterday")
    world.registry.asked.clear()
    assert world.refuse_credential(credential) == "model.validity"
    assert world.registry.asked == []


def test_a_rotated_key_that_stays_listed_keeps_its_credentials(world):
    credential = world.issue(EDDSA)
    new_key = Ed25519Signer(world.random(32)).public_key
    world.change_keys(world.issuer, {**world.issuer.methods, "ed25519-2": (new_key, ("assertionMethod",))})
    assert world.refuse_credential(credential) == ""


def test_proofs_alone_are_never_accepted(world):
    document = {k: v for k, v in world.issue(EDDSA).items() if k != "proof"}
    foreign = world.sign(
        document, signer=world.stranger.signer, verification_method=f"{world.stranger.did}#ed25519"
    )
    verdict = verify_proofs(foreign, world.means())
    assert verdict.verified
    assert not verdict.accepted
    assert verdict.cause.code == "policy.proof-only"
    assert not verify_proofs({}, world.means()).verified
    assert verify_proofs(document, world.means()).codes()[0] == "proof.missing"
    changed = verify_proofs(tamper(foreign, "/credentialSubject/resident", False), world.means())
    assert changed.codes() == ("proof.signature", "policy.proof-only")


def test_a_derived_credential_alone_is_verified_without_a_holder(world):
    world.receive(world.issue(BBS))
    credential = world.present(world.request())["verifiableCredential"][0]
    verdict = world.verify_credential(credential)
    assert verdict.accepted
    assert verdict.result.derived
    assert "holder-binding" not in {check.name for check in verdict.checks}


def test_a_disclosed_schema_says_nothing_about_a_part(world):
    profile = replace(world.issuer.profile(BBS), mandatory_pointers=(*MANDATORY, "/credentialSchema"))
    credential = issue(
        {"credentialSubject": examples.load("national-identity")},
        profile=profile,
        dialects=dialects(world.suites),
        keys=world.issuer.keys(),
        now=world.now,
        random_bytes=world.random,
    )[BBS]
    world.receive(credential)
    request = world.request()
    verdict = world.verify(world.present(request), request)
    assert verdict.accepted
    assert verdict.codes() == ("schema.partial",)


def test_a_derived_credential_without_an_end_may_hide_one(world):
    profile = replace(world.issuer.profile(BBS), validity_days=None)
    credential = issue(
        {"credentialSubject": examples.load("national-identity")},
        profile=profile,
        dialects=dialects(world.suites),
        keys=world.issuer.keys(),
        now=world.now,
        random_bytes=world.random,
    )[BBS]
    world.receive(credential)
    request = world.request()
    verdict = world.verify(world.present(request), request)
    assert verdict.accepted
    assert verdict.codes() == ("credential.no-end",)


@pytest.mark.parametrize("written", [["PT"], "PT"])
def test_a_list_of_one_and_its_element_are_one_claim_when_derived(world, written):
    world.receive(world.issue(BBS))
    request = world.request()
    credential = world.present(request)["verifiableCredential"][0]
    changed = tamper(credential, "/credentialSubject/nationality", written)
    verdict = world.verify(world.wrap([changed], request, signer=world.last_signer), request)
    assert verdict.result.claims()["identity"]["/credentialSubject/nationality"] == "PT"


def test_a_holder_is_given_base_proofs(world):
    verdict = world.verify_credential(world.issue(BBS), Reader.HOLDER)
    assert verdict.accepted
    assert not verdict.result.derived


def test_nobody_else_builds_verified_values(world):
    credential = world.verify_credential(world.issue(EDDSA)).result.credential
    with pytest.raises(TypeError):
        VerifiedCredential(credential, "did:example:x", (), (), False, None, seal=object())
    paths = Path(__file__).parents[3].glob("credentials/**/*.py")
    users = {path.name for path in paths if re.search(r"\bSEAL\b", path.read_text())}
    assert users == {"verified.py", "credential_walk.py", "presentation_walk.py"}


def test_a_verdict_says_clause_code_and_remedy_and_no_claim(world):
    credential = tamper(world.issue(EDDSA), "/credentialSubject/resident", "canary-value")
    text = str(verify_credential(credential, world.means(), reader=Reader.VERIFIER).to_json())
    assert "proof.signature" in text
    assert "VC-DI" in text or "Data Integrity" in text
    assert "canary-value" not in text


def test_a_policy_may_ask_for_young_credentials(world):
    credential = world.issue(EDDSA)
    world.now += timedelta(days=2)
    assert world.refuse_credential(credential, max_age=timedelta(days=1)) == "policy.age"
    assert world.refuse_credential(credential, max_age=timedelta(days=2)) == ""
    undated = world.sign({k: v for k, v in credential.items() if k not in {"proof", "validFrom"}})
    assert world.refuse_credential(undated, max_age=timedelta(days=9)) == "policy.age"


def test_a_policy_may_refuse_what_is_shown_without_a_holder(world):
    world.receive(world.issue(EDDSA))
    assert world.refuse_credential(world.issue(EDDSA), requires_holder=True) == "policy.binding"
    request = world.request()
    assert world.refuse(world.present(request), request, requires_holder=True) == ""


def test_a_policy_names_the_forms_that_it_accepts(world):
    credential = world.issue(EDDSA)
    assert world.refuse_credential(credential, accepted_formats=frozenset({BBS})) == "policy.format"
