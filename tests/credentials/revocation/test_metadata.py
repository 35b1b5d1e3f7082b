"""Metadata of a revocation list: strict, signed by the issuer, and a clock of epochs."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from credentials.errors import CredentialError
from credentials.revocation import ListMetadata, PreviousKey, list_id, sign_metadata, verify_metadata
from did.eddsa_jcs import EddsaJcs2022
from did.errors import DidError
from did.integrity import ProofOptions
from tests.support.revocation import (
    ISSUER,
    METHOD,
    NOW,
    OTHER,
    SIGNER,
    URL,
    ZERO,
    document,
    gap_key,
    metadata,
    signed,
)


def verify(secured, **changes):
    values = {"expected_url": URL, "expected_issuer": ISSUER, "document": document(), "now": NOW}
    return verify_metadata(orjson.dumps(secured), **{**values, **changes})


def code(act, *args, **kwargs):
    with pytest.raises((CredentialError, DidError)) as error:
        act(*args, **kwargs)
    return error.value.code


ROTATED = PreviousKey(gap_key(b"\x08"), 4)


@pytest.mark.parametrize("found", [metadata(), metadata(previous=ROTATED), metadata(width=8)])
def test_what_was_signed_is_read(found):
    assert ListMetadata.from_json(found.to_json()) == found
    assert verify(signed(found)) == found


def test_the_list_is_named_by_its_url():
    assert metadata().list_id == list_id(URL) == metadata().scope.list_id


@pytest.mark.parametrize(
    ("seconds", "epoch"), [(0, 0), (3599, 0), (3600, 1), (5 * 3600 + 3599, 5), (8760 * 3600, 8760)]
)
def test_epochs_go_by_the_clock(seconds, epoch):
    found = metadata()
    assert found.epoch_at(ZERO + timedelta(seconds=seconds)) == epoch
    assert found.begins(epoch) <= ZERO + timedelta(seconds=seconds) < found.begins(epoch + 1)


def test_before_the_first_epoch_there_is_none():
    assert code(metadata().epoch_at, ZERO - timedelta(microseconds=1)) == "revocation.epoch"
    assert code(metadata().begins, 2**60) == "revocation.epoch"


def test_after_a_change_of_keys_earlier_epochs_have_the_previous_one():
    found = metadata(previous=ROTATED)
    assert [found.key_at(epoch) for epoch in (0, 4, 5)] == [ROTATED.gap_key, ROTATED.gap_key, gap_key()]


CHANGES = {
    "type": ["StatusList", None, 7],
    "id": ["", 7, None, "x" * 2049],
    "issuer": ["", 7, None],
    "width": [0, 12, 64, "32", 32.0, True, None, -8],
    "epochZero": [
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00.5Z",
        "2026-01-01T01:00:00+01:00",
        0,
    ],
    "epochSeconds": [0, -1, 2_592_001, "3600", True, 3600.0],
    "gapKey": ["", "z1", gap_key().hex(), f"u{'A' * 128}", 7, metadata().to_json()["gapKey"] + "1"],
    "previous": [
        None,
        {},
        {"gapKey": metadata(previous=ROTATED).to_json()["previous"]["gapKey"]},
        {"gapKey": metadata().to_json()["gapKey"], "lastEpoch": 4},
        {**metadata(previous=ROTATED).to_json()["previous"], "lastEpoch": -1},
        {**metadata(previous=ROTATED).to_json()["previous"], "until": 4},
    ],
    "colour": ["red"],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in CHANGES.items() for v in values])
def test_a_member_that_is_not_what_it_must_be_is_refused(name, value):
    source = {**metadata().to_json(), name: value}
    assert code(ListMetadata.from_json, source) == "revocation.metadata"


@pytest.mark.parametrize("name", sorted(metadata().to_json()))
def test_a_member_that_is_missing_is_refused(name):
    source = metadata().to_json()
    del source[name]
    assert code(ListMetadata.from_json, source) == "revocation.metadata"


@pytest.mark.parametrize("name", sorted(metadata(previous=ROTATED).to_json()))
def test_a_member_that_was_changed_breaks_the_signature(name):
    secured = signed(metadata(previous=ROTATED))
    secured[name] = 7 if isinstance(secured[name], int) else "2026-01-02T00:00:00Z"
    assert code(verify, secured) == "proof.signature"


def test_metadata_of_another_list_or_issuer_are_refused():
    assert code(verify, signed(), expected_url=URL + "x") == "revocation.metadata"
    assert code(verify, signed(metadata(issuer="did:web:other.example"))) == "revocation.metadata"
    assert code(verify, signed(), expected_issuer="did:web:other.example") == "revocation.metadata"


def test_only_a_key_that_the_issuer_lists_for_assertions_signs():
    assert code(verify, signed(signer=OTHER)) == "proof.signature"
    assert code(verify, signed(), document=document(purposes=("authentication",))) == "key.not-authorized"
    other = document(did="did:web:other.example")
    assert code(verify, signed(), document=other) == "key.not-authorized"
    theirs = sign_metadata(
        metadata(), method=f"{other.id}#key-1", signer=SIGNER, now=NOW, lasts=timedelta(days=1)
    )
    assert code(verify, theirs, document=other) == "revocation.metadata"


def test_metadata_run_out_and_say_when():
    assert verify(signed(), now=NOW + timedelta(hours=23)) == metadata()
    assert code(verify, signed(), now=NOW + timedelta(days=1)) == "proof.expired"
    bare = metadata().to_json()
    options = ProofOptions("eddsa-jcs-2022", METHOD, "assertionMethod")
    assert code(verify, {**bare, "proof": EddsaJcs2022().create_proof(bare, options, SIGNER)}) == (
        "revocation.metadata"
    )


def test_metadata_are_small_and_strict_json():
    assert code(verify, {**signed(), "x": "y" * (1 << 14)}) == "json.too-large"
    assert code(verify, {"type": "RevocationList"}) == "proof.missing"
    assert code(
        verify_metadata,
        b'{"a":1,"a":1}',
        expected_url=URL,
        expected_issuer=ISSUER,
        document=document(),
        now=NOW,
    ).startswith("json.")
