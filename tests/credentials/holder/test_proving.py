"""A wallet that proves: which proof it chooses, what it needs, what it refuses, and what it says before."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from credentials.errors import CredentialError
from credentials.holder.choosing import embedded
from schemas.sources import BUNDLED
from tests.support.proving import BBS, PREDICATES, ProvingWorld, asking
from tests.support.world import EDDSA
from zk.predicates.published import lists

OLD = "birthDate <= 2008-11-26"
OPEN = "birthDate <= 2008-11-26 by bulletproof"


@cache
def one():
    """A wallet with one credential; nothing here changes it."""
    world = ProvingWorld()
    world.hold()
    return world


def code_of(attempt):
    with pytest.raises(CredentialError) as caught:
        attempt()
    assert caught.value.detail
    return caught.value.code


def answered(world, *expressions, **how):
    return world.answer(world.asked(*expressions, **how))


def suite_of(presentation, index=0):
    return presentation["verifiableCredential"][index]["proof"]["cryptosuite"]


def holding(*credentials):
    """A wallet with credentials in these formats, the first the oldest."""
    world = ProvingWorld()
    for formats in credentials:
        if formats == (EDDSA,):
            world.receive(world.issue(EDDSA))
        elif formats == (BBS,):
            world.receive(world.issue(BBS))
        else:
            world.hold(formats=formats)
    return world


# choice


def test_what_is_to_be_proven_takes_the_proof_for_that():
    assert suite_of(answered(one(), OLD)) == PREDICATES
    assert suite_of(answered(one(), claims=("nationality",))) == BBS
    assert suite_of(answered(one(), OLD, claims=("nationality",))) == PREDICATES
    assert suite_of(answered(one(), across=("pseudonym",))) == PREDICATES


def test_the_only_proof_is_taken_for_everything():
    world = holding((PREDICATES,))
    assert suite_of(answered(world, claims=("nationality",))) == PREDICATES


def test_only_one_proof_is_shown():
    for made in (answered(one(), OLD), answered(one(), claims=("nationality",))):
        (credential,) = made["verifiableCredential"]
        assert isinstance(credential["proof"], dict)


@pytest.mark.parametrize("order", [((BBS,), (BBS, PREDICATES)), ((BBS, PREDICATES), (BBS,))], ids=str)
@pytest.mark.parametrize("how", [{"claims": ("nationality",)}, {}], ids=["claims", "nothing"])
def test_a_credential_that_can_be_proven_with_is_found(order, how):
    """Also where the whole query asks, which says nothing in the entry of the credential."""
    world = holding(*order)
    assert suite_of(answered(world, OLD, **how)) == PREDICATES
    assert suite_of(answered(world, across=(OLD,), **how)) == PREDICATES


@pytest.mark.parametrize("formats", [(BBS,), (EDDSA,)], ids=str)
def test_nothing_is_shown_where_nothing_can_be_proven(formats):
    world = holding(formats)
    for asked in ({"across": (OLD,)}, {}):
        expressions = () if asked else (OLD,)
        request = world.asked(*expressions, claims=("nationality",), **asked)
        attempt = lambda request=request: world.wallet.match(request, suites=world.suites, now=world.now)  # noqa: E731
        assert code_of(attempt) == "query.unsatisfied"


def test_a_credential_without_its_blind_factor_is_not_proven_with():
    world = ProvingWorld()
    world.hold()
    (stored,) = world.wallet.credentials
    bare = replace(world.wallet, credentials=(replace(stored, blinds={}),))
    request = world.asked(OLD)
    assert code_of(lambda: bare.match(request, suites=world.suites, now=world.now)) == "query.unsatisfied"
    held = lambda: bare.held(bare.credentials[0], world.suite, BUNDLED.schemas)  # noqa: E731
    assert code_of(held) == "wallet.secrets"
    assert bare.provable() == ()
    ((found, value),) = world.wallet.provable()
    assert found is stored
    assert value.revocable.number == world.identifier(stored)


def test_an_enveloped_credential_is_not_shown():
    assert code_of(lambda: embedded(object())) == "wallet.format"


def test_a_request_that_shows_nothing_and_proves_nothing_is_refused():
    request = one().asked()
    attempt = lambda: one().wallet.match(request, suites=one().suites, now=one().now)  # noqa: E731
    assert code_of(attempt) == "query.no-claim"


# what is needed


def prepared(world, *expressions, wallet=None, **how):
    request = world.asked(*expressions, **how)
    kept = wallet or world.wallet
    disclosure = kept.match(request, suites=world.suites, now=world.now)
    return disclosure, kept.prepare(disclosure, suites=world.suites, random_bytes=world.random)


def test_nothing_is_prepared_where_nothing_is_proven():
    assert prepared(one(), claims=("nationality",))[1] is None
    disclosure, _ = prepared(one(), OLD)
    assert one().wallet.prepare(disclosure, suites={}, random_bytes=one().random) is None


def test_a_gap_is_needed_for_not_revoked_only():
    (stored,) = one().wallet.credentials
    bare = one().wallet.with_gap(stored.id, None)
    assert code_of(lambda: prepared(one(), "not revoked", wallet=bare)) == "wallet.gap"
    assert prepared(one(), OLD, wallet=bare)[1]


def test_a_gap_is_of_the_list_of_the_credential_and_holds():
    (stored,) = one().wallet.credentials
    gap = stored.gap
    forged = replace(gap.gap, right=gap.gap.right - 1)
    for changed, code in (
        (replace(gap, url="http://localhost:8000/revocation/5"), "wallet.gap"),
        (replace(gap, epoch=gap.epoch + 1), "predicates.parameters"),
        (replace(gap, key=one().stranger.bbs.public_key.raw), "predicates.parameters"),
        (replace(gap, gap=forged), "predicates.parameters"),
        (replace(gap, gap=replace(gap.gap, signature=bytes(80))), "predicates.parameters"),
    ):
        wallet = one().wallet.with_gap(stored.id, changed)
        assert code_of(lambda wallet=wallet: prepared(one(), "not revoked", wallet=wallet)) == code


def test_a_digit_list_is_needed_for_ranges_by_digits_only():
    (digest,) = one().wallet.parameters
    octets = one().wallet.parameters[digest]
    bare = replace(one().wallet, parameters={})
    assert code_of(lambda: prepared(one(), OLD, wallet=bare)) == "wallet.parameters"
    assert prepared(one(), OPEN, wallet=bare)[1]
    assert bare.with_parameters(digest, octets).parameters == {digest: octets}
    other = one().revocations.octets[one().digit_list(one().stranger)]
    swapped = one().wallet.with_parameters(digest, other)
    assert code_of(lambda: prepared(one(), OLD, wallet=swapped)) == "wallet.parameters"
    broken = one().wallet.with_parameters(digest, octets[:-1] + b"\0")
    assert code_of(lambda: prepared(one(), OLD, wallet=broken))


def test_what_can_never_be_revoked_cannot_be_shown_so():
    world = ProvingWorld()
    world.hold(revocable=False)
    assert code_of(lambda: answered(world, "not revoked")) == "wallet.not-revocable"


def test_secrets_of_another_wallet_do_not_open_a_credential():
    other = ProvingWorld("another holder")
    other.binding(one().issuer)
    wallet = replace(one().wallet, secrets=other.wallet.secrets)
    assert code_of(lambda: prepared(one(), OLD, wallet=wallet)) == f"{PREDICATES}.signature"
    empty = replace(one().wallet, secrets=type(wallet.secrets)())
    assert code_of(lambda: prepared(one(), OLD, wallet=empty)) == "wallet.secrets"


def test_claims_are_not_shown_without_their_proof():
    disclosure, ready = prepared(one(), OLD, claims=("nationality",))
    other, more = prepared(one(), OLD, claims=("nationality",))
    nothing, _ = prepared(one(), claims=("nationality",))

    def present(found, proof):
        made = {"suites": one().suites, "random_bytes": one().random, "now": one().now}
        return one().wallet.present(found, prepared=proof, **made)

    assert present(disclosure, ready)
    assert present(other, more)
    assert present(nothing, None)
    assert code_of(lambda: present(disclosure, None)) == "wallet.unprepared"
    assert code_of(lambda: present(disclosure, more)) == "wallet.unprepared"
    assert code_of(lambda: present(nothing, ready)) == "wallet.unprepared"


def test_a_list_is_checked_once_for_all_credentials_that_need_it(monkeypatch):
    world = ProvingWorld()
    world.hold()
    world.hold()
    checked = []
    plain = lists.check_digits

    def counted(system, octets, **more):
        checked.append(octets)
        return plain(system, octets, **more)

    monkeypatch.setattr(lists, "check_digits", counted)
    second = asking("second", "birthDate <= 2008-11-26", "not revoked")
    request = world.asked("birthDate <= 2008-11-26", "not revoked", others=(second,))
    assert world.refuse(world.answer(request), request) == ""
    assert len(checked) == 1
