"""What a query compiles to: refusals, order, and agreement with a plain reading of expressions."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.errors import CredentialError
from credentials.predicates.claims import slot_scalars, typing_of
from credentials.predicates.compiling import Gaps, compile_statement, trust_of
from credentials.predicates.expressions import Between, Comparison, Membership, Path
from credentials.predicates.grammar import parse
from credentials.predicates.moments import SECONDS
from tests.credentials.predicates.people import (
    ALICE,
    PH,
    SCHEMA,
    SECTOR,
    alice,
    alice_twice,
    compiled,
    query_of,
    sets,
    trust,
    typing,
)
from tests.zk.predicates.world import IDENTIFIER, make_world
from zk.curve import GROUP_ORDER
from zk.predicates.predicate import CommittedRange, Exclude, Member, Range
from zk.predicates.rules import check_rules
from zk.predicates.trust import check_trust


def refusal(*texts, people=None, **more):
    with pytest.raises(CredentialError) as caught:
        compiled(query_of(*texts, **more), *(people or (alice(),)))
    return caught.value


def with_subject(**changes):
    return replace(alice(), subject=replace(alice().subject, **changes))


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("birthDate <= today", "clock", "`today`"),
        ("seen <= now", "clock", "`now`"),
        ("birthday <= 2008-11-26", "claim", "birthday"),
        ("work <= 5", "claim", "work"),
        ("`id` = city", "claim", "id"),
        ("income <= 2008-11-26", "kind", "something else"),
        ('income <= "5"', "kind", "numbers"),
        ("birthDate <= 5", "kind", "dates"),
        ("birthDate <= 2008-11-26T00:00:00Z", "kind", "dates"),
        ("seen <= 2008-11-26", "kind", "timestamps"),
        ('resident = "true"', "kind", "true or false"),
        ("city != 5", "kind", "texts"),
        ("level >= 2", "kind", "enumeration"),
        ("birthDate <= income", "kind", "mixes"),
        ("birthDate <= seen", "kind", "mixes"),
        ("city = nationality", "kind", "mixes"),
        ("rent <= ratio", "kind", "scales"),
        ("nationality = level", "kind", "code lists"),
        ("nationality + birthplace <= 5", "kind", "computes"),
        ("2 * resident = 1", "kind", "computes"),
        ('-city = "Lyon"', "kind", "computes"),
        ('city < "Lyon"', "kind", "order"),
        ("city < work.city", "kind", "order"),
        ("resident >= true", "kind", "order"),
        ('city = "Lyon"', "kind", "showing it"),
        ("joined + birthDate <= 2008-11-26", "kind", "length of time"),
        ("joined - birthDate <= 2008-11-26", "kind", "length of time"),
        ("joined <= 30d", "kind", "length of time"),
        ("joined - birthDate >= 18y", "kind", "fixed length"),
        ("birthDate + 6mo <= 2008-11-26", "kind", "fixed length"),
        ('nationality = "XX"', "value", "code"),
        ('nationality in ["FR", "XX"]', "value", "code"),
        ("income = 5.5", "value", "never equal"),
        ("2 * income = 5", "value", "never equal"),
        ("rent = 5.005", "value", "never equal"),
        ("joined - birthDate = 5h", "value", "never equal"),
        ("income in [5.5, 6]", "value", "no claim"),
        ("income in [-1, 6]", "value", "no claim"),
        ("income not in [10000001]", "value", "no claim"),
        ("income >= 10000001", "bounds", "no value"),
        ("income > 10000000", "bounds", "no value"),
        ("income < 0", "bounds", "no value"),
        ("income = 10000001", "bounds", "no value"),
        ("income + bonus > 20000000", "bounds", "no value"),
        ("income between 5 and 4", "bounds", "no value"),
        ("income between 10000001 and 10000002", "bounds", "no value"),
        ("income between -2 and -1", "bounds", "no value"),
        ("rent > 99999.99", "bounds", "no value"),
        ('level < "low"', "bounds", "no value"),
        ("score + work.pay >= -9000000000000000000", "span", "64 bits"),
        ("2 * score - work.pay >= -9000000000000000000 by bulletproof", "span", "64 bits"),
        ("income = income", "relation", "cancel"),
        ("bonus + score < bonus", "relation", "cancel"),
        ("income - income <= 5", "relation", "cancel"),
        ("4294967295 * income + 4294967295 * income <= bonus", "form", "multiples"),
        ("income + 5 in set " + "00" * 32, "set", "one claim"),
        ("2 * income in set " + "00" * 32, "set", "one claim"),
        ("city in set " + "00" * 32, "set", "no set"),
        ('city in ["\u00e9", "e\u0301"]', "set", "same"),
        ("bonus not in [" + ", ".join(map(str, range(16))) + "]", "set", "17 values"),
        ("pseudonym for other.example", "sector", SECTOR),
        ('once per "x" for other.example', "sector", SECTOR),
    ],
)
def test_what_cannot_be_asked_is_refused(text, code, words):
    error = refusal(text)
    assert error.code == f"request.{code}"
    assert words in error.detail
    assert error.detail.startswith(f"`{parse(text).text()}`")
    assert error.remedy


def test_an_error_does_not_turn_the_words_around():
    assert refusal('income <= "\u202ex"').detail.startswith('`income <= "\\u202ex"`')


def test_the_remedy_names_claims_that_there_are():
    assert "birthDate" in refusal("birthday <= 2008-11-26").remedy


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["income = bonus", "bonus = income"], "follows"),
        (["income = bonus", "2 * income = 2 * bonus"], "follows"),
        (["income = bonus", "income = bonus + 1"], "contradicts"),
        (["2 * income + 3 * bonus = 5", "4 * income + 6 * bonus = 12"], "contradicts"),
        (["income = bonus", "bonus = work.pay", "work.pay = income"], "follows"),
        (["income + bonus = 5", "income - bonus = 1", "2 * income + 3 * bonus = 12"], "follows"),
        (["income + bonus = 5", "income - bonus = 1", "3 * income + 2 * bonus = 12"], "contradicts"),
    ],
)
def test_equations_that_say_nothing_new_are_refused(texts, words):
    error = refusal(*texts)
    assert error.code == "request.relation"
    assert words in error.detail


def test_the_same_is_not_asked_twice():
    assert refusal("income >= 5", "income > 4").code == "request.repeated"
    assert refusal("pseudonym", "pseudonym for shop.example").code == "request.repeated"


def test_more_than_a_proof_holds_is_refused():
    error = refusal(*(f"score >= {n}" for n in range(1, 10)))
    assert error.code == "request.rules"
    assert "72 digits" in error.detail
    assert error.remedy


def test_an_issuer_without_a_digit_list():
    people = (with_subject(digit_key=None),)
    for text in ("income >= 5", "not revoked", "income = 5"):
        assert refusal(text, people=people).code == "request.digit-key"
    assert compiled(query_of("income >= 5 by bulletproof"), *people)


def test_a_range_over_two_issuers_needs_one_digit_list():
    first, second = alice_twice()
    other = replace(second, subject=replace(second.subject, digit_key=make_world().own_digits.key))
    whole = ["person:income + second:income >= 5"]
    assert refusal(people=(first, other), ids=("person", "second"), whole=whole).code == "request.digit-key"
    both = (first, second)
    assert compiled(query_of(ids=("person", "second"), whole=whole), *both)


def test_what_cannot_be_revoked_is_not_shown_unrevoked():
    subject = alice().subject
    scopeless = replace(subject.public, header=replace(subject.public.header, revocation=None))
    gaps = Gaps(b"\x06" * 32, subject.gaps.width, subject.gaps.epoch, subject.gaps.key)
    for changes in ({"gaps": None}, {"public": scopeless}, {"gaps": gaps}):
        assert refusal("not revoked", people=(with_subject(**changes),)).code == "request.revocation"
    typed = typing_of(SCHEMA, width=None)
    header = replace(
        subject.public.header, typed=len(typed.types.slots), types=typed.types.digest(), revocation=None
    )
    public = replace(subject.public, header=header, types=typed.types)
    people = (with_subject(typing=typed, public=public),)
    assert refusal("not revoked", people=people).code == "request.revocation"
    assert compiled(query_of("income >= 5"), *people)


def test_pseudonyms_need_a_host():
    with pytest.raises(CredentialError) as caught:
        compiled(query_of("pseudonym"), sector="Not A Host")
    assert caught.value.code == "request.sector"


def test_credentials_answer_a_query_one_by_one():
    first, second = alice_twice()
    for people, ids in (
        ((first, first), ("person",)),
        ((second,), ("person",)),
        ((first, second), ("person",)),
    ):
        assert refusal("income >= 5", people=people, ids=ids).code == "request.subject"
    with pytest.raises(CredentialError) as caught:
        compile_statement(make_world().system, query_of("pseudonym"), [], ph=PH, sector=SECTOR, sets={})
    assert caught.value.code == "request.subject"
    whole = ["person:income <= second:income"]
    assert refusal(people=(first,), ids=("person", "second"), whole=whole).code == "request.subject"
    assert compiled(query_of("income >= 5", ids=("person", "second")), first)


@pytest.mark.parametrize("part", ["schema", "types"])
def test_a_credential_of_another_schema_is_refused(part):
    subject = alice().subject
    if part == "schema":
        public = replace(subject.public, header=replace(subject.public.header, schema=b"\x00" * 32))
    else:
        public = replace(subject.public, types=typing_of(SCHEMA, width=32).types)
    error = refusal("income >= 5", people=(with_subject(public=public),))
    assert error.code == "request.typing"


def test_predicates_stand_in_the_order_of_the_query():
    people = alice_twice()
    whole = ["person:income > second:income", "second:nick = person:city", "not second:revoked"]
    query = query_of("bonus >= 5", "pseudonym", ids=("person", "second"), whole=whole)
    statement = compiled(query, *people)
    assert [type(found).__name__ for found in statement.predicates] == [
        *("Range", "Pseudonym", "Range", "NotRevoked", "Exclude"),
    ]
    assert len(statement.relations) == 2
    backwards = compiled(query, *reversed(people))
    assert [type(found).__name__ for found in backwards.predicates] == [
        type(found).__name__ for found in statement.predicates
    ]
    check_trust(statement, trust(*people))


def test_relations_are_in_solved_form():
    statement = compiled(
        query_of("joined = left", "left = birthDate", "income + bonus = work.pay", "bonus = 2 * score")
    )
    pivots = [relation.pivot for relation in statement.relations]
    rights = {wire for relation in statement.relations for wire in relation.form.wires}
    assert len(pivots) == len(set(pivots)) == 4
    assert not rights & set(pivots)
    check_rules(make_world().system, statement)


@pytest.mark.parametrize(
    "texts",
    [
        ["2 * income + 3 * bonus = 5"],
        ["income = bonus", "income + bonus = 4"],
        ["income = rent"],
    ],
)
def test_an_equation_without_a_pivot_is_a_range_of_width_zero(texts):
    statement = compiled(query_of(*texts))
    ranges = [found for found in statement.predicates if isinstance(found, Range)]
    if texts == ["income = rent"]:
        assert ranges == []  # 100 times the income, in steps of a cent
    else:
        assert [found.lo == found.hi for found in ranges] == [True]


def test_numbers_of_other_kinds_are_not_joined_as_they_are():
    whole = {"a": {"type": "integer"}, "b": {"type": "string", "avow:decimal": 0}}
    schema = {"properties": {"credentialSubject": {"properties": whole, "required": ["a", "b"]}}}
    typed = typing_of(schema, width=None)
    subject = alice().subject
    header = replace(
        subject.public.header,
        typed=2,
        types=typed.types.digest(),
        schema=typed.schema,
        revocation=None,
    )
    changed = replace(
        subject, typing=typed, public=replace(subject.public, header=header, types=typed.types), gaps=None
    )
    statement = compiled(query_of("a = b"), replace(alice(), subject=changed))
    assert statement.relations == ()
    assert [(type(found), found.lo) for found in statement.predicates] == [(Range, 0)]


SUM = "person:income + second:income >= 50000 by bulletproof"


def shown_twice(**changes):
    """Alice's one credential for two queries; what is public of the second can be changed."""
    subject = replace(alice().subject, query="second")
    return alice(), replace(alice(), subject=replace(subject, public=replace(subject.public, **changes)))


