"""The suites with one signature, and ecdsa-sd-2023, against the npm implementations of their authors.

Each step, issuing, deriving, verifying, is done by us or by the peer, and every way is walked.
"""

from __future__ import annotations

import copy
import itertools
from datetime import UTC, datetime

import pytest

from credentials.suites import EcdsaSd2023
from credentials.suites.ecdsa_jcs import EcdsaJcs2019
from credentials.suites.rdfc import (
    ECDSA_RDFC_2019,
    ED25519_SIGNATURE_2020,
    EDDSA_RDFC_2022,
    EDWARDS,
    NIST,
    Rdfc,
)
from did.encoding import encode_multibase
from did.integrity import ProofOptions, add_proof, verify_proofs
from did.keys import Ed25519Signer, P256Signer, P384Signer
from schemas import examples
from tests.support.peers import ask, values

CONTROLLER = "did:example:issuer"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECRETS = {
    "ed25519": (Ed25519Signer, b"\x80\x26", bytes(range(32))),
    "p256": (P256Signer, b"\x86\x26", bytes(31) + b"\x07"),
    "p384": (P384Signer, b"\x87\x26", bytes(47) + b"\x07"),
}
SIGNERS = {name: make(secret) for name, (make, _, secret) in SECRETS.items()}
SUITE_2020 = "https://w3id.org/security/suites/ed25519-2020/v1"
PLAIN = [
    (EDDSA_RDFC_2022, "ed25519"),
    (ECDSA_RDFC_2019, "p256"),
    (ECDSA_RDFC_2019, "p384"),
    ("ecdsa-jcs-2019", "p256"),
    ("ecdsa-jcs-2019", "p384"),
]
MANDATORY = ["/issuer", "/validFrom"]
SELECTED = ["/credentialSubject/birthDate", "/credentialSubject/address/addressCountry"]


def method_of(name):
    return f"{CONTROLLER}#{SIGNERS[name].public_key.multikey()}"


def profile(name, **claims):
    kind = "".join(part.capitalize() for part in name.split("-")) + "Credential"
    return {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            f"https://avow.example/contexts/{name}/v1",
        ],
        "type": ["VerifiableCredential", kind],
        "issuer": CONTROLLER,
        "validFrom": "2026-11-20T00:00:00Z",
        "credentialSubject": {**examples.load(name), **claims},
    }


CREDENTIALS = {name: profile(name) for name in examples.NAMES}
CREDENTIALS["escapes"] = profile("national-identity", givenName='"quoted" \\ line\nline\ttab é \U0001f600')


class World:
    """Our suites and keys, and the peer with the same keys."""

    def __init__(self, canonicalizer, bundled):
        self.suites = {
            EDDSA_RDFC_2022: Rdfc(EDDSA_RDFC_2022, EDWARDS, canonicalizer),
            ECDSA_RDFC_2019: Rdfc(ECDSA_RDFC_2019, NIST, canonicalizer),
            ED25519_SIGNATURE_2020: Rdfc(ED25519_SIGNATURE_2020, EDWARDS, canonicalizer),
            "ecdsa-jcs-2019": EcdsaJcs2019(),
        }
        self.sd = EcdsaSd2023(canonicalizer)
        methods = {
            name: {
                "@context": "https://w3id.org/security/multikey/v1",
                "id": method_of(name),
                "type": "Multikey",
                "controller": CONTROLLER,
                "publicKeyMultibase": signer.public_key.multikey(),
            }
            for name, signer in SIGNERS.items()
        }
        controller = {
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
            "id": CONTROLLER,
            "assertionMethod": list(methods.values()),
        }
        keys = {
            name: {**methods[name], "secretKeyMultibase": encode_multibase(prefix + secret)}
            for name, (_, prefix, secret) in SECRETS.items()
        }
        documents = {**bundled, CONTROLLER: controller, **{item["id"]: item for item in methods.values()}}
        self.given = {"documents": documents, "keys": keys, "now": "2026-11-20T12:00:00Z"}

    def ask(self, tasks):
        return ask("data_integrity", tasks, self.given)

    def issue(self, suite, key, document):
        options = ProofOptions(suite, method_of(key), "assertionMethod", created=NOW)
        return add_proof(document, suite=self.suites[suite], options=options, signer=SIGNERS[key])

    def verify(self, secured, key):
        return self._verify(secured, lambda _method: key)

    def verify_any(self, secured):
        """With the key that each proof names."""
        names = {method_of(name): name for name in SIGNERS}
        return self._verify(secured, names.__getitem__)

    def _verify(self, secured, key_of):
        return verify_proofs(
            secured,
            suites=self.suites,
            keys=lambda method, _purpose: SIGNERS[key_of(method)].public_key,
            expected_purpose="assertionMethod",
            expected_domain=None,
            expected_challenge=None,
            now=NOW,
        )


@pytest.fixture(scope="module")
def world(canonicalizer, bundled):
    return World(canonicalizer, bundled)


