"""Envelopes: what their media types say, written and read."""

from __future__ import annotations

import pytest

from credentials import enveloping
from credentials.errors import CredentialError
from credentials.model import Enveloped, Holds

TEXTS = [name for name in enveloping.HOLDS if not name.endswith("cose")]


def code(call, *args, **options):
    with pytest.raises(CredentialError) as caught:
        call(*args, **options)
    return caught.value.code


def opened(document):
    return enveloping.content(Enveloped.parse(document))


def holding(media_type, data, *, kind=Holds.CREDENTIAL):
    return Enveloped({}, kind, media_type, data)


@pytest.mark.parametrize("media_type", TEXTS)
def test_texts_stand_as_they_are(media_type):
    made = enveloping.envelope(media_type, "a.b.c~d~")
    assert made["id"] == f"data:{media_type},a.b.c~d~"
    assert opened(made) == "a.b.c~d~"


@pytest.mark.parametrize("media_type", ["application/vc+cose", "application/vp+cose"])
def test_bytes_stand_in_base64(media_type):
    made = enveloping.envelope(media_type, b"\xd2\x84\xff")
    assert made["id"] == f"data:{media_type};base64,0oT/"
    assert opened(made) == b"\xd2\x84\xff"


def test_the_type_of_the_envelope_is_that_of_what_it_holds():
    assert enveloping.envelope("application/vp+jwt", "a.b.c")["type"] == "EnvelopedVerifiablePresentation"
    assert enveloping.envelope("application/jwt", "a.b.c")["type"] == "EnvelopedVerifiableCredential"
    wrong = holding("application/vp+jwt", b"a.b.c")
    assert code(enveloping.content, wrong) == "envelope.type"


@pytest.mark.parametrize("data", [b"", b"a", b"{}", b"a.b.c\n", b" a.b.c", b"a.b.c=", b"a.\xff.c"])
def test_a_text_is_in_compact_serialization(data):
    assert code(enveloping.content, holding("application/vc+jwt", data)) == "envelope.encoding"


def test_other_media_types_are_neither_read_nor_written():
    assert code(enveloping.content, holding("text/plain", b"a.b.c")) == "envelope.media-type"
    assert code(enveloping.envelope, "text/plain", "a.b.c") == "envelope.media-type"
    assert code(enveloping.envelope, "application/vc+jwt", b"a.b.c") == "envelope.encoding"
    assert code(enveloping.envelope, "application/vc+cose", "a.b.c") == "envelope.encoding"
