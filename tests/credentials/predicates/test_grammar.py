from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from credentials.errors import CredentialError
from credentials.predicates.expressions import (
    Between,
    Clock,
    Comparison,
    Duration,
    Membership,
    OncePer,
    Part,
    Path,
    PseudonymFor,
    SetMembership,
    Sum,
    Unrevoked,
    is_resolved,
    queries_of,
    sums_of,
)
from credentials.predicates.grammar import parse
from credentials.predicates.tokens import MAX_TEXT
from tests.credentials.predicates.expressions import EXPRESSIONS

DIGEST = "0f" * 32
PIECES = [*'abnot in[],<=>!+-*.:`"\\0123456789yTZ', "é", "\n", " for ", " between ", " and ", "not in ["]


def path(*names, query=None):
    return Path(names, query)


def plain(atom, factor=1):
    return Sum((Part(factor, atom),))


def refusal(text):
    with pytest.raises(CredentialError) as caught:
        parse(text)
    return caught.value


@settings(max_examples=400)
@given(EXPRESSIONS)
def test_the_canonical_text_is_read_as_what_was_written(expression):
    text = expression.text()
    assume(len(text) <= MAX_TEXT)
    assert parse(text) == expression
    assert parse(text).text() == text


@settings(max_examples=400)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_whatever_is_read_only_our_errors_leave(text):
    try:
        found = parse(text)
    except CredentialError as error:
        assert error.code.startswith("expression.")  # noqa: PT017
        assert error.remedy  # noqa: PT017
        return
    assert parse(found.text()) == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "birthDate <= today - 18y",
            Comparison(
                plain(path("birthDate")), "<=", Sum((Part(1, Clock("today")), Part(-1, Duration(18, "y"))))
            ),
        ),
        (
            "birthDate between 1960-01-01 and 2008-11-26",
            Between(plain(path("birthDate")), plain(dt.date(1960, 1, 1)), plain(dt.date(2008, 11, 26))),
        ),
        (
            "income + bonus >= 30000.00",
            Comparison(Sum((Part(1, path("income")), Part(1, path("bonus")))), ">=", plain(Decimal(30000))),
        ),
        (
            "-2 * a.b + 3d < now by bulletproof",
            Comparison(
                Sum((Part(-2, path("a", "b")), Part(1, Duration(3, "d")))),
                "<",
                plain(Clock("now")),
                bulletproof=True,
            ),
        ),
        ('n in ["FR", "DE"]', Membership(plain(path("n")), ("FR", "DE"), excluded=False)),
        (
            "n not in [-1, 2.50, true]",
            Membership(plain(path("n")), (Decimal(-1), Decimal("2.5"), True), excluded=True),
        ),
        (f"n in set {DIGEST}", SetMembership(plain(path("n")), bytes.fromhex(DIGEST))),
        ("not revoked", Unrevoked()),
        ("not a-1:revoked", Unrevoked("a-1")),
        ("pseudonym", PseudonymFor()),
        ("pseudonym for Shop.Example", PseudonymFor("shop.example")),
        ("`-x`:pseudonym", PseudonymFor(query="-x")),
        ('once per "ballot 2026"', OncePer("ballot 2026")),
        ('a:once per "\\u0041"  for  x.example', OncePer("A", "x.example", "a")),
        ("a:x = b:`y z`", Comparison(plain(path("x", query="a")), "=", plain(path("y z", query="b")))),
        ("`in` != `a``b`", Comparison(plain(path("in")), "!=", plain(path("a`b")))),
        (
            "t > 2026-11-26T09:30:00Z",
            Comparison(plain(path("t")), ">", plain(dt.datetime(2026, 11, 26, 9, 30, tzinfo=dt.UTC))),
        ),
        (
            "t > 2026-11-26T09:30:00+02:00",
            Comparison(plain(path("t")), ">", plain(dt.datetime(2026, 11, 26, 7, 30, tzinfo=dt.UTC))),
        ),
        ("  a  <=  5 ", Comparison(plain(path("a")), "<=", plain(Decimal(5)))),
        ("5 >= a", Comparison(plain(Decimal(5)), ">=", plain(path("a")))),
    ],
)
def test_what_is_written_has_its_meaning(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "code", "at", "words", "remedy"),
    [
        ("a" * 501, "limit", None, "501 characters", "split"),
        ("a ~ b", "character", 3, "nothing that is known", "double quotes"),
        ("a\n<= 5", "character", 2, "nothing that is known", ""),
        ('a = "x', "character", 5, "nothing that is known", ""),
        ("a <= 5x7", "character", 6, "nothing that is known", ""),
        ("", "syntax", 1, "expected a claim or a value", "back quotes"),
        ("a <=", "syntax", 5, "expected a claim or a value", ""),
        ("in < 3", "syntax", 1, "expected a claim or a value", "back quotes"),
        ("a b", "syntax", 3, "expected a comparison", "<="),
        ("a not 5", "syntax", 7, "expected a comparison", ""),
        ("a <= 5 6", "syntax", 8, "complete before this", "one fact"),
        ("not a", "syntax", 5, "expected `revoked`", "!="),
        ("once 5", "syntax", 6, "expected `per`", "ballot"),
        ("a between 1 or 2", "syntax", 13, "expected `and`", "LOW and HIGH"),
        ("a in 5", "syntax", 6, "expected `[`", "FR"),
        ("a in [1, 2", "syntax", 11, "expected `]`", "commas"),
        ("a <= 5 by hand", "syntax", 11, "expected `bulletproof`", "nothing"),
        ("1 <= 2", "path", 1, "no claim", "compare a claim"),
        ("5 in [1, 2]", "path", 3, "expected a claim", "begin with"),
        ("a between b and 5", "path", 11, "names a claim", "<="),
        ("a.in <= 5", "path", 3, "name of a claim", "back quotes"),
        ("2 * 5 <= a", "path", 5, "name of a claim", ""),
        ("a.5 <= 5", "path", 3, "name of a claim", ""),
        ("a <= 2008-13-01", "value", 6, "no such date", "2008-11-26"),
        ("a <= 2008-11-26T25:00:00Z", "value", 6, "no such timestamp", "09:30:00Z"),
        ("a <= 2008-11-26T09:30:00", "value", 6, "no such timestamp", ""),
        ("a <= 12345678901234567890", "value", 6, "too long", "19 digits"),
        ("a <= 0.1234567890123456789", "value", 6, "too long", "18 places"),
        ("0 * a <= 5", "value", 1, "factor", "multiply"),
        ("1.5 * a <= 5", "value", 1, "factor", ""),
        ("4294967296 * a <= 5", "value", 1, "factor", ""),
        ('a = "\\x"', "value", 5, "escape", "JSON"),
        ('a = "\\ud800"', "value", 5, "escape", ""),
        ("a in [-true, 5]", "value", 7, "number after -", ""),
        ("once per 5", "value", 10, "in quotes", "ballot"),
        ('once per ""', "value", 10, "in quotes", ""),
        ("a <= today - 18m", "unit", 14, "no length", "mo"),
        ("a <= today - 1234567890d", "unit", 14, "no length", "nine digits"),
        ('a in ["x"]', "set", 6, "one value", "="),
        ("a in [1, 1.0]", "set", 6, "twice", "once"),
        (f"a in [{', '.join(map(str, range(17)))}]", "set", 6, "17 values", "set"),
        ("a in set 5", "set", 10, "digest", "64"),
        (f"a in set {DIGEST.upper()}", "character", 10, "nothing that is known", ""),
        (f"a not in set {DIGEST}", "set", 10, "absence", "not in"),
        ("a = 5 by bulletproof", "bulletproof", 7, "only ranges", "leave it out"),
        ("a in [1, 2] by bulletproof", "bulletproof", 13, "only ranges", ""),
        ("+".join("a" * 17) + " <= 5", "limit", 1, "17 parts", "16"),
        (".".join("a" * 17) + " <= 5", "limit", 35, "17 names", "16"),
    ],
)
def test_what_is_wrong_is_shown_where_it_is(text, code, at, words, remedy):
    error = refusal(text)
    assert error.code == f"expression.{code}"
    assert words in error.detail
    assert error.remedy
    assert remedy in error.remedy
    if at is not None:
        first, shown, caret = error.detail.split("\n")
        assert first.endswith(f"at character {at}:")
        assert shown[2:] == text.replace("\n", " ")
        assert caret == " " * (at + 1) + "^"


