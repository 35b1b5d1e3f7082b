"""Whatever is true can be proven: each predicate alone, all together, at every edge, and generated ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.zk.predicates.world import (
    BIRTH,
    BONUS,
    CITY,
    COUNTRY,
    DAY,
    INCOME,
    OFFSET,
    form,
    make_world,
    nullifier,
    pseudonym,
    seeded,
)
from zk.curve import GROUP_ORDER, Scalar
from zk.predicates import proof_length, verify
from zk.predicates.issuance import HolderSecrets
from zk.predicates.predicate import Exclude, Member
from zk.predicates.slots import MAX_SLOTS, Kind, SlotType, TypeMap
from zk.predicates.wires import Relation, slot_form

BIRTH_FORM, INCOME_FORM, COUNTRY_FORM = (slot_form(0, slot) for slot in (BIRTH, INCOME, COUNTRY))


def accepted(world, parties, *predicates, **more):
    statement = world.statement(parties, *predicates, **more)
    proof = world.prove(statement, parties)
    assert len(proof) == proof_length(statement)
    return world.verify(statement, proof)


def test_possession_alone(world):
    assert accepted(world, [world.alice]).nyms == ()


def test_everything_in_one_proof_over_two_credentials(world):
    parties = [world.alice, world.alice_2]
    verified = accepted(
        world,
        parties,
        world.range(BIRTH_FORM, DAY - 10, DAY + 400, parties),
        world.range(form((1, 0, INCOME), (1, 1, INCOME)), 2 * OFFSET + 100_000, None, parties),
        Member(COUNTRY_FORM, (Scalar(2), Scalar(4), Scalar(5))),
        Exclude(COUNTRY_FORM, (Scalar(1), Scalar(3))),
        world.signed_member(slot_form(0, CITY)),
        world.not_revoked(),
        world.not_revoked(1),
        world.present(BONUS),
        pseudonym(),
        nullifier(1),
        relations=(Relation(1, BIRTH, BIRTH_FORM), Relation(1, CITY, slot_form(0, CITY))),
        disclosed=((0, 7), (1, COUNTRY)),
    )
    assert len(verified.nyms) == 2


@pytest.mark.parametrize(
    "bounds",
    [
        (DAY, DAY),
        (DAY, DAY + 255),
        (DAY - 255, DAY),
        (DAY, DAY + 256),
        (DAY - 1, DAY + 65_534),
        (DAY - 1, DAY + 65_535),
        (DAY - 1, DAY + 65_536),
        (DAY, None),
        (None, DAY),
        (-5, None),
        (None, 4_000_000),
    ],
)
def test_a_value_at_its_bounds(world, bounds):
    accepted(world, [world.alice], world.range(BIRTH_FORM, *bounds))


@pytest.mark.parametrize("value", [-OFFSET, OFFSET - 1, 0])
def test_integers_of_64_bits(world, value):
    types = TypeMap((SlotType(Kind.INTEGER, "/n", 0, (1 << 64) - 1, optional=False),))
    party = world.issue(types=types, claims={0: value}, slots=3)
    statement = world.statement([party], world.range(slot_form(0, 0), 0, (1 << 64) - 1, [party]))
    assert statement.predicates[0].digits == 8
    world.verify(statement, world.prove(statement, [party]))


def test_two_predicates_on_one_slot(world):
    twice = world.range(BIRTH_FORM, DAY - 3, None)
    accepted(world, [world.alice], twice, world.range(BIRTH_FORM, None, DAY + 3), twice)


def test_a_verifiers_own_digit_list(world):
    accepted(world, [world.alice], world.range(BIRTH_FORM, DAY, None, key=world.own_digits.key))


@pytest.mark.parametrize("identifier", [1001, 1999, 2002, 2999, 1, 999, 3001, (1 << 16) - 2])
def test_identifiers_beside_the_ends_of_a_gap(world, identifier):
    party = world.issue(claims={4: identifier})
    claim = world.not_revoked()
    statement = world.statement([party], claim)
    means = replace(world.means(statement), gaps={claim: world.checked_gap(identifier)})
    world.verify(statement, world.prove(statement, [party], means=means))


@pytest.mark.parametrize("nyms", [1, 2, 16])
def test_several_nym_secrets(world, nyms):
    secrets = HolderSecrets(Scalar(5), tuple(Scalar(i) for i in range(10, 10 + nyms)))
    party = world.issue(secrets=secrets)
    verified = accepted(world, [party], pseudonym(), nullifier())
    again = accepted(world, [party], nullifier(), pseudonym())
    assert [nym for _, nym in verified.nyms] == [nym for _, nym in reversed(again.nyms)]


def test_four_credentials_of_one_holder(world):
    parties = [world.alice, world.alice_2, world.alice, world.alice_2]
    accepted(world, parties, world.range(form((1, 3, INCOME)), OFFSET, None, parties))


def test_the_most_slots(world):
    party = world.issue(slots=MAX_SLOTS)
    accepted(world, [party], pseudonym(), disclosed=((0, 7),))


def test_different_holders_where_the_verifier_accepts_them(world):
    bob = world.issue(secrets=HolderSecrets(Scalar(9), (Scalar(8),)))
    statement = replace(world.statement([world.alice, bob]), relations=())
    trust = replace(world.trust, different_holders=True)
    world.verify(statement, world.prove(statement, [world.alice, bob], trust=trust), trust=trust)


def test_equal_and_unequal_texts(world):
    other = world.issue(key=world.issuer_2, claims={CITY: "Nice"})
    unequal = Exclude(form((1, 0, CITY), (-1, 1, CITY)), (Scalar(0),))
    accepted(world, [world.alice, other], unequal)


def test_a_linear_relation_and_its_pivot_in_a_range(world):
    other = world.issue(key=world.issuer_2, claims={INCOME: 2 * 52_000 + 7})
    parties = [world.alice, other]
    accepted(
        world,
        parties,
        world.range(form((1, 1, INCOME)), OFFSET + 100_000, None, parties),
        relations=(Relation(1, INCOME, form((2, INCOME), constant=7 - OFFSET)),),
    )


def test_different_scales_where_nothing_is_added(world):
    money = TypeMap((SlotType(Kind.DECIMAL, "/m", OFFSET, OFFSET + 99, optional=False, parameter=b"\x02"),))
    party = world.issue(types=money, claims={0: Decimal("0.42")}, slots=2)
    accepted(world, [party], world.range(slot_form(0, 0), OFFSET + 42, None, [party]))


def test_a_pseudonym_is_the_same_each_time_and_another_elsewhere(world):
    trust = replace(world.trust, sector="other.example")
    nyms = set()
    for seed in range(2):
        statement = world.statement([world.alice], pseudonym())
        nyms.add(world.verify(statement, world.prove(statement, [world.alice], seed=seed)).nyms[0][1])
    statement = world.statement([world.alice], pseudonym(sector="other.example"))
    proof = world.prove(statement, [world.alice], trust=trust)
    elsewhere = world.verify(statement, proof, trust=trust).nyms[0][1]
    assert len(nyms) == 1
    assert elsewhere not in nyms


def test_a_weight_seed_changes_nothing_of_the_outcome(world):
    statement = world.statement([world.alice], world.range(BIRTH_FORM, DAY, None))
    proof = world.prove(statement, [world.alice])
    verify(world.system, statement, proof, trust=world.trust, weight_seed=seeded(9)(32))


@st.composite
def statements(draw):
    """A true statement about a fresh credential, and the credential."""
    world = make_world()
    day, income = draw(st.integers(1, 3_652_059)), draw(st.integers(0, (1 << 32) - 1))
    party = world.issue(claims={BIRTH: date.fromordinal(day), INCOME: income})
    scalars = party.held.scalars
    predicates = []
    for _ in range(draw(st.integers(1, 3))):
        terms = draw(
            st.lists(
                st.tuples(st.integers(-9, 9).filter(bool), st.sampled_from([BIRTH, INCOME, COUNTRY])),
                min_size=1,
                max_size=3,
                unique_by=lambda term: term[1],
            )
        )
        what = form(*sorted(terms, key=lambda term: term[1]), constant=draw(st.integers(-99, 99)))
        value = sum(a * scalars[i] for a, i in terms) + what.constant
        below, above = draw(st.integers(0, 1 << 20)), draw(st.integers(0, 1 << 20))
        match draw(st.sampled_from(["both", "member", "exclude"])):
            case "both":
                predicates.append(world.range(what, value - below, value + above, [party]))
            case "member":
                values = {value % GROUP_ORDER, (value + below + 1) % GROUP_ORDER}
                predicates.append(Member(what, tuple(map(Scalar, sorted(values)))))
            case _:
                predicates.append(Exclude(what, (Scalar((value + above + 1) % GROUP_ORDER),)))
    disclosed = draw(st.sets(st.sampled_from([CITY, BONUS, 7])))
    return world.statement([party], *predicates, disclosed=[(0, i) for i in sorted(disclosed)]), party


@settings(max_examples=25, deadline=None)
@given(statements())
def test_generated_statements(drawn):
    statement, party = drawn
    world = make_world()
    proof = world.prove(statement, [party])
    assert len(proof) == proof_length(statement)
    world.verify(statement, proof)
