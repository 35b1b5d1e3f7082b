"""Revocation in composite proofs: revoked holders, epochs, lists and digit lists of others, nobody to ask."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from credentials.errors import CredentialError
from credentials.revocation.metadata import sign_metadata
from credentials.verifying.composite import Occasion, check_composite, system_of
from tests.support.forging import Shown, restated, sealed, shown
from tests.support.proving import BBS, PREDICATES, ProvingWorld

OLD = "birthDate <= 2008-11-26"
OPEN = "birthDate <= 2008-11-26 by bulletproof"


@cache
def one():
    return Shown(OLD, "not revoked")


def code_of(attempt):
    with pytest.raises(CredentialError) as caught:
        attempt()
    return caught.value.code


def later(found, hours, **policy):
    means = found.world.means(**policy)
    verdict_means = replace(means, now=means.now + timedelta(hours=hours))
    try:
        found.check(means=verdict_means)
    except CredentialError as error:
        return error.code
    return ""


def world_with(**how):
    world = ProvingWorld()
    stored = world.hold(**how)
    return world, stored


def test_a_revoked_holder_gets_no_gap_and_cannot_answer():
    world, stored = world_with()
    request = world.asked(OLD, "not revoked")
    assert world.refuse(world.answer(request), request) == ""
    world.lists[world.issuer.did].revoked.add(world.identifier(stored))
    world.wallet = world.wallet.with_gap(stored.id, None)
    world.sync()
    assert code_of(lambda: world.answer(world.asked("not revoked"))) == "wallet.gap"


def test_a_revoked_holder_can_use_an_old_gap_for_as_long_as_the_policy_says():
    world, stored = world_with()
    world.lists[world.issuer.did].revoked.add(world.identifier(stored))
    found = Shown.__new__(Shown)
    found.world, found.request = world, world.asked("not revoked")
    found.answer = world.answer(found.request)
    assert [later(found, hours) for hours in (0, 1, 2)] == ["", "", "composite.epoch"]
    assert [later(found, hours, epoch_age=0) for hours in (0, 1)] == ["", "composite.epoch"]


@pytest.mark.parametrize(
    ("age", "hours", "code"),
    [
        (1, 0, ""),
        (1, 1, ""),
        (1, 2, "composite.epoch"),
        (0, 0, ""),
        (0, 1, "composite.epoch"),
        (3, 3, ""),
        (3, 4, "composite.epoch"),
        (1, -1, "composite.epoch"),
    ],
)
def test_an_epoch_is_accepted_while_the_policy_says(age, hours, code):
    assert later(one(), hours, epoch_age=age) == code


@pytest.mark.parametrize("moved", [-1, 1])
def test_another_epoch_than_was_proven_is_another_statement(moved):
    (credential,) = one().credentials
    found = shown(one().answer).revocable
    other = restated(credential, revocable=replace(found, number=found.number + moved))
    refused = code_of(lambda: one().check([other], epoch_age=5))
    assert refused == ("predicates.challenge" if moved < 0 else "composite.epoch")


class Source:
    """The world's lists, with some exchanged."""

    def __init__(self, world, *, metadata=None, digits=None):
        self.world, self.given, self.digits = world, metadata, digits

    def metadata(self, url, *, issuer):
        found = self.world.revocations.metadata(url, issuer=issuer)
        return found if self.given is None else self.given(found)

    def digit_list(self, digest, *, issuer):
        found = self.world.revocations.digit_list(digest, issuer=issuer)
        return found if self.digits is None else self.digits(found)


def by(source, found=None):
    shown_one = found or one()
    means = replace(shown_one.world.means(), revocation=source)
    return code_of(lambda: shown_one.check(means=means))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda found: replace(found, url="http://localhost:8000/revocation/7"), "request.revocation"),
        (lambda found: replace(found, width=24), "request.revocation"),
        (
            lambda found: replace(found, gap_key=one().world.stranger.bbs.public_key.raw),
            "predicates.challenge",
        ),
        (lambda found: replace(found, gap_key=one().world.issuer.bbs.public_key.raw), "predicates.key-role"),
        (lambda found: replace(found, epoch_zero=found.epoch_zero - timedelta(days=9)), "composite.epoch"),
    ],
    ids=["list", "width", "gap key", "key of the issuer", "clock"],
)
def test_another_list_is_refused(change, code):
    assert by(Source(one().world, metadata=change)) == code


def signed(signer, *, lasts=timedelta(hours=1), **changes):
    """Metadata as a host elsewhere gives them."""
    world = one().world
    found = replace(world.revocations.lists[shown(one().answer).revocable.url], **changes)
    method = f"{signer.did}#ed25519"
    secured = sign_metadata(found, method=method, signer=signer.signer, now=world.now, lasts=lasts)
    return json.dumps(secured).encode()


