"""What we refuse, shown to the npm peer and to the reference: which of it they take, and nothing more."""

from __future__ import annotations

import pytest

from credentials import sd_jwt
from credentials.errors import CredentialError
from credentials.sd_jwt import vc
from did.encoding import encode_base64url
from tests.support import sd_jwt_reference as reference
from tests.support.peers import ask
from tests.support.sd_jwt import (
    HOLDER,
    ISSUER,
    MINUTE,
    NONCE,
    NOW,
    VERIFIER,
    binding,
    digest_of,
    disclosure,
    signed,
)

SECONDS = int(NOW.timestamp())
ISSUER_SECRET, HOLDER_SECRET = bytes(range(32)), bytes(range(1, 33))
CLAIMS = {
    "iss": "https://issuer.example",
    "vct": "https://types.example/id",
    "cnf": {"jwk": HOLDER.public_key.jwk()},
}
NAME, OTHER = disclosure("salt", "name", "Ines"), disclosure("other salt", "name", "Rui")
ELEMENT = disclosure("salt", "FR")


def text(*disclosures, typ="dc+sd-jwt", bound=None, **claims):
    members = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    presentation = "~".join((signed(members, typ=typ), *disclosures, ""))
    return presentation + binding(presentation, **(bound or {}))


def with_member(*content):
    revealed = disclosure(*content)
    return text(revealed, _sd=[digest_of(revealed)])


CASES = {
    "a digest twice": text(_sd=["x", "x"]),
    "a disclosure twice": text(NAME, NAME, _sd=[digest_of(NAME)]),
    "a disclosure of nothing": text(NAME),
    "a claim that is there in plain": text(NAME, name="Max", _sd=[digest_of(NAME)]),
    "two disclosures of one claim": text(NAME, OTHER, _sd=[digest_of(NAME), digest_of(OTHER)]),
    "a claim named _sd": with_member("salt", "_sd", ["x"]),
    "a claim named ...": with_member("salt", "...", "x"),
    "a disclosure of four": with_member("salt", "name", 1, 2),
    "an element for a member": text(ELEMENT, _sd=[digest_of(ELEMENT)]),
    "a member for an element": text(NAME, a=[{"...": digest_of(NAME)}]),
    "... beside another name": text(a=[{"...": "x", "b": 1}]),
    "an unknown hash": text(_sd_alg="sha-1"),
    "expired": text(exp=SECONDS - 1),
    "not yet valid": text(nbf=SECONDS + 1),
    "another typ": text(typ="jwt"),
    "no vct": text(vct=None),
    "a status out of a disclosure": with_member("salt", "status", {}),
    "bound an hour ago": text(bound={"iat": SECONDS - 3600}),
    "bound to another verifier": text(bound={"aud": "https://other.example"}),
    "bound to a list of verifiers": text(bound={"aud": [VERIFIER]}),
    "bound by another typ": text(bound={"typ": "jwt"}),
    "bound to another nonce": text(bound={"nonce": "other"}),
    "bound to other disclosures": text(bound={"sd_hash": "x"}),
}
PEER_TAKES = {
    "a digest twice",
    "a disclosure twice",
    "a disclosure of nothing",
    "a claim that is there in plain",
    "two disclosures of one claim",
    "a claim named _sd",
    "a claim named ...",
    "an element for a member",
    "a member for an element",
    "... beside another name",
    "another typ",
    "no vct",
    "a status out of a disclosure",
    "bound an hour ago",
    "bound to another verifier",
    "bound to a list of verifiers",
}
REFERENCE_TAKES = {
    "a disclosure of nothing",
    "a claim named _sd",
    "a claim named ...",
    "... beside another name",
    "expired",
    "not yet valid",
    "another typ",
    "no vct",
    "a status out of a disclosure",
    "bound an hour ago",
}


def ours(whole):
    found = vc.verify(sd_jwt.read(whole), ISSUER.public_key, now=NOW)
    sd_jwt.verify_key_binding(
        found.verified,
        expected_nonce=NONCE,
        expected_audience=VERIFIER,
        now=NOW,
        max_age=5 * MINUTE,
        skew=0 * MINUTE,
    )


def test_without_a_fault_all_take_it():
    whole = text(NAME, _sd=[digest_of(NAME)])
    ours(whole)
    assert by_peer({"it": whole}) == {"it"}
    assert by_reference(whole)


@pytest.mark.parametrize("name", CASES)
def test_we_refuse_it(name):
    with pytest.raises(CredentialError):
        ours(CASES[name])


def test_what_the_peer_takes():
    assert by_peer(CASES) == PEER_TAKES


def test_what_the_reference_takes():
    assert {name for name, whole in CASES.items() if by_reference(whole)} == REFERENCE_TAKES


def by_peer(texts):
    keys = {
        "EdDSA": {
            "issuer": {**ISSUER.public_key.jwk(), "d": encode_base64url(ISSUER_SECRET)},
            "holder": {**ISSUER.public_key.jwk(), "d": encode_base64url(ISSUER_SECRET)},
        },
        "ES256": {
            "issuer": {**HOLDER.public_key.jwk(), "d": encode_base64url(HOLDER_SECRET)},
            "holder": {**HOLDER.public_key.jwk(), "d": encode_base64url(HOLDER_SECRET)},
        },
    }
    tasks = {
        name: {"do": "verify", "alg": "EdDSA", "holder": "ES256", "text": whole, "nonce": NONCE}
        for name, whole in texts.items()
    }
    answers = ask("sd_jwt", tasks, {"keys": keys, "now": SECONDS})
    return {name for name, answer in answers.items() if answer.error is None}


def by_reference(whole):
    key = reference.key(ISSUER, ISSUER_SECRET)
    try:
        reference.verify(whole, key, aud=VERIFIER, nonce=NONCE)
    except Exception:  # noqa: BLE001 - it has no error of its own
        return False
    return True