def test_what_could_be_one_credential_is_not_counted_twice():
    query = query_of(ids=("person", "second"), whole=(SUM,))
    with pytest.raises(CredentialError) as caught:
        compiled(query, *shown_twice())
    assert caught.value.code == "request.same-credential"
    assert SUM in caught.value.detail


@pytest.mark.parametrize("how", ["issuer", "header", "shown"])
def test_what_is_two_for_certain_can_be_added_up(how):
    public = alice().subject.public
    slot = len(public.types.slots)
    changes = {
        "issuer": {"issuer_key": make_world().issuer_2.public_key(make_world().system.suite)},
        "header": {"header": replace(public.header, mandatory=bytes(32))},
        "shown": {"disclosed": ((slot, 5),)},
    }[how]
    first, second = shown_twice(**changes)
    if how == "shown":
        shown = replace(first.subject.public, disclosed=((slot, 4),))
        first = replace(first, subject=replace(first.subject, public=shown))
    query = query_of(ids=("person", "second"), whole=(SUM,))
    assert any(isinstance(found, CommittedRange) for found in compiled(query, first, second).predicates)


def test_a_party_trusts_what_it_compiled_with():
    first, second = alice_twice()
    found = trust_of([first.subject, second.subject], sector=SECTOR, sets=sets())
    assert found.sector == SECTOR
    assert found.set_keys == frozenset(sets().values())
    assert not found.different_holders
    assert len(found.lists) == 1
    assert found.digit_keys == {
        person.subject.public.issuer_key: frozenset({make_world().digits.key}) for person in (first, second)
    }
    later = replace(second.subject, gaps=replace(second.subject.gaps, epoch=9), digit_key=None)
    found = trust_of([first.subject, later], sector=SECTOR, sets={})
    assert found.lists[0].epochs == {7, 9}
    assert found.digit_keys[later.public.issuer_key] == frozenset()
    assert trust_of([with_subject(gaps=None).subject], sector=SECTOR, sets={}).lists == ()