def test_fetched_metadata_that_the_issuer_signed_are_accepted():
    own = signed(one().world.issuer)
    source = Source(one().world, metadata=lambda _: own)
    one().check(means=replace(one().world.means(), revocation=source))


def test_fetched_metadata_of_anybody_else_are_refused():
    world = one().world
    for octets, code in (
        (b"not json", "json.syntax"),
        (json.dumps(world.revocations.lists[shown(one().answer).revocable.url].to_json()).encode(),
         "proof.missing"),
        (signed(world.stranger), "key.not-authorized"),
        (signed(world.stranger, issuer=world.stranger.did), "key.not-authorized"),
        (signed(world.issuer, issuer=world.stranger.did), "revocation.metadata"),
        (signed(world.issuer, url="http://localhost:8000/revocation/7"), "revocation.metadata"),
        (signed(world.issuer, lasts=timedelta(hours=-1)), "proof.expired"),
    ):  # fmt: skip
        assert by(Source(world, metadata=lambda _, octets=octets: octets)) == code


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found[:-1],
        lambda found: found + b"\0",
        lambda found: b"",
        lambda found: found[:8] + found[-96:] + found[104:],
        lambda found: one().world.revocations.octets[one().world.digit_list(one().world.stranger)],
    ],
    ids=["shorter", "longer", "empty", "other key", "another issuer's"],
)
def test_another_digit_list_is_refused(change):
    assert by(Source(one().world, digits=change)) == "composite.digit-list"


def test_nobody_to_ask_leaves_undecided():
    means = replace(one().world.means(), revocation=None)
    assert code_of(lambda: one().check(means=means)) == "revocation.unreachable"
    verdict = one().world.verify(one().answer, one().request)
    assert verdict.accepted


def test_a_list_that_cannot_be_had_leaves_undecided():
    found = Shown("not revoked")
    found.world.revocations.lists.clear()
    verdict = found.world.verify(found.answer, found.request)
    assert not verdict.accepted
    assert (verdict.cause.code, verdict.cause.outcome) == ("revocation.unreachable", "indeterminate")
    assert not verdict.verified


def test_a_list_is_asked_for_only_where_it_is_needed():
    found = Shown(OPEN)
    found.world.revocations.asked.clear()
    means = replace(found.world.means(unsafe_accept_unsupported_status=True), revocation=None)
    found.check(means=means)


def test_silence_about_revocation_leaves_undecided():
    found = Shown(OPEN)
    verdict = found.world.verify(found.answer, found.request)
    assert (verdict.cause.code, verdict.cause.outcome) == ("status.unproven", "indeterminate")
    found.check(unsafe_accept_unsupported_status=True)
    (credential,) = found.credentials
    hidden = sealed(found.world, [restated(credential, revocable=None)], found.request)
    assert found.world.refuse(hidden, found.request) == "bbs-predicates-2026.revocation"


def test_what_cannot_be_revoked_cannot_be_shown_not_to_be():
    world, _ = world_with(revocable=False)
    assert code_of(lambda: world.answer(world.asked("not revoked"))) == "wallet.not-revocable"
    plain = world.asked(OPEN)
    answer = world.answer(plain)
    asked = replace(world.asked(OPEN, "not revoked"), challenge=plain.challenge)
    assert world.refuse(answer, asked) == "request.revocation"


def test_an_issuer_without_a_digit_list_is_asked_by_bulletproof():
    world = ProvingWorld()
    world.digit_list = lambda _issuer: b""
    world.hold(revocable=False)
    request = world.asked(OPEN)
    assert world.refuse(world.answer(request), request) == ""
    assert code_of(lambda: world.answer(world.asked(OLD))) == "request.digit-key"


def test_a_bbs_2023_proof_of_the_same_credential_does_not_hide_that_it_can_be_revoked():
    """Whoever does not ask `not revoked` is left undecided, whichever proof is shown."""
    world, stored = world_with(formats=(BBS, PREDICATES))
    world.lists[world.issuer.did].revoked.add(world.identifier(stored))
    request = world.asked(claims=("nationality",))
    answer = world.answer(request)
    assert answer["verifiableCredential"][0]["proof"]["cryptosuite"] == BBS
    assert world.refuse(answer, request) == "status.unproven"
    assert world.refuse(answer, request, unsafe_accept_unsupported_status=True) == ""
    asked = replace(world.asked("not revoked", claims=("nationality",)), challenge=request.challenge)
    assert world.refuse(answer, asked, unsafe_accept_unsupported_status=True) == "query.unsatisfied"


def test_where_there_is_no_suite_there_is_no_composite_proof():
    means = one().world.means()
    without = replace(means, suites={})
    occasion = Occasion(one().request.query, one().request.domain, b"")
    assert code_of(lambda: check_composite(one().parsed(), without, occasion)) == "composite.absent"
    assert code_of(lambda: check_composite([], means, occasion)) == "composite.absent"
    assert code_of(lambda: system_of(without)) == "composite.absent"
