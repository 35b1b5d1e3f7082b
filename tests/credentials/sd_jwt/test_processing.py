"""Packing and processing are inverse to each other, whatever is hidden; and both are bounded."""

from __future__ import annotations

import copy
import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials import sd_jwt
from credentials.errors import CredentialError
from credentials.sd_jwt.packing import pack
from credentials.sd_jwt.processing import process
from did.encoding import encode_base64url
from tests.support.sd_jwt import Randomness, digest_of, disclosure, text, verify

NAMES = st.text(st.characters(codec="utf-8"), max_size=6).filter(
    lambda name: name not in {"_sd", "...", "_sd_alg"}
)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8"))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
CLAIMS = st.dictionaries(NAMES, VALUES, max_size=5)


def all_places(value, place=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in items:
        yield (*place, step)
        yield from all_places(below, (*place, step))


def without(value, hidden, place=()):
    """The claims as they look when the hidden places are not disclosed."""
    if isinstance(value, dict):
        kept = {name: below for name, below in value.items() if (*place, name) not in hidden}
        return {name: without(below, hidden, (*place, name)) for name, below in kept.items()}
    if isinstance(value, list):
        kept = [(index, below) for index, below in enumerate(value) if (*place, index) not in hidden]
        return [without(below, hidden, (*place, index)) for index, below in kept]
    return value


def packed(claims, paths, **options):
    return pack(claims, disclosable=paths, random_bytes=Randomness(), hash_name="sha-256", **options)


@st.composite
def cases(draw):
    claims = draw(CLAIMS)
    places = sorted(all_places(claims), key=repr)
    chosen = draw(st.sets(st.sampled_from(places))) if places else set()
    return claims, chosen


@given(cases(), st.integers(0, 3))
def test_all_disclosures_give_all_claims(case, decoys):
    claims, paths = case
    given_claims = copy.deepcopy(claims)
    made = packed(claims, paths, decoys=decoys)
    found = process(json.loads(json.dumps(made.payload)), made.disclosures)
    assert found.claims == claims == given_claims
    assert found.places == paths
    assert len(made.disclosures) == len(paths)
    assert (found.hidden > 0) is (decoys > 0 and bool(paths))


@given(cases(), st.data())
def test_what_is_not_disclosed_is_not_there(case, data):
    claims, paths = case
    made = packed(claims, paths)
    held = process(made.payload, made.disclosures)
    hidden = data.draw(st.sets(st.sampled_from(sorted(paths, key=repr)))) if paths else set()
    below = {place for place in paths for outer in hidden if place[: len(outer)] == outer}
    shown = [item.text for item in held.disclosed if item.place not in below]
    assert process(made.payload, shown).claims == without(claims, below)


@given(cases())
def test_no_disclosed_value_stands_in_the_payload(case):
    claims, _ = case
    made = packed({"visible": 1, **{f"c{index}": value for index, value in enumerate(claims.values())}}, [])
    assert made.disclosures == ()
    names = [(name,) for name in made.payload]
    hidden = packed(made.payload, names)
    assert hidden.payload.keys() == {"_sd", "_sd_alg"}
    assert hidden.payload["_sd"] == sorted(hidden.payload["_sd"])


@settings(max_examples=300)
@given(st.lists(st.text("abcW_-=.~\u00e9", max_size=8), max_size=4), VALUES)
def test_whatever_is_sent_gives_our_errors_only(disclosures, value):
    with pytest.raises(CredentialError, match=r"^sd-jwt"):
        process({"a": value}, [*disclosures, disclosure("s", "b", value)])


def test_a_thousand_disclosures_cost_nothing():
    work = sd_jwt.Work()
    texts = [disclosure("salt", f"claim-{index}", 1) for index in range(1000)]
    with pytest.raises(CredentialError) as caught:
        process({"_sd": [digest_of(item) for item in texts]}, texts, work=work)
    assert caught.value.code == "sd-jwt.disclosures"
    assert work.spent == 0


def test_the_dearest_that_is_accepted_stays_within_the_limit():
    texts = [disclosure("salt", f"claim-{index}", [0] * 200) for index in range(200)]
    work = sd_jwt.Work()
    verify(text({"_sd": [digest_of(item) for item in texts]}, *texts), work=work)
    # 200 hashed, 200 looked up, 200 arrays of 200 visited, and the payload's one member.
    assert work.spent == 200 + 200 + 200 * 200 + 1


def test_nested_disclosures_end_at_the_limit():
    work = sd_jwt.Work()
    inner = disclosure("salt", "last", 1)
    texts = [inner]
    for index in range(70):
        inner = disclosure("salt", f"claim-{index}", {"_sd": [digest_of(inner)]})
        texts.append(inner)
    with pytest.raises(CredentialError) as caught:
        process({"_sd": [digest_of(inner)]}, texts, work=work)
    assert caught.value.code == "sd-jwt.depth"
    assert work.spent < 250


def test_the_same_claim_may_stand_at_two_levels():
    inner, outer = disclosure("salt-1", "name", 1), disclosure("salt-2", "name", {"x": 2})
    found = process({"a": {"_sd": [digest_of(inner)]}, "_sd": [digest_of(outer)]}, [inner, outer])
    assert found.claims == {"a": {"name": 1}, "name": {"x": 2}}


def test_white_space_of_other_issuers_is_kept_in_the_digest():
    # Published in RFC 9901, section 4.2.1 and 4.2.3.
    published = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    assert digest_of(published) == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
    assert process({"_sd": [digest_of(published)]}, [published]).claims == {"family_name": "Möbius"}


@pytest.mark.parametrize("name", ["sha-256", "sha-384", "sha-512"])
def test_every_hash_is_read(name):
    made = pack({"a": [1, 2]}, disclosable=[("a",)], random_bytes=Randomness(), hash_name=name)
    assert made.payload["_sd_alg"] == name
    hashed = hashlib.new(name.replace("-", ""), made.disclosures[0].encode()).digest()
    assert made.payload["_sd"] == [encode_base64url(hashed)]
    assert process(made.payload, made.disclosures).claims == {"a": [1, 2]}


@pytest.mark.parametrize("name", ["sha-1", "SHA-256", "md5", None, 7, ["sha-256"]])
def test_no_other_hash_is_read(name):
    with pytest.raises(CredentialError) as caught:
        process({"_sd_alg": name}, [])
    assert caught.value.code == "sd-jwt.hash"


def test_numbers_that_json_cannot_carry_are_not_issued():
    with pytest.raises(CredentialError) as caught:
        packed({"a": 2**53}, [("a",)])
    assert caught.value.code == "sd-jwt.claims"