def test_limits_are_reached_and_not_passed_over():
    assert parse("a <= 5" + " " * (MAX_TEXT - 6))
    assert parse("+".join("a" * 16) + " <= 5")
    assert parse(".".join("a" * 16) + " <= 5")
    assert parse(f"a in [{', '.join(map(str, range(16)))}]")
    assert parse("a not in [1]")
    assert parse("4294967295 * a <= 9999999999999999999.123456789012345678")
    assert parse("a <= today - 999999999d")


def test_a_hyphen_between_names_is_a_minus_and_before_a_colon_part_of_a_name():
    assert parse("a-b <= 5") == parse("a - b <= 5")
    assert parse("a-b:c <= 5") == Comparison(plain(path("c", query="a-b")), "<=", plain(Decimal(5)))


def test_an_expression_names_its_credentials():
    assert queries_of(parse("a:x + y <= b:z")) == {"a", "b", None}
    assert queries_of(parse("not a:revoked")) == {"a"}
    assert queries_of(parse("pseudonym")) == {None}
    assert queries_of(parse("a:x between 1 and 2")) == {"a"}
    assert sums_of(parse("not revoked")) == ()


def test_it_is_resolved_without_the_clock():
    assert not is_resolved(parse("a <= today"))
    assert not is_resolved(parse("a between 2000-01-01 and now"))
    assert is_resolved(parse("a <= 2000-01-01"))
    assert is_resolved(parse("pseudonym"))
