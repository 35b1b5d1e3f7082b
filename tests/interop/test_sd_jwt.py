"""SD-JWT VC against an npm implementation, and SD-JWT against the reference from PyPI, both ways.

Every step (issue, present, verify) is done by us or by the peer: all eight ways, for EdDSA and ES256 of
issuer and holder, and for the peer with each hash.
"""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from credentials import sd_jwt
from credentials.errors import CredentialError
from credentials.sd_jwt import vc
from did.encoding import encode_base64url
from did.keys import Ed25519Signer, P256Signer
from tests.support import sd_jwt_reference as reference
from tests.support.peers import ask, values
from tests.support.sd_jwt import NONCE, NOW, VERIFIER, Randomness

SECRETS = {"issuer": bytes(range(32, 64)), "holder": bytes(range(64, 96))}
KINDS = {"EdDSA": Ed25519Signer, "ES256": P256Signer}
SIGNERS = {alg: {role: kind(SECRETS[role]) for role in SECRETS} for alg, kind in KINDS.items()}
PAIRS = [("EdDSA", "ES256"), ("ES256", "EdDSA"), ("EdDSA", "EdDSA"), ("ES256", "ES256")]
WAYS = ["".join(way) for way in itertools.product("UP", repeat=3)]
"""Who issues, presents and verifies: U is we, P the peer."""
SECONDS = int(NOW.timestamp())
CLAIMS = {
    "iss": "https://issuer.example",
    "iat": SECONDS,
    "exp": SECONDS + 86_400,
    "vct": "https://types.example/person",
    "given_name": "Inês",
    "family_name": "Ferreira",
    "address": {"street_address": "Rua 1", "locality": "Lisboa", "country": "PT"},
    "nationalities": ["PT", "FR"],
    "updated_at": 1_570_000_000,
}
PATHS = [
    ("given_name",),
    ("family_name",),
    ("address",),
    ("address", "street_address"),
    ("address", "locality"),
    ("nationalities", None),
]
FRAME = {
    "_sd": ["given_name", "family_name", "address"],
    "address": {"_sd": ["street_address", "locality"]},
    "nationalities": {"_sd": [0, 1]},
}
SHOWN_PATHS = [("given_name",), ("address", "locality"), ("nationalities", 1)]
SHOWN_FRAME = {"given_name": True, "address": {"locality": True}, "nationalities": {"1": True}}
SHOWN = {
    **{name: CLAIMS[name] for name in ("iss", "iat", "exp", "vct", "given_name", "updated_at")},
    "address": {"locality": "Lisboa", "country": "PT"},
    "nationalities": ["FR"],
}
BINDING = {"iat": SECONDS, "aud": VERIFIER, "nonce": NONCE}


def private(alg, role):
    return {**SIGNERS[alg][role].public_key.jwk(), "d": encode_base64url(SECRETS[role])}


GIVEN = {"keys": {alg: {role: private(alg, role) for role in SECRETS} for alg in KINDS}, "now": SECONDS}


def bound(holder):
    return {**CLAIMS, "cnf": {"jwk": SIGNERS[holder]["holder"].public_key.jwk()}}


def issue(alg, holder):
    return vc.issue(
        bound(holder),
        signer=SIGNERS[alg]["issuer"],
        random_bytes=Randomness(),
        header={"kid": "key"},
        disclosable=PATHS,
        decoys=3,
    )


def receive(text, alg):
    key = SIGNERS[alg]["issuer"].public_key
    return sd_jwt.receive(sd_jwt.read(text), key, expected_typ=vc.TYP, now=NOW)


def present(text, alg, holder):
    binding = sd_jwt.KeyBinding(SIGNERS[holder]["holder"], VERIFIER, NONCE, NOW)
    return sd_jwt.present(receive(text, alg), SHOWN_PATHS, key_binding=binding)


def verify(text, alg, holder):
    found = vc.verify(sd_jwt.read(text), SIGNERS[alg]["issuer"].public_key, now=NOW)
    key = sd_jwt.verify_key_binding(
        found.verified,
        expected_nonce=NONCE,
        expected_audience=VERIFIER,
        now=NOW,
        max_age=timedelta(minutes=5),
        skew=timedelta(0),
    )
    assert key == SIGNERS[holder]["holder"].public_key
    return found.claims


def peer(tasks):
    return values(ask("sd_jwt", tasks, GIVEN))


@pytest.fixture(scope="module")
def issued():
    """Credentials by who issued, and by the algorithms of issuer and holder."""
    tasks = {
        f"{alg} {holder}": {
            "do": "issue",
            "alg": alg,
            "holder": holder,
            "claims": bound(holder),
            "frame": FRAME,
            "header": {"kid": "key"},
        }
        for alg, holder in PAIRS
    }
    theirs = peer(tasks)
    return {
        **{("U", pair): issue(*pair) for pair in PAIRS},
        **{("P", pair): theirs[" ".join(pair)] for pair in PAIRS},
    }


