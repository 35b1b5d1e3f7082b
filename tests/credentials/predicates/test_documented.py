"""What docs/predicates.md shows can be read, resolved and compiled."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from credentials.errors import CredentialError
from credentials.exchange.dcql import Query
from credentials.predicates.claims import typing_of
from credentials.predicates.compiling import compile_statement
from credentials.predicates.grammar import parse
from tests.credentials.predicates.people import PH, SECTOR, WIDTH, alice, query_of
from tests.zk.predicates.world import make_world

PAGE = (Path(__file__).parents[3] / "docs" / "predicates.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SCHEMA, QUERY = (json.loads(text) for kind, text in BLOCKS if kind == "json")
EXPRESSIONS = [line for kind, text in BLOCKS if kind == "avow" for line in text.splitlines()]
TODAY = dt.date(2026, 11, 26)
NOW = dt.datetime(2026, 11, 26, 9, 30, tzinfo=dt.UTC)
SETS = {bytes.fromhex(digest): make_world().set.key for digest in re.findall(r"[0-9a-f]{64}", PAGE)}


def subject(query):
    typed = typing_of(SCHEMA, width=WIDTH)
    found = alice().subject
    header = replace(
        found.public.header,
        mandatory=hashlib.sha256(query.encode()).digest(),
        typed=len(typed.types.slots),
        types=typed.types.digest(),
        schema=typed.schema,
    )
    public = replace(found.public, header=header, types=typed.types)
    return replace(found, query=query, typing=typed, public=public)


def compiled(query):
    sent = query.resolved(today=TODAY, now=NOW)
    subjects = [subject(credential.id) for credential in sent.credentials]
    return compile_statement(make_world().system, sent, subjects, ph=PH, sector=SECTOR, sets=SETS)


def test_the_page_has_examples():
    assert len(EXPRESSIONS) > 20


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_each_expression_can_be_asked(text):
    statement = compiled(query_of(text))
    assert statement.predicates or statement.relations


def test_the_query_can_be_asked():
    assert len(compiled(Query.parse(QUERY)).predicates) == 4


def test_the_error_is_the_one_that_is_shown():
    with pytest.raises(CredentialError) as caught:
        parse("birthDate <= today - 18m")
    assert str(caught.value) in PAGE
