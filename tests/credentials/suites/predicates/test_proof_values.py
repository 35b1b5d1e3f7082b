"""Proof values of bbs-predicates-2026: written and read again, and whatever else comes is malformed."""

from __future__ import annotations

from dataclasses import replace

import cbor2
import pytest

from credentials.errors import CredentialError
from credentials.suites.predicates.value import BASE, DERIVED, BaseValue, DerivedValue, Revocable, SlotCounts
from did.encoding import encode_base64url
from tests.support.forging import recoded

NAME = "bbs-predicates-2026"
REVOCABLE = Revocable("https://issuer.example/revocation/1", 32, 7)

BASE_VALUE = BaseValue(
    signature=b"s" * 80,
    issuer_key=b"k" * 96,
    hmac_key=b"h" * 32,
    entropy=b"e" * 32,
    schema=b"c" * 32,
    counts=SlotCounts(48, 1),
    revocable=REVOCABLE,
    digit_list=b"d" * 32,
    mandatory_pointers=("/issuer", "/credentialSchema"),
)
DERIVED_VALUE = DerivedValue(
    proof=b"p" * 1000,
    position=0,
    query="identity",
    labels={"c14n0": "b3", "c14n1": "b0"},
    mandatory_indexes=(0, 1, 4),
    selective_indexes=(2, 9),
    schema=b"c" * 32,
    counts=SlotCounts(48, 1),
    revocable=REVOCABLE,
    digit_list=b"",
)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"revocable": None},
        {"digit_list": b""},
        {"counts": SlotCounts(128, 16)},
        {"counts": SlotCounts(1, 1)},
        {"mandatory_pointers": ()},
        {"revocable": replace(REVOCABLE, width=8, number=0)},
        {"revocable": replace(REVOCABLE, width=16, number=(1 << 63) - 1)},
        {"revocable": replace(REVOCABLE, url="u" * 2048, width=24)},
    ],
    ids=str,
)
def test_a_base_value_is_read_as_it_was_written(changes):
    value = replace(BASE_VALUE, **changes)
    assert BaseValue.read(value.write()) == value


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"revocable": None},
        {"digit_list": b"d" * 32},
        {"labels": {}},
        {"mandatory_indexes": ()},
        {"selective_indexes": ()},
        {"position": 3, "proof": b""},
        {"query": "q"},
        {"query": "q" * 128},
    ],
    ids=str,
)
def test_a_derived_value_is_read_as_it_was_written(changes):
    value = replace(DERIVED_VALUE, **changes)
    assert DerivedValue.read(value.write()) == value


def test_values_begin_with_their_headers():
    assert BASE.begins(BASE_VALUE.write())
    assert DERIVED.begins(DERIVED_VALUE.write())
    assert not BASE.begins(DERIVED_VALUE.write())
    assert not DERIVED.begins(None)


def code_of(read, text):
    with pytest.raises(CredentialError) as caught:
        read(text)
    assert caught.value.clause
    return caught.value.code


def test_each_kind_says_what_it_is_where_the_other_is_expected():
    assert code_of(BaseValue.read, DERIVED_VALUE.write()) == f"{NAME}.derived-proof"
    assert code_of(DerivedValue.read, BASE_VALUE.write()) == f"{NAME}.base-proof"


def test_no_repr_shows_what_the_holder_keeps():
    assert "hhhh" not in repr(BASE_VALUE)


