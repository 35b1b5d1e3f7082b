"""Proofs of credentials and presentations that must be rejected whatever their signatures say."""

from __future__ import annotations

import pytest

from credentials.suites import Reader
from credentials.verifying.proofs import MAX_STATED
from credentials.verifying.verifier import check_credential, check_presentation
from did.keys import P256Signer
from did.methods import key as did_key
from tests.rejects.catalogue import Reject, needed, number, refused
from tests.support import by_suite
from tests.support.world import EDDSA, World, tamper

P256 = P256Signer(bytes(31) + b"\x07")


def check(world, credential):
    check_credential(credential, world.means(), reader=Reader.VERIFIER)


def unsecured(world):
    return {name: item for name, item in world.issue(EDDSA).items() if name != "proof"}


def by_a_stranger():
    world = World("reject")
    check(world, world.sign(unsecured(world), issuer=world.stranger))


def method_with_a_query():
    world = World("reject")
    method = f"{world.issuer.did}?versionTime=2020-01-01T00:00:00Z#ed25519"
    check(world, world.sign(unsecured(world), verification_method=method))


def suite_for_other_keys():
    world = World("reject")
    check(world, tamper(world.issue(EDDSA), "/proof/cryptosuite", "ecdsa-jcs-2019"))


def context_added_after_signing():
    world = World("reject")
    credential = world.issue(EDDSA)
    contexts = [*credential["@context"], "https://avow.example/contexts/employment/v1"]
    check(world, {**credential, "@context": contexts})


def proofs_over_a_large_document():
    world = World("reject")
    by_suite.trust(world, by_suite.ED25519)
    document = by_suite.document(world, by_suite.ED25519)
    credential = by_suite.sign(world, document, "eddsa-rdfc-2022", by_suite.ED25519)
    credential["credentialSubject"]["list"] = ["x"] * (MAX_STATED // 3)
    check(world, {**credential, "proof": [credential["proof"]] * 3})


def holder_with_a_key_of_another_suite():
    world = World("reject")
    request = world.request()
    shown = world.wrap([world.issue(EDDSA)], request)
    did = did_key.create(P256.public_key).text
    method = did_key.verification_method_id(P256.public_key)
    shown = {**shown, "holder": did, "proof": {**shown["proof"], "verificationMethod": method}}
    check_presentation(
        shown,
        world.means(),
        expected_challenge=request.challenge,
        expected_domain=request.domain,
        expected_query=None,
    )


CASES = [
    Reject("DI-24", "a proof by another than the issuer", "VCDM 2.0, 7.1", "issuer.mismatch", by_a_stranger),
    Reject("DI-25", "a method of an older document", "VC-DI 1.0, 2.1", "proof.malformed",
           method_with_a_query),
    Reject("DI-26", "a suite for keys of another type", "VC-DI 1.0, 4.4", "key.type", suite_for_other_keys),
    Reject("DI-27", "a context that nobody signed", "VC-DI EdDSA 1.0, 3.3.2", "context.unsigned",
           context_added_after_signing),
    Reject("DI-28", "a holder's key of another type", "VC-DI 1.0, 4.4", "key.type",
           holder_with_a_key_of_another_suite),
    Reject("DI-29", "three proofs over a large document", "VC-DI 1.0, 5.7", "proof.work",
           proofs_over_a_large_document),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=number)
def test_is_refused(case):
    refused(case)


@pytest.mark.parametrize("case", CASES, ids=number)
def test_needs_its_check(case):
    needed(case)
