from __future__ import annotations

import datetime as dt

import pytest

from credentials.errors import CredentialError
from credentials.exchange.dcql import Query
from credentials.exchange.matching import answer, satisfy
from credentials.predicates.grammar import parse
from tests.credentials.predicates.people import TYPE
from tests.support.world import tamper

ENTRY = {"format": "ldp_vc", "meta": {"type_values": [[TYPE]]}}
ONE = {"credentials": [{"id": "person", **ENTRY, "avow_prove": ["birthDate <= today - 18y", "not revoked"]}]}
TWO = {
    "credentials": [{"id": "a", **ENTRY, "avow_prove": ["a:x <= now"]}, {"id": "b", **ENTRY}],
    "avow_prove": ["a:city = b:city", "not b:revoked"],
}


def refused(value):
    with pytest.raises(CredentialError) as caught:
        Query.parse(value)
    return caught.value.code


def test_expressions_are_read_and_given_back():
    query = Query.parse(ONE)
    assert query.credentials[0].prove == (parse("birthDate <= today - 18y"), parse("not revoked"))
    assert query.prove == ()
    assert query.to_json() == ONE
    several = Query.parse(TWO)
    assert several.prove == (parse("a:city = b:city"), parse("not b:revoked"))
    assert several.credentials[1].prove == ()
    assert Query.parse(several.to_json()) == several


def test_days_are_put_in_before_a_query_is_sent():
    today, now = dt.date(2026, 11, 26), dt.datetime(2026, 11, 26, 9, 30, tzinfo=dt.UTC)
    sent = Query.parse(ONE).resolved(today=today, now=now)
    assert sent.to_json() == tamper(ONE, "/credentials/0/avow_prove/0", "birthDate <= 2008-11-26")
    sent = Query.parse(TWO).resolved(today=today, now=now)
    assert sent.to_json() == tamper(TWO, "/credentials/0/avow_prove/0", "a:x <= 2026-11-26T09:30:00Z")
    assert sent.resolved(today=dt.date(1, 1, 1), now=now) == sent
    plain = Query.parse({"credentials": [{"id": "a", **ENTRY}]})
    assert plain.resolved(today=today, now=now) == plain


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/credentials/0/avow_prove", [], "query.malformed"),
        ("/credentials/0/avow_prove", "not revoked", "query.malformed"),
        ("/credentials/0/avow_prove", [5], "query.malformed"),
        ("/credentials/0/avow_prove", ["not revoked", None], "query.malformed"),
        ("/credentials/0/avow_prove", ["not revoked"] * 17, "query.limit"),
        ("/credentials/0/avow_prove", ["a ~"], "expression.character"),
        ("/credentials/0/avow_prove", ["b:x = x"], "query.malformed"),
        ("/credentials/0/avow_prove", ["not b:revoked"], "query.malformed"),
        ("/credentials/0/avow_prove", ["a:x = x"], None),
        ("/avow_prove", ["x = a:x"], "query.malformed"),
        ("/avow_prove", ["not revoked"], "query.malformed"),
        ("/avow_prove", ["c:x = a:x"], "query.malformed"),
        ("/avow_prove", [], "query.malformed"),
        ("/avow_prove", ["not a:revoked"] * 16, None),
    ],
)
def test_expressions_name_credentials_that_they_can_speak_about(pointer, value, code):
    changed = tamper(TWO, pointer, value)
    if code is None:
        Query.parse(changed)
    else:
        assert refused(changed) == code


def test_of_one_credential_it_goes_without_saying_whose_claims_they_are():
    query = Query.parse({"credentials": [{"id": "a", **ENTRY}], "avow_prove": ["x = a:y"]})
    assert query.prove == (parse("x = a:y"),)


@pytest.mark.parametrize("form", ["jwt_vc_json", "dc+sd-jwt"])
def test_other_formats_prove_nothing(form):
    assert refused(tamper(ONE, "/credentials/0/format", form)) == "query.unsupported"


@pytest.mark.parametrize("document", [ONE, TWO, tamper(TWO, "/credentials/0/avow_prove", ...)])
def test_what_is_not_proven_does_not_match(document):
    query = Query.parse(document)
    for matching in (answer, satisfy):
        with pytest.raises(CredentialError) as caught:
            matching(query, [])
        assert caught.value.code == "query.unsatisfied"
