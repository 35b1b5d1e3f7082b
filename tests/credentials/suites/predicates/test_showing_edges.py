"""What is shown, at the edges: no slot and the last one, the largest credential, several subjects."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cache

import pytest

from credentials.rdf import CompiledCanonicalizer
from credentials.suites.predicates.suite import Predicates2026, _subjects, translated, write_shown
from credentials.suites.predicates.value import BaseValue, DerivedValue, SlotCounts
from did.integrity import ProofOptions
from schemas.sources import BUNDLED
from tests.support.forging import accepted, recoded, restated
from tests.support.provable import NAME, code_of, held, issued
from zk.curve import Scalar
from zk.errors import ZkError

CLAIM = "/credentialSubject/nationality"


def created(document, mandatory, changed=None):
    """A credential with these mandatory parts, as its holder accepts it."""
    world = issued()[0]
    binding, blind = world.binding(world.issuer)
    made = world.suite.create_base(
        document,
        ProofOptions(NAME, f"{world.issuer.did}#bbs", "assertionMethod"),
        world.issuer.bbs,
        changed or binding,
        mandatory_pointers=mandatory,
        random_bytes=world.random,
    )
    return accepted(world, made, blind)


def test_a_fault_of_the_mathematics_in_issuing_is_one_of_the_suite():
    world = issued()[0]
    binding, _ = world.binding(world.issuer)
    none = replace(binding, entropy=Scalar(0))
    assert code_of(lambda: created(document(), ("/issuer",), none)) == "predicates.entropy"


def document(**more):
    return {**{name: copy.deepcopy(item) for name, item in issued()[1].items() if name != "proof"}, **more}


def derived(found, *pointers):
    part = issued()[0].suite.reveal(found, pointers)
    return write_shown(part, proof=b"p" * 8, position=0, query="identity", epoch=48)


def shown(secured, suite=None):
    world = issued()[0]
    return (suite or world.suite).show(
        secured, secured["proof"], public_key=world.issuer.bbs.public_key, schemas=BUNDLED.schemas
    )


@cache
def one_claim():
    return derived(held(), CLAIM)


def test_where_everything_is_mandatory_no_slot_is_disclosed():
    found = shown(derived(created(document(), ("",))))
    assert found.public.disclosed == ()
    assert found.value.selective_indexes == ()


def test_the_last_slot_of_the_issuer_can_be_disclosed_and_the_next_one_not():
    *_, (last, _) = shown(one_claim()).public.disclosed
    assert shown(restated(one_claim(), counts=SlotCounts(last + 1, 1))).public.header.slots == last + 1
    beyond = restated(one_claim(), counts=SlotCounts(last, 1))
    assert code_of(lambda: shown(beyond)) == f"{NAME}.indexes"


def test_a_suite_that_is_made_anew_shows_the_same():
    suite = Predicates2026(CompiledCanonicalizer(), issued()[0].system)
    assert shown(one_claim(), suite).public == shown(one_claim()).public


def terms(count):
    return [{"type": "https://issuer.example/T", "id": f"urn:t:{n}"} for n in range(count)]


def test_a_credential_has_128_slots_at_most():
    full = created(document(termsOfUse=terms(50)), ("/issuer",))
    assert full.value.counts.slots == 128
    assert code_of(lambda: created(document(termsOfUse=terms(51)), ("/issuer",))) == f"{NAME}.slots"


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


@pytest.mark.parametrize(
    ("place", "part", "code"),
    [
        (1, 8.0, "malformed"),
        (1, 32.0, "malformed"),
        (1, 8, ""),
        (0, "u", ""),
        (0, "", "malformed"),
    ],
)
def test_a_width_is_a_whole_number_and_an_address_a_text(place, part, code):
    def change(parts, at):
        parts[at][place] = part

    for read, text, at in (
        (BaseValue.read, issued()[1]["proof"]["proofValue"], 7),
        (DerivedValue.read, one_claim()["proof"]["proofValue"], 9),
    ):
        changed = recoded(text, lambda parts, at=at: change(parts, at))
        if code:
            assert code_of(lambda: read(changed)) == f"{NAME}.{code}"  # noqa: B023
        else:
            found = read(changed).revocable
            assert part in {found.url, found.width}
