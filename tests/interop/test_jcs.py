"""RFC 8785 against two npm implementations, from JSON text to canonical text."""

from __future__ import annotations

import json
import math
import random
import struct

import pytest

from did import jcs, jsontext
from tests.did.outcomes import outcome
from tests.support.peers import answer_of, ask, values

DOCUMENTS = 4000
PEERS = ("canonicalize", "json-canonicalize")
# Keys whose order differs between UTF-8 and UTF-16, names that JavaScript treats in its own way, escapes.
KEYS = [
    "",
    "a",
    "A",
    "10",
    "9",
    "é",
    "e\u0301",
    "€",
    "\ufb33",
    "\U0001f600",
    "\U00010000",
    "\uffff",
    "\r",
    "\x00",
    "__proto__",
    "constructor",
    "toJSON",
    "length",
    "@context",
    'a"b',
    "\\",
    "\u2028",
    "/",
]
CHARS = "abc \"\\/\b\f\n\r\t\x00\x1f\x7f\x80é€ß\u2028\u2029\ud7ff\ue000\ufeff\uffff\U0001f600\U0010ffff<>&'"
NUMBERS = [
    0,
    -0.0,
    1,
    -1,
    2**53 - 1,
    -(2**53) + 1,
    1e21,
    1e-6,
    1e-7,
    5e-324,
    1.7976931348623157e308,
    0.1,
    333333333.33333329,
    1e23,
    9.999999999999997e22,
    4.5,
    2e-3,
    1e15 + 0.5,
    100.0,
    -1e300,
]


def number(rng):
    kind = rng.randrange(4)
    if kind == 0:
        return rng.choice(NUMBERS)
    if kind == 1:
        return rng.randint(-(2**53) + 1, 2**53 - 1)
    if kind == 2:
        return round(rng.uniform(-1e6, 1e6), rng.randrange(6))
    (found,) = struct.unpack(">d", rng.randbytes(8))
    return found if math.isfinite(found) else 0.5


def text(rng):
    return "".join(rng.choice(CHARS) for _ in range(rng.randrange(8)))


def document(rng, depth=4):
    kind = rng.randrange(8) if depth else rng.randrange(4)
    if kind == 0:
        return rng.choice([None, True, False])
    if kind == 1:
        return number(rng)
    if kind < 4:
        return text(rng)
    size = rng.randrange(6)
    if kind < 6:
        return [document(rng, depth - 1) for _ in range(size)]
    return {
        rng.choice(KEYS) if rng.random() < 0.7 else text(rng): document(rng, depth - 1) for _ in range(size)
    }


def json_text(rng, value):
    """Write as JSON in one of several ways: escaped or not, with or without white space."""
    return json.dumps(value, ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, None, 1]))


@pytest.fixture(scope="module")
def texts():
    rng = random.Random("RFC 8785")
    return [json_text(rng, document(rng)) for _ in range(DOCUMENTS)]


@pytest.fixture(scope="module")
def answers(texts):
    return values(ask("jcs", {peer: {"do": peer, "texts": texts} for peer in PEERS}))


def ours(given):
    return outcome(lambda: jcs.canonicalize(jsontext.parse(given.encode(), max_bytes=1 << 20)))


def integral_beyond_2_53(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return any(map(integral_beyond_2_53, value))
    return isinstance(value, float) and value.is_integer() and 2**53 <= abs(value) < 1e21


def has_to_json(value):
    if isinstance(value, dict):
        return value.get("toJSON") is not None or any(map(has_to_json, value.values()))
    return isinstance(value, list) and any(map(has_to_json, value))


@pytest.mark.parametrize("peer", PEERS)
def test_the_same_bytes_for_every_document(texts, answers, peer):
    equal = refused = 0
    for given, item in zip(texts, answers[peer], strict=True):
        theirs, error = answer_of(item)
        assert error is None
        if peer == "json-canonicalize" and has_to_json(json.loads(given)):
            continue  # see below
        found = ours(given)
        if found.code is None:
            assert found.value.decode() == theirs, given
            equal += 1
        else:
            # The one difference: a double that would be written as an integer no strict reader takes.
            assert found.code == "jcs.value", given
            assert integral_beyond_2_53(json.loads(given)), given
            refused += 1
    assert equal > 3000
    assert 0 < refused < 100


def test_a_member_called_to_json():
    """The second peer takes the object for one that writes itself, and leaves its keys in their order."""
    given = '{"toJSON":1,"a":2}'
    found = values(ask("jcs", {peer: {"do": peer, "texts": [given]} for peer in PEERS}))
    assert ours(given).value == b'{"a":2,"toJSON":1}'
    assert [found[peer][0]["value"] for peer in PEERS] == ['{"a":2,"toJSON":1}', given]


LONE = ['{"a":"\\ud800"}', '["\\udfff x"]', '{"\\ud800":1}']


@pytest.mark.parametrize("given", LONE)
def test_half_of_a_surrogate_pair(given):
    """RFC 8785 section 3.2.2.2 wants an error; the second peer writes an escape instead."""
    found = values(ask("jcs", {peer: {"do": peer, "texts": [given]} for peer in PEERS}))
    assert ours(given).code == "json.surrogate"
    assert "Lone surrogate" in answer_of(found["canonicalize"][0]).error
    assert "\\ud" in answer_of(found["json-canonicalize"][0]).value


def test_a_doubled_key_is_refused_here_and_the_last_one_wins_there():
    given = '{"a":1,"a":2}'
    found = values(ask("jcs", {peer: {"do": peer, "texts": [given]} for peer in PEERS}))
    assert ours(given).code == "json.duplicate-key"
    assert [found[peer][0]["value"] for peer in PEERS] == ['{"a":2}', '{"a":2}']
