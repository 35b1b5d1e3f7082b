"""Envelopes of the largest size, at whose reading nobody may lose much memory."""

from __future__ import annotations

import tracemalloc

import pytest

from credentials import enveloping
from credentials.limits import LIMITS
from credentials.model import CONTEXT_V2, Enveloped
from tests.support.world import refusal

ROOM = LIMITS.max_bytes - 64
URLS = {
    "plain": "data:application/vc+jwt," + "A" * ROOM,
    "escapes": "data:application/vc+jwt," + "%41" * (ROOM // 3),
    "an end that is no data": "data:application/vc+jwt," + "A" * ROOM + " ",
    "dots": "data:application/vc+jwt," + "a." * (ROOM // 2),
    "parameters": "data:application/vc+jwt" + ";a=b" * (ROOM // 4) + ",a.b.c",
}


@pytest.mark.parametrize("url", URLS.values(), ids=URLS)
def test_reading_an_envelope_takes_a_few_times_its_size(url):
    document = {"@context": CONTEXT_V2, "type": "EnvelopedVerifiableCredential", "id": url}
    tracemalloc.start()
    with refusal():
        enveloping.content(Enveloped.parse(document))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * LIMITS.max_bytes


def test_escapes_are_read():
    document = {"@context": CONTEXT_V2, "type": "EnvelopedVerifiableCredential"}
    found = Enveloped.parse({**document, "id": "data:application/vc+jwt,a%2E=3D%3d%20_b%00%FF"})
    assert found.data == b"a.=3D= _b\x00\xff"
