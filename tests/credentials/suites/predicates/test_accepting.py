"""A credential is accepted by its holder alone, and as it was signed only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from credentials.errors import CredentialError
from credentials.suites.predicates.suite import write_shown
from credentials.suites.predicates.value import BaseValue, SlotCounts
from schemas.sources import BUNDLED
from tests.support.forging import accepted, other_key, with_base
from tests.support.provable import NAME, code_of, held, issued
from tests.support.world import tamper
from zk.predicates.issuance import HolderSecrets

CLAIM = "/credentialSubject/nationality"
ADDRESS = {"addressLocality": "Coimbra", "addressCountry": "PT"}


def refusal(secured, **how):
    world, _, blind = issued()
    return code_of(lambda: accepted(world, secured, how.pop("blind", blind), **how))


def places(value, pointer=""):
    """Pointers to everything in a document that is no object or list."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [place for name, item in items for place in places(item, f"{pointer}/{name}")]
    return found or [pointer]


ALTERED = {"true": False, "https://avow.example/schemas/national-identity/v1": "https://avow.example/x"}


@pytest.mark.parametrize(
    "pointer",
    places({name: item for name, item in issued()[1].items() if name != "proof"}),
)
@pytest.mark.parametrize("how", ["changed", "removed"])
def test_a_credential_altered_anywhere_is_not_accepted(pointer, how):
    document = issued()[1]
    found = document
    for step in pointer[1:].split("/"):
        found = found[int(step) if isinstance(found, list) else step]
    other = not found if isinstance(found, bool) else "1994-03-18" if "birth" in pointer else f"{found}x"
    changed = tamper(document, pointer, other if how == "changed" else ...)
    assert refusal(changed)


@pytest.mark.parametrize(
    "added",
    [
        {"validUntil": "2030-01-01T00:00:00Z"},
        {"id": "urn:uuid:5f1f2a3e-6f7c-4d56-8a3b-111111111111"},
        {"name": "another"},
        {"credentialStatus": {"type": "BitstringStatusListEntry"}},
    ],
    ids=lambda added: next(iter(added)),
)
def test_a_credential_with_something_added_is_not_accepted(added):
    assert refusal({**issued()[1], **added})


def test_a_proof_with_other_options_is_not_accepted():
    secured = issued()[1]
    for changes in (
        {"verificationMethod": "did:web:other.example#bbs"},
        {"proofPurpose": "authentication"},
        {"created": "2026-11-20T00:00:00Z"},
        {"@context": secured["@context"]},
        {"type": "Other"},
        {"cryptosuite": "bbs-2023"},
        {"proofValue": None},
    ):
        assert refusal({**secured, "proof": {**secured["proof"], **changes}})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"signature": bytes(80)}, "zk.signature-malformed"),
        ({"entropy": (5).to_bytes(32, "big")}, f"{NAME}.signature"),
        ({"entropy": bytes(32)}, "predicates.entropy"),
        ({"entropy": b"\xff" * 32}, "predicates.entropy"),
        ({"schema": bytes(32)}, f"{NAME}.schema"),
        ({"counts": SlotCounts(48, 1)}, f"{NAME}.signature"),
        ({"counts": SlotCounts(16, 1)}, f"{NAME}.signature"),
        ({"counts": SlotCounts(32, 2)}, "predicates.header"),
        ({"revocable": None}, f"{NAME}.revocation"),
        ({"digit_list": b""}, f"{NAME}.signature"),
        ({"digit_list": bytes(32)}, f"{NAME}.signature"),
        ({"mandatory_pointers": ("/issuer", "/credentialSchema")}, f"{NAME}.signature"),
        ({"mandatory_pointers": ("/nothing",)}, "pointer.nothing"),
    ],
    ids=lambda part: f"{next(iter(part))}-{str(part)[-30:]}" if isinstance(part, dict) else part,
)
def test_a_base_value_that_says_something_else_is_not_accepted(changes, code):
    assert refusal(with_base(issued()[1], **changes)) == code


def test_another_order_of_labels_is_not_accepted():
    """Three unnamed nodes have six orders, one of which is the issuer's."""
    orders = []
    for number in range(8):
        changed = with_base(issued()[1], hmac_key=bytes([number]) * 32)
        try:
            accepted(issued()[0], changed, issued()[2])
        except CredentialError as error:
            orders.append(error.code)
    assert len(orders) > 2
    assert set(orders) == {f"{NAME}.signature"}


@pytest.mark.parametrize(
    "changes",
    [{"url": "http://localhost:8000/revocation/1"}, {"width": 24}, {"number": 1}],
    ids=lambda changes: next(iter(changes)),
)
def test_another_place_on_a_list_is_not_accepted(changes):
    value = BaseValue.read(issued()[1]["proof"]["proofValue"])
    changed = with_base(issued()[1], revocable=replace(value.revocable, **changes))
    assert refusal(changed) in {f"{NAME}.signature", f"{NAME}.revocation", "claims.value"}


def test_another_key_is_not_accepted():
    world, secured, _ = issued()
    assert refusal(secured, key=other_key(world)) == f"{NAME}.signature"
    assert refusal(secured, key=world.issuer.signer.public_key) == f"{NAME}.key"


def test_another_holder_or_offer_is_not_accepted():
    world, secured, blind = issued()
    own = world.wallet.secrets.of(world.issuer.did)
    wrong = HolderSecrets(type(own.holder)(own.holder + 1), own.nyms)
    nym = HolderSecrets(own.holder, (type(own.holder)(own.nyms[0] + 1),))
    two = HolderSecrets(own.holder, (*own.nyms, *own.nyms))
    assert refusal(secured, secrets=wrong) == f"{NAME}.signature"
    assert refusal(secured, secrets=nym) == f"{NAME}.signature"
    assert refusal(secured, secrets=two) == "predicates.header"
    assert refusal(secured, blind=type(blind)(blind + 1)) == f"{NAME}.signature"


def test_a_derived_proof_is_not_received():
    world, secured, _ = issued()
    part = world.suite.reveal(held(), (CLAIM,))
    derived = write_shown(part, proof=b"p", position=0, query="identity", epoch=None)
    assert refusal(derived) == f"{NAME}.derived-proof"
    assert code_of(lambda: world.suites[NAME].mandatory(derived["proof"])) == f"{NAME}.derived-proof"
    assert secured["proof"]["proofValue"] != derived["proof"]["proofValue"]


class Schemas:
    """A source of schemas with other content, or with none."""

    def __init__(self, change=None):
        self.change = change

    def schema(self, url, *, fetch):
        assert not fetch, "nothing is ever fetched"
        found = BUNDLED.schemas.schema(url, fetch=fetch)
        return None if self.change is None else replace(found, content=self.change(found.content))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (None, "schema.unknown"),
        (lambda content: content.replace(b'"date"', b'"uri"'), f"{NAME}.schema"),
        (lambda content: content.replace(b'"National identity"', b'"Another"'), f"{NAME}.schema"),
    ],
    ids=["unknown", "other types", "other title"],
)
def test_another_schema_is_not_accepted(change, code):
    assert refusal(issued()[1], schemas=Schemas(change)) == code


def test_spaces_in_a_schema_mean_nothing():
    world, secured, blind = issued()
    assert accepted(world, secured, blind, schemas=Schemas(lambda content: content + b"\n "))