@pytest.fixture(scope="module")
def presented(issued):
    """Presentations by who issued and presented."""
    tasks = {
        f"{who} {alg} {holder}": {
            "do": "present",
            "alg": alg,
            "holder": holder,
            "text": text,
            "frame": SHOWN_FRAME,
            "binding": BINDING,
        }
        for (who, (alg, holder)), text in issued.items()
    }
    theirs = peer(tasks)
    return {
        **{(who + "U", pair): present(text, *pair) for (who, pair), text in issued.items()},
        **{(who + "P", pair): theirs[" ".join((who, *pair))] for who, pair in issued},
    }


@pytest.fixture(scope="module")
def verified(presented):
    """What each verifier reads in each presentation."""
    tasks = {
        f"{who} {alg} {holder}": {"do": "verify", "alg": alg, "holder": holder, "text": text, "nonce": NONCE}
        for (who, (alg, holder)), text in presented.items()
    }
    theirs = peer(tasks)
    return {
        **{(who + "U", pair): verify(text, *pair) for (who, pair), text in presented.items()},
        **{(who + "P", pair): theirs[" ".join((who, *pair))]["payload"] for who, pair in presented},
    }


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
@pytest.mark.parametrize("way", WAYS)
def test_everybody_reads_the_same_claims(verified, way, pair):
    key = SIGNERS[pair[1]]["holder"].public_key.jwk()
    assert verified[way, pair] == {**SHOWN, "cnf": {"jwk": key}}


def test_the_holder_sees_all_that_the_peer_issued(issued):
    for (_, pair), text in issued.items():
        assert receive(text, pair[0]).claims == bound(pair[1])


@pytest.mark.parametrize("hash_name", ["sha-384", "sha-512"])
def test_other_hashes_are_read(hash_name):
    task = {"alg": "ES256", "holder": "ES256", "claims": bound("ES256"), "frame": FRAME, "hash": hash_name}
    text = peer({"it": {"do": "issue", **task}})["it"]
    assert receive(text, "ES256").claims == bound("ES256")
    assert verify(present(text, "ES256", "ES256"), "ES256", "ES256")["given_name"] == "Inês"


def test_the_peer_refuses_what_we_spoil(presented):
    text = presented["UU", ("EdDSA", "ES256")]
    jwt, *disclosures, binding = text.split("~")
    spoiled = {
        "another nonce": (text, "other"),
        "a disclosure less": ("~".join((jwt, *disclosures[1:], binding)), NONCE),
        "no binding": ("~".join((jwt, *disclosures, "")), NONCE),
    }
    tasks = {
        name: {"do": "verify", "alg": "EdDSA", "holder": "ES256", "text": broken, "nonce": nonce}
        for name, (broken, nonce) in spoiled.items()
    }
    assert all(answer.error for answer in ask("sd_jwt", tasks, GIVEN).values())


def test_we_refuse_what_is_spoiled_of_the_peer(presented):
    pair = ("ES256", "ES256")
    jwt, *disclosures, binding = presented["PP", pair].split("~")
    with pytest.raises(CredentialError) as caught:
        verify("~".join((jwt, *disclosures[1:], binding)), *pair)
    assert caught.value.code == "key-binding.hash"


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
@pytest.mark.parametrize("way", WAYS)
def test_the_reference_both_ways(way, pair):
    alg, holder = pair
    marked = {
        **{name: CLAIMS[name] for name in ("iss", "iat", "exp", "vct", "updated_at")},
        reference.Mark("given_name"): "Inês",
        reference.Mark("family_name"): "Ferreira",
        reference.Mark("address"): {
            reference.Mark("street_address"): "Rua 1",
            reference.Mark("locality"): "Lisboa",
            "country": "PT",
        },
        "nationalities": [reference.Mark("PT"), reference.Mark("FR")],
    }
    issuer_key, holder_key = (
        reference.key(SIGNERS[kind][role], SECRETS[role])
        for kind, role in ((alg, "issuer"), (holder, "holder"))
    )
    shown = {"given_name": True, "address": {"locality": True}, "nationalities": [False, True]}
    text = (
        issue(alg, holder)
        if way[0] == "U"
        else reference.issue(
            reference.reference_marks(marked),
            issuer_key,
            alg,
            vc.TYP,
            holder=holder_key,
            add_decoy_claims=True,
        )
    )
    presentation = (
        present(text, alg, holder)
        if way[1] == "U"
        else reference.present(text, shown, now=NOW, nonce=NONCE, aud=VERIFIER, holder=holder_key, alg=holder)
    )
    claims = (
        verify(presentation, alg, holder)
        if way[2] == "U"
        else reference.verify(presentation, issuer_key, aud=VERIFIER, nonce=NONCE, binding_alg=holder)
    )
    assert {name: value for name, value in claims.items() if name != "cnf"} == SHOWN
