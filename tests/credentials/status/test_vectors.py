"""The examples of the Token Status List text: every encoding, in JSON and CBOR, and its tokens."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import cbor2
import pytest

from credentials.jose import jws
from credentials.limits import LIMITS
from credentials.status import cwt, token_list
from credentials.status.references import TokenReference
from did.jsontext import parse_object
from tests.support import vectors

CAP = LIMITS.max_status_bytes
URI = "https://example.com/statuslists/1"

SMALL = {"": (1, b"\xb9\xa3"), "2": (2, b"\xc9\x44\xf9")}
BITS_1 = {0: 1, 1993: 1, 25460: 1, 159495: 1, 495669: 1, 554353: 1, 645645: 1, 723232: 1, 854545: 1}
BITS_1 |= {934534: 1, 1000345: 1}
LONG = {
    1: BITS_1,
    2: {0: 1, 1993: 2, 25460: 1, 159495: 3, 495669: 1, 554353: 1, 645645: 2, 723232: 1, 854545: 1}
    | {934534: 2, 1000345: 3},
    4: {0: 1, 1993: 2, 35460: 3, 459495: 4, 595669: 5, 754353: 6, 845645: 7, 923232: 8, 924445: 9}
    | {934534: 10, 1004534: 11, 1000345: 12, 1030203: 13, 1030204: 14, 1030205: 15},
}


def json_text(name):
    text = vectors.path("token-status-list", name).read_text()
    return parse_object(re.sub(r"\s", "", text[text.index("{") :]).encode(), max_bytes=1 << 20)


def cbor_bytes(name):
    lines = vectors.path("token-status-list", name).read_text().split("encoded:")[-1]
    return bytes.fromhex(re.sub(r"\s", "", lines))


@pytest.mark.parametrize("name", SMALL)
def test_the_small_lists_of_the_text(name):
    size, data = SMALL[name]
    assert token_list.decode(json_text(f"status_list_encoding{name}_json.md"), max_bytes=99) == (size, data)
    assert cwt.decode(cbor_bytes(f"status_list_encoding{name}_cbor.md"), max_bytes=99) == (size, data)


def test_the_values_that_the_text_reads_from_them():
    ones = [token_list.read(b"\xb9\xa3", index, size=1) for index in range(16)]
    assert ones == [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
    twos = [token_list.read(b"\xc9\x44\xf9", index, size=2) for index in range(12)]
    assert twos == [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]


@pytest.mark.parametrize(
    ("size", "name"),
    [(1, "1_long"), (2, "2_long"), (4, "4"), (8, "8")],
)
def test_the_long_lists_of_the_text(size, name):
    found_json = token_list.decode(json_text(f"status_list_encoding{name}_json.md"), max_bytes=CAP)
    found_cbor = cwt.decode(cbor_bytes(f"status_list_encoding{name}_cbor.md"), max_bytes=CAP)
    assert found_json == found_cbor
    assert found_json[0] == size
    data = found_json[1]
    assert len(data) * 8 == (1 << 20) * size
    per_byte = 8 // size
    read = {
        index: token_list.read(data, index, size=size)
        for at, byte in enumerate(data)
        if byte
        for index in range(at * per_byte, (at + 1) * per_byte)
    }
    values = {index: value for index, value in read.items() if value}
    if size in LONG:
        assert values == LONG[size]
    else:
        assert sorted(values.values()) == list(range(1, 256))


def test_every_file_of_lists_was_read():
    folder = vectors.path("token-status-list")
    named = {path.name for path in folder.glob("status_list_encoding*") if "diag" not in path.name}
    read = {f"status_list_encoding{name}_{form}.md" for name in SMALL for form in ("json", "cbor")}
    read |= {
        f"status_list_encoding{n}_{f}.md" for n in ("1_long", "2_long", "4", "8") for f in ("json", "cbor")
    }
    assert named == read


def check_token(found):
    assert (found.subject, found.size, found.data) == (URI, 1, b"\xb9\xa3")
    assert found.issued == datetime.fromtimestamp(1686920170, UTC)
    assert found.expires == datetime.fromtimestamp(2291720170, UTC)
    assert found.ttl == timedelta(seconds=43200)
    assert found.keep_until(found.issued) == found.issued + found.ttl
    assert found.keep_until(found.expires) == found.expires


def test_the_token_of_the_text():
    text = re.sub(r"\s", "", vectors.path("token-status-list", "status_list_jwt_raw.md").read_text())
    token = jws.read(text, max_bytes=10_000)
    assert jws.same_type(token.typ, token_list.TYPE)
    header, claims = vectors.path("token-status-list", "status_list_jwt.md").read_text().split("\n.\n")
    assert token.header == parse_object(header.encode(), max_bytes=1 << 20)
    shown = parse_object(claims.encode(), max_bytes=1 << 20)
    assert {name: value for name, value in jws.claims(token).items() if name != "iss"} == shown
    check_token(token_list.parse(jws.claims(token), max_bytes=CAP))


def test_the_cwt_of_the_text():
    signed = cbor2.loads(cbor_bytes("status_list_cwt.md"))
    assert cbor2.loads(signed.value[0])[16] == cwt.MEDIA_TYPE
    check_token(cwt.parse(signed.value[2], max_bytes=CAP))


def test_the_reference_in_a_cwt():
    signed = cbor2.loads(cbor_bytes("referenced_token_cwt.md"))
    assert cwt.reference(signed.value[2], limits=LIMITS) == TokenReference(URI, 0)
