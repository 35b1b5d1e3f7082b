"""What a holder selects is shown, with what it stands in, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials import sd_jwt
from credentials.errors import CredentialError
from credentials.sd_jwt import paths
from tests.support.sd_jwt import (
    HOLDER,
    ISSUER,
    NONCE,
    NOW,
    TYP,
    VERIFIER,
    Randomness,
    verify,
    verify_binding,
)

CLAIMS = {
    "iss": "https://issuer.example",
    "name": "Ines",
    "address": {"street": "Rua 1", "city": "Lisboa", "country": "PT"},
    "degrees": [{"type": "BSc", "year": 2011}, {"type": "MSc", "year": 2013}],
    "nationalities": ["PT", "FR"],
}
DISCLOSABLE = [
    ("name",),
    ("address",),
    ("address", "street"),
    ("address", "city"),
    ("degrees", None),
    ("degrees", None, "year"),
    ("nationalities", None),
]


@pytest.fixture
def held():
    text = sd_jwt.issue(
        CLAIMS,
        signer=ISSUER,
        typ=TYP,
        random_bytes=Randomness(),
        disclosable=DISCLOSABLE,
        holder_key=HOLDER.public_key,
        decoys=3,
    )
    return sd_jwt.receive(sd_jwt.read(text), ISSUER.public_key, expected_typ=TYP, now=NOW)


def shown(held, selected, **options):
    claims = verify(sd_jwt.present(held, selected, **options)).claims
    return {name: claims[name] for name in claims if name not in {"iss", "cnf"}}


def test_nothing_selected_shows_what_is_always_visible(held):
    assert shown(held, []) == {"degrees": [], "nationalities": []}


def test_a_member_is_shown_with_what_it_stands_in(held):
    assert shown(held, [("address", "city")])["address"] == {"city": "Lisboa", "country": "PT"}


def test_an_object_is_shown_with_all_it_holds(held):
    assert shown(held, [("address",)])["address"] == CLAIMS["address"]


def test_or_with_what_is_visible_in_it_only(held):
    assert shown(held, [("address",)], whole_values=False)["address"] == {"country": "PT"}


def test_null_selects_every_element(held):
    assert shown(held, [("degrees", None, "type")])["degrees"] == [{"type": "BSc"}, {"type": "MSc"}]


def test_a_position_selects_one_element(held):
    assert shown(held, [("nationalities", 1)])["nationalities"] == ["FR"]
    assert shown(held, [("degrees", 1)])["degrees"] == [CLAIMS["degrees"][1]]


def test_pointers_are_paths(held):
    found = [paths.from_pointer(pointer, held.claims) for pointer in ("/degrees/0/year", "/name")]
    assert found == [("degrees", 0, "year"), ("name",)]
    assert shown(held, found) == {"name": "Ines", "degrees": [CLAIMS["degrees"][0]], "nationalities": []}


@pytest.mark.parametrize("path", [("address", "planet"), ("nationalities", 2), ("name", None)], ids=repr)
def test_a_path_to_nothing_is_an_error(held, path):
    with pytest.raises(CredentialError) as caught:
        sd_jwt.present(held, [path])
    assert caught.value.code == "path.nothing"


def test_a_bound_presentation_gives_the_holders_key(held):
    binding = sd_jwt.KeyBinding(HOLDER, VERIFIER, NONCE, NOW)
    assert verify_binding(sd_jwt.present(held, [("name",)], key_binding=binding)) == HOLDER.public_key


def test_the_order_of_disclosures_is_the_issuers(held):
    everything = [(name,) for name in CLAIMS]
    assert sd_jwt.read(sd_jwt.present(held, everything)).disclosures == held.sd_jwt.disclosures


@pytest.mark.parametrize("path", [[], "a", ["a", True], ["a", -1], ["a", 1.5], ["a", {}], ["a"] * 65, None])
def test_what_is_no_path(path):
    with pytest.raises(CredentialError) as caught:
        paths.parse(path)
    assert caught.value.code == "path.malformed"


@given(st.lists(st.text(max_size=4) | st.integers(0, 9) | st.none(), min_size=1, max_size=6))
def test_every_other_list_is_one(path):
    assert paths.parse(path) == tuple(path)
