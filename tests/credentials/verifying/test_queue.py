"""Queues of presentations: each is judged as it is alone, and a bad one costs the others nothing."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cache

import pytest

from credentials.verifying.presentation_walk import Expected
from credentials.verifying.queue import Waiting, verify_queue
from tests.support.forging import accepted, alone, recoded, sealed, shown
from tests.support.proving import BBS, ProvingWorld
from tests.support.world import cause, tamper
from zk.bbs_core import possess
from zk.errors import ZkError
from zk.predicates import batch, verifying

ASKED = ("birthDate <= 2008-11-26", "not revoked", "pseudonym")


class Line:
    """A world with presentations that hold, each for a challenge of its own."""

    def __init__(self, count=3):
        self.world = ProvingWorld()
        self.world.hold()
        self.good = [self.made() for _ in range(count)]

    def made(self, *expressions, domain="https://verifier.example", **how):
        request = self.world.asked(*(expressions or ASKED), domain=domain, **how)
        return self.world.answer(request), request

    def judged(self, queue, seed=b"s" * 32, means=None):
        verdicts = verify_queue(
            [waiting(*item) for item in queue], means or self.world.means(), weight_seed=seed
        )
        return [cause(verdict) for verdict in verdicts]


def waiting(presentation, request):
    return Waiting(copy.deepcopy(presentation), Expected(request.challenge, request.domain, request.query))


@cache
def line():
    return Line()


def test_good_ones_are_accepted_in_order():
    queue = [waiting(*item) for item in line().good]
    found = verify_queue(queue, line().world.means(), weight_seed=b"s" * 32)
    assert [item.result.challenge for item in found] == [asked.challenge for _, asked in line().good]


def test_a_queue_costs_one_pairing_check(monkeypatch):
    counted, plain = [], batch.check_pairings

    def counting(system, items, weights):
        counted.append(len(items))
        plain(system, items, weights)

    monkeypatch.setattr(batch, "check_pairings", counting)
    monkeypatch.setattr(verifying, "check_pairings", counting)
    assert line().judged(line().good) == [""] * 3
    assert len(counted) == 1


def test_an_empty_queue():
    assert line().judged([]) == []


def forged_proof():
    """The proof of another presentation, in a presentation that its holder signs."""
    world = line().world
    (answer, request), other = line().made(), shown(line().good[0][0]).proof
    credential = answer["verifiableCredential"][0]
    credential["proof"]["proofValue"] = recoded(
        credential["proof"]["proofValue"], lambda parts: parts.__setitem__(0, other)
    )
    return sealed(world, [credential], request), request


def broken_pairing():
    """All hashes hold, and the signature is nobody's."""
    world = line().world
    document, blind = world.issue_provable()
    other = accepted(world, alone(document), blind).credential.signature
    request = world.asked(*ASKED)
    disclosure = world.wallet.match(request, suites=world.suites, now=world.now)
    prepared = world.wallet.prepare(disclosure, suites=world.suites, random_bytes=world.random)
    (ready,) = prepared.ready
    held = ready.answer.held
    mine = held.credential
    nobodys = possess(world.system.suite, other[:48] + mine.signature[48:], mine.B)
    mixed = replace(mine, possession=nobodys)
    liar = replace(ready, answer=replace(ready.answer, held=replace(held, credential=mixed)))
    made = world.wallet.present(
        disclosure,
        suites=world.suites,
        random_bytes=world.random,
        now=world.now,
        prepared=replace(prepared, ready=(liar,)),
    )
    return made, request


def other_challenge():
    answer, _ = line().made()
    return answer, line().world.asked(*ASKED)


def other_value():
    answer, request = line().made(claims=("nationality",))
    changed = tamper(answer, "/verifiableCredential/0/credentialSubject/nationality", "FR")
    return sealed(line().world, changed["verifiableCredential"], request), request


def no_presentation():
    return {"type": ["VerifiablePresentation"]}, line().world.asked(*ASKED)


def no_proof():
    answer, request = line().made()
    return {**answer, "proof": []}, request


def untrusted():
    world = line().world
    kept = world.wallet
    world.wallet = replace(kept, credentials=())
    world.hold(world.stranger)
    made = line().made()
    world.wallet = kept
    return made


BAD = {
    forged_proof: "predicates.challenge",
    broken_pairing: "predicates.pairing",
    other_challenge: "proof.challenge",
    other_value: "predicates.challenge",
    no_presentation: "model.context",
    no_proof: "model.proof",
    untrusted: "issuer.untrusted",
}


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.__name__)
def test_a_bad_one_alone_is_refused(bad):
    first, second, third = line().good
    item = bad()
    assert line().judged([first, item, second, third]) == ["", BAD[bad], "", ""]
    assert line().world.refuse(*item) == BAD[bad], "alone it is refused for another reason"


def test_bad_ones_of_every_kind_together():
    first, second, third = line().good
    queue = [first, *(bad() for bad in BAD), second, first, third]
    assert line().judged(queue) == ["", *BAD.values(), "", "", ""]


def test_presentations_without_composite_proofs_wait_with_the_others():
    world = ProvingWorld()
    world.receive(world.issue(BBS))
    request = world.request()
    plain = world.present(request), request
    found = Line(1)
    found.world.registry = world.registry
    assert found.judged([plain]) == [""]


def test_each_is_for_the_sector_of_its_own_domain():
    """Pseudonyms for two hosts of one verifier in one queue."""
    other = line().made(*ASKED, domain="https://second.example")
    nameless = line().made("birthDate <= 2008-11-26", "not revoked", domain="urn:example:verifier")
    queue = [line().good[0], other, nameless, line().good[1]]
    assert line().judged(queue) == ["", "", "", ""]
    assert line().judged(queue[::-1]) == ["", "", "", ""]


def test_a_key_in_two_roles_of_one_issuer_does_not_harm_another():
    """A trusted issuer publishes the key of another as its gap key: that is its own fault only."""
    found = Line(2)
    world, other = found.world, found.world.new_issuer("careless")
    kept, world.wallet = world.wallet, replace(world.wallet, credentials=())
    world.hold(other)
    item = found.made()
    assert found.judged([item], means=world.means(trusted_issuers=frozenset({other.did}))) == [""]
    url = world.lists[other.did].metadata.url
    careless = replace(world.revocations.lists[url], gap_key=world.issuer.bbs.public_key.raw)
    world.revocations.lists[url] = careless
    world.wallet = kept
    trusted = frozenset({other.did, world.issuer.did})
    judged = found.judged([found.good[0], item, found.good[1]], means=world.means(trusted_issuers=trusted))
    assert judged[0] == judged[2] == ""
    assert judged[1] != ""


def test_undecided_ones_stay_undecided():
    means = replace(line().world.means(), revocation=None)
    (verdict,) = verify_queue([waiting(*line().good[0])], means, weight_seed=b"s" * 32)
    assert cause(verdict) == "revocation.unreachable"
    assert verdict.cause.outcome == "indeterminate"


def test_without_the_suite_nothing_is_proven():
    suites = {name: suite for name, suite in line().world.suites.items() if name == "eddsa-jcs-2022"}
    means = replace(line().world.means(), suites=suites)
    assert line().judged([line().good[0]], means=means) == ["proof.cryptosuite"]


def test_weights_are_drawn_anew():
    with pytest.raises(ZkError) as caught:
        line().judged([line().good[0]], seed=b"short")
    assert caught.value.code == "predicates.weight-seed"
