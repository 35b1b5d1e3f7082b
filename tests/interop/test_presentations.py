"""Presentations with embedded proofs beside `vc.signPresentation` and `vc.verify`: challenge and domain.

Whoever holds is a did:key on both sides. Credentials inside are of several suites, and verified with it.
"""

from __future__ import annotations

import copy
from datetime import timedelta

import pytest

from tests.support.bbs import Randomness
from tests.support.integrity_peers import (
    CHALLENGE,
    CREDENTIALS,
    DIDS,
    DOMAIN,
    ECDSA_JCS,
    ECDSA_RDFC,
    ECDSA_SD,
    EDDSA_JCS,
    EDDSA_RDFC,
    METHODS,
    NOW,
    V2,
    document,
    issue,
    peer,
    present,
    presentation_code_of,
    sign_presentation,
)
from tests.support.peers import values
from tests.support.world import all_suites

HOLDERS = [
    (EDDSA_RDFC, "other ed25519"),
    (ECDSA_RDFC, "other p256"),
    (ECDSA_RDFC, "other p384"),
    (EDDSA_JCS, "other ed25519"),
    (ECDSA_JCS, "other p256"),
]
ISSUERS = [(EDDSA_RDFC, "ed25519"), (ECDSA_RDFC, "p384"), (ECDSA_JCS, "p256")]
SUITES = sorted({suite for suite, _ in HOLDERS + ISSUERS} | {ECDSA_SD})


def credential_for(holder, name, suite, key):
    unsecured = document(name, key)
    subject = unsecured["credentialSubject"]
    for one in subject if isinstance(subject, list) else [subject]:
        one["id"] = DIDS[holder]
    return issue(suite, key, unsecured)


def disclosed(holder):
    unsecured = document("national-identity", "p256")
    unsecured["credentialSubject"]["id"] = DIDS[holder]
    secured = issue(ECDSA_SD, "p256", unsecured, mandatory=("/issuer", "/credentialSubject/id"))
    return all_suites()[ECDSA_SD].present(
        secured, pointers=("/credentialSubject/nationality",), header=b"", random_bytes=Randomness()
    )


def contents(holder):
    """What a holder shows, by name: each credential alone, and several of several suites."""
    found = {
        name: [credential_for(holder, name, *ISSUERS[number % len(ISSUERS)])]
        for number, name in enumerate(CREDENTIALS)
    }
    found["disclosed"] = [disclosed(holder)]
    found["several"] = [made for [made] in found.values()]
    return found


CASES = {f"{suite} {key}": (suite, key) for suite, key in HOLDERS}


def checked(presentation, **changes):
    return {
        "do": "verify_presentation",
        "suites": SUITES,
        "presentation": presentation,
        "challenge": CHALLENGE,
        "domain": DOMAIN,
        **changes,
    }


@pytest.fixture(scope="module")
def shown():
    return {key: contents(key) for _, key in HOLDERS}


@pytest.fixture(scope="module")
def ours(shown):
    return {
        f"{case}, {name}": present(suite, key, credentials)
        for case, (suite, key) in CASES.items()
        for name, credentials in shown[key].items()
    }


@pytest.fixture(scope="module")
def theirs(shown):
    asked = {
        f"{case}, {name}": {
            "do": "present",
            "suite": suite,
            "key": key,
            "presentation": {
                "@context": [V2],
                "type": ["VerifiablePresentation"],
                "holder": DIDS[key],
                "verifiableCredential": credentials,
            },
            "challenge": CHALLENGE,
            "domain": DOMAIN,
        }
        for case, (suite, key) in CASES.items()
        for name, credentials in shown[key].items()
    }
    return values(peer(asked))


def test_the_peer_verifies_what_we_present(ours):
    answers = peer({name: checked(presentation) for name, presentation in ours.items()})
    assert values(answers) == dict.fromkeys(ours, True)


def test_we_verify_what_the_peer_presents(theirs):
    codes = {name: presentation_code_of(presentation) for name, presentation in theirs.items()}
    assert codes == dict.fromkeys(theirs, "")


def test_ed25519_makes_the_very_proof_that_the_peer_makes(ours, theirs):
    made = [name for name in ours if name.startswith("eddsa")]
    assert [ours[name]["proof"] for name in made] == [theirs[name]["proof"] for name in made]
    assert len(made) > len(CREDENTIALS)


def put(*path_and_value):
    *path, name, value = path_and_value

    def edit(presentation):
        for step in path:
            presentation = presentation[step]
        if value is ...:
            del presentation[name]
        else:
            presentation[name] = value

    return edit


