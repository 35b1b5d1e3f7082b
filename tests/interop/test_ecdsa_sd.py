"""ecdsa-sd-2023 against the npm implementation of its authors: issue, derive, verify.

Three steps, each by us or by the peer: all eight ways are walked for every credential and every selection.
"""

from __future__ import annotations

import copy
import itertools
from dataclasses import replace
from typing import NamedTuple

import pytest

from credentials.suites import Reader
from credentials.suites.ecdsa_sd_proof_value import DerivedProofValue
from tests.support.bbs import Randomness
from tests.support.integrity_peers import (
    DIDS,
    ECDSA_RDFC,
    ECDSA_SD,
    METHODS,
    SIGNERS,
    code_of,
    document,
    issue,
    peer,
)
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
    "identity, nothing beyond what is mandatory": Case(
        "holder named", (*FRAME, f"{SUBJECT}/nationality"), ()
    ),
    "degree": Case("university-degree", FRAME, (f"{SUBJECT}/degree/awardedOn", f"{SUBJECT}/degree/credits")),
    "employment": Case("employment", ("/issuer",), (f"{SUBJECT}/employer/name", f"{SUBJECT}/salary")),
    "residence": Case("permanent resident", FRAME, (f"{SUBJECT}/residence", f"{SUBJECT}/height/value")),
    "residence, validity mandatory": Case(
        "permanent resident", ("/issuer", "/validUntil"), ("/name", f"{SUBJECT}/permanentResidentCard")
    ),
    "alumni": Case("alumni", FRAME, (f"{SUBJECT}/alumniOf",)),
    "odds, of two subjects": Case("odds", FRAME, (f"{SUBJECT}/0/note", f"{SUBJECT}/1")),
    "odds, languages and unnamed nodes": Case(
        "odds", ("/issuer",), ("/name", f"{SUBJECT}/0/part", "/evidence")
    ),
}
WAYS = ["".join(way) for way in itertools.product("UP", repeat=3)]
"""Who issues, derives and verifies: U is we, P the peer."""


def derive(secured, selected):
    return all_suites()[ECDSA_SD].present(secured, pointers=selected, header=b"", random_bytes=Randomness())


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


def put(*path_and_value):
    *path, name, value = path_and_value

    def edit(secured):
        for step in path:
            secured = secured[step]
        if value is ...:
            del secured[name]
        else:
            secured[name] = value

    return edit


def change(make):
    """Another proof value, made of what the right one holds."""

    def edit(secured):
        value = DerivedProofValue.read(secured["proof"]["proofValue"])
        secured["proof"]["proofValue"] = replace(value, **make(value)).write()

    return edit


def flipped(signature):
    return bytes([signature[0] ^ 1]) + signature[1:]


def moved(value):
    """The statement after the one that is not mandatory takes its place."""
    size = len(value.mandatory_indexes) + len(value.signatures)
    [left] = set(range(size)) - {*value.mandatory_indexes}
    return {"mandatory_indexes": tuple(at for at in range(size) if at != (left + 1) % size)}


ALTERED = {
    "claim": put("credentialSubject", "address", "postalCode", "1000-001"),
    "claim added": put("credentialSubject", "givenName", "Ines"),
    "claim taken away": put("credentialSubject", "address", "postalCode", ...),
    "mandatory claim": put("credentialSubject", "address", "addressCountry", "ES"),
    "mandatory claim taken away": put("credentialSubject", "address", "addressCountry", ...),
    "subject": put("credentialSubject", "id", DIDS["p384"]),
    "issuer": put("issuer", DIDS["p384"]),
    "validity added": put("validUntil", "2027-11-20T00:00:00Z"),
    "created": put("proof", "created", "2026-11-19T12:00:00Z"),
    "proof options": put("proof", "expires", "2027-01-01T00:00:00Z"),
    "purpose": put("proof", "proofPurpose", "authentication"),
    "another key": put("proof", "verificationMethod", METHODS["other p256"]),
    "another suite": put("proof", "cryptosuite", ECDSA_RDFC),
    "no proof": put("proof", ...),
    "base signature": change(lambda value: {"base_signature": flipped(value.base_signature)}),
    "key of the statements": change(lambda _value: {"public_key": SIGNERS["other p256"].public_key}),
    "signature of a statement": change(
        lambda value: {"signatures": (flipped(value.signatures[0]), *value.signatures[1:])}
    ),
    "no signature of a statement": change(lambda value: {"signatures": value.signatures[1:]}),
    "a signature more": change(lambda value: {"signatures": (*value.signatures, value.signatures[0])}),
    "no statement mandatory": change(lambda _value: {"mandatory_indexes": ()}),
    "another position mandatory": change(moved),
    "labels exchanged": change(
        lambda value: {"labels": dict(zip(value.labels, reversed(value.labels.values()), strict=True))}
    ),
    "no labels": change(lambda _value: {"labels": {}}),
}
# The code of ours; what is not here is `proof.signature`.
CODES = {
    "issuer": "issuer.mismatch",
    "purpose": "proof.purpose",
    "another key": "issuer.mismatch",
    "another suite": "proof.malformed",
    "no proof": "proof.missing",
    "base proof": "proof.base",
}


@pytest.mark.parametrize("way", ["UU", "PP"])
def test_altered_ones_are_refused_by_both(bases, derived, way):
    name = "identity, part of an object mandatory"
    found = {"base proof": bases[way[0]][name]}
    for label, edit in ALTERED.items():
        found[label] = copy.deepcopy(derived[f"{way} {name}"])
        edit(found[label])
    assert {label: code_of(secured) for label, secured in found.items()} == {
        label: CODES.get(label, "proof.signature") for label in found
    }
    answers = peer(
        {
            label: {"do": "verify", "suites": [ECDSA_SD], "secured": secured}
            for label, secured in found.items()
        }
    )
    assert [label for label, answer in answers.items() if answer.error is None] == []


def test_claims_that_look_like_a_node_label():
    """The peer relabels within the text of claims too, so it does not verify our proof of such a claim."""
    unsecured = document("national-identity", "p256")
    unsecured["credentialSubject"]["familyName"] = "_:c14n0 Almeida"
    secured = issue(ECDSA_SD, "p256", unsecured, mandatory=("/issuer",))
    ours = derive(secured, (f"{SUBJECT}/familyName",))
    assert code_of(ours) == ""
    [answer] = peer({"it": {"do": "verify", "suites": [ECDSA_SD], "secured": ours}}).values()
    assert answer == (None, "Error: Error: Invalid signature.")
