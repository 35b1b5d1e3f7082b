"""bbs-2023 where it touches the mathematics: which suite is used, what a fault there is called here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from credentials.errors import CredentialError
from credentials.suites import Bbs2023, bbs_bound_value, bbs_proof_value
from credentials.suites.bbs_2023_bound import BoundBbs2023
from credentials.suites.bbs_statements import CLAUSE, translated
from tests.support import proofs
from tests.support.bbs import MANDATORY, Randomness, key_pair
from tests.support.proofs import CREDENTIAL
from zk import bbs
from zk.errors import ZkError


@pytest.mark.parametrize("kind", [Bbs2023, BoundBbs2023])
def test_the_suite_is_the_one_that_was_given_or_that_of_sha_256(kind):
    given = bbs.suite(bbs.SHAKE256)
    assert kind(proofs.canonicalizer(), given)._bbs is given
    assert kind(proofs.canonicalizer())._bbs.ciphersuite is bbs.SHA256


END_OF_VALIDITY = {
    **{name: value for name, value in CREDENTIAL.items() if name != "validUntil"},
    "https://www.w3.org/2018/credentials#validUntil": {
        "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
        "@value": CREDENTIAL["validUntil"],
    },
}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({**CREDENTIAL, "credentialSubject": proofs.BOOLEAN_AS_TEXT}, "rdf.boolean"),
        (END_OF_VALIDITY, "rdf.renamed"),
    ],
)
def test_an_issuer_signs_nothing_that_is_written_so_that_it_is_not_seen(document, code):
    suite = Bbs2023(proofs.canonicalizer())
    with pytest.raises(CredentialError) as caught:
        suite.create_base(
            document,
            proofs.options(suite),
            *key_pair(bbs.suite(bbs.SHA256), b"an issuer's key material, for tests"),
            mandatory_pointers=MANDATORY,
            random_bytes=Randomness(),
        )
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("code", "expected", "detail"),
    [
        ("zk.proof", "bbs-2023.proof", "the proof does not hold: the disclosed claims were changed"),
        ("zk.signature", "bbs-2023.signature", "the base proof does not hold: the credential was changed"),
        ("zk.public-key", "bbs-2023.key", "its own words"),
        ("zk.proof-malformed", "bbs-2023.malformed", "its own words"),
        ("zk.signature-malformed", "bbs-2023.malformed", "its own words"),
        ("zk.indexes", "bbs-2023.malformed", "its own words"),
        ("zk.length", "bbs-2023.malformed", "its own words"),
        ("zk.commitment", "bbs-2023.commitment", "its own words"),
        ("zk.commitment-malformed", "bbs-2023.commitment", "its own words"),
        ("zk.backend", "zk.backend", "its own words"),
    ],
)
def test_what_a_fault_of_the_mathematics_is_called(code, expected, detail):
    fault = translated(ZkError(code, "its own words", remedy="what to do"))
    assert (fault.code, fault.remedy, fault.clause) == (expected, "what to do", CLAUSE)
    assert fault.detail.startswith(detail)


FORMS = [
    (bbs_proof_value, "BASE", "d95d02"),
    (bbs_proof_value, "DERIVED", "d95d03"),
    (bbs_bound_value, "BOUND_BASE", "d95d04"),
    (bbs_bound_value, "BOUND_DERIVED", "d95d05"),
]


@pytest.mark.parametrize(("module", "name", "begins"), FORMS, ids=lambda part: str(part)[-14:])
def test_forms_of_proof_values(module, name, begins):
    form = getattr(module, name)
    assert form.header.hex() == begins
    with pytest.raises(CredentialError) as caught:
        form.malformed("words")
    assert (caught.value.code, caught.value.clause) == ("bbs-2023.malformed", module.CLAUSE)


def test_the_forms_of_the_classes_are_these():
    base, bound = bbs_proof_value.BaseProofValue, bbs_bound_value.BoundBaseProofValue
    assert (base.form, base.derived_form) == (bbs_proof_value.BASE, bbs_proof_value.DERIVED)
    assert (bound.form, bound.derived_form) == (bbs_bound_value.BOUND_BASE, bbs_bound_value.BOUND_DERIVED)


def test_a_holder_derives_nothing_from_a_signature_that_is_none():
    suite = Bbs2023(proofs.canonicalizer())
    key = key_pair(bbs.suite(bbs.SHA256), b"an issuer's key material, for tests")
    base = suite.create_base(
        CREDENTIAL,
        proofs.options(suite),
        *key,
        mandatory_pointers=MANDATORY,
        random_bytes=Randomness(),
    )
    value = bbs_proof_value.BaseProofValue.read(base["proof"]["proofValue"])
    broken = {**base["proof"], "proofValue": replace(value, signature=bytes(80)).write()}
    with pytest.raises(CredentialError) as caught:
        suite.derive(
            {**base, "proof": broken},
            selective_pointers=["/credentialSubject"],
            presentation_header=b"header",
            random_bytes=Randomness(),
        )
    assert caught.value.code == "bbs-2023.malformed"
