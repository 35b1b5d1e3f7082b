"""Envelopes: data: URLs in JSON-LD, made and read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials import enveloping
from credentials.enveloping import CREDENTIAL, PRESENTATION, Envelope
from credentials.errors import CredentialError

TEXTS = [name for name in enveloping.TYPE_OF if not name.endswith("cose")]


def code(call, *args, **options):
    with pytest.raises(CredentialError) as caught:
        call(*args, **options)
    return caught.value.code


@pytest.mark.parametrize("media_type", TEXTS)
def test_texts_stand_as_they_are(media_type):
    made = enveloping.make(media_type, "a.b.c~d~")
    assert made.url() == f"data:{media_type},a.b.c~d~"
    assert made.content(max_bytes=100) == "a.b.c~d~"
    assert enveloping.read(made.to_json(), expected_type=made.type) == made


@pytest.mark.parametrize(("media_type", "kind"), [("vc+cose", CREDENTIAL), ("vp+cose", PRESENTATION)])
def test_bytes_stand_in_base64(media_type, kind):
    made = enveloping.make(f"application/{media_type}", b"\xd2\x84\xff")
    assert made.url() == f"data:application/{media_type};base64,0oT/"
    assert made.content(max_bytes=3) == b"\xd2\x84\xff"
    assert code(made.content, max_bytes=2) == "envelope.encoding"
    assert enveloping.read(made.to_json(), expected_type=kind) == made


def test_the_media_type_is_read_in_any_case():
    assert enveloping.read_url("DATA:Application/VC+JWT,a.b.c") == Envelope("application/vc+jwt", "a.b.c")


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("", "envelope.url"),
        ("data:application/vc+jwt", "envelope.url"),
        ("did:example:1,a.b.c", "envelope.url"),
        ("data:,a.b.c", "envelope.media-type"),
        ("data:vc+jwt,a.b.c", "envelope.media-type"),
        ("data:application/vc+jwt;base64,YQ==", "envelope.encoding"),
        ("data:application/vc+cose;base64;base64,YQ==", "envelope.encoding"),
        ("data:application/vc+jwt,", "envelope.encoding"),
        ("data:application/vc+jwt,a.b.c\n", "envelope.encoding"),
        ("data:application/vc+jwt, a.b.c", "envelope.encoding"),
        ("data:application/vc+jwt,{}", "envelope.encoding"),
    ],
)
def test_what_is_no_envelope(url, found):
    assert code(enveloping.read_url, url) == found


@pytest.mark.parametrize("value", [None, "data:application/vc+jwt,a.b.c", {}, {"id": 1}, []])
def test_an_envelope_is_an_object_with_an_id(value):
    assert code(enveloping.read, value, expected_type=CREDENTIAL) == "envelope.form"


def test_base64_is_canonical():
    url = "data:application/vc+cose;base64,0oR="
    assert code(enveloping.read_url(url).content, max_bytes=100) == "envelope.encoding"


@given(st.sampled_from(sorted(enveloping.TYPE_OF)), st.text(max_size=40))
def test_what_is_read_is_written_the_same(media_type, text):
    for url in (f"data:{media_type},{text}", f"data:{media_type};base64,{text}"):
        try:
            found = enveloping.read_url(url)
        except CredentialError:
            continue
        assert found.url() == url
