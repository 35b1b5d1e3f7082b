"""The parts of an SD-JWT, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials import sd_jwt
from credentials.errors import CredentialError
from credentials.jose import jws
from tests.support.sd_jwt import BOUND, ISSUER, MINUTE, NOW, TYP, binding, disclosure, signed, text, verify

NAME = disclosure("salt", "name", "Ines")


@pytest.mark.parametrize("bound", [False, True])
def test_reading_keeps_every_character(bound):
    presentation = text(BOUND, NAME)
    whole = presentation + (binding(presentation) if bound else "")
    found = sd_jwt.read(whole)
    assert found.text == whole
    assert found.without_key_binding == presentation
    assert found.disclosures == (NAME,)
    assert found.unverified_payload == BOUND
    assert (found.key_binding is not None) is bound


@pytest.mark.parametrize(
    ("whole", "code"),
    [
        ("", "sd-jwt.form"),
        ("~", "jws.form"),
        ("a.b~", "jws.form"),
        ("~".join((signed([1]), "")), "json.not-object"),
        (signed({}) + "~" + signed({}) + "~", None),
        (text({}) + "a.b", "sd-jwt.form"),
        (text({}) + "a.b.c.d", "sd-jwt.form"),
        (text({}, "", binding=""), "sd-jwt.form"),
    ],
    ids=[
        "empty",
        "separator",
        "two parts",
        "array",
        "a JWT as disclosure",
        "two after",
        "four after",
        "empty part",
    ],
)
def test_what_is_no_sd_jwt(whole, code):
    if code is None:
        assert sd_jwt.read(whole).disclosures
        return
    with pytest.raises(CredentialError) as caught:
        sd_jwt.read(whole)
    assert caught.value.code == code


@settings(max_examples=300)
@given(st.text("eyJ0.~_-\u00e9 {}", max_size=60))
def test_any_text_gives_our_errors_only(whole):
    with pytest.raises(CredentialError):
        verify(whole)


@given(st.integers(0, 400), st.integers(0, 127))
def test_one_changed_character_never_verifies(position, character):
    whole = text({"a": 1, "_sd": ["x"]}, binding="")
    changed = whole[: position % len(whole)] + chr(character) + whole[position % len(whole) + 1 :]
    if changed != whole:
        with pytest.raises(CredentialError):
            verify(changed)


def test_doubled_names_in_the_payload_are_refused():
    jwt = jws.sign(b'{"a":1,"a":2}', header={"typ": TYP}, signer=ISSUER)
    with pytest.raises(CredentialError) as caught:
        sd_jwt.read(jwt + "~")
    assert caught.value.code == "json.duplicate-key"


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"payload": 1, "protected": "a", "signature": "b"},
        {"payload": "a", "protected": "a", "signature": "b", "header": []},
        {"payload": "a", "protected": "a", "signature": "b", "header": {"kb_jwt": 7}},
        {"payload": "a", "signatures": []},
        {"payload": "a", "signatures": ["b"]},
        {"payload": "a", "signatures": {"protected": "a"}},
    ],
    ids=repr,
)
def test_what_is_no_json_serialization(document):
    with pytest.raises(CredentialError) as caught:
        sd_jwt.read_json(document)
    assert caught.value.code == "sd-jwt.form"


def test_times_are_let_by_within_the_skew():
    seconds = int(NOW.timestamp())
    claims = {"exp": seconds - 59, "nbf": seconds + 60, "iat": seconds + 60}
    assert verify(text(claims), skew=MINUTE).claims == claims


@pytest.mark.parametrize("value", ["1", True, -1, 1e300, None, [1]])
def test_times_are_numbers(value):
    with pytest.raises(CredentialError) as caught:
        verify(text({"exp": value}))
    assert caught.value.code == "sd-jwt.time"


@pytest.mark.parametrize(
    ("stated", "holds"), [("me", True), (["you", "me"], True), ("you", False), ([], False)]
)
def test_an_audience_is_one_of_those_named(stated, holds):
    if holds:
        assert verify(text({"aud": stated}), expected_audience="me").claims == {"aud": stated}
        return
    with pytest.raises(CredentialError) as caught:
        verify(text({"aud": stated}), expected_audience="me")
    assert caught.value.code == "sd-jwt.audience"
