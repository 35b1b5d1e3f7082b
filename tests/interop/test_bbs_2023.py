"""bbs-2023 against the npm implementation of its authors, on its credential library: issue, derive, verify.

Three steps, each by us or by the peer: all eight ways are walked for every case. The presentation header is
always one that the verifier expects.
"""

from __future__ import annotations

import copy
import itertools

import pytest

from credentials.errors import CredentialError
from credentials.suites import Bbs2023
from did.encoding import encode_multibase
from schemas import examples
from tests.support.bbs import V2, Randomness, credential, key_pair, options
from tests.support.peers import ask, values
from zk import bbs

HEADER = bytes(range(32))
CONTROLLER = "did:example:issuer"
BIRTH = "/credentialSubject/birthDate"


def profile(name, **claims):
    kind = "".join(part.capitalize() for part in name.split("-")) + "Credential"
    return credential(
        **{"@context": [V2, f"https://avow.example/contexts/{name}/v1"]},
        type=["VerifiableCredential", kind],
        credentialSubject={**examples.load(name), **claims},
    )


# The document, what is mandatory, what the holder selects.
CASES = {
    "identity": (
        profile("national-identity"),
        ["/issuer", "/validFrom"],
        [BIRTH, "/credentialSubject/address/addressCountry"],
    ),
    "identity, part of an object mandatory": (
        profile("national-identity", id="did:example:holder"),
        ["/issuer", "/credentialSubject/address/addressCountry", "/credentialSubject/resident"],
        ["/credentialSubject/address/postalCode"],
    ),
    "employment": (
        profile("employment"),
        ["/issuer"],
        ["/credentialSubject/employer/name", "/credentialSubject/salary"],
    ),
    "degree": (profile("university-degree"), ["/issuer"], ["/credentialSubject/degree/awardedOn"]),
    "text with escapes": (
        profile("national-identity", givenName='"quoted" \\ back\nline\ttab é \U0001f600'),
        ["/issuer"],
        ["/credentialSubject/givenName"],
    ),
    "array of one": (
        profile("national-identity", givenName=["Ines"]),
        ["/issuer"],
        ["/credentialSubject/givenName"],
    ),
}
WAYS = ["".join(way) for way in itertools.product("UP", repeat=3)]
"""Who issues, derives and verifies: U is we, P the peer."""


class World:
    """Our suite and keys, and the peer with the same keys."""

    def __init__(self, canonicalizer, bundled):
        bbs_suite = bbs.suite(bbs.SHA256)
        self.suite = Bbs2023(canonicalizer, bbs_suite)
        self.secret, self.public = key_pair(bbs_suite, b"an issuer's key material, for tests")
        method = {
            "@context": "https://w3id.org/security/multikey/v1",
            "id": f"{CONTROLLER}#{self.public.multikey()}",
            "type": "Multikey",
            "controller": CONTROLLER,
            "publicKeyMultibase": self.public.multikey(),
        }
        self.method = method["id"]
        controller = {
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
            "id": CONTROLLER,
            "assertionMethod": [method],
        }
        # multicodec bls12_381-g2-priv
        secret = encode_multibase(bytes.fromhex("8a26") + self.secret.to_bytes())
        self.given = {
            "documents": {**bundled, self.method: method, CONTROLLER: controller},
            "key": {**method, "secretKeyMultibase": secret},
            "header": HEADER.hex(),
            "now": "2026-11-20T12:00:00Z",
        }

    def ask(self, tasks):
        return ask("bbs_2023", tasks, self.given)

    def issue(self, document, mandatory):
        stated = options(verification_method=self.method)
        return self.suite.create_base(
            document,
            stated,
            self.secret,
            self.public,
            mandatory_pointers=mandatory,
            random_bytes=Randomness(),
        )

    def derive(self, secured, selective):
        return self.suite.derive(
            secured, selective_pointers=selective, presentation_header=HEADER, random_bytes=Randomness()
        )

    def verify(self, derived, header=HEADER):
        self.suite.verify_derived(derived, public_key=self.public, expected_presentation_header=header)

    def code_of(self, derived, header=HEADER):
        with pytest.raises(CredentialError) as caught:
            self.verify(derived, header)
        return caught.value.code


@pytest.fixture(scope="module")
def world(canonicalizer, bundled):
    return World(canonicalizer, bundled)


@pytest.fixture(scope="module")
def bases(world):
    """Secured credentials by who issued and case."""
    theirs = values(
        world.ask(
            {
                name: {"do": "issue", "credential": document, "mandatory": mandatory}
                for name, (document, mandatory, _) in CASES.items()
            }
        )
    )
    ours = {name: world.issue(document, mandatory) for name, (document, mandatory, _) in CASES.items()}
    return {"U": ours, "P": theirs}


