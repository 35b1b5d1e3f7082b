"""The rules of a statement at their very edges: what is just refused, and what is just taken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.zk.predicates.world import (
    BIRTH,
    BONUS,
    CITY,
    COUNTRY,
    DAY,
    EPOCH,
    INCOME,
    REVOCATION,
    SLOTS,
    form,
    make_world,
)
from zk.curve import GROUP_ORDER, Scalar
from zk.errors import ZkError
from zk.predicates.header import RevocationScope
from zk.predicates.predicate import Exclude
from zk.predicates.rules import check_rules, is_holder_relation
from zk.predicates.trust import EpochKey, check_trust
from zk.predicates.wires import Relation, slot_form

W = make_world()
HOLDER = SLOTS + 1
LAST_DAY = 3_652_059
BIRTH_FORM = slot_form(0, BIRTH)
ZERO = (Scalar(0),)


def one(*predicates, **more):
    return W.statement([W.alice], *predicates, **more)


def two(*predicates, **more):
    return W.statement([W.alice, W.alice_2], *predicates, **more)


def with_credential(**changes):
    statement = one()
    return replace(statement, credentials=(replace(statement.credentials[0], **changes),))


def with_header(**changes):
    return with_credential(header=replace(W.alice.public.header, **changes))


REFUSED = {
    "slot 0 twice": ("repeated-index", lambda: with_credential(disclosed=((0, DAY), (0, DAY)))),
    "a negative scalar": ("value", lambda: with_credential(disclosed=((7, Scalar(-1)),))),
    "fewer typed slots than the type map": ("header", lambda: with_header(typed=6)),
    "more typed slots than the type map": ("header", lambda: with_header(typed=8)),
    "a claim that is the holder secret": (
        "relation",
        lambda: two(relations=[Relation(1, BIRTH, slot_form(0, HOLDER))]),
    ),
    "a pivot twice, by one relation": (
        "relation",
        lambda: two(relations=[Relation(1, BIRTH, BIRTH_FORM)] * 2),
    ),
    "a pivot twice, by two relations": (
        "relation",
        lambda: two(
            relations=[Relation(1, INCOME, form((1, INCOME))), Relation(1, INCOME, form((2, INCOME)))],
        ),
    ),
    "a text and one": ("form", lambda: one(Exclude(form((1, CITY), constant=1), ZERO))),
    "a sum of texts": ("form", lambda: two(Exclude(form((1, 0, CITY), (1, 1, CITY)), ZERO))),
    "a difference of texts and one": (
        "form",
        lambda: two(Exclude(form((1, 0, CITY), (-1, 1, CITY), constant=1), ZERO)),
    ),
    "one term of two is a pivot": (
        "relation",
        lambda: two(
            relations=[
                Relation(1, BIRTH, slot_form(0, BIRTH)),
                Relation(1, INCOME, form((1, 0, COUNTRY), (1, 1, BIRTH))),
            ]
        ),
    ),
    "one coefficient of two is zero": (
        "bounds",
        lambda: one(Exclude(form((1, BIRTH), (0, INCOME)), ZERO)),
    ),
    "65 digits": (
        "digit-count",
        lambda: one(
            *[W.range(BIRTH_FORM, 1, LAST_DAY)] * 10,
            W.range(BIRTH_FORM, 1, None),
            W.range(BIRTH_FORM, LAST_DAY - 300, None),
        ),
    ),
    "a negative value before others": ("set", lambda: one(Exclude(slot_form(0, COUNTRY), (-1, 5)))),
    "a value of r after others": ("set", lambda: one(Exclude(slot_form(0, COUNTRY), (5, GROUP_ORDER)))),
    "absent, less a constant": (
        "presence",
        lambda: one(Exclude(form((3, BONUS), constant=5), (Scalar((3 * W.ABSENT - 5) % GROUP_ORDER),))),
    ),
    "one term of two is the identifier": (
        "form",
        lambda: one(Exclude(form((1, BIRTH), (1, REVOCATION)), ZERO)),
    ),
}

TAKEN = {
    "a least that is the greatest value": lambda: one(W.range(BIRTH_FORM, LAST_DAY, None)),
    "a most that is the least value": lambda: one(W.range(BIRTH_FORM, None, 1)),
    "16 relations": lambda: W.statement(
        [W.alice] * 4,
        *[W.present(BONUS, k) for k in range(2)],
        relations=[
            *[Relation(k, i, slot_form(0, i)) for k in (1, 2, 3) for i in (BIRTH, INCOME, COUNTRY, CITY)],
            Relation(1, BONUS, slot_form(0, BONUS)),
        ],
    ),
    "absent, times a coefficient and with a constant": lambda: one(
        Exclude(form((3, BONUS), constant=5), (Scalar((3 * W.ABSENT + 5) % GROUP_ORDER),))
    ),
    "64 digits": lambda: one(
        *[W.range(BIRTH_FORM, 1, LAST_DAY)] * 10, *[W.range(BIRTH_FORM, LAST_DAY - 300, None)] * 2
    ),
    "a scalar of zero": lambda: with_credential(disclosed=((7, Scalar(0)),)),
    "a difference of texts": lambda: two(Exclude(form((-1, 0, CITY), (1, 1, CITY)), ZERO)),
    "an equality of texts": lambda: two(relations=[Relation(1, CITY, slot_form(0, CITY))]),
}


@pytest.mark.parametrize("title", REFUSED)
def test_just_refused(title):
    code, build = REFUSED[title]
    with pytest.raises(ZkError) as fault:
        check_rules(W.system, build())
    assert fault.value.code == f"predicates.{code}"


@pytest.mark.parametrize("title", TAKEN)
def test_just_taken(title):
    check_rules(W.system, TAKEN[title]())


@pytest.mark.parametrize(
    ("credential", "slot", "of", "expected"),
    [
        (1, HOLDER, slot_form(0, HOLDER), True),
        (0, HOLDER, slot_form(0, HOLDER), False),
        (2, HOLDER, slot_form(0, HOLDER), False),
        (-1, HOLDER, slot_form(0, HOLDER), False),
        (1, BIRTH, slot_form(0, HOLDER), False),
        (1, HOLDER, slot_form(0, COUNTRY), False),
        (1, HOLDER, slot_form(1, HOLDER), False),
        (1, HOLDER, form((1, HOLDER), constant=1), False),
        (1, HOLDER, form((2, HOLDER)), False),
        (1, HOLDER, form((1, HOLDER), (1, INCOME)), False),
    ],
)
def test_which_relations_say_that_the_holder_is_the_same(credential, slot, of, expected):
    assert is_holder_relation(two(), Relation(credential, slot, of)) is expected


def test_the_holder_secret_of_the_first_credential_is_meant():
    longer = W.issue(slots=16)
    statement = W.statement([W.alice, longer])
    own = longer.public.header.holder_slot
    assert own != HOLDER
    assert is_holder_relation(statement, Relation(1, own, slot_form(0, HOLDER)))
    assert not is_holder_relation(statement, Relation(1, own, slot_form(0, own)))
    assert not is_holder_relation(statement, Relation(1, HOLDER, slot_form(0, HOLDER)))


@pytest.mark.parametrize("known", [True, False], ids=["an issuer that is trusted", "one that is not"])
def test_the_key_of_any_issuer_is_in_one_role(known):
    """Of those in the statement, and of those that are only trusted."""
    issuer = W.alice.public.issuer_key if known else W.alice_2.public.issuer_key
    keys = {W.alice_2.public.issuer_key: frozenset({W.digits.key})}
    trust = replace(W.trust, digit_keys=keys, set_keys=frozenset({issuer}))
    with pytest.raises(ZkError) as fault:
        check_trust(one(), trust)
    assert fault.value.code == "predicates.key-role"


OTHER_LIST = RevocationScope(b"\x06" * 32, 16)


@pytest.mark.parametrize(
    ("lists", "accepted"),
    [
        ([(W.scope, W.gap_key, EPOCH)], True),
        ([(OTHER_LIST, W.gap_key, 3), (W.scope, W.gap_key, EPOCH)], True),
        ([(W.scope, W.gap_key, EPOCH), (OTHER_LIST, W.gap_key, 3)], True),
        ([(W.scope, W.gap_key, EPOCH - 1), (OTHER_LIST, W.gap_key, EPOCH)], False),
        ([(W.scope, b"another key", EPOCH), (W.scope, W.gap_key, EPOCH - 1)], False),
        ([], False),
    ],
)
def test_an_epoch_is_that_of_its_own_list_and_key(lists, accepted):
    known = tuple(EpochKey(scope, key, frozenset({epoch})) for scope, key, epoch in lists)
    statement, trust = one(W.not_revoked()), replace(W.trust, lists=known)
    if accepted:
        check_trust(statement, trust)
        return
    with pytest.raises(ZkError) as fault:
        check_trust(statement, trust)
    assert fault.value.code == "predicates.epoch"


def test_an_equality_of_claims_does_not_make_one_holder():
    equal = Relation(1, BIRTH, BIRTH_FORM)
    holder = two().relations
    check_trust(replace(two(), relations=(*holder, equal)), W.trust)
    with pytest.raises(ZkError) as fault:
        check_trust(replace(two(), relations=(equal,)), W.trust)
    assert fault.value.code == "predicates.same-holder"
