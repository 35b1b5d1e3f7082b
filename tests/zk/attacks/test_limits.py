"""Each number of the text, at its limit and one beyond; and what an absent value could pass for."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from tests.zk.predicates.world import (
    BIRTH,
    BONUS,
    CITY,
    COUNTRY,
    DAY,
    INCOME,
    NICK,
    OFFSET,
    form,
    make_world,
    pseudonym,
)
from tests.zk.second.test_second_verifier import theirs
from zk.curve import GROUP_ORDER, Scalar
from zk.errors import ZkError
from zk.predicates import rules
from zk.predicates.header import RevocationScope
from zk.predicates.issuance import HolderSecrets
from zk.predicates.predicate import Exclude, Member
from zk.predicates.slots import Kind, SlotType, TypeMap
from zk.predicates.wires import Relation, slot_form

W = make_world()
HEADER = W.alice.public.header
BIRTH_FORM, COUNTRY_FORM = slot_form(0, BIRTH), slot_form(0, COUNTRY)
VALUES = tuple(Scalar(v) for v in range(1, 18))


def one(*predicates, **more):
    return W.statement([W.alice], *predicates, **more)


def ranges(*digits):
    """One-sided ranges over incomes, of so many digits each."""
    most = OFFSET + (1 << 32) - 1
    return one(*[W.range(form((1, INCOME)), most - (1 << 8 * n) + 1, None) for n in digits])


def equalities(count):
    """So many relations over four credentials, the three of the holder included."""
    parties = [W.alice, W.alice_2, W.alice, W.alice_2]
    slots = [BIRTH, INCOME, COUNTRY, CITY, BONUS]
    pivots = [(k, i) for k, i in product((1, 2, 3), slots)][: count - 3]
    present = [W.present(BONUS, k) for k in range(4)]
    relations = [Relation(k, i, slot_form(0, i)) for k, i in pivots]
    return W.statement(parties, *present, relations=relations)


def terms(count):
    parties = [W.alice] * 3
    what = form(*[(1, k, i) for k in range(3) for i in (BIRTH, INCOME, COUNTRY)][:count])
    return W.statement(parties, Exclude(what, (Scalar(1),)))


PAIRS = {
    "credentials": (lambda n: W.statement([W.alice] * n), 4, "limits"),
    "predicates": (lambda n: one(*[pseudonym()] * n), 16, "limits"),
    "relations": (equalities, 16, "limits"),
    "digits of a side": (ranges, 8, "digit-count"),
    "digits in all": (lambda n: ranges(8, 8, 8, 8, 8, 8, 8, 1, n - 57), 64, "digit-count"),
    "digits of ranges and gaps": (
        lambda n: one(*[W.not_revoked()] * 7, *ranges(*[4] * 8, n - 60).predicates),
        64,
        "digit-count",
    ),
    "terms": (terms, 8, "form"),
    "values": (lambda n: one(Exclude(COUNTRY_FORM, VALUES[:n])), 16, "set"),
    "values of a member": (lambda n: one(Member(COUNTRY_FORM, VALUES[:n])), 16, "set"),
    "a coefficient": (lambda n: one(Exclude(form((n, BIRTH)), (Scalar(1),))), (1 << 32) - 1, "bounds"),
    "a negative one": (lambda n: one(Exclude(form((-n, BIRTH)), (Scalar(1),))), (1 << 32) - 1, "bounds"),
    "a constant": (
        lambda n: one(Exclude(form((1, BIRTH), constant=n), (Scalar(1),))),
        (1 << 100) - 1,
        "bounds",
    ),
    "a negative constant": (
        lambda n: one(Exclude(form((1, BIRTH), constant=-n), (Scalar(1),))),
        (1 << 100) - 1,
        "bounds",
    ),
    "the greatest bound": (
        lambda n: one(W.range(form((1, BIRTH), constant=(1 << 100) - 1 - DAY), None, n, digits=8)),
        (1 << 100) - 1,
        "bounds",
    ),
    "the least of a date": (lambda n: one(W.range(BIRTH_FORM, n, None)), 3_652_059, "bounds"),
    "lo against hi": (lambda n: one(W.range(BIRTH_FORM, n, DAY)), DAY, "bounds"),
}


@pytest.mark.parametrize("title", PAIRS)
def test_a_number_at_its_limit_and_one_beyond(title):
    build, most, code = PAIRS[title]
    if title != "the greatest bound":
        rules.check_rules(W.system, build(most))
        assert theirs(build(most), b"") == "length"
    with pytest.raises(ZkError) as fault:
        W.verify(build(most + 1), b"")
    assert fault.value.code == f"predicates.{code}"
    assert theirs(build(most + 1), b"") == code


@pytest.mark.parametrize(("least", "build"), [(2, Member), (1, Exclude)])
def test_the_fewest_values(least, build):
    rules.check_rules(W.system, one(build(COUNTRY_FORM, VALUES[:least])))
    with pytest.raises(ZkError) as fault:
        W.verify(one(build(COUNTRY_FORM, VALUES[: least - 1])), b"")
    assert fault.value.code == "predicates.set"
    assert theirs(one(build(COUNTRY_FORM, VALUES[: least - 1])), b"") == "set"


@pytest.mark.parametrize("n", range(1, 8))
def test_a_span_beside_each_power(n):
    """256^n - 1 needs n digits, 256^n one more; any other number is refused, also a greater one."""
    least = OFFSET + (1 << 32) - (1 << 8 * n)
    for hi, needed in ((least + (1 << 8 * n) - 1, n), (least + (1 << 8 * n), n + 1)):
        for digits in range(1, 10):
            statement = one(W.range(form((1, INCOME)), least, hi, digits=digits))
            found = theirs(statement, b"")
            assert (found == "length") == (digits == needed)
            if digits != needed:
                with pytest.raises(ZkError) as fault:
                    W.verify(statement, b"")
                assert fault.value.code == "predicates.digit-count"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"slots": 0, "typed": 0}, "header"),
        ({"slots": 129}, "header"),
        ({"typed": 11}, "header"),
        ({"typed": -1}, "header"),
        ({"nyms": 0}, "header"),
        ({"nyms": 17}, "header"),
        ({"digit_key": b"\x01" * 31}, "header"),
        ({"types": b"\x01" * 33}, "header"),
    ],
)
def test_a_header_beyond_its_limits(changes, code):
    replace(HEADER, slots=128, nyms=16)
    replace(HEADER, slots=7, nyms=1, digit_key=b"")
    with pytest.raises(ZkError) as fault:
        replace(HEADER, **changes)
    assert fault.value.code == f"predicates.{code}"


@pytest.mark.parametrize("width", [0, 7, 16.5, 23, 25, 40, 64])
def test_a_width_that_is_none(width):
    with pytest.raises(ZkError) as fault:
        RevocationScope(b"\x01" * 32, width)
    assert fault.value.code == "predicates.header"


@pytest.mark.parametrize(
    ("kind", "least", "most", "parameter"),
    [
        (Kind.INTEGER, 0, (1 << 64) - 1, b""),
        (Kind.DECIMAL, 0, (1 << 64) - 1, b"\x12"),
        (Kind.DATE, 1, 3_652_059, b""),
        (Kind.TIMESTAMP, 0, 3_652_059 * 86_400 - 1, b""),
        (Kind.BOOLEAN, 0, 1, b""),
        (Kind.ENUMERATION, 1, 65_535, b"\x01" * 32),
        (Kind.REVOCATION, 1, (1 << 32) - 2, b""),
        (Kind.TEXT, 0, 0, b""),
    ],
)
def test_bounds_of_a_kind(kind, least, most, parameter):
    SlotType(kind, "/x", least, most, optional=False, parameter=parameter)
    for faulty in (
        (least - 1, most, parameter),
        (least, most + 1, parameter),
        (most, least - 1, parameter),
        (least, most, parameter + b"\x01"),
    ):
        with pytest.raises(ZkError) as fault:
            SlotType(kind, "/x", *faulty[:2], optional=False, parameter=faulty[2])
        assert fault.value.code == "predicates.types"


def test_one_slot_more_than_there_may_be():
    slot = SlotType(Kind.BOOLEAN, "/x", 0, 1, optional=False)
    TypeMap((slot,) * 128)
    with pytest.raises(ZkError) as fault:
        TypeMap((slot,) * 129)
    assert fault.value.code == "predicates.types"


@pytest.mark.parametrize("count", [0, 17])
def test_one_nym_secret_more_than_there_may_be(count):
    HolderSecrets(Scalar(1), (Scalar(1),) * 16)
    with pytest.raises(ZkError) as fault:
        HolderSecrets(Scalar(1), (Scalar(1),) * count)
    assert fault.value.code == "predicates.secrets"


# The absent value.


def least_multiple(value, factors):
    """Return the least |a·value mod r| for 0 < a < factors, by continued fractions."""
    best, (before, here) = value, (GROUP_ORDER, value)
    a_before, a_here = 0, 1
    while a_here < factors:
        best = min(best, here)
        quotient, rest = divmod(before, here)
        # Multiples between two convergents are further away than the later of them, but for the last run.
        for n in range(1, min(quotient, (factors - 1 - a_before) // a_here) + 1):
            if n in {1, quotient} or a_before + (n + 1) * a_here >= factors:
                best = min(best, before - n * here)
        before, here = here, rest
        a_before, a_here = a_here, a_before + quotient * a_here
    return best


def test_least_multiples_are_found():
    for value in (7_919, GROUP_ORDER // 3, GROUP_ORDER - 10, 1 << 200):
        plain = min(min(a * value % GROUP_ORDER, -a * value % GROUP_ORDER) for a in range(1, 3_000))
        assert least_multiple(value, 3_000) == plain


def test_an_absent_value_is_in_no_range_under_any_coefficient():
    """|a| < 2^32, constant, bound and side together below 2^102: no multiple of ABSENT comes so near zero."""
    assert least_multiple(W.ABSENT, 1 << 32) > 1 << 200
    assert least_multiple(W.system.PAD, 1 << 32) > 1 << 200


@pytest.mark.parametrize(
    "claim",
    [
        W.range(form((2, BONUS), constant=-9), OFFSET, None),
        W.range(form((-1, BONUS)), None, 0),
        W.committed(form((3, BONUS)), 3 * OFFSET, None),
        Member(form((1, BONUS)), (Scalar(1), Scalar(2))),
        W.signed_member(form((1, BONUS))),
        W.present(BONUS),
        Exclude(form((2, BONUS), constant=5), (Scalar((2 * W.ABSENT + 5) % GROUP_ORDER),)),
        W.present(NICK),
    ],
)
def test_an_absent_value_meets_no_predicate(claim):
    party = W.issue(claims={BONUS: None})
    statement = W.statement([party], claim)
    with pytest.raises(ZkError) as fault:
        W.prove(statement, [party])
    assert fault.value.code == "predicates.witness"


@pytest.mark.parametrize("values", [(Scalar(5),), tuple(sorted((Scalar(5), W.ABSENT)))])
def test_an_exclusion_of_absent_is_of_the_form_that_is_excluded(values, monkeypatch):
    """ABSENT among the values of twice a slot does not exclude that the slot is absent."""
    party = W.issue(claims={BONUS: None})
    statement = W.statement([party], Exclude(form((2, BONUS)), values))
    with monkeypatch.context() as removed:
        removed.setattr(rules, "_check_presence", lambda *_: None)
        W.verify(statement, W.prove(statement, [party]))
    with pytest.raises(ZkError) as fault:
        W.prove(statement, [party])
    assert fault.value.code == "predicates.presence"


INCONSISTENT = {
    "two constants": [form((1, 0, INCOME)), form((1, 0, INCOME), constant=1)],
    "two forms": [form((1, 0, INCOME)), form((1, 0, BIRTH))],
}


@pytest.mark.parametrize("title", INCONSISTENT)
def test_relations_that_contradict_each_other(title):
    parties = [W.alice, W.alice_2]
    statement = W.statement(parties, relations=[Relation(1, INCOME, what) for what in INCONSISTENT[title]])
    with pytest.raises(ZkError) as fault:
        W.verify(statement, b"")
    assert fault.value.code == "predicates.relation"
    assert theirs(statement, b"") == "relation"


def test_a_relation_and_a_predicate_that_contradict_each_other():
    """Equal by a relation, unequal by an exclusion: a statement that nobody proves."""
    parties = [W.alice, W.alice_2]
    unequal = Exclude(form((1, 0, INCOME), (-1, 1, INCOME)), (Scalar(0),))
    statement = W.statement(parties, unequal, relations=[Relation(1, INCOME, slot_form(0, INCOME))])
    rules.check_rules(W.system, statement)
    with pytest.raises(ZkError) as fault:
        W.prove(statement, parties)
    assert fault.value.code == "predicates.witness"


def test_a_credential_counted_twice():
    """A known limit of the format: nothing tells two credentials of one kind from one shown twice.

    Whoever asks for a sum names credentials that cannot be the same; here issuers differ, and it fails.
    """
    total = W.range(form((1, 0, INCOME), (1, 1, INCOME)), 2 * OFFSET + 2 * 52_000, None, [W.alice] * 2)
    statement = W.statement([W.alice, W.alice], total)
    W.verify(statement, W.prove(statement, [W.alice, W.alice]))
    apart = W.statement([W.alice, W.alice_2], total)
    with pytest.raises(ZkError) as fault:
        W.prove(apart, [W.alice, W.alice])
    assert fault.value.code == "predicates.witness"
