"""Whose key a holder proves, and when."""

from __future__ import annotations

import pytest

from credentials.errors import CredentialError
from credentials.sd_jwt import holder_key, issue
from did.keys import Ed25519Signer, KeyType, PublicKey
from did.methods import key as did_key
from tests.support.sd_jwt import (
    BOUND,
    HOLDER,
    ISSUER,
    NOW,
    TYP,
    Randomness,
    binding,
    bound,
    text,
    verify_binding,
)

SECONDS = int(NOW.timestamp())
DID = did_key.create(HOLDER.public_key).text


def code(attempt):
    with pytest.raises(CredentialError) as caught:
        attempt()
    return caught.value.code


@pytest.mark.parametrize(
    "confirmation",
    [
        {"jwk": HOLDER.public_key.jwk()},
        {"kid": DID},
        {"kid": did_key.verification_method_id(HOLDER.public_key)},
        {"jwk": HOLDER.public_key.jwk(), "kid": DID},
    ],
    ids=["jwk", "did:key", "its method", "both, alike"],
)
def test_the_holders_key_is_found(confirmation):
    assert bound({"cnf": confirmation}) == HOLDER.public_key


def test_an_ed25519_holder():
    signer = Ed25519Signer(bytes(range(5, 37)))
    presentation = text({"cnf": {"jwk": signer.public_key.jwk()}})
    assert verify_binding(presentation + binding(presentation, signer=signer)) == signer.public_key


@pytest.mark.parametrize(
    "confirmation",
    [
        None,
        {},
        {"x5t#S256": "abc"},
        {"jwk": 7},
        {"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}},
        {"jwk": {**HOLDER.public_key.jwk(), "d": "AAAA"}},
        {"kid": "key-1"},
        {"kid": "did:web:holder.example"},
        {"kid": DID + "?a=b"},
        {"kid": 7},
    ],
    ids=repr,
)
def test_anything_else_names_no_key(confirmation):
    assert code(lambda: holder_key({"cnf": confirmation})) == "key-binding.key"


def test_a_key_that_no_jwk_can_carry_is_not_named():
    key = PublicKey(KeyType.BLS12381_G2, bytes([0x80]) + bytes(95))
    options = {"signer": ISSUER, "typ": TYP, "random_bytes": Randomness(), "holder_key": key}
    assert code(lambda: issue({}, **options)) == "key.unsupported"
    assert code(lambda: issue(BOUND, **{**options, "holder_key": HOLDER.public_key})) == "sd-jwt.claims"


@pytest.mark.parametrize("iat", [SECONDS - 360, SECONDS, SECONDS + 60, SECONDS + 0.5])
def test_the_window_has_both_ends(iat):
    assert bound(iat=iat) == HOLDER.public_key


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"iat": SECONDS - 361}, "key-binding.age"),
        ({"iat": SECONDS + 61}, "key-binding.issued-later"),
        ({"iat": None}, "key-binding.claim-missing"),
        ({"iat": "now"}, "key-binding.time"),
        ({"iat": True}, "key-binding.time"),
        ({"iat": -1}, "key-binding.time"),
        ({"exp": SECONDS - 61}, "key-binding.expired"),
        ({"nbf": SECONDS + 61}, "key-binding.not-yet"),
        ({"aud": None}, "key-binding.claim-missing"),
        ({"nonce": None}, "key-binding.claim-missing"),
        ({"nonce": 7}, "key-binding.nonce"),
        ({"sd_hash": None}, "key-binding.claim-missing"),
        ({"sd_hash": 7}, "key-binding.hash"),
        ({"sd_hash": "\u00e9"}, "key-binding.hash"),
    ],
    ids=repr,
)
def test_what_is_refused(claims, expected):
    assert code(lambda: bound(**claims)) == expected


def test_further_claims_are_ignored():
    assert bound(extra={"a": [1]}) == HOLDER.public_key


def test_binding_one_presentation_does_not_bind_another():
    one, other = text(BOUND), text({**BOUND, "a": 1})
    assert code(lambda: verify_binding(other + binding(one))) == "key-binding.hash"
