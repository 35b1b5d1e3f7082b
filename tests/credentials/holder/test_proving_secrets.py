"""What a wallet keeps for proofs: written and read again, and shown nowhere."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import pytest

from credentials.errors import WalletError
from credentials.holder.secrets import Pending, Secrets
from credentials.holder.stored_gaps import StoredGap
from credentials.holder.wallet import Wallet
from did.encoding import encode_base64url
from tests.support.proving import PREDICATES, ProvingWorld
from tests.support.world import tamper
from zk.curve import encode_scalar

PENDING = Pending("n" * 43, "did:example:issuer", "2026-12-01T00:00:00Z", {PREDICATES: b"b" * 32})


@cache
def world():
    """A wallet with a credential, its gap and list, and an answered offer."""
    found = ProvingWorld()
    found.hold()
    found.wallet = replace(found.wallet, secrets=found.wallet.secrets.with_pending(PENDING))
    return found


def test_a_wallet_is_read_as_it_was_written():
    wallet = world().wallet
    again = Wallet.parse(json.loads(json.dumps(wallet.to_json())))
    assert again.to_json() == wallet.to_json()
    assert again.secrets.pending == (PENDING,)
    assert dict(again.parameters) == dict(wallet.parameters)
    (old,), (new,) = wallet.credentials, again.credentials
    assert new.gap == old.gap
    assert dict(new.blinds) == dict(old.blinds)


def test_a_wallet_that_was_read_again_proves():
    found = ProvingWorld()
    found.hold()
    found.wallet = Wallet.parse(found.wallet.to_json())
    request = found.asked("birthDate <= 2008-11-26", "not revoked", "pseudonym")
    assert found.refuse(found.answer(request), request) == ""


def test_a_wallet_of_before_has_no_secrets():
    contents = world().wallet.to_json()
    for name in ("secrets", "parameters"):
        del contents[name]
    found = Wallet.parse(contents)
    assert found.secrets == Secrets()
    assert dict(found.parameters) == {}


def texts(wallet):
    """How every secret could look in a text."""
    secrets = wallet.secrets.of(world().issuer.did)
    scalars = [secrets.holder, *secrets.nyms]
    octets = [*map(encode_scalar, scalars), *PENDING.blinds.values(), *wallet.credentials[0].blinds.values()]
    octets += [key.seed for key in wallet.keys]
    return [
        form for found in octets for form in (found.hex(), encode_base64url(found), repr(found)[2:-1])
    ] + [str(int(scalar)) for scalar in scalars]


def test_no_repr_shows_a_secret():
    wallet = world().wallet
    request = world().asked("birthDate <= 2008-11-26", "not revoked")
    disclosure = wallet.match(request, suites=world().suites, now=world().now)
    prepared = wallet.prepare(disclosure, suites=world().suites, random_bytes=world().random)
    ready = prepared.ready[0]
    shown = [
        wallet,
        wallet.secrets,
        wallet.secrets.of(world().issuer.did),
        PENDING,
        wallet.credentials[0],
        wallet.credentials[0].gap,
        disclosure,
        disclosure.to_json(),
        prepared,
        ready,
        ready.answer,
        ready.answer.held,
        ready.answer.held.value,
        ready.answer.held.credential,
        ready.part,
        ready.gap,
        prepared.explain(),
        wallet.provable()[0][1],
    ]
    found = "\n".join(map(repr, shown))
    assert [secret for secret in texts(wallet) if secret in found] == []
    assert str(ready.answer.held.value.revocable.number) not in repr(ready.answer.held.value)


def test_what_is_presented_shows_no_secret():
    wallet = world().wallet
    request = world().asked("birthDate <= 2008-11-26", "not revoked", "pseudonym", claims=("nationality",))
    found = json.dumps(world().answer(request))
    assert [secret for secret in texts(wallet) if secret in found] == []


def test_an_issuer_always_sees_the_same_secrets():
    drawn = world().random
    first = Secrets().prepared("did:example:a", random_bytes=drawn)
    again = first.prepared("did:example:a", random_bytes=drawn)
    both = again.prepared("did:example:b", random_bytes=drawn)
    assert first.to_json() == again.to_json()
    assert both.of("did:example:a").nyms == first.of("did:example:a").nyms
    assert both.of("did:example:b").nyms != first.of("did:example:a").nyms
    assert both.of("did:example:b").holder == first.of("did:example:a").holder
    with pytest.raises(WalletError) as caught:
        first.of("did:example:b")
    assert caught.value.code == "wallet.secrets"


def test_an_answered_offer_is_forgotten_by_its_nonce():
    secrets = Secrets().with_pending(PENDING).with_pending(replace(PENDING, nonce="m" * 43))
    assert secrets.without_pending(PENDING.nonce).pending == (replace(PENDING, nonce="m" * 43),)
    assert secrets.without_pending("other").pending == secrets.pending


WRONG = [
    ("/secrets", []),
    ("/secrets", "x"),
    ("/secrets/nyms", []),
    ("/secrets/nyms", None),
    ("/secrets/nyms", {"did:example:issuer": "x"}),
    ("/secrets/nyms", {"did:example:issuer": [5]}),
    ("/secrets/nyms", {"did:example:issuer": ["AA"]}),
    ("/secrets/pending", {}),
    ("/secrets/pending", None),
    ("/secrets/pending", [5]),
    ("/secrets/pending/0/nonce", 5),
    ("/secrets/pending/0/issuer", None),
    ("/secrets/pending/0/expires", ...),
    ("/secrets/pending/0/blinds", []),
    ("/secrets/pending/0/blinds", {PREDICATES: 5}),
    ("/secrets/pending/0/blinds", {PREDICATES: "!"}),
    ("/secrets/holder", "AA"),
    ("/secrets/holder", 5),
    ("/secrets/holder", "_" * 43),
    ("/parameters", []),
    ("/parameters", {"aa": 5}),
    ("/parameters", {"zz": "AA"}),
    ("/credentials/0/blinds", "x"),
    ("/credentials/0/blinds", {PREDICATES: None}),
    ("/credentials/0/gap", "x"),
    ("/credentials/0/gap/list", 5),
    ("/credentials/0/gap/key", ...),
    ("/credentials/0/gap/signature", None),
    ("/credentials/0/gap/signature", "A" * 200),
    ("/credentials/0/gap/epoch", "48"),
    ("/credentials/0/gap/epoch", True),
    ("/credentials/0/gap/left", None),
    ("/credentials/0/gap/right", 1.5),
]


@pytest.mark.parametrize(("pointer", "value"), WRONG, ids=lambda part: repr(part)[:40])
def test_contents_that_no_wallet_wrote_are_refused(pointer, value):
    with pytest.raises(WalletError) as caught:
        Wallet.parse(tamper(world().wallet.to_json(), pointer, value))
    assert caught.value.code == "wallet.contents"
    assert not any(secret in str(caught.value) for secret in texts(world().wallet))


def test_no_gap_is_no_gap():
    assert StoredGap.parse(None) is None
    assert (
        Wallet.parse(tamper(world().wallet.to_json(), "/credentials/0/gap", ...)).credentials[0].gap is None
    )
