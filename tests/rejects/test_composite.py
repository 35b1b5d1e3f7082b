"""Presentations with composite proofs that must be rejected, by the verifier."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from credentials.verifying import composite
from tests.rejects.catalogue import Reject, needed, refused
from tests.rejects.removal import without
from tests.support.forging import Shown, foreign_facts, restated, shown, verified_by
from tests.support.proving import BBS, PREDICATES, ProvingWorld, publish_members

ASKED = ("birthDate <= 2008-11-26", "not revoked")


@cache
def one():
    """One credential, of which an age is proven, and that it is not revoked."""
    return Shown(*ASKED)


@cache
def two():
    """Two credentials of one issuer, for two queries."""
    asked = "birthDate <= 2008-11-26 by bulletproof"
    return Shown(asked, issuers=("issuer", "issuer"), formats=(PREDICATES,), revocable=False)


@cache
def silent():
    """A credential that can be revoked, and nobody asks."""
    return Shown("birthDate <= 2008-11-26")


@cache
def foreign():
    """Facts of a stranger beside an issuer's proof."""
    world = ProvingWorld()
    return world, *foreign_facts(world, "birthDate <= 1950-01-01", birthDate="1949-12-31")


def composite_of(found, **policy):
    return composite.check_composite(found.parsed(), found.world.means(**policy), found.occasion)


def stated():
    return composite.state_composite(one().parsed(), one().world.means(), one().occasion)


@cache
def proven():
    return composite_of(one())


def another_credential():
    (credential,) = one().credentials
    credential["credentialSubject"]["nationality"] = "FR"
    proven().check(credential, one().world.issuer.bbs.public_key)


def facts_of_a_stranger():
    world, request, credential = foreign()
    verified_by(world, [credential], request)


def swapped():
    two().check(two().credentials[::-1])


def another_query():
    (credential,) = one().credentials
    one().check([restated(credential, query="another")])


def later():
    """Three epochs after the holder has fetched the list."""
    means = one().world.means()
    one().check(means=replace(means, now=means.now + timedelta(hours=3)))


def sooner():
    """An epoch that has not begun."""
    (credential,) = one().credentials
    found = shown(one().answer).revocable
    one().check([restated(credential, revocable=replace(found, number=found.number + 1))])


class Exchanged:
    """A source that gives another issuer's digit list."""

    def __init__(self, world):
        self.world = world

    def metadata(self, url, *, issuer):
        return self.world.revocations.metadata(url, issuer=issuer)

    def digit_list(self, digest, *, issuer):
        del digest
        other = self.world.digit_list(self.world.stranger)
        return self.world.revocations.digit_list(other, issuer=issuer)


def another_digit_list():
    means = one().world.means()
    one().check(means=replace(means, revocation=Exchanged(one().world)))


@cache
def plain():
    """A request for a proof over the whole query, answered with claims that are shown."""
    world = ProvingWorld()
    world.receive(world.issue(BBS))
    request = world.asked(claims=("nationality",), across=("birthDate <= 2008-11-26",))
    shown_only = world.asked(claims=("nationality",))
    answer = world.present(replace(shown_only, challenge=request.challenge))
    return world, request, answer["verifiableCredential"]


def nothing_proven():
    world, request, credentials = plain()
    verified_by(world, credentials, request)


def another_statement():
    found = stated()
    other = replace(found.statement, ph=bytes(32))
    verified = replace(proven_by_mathematics(), statement=other)
    found.shown(verified)


def proven_by_mathematics():
    found = stated()
    return composite.verify(
        one().world.system, found.statement, found.proof, trust=found.trust, weight_seed=b""
    )


def untrusted():
    composite_of(one(), trusted_issuers=frozenset())


def nothing_asked():
    found = one()
    composite.check_composite(found.parsed(), found.world.means(), replace(found.occasion, query=None))


class Named:
    """A source that gives for a set whatever else it has."""

    def __init__(self, world):
        self.world = world

    def set_list(self, digest):
        del digest
        return next(iter(self.world.revocations.octets.values()))


@cache
def member():
    """One credential, of which it is proven that a claim is in a published set."""
    world = ProvingWorld()
    world.hold(revocable=False)
    found = Shown.__new__(Shown)
    found.world, digest = world, publish_members(world, "ES", "PT")
    found.request = world.asked(f"nationality in set {digest.hex()}")
    found.answer = world.answer(found.request)
    return found


def another_set():
    means = member().world.means()
    member().check(means=replace(means, revocation=Named(member().world)))


SPEC = "bbs-predicates-2026"
CASES = [
    Reject("BP-11", "a credential that was not proven", f"{SPEC}, 4.13", "proof.signature",
           another_credential),
    Reject("BP-12", "facts of a stranger beside the issuer's proof", f"{SPEC}, 4.13", "composite.signer",
           facts_of_a_stranger),
    Reject("BP-13", "credentials in another order", f"{SPEC}, 10.3", "composite.order", swapped),
    Reject("BP-14", "an answer to what was not asked", f"{SPEC}, 4.13", "composite.query", another_query),
    Reject("BP-15", "a list as it was three epochs ago", f"{SPEC}, S9", "composite.epoch", later),
    Reject("BP-15", "a list of an epoch to come", f"{SPEC}, S9", "composite.epoch", sooner),
    Reject("BP-16", "a digit list of somebody else", f"{SPEC}, S8", "composite.digit-list",
           another_digit_list),
    Reject("BP-17", "claims where a proof was asked for", f"{SPEC}, 4.13", "query.unproven", nothing_proven),
    Reject("BP-18", "silence about revocation", "VCDM 2.0, 4.10", "status.unproven",
           lambda: silent().check()),
    Reject("BP-19", "another statement than was made", f"{SPEC}, 4.13", "composite.statement",
           another_statement),
    Reject("BP-20", "an issuer that nobody trusts", f"{SPEC}, 4.13", "issuer.untrusted", untrusted),
    Reject("BP-21", "an answer where nothing was asked", f"{SPEC}, 4.13", "composite.query", nothing_asked),
    Reject("BP-22", "a set that was not named", f"{SPEC}, S8", "composite.set", another_set),
]  # fmt: skip


def titled(case):
    """Several cases for one check: the number alone would not tell them apart."""
    return f"{case.number} {case.title}"


@pytest.mark.parametrize("case", CASES, ids=titled)
def test_is_refused(case):
    refused(case)


@pytest.mark.parametrize("case", CASES, ids=titled)
def test_needs_its_check(case):
    needed(case)


def test_what_the_cases_start_from_is_accepted():
    one().check()
    two().check()
    member().check()
    silent().check(unsafe_accept_unsupported_status=True)


def test_without_its_check_facts_of_a_stranger_are_accepted():
    with without("BP-12"):
        facts_of_a_stranger()
