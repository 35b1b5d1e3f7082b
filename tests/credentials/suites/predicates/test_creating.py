"""Credentials are created for a holder that committed to its secrets, all as long as others."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from credentials.suites.predicates.value import BaseValue, Revocable
from did.integrity import ProofOptions
from tests.support.forging import accepted, alone
from tests.support.provable import NAME, code_of, issued

CLAIM = "/credentialSubject/nationality"
ADDRESS = {"addressLocality": "Coimbra", "addressCountry": "PT"}


def created(document=None, *, binding=None, issuer=None, options=None, mandatory=("/issuer",), random=None):
    """A credential that the issuer makes at the suite itself, beside all the care that `issue` takes."""
    world, secured, _ = issued()
    plain = {name: item for name, item in secured.items() if name != "proof"}
    found, blind = world.binding(world.issuer) if binding is None else binding
    method = f"{world.issuer.did}#bbs"
    made = world.suite.create_base(
        plain if document is None else document,
        options or ProofOptions(NAME, method, "assertionMethod"),
        (issuer or world.issuer).bbs,
        found,
        mandatory_pointers=mandatory,
        random_bytes=random or world.random,
    )
    return made, blind


def plain_document(**subject):
    world, secured, _ = issued()
    del world
    document = {name: copy.deepcopy(item) for name, item in secured.items() if name != "proof"}
    document["credentialSubject"].update(subject)
    return document


def test_what_is_created_is_accepted_by_its_holder():
    world, secured, blind = issued()
    found = accepted(world, secured, blind)
    assert found.proof == secured["proof"]
    assert found.unsecured == {name: item for name, item in secured.items() if name != "proof"}
    assert found.credential.header.slots == found.value.counts.slots
    assert {"/credentialSchema", "/credentialStatus"} <= set(found.value.mandatory_pointers)


def test_the_schema_is_mandatory_once():
    made, _ = created(mandatory=("/credentialSchema", "/issuer", "/issuer"))
    pointers = BaseValue.read(made["proof"]["proofValue"]).mandatory_pointers
    assert pointers == ("/credentialSchema", "/issuer", "/credentialStatus")


@pytest.mark.parametrize(
    "status", [None, {"type": "X"}, "other"], ids=["none", "another type", "another list"]
)
def test_the_document_names_the_list_that_is_signed(status):
    world, secured, _ = issued()
    document = {name: item for name, item in secured.items() if name != "proof"}
    changed = {**document["credentialStatus"], "id": "http://localhost:8000/revocation/other"}
    document["credentialStatus"] = changed if status == "other" else status
    if status is None:
        del document["credentialStatus"]
    binding, _ = world.binding(world.issuer)
    options = ProofOptions(NAME, f"{world.issuer.did}#bbs", "assertionMethod", None)

    def create():
        world.suite.create_base(
            document, options, world.issuer.bbs, binding, mandatory_pointers=(), random_bytes=world.random
        )

    assert code_of(create) == f"{NAME}.revocation"


def test_the_hmac_key_is_drawn_once():
    world, drawn = issued()[0], []

    def random(size):
        drawn.append(size)
        return world.random(size)

    created(random=random)
    assert drawn == [32]


def test_a_document_with_a_proof_is_not_signed():
    assert code_of(lambda: created(issued()[1])) == "proof.present"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"cryptosuite": "bbs-2023"}, "proof.cryptosuite"),
        ({"previous_proof": ("urn:proof:1",)}, "proof.chain"),
    ],
    ids=["cryptosuite", "chain"],
)
def test_options_of_another_suite_are_not_signed(options, code):
    stated = ProofOptions(NAME, f"{issued()[0].issuer.did}#bbs", "assertionMethod")
    assert code_of(lambda: created(options=replace(stated, **options))) == code


def test_only_keys_in_g2_sign():
    world = issued()[0]
    issuer = replace(world.issuer, bbs=replace(world.issuer.bbs, public_key=world.issuer.signer.public_key))
    assert code_of(lambda: created(issuer=issuer)) == f"{NAME}.key"


@pytest.mark.parametrize("revocable", [True, False], ids=["typed", "untyped"])
def test_list_and_typing_go_together(revocable):
    world = issued()[0]
    binding, blind = world.binding(world.issuer, revocable=revocable)
    url = world.list_of(world.issuer).metadata.url
    other = replace(binding, revocable=None if revocable else Revocable(url, 32, 5))
    assert code_of(lambda: created(binding=(other, blind))) in {f"{NAME}.slots", f"{NAME}.revocation"}


def test_an_identifier_is_within_the_width():
    binding, blind = issued()[0].binding(issued()[0].issuer)
    for number in (0, (1 << 32) - 1, 1 << 32):
        changed = replace(binding, revocable=replace(binding.revocable, number=number))
        assert code_of(lambda: created(binding=(changed, blind))) == "claims.value"  # noqa: B023


def test_entropy_is_a_scalar_that_is_not_zero():
    binding, blind = issued()[0].binding(issued()[0].issuer)
    nothing = replace(binding, entropy=type(blind)(0))
    assert code_of(lambda: created(binding=(nothing, blind))) == "predicates.entropy"


def test_more_statements_than_slots_are_refused():
    document = plain_document()
    document["termsOfUse"] = [{"type": "https://issuer.example/T", "id": f"urn:t:{n}"} for n in range(60)]
    assert code_of(lambda: created(document)) == f"{NAME}.slots"
    made, _ = created(document, mandatory=("/issuer", "/termsOfUse"))
    assert BaseValue.read(made["proof"]["proofValue"]).counts.slots < 64


def test_a_list_of_subjects_is_not_typed():
    """Whose birth date would it be?"""
    document = plain_document()
    for listed in ([document["credentialSubject"]], [document["credentialSubject"], {"givenName": "Rui"}]):
        assert code_of(lambda: created({**document, "credentialSubject": listed})) == "claims.value"  # noqa: B023


def test_a_claim_that_the_schema_has_not_so_is_refused():
    for name, value in (("birthDate", "17 March"), ("resident", "yes"), ("address", "Coimbra")):
        document = plain_document(**{name: value})
        assert code_of(lambda: created(document)) == "claims.value"  # noqa: B023


def test_the_length_is_a_multiple_of_16_whatever_is_hidden():
    """Holders of one schema are told apart by few lengths."""
    world = issued()[0]
    lengths = set()
    for claims in ({"resident": None, "birthPlace": None, "address": None}, {}, {"givenName": "A" * 200}):
        document, blind = world.issue_provable(**claims)
        found = accepted(world, alone(document), blind)
        lengths.add(found.value.counts.slots)
        assert found.value.counts.slots % 16 == 0
        assert found.credential.scalars[: found.value.counts.slots].count(world.system.PAD) < 16
    assert len(lengths) <= 2


def test_nobody_signs_without_a_commitment():
    world, secured, _ = issued()
    suite = world.suites[NAME]
    options = ProofOptions(NAME, f"{world.issuer.did}#bbs", "assertionMethod")
    assert (
        code_of(
            lambda: suite.sign(
                secured,
                options=options,
                key=world.issuer.bbs,
                mandatory_pointers=(),
                random_bytes=world.random,
            )
        )
        == "issue.commitment"
    )


def test_nothing_is_presented_by_itself():
    world, secured, _ = issued()
    suite = world.suites[NAME]
    attempt = lambda: suite.present(secured, pointers=(), header=b"", random_bytes=world.random)  # noqa: E731
    assert code_of(attempt) == "presentation.composite"