CREDENTIAL = ("verifiableCredential", 0)
ALTERED = {
    "challenge": put("proof", "challenge", "another"),
    "no challenge": put("proof", "challenge", ...),
    "domain": put("proof", "domain", "https://other.example"),
    "no domain": put("proof", "domain", ...),
    "domain in a list": put("proof", "domain", [DOMAIN]),
    "one domain more": put("proof", "domain", [DOMAIN, "https://other.example"]),
    "purpose": put("proof", "proofPurpose", "assertionMethod"),
    "created": put("proof", "created", "2026-11-19T12:00:00Z"),
    "expires added": put("proof", "expires", "2027-11-19T12:00:00Z"),
    "no proof": put("proof", ...),
    "another key": put("proof", "verificationMethod", METHODS["ed25519"]),
    "holder": put("holder", DIDS["ed25519"]),
    "no holder": put("holder", ...),
    "id added": put("id", "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544"),
    "a credential less": lambda found: found["verifiableCredential"].pop(),
    "no credential": put("verifiableCredential", ...),
    "a credential twice": lambda found: found["verifiableCredential"].append(
        copy.deepcopy(found["verifiableCredential"][0])
    ),
    "claim": put(*CREDENTIAL, "credentialSubject", "birthDate", "1994-03-18"),
    "proof of a credential taken away": put(*CREDENTIAL, "proof", ...),
    "claim in a presentation signed again": (
        put(*CREDENTIAL, "credentialSubject", "birthDate", "1994-03-18"),
        {},
    ),
    "credential of another subject": (
        put(*CREDENTIAL, credential_for("p384", "employment", *ISSUERS[0])),
        {},
    ),
    "for another challenge": (None, {"challenge": "another"}),
    "for another domain": (None, {"domain": "https://other.example"}),
    "for no domain": (None, {"domain": None}),
    "for another purpose": (None, {"proof_purpose": "assertionMethod"}),
    "in the holder's name": (put("holder", DIDS["ed25519"]), {}),
    "expired": (None, {"expires": NOW - timedelta(hours=1)}),
}


def altered(suite, key):
    secured = present(suite, key, [credential_for(key, "national-identity", *ISSUERS[0]), disclosed(key)])
    for name, edit in ALTERED.items():
        found = copy.deepcopy(secured)
        if not isinstance(edit, tuple):
            edit(found)
            yield name, found
            continue
        del found["proof"]
        if edit[0]:
            edit[0](found)
        yield name, sign_presentation(suite, key, found, **edit[1])


# The code of ours; what is not here is `proof.signature`.
CODES = {
    "challenge": "proof.challenge",
    "no challenge": "proof.challenge",
    "domain": "proof.domain",
    "no domain": "proof.domain",
    "domain in a list": "proof.domain",
    "one domain more": "proof.domain",
    "purpose": "proof.purpose",
    "no proof": "proof.missing",
    "another key": "presentation.holder",
    "holder": "presentation.holder",
    "no credential": "presentation.empty",
    "credential of another subject": "presentation.holder",
    "for another challenge": "proof.challenge",
    "for another domain": "proof.domain",
    "for no domain": "proof.domain",
    "for another purpose": "proof.purpose",
    "in the holder's name": "presentation.holder",
    "expired": "proof.expired",
}
PEER_TAKES = {
    "domain in a list": "as statements, a list of one domain and the domain alone are the same",
    "in the holder's name": "who signed is not compared with `holder` unless the caller names a controller",
    "credential of another subject": "who shows a credential is not compared with its subject",
    "expired": "the peer reads the form of `expires` and compares it with no time",
}


@pytest.mark.parametrize(("suite", "key"), HOLDERS[:3])
def test_both_refuse(suite, key):
    found = dict(altered(suite, key))
    assert {name: presentation_code_of(presentation) for name, presentation in found.items()} == {
        name: CODES.get(name, "proof.signature") for name in found
    }
    answers = peer({name: checked(presentation) for name, presentation in found.items()})
    assert {name for name, answer in answers.items() if answer.error is None} == set(PEER_TAKES)


@pytest.mark.parametrize(("suite", "key"), HOLDERS[:2])
def test_a_context_that_changes_no_statement_is_let_by_on_both_sides(suite, key):
    """What RDF suites sign are statements; a context that is bundled and changes one of them is refused."""
    presentation = present(suite, key, [disclosed(key)])
    presentation["@context"].append("https://w3id.org/citizenship/v4rc1")
    assert presentation_code_of(presentation) == ""
    assert values(peer({"it": checked(presentation)})) == {"it": True}
