"""Random expressions, as the grammar can write them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import strategies as st

from credentials.predicates.expressions import (
    UNITS,
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
)

NUMBERS = st.decimals(
    0, Decimal(9999999999999999999), allow_nan=False, allow_infinity=False, places=3
) | st.integers(0, 10**19 - 1).map(Decimal)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
TIMES = st.datetimes(timezones=st.just(dt.UTC)).map(lambda time: time.replace(microsecond=0))
CONSTANTS = st.one_of(
    NUMBERS,
    st.booleans(),
    TEXTS,
    st.dates(),
    TIMES,
    st.sampled_from([Clock("today"), Clock("now")]),
    st.builds(Duration, st.integers(0, 10**9 - 1), st.sampled_from(UNITS)),
)
NAMES = st.one_of(
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,6}", fullmatch=True),
    st.sampled_from(["not", "in", "today", "given-name", "a`b", "a b", "päth", "7", "for"]),
)
IDS = st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True)
PATHS = st.builds(Path, st.lists(NAMES, min_size=1, max_size=3).map(tuple), st.none() | IDS)
FACTORS = st.sampled_from([1, -1, 2, -3, 2**32 - 1])
TERMS = st.builds(Part, FACTORS, PATHS)
OTHERS = st.builds(Part, st.sampled_from([1, -1]), CONSTANTS)
PARTS = st.lists(TERMS | OTHERS, min_size=1, max_size=4).map(tuple)
FORMS = st.tuples(st.lists(OTHERS, max_size=1), st.lists(TERMS, min_size=1, max_size=3)).map(
    lambda both: Sum((*both[0], *both[1]))
)
BOUNDS = st.lists(OTHERS, min_size=1, max_size=3).map(lambda parts: Sum(tuple(parts)))
VALUES = st.one_of(
    NUMBERS, NUMBERS.map(lambda n: n.copy_negate() if n else n), st.booleans(), TEXTS, st.dates(), TIMES
)
LISTS = st.lists(VALUES, min_size=2, max_size=4, unique_by=lambda v: (type(v), v)).map(tuple)
SECTORS = st.none() | st.sampled_from(["shop.example", "a-b.example", "localhost", "127.0.0.1"])
QUERIES = st.none() | IDS

_ORDERED = st.builds(
    Comparison, FORMS, st.sampled_from(["<", "<=", ">", ">="]), st.builds(Sum, PARTS), st.booleans()
)
EXPRESSIONS = st.one_of(
    _ORDERED,
    st.builds(Comparison, BOUNDS, st.sampled_from(["=", "!="]), FORMS),
    st.builds(Between, FORMS, BOUNDS, BOUNDS, st.booleans()),
    st.builds(Membership, FORMS, LISTS, st.booleans()),
    st.builds(SetMembership, FORMS, st.binary(min_size=32, max_size=32)),
    st.builds(Unrevoked, QUERIES),
    st.builds(PseudonymFor, SECTORS, QUERIES),
    st.builds(OncePer, TEXTS.filter(bool), SECTORS, QUERIES),
)
