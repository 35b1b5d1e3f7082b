from dataclasses import replace

import pytest

from credentials.dialects.registry import dialects
from credentials.errors import CredentialError
from credentials.issuing import issue
from credentials.suites import Reader
from schemas import examples
from tests.support.world import BBS, EDDSA, IDENTITY_CONTEXT, World


@pytest.fixture
def world():
    return World("issuing")


def issued(world, suite, template, key=None, **profile):
    keys = world.issuer.keys()
    made = issue(
        template,
        profile=replace(world.issuer.profile(suite), **profile),
        dialects=dialects(world.suites),
        keys=keys if key is None else {suite: replace(keys[suite], key=key)},
        now=world.now,
        random_bytes=world.random,
    )
    return made[suite]


def refused(*arguments, **options):
    with pytest.raises(CredentialError) as caught:
        issued(*arguments, **options)
    return caught.value.code


def claims(**changes):
    return {"credentialSubject": {**examples.load("national-identity"), **changes}}


def test_a_whole_credential_states_the_second(world):
    credential = issued(world, EDDSA, claims())
    assert credential["validFrom"] == credential["proof"]["created"] == "2026-11-20T12:00:00Z"
    assert credential["validUntil"] == "2027-11-20T12:00:00Z"
    assert credential["credentialSchema"]["type"] == "JsonSchema"
    assert world.refuse_credential(credential) == ""


def test_a_selective_credential_states_days_and_no_time_of_signing(world):
    credential = issued(world, BBS, claims())
    assert credential["validFrom"] == "2026-11-20T00:00:00Z"
    assert credential["validUntil"] == "2027-11-20T00:00:00Z"
    assert "created" not in credential["proof"]
    assert "id" not in credential
    assert world.refuse_credential(credential, Reader.HOLDER) == ""


def test_two_credentials_of_one_day_differ_in_their_proof_only(world):
    first, second = issued(world, BBS, claims()), issued(world, BBS, claims())
    assert {k: v for k, v in first.items() if k != "proof"} == {
        k: v for k, v in second.items() if k != "proof"
    }
    assert first["proof"]["proofValue"] != second["proof"]["proofValue"]


def test_contexts_and_types_of_template_and_profile_are_merged(world):
    template = {
        **claims(),
        "@context": ["https://www.w3.org/ns/credentials/v2", IDENTITY_CONTEXT],
        "type": "VerifiableCredential",
    }
    credential = issued(world, EDDSA, template)
    assert credential["@context"] == ["https://www.w3.org/ns/credentials/v2", IDENTITY_CONTEXT]
    assert credential["type"] == ["VerifiableCredential", "NationalIdentityCredential"]


def test_a_profile_without_an_end_issues_without_an_end(world):
    for cryptosuite in (EDDSA, BBS):
        credential = issued(world, cryptosuite, claims(), validity_days=None)
        assert "validUntil" not in credential


def test_the_template_is_not_changed(world):
    template = claims()
    before = repr(template)
    issued(world, EDDSA, template)
    assert repr(template) == before


DAY = "2026-11-21T00:00:00Z"


@pytest.mark.parametrize(
    ("cryptosuite", "template", "code"),
    [
        (EDDSA, {**claims(), "proof": {}}, "issue.proof"),
        (EDDSA, {**claims(), "issuer": "did:example:other"}, "issuer.mismatch"),
        (EDDSA, {**claims(), "issuer": {"id": "did:example:other"}}, "issuer.mismatch"),
        (EDDSA, {**claims(), "credentialSchema": {"id": "urn:x:y", "type": "JsonSchema"}}, "issue.schema"),
        (EDDSA, {}, "model.subject"),
        (EDDSA, {**claims(), "validFrom": "soon"}, "model.validity"),
        (EDDSA, {**claims(), "@context": ["https://x.example/c"]}, "context.unknown"),
        (EDDSA, {**claims(), "@context": [{"x": "urn:x:y"}]}, "context.inline"),
        (EDDSA, claims(resident="yes"), "schema.violation"),
        (EDDSA, claims(shoeSize=42), "schema.violation"),
        (BBS, {**claims(), "id": "urn:uuid:1"}, "issue.linkable"),
        (BBS, claims(id="did:example:holder"), "issue.linkable"),
        (BBS, {**claims(), "credentialStatus": {"type": "X"}}, "issue.linkable"),
        (BBS, {**claims(), "validFrom": "2026-11-21T08:30:00Z"}, "issue.whole-day"),
        (BBS, {**claims(), "validUntil": "2026-11-21T00:00:00+01:00"}, "issue.whole-day"),
        (BBS, claims(height=1.75), "rdf.number"),
        (BBS, claims(birthPlace=None), "model.ambiguous"),
    ],
)
def test_refused_templates(world, cryptosuite, template, code):
    assert refused(world, cryptosuite, template) == code


def test_undefined_terms_are_not_signed_by_an_rdf_suite(world):
    assert refused(world, BBS, claims(shoeSize=42), schema=None) == "rdf.undefined-term"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"formats": ("none",)}, "issue.format"),
        ({"validity_days": 10**7}, "issue.validity"),
        ({"schema": "https://x.example/none"}, "schema.unknown"),
    ],
)
def test_refused_profiles(world, options, code):
    assert refused(world, EDDSA, claims(), **options) == code


def test_the_end_of_validity_cannot_be_made_optional(world):
    credential = issued(world, BBS, claims(), mandatory_pointers=("/credentialSubject/nationality",))
    pointers = world.suites[BBS].mandatory(credential["proof"])
    assert pointers == ("/issuer", "/validFrom", "/validUntil", "/credentialSubject/nationality")


def test_the_key_is_of_the_suites_type(world):
    assert refused(world, EDDSA, claims(), key=world.issuer.bbs) == "issue.key"
    assert refused(world, BBS, claims(), key=world.issuer.signer) == "issue.key"


def test_a_mandatory_pointer_leads_somewhere(world):
    assert refused(world, BBS, claims(), mandatory_pointers=("/credentialSubject/none",)) == "pointer.nothing"


V1 = "https://www.w3.org/2018/credentials/v1"


@pytest.mark.parametrize("suite", [EDDSA, BBS])
def test_the_first_context_of_a_template_chooses_the_data_model(world, suite):
    template = {**claims(), "@context": [V1, IDENTITY_CONTEXT]}
    credential = issued(world, suite, template, schema=None)
    assert credential["@context"][:2] == [V1, IDENTITY_CONTEXT]
    assert "validFrom" not in credential
    assert credential["issuanceDate"] < credential["expirationDate"]
    reader = Reader.HOLDER if suite == BBS else Reader.VERIFIER
    assert world.refuse_credential(credential, reader) == ""
    world.now = world.now.replace(year=2030)
    assert world.refuse_credential(credential, reader) == "credential.expired"