# Agreement of what is proven with a plain reading.

_NUMBERS = ["income", "bonus", "score", "rent", "work.pay"]
_DAYS = ["birthDate", "joined", "left"]


def value(claims, path: Path):
    found = claims
    for name in path.names:
        found = found.get(name) if found is not None else None
    if isinstance(found, str):
        return (
            Fraction(dt.date.fromisoformat(found).toordinal())
            if "-" in found[1:]
            else Fraction(Decimal(found))
        )
    return None if found is None else Fraction(found)


def number(claims, form):
    """Evaluate a sum as a person does; None where a claim is absent."""
    total = Fraction(0)
    for part in form.parts:
        if isinstance(part.atom, Path):
            found = value(claims, part.atom)
            if found is None:
                return None
        elif isinstance(part.atom, dt.date):
            found = Fraction(part.atom.toordinal())
        elif isinstance(part.atom, Decimal):
            found = Fraction(part.atom)
        else:
            found = Fraction(part.atom.count * SECONDS[part.atom.unit], 86_400)
        total += part.factor * found
    return total


def is_true(claims, expression):
    match expression:
        case Comparison(left, operator, right):
            one, other = number(claims, left), number(claims, right)
            if one is None or other is None:
                return False
            return {
                "<": one < other,
                "<=": one <= other,
                ">": one > other,
                ">=": one >= other,
                "=": one == other,
                "!=": one != other,
            }[operator]
        case Between(form, low, high):
            found = number(claims, form)
            return found is not None and number(claims, low) <= found <= number(claims, high)
        case Membership(form, values, excluded):
            found = number(claims, form)
            return found is not None and (found in {Fraction(v) for v in values}) is not excluded


