"""What is shown of a credential: the same part of a statement for holder and verifier, and no proof."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from credentials.suites import Reader, Setting
from credentials.suites.predicates.suite import scope_of, translated, write_shown
from credentials.suites.predicates.value import Revocable
from schemas.sources import BUNDLED
from tests.support.forging import proof_of, restated
from tests.support.provable import NAME, code_of, held, issued
from tests.support.world import tamper
from zk.errors import ZkError

CLAIM = "/credentialSubject/nationality"
ADDRESS = {"addressLocality": "Coimbra", "addressCountry": "PT"}


def shown(document, proof=None, **how):
    world = issued()[0]
    return world.suite.show(
        document,
        proof or document["proof"],
        public_key=how.get("key", world.issuer.bbs.public_key),
        schemas=how.get("schemas", BUNDLED.schemas),
    )


@cache
def derived(*pointers):
    part = issued()[0].suite.reveal(held(), pointers)
    return part, write_shown(part, proof=b"p" * 8, position=0, query="identity", epoch=48)


@pytest.mark.parametrize(
    "pointers",
    [(), (CLAIM,), (CLAIM, "/credentialSubject/address"), ("/credentialSubject",), ("",)],
    ids=["nothing", "one", "two", "subject", "everything"],
)
def test_holder_and_verifier_make_the_same_part_of_a_statement(pointers):
    part, document = derived(*pointers)
    found = shown(document)
    assert found.public == part.public
    assert found.typing == held().typing
    assert found.value.revocable == replace(held().value.revocable, number=48)


def test_nothing_is_shown_of_a_subject_but_that_there_is_one():
    document = derived()[1]
    assert document["credentialSubject"] == {}
    assert set(document) == {
        "@context", "type", "issuer", "validFrom", "validUntil", "credentialSchema", "credentialStatus",
        "credentialSubject", "proof",
    }  # fmt: skip


def test_a_shown_value_holds_nothing_of_the_base_value():
    text = str(derived(CLAIM)[1])
    value = held().value
    for secret in (value.hmac_key, value.signature, value.entropy):
        assert secret.hex() not in text


def test_typed_slots_are_never_disclosed():
    part, _ = derived("")
    typed = len(held().typing.types.slots)
    assert all(slot >= typed for slot, _ in part.public.disclosed)


def test_a_base_proof_is_not_shown():
    assert code_of(lambda: shown(issued()[1])) == f"{NAME}.base-proof"


def test_a_shown_claim_that_was_changed_makes_another_statement():
    part, document = derived(CLAIM)
    found = shown(tamper(document, CLAIM, "FR"))
    assert found.public != part.public
    assert found.public.disclosed != part.public.disclosed


def test_a_claim_added_or_taken_away_does_not_fit():
    _, document = derived(CLAIM)
    assert code_of(lambda: shown(tamper(document, CLAIM, ...))) == f"{NAME}.indexes"
    assert code_of(lambda: shown(tamper(document, "/credentialSubject/resident", True))) == f"{NAME}.indexes"
    nested = tamper(document, "/credentialSubject/address", ADDRESS)
    assert code_of(lambda: shown(nested)) == f"{NAME}.labels"


def test_only_keys_in_g2_are_shown_under():
    key = issued()[0].issuer.signer.public_key
    assert code_of(lambda: shown(derived(CLAIM)[1], key=key)) == f"{NAME}.key"


def test_a_width_that_types_differently_makes_another_header():
    value = held().value
    _, document = derived(CLAIM)
    other = restated(document, revocable=replace(value.revocable, width=8, number=48))
    assert shown(other).public.header != shown(document).public.header


@pytest.mark.parametrize("revocable", [None, "http://localhost:8000/revocation/other"])
def test_the_list_of_a_proof_is_the_one_that_the_document_names(revocable):
    _, document = derived(CLAIM)
    claimed = None if revocable is None else replace(held().value.revocable, url=revocable, number=48)
    assert code_of(lambda: shown(restated(document, revocable=claimed))) == f"{NAME}.revocation"


def checker(proof, setting):
    return issued()[0].suites[NAME].checker(proof, setting)


def test_settings_in_which_a_proof_has_no_place():
    base, part = issued()[1]["proof"], derived(CLAIM)[1]["proof"]
    verifier, holder = Setting(Reader.VERIFIER, b"header"), Setting(Reader.HOLDER)
    assert code_of(lambda: checker(base, holder)) == "proof.secrets"
    assert code_of(lambda: checker(part, verifier)) == "proof.alone"
    assert code_of(lambda: checker(base, verifier)) == "presentation.base-proof"
    assert code_of(lambda: checker(base, Setting(Reader.VERIFIER))) == "proof.base"
    assert code_of(lambda: checker(part, holder)) == "proof.derived"
    assert code_of(lambda: checker(part, Setting(Reader.VERIFIER))) == "proof.alone"


def test_what_a_setting_brings_is_called_with_the_proof_alone():
    called = []
    setting = replace(Setting(Reader.VERIFIER, b"header"), beyond=lambda *found: called.append(found))
    _, document = derived(CLAIM)
    key = issued()[0].issuer.bbs.public_key
    plain = {name: item for name, item in document.items() if name != "proof"}
    assert checker(document["proof"], setting).verify_proof(plain, document["proof"], key) == plain
    assert called == [(document, key)]


def test_proofs_tell_what_they_are():
    suite = issued()[0].suites[NAME]
    base, part = issued()[1]["proof"], derived(CLAIM)[1]["proof"]
    assert suite.is_derived(part)
    assert not suite.is_derived(base)
    assert suite.suite.is_base_proof(base)
    assert not suite.suite.is_base_proof(part)
    assert suite.mandatory(base) == held().value.mandatory_pointers
    assert suite.suite.name == suite.name == NAME


def test_faults_of_the_mathematics_keep_their_clause():
    found = translated(ZkError("predicates.digit-count", "many", remedy="less", clause="S5"))
    assert (found.code, found.remedy, found.clause) == ("predicates.digit-count", "less", "S5")
    assert translated(ZkError("zk.signature", "no")).clause
    assert scope_of(Revocable("https://issuer.example/1", 8, 0)).width == 8
    assert proof_of(issued()[1]) is issued()[1]["proof"]
