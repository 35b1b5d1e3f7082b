from __future__ import annotations

import pytest

from credentials.exchange.dcql import Query
from credentials.predicates.expressions import printable
from credentials.predicates.summary import describe
from tests.credentials.predicates.people import SECTOR, TYPE, query_of, typing

DIGEST = "0f" * 32


def lines(*texts, ids=("person",), whole=(), epochs=None):
    query = query_of(*texts, ids=ids, whole=whole)
    return describe(query, {name: typing() for name in ids}, sector=SECTOR, epochs=epochs or {})


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "birthDate <= 2008-11-26",
            "birthDate is on or before 26 November 2008; the date itself stays hidden",
        ),
        ("birthDate < 2008-11-26", "birthDate is before 26 November 2008; the date itself stays hidden"),
        (
            "2008-11-26 <= birthDate",
            "birthDate is on or after 26 November 2008; the date itself stays hidden",
        ),
        ("2008-11-26 < birthDate", "birthDate is after 26 November 2008; the date itself stays hidden"),
        ("birthDate = 2008-11-26", "birthDate is 26 November 2008; that shows the date itself"),
        ("2008-11-26 != birthDate", "birthDate is not 26 November 2008; the date itself stays hidden"),
        (
            "birthDate between 1960-01-01 and 2008-11-26",
            "birthDate is from 1 January 1960 to 26 November 2008; the date itself stays hidden",
        ),
        (
            "seen >= 2026-11-26T09:30:00Z",
            "seen is on or after 26 November 2026, 09:30:00 UTC; the time itself stays hidden",
        ),
        ("income > 30000.50", "income is more than 30000.5; the number itself stays hidden"),
        ("income < 5", "income is less than 5; the number itself stays hidden"),
        ("2 * income >= 5", "2 times income is at least 5; the number itself stays hidden"),
        ("-income <= -5", "-income is at most -5; the number itself stays hidden"),
        (
            "joined - birthDate >= 30d - 1min",
            "joined - birthDate is at least 30 days - 1 minute; the values themselves stay hidden",
        ),
        (
            "birthDate <= today - 18y",
            "birthDate is on or before today - 18 years; the date itself stays hidden",
        ),
        (
            "nationality = birthplace",
            "nationality is the same as birthplace; the values themselves stay hidden",
        ),
        ("city != work.city", "city is not the same as work.city; the values themselves stay hidden"),
        ('level >= "middle"', 'level does not come before "middle"; the value itself stays hidden'),
        ("resident = true", "resident is true; that shows the value itself"),
        ("resident != false", "resident is not false; that shows the value itself"),
        ('city != "Lyon"', 'city is not "Lyon"; the value itself stays hidden'),
        ('nationality in ["FR", "DE"]', 'nationality is one of "FR", "DE"; which one stays hidden'),
        ('nationality not in ["FR"]', 'nationality is not "FR"; what it is stays hidden'),
        ('nationality not in ["FR", "DE"]', 'nationality is not any of "FR", "DE"; what it is stays hidden'),
        (f"city in set {DIGEST}", "city is in the published set 0f0f0f0f0f0f…; which member stays hidden"),
        ("not revoked", "the credential is not revoked (epoch 12); which one it is stays hidden"),
        (
            "pseudonym",
            "a pseudonym for shop.example, the same each time there and unlinkable elsewhere",
        ),
        (
            'once per "ballot"',
            (
                'a mark for "ballot" at shop.example, the same each time, so that a second use shows; it is '
                "unlinkable elsewhere"
            ),
        ),
        ("unknown <= 5", "unknown is at most 5; the value itself stays hidden"),
    ],
)
def test_each_expression_has_its_words(text, line):
    assert lines(text, epochs={"person": 12}) == (line,)


def test_an_epoch_that_is_not_known_is_not_said():
    assert lines("not revoked") == ("the credential is not revoked; which one it is stays hidden",)


def test_that_an_optional_claim_is_there_is_said_once():
    assert lines("bonus >= 5", "bonus + income >= 6")[2:] == (
        "that the credential has bonus at all is shown",
    )


def test_of_several_credentials_it_is_said_whose_claim_it_is():
    found = lines(
        "income >= 5",
        ids=("person", "second"),
        whole=["person:nick = second:city", "not second:revoked"],
        epochs={"second": 3},
    )
    assert found == (
        "income of person is at least 5; the number itself stays hidden",
        "nick of person is the same as city of second; the values themselves stay hidden",
        "the credential second is not revoked (epoch 3); which one it is stays hidden",
        "that the credential has nick of person at all is shown",
        "all these credentials are of one holder; who that is stays hidden",
    )


def test_claims_that_are_shown_are_named():
    claims = [
        {"id": "a", "path": ["credentialSubject", "city"]},
        {"id": "b", "path": ["credentialSubject", "places", None, 0]},
        {"id": "c", "path": ["issuer"]},
    ]
    entry = {"format": "ldp_vc", "meta": {"type_values": [[TYPE]]}, "claims": claims}
    query = Query.parse({"credentials": [{"id": "p", **entry}]})
    assert describe(query, {}, sector=SECTOR, epochs={}) == ("shown as it is: city, places.*.0, issuer",)
    query = Query.parse(
        {"credentials": [{"id": "p", **entry, "claim_sets": [["a", "c"], ["b"]]}, {"id": "q", **entry}]}
    )
    assert describe(query, {"p": typing()}, sector=SECTOR, epochs={}) == (
        "shown as it is of p: city, issuer",
        "or else shown as it is of p: places.*.0",
        "shown as it is of q: city, places.*.0, issuer",
    )


def test_what_the_other_side_has_written_cannot_turn_the_words_around():
    (line,) = lines('city != "\u202eevil\u200b"')
    assert line == 'city is not "\\u202eevil\\u200b"; the value itself stays hidden'
    assert printable("é 5") == "é 5"
