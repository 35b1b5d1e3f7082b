"""What is shown, at the edges: the last slot, the largest credential, several subjects."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from credentials.suites.predicates import typings
from credentials.suites.predicates.suite import _subjects, translated, write_shown
from credentials.suites.predicates.value import SlotCounts
from schemas.sources import BUNDLED
from tests.support.forging import accepted, restated
from tests.support.provable import NAME, code_of, held, issued
from tests.support.world import IDENTITY_SCHEMA
from zk.errors import ZkError

CLAIM = "/credentialSubject/nationality"


def derived(*pointers):
    part = issued()[0].suite.reveal(held(), pointers)
    return write_shown(part, proof=b"p" * 8, position=0, query="identity", epoch=48)


def shown(document):
    world = issued()[0]
    return world.suite.show(
        document, document["proof"], public_key=world.issuer.bbs.public_key, schemas=BUNDLED.schemas
    )


def test_nothing_disclosed_lies_beyond_nothing():
    assert shown(derived()).public.disclosed == ()


def test_the_last_slot_of_the_issuer_can_be_disclosed_and_the_next_one_not():
    document = derived(CLAIM)
    ((slot, _),) = shown(document).public.disclosed
    for slots, code in ((slot + 1, ""), (slot, f"{NAME}.indexes")):
        changed = restated(document, counts=SlotCounts(slots, 1))
        if code:
            assert code_of(lambda: shown(changed)) == code  # noqa: B023
        else:
            assert shown(changed).public.header.slots == slots


def largest(more):
    """A credential that fills 112 slots and some of the next class, with `more` statements."""
    world, secured, _ = issued()
    document = {name: copy.deepcopy(item) for name, item in secured.items() if name != "proof"}
    document["termsOfUse"] = [{"type": "https://issuer.example/T", "id": f"urn:t:{n}"} for n in range(more)]
    binding, blind = world.binding(world.issuer)
    options = {name: item for name, item in secured["proof"].items() if name != "proofValue"}
    made = world.suite.create_base(
        document,
        world.options_of(options) if hasattr(world, "options_of") else _options(world),
        world.issuer.bbs,
        binding,
        mandatory_pointers=("/issuer",),
        random_bytes=world.random,
    )
    return accepted(world, made, blind)


def _options(world):
    from did.integrity import ProofOptions

    return ProofOptions(NAME, f"{world.issuer.did}#bbs", "assertionMethod")


def test_a_credential_fills_128_slots_at_most():
    sizes = {}
    for more in range(40, 60):
        try:
            sizes[more] = largest(more).value.counts.slots
        except Exception as error:
            sizes[more] = error.code
    print(sizes)
    assert 128 in sizes.values()


def test_each_of_several_subjects_is_shown_as_a_node():
    assert _subjects({"credentialSubject": {"givenName": "Rui"}}) == ("/credentialSubject/",)
    assert _subjects({"credentialSubject": [{}, {}]}) == ("/credentialSubject/0/", "/credentialSubject/1/")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("zk.signature", f"{NAME}.signature"),
        ("zk.public-key", f"{NAME}.key"),
        ("predicates.challenge", "predicates.challenge"),
    ],
)
def test_faults_of_the_mathematics_are_those_of_the_suite(code, expected):
    assert translated(ZkError(code, "words")).code == expected
