"""Proof sets and chains beside the npm library: Data Integrity 1.0, 4.3 and 4.5.

The library makes and reads sets. It reads a set as "one of these holds", we as "each holds". It has no
chains: `previousProof` is an option that it signs and does not follow.
"""

from __future__ import annotations

import copy

import pytest

from did.integrity import add_proof
from tests.support.integrity_peers import (
    ECDSA_JCS,
    ECDSA_RDFC,
    EDDSA_JCS,
    EDDSA_RDFC,
    SIGNERS,
    code_of,
    document,
    issue,
    options,
    peer,
)
from tests.support.peers import values
from tests.support.world import all_suites

# Each has its own key: two of the issuer's would need a DID of two keys.
PAIRS = [
    ((EDDSA_RDFC, "ed25519"), (ECDSA_RDFC, "p256")),
    ((ECDSA_RDFC, "p384"), (EDDSA_JCS, "ed25519")),
    ((ECDSA_JCS, "p256"), (EDDSA_RDFC, "ed25519")),
    ((EDDSA_RDFC, "ed25519"), (EDDSA_RDFC, "other ed25519")),
]
FIRST = "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544"


def added(secured, suite, key, **changes):
    """One proof more, by us."""
    return add_proof(
        secured,
        suite=all_suites()[suite].cryptosuite,
        options=options(suite, key, **changes),
        signer=SIGNERS[key],
    )


def issued(pair, **changes):
    suite, key = pair
    return issue(suite, key, document("permanent resident", key), **changes)


def shown(secured, *pairs):
    return {"do": "verify", "suites": [suite for suite, _ in pairs], "secured": secured}


def added_by_peer(secured, suite, key):
    return {"do": "add", "suite": suite, "key": key, "secured": secured}


@pytest.fixture(scope="module")
def sets():
    """By who adds the second proof, and the pair."""
    ours = {number: added(issued(one), *other) for number, (one, other) in enumerate(PAIRS)}
    asked = {str(number): added_by_peer(issued(one), *other) for number, (one, other) in enumerate(PAIRS)}
    theirs = values(peer(asked))
    return {
        f"{whose} {number}": found
        for whose, made in (("ours", ours), ("theirs", theirs))
        for number, found in made.items()
    }


def pair_of(name):
    return PAIRS[int(name.split()[1])]


def test_a_set_is_taken_on_both_sides(sets):
    assert {name: code_of(secured) for name, secured in sets.items()} == dict.fromkeys(sets, "")
    assert {len(secured["proof"]) for secured in sets.values()} == {2}
    asked = {name: shown(secured, *pair_of(name)) for name, secured in sets.items()}
    assert values(peer(asked)) == dict.fromkeys(asked, True)


def test_a_claim_altered_is_refused_on_both_sides(sets):
    altered = copy.deepcopy(sets)
    for secured in altered.values():
        secured["credentialSubject"]["familyName"] = "Mallory"
    assert {code_of(secured) for secured in altered.values()} == {"proof.signature"}
    answers = peer({name: shown(secured, *pair_of(name)) for name, secured in altered.items()})
    assert [name for name, answer in answers.items() if answer.error is None] == []


def test_one_broken_proof_is_enough_for_us_to_refuse(sets):
    """The peer takes a set of which one proof holds, whichever that is."""
    broken = copy.deepcopy(sets)
    for secured in broken.values():
        secured["proof"][1]["created"] = "2026-11-19T12:00:00Z"
    assert {code_of(secured) for secured in broken.values()} == {"proof.signature"}
    asked = {name: shown(secured, *pair_of(name)) for name, secured in broken.items()}
    assert values(peer(asked)) == dict.fromkeys(asked, True)


def chain(first, last, **changes):
    """Signed by a witness, then by the issuer, whose proof covers that of the witness."""
    suite, key = first
    witnessed = issue(suite, key, document("permanent resident", last[1]), id=FIRST, **changes)
    return added(witnessed, *last, previous_proof=(FIRST,))


def test_a_chain_is_ours_alone():
    chains = {str(number): chain(*pair) for number, pair in enumerate(PAIRS)}
    assert {name: code_of(secured) for name, secured in chains.items()} == dict.fromkeys(chains, "")
    # The peer checks the proof that covers another over the bare document, in its place or alone.
    last = {name: {**secured, "proof": secured["proof"][1]} for name, secured in chains.items()}
    asked = {
        f"whole {name}": shown(secured, PAIRS[int(name)][1])
        for name, secured in chains.items()
        if name != "3"
    }
    asked |= {f"last {name}": shown(secured, PAIRS[int(name)][1]) for name, secured in last.items()}
    assert all("Invalid signature" in (answer.error or "") for answer in peer(asked).values())
    assert {code_of(secured) for secured in last.values()} == {"proof.previous-unknown"}


def test_a_chain_with_its_first_proof_replaced_is_refused_by_us():
    """The first proof is made anew, and holds: what does not is the second, which covered the old one."""
    first, last = PAIRS[1]
    secured = chain(first, last)
    secured["proof"][0] = chain(first, last, nonce="another")["proof"][0]
    assert code_of(secured) == "proof.signature"
