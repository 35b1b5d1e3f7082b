"""ecdsa-sd-2023 against the npm implementation of its authors, on its credential library: issue, derive, verify.

Three steps, each by us or by the peer: all eight ways are walked for every credential and every selection.
"""

from __future__ import annotations

import copy
import itertools
from typing import NamedTuple

import pytest

from credentials.errors import CredentialError
from credentials.suites import Reader
from tests.support.bbs import Randomness
from tests.support.integrity_peers import DIDS, ECDSA_SD, METHODS, code_of, document, issue, peer
from tests.support.peers import values
from tests.support.world import all_suites

SUBJECT = "/credentialSubject"
FRAME = ("/issuer", "/validFrom")


class Case(NamedTuple):
    credential: str
    mandatory: tuple[str, ...]
    selected: tuple[str, ...]


CASES = {
    "identity, one": Case("national-identity", FRAME, (f"{SUBJECT}/birthDate",)),
    "identity, within an object": Case(
        "national-identity", FRAME, (f"{SUBJECT}/birthDate", f"{SUBJECT}/address/addressCountry")
    ),
    "identity, the subject": Case("national-identity", FRAME, (SUBJECT,)),
    "identity, part of an object mandatory": Case(
        "holder named", ("/issuer", f"{SUBJECT}/address/addressCountry"), (f"{SUBJECT}/address/postalCode",)
    ),
    "identity, nothing beyond what is mandatory": Case("holder named", (*FRAME, f"{SUBJECT}/nationality"), ()),
    "degree": Case("university-degree", FRAME, (f"{SUBJECT}/degree/awardedOn", f"{SUBJECT}/degree/credits")),
    "employment": Case("employment", ("/issuer",), (f"{SUBJECT}/employer/name", f"{SUBJECT}/salary")),
    "residence": Case("permanent resident", FRAME, (f"{SUBJECT}/residence", f"{SUBJECT}/height/value")),
    "residence, validity mandatory": Case(
        "permanent resident", ("/issuer", "/validUntil"), ("/name", f"{SUBJECT}/permanentResidentCard")
    ),
    "alumni": Case("alumni", FRAME, (f"{SUBJECT}/alumniOf",)),
    "odds, of two subjects": Case("odds", FRAME, (f"{SUBJECT}/0/note", f"{SUBJECT}/1")),
    "odds, languages and unnamed nodes": Case("odds", ("/issuer",), ("/name", f"{SUBJECT}/0/part", "/evidence")),
}
WAYS = ["".join(way) for way in itertools.product("UP", repeat=3)]
"""Who issues, derives and verifies: U is we, P the peer."""


def derive(secured, selected):
    return all_suites()[ECDSA_SD].present(
        secured, pointers=selected, header=b"", random_bytes=Randomness()
    )


@pytest.fixture(scope="module")
def bases():
    """Secured credentials by who issued, and case."""
    asked = {
        name: {
            "do": "issue",
            "suite": ECDSA_SD,
            "key": "p256",
            "credential": document(case.credential, "p256"),
            "mandatory": case.mandatory,
        }
        for name, case in CASES.items()
    }
    ours = {
        name: issue(ECDSA_SD, "p256", document(case.credential, "p256"), mandatory=case.mandatory)
        for name, case in CASES.items()
    }
    return {"U": ours, "P": values(peer(asked))}


@pytest.fixture(scope="module")
def derived(bases):
    """Derived credentials by who issued and derived, and case."""
    asked = {
        f"{issuer}P {name}": {"do": "derive", "secured": secured, "selective": CASES[name].selected}
        for issuer, found in bases.items()
        for name, secured in found.items()
    }
    made = {
        f"{issuer}U {name}": derive(secured, CASES[name].selected)
        for issuer, found in bases.items()
        for name, secured in found.items()
    }
    return made | values(peer(asked))


@pytest.fixture(scope="module")
def verdicts(derived):
    return peer(
        {name: {"do": "verify", "suites": [ECDSA_SD], "secured": shown} for name, shown in derived.items()}
    )


@pytest.mark.parametrize("name", CASES)
def test_we_take_what_the_peer_issues(bases, name):
    secured = bases["P"][name]
    assert code_of(secured, Reader.HOLDER) == ""
    assert all_suites()[ECDSA_SD].mandatory(secured["proof"]) == CASES[name].mandatory
    assert code_of({**secured, "issuer": DIDS["p384"]}, Reader.HOLDER) == "issuer.mismatch"
    altered = {**secured, "validFrom": "2026-11-01T00:00:00Z"}
    assert code_of(altered, Reader.HOLDER) == "proof.signature"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", CASES)
def test_issue_derive_verify_on_either_side(derived, verdicts, way, name):
    if way[2] == "U":
        assert code_of(derived[f"{way[:2]} {name}"]) == ""
    else:
        assert verdicts[f"{way[:2]} {name}"] == (True, None)


@pytest.mark.parametrize("name", CASES)
def test_both_disclose_the_same(derived, name):
    one, *others = ({**derived[f"{way} {name}"], "proof": None} for way in ("UU", "UP", "PU", "PP"))
    assert others == [one] * 3
