"""Revocation lists at the edges: the largest and smallest that is accepted, and the first that is not."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import orjson
import pytest

from credentials.errors import CredentialError
from credentials.limits import LIMITS
from credentials.revocation import (
    WHOLE,
    EpochSummary,
    ListMetadata,
    Page,
    PreviousKey,
    decode,
    max_bytes,
    summarize,
    verify_metadata,
)
from credentials.revocation import metadata as reading
from did.errors import DidError
from tests.support.revocation import (
    EPOCH,
    ISSUER,
    NOW,
    URL,
    ZERO,
    document,
    gap_key,
    metadata,
    shaped,
    signed,
)
from zk.predicates.octets import frame, u8, u64


def code(act, *args, **kwargs):
    with pytest.raises((CredentialError, DidError)) as error:
        act(*args, **kwargs)
    return error.value.code


ROTATED = PreviousKey(gap_key(b"\x08"), 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "u" * LIMITS.max_url},
        {"url": "u"},
        {"issuer": "i" * LIMITS.max_url},
        {"epoch_seconds": 1},
        {"epoch_seconds": 2_592_000},
        {"previous": ROTATED},
        {"previous": PreviousKey(ROTATED.gap_key, 2**53 - 1)},
        *({"width": width} for width in (8, 16, 24, 32)),
    ],
    ids=lambda changes: f"{next(iter(changes))}-{str(changes)[-24:]}",
)
def test_the_largest_and_the_smallest_metadata_are_read(changes):
    found = metadata(**changes)
    assert ListMetadata.from_json(found.to_json()) == found


def test_the_last_epoch_of_a_key_is_an_integer_of_json():
    source = metadata(previous=PreviousKey(ROTATED.gap_key, 2**53)).to_json()
    assert code(ListMetadata.from_json, source) == "revocation.metadata"


def test_epochs_stay_below_their_bound(monkeypatch):
    monkeypatch.setattr(reading, "MAX_EPOCH", 3)
    assert metadata().epoch_at(ZERO + timedelta(hours=2)) == 2
    assert code(metadata().epoch_at, ZERO + timedelta(hours=3)) == "revocation.epoch"


def test_a_signed_text_has_16_kilobytes_at_most():
    octets = orjson.dumps(signed())

    def verify(padded):
        return verify_metadata(padded, expected_url=URL, expected_issuer=ISSUER, document=document(), now=NOW)

    full = octets + b" " * (16_384 - len(octets))
    assert verify(full) == metadata()
    assert code(verify, full + b" ") == "json.too-large"


def test_there_are_1024_pages_at_most():
    assert Page(10, 1023).span(32) == (1023 << 22, (1 << 32) - 1)
    assert code(Page, 11, 0) == "revocation.file"


@pytest.mark.parametrize(("width", "octets"), [(8, 81), (16, 82), (24, 83), (32, 84)])
def test_the_largest_file_has_a_million_entries(width, octets):
    assert max_bytes(width) == 1024 + 1_048_576 * octets


@pytest.mark.parametrize(("number", "revoked"), [(0, 2), (1, 3)])
def test_a_page_counts_what_is_revoked_between_its_ends(number, revoked):
    """An end is a neighbour's as well: the page begins and stops at it, and does not count it."""
    assert shaped({5, 60, 140, 150, 160}, width=8).cut(Page(1, number)).revoked() == revoked


def octets_of(page, first, *ends, width=8):
    """A file by hand: each end with or without a signature."""
    whole = shaped((), width=width)
    head = type(whole)(whole.scope, EPOCH, page, 0, 0, ())._head()
    body = b"".join(bytes((end,)) + b"s" * 80 * has for end, has in ends)
    return head + bytes((first,)) + len(ends).to_bytes(4, "big") + body


def read(octets, page):
    return decode(octets, expected_scope=metadata(width=8).scope, expected_epoch=EPOCH, expected_page=page)


UPPER = [(end, 0) for end in range(129, 256)]


def test_a_page_without_gaps_begins_and_stops_at_its_own_ends():
    page = Page(1, 1)
    assert read(octets_of(page, 128, *UPPER), page).gaps == ()
    assert code(read, octets_of(page, 127, (128, 0), *UPPER), page) == "revocation.file"
    assert code(read, octets_of(page, 128, *UPPER[:-1]), page) == "revocation.file"


def test_a_gap_that_stops_where_the_page_begins_is_not_of_the_page():
    page = Page(1, 1)
    assert len(read(octets_of(page, 100, (129, 1), *UPPER[1:]), page).gaps) == 1
    assert code(read, octets_of(page, 100, (128, 1), *UPPER), page) == "revocation.file"


def test_a_gap_that_begins_where_the_page_stops_is_not_of_the_page():
    page = Page(1, 0)
    lower = [(end, 0) for end in range(1, 127)]
    assert len(read(octets_of(page, 0, *lower, (140, 1)), page).gaps) == 1
    assert code(read, octets_of(page, 0, *lower, (127, 0), (140, 1)), page) == "revocation.file"


def summary_of(revoked=()):
    file = shaped(revoked)
    return summarize(file, file.encode())[0]


def parse(said):
    return EpochSummary.from_json(said, expected_scope=metadata().scope, expected_epoch=EPOCH)


def test_an_epoch_without_revocations_has_a_summary():
    assert parse(summary_of().to_json()) == summary_of()
    none = EpochSummary(metadata().scope, EPOCH, 0, 0, bytes(32), (bytes(32),))
    assert parse(none.to_json()) == none


def test_the_digest_of_an_epoch_is_of_its_own_kind():
    found = summary_of({5})
    parts = (found.scope.list_id, u64(EPOCH), u8(32), u8(0), found.file, *found.pages)
    assert found.digest == hashlib.sha256(frame(b"gap-epoch", *parts)).digest()


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        (["A" * 43] * 1024, "revocation.digest"),
        (["A" * 43] * 512, "revocation.digest"),
        ({"A" * 43: 1}, "revocation.file"),
        (7, "revocation.file"),
        (None, "revocation.file"),
    ],
    ids=["1024", "512", "object", "number", "null"],
)
def test_pages_are_a_list_of_as_many_as_there_can_be(pages, expected):
    assert code(parse, {**summary_of().to_json(), "pages": pages}) == expected


def test_the_whole_file_is_no_page_of_several():
    file = shaped(())
    assert summary_of().read(file.encode(), WHOLE) == file
    assert summary_of().read(file.encode()) == file