WRONG_COUNTS = [0, -1, 129, True, 48.0, "48", None, 1 << 70]
WRONG_NYMS = [0, -1, 17, True, 1.0, "1", None]
WRONG_DIGESTS = [b"d" * 31, b"d" * 33, b"d", "d" * 32, None, [], 0]
WRONG_LISTS = [
    None,
    {},
    b"",
    "",
    0,
    ["https://issuer.example/1"],
    ["https://issuer.example/1", 32],
    ["https://issuer.example/1", 32, 7, 7],
    ["", 32, 7],
    [b"https://issuer.example/1", 32, 7],
    ["https://issuer.example/\u00e9", 32, 7],
    ["u" * 2049, 32, 7],
    [None, 32, 7],
    *(["https://issuer.example/1", width, 7] for width in (0, 7, 12, 33, 64, True, "32", None)),
    *(["https://issuer.example/1", 32, number] for number in (-1, 1 << 63, True, 7.0, "7", None)),
]
SHARED = [("L", WRONG_COUNTS), ("N", WRONG_NYMS), ("list", WRONG_LISTS), ("digits", WRONG_DIGESTS)]
WRONG_BASE = [
    *((0, value) for value in (b"", b"s" * 79, b"s" * 81, "s" * 80, None)),
    *((1, value) for value in (b"", b"k" * 95, b"k" * 48, "k" * 96)),
    *((2, value) for value in (b"", b"h" * 31, b"h" * 33, "h" * 32)),
    *((3, value) for value in (b"", b"e" * 31, 5)),
    *((4, value) for value in (b"", b"c" * 31, "c" * 32)),
    *((place, value) for place, (_, values) in enumerate(SHARED, start=5) for value in values),
    *((9, value) for value in (None, "/issuer", ["/issuer", 1], [b"/issuer"], {})),
]
WRONG_DERIVED = [
    *((0, value) for value in (b"", None, "p", 0, [])),
    *((1, value) for value in (1, 3, 4, -1, True, "0", None, 0.0)),
    *((2, value) for value in ("", "q" * 129, b"identity", None, 0)),
    *(
        (3, value)
        for value in (None, [], {1: 0}, {0: 1, 2: 3}, {0: 1, 1: 1}, {0: "b1"}, {"c14n0": 1}, {0: -1})
    ),
    *((4, value) for value in (None, [1, 0], [0, 0], [-1], [True], ["0"], [1 << 31], b"")),
    *((5, value) for value in (None, [9, 2], [2, 2], [-1], [0.0])),
    *((6, value) for value in (b"", b"c" * 31, b"c" * 33, "c" * 32, None)),
    *((place, value) for place, (_, values) in enumerate(SHARED, start=7) for value in values),
]


def identifier(part):
    return f"{repr(part)[:40]}-{len(part) if isinstance(part, bytes | str | list) else ''}"


def put(place, value):
    def change(parts):
        parts[place] = value

    return change


@pytest.mark.parametrize(("place", "value"), WRONG_BASE, ids=identifier)
def test_a_wrong_part_makes_a_base_value_malformed(place, value):
    assert code_of(BaseValue.read, recoded(BASE_VALUE.write(), put(place, value))) == f"{NAME}.malformed"


@pytest.mark.parametrize(("place", "value"), WRONG_DERIVED, ids=identifier)
def test_a_wrong_part_makes_a_derived_value_malformed(place, value):
    assert (
        code_of(DerivedValue.read, recoded(DERIVED_VALUE.write(), put(place, value))) == f"{NAME}.malformed"
    )


def test_a_later_part_has_no_proof_of_its_own():
    text = replace(DERIVED_VALUE, position=1, proof=b"p").write()
    assert code_of(DerivedValue.read, text) == f"{NAME}.malformed"


@pytest.mark.parametrize(
    ("read", "value"), [(BaseValue.read, BASE_VALUE), (DerivedValue.read, DERIVED_VALUE)]
)
def test_one_text_has_one_value(read, value):
    form = BASE if value is BASE_VALUE else DERIVED
    parts = form.read(value.write())
    texts = [
        recoded(value.write(), lambda found: found.append(0)),
        recoded(value.write(), lambda found: found.pop()),
        "u" + encode_base64url(form.header + cbor2.dumps(parts, canonical=True) + b"\0"),
        "u" + encode_base64url(form.header + b"\x9f" + cbor2.dumps(parts, canonical=True)[1:] + b"\xff"),
        "u" + encode_base64url(form.header + cbor2.dumps({0: parts}, canonical=True)),
        "u" + encode_base64url(form.header),
        "u" + encode_base64url(form.header[:2]),
        "u" + encode_base64url(b"\xd9\x5d\x02" + cbor2.dumps(parts, canonical=True)),
        "z" + value.write()[1:],
        value.write() + "=",
        "u",
        "",
    ]
    assert {code_of(read, text) for text in texts} == {f"{NAME}.malformed"}