def holds(statement, scalars):
    """Whether scalars satisfy a statement, predicate by predicate."""

    def at(form):
        return sum(term.coefficient * scalars[term.slot] for term in form.terms) + form.constant

    def within(found):
        at_form = at(found.form)
        # As the proof has it: one side alone shows less than 256^n above its bound.
        most = 256**found.digits if isinstance(found, Range) else 2**found.bits
        low = found.lo is None or 0 <= at_form - found.lo < most
        return low and (found.hi is None or 0 <= found.hi - at_form < most)

    for found in statement.predicates:
        match found:
            case Range() | CommittedRange():
                good = within(found)
            case Member():
                good = at(found.form) % GROUP_ORDER in found.values
            case Exclude():
                good = at(found.form) % GROUP_ORDER not in found.values
        if not good:
            return False
    return all(
        scalars[relation.slot] % GROUP_ORDER == at(relation.form) % GROUP_ORDER
        for relation in statement.relations
    )


def _sum(names, constant):
    terms = st.lists(
        st.tuples(st.sampled_from([1, 1, -1, 2, 3]), st.sampled_from(names)), min_size=1, max_size=3
    )
    return st.tuples(terms, constant).map(
        lambda both: " + ".join([f"{abs(a)} * {name}" for a, name in both[0]] + both[1])
    )