@pytest.fixture(scope="module")
def derived(world, bases):
    """Derived credentials by who issued, who derived, and case."""
    tasks = {
        f"{issuer} {name}": {"do": "derive", "secured": secured, "selective": CASES[name][2]}
        for issuer, found in bases.items()
        for name, secured in found.items()
    }
    theirs = values(world.ask(tasks))
    made = {}
    for issuer, found in bases.items():
        made[issuer + "U"] = {name: world.derive(secured, CASES[name][2]) for name, secured in found.items()}
        made[issuer + "P"] = {name: theirs[f"{issuer} {name}"] for name in found}
    return made


@pytest.fixture(scope="module")
def verdicts(world, derived):
    """What the peer says of every derived credential, and of the altered ones."""
    tasks = {
        f"{way}P {name}": {"do": "verify", "secured": secured}
        for way, found in derived.items()
        for name, secured in found.items()
    }
    return world.ask(tasks)


@pytest.mark.parametrize("name", CASES)
def test_we_take_what_the_peer_issues(world, bases, name):
    secured = bases["P"][name]
    world.suite.verify_base(secured, public_key=world.public)
    assert list(world.suite.mandatory_pointers(secured["proof"])) == CASES[name][1]
    secured = copy.deepcopy(secured)
    secured["credentialSubject"]["familyName"] = "Mallory"
    with pytest.raises(CredentialError) as caught:
        world.suite.verify_base(secured, public_key=world.public)
    assert caught.value.code == "bbs-2023.signature"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", CASES)
def test_issue_derive_verify_on_either_side(world, derived, verdicts, way, name):
    if way[2] == "U":
        world.verify(derived[way[:2]][name])
    else:
        assert verdicts[f"{way} {name}"] == (True, None)


@pytest.mark.parametrize("name", CASES)
def test_both_disclose_the_same(derived, name):
    def shown(secured):
        return {member: value for member, value in secured.items() if member != "proof"}

    one, *others = (shown(derived[way][name]) for way in derived)
    # The peer writes an array of one element without its brackets; the statements are the same.
    if name == "array of one":
        one["credentialSubject"]["givenName"] = "Ines"
        for other in others:
            assert other["credentialSubject"].pop("givenName") in ("Ines", ["Ines"])
            other["credentialSubject"]["givenName"] = "Ines"
    assert others == [one] * 3


def put(*path_and_value):
    *path, name, value = path_and_value

    def edit(secured):
        for step in path:
            secured = secured[step]
        secured[name] = value

    return edit


ALTERED = {
    "claim": (put("credentialSubject", "birthDate", "1994-03-18"), "bbs-2023.proof"),
    "claim added": (put("credentialSubject", "givenName", "Ines"), "bbs-2023.indexes"),
    "claim taken away": (lambda secured: secured["credentialSubject"].pop("birthDate"), "bbs-2023.indexes"),
    "mandatory claim": (put("issuer", "did:example:mallory"), "bbs-2023.proof"),
    "mandatory claim taken away": (lambda secured: secured.pop("validFrom"), "bbs-2023.indexes"),
    "proof options": (put("proof", "expires", "2027-01-01T00:00:00Z"), "bbs-2023.proof"),
    "base proof": (None, "bbs-2023.base-proof"),
}


@pytest.mark.parametrize("way", ["UU", "PP"])
def test_altered_ones_are_refused_by_both(world, bases, derived, way):
    cases = {}
    for label, (edit, _) in ALTERED.items():
        cases[label] = copy.deepcopy(derived[way]["identity"] if edit else bases[way[0]]["identity"])
        if edit:
            edit(cases[label])
    assert {label: world.code_of(secured) for label, secured in cases.items()} == {
        label: code for label, (_, code) in ALTERED.items()
    }
    assert world.code_of(derived[way]["identity"], b"other") == "bbs-2023.presentation-header"
    tasks = {label: {"do": "verify", "secured": secured} for label, secured in cases.items()}
    tasks["header"] = {"do": "verify", "secured": derived[way]["identity"], "header": b"other".hex()}
    assert {label: answer for label, answer in world.ask(tasks).items() if answer.error is None} == {}


def test_claims_that_look_like_a_node_label(world):
    """The peer relabels within the text of claims too, so it does not verify our proof of such a claim.

    Ours follows the specification: labels are those of blank nodes, and a literal has none.
    """
    document = profile("national-identity", familyName="_:c14n0 Almeida", givenName="of _:b0")
    selective = ["/credentialSubject/familyName", "/credentialSubject/givenName"]
    secured = world.issue(document, ["/issuer"])
    world.suite.verify_base(secured, public_key=world.public)
    ours = world.derive(secured, selective)
    world.verify(ours)
    answers = world.ask({"verify": {"do": "verify", "secured": ours}})
    assert answers["verify"] == (None, "Error: Error: Invalid signature.")
