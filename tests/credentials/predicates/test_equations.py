from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.errors import CredentialError
from credentials.predicates.equations import Equations
from credentials.predicates.forms import Scope
from credentials.predicates.grammar import parse
from zk.predicates.wires import Form, Term

SCOPE = Scope(None, (), parse("a = b"), "x")
ROWS = st.lists(
    st.dictionaries(st.integers(0, 5), st.sampled_from([1, -1, 2, -3, 5]), min_size=2, max_size=4),
    min_size=1,
    max_size=6,
)
VALUES = st.lists(st.integers(-9, 9), min_size=6, max_size=6)


def form(row):
    return Form(tuple(Term(0, slot, a) for slot, a in sorted(row.items())), 0)


def anything(_one, _other):
    return True


def total(found, values):
    return sum(term.coefficient * values[term.slot] for term in found.terms) + found.constant


@settings(max_examples=300)
@given(ROWS, VALUES)
def test_relations_say_what_the_equations_say(rows, values):
    equations, added = Equations(anything), 0
    for row in rows:
        found = form(row)
        try:
            added += equations.add(found, total(found, values), SCOPE)
        except CredentialError as error:
            assert "follows" in error.detail  # noqa: PT017  # all hold for the values, so none contradicts
    relations = equations.relations
    assert len(relations) == added
    assert all(values[relation.slot] == total(relation.form, values) for relation in relations)
    pivots = {relation.pivot for relation in relations}
    assert len(pivots) == len(relations)
    assert not pivots & {wire for relation in relations for wire in relation.form.wires}
    assert all(list(relation.form.wires) == sorted(relation.form.wires) for relation in relations)


@given(ROWS, VALUES, st.integers(1, 5))
def test_what_follows_with_another_bound_contradicts(rows, values, off):
    equations = Equations(anything)
    for row in rows:
        found, bound = form(row), 0
        bound = total(found, values)
        try:
            equations.add(found, bound, SCOPE)
        except CredentialError:
            with pytest.raises(CredentialError) as caught:
                equations.add(found, bound + off, SCOPE)
            assert "contradicts" in caught.value.detail


def test_a_chain_of_equal_slots_has_one_right_hand_side():
    equations = Equations(anything)
    for one, other in ((0, 1), (1, 2), (3, 2)):
        assert equations.add(form({one: 1, other: -1}), 0, SCOPE)
    assert [relation.form.wires for relation in equations.relations] == [((0, 0),)] * 3


def test_slots_that_may_not_be_joined_are_not():
    equations = Equations(lambda one, other: False)
    assert not equations.add(form({0: 1, 1: -1}), 0, SCOPE)
    assert equations.add(form({0: 1, 2: -1}), 3, SCOPE)
    assert [relation.form.constant for relation in equations.relations] == [-3]


def test_an_equation_without_a_pivot_is_left_to_the_caller():
    equations = Equations(anything)
    assert not equations.add(form({0: 2, 1: 3}), 5, SCOPE)
    assert equations.relations == ()


def test_what_would_grow_too_large_is_left_to_the_caller():
    equations = Equations(anything)
    assert equations.add(form({0: 1 << 31, 1: 1}), 0, SCOPE)
    assert not equations.add(form({1: 1 << 31, 2: 1}), 0, SCOPE)
    assert not equations.add(form({3: 1, 4: -1}), 1 << 100, SCOPE)
    assert len(equations.relations) == 1