_AMOUNTS = st.sampled_from(["0", "5", "10", "10.5", "20", "25.25", "30"])
_SMALL = _sum(_NUMBERS, st.lists(_AMOUNTS, max_size=1))
_OPERATORS = st.sampled_from(["<", "<=", ">", ">=", "=", "!="])
_DATES = st.sampled_from(["2001-05-05", "2001-05-06", "2001-05-07", "2020-02-01"])
_ASKED = st.one_of(
    st.tuples(_SMALL, _OPERATORS, _AMOUNTS | _SMALL).map(" ".join),
    st.tuples(_SMALL, _AMOUNTS, _AMOUNTS).map(lambda t: f"{t[0]} between {t[1]} and {t[2]}"),
    st.tuples(
        _SMALL, st.sampled_from(["in", "not in"]), st.lists(_AMOUNTS, min_size=2, max_size=4, unique=True)
    ).map(lambda t: f"{t[0]} {t[1]} [{', '.join(t[2])}]"),
    st.tuples(st.sampled_from(_DAYS), _OPERATORS, _DATES).map(" ".join),
    st.tuples(st.sampled_from(_DAYS), _OPERATORS, st.sampled_from(_DAYS)).map(" ".join),
    st.tuples(
        st.sampled_from(_DAYS),
        st.sampled_from(_DAYS),
        _OPERATORS,
        st.sampled_from(["0d", "1d", "24h", "30h"]),
    ).map(lambda t: f"{t[0]} - {t[1]} {t[2]} {t[3]}"),
)
_FEW = st.sampled_from([0, 5, 10, 20])
_DAY = st.sampled_from(["2001-05-05", "2001-05-06", "2001-05-07"])


@settings(max_examples=300, deadline=None)
@given(
    _ASKED,
    st.fixed_dictionaries(
        {
            "income": _FEW,
            "score": st.sampled_from([-5, 0, 5]),
            "rent": st.sampled_from(["0", "5", "10.50", "25.25"]),
            "birthDate": _DAY,
            "joined": _DAY,
            "work": st.fixed_dictionaries({"city": st.just("Lyon")}, optional={"pay": _FEW}),
        },
        optional={"bonus": _FEW, "left": _DAY},
    ),
)
def test_what_is_proven_is_what_a_person_reads(text, changes):
    kept = {name: found for name, found in ALICE.items() if name != "bonus"}
    claims = {**kept, **changes}
    try:
        statement = compiled(query_of(text))
    except CredentialError as error:
        assert error.code in {  # noqa: PT017
            *(
                "request.bounds",
                "request.span",
                "request.value",
                "request.relation",
                "request.form",
                "request.set",
            )
        }
        if error.code in {"request.bounds", "request.value"}:
            assert not is_true(claims, parse(text)) or " not in " in text or " != " in text or " in " in text
        return
    system = make_world().system
    scalars = slot_scalars(system, typing(), {"credentialSubject": claims}, identifier=IDENTIFIER)
    assert holds(statement, scalars) is is_true(claims, parse(text))