def cases():
    for (suite, key), (name, document) in itertools.product(PLAIN, CREDENTIALS.items()):
        yield f"{suite} {key} {name}", suite, key, document


def test_the_peer_verifies_what_we_issue(world):
    tasks = {
        name: {"do": "verify", "suite": suite, "secured": world.issue(suite, key, document)}
        for name, suite, key, document in cases()
    }
    assert set(values(world.ask(tasks)).values()) == {True}


def test_we_verify_what_the_peer_issues(world):
    asked = {
        name: {"do": "issue", "suite": suite, "key": key, "credential": document}
        for name, suite, key, document in cases()
    }
    issued = values(world.ask(asked))
    for name, _, key, document in cases():
        [found] = world.verify(issued[name], key)
        assert found.document == document


def test_what_was_changed_is_refused_on_both_sides(world):
    tasks = {}
    for name, suite, key, document in cases():
        secured = copy.deepcopy(world.issue(suite, key, document))
        secured["validFrom"] = "2026-11-19T00:00:00Z"
        tasks[name] = {"do": "verify", "suite": suite, "secured": secured}
        with pytest.raises(Exception, match=r"proof\.signature"):
            world.verify(secured, key)
    answers = world.ask(tasks)
    assert all(answer.error is not None for answer in answers.values())


def test_ed25519_signature_2020(world):
    document = profile("employment")
    document["@context"].append(SUITE_2020)
    issued = values(world.ask({"it": {"do": "issue_2020", "key": "ed25519", "credential": document}}))["it"]
    assert issued["proof"]["type"] == ED25519_SIGNATURE_2020
    [found] = world.verify(issued, "ed25519")
    assert found.proof == issued["proof"]
    answer = world.ask({"it": {"do": "verify", "suite": ED25519_SIGNATURE_2020, "secured": issued}})
    assert values(answer) == {"it": True}


def test_sets_of_proofs(world):
    """A second proof is added by the other side, and both sides verify both."""
    pairs = [
        ((EDDSA_RDFC_2022, "ed25519"), (ECDSA_RDFC_2019, "p256")),
        (("ecdsa-jcs-2019", "p256"), (EDDSA_RDFC_2022, "ed25519")),
    ]
    document = CREDENTIALS["employment"]
    asked = {}
    for number, (first, second) in enumerate(pairs):
        ours = world.issue(*first, document)
        suite, key = second
        asked[str(number)] = {"do": "issue", "suite": suite, "key": key, "credential": ours}
    both = values(world.ask(asked))
    tasks = {}
    for number, (first, second) in enumerate(pairs):
        secured = both[str(number)]
        assert len(secured["proof"]) == 2
        assert len(world.verify_any(secured)) == 2
        again = world.issue(*second, world.issue(*first, document))
        for name, found in (("theirs", secured), ("ours", again)):
            tasks[f"{number} {name}"] = {
                "do": "verify_set",
                "suites": [first[0], second[0]],
                "secured": found,
            }
    assert set(values(world.ask(tasks)).values()) == {True}


SD = {name: CREDENTIALS[name] for name in ("national-identity", "escapes")}
WAYS = ["".join(way) for way in itertools.product("UP", repeat=3)]
"""Who issues, derives and verifies: U is we, P the peer."""


def test_ecdsa_sd_2023_in_all_ways(world):
    issued = {("P", name): found for name, found in _issued_by_peer(world).items()}
    for name, document in SD.items():
        options = ProofOptions("ecdsa-sd-2023", method_of("p256"), "assertionMethod", created=NOW)
        issued["U", name] = world.sd.create_base(
            document,
            options,
            SIGNERS["p256"],
            mandatory_pointers=MANDATORY,
            random_bytes=lambda size: bytes(range(1, size + 1)),
        )
    key = SIGNERS["p256"].public_key
    for secured in issued.values():
        world.sd.verify_base(secured, public_key=key)
    derived = {
        (*who, "U"): world.sd.derive(secured, selective_pointers=SELECTED) for who, secured in issued.items()
    }
    asked = {
        " ".join(who): {"do": "derive", "secured": secured, "selective": SELECTED}
        for who, secured in issued.items()
    }
    answers = values(world.ask(asked))
    derived |= {(*who, "P"): answers[" ".join(who)] for who in issued}
    for shown in derived.values():
        world.sd.verify_derived(shown, public_key=key)
    verifying = {
        " ".join(who): {"do": "verify", "suite": "ecdsa-sd-2023", "secured": shown}
        for who, shown in derived.items()
    }
    assert set(values(world.ask(verifying)).values()) == {True}
    assert len(derived) * 2 == len(WAYS) * len(SD)


def _issued_by_peer(world):
    tasks = {
        name: {
            "do": "issue",
            "suite": "ecdsa-sd-2023",
            "key": "p256",
            "credential": document,
            "mandatory": MANDATORY,
        }
        for name, document in SD.items()
    }
    return values(world.ask(tasks))
