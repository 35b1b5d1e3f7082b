"""Pages and the digest of an epoch: a crowd of a thousand in each, and one digest for all of them."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from credentials.errors import CredentialError
from credentials.revocation import WHOLE, EpochSummary, Page, summarize
from credentials.revocation.pages import LEAST
from tests.support.revocation import EPOCH, metadata, shaped
from zk.errors import ZkError
from zk.predicates.published.gaps import find_gap

SCOPE = metadata().scope


def revoked(count):
    return random.Random(count).sample(range(1, 2**32 - 1), count)


@pytest.fixture(scope="module")
def large():
    file = shaped(revoked(9_000))
    return file, *summarize(file, file.encode())


def parse(said):
    return EpochSummary.from_json(said, expected_scope=SCOPE, expected_epoch=EPOCH)


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (2_000, 1), (2_200, 2), (9_000, 8)])
def test_each_page_has_a_thousand_gaps_or_the_one_page_has_all(count, pages):
    file = shaped(revoked(count))
    summary, octets = summarize(file, file.encode())
    assert (len(octets), summary.revoked, summary.gaps) == (pages, count, count + 1)
    for number, content in enumerate(octets if pages > 1 else ()):
        assert len(summary.read(content, Page(summary.page_bits, number)).gaps) >= LEAST


def test_a_page_gives_the_gap_that_the_whole_file_gives(large):
    file, summary, octets = large
    gone = set(revoked(9_000))
    edges = [n << 29 for n in range(1, 8)]
    near = [i + d for i in [*edges, *sorted(gone)[:50]] for d in (-1, 0, 1)]
    for identifier in {*near, *revoked(500)} - {0}:
        page = summary.page_of(identifier)
        found = summary.read(octets[page.number], page)
        if identifier in gone:
            with pytest.raises(ZkError):
                find_gap(found.gaps, identifier)
        else:
            assert find_gap(found.gaps, identifier) == find_gap(file.gaps, identifier)


def test_pages_lie_side_by_side(large):
    _, summary, octets = large
    files = [summary.read(content, Page(3, number)) for number, content in enumerate(octets)]
    assert (files[0].first, files[-1].last) == (0, 2**32 - 1)
    for left, right in pairwise(files):
        assert right.first <= left.last
        assert set(left.gaps[:-1]).isdisjoint(right.gaps)


def test_a_summary_comes_back_and_whoever_has_the_file_makes_it(large):
    file, summary, _ = large
    assert parse(summary.to_json()) == summary
    assert summarize(summary.read(file.encode()), file.encode())[0] == summary


def test_the_digest_covers_all_that_the_summary_names(large):
    _, summary, _ = large
    same = (summary.scope, summary.epoch, summary.revoked, summary.gaps)
    others = [
        EpochSummary(metadata(url="https://x.example").scope, *same[1:], summary.file, summary.pages),
        EpochSummary(summary.scope, 6, *same[2:], summary.file, summary.pages),
        EpochSummary(*same, bytes(32), summary.pages),
        EpochSummary(*same, summary.file, (bytes(32), *summary.pages[1:])),
        EpochSummary(*same, summary.file, summary.pages[:4]),
    ]
    assert len({summary.digest, *(other.digest for other in others)}) == 1 + len(others)


def code(act, *args):
    with pytest.raises(CredentialError) as error:
        act(*args)
    return error.value.code


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"epoch": 6}, "revocation.file"),
        ({"revoked": -1}, "revocation.file"),
        ({"gaps": True}, "revocation.file"),
        ({"gaps": "7"}, "revocation.file"),
        ({"file": "AAAA"}, "revocation.file"),
        ({"file": 7}, "revocation.file"),
        ({"file": "A" * 43}, "revocation.digest"),
        ({"pages": []}, "revocation.file"),
        ({"pages": "x"}, "revocation.file"),
        ({"pages": ["A" * 43] * 3}, "revocation.file"),
        ({"pages": ["A" * 43] * 2}, "revocation.digest"),
        ({"pages": ["A" * 43] * 2048}, "revocation.file"),
        ({"digest": "A" * 43}, "revocation.digest"),
        ({"digest": "A" * 44}, "revocation.file"),
    ],
)
def test_a_summary_that_was_changed_is_refused(large, change, expected):
    assert code(parse, {**large[1].to_json(), **change}) == expected


@pytest.mark.parametrize("name", ["epoch", "revoked", "gaps", "file", "pages", "digest"])
def test_a_summary_is_complete(large, name):
    said = large[1].to_json()
    del said[name]
    assert code(parse, said) == "revocation.file"


def test_octets_of_another_page_are_refused(large):
    file, summary, octets = large
    assert code(summary.read, octets[1], Page(3, 0)) == "revocation.digest"
    assert code(summary.read, file.encode() + b"x", WHOLE) == "revocation.digest"
    assert code(summary.read, octets[0], Page(2, 0)) == "revocation.file"
    assert code(summary.read, octets[0], Page(4, 15)) == "revocation.file"
