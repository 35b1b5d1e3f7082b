"""How a credential names its revocation list in the open: one entry, and nothing beside it."""

from __future__ import annotations

import pytest

from credentials.model import Typed
from credentials.revocation.reference import POINTER, STATUS_TYPE, entry, is_entry, is_reference

URL = "https://issuer.example/revocation/1"


def test_an_entry_is_an_address_and_a_type():
    assert entry(URL) == {"id": URL, "type": "https://avow.example/vocab/status#RevocationList"}
    assert is_entry(entry(URL), URL)
    assert POINTER == "/credentialStatus"


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        URL,
        [entry(URL)],
        {"id": URL},
        {"type": STATUS_TYPE},
        {"id": URL + "x", "type": STATUS_TYPE},
        {"id": URL, "type": [STATUS_TYPE]},
        {"id": URL, "type": "BitstringStatusListEntry"},
        {**entry(URL), "statusPurpose": "revocation"},
    ],
    ids=str,
)
def test_whatever_else_stands_there_is_no_entry(value):
    assert not is_entry(value, URL)


@pytest.mark.parametrize(("kind", "names"), [(STATUS_TYPE, True), ("BitstringStatusListEntry", False)])
def test_an_entry_names_a_list_by_its_type(kind, names):
    assert is_reference(Typed((kind,), URL, {})) is names
