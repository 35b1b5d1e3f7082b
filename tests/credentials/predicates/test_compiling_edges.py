"""Compiling, to the letter: which predicate an expression becomes, and the last one that is accepted.

What verifier and holder compile must be the same octets, so a bound that is off by one is a fault.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from credentials.errors import CredentialError
from credentials.predicates.claims import OFFSET, typing_of
from credentials.predicates.equations import Equations
from credentials.predicates.forms import Scope
from credentials.predicates.grammar import parse
from tests.credentials.predicates.people import (
    SCHEMA,
    alice,
    alice_twice,
    compiled,
    query_of,
    sets,
    typing,
)
from tests.zk.predicates.world import make_world
from zk.curve import GROUP_ORDER
from zk.predicates.predicate import Exclude, Member, Range, SignedMember
from zk.predicates.wires import Form, Relation, Term, slot_form

TEXT = make_world().text
ABSENT = make_world().ABSENT
SEEN = (739_946 - 1) * 86_400 + 9 * 3600 + 30 * 60
BIRTH = 730_611  # 2001-05-06
SIXTEEN = [*range(16)]


def slot(name):
    return typing().slot_of("/credentialSubject/" + name)


def terms(form):
    names = [claim.pointer.split("/", 2)[2] for claim in typing().claims]
    return {names[term.slot]: term.coefficient for term in form.terms}


def one(text):
    (found, *rest) = compiled(query_of(text)).predicates
    assert all(isinstance(more, Exclude) and more.values == (ABSENT,) for more in rest)
    assert found.form.constant == 0
    return found


@pytest.mark.parametrize(
    ("text", "form", "lo", "hi"),
    [
        ("income > 5", {"income": 1}, OFFSET + 6, None),
        ("income >= 5", {"income": 1}, OFFSET + 5, None),
        ("income < 5", {"income": 1}, None, OFFSET + 4),
        ("income <= 5", {"income": 1}, None, OFFSET + 5),
        ("income > 5.5", {"income": 1}, OFFSET + 6, None),
        ("income >= 5.5", {"income": 1}, OFFSET + 6, None),
        ("income < 5.5", {"income": 1}, None, OFFSET + 5),
        ("income <= 5.5", {"income": 1}, None, OFFSET + 5),
        ("income = 5", {"income": 1}, OFFSET + 5, OFFSET + 5),
        ("income between 5 and 7.5", {"income": 1}, OFFSET + 5, OFFSET + 7),
        ("income between 7 and 7", {"income": 1}, OFFSET + 7, OFFSET + 7),
        ("income >= 10000000", {"income": 1}, OFFSET + 10_000_000, None),
        ("income <= 0", {"income": 1}, None, OFFSET),
        ("score >= -5", {"score": 1}, OFFSET - 5, None),
        ("rent <= 5.5", {"rent": 1}, None, OFFSET + 550),
        ("rent < 5.505", {"rent": 1}, None, OFFSET + 550),
        ("income <= rent", {"income": 100, "rent": -1}, None, 99 * OFFSET),
        ("rent >= 2 * income + 1.5", {"income": 200, "rent": -1}, None, 199 * OFFSET - 150),
        ("bonus - income <= 5", {"bonus": 1, "income": -1}, None, 5),
        ("income - bonus <= 5", {"bonus": 1, "income": -1}, -5, None),
        ("income - bonus < 5", {"bonus": 1, "income": -1}, -4, None),
        ("income - bonus >= 5", {"bonus": 1, "income": -1}, None, -5),
        ("income - bonus between 2 and 5", {"bonus": 1, "income": -1}, -5, -2),
        ("2 * income - 4 * bonus <= 5", {"bonus": 2, "income": -1}, OFFSET - 2, None),
        ("income + bonus <= 5", {"bonus": 1, "income": 1}, None, 2 * OFFSET + 5),
        ("birthDate <= 2001-05-06", {"birthDate": 1}, None, BIRTH),
        ("birthDate < 2001-05-06 + 2d", {"birthDate": 1}, None, BIRTH + 1),
        ("birthDate <= 2001-05-06 + 30h", {"birthDate": 1}, None, BIRTH + 1),
        ("joined - birthDate >= 36h", {"birthDate": 1, "joined": -1}, None, -2),
        ("seen <= 2026-11-26T09:30:00Z", {"seen": 1}, None, SEEN),
        ("seen > 2026-11-26T09:30:00Z - 90s", {"seen": 1}, SEEN - 89, None),
        ("seen < 2026-11-26T09:30:00Z + 1d", {"seen": 1}, None, SEEN + 86_399),
        ("seen >= 2026-11-26T08:29:07Z", {"seen": 1}, SEEN - 3600 - 53, None),
        ("resident = true", {"resident": 1}, 1, 1),
        ("resident = false", {"resident": 1}, 0, 0),
        ('nationality = "AT"', {"nationality": 1}, 1, 1),
        ('level = "high"', {"level": 1}, 3, 3),
    ],
)
def test_an_order_is_a_range_with_these_bounds(text, form, lo, hi):
    found = one(text)
    assert isinstance(found, Range)
    assert (terms(found.form), found.lo, found.hi) == (form, lo, hi)


@pytest.mark.parametrize(
    ("text", "kind", "form", "values"),
    [
        ("income in [5, 10000000]", Member, {"income": 1}, {OFFSET + 5, OFFSET + 10_000_000}),
        ("income in [0, 5]", Member, {"income": 1}, {OFFSET, OFFSET + 5}),
        ("score in [-5, 6]", Member, {"score": 1}, {OFFSET - 5, OFFSET + 6}),
        ("score not in [-5]", Exclude, {"score": 1}, {OFFSET - 5}),
        ("income - bonus in [1, -2]", Member, {"bonus": 1, "income": -1}, {GROUP_ORDER - 1, 2}),
        ("income != 5", Exclude, {"income": 1}, {OFFSET + 5}),
        ("bonus != 5", Exclude, {"bonus": 1}, {OFFSET + 5, ABSENT}),
        ("bonus not in [5, 6]", Exclude, {"bonus": 1}, {OFFSET + 5, OFFSET + 6, ABSENT}),
        ("bonus + income != 5", Exclude, {"bonus": 1, "income": 1}, {2 * OFFSET + 5}),
        ("bonus in [5, 6]", Member, {"bonus": 1}, {OFFSET + 5, OFFSET + 6}),
        ('nationality in ["FR", "AT"]', Member, {"nationality": 1}, {1, 3}),
        ('nationality not in ["IT"]', Exclude, {"nationality": 1}, {4}),
        ('nick != "x"', Exclude, {"nick": 1}, {TEXT("x"), ABSENT}),
        ('city in ["Lyon", "Oslo"]', Member, {"city": 1}, {TEXT("Lyon"), TEXT("Oslo")}),
        ("rent in [5.5, 6]", Member, {"rent": 1}, {OFFSET + 550, OFFSET + 600}),
        ("birthDate != 2001-05-06", Exclude, {"birthDate": 1}, {BIRTH}),
        ("city != nick", Exclude, {"city": 1, "nick": -1}, {0}),
        (f"income in {SIXTEEN}", Member, {"income": 1}, {*range(OFFSET, OFFSET + 16)}),
        (f"income not in {SIXTEEN}", Exclude, {"income": 1}, {*range(OFFSET, OFFSET + 16)}),
    ],
    ids=lambda part: part[:40] if isinstance(part, str) else "",
)
def test_a_list_is_of_these_scalars_in_order(text, kind, form, values):
    found = one(text)
    assert isinstance(found, kind)
    assert terms(found.form) == form
    assert found.values == tuple(sorted(values))


def test_a_set_is_asked_for_by_its_key():
    ((digest, key),) = sets().items()
    for name in ("city", "work.city"):
        (found,) = compiled(query_of(f"{name} in set {digest.hex()}")).predicates
        assert found == SignedMember(slot_form(0, slot(name.replace(".", "/"))), key)


def presences(*texts):
    found = compiled(query_of(*texts)).predicates
    return [terms(item.form) for item in found if isinstance(item, Exclude) and item.values == (ABSENT,)]


def test_what_is_optional_and_compared_is_shown_present_once():
    assert presences("bonus + income >= 5") == [{"bonus": 1}]
    assert presences("bonus >= 5") == []
    assert presences("bonus != 5", "bonus + income >= 5") == []
    assert presences("bonus + score != 5", "bonus + income >= 5") == [{"bonus": 1}]
    assert presences("income != 5", "bonus + income >= 5") == [{"bonus": 1}]
    assert presences("bonus = work.pay", "left = birthDate") == [{"bonus": 1}, {"left": 1}, {"work/pay": 1}]


def test_what_constants_say_is_no_equation():
    statement = compiled(query_of("income = 5", "bonus = 5", "income = bonus"))
    assert [type(found) for found in statement.predicates] == [Range, Range, Exclude]
    assert len(statement.relations) == 1


def code_of(*texts, people=None, **more):
    with pytest.raises(CredentialError) as caught:
        compiled(query_of(*texts, **more), *(people or (alice(),)))
    return caught.value


@pytest.mark.parametrize(
    ("texts", "detail", "remedy"),
    [
        (("income >= 5", "income >= 5"), "asked for twice", "ask once"),
        (("pseudonym for other.example",), "the party that asks is", "leave `for` out"),
        (("birthday <= 2008-11-26",), "no typed claim", "ask for one of"),
        (('nationality = "XX"',), "list has not", "codes of the list"),
        (("income = 5.5",), "never equal", "decimal places"),
    ],
)
def test_what_is_wrong_and_what_to_do_are_told_apart(texts, detail, remedy):
    error = code_of(*texts)
    assert detail in error.detail
    assert remedy in error.remedy


def test_faults_of_what_is_not_at_hand_are_told_apart():
    subject = alice().subject
    for text, changes, detail, remedy in (
        ("not revoked", {"gaps": None}, "names no revocation list", "fetch the list"),
        ("income >= 5", {"digit_key": None}, "no digit list is accepted", "by bulletproof"),
    ):
        error = code_of(text, people=(replace(alice(), subject=replace(subject, **changes)),))
        assert detail in error.detail
        assert remedy in error.remedy
    with pytest.raises(CredentialError) as caught:
        compiled(query_of("pseudonym"), sector="Not A Host")
    assert caught.value.remedy == "ask from a lower-case ASCII host"
    error = code_of(people=(alice(),), ids=("person", "second"), whole=["second:income <= 5"])
    assert "no credential answers second" in error.detail


def test_a_remedy_names_twelve_claims():
    names = [claim.pointer.split("/", 2)[2].replace("/", ".") for claim in typing().claims]
    listed = code_of("birthday <= 2008-11-26").remedy.removeprefix("ask for one of: ").split(", ")
    assert listed == names[:12]


def test_multiples_are_below_two_to_the_32():
    assert one("4294967295 * income + bonus >= 5").form.terms[1].coefficient == 4_294_967_295
    error = code_of("4294967295 * income + income + bonus >= 5")
    assert error.code == "request.form"


def test_eight_claims_are_added_and_no_ninth():
    ids, people = ("person", "second"), alice_twice()
    whole = "person:income + person:bonus + person:rent + person:score"
    other = whole.replace("person:", "second:")
    both = f"{whole} + {other} between 0 and 5 by bulletproof"
    assert len(compiled(query_of(ids=ids, whole=[both]), *people).predicates[0].form.terms) == 8
    more = both.replace(" between", " + person:work.pay between")
    assert code_of(ids=ids, whole=[more], people=people).code == "request.form"


def test_without_a_slot_for_it_nothing_is_shown_unrevoked():
    subject = alice().subject
    typed = typing_of(SCHEMA, width=None)
    header = replace(subject.public.header, typed=len(typed.types.slots), types=typed.types.digest())
    public = replace(subject.public, header=header, types=typed.types)
    people = (replace(alice(), subject=replace(subject, typing=typed, public=public)),)
    assert code_of("not revoked", people=people).code == "request.revocation"


def test_a_query_for_one_may_ask_of_the_whole():
    own = compiled(query_of("income >= 5"))
    assert compiled(query_of(whole=["income >= 5"])) == own


def test_each_answers_one_query_though_others_do():
    first, second = alice_twice()
    error = code_of("income >= 5", people=(first, first, second), ids=("person", "second"))
    assert error.code == "request.subject"


SUM = "person:income + second:income >= 50000 by bulletproof"
THIRD = "person:income + third:income >= 50000 by bulletproof"


def shown_as(query, **changes):
    subject = replace(alice().subject, query=query)
    return replace(alice(), subject=replace(subject, public=replace(subject.public, **changes)))


def test_only_those_that_are_compared_must_be_apart():
    other = shown_as("third", header=replace(alice().subject.public.header, mandatory=bytes(32)))
    people = (alice(), shown_as("second"), other)
    ids = ("person", "second", "third")
    assert compiled(query_of(ids=ids, whole=[THIRD]), *people)
    assert code_of(people=people, ids=ids, whole=[SUM]).code == "request.same-credential"


def test_what_shows_the_same_could_be_one_credential():
    at = len(alice().subject.public.types.slots)
    people = (shown_as("person", disclosed=((at, 5),)), shown_as("second", disclosed=((at, 5),)))
    assert code_of(people=people, ids=("person", "second"), whole=[SUM]).code == "request.same-credential"


def test_each_later_holder_is_the_first():
    first, second = alice_twice()
    header = replace(second.subject.public.header, slots=48)
    longer = replace(second.subject, public=replace(second.subject.public, header=header))
    statement = compiled(
        query_of("income >= 5", ids=("person", "second")), first, replace(second, subject=longer)
    )
    assert statement.relations == (Relation(1, 49, slot_form(0, 33)),)


# equations by themselves

SCOPE = Scope(None, (), parse("a = b"), "x")


def form(row):
    return Form(tuple(Term(0, at, a) for at, a in sorted(row.items())), 0)


def added(row, bound=0):
    equations = Equations(lambda one, other: True)
    return equations.add(form(row), bound, SCOPE), equations.relations


def test_a_relation_has_one_to_eight_terms():
    assert added({0: 1}, 5) == (False, ())
    assert added(dict.fromkeys(range(9), 1))[0]
    assert not added(dict.fromkeys(range(10), 1))[0]


def test_a_relation_has_no_large_number():
    assert added({0: 1, 1: (1 << 32) - 1, 2: 1})[0]
    assert not added({0: 1, 1: 1 << 32, 2: 1})[0]
    assert added({0: 1, 1: -1}, (1 << 100) - 1)[0]
    assert not added({0: 1, 1: -1}, 1 << 100)[0]
    assert added({0: 1, 1: -1}, 1 - (1 << 100))[0]
