"""DIDs, DID URLs and points in time as values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from did.identifiers import Did, DidUrl
from did.timestamps import format_timestamp, parse_timestamp
from tests.did.outcomes import code_of, outcome


@pytest.mark.parametrize(
    ("text", "method", "rest"),
    [
        ("did:example:123", "example", "123"),
        ("did:webvh:Qm:a.example%3A80:x", "webvh", "Qm:a.example%3A80:x"),
        ("did:x1:a:b::c", "x1", "a:b::c"),
    ],
)
def test_dids(text, method, rest):
    did = Did.parse(text)
    assert (did.text, did.method, did.method_specific_id, str(did)) == (text, method, rest, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "did:",
        "did:example",
        "did:example:",
        "did:Example:1",
        "DID:example:1",
        "did:example:a:",
        "did:example:a%2",
        "did:example:a%zz",
        "did:example:a b",
        "did:example:a\n",
        "did:example:ä",
        "did:example:a/b",
        "did:example:a?b",
        "did:example:a#b",
        " did:example:a",
        "did:example:" + "a" * 2048,
    ],
)
def test_what_is_no_did(text):
    assert code_of(Did.parse, text) == "did.malformed"


def test_did_urls():
    url = DidUrl.parse("did:example:123/path/x?service=files&relativeRef=%2Fa%20b#key-1")
    assert (url.did.text, url.path, url.fragment) == ("did:example:123", "/path/x", "key-1")
    assert url.parameters() == {"service": "files", "relativeRef": "/a b"}
    bare = DidUrl.parse("did:example:123")
    assert (bare.path, bare.query, bare.fragment, bare.parameters()) == ("", None, None, {})
    assert DidUrl.parse("did:example:1?#").query == ""
    assert str(url) == url.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example",
        "did:example:1#a#b",
        "did:example:1?a b",
        "did:example:1/%",
        "did:example:1#\n",
        "did:example:1\\x",
    ],
)
def test_what_is_no_did_url(text):
    assert code_of(DidUrl.parse, text) == "did.url-malformed"


@pytest.mark.parametrize("query", ["a=1&a=2", "a=1&%61=2", "a=%ff"])
def test_parameters_are_unambiguous(query):
    assert code_of(DidUrl.parse(f"did:example:1?{query}").parameters) == "did.url-malformed"


@given(
    st.text(max_size=40) | st.text(st.sampled_from("did:exa1%2F/?#&=."), max_size=40).map("did:ex:".__add__)
)
def test_random_text_gives_only_our_errors(text):
    assert outcome(Did.parse, text).code in {None, "did.malformed"}
    url = outcome(DidUrl.parse, text)
    assert url.code == "did.url-malformed" if url.value is None else url.value.text == text


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-20T10:00:00Z", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20T10:00:00.25Z", datetime(2026, 11, 20, 10, 0, 0, 250000, tzinfo=UTC)),
        ("2026-11-20T10:00:00.1234567891Z", datetime(2026, 11, 20, 10, 0, 0, 123456, tzinfo=UTC)),
        ("2026-11-20T10:00:00+02:30", datetime(2026, 11, 20, 7, 30, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_times(text, time):
    assert parse_timestamp(text) == time
    assert parse_timestamp(format_timestamp(time)) == time.replace(microsecond=0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-20",
        "2026-11-20T10:00:00",
        "2026-11-20 10:00:00Z",
        "2026-11-20T10:00Z",
        "2026-11-20T10:00:00z",
        "2026-11-20T24:00:00Z",
        "2026-11-20T10:00:60Z",
        "2026-02-30T10:00:00Z",
        "2026-11-20T10:00:00+24:00",
        "2026-11-20T10:00:00+0100",
        "2026-W47-5T10:00:00Z",
        "20261120T100000Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "+12026-11-20T10:00:00Z",
        "\uff12\uff10\uff12\uff16-11-20T10:00:00Z",
        "2026-11-20T10:00:00.Z",
        "2026-11-20T10:00:00Z\n",
    ],
)
def test_what_is_no_time(text):
    assert code_of(parse_timestamp, text) == "timestamp.malformed"


def test_times_without_zone_are_not_written():
    assert code_of(format_timestamp, datetime(2026, 1, 1)) == "timestamp.malformed"  # noqa: DTZ001
    zone = timezone(timedelta(hours=2))
    assert format_timestamp(datetime(999, 1, 1, 2, 0, 0, 999999, tzinfo=zone)) == "0999-01-01T00:00:00Z"
