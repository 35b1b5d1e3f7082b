"""Kept keys of every type that signs: their public half is compared, and open text is told from wrapped."""

from __future__ import annotations

import secrets
from types import SimpleNamespace

import pytest

from api.keys import did_keys
from api.keys.secret import Secret
from api.keys.vault import Label, Vault
from api.recovery.checks.wrapped import SIGNING, _check_key
from api.recovery.findings import Findings
from did.keys import KeyType

SIZES = {KeyType.ED25519: 32, KeyType.P256: 32, KeyType.P384: 48}


def row_of(kind, vault, **changes):
    secret = bytes([7]) * SIZES[kind]
    label = Label("default", "key", "assertionMethod", 1)
    sealed = vault.seal(label, secret)
    public = did_keys.signer(kind, Secret(secret)).public_key.multikey()
    row = {
        "tenant": label.tenant,
        "key_id": label.key_id,
        "purpose": label.purpose,
        "version": 1,
        "type": kind.value,
        "state": "active",
        "public": public,
        "nonce": sealed.nonce,
        "wrapped": sealed.text,
    }
    return SimpleNamespace(**row | changes), secret


def test_the_types_are_those_that_sign():
    assert {kind.value for kind in SIZES} == SIGNING


@pytest.mark.parametrize("kind", SIZES)
def test_a_good_key_is_good_and_another_public_half_or_open_text_is_found(kind):
    vault = Vault(Secret(bytes(32)), secrets.token_bytes)
    good, secret = row_of(kind, vault)
    other = did_keys.signer(kind, Secret(bytes([9]) * SIZES[kind])).public_key.multikey()
    cases = (
        (good, {}),
        (row_of(kind, vault, public=other)[0], {"keys.public": 1}),
        (row_of(kind, vault, wrapped=secret)[0], {"keys.plaintext": 1}),
        (row_of(kind, vault, wrapped=secret + bytes(16))[0], {"keys.plaintext": 1}),
        (row_of(kind, vault, purpose="update")[0], {"keys.unwrap": 1}),
    )
    for row, expected in cases:
        found = Findings()
        _check_key(found, row, vault)
        assert dict(found.counts) == expected
