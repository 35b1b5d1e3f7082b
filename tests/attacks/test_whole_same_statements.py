"""A credential that is shown whole and signed as RDF, whose holder hides a claim and leaves every statement.

Nothing says that such a credential is a part, so what is not found in it was not said.
"""

from __future__ import annotations

import copy

import pytest

from tests.support.by_suite import ED25519, P256, did, sign, trust
from tests.support.world import World

UNDEFINED = "https://www.w3.org/ns/credentials/undefined-terms/v2"
SUITES = {"eddsa-rdfc-2022": ED25519, "ecdsa-rdfc-2019": P256}
IRI = "https://www.w3.org/ns/credentials/undefined-term#restricted"


@pytest.fixture(params=SUITES)
def suite(request):
    return request.param


def signed(world, suite, *subjects, **members):
    signer = SUITES[suite]
    trust(world, signer)
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2", UNDEFINED],
        "type": ["VerifiableCredential"],
        "issuer": did(signer),
        "credentialSubject": list(subjects),
        **members,
    }
    return sign(world, document, suite, signer)


def refused(world, credential, change):
    assert world.refuse_credential(credential) == ""
    changed = copy.deepcopy(credential)
    change(changed)
    return world.refuse_credential(changed)


def test_a_claim_under_its_full_iri(suite):
    world = World("whole")
    credential = signed(world, suite, {"id": world.holder, "restricted": True})

    def change(changed):
        [subject] = changed["credentialSubject"]
        subject[IRI] = subject.pop("restricted")

    assert refused(world, credential, change) == "model.ambiguous"


def test_a_claim_of_the_subject_below_itself(suite):
    world = World("whole")
    again = {"id": world.holder}
    credential = signed(world, suite, {"id": world.holder, "restricted": True, "represents": again})

    def change(changed):
        [subject] = changed["credentialSubject"]
        subject["represents"]["restricted"] = subject.pop("restricted")

    assert refused(world, credential, change) == "model.ambiguous"


def test_a_claim_of_one_subject_below_another(suite):
    world = World("whole")
    other = {"id": "did:example:other", "spouse": {"id": world.holder}}
    credential = signed(world, suite, {"id": world.holder, "restricted": True, "a": 1}, other)

    def change(changed):
        first, second = changed["credentialSubject"]
        second["spouse"]["restricted"] = first.pop("restricted")

    assert refused(world, credential, change) == "model.ambiguous"


def test_a_claim_of_the_subject_in_evidence(suite):
    world = World("whole")
    evidence = {"type": "Evidence", "about": {"id": world.holder}}
    credential = signed(world, suite, {"id": world.holder, "restricted": True}, evidence=evidence)

    def change(changed):
        [subject] = changed["credentialSubject"]
        changed["evidence"]["about"]["restricted"] = subject.pop("restricted")

    assert refused(world, credential, change) == "model.ambiguous"
