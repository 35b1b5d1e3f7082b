from __future__ import annotations

import pytest

from credentials.exchange.dcql import Query
from credentials.predicates.advice import Advice, advise
from tests.credentials.predicates.people import TYPE, alice, alice_twice, compiled, query_of, sets


def advice(*texts, **more):
    query = query_of(*texts, **more)
    return advise(query, [alice().subject], compiled(query))


def codes(*texts):
    return [found.code.removeprefix("advice.") for found in advice(*texts)]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["birthDate <= 2008-11-26"], []),
        (["birthDate between 2001-01-01 and 2001-01-31"], ["narrow"]),
        (["birthDate between 2001-01-01 and 2001-02-01"], []),
        (["birthDate >= 2001-01-01", "birthDate <= 2001-01-12"], ["narrow"]),
        (["birthDate >= 2001-01-01", "birthDate < 2001-01-02"], ["disclosure"]),
        (["birthDate >= 2001-01-01", "birthDate < 2001-01-01"], ["impossible"]),
        (["birthDate >= 2001-01-01", "birthDate <= 2001-01-02", "birthDate != 2001-01-02"], ["disclosure"]),
        (["birthDate >= 2001-01-01 by bulletproof", "birthDate <= 2001-01-01"], ["disclosure"]),
        (["birthDate = 2001-01-01"], ["disclosure"]),
        (["seen between 2026-11-26T00:00:00Z and 2026-11-26T23:59:59Z"], ["narrow"]),
        (["seen between 2026-11-26T00:00:00Z and 2026-11-27T00:00:00Z"], []),
        (["income between 100 and 115"], ["narrow"]),
        (["income between 100 and 116"], []),
        (["income >= 9999990"], ["narrow"]),
        (["income + bonus between 5 and 7"], ["narrow"]),
        (["income - bonus in [-5, -6, 7]", "income - bonus not in [-6, 7]"], ["disclosure"]),
        (["income in [1, 2, 3]", "income in [3, 4]"], ["disclosure"]),
        (["income in [1, 2, 30]", "income >= 20"], ["disclosure"]),
        (["income >= 0"], ["idle"]),
        (["income <= 10000000"], ["idle"]),
        (["income between 0 and 10000000"], ["idle"]),
        (["income between 1 and 10000000"], []),
        (["resident in [true, false]"], ["idle"]),
        (["resident != true"], ["disclosure"]),
        (['nationality in ["AT", "DE", "FR", "IT"]'], ["idle"]),
        (['nationality in ["AT", "DE"]'], []),
        (['nationality not in ["AT", "DE", "FR"]'], ["disclosure"]),
        (['level > "middle"'], ["disclosure"]),
        (['city in ["Lyon", "Paris"]'], ["narrow"]),
        (['city in ["Lyon", "Paris", "Nice"]'], []),
        (['city != "Lyon"'], []),
        (['city in ["Lyon", "Paris"]', 'city != "Paris"'], ["disclosure"]),
        (["bonus != 0"], []),
        (["city = work.city"], []),
        (["not revoked", "pseudonym"], []),
        ([f"city in set {next(iter(sets())).hex()}"], []),
    ],
)
def test_a_request_is_weighed_as_a_whole(texts, expected):
    assert codes(*texts) == expected


def test_the_number_of_what_is_left_is_said():
    assert advice("birthDate between 2001-01-01 and 2001-01-12") == (
        Advice(
            "advice.narrow",
            "what is asked of birthDate leaves 12 possible days; one more request can halve them",
        ),
    )
    assert (
        "of bonus - 2 * income leaves 3 possible numbers" in advice("2 * income - bonus in [5, 1, 2]")[0].text
    )
    assert "of work.pay leaves" in advice("work.pay between 1 and 5")[0].text


def asking(paths, *texts, values=None):
    claims = [
        {"path": ["credentialSubject", *path]} | ({"values": values} if values else {}) for path in paths
    ]
    entry = {"id": "person", "format": "ldp_vc", "meta": {"type_values": [[TYPE]]}, "claims": claims}
    if texts:
        entry["avow_prove"] = list(texts)
    query = Query.parse({"credentials": [entry]})
    return [(found.code, found.text) for found in advise(query, [alice().subject], compiled(query))]


def test_a_claim_that_is_shown_needs_no_proof():
    (found,) = asking([["city"]], 'city != "Lyon"')
    assert found == ("advice.shown", "city is shown as it is; the proof adds nothing")
    assert asking([["work"]], 'work.city != "Lyon"')[0][0] == "advice.shown"
    assert asking([["nick"]], 'city != "Lyon"') == []


def test_a_claim_that_equals_one_that_is_shown_is_shown():
    (found,) = asking([["work", "city"]], "city = work.city")
    assert found == ("advice.shown", "city follows from claims that are shown as they are")
    assert asking([["nick"]], "city = work.city") == []
    assert asking([["nick"], ["city"], ["work", "city"]], "city = work.city") == []


@pytest.mark.parametrize("name", ["birthDate", "income", "rent", "seen", "nationality"])
def test_a_fact_might_do_where_a_claim_is_asked_for(name):
    (found,) = asking([[name]])
    assert found[0] == "advice.predicate"
    assert found[1].startswith(name)


@pytest.mark.parametrize("name", ["city", "resident", "unknown"])
def test_other_claims_have_no_such_fact(name):
    assert asking([[name]]) == []


def test_one_expected_value_is_no_more_than_the_claim():
    assert asking([["nationality"]], values=["FR"]) == []
    assert [code for code, _ in asking([["nationality"]], values=["FR", "DE"])] == ["advice.predicate"]


def test_asking_for_everything_is_said():
    assert [code for code, _ in asking([[]])] == ["advice.everything"]
    assert [code for code, _ in asking([[None]])] == ["advice.everything"]


def test_of_several_credentials_it_is_said_whose_claim_it_is():
    people = alice_twice()
    query = query_of(
        "income = 5", ids=("person", "second"), whole=["2 * person:income - 3 * second:bonus between 1 and 2"]
    )
    found = advise(query, [person.subject for person in people], compiled(query, *people))
    assert [one.text for one in found] == [
        "what is asked of person:income leaves one value: the proof shows it",
        (
            "what is asked of 2 * person:income - 3 * second:bonus leaves 2 possible numbers; one more "
            "request can halve them"
        ),
    ]


def test_a_credential_that_is_not_there_gives_no_advice():
    query = query_of("income >= 5", ids=("person", "second"))
    assert advise(query, [alice().subject], compiled(query)) == ()
