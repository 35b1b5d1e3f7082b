"""Gap files: one reading, nothing left out, and nothing but our errors for octets that are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.errors import CredentialError
from credentials.revocation import WHOLE, GapFile, Page, decode, gap_file
from tests.support.revocation import EPOCH, metadata, shaped
from zk.predicates.header import RevocationScope

SMALL = st.sets(st.integers(1, 254), max_size=254)
WIDE = st.sets(st.integers(1, 2**32 - 2), max_size=40)


def read(octets, width=32, page=WHOLE, epoch=EPOCH, scope=None):
    scope = scope or metadata(width=width).scope
    return decode(octets, expected_scope=scope, expected_epoch=epoch, expected_page=page)


def code(octets, **changes):
    with pytest.raises(CredentialError) as error:
        read(octets, **changes)
    return error.value.code


@given(revoked=SMALL)
def test_every_set_of_eight_bits_comes_back(revoked):
    file = shaped(revoked, width=8)
    found = read(file.encode(), 8)
    assert found == file
    assert found.revoked() == len(revoked)
    inside = {i for gap in found.gaps for i in range(gap.left + 1, gap.right)}
    assert inside == set(range(1, 255)) - revoked


@pytest.mark.parametrize("revoked", [{254}, {253, 254}, {1, 254}, set(range(1, 255)), set()])
def test_neighbours_of_the_last_sentinel_come_back(revoked):
    file = shaped(revoked, width=8)
    found = read(file.encode(), 8)
    assert found == file
    assert found.revoked() == len(revoked)


@given(revoked=WIDE)
def test_sets_of_the_usual_width_come_back_in_84_octets_each(revoked):
    file = shaped(revoked)
    octets = file.encode()
    assert read(octets) == file
    assert len(octets) == len(shaped(()).encode()) - 84 + 80 * len(file.gaps) + 4 * (len(revoked) + 1)


@given(revoked=SMALL, bits=st.integers(0, 3))
def test_pages_hold_just_the_gaps_that_reach_into_them(revoked, bits):
    file = shaped(revoked, width=8)
    for number in range(1 << bits):
        page = Page(bits, number)
        found = read(file.cut(page).encode(), 8, page)
        low, high = page.span(8)
        reaching = [g for g in file.gaps if any(low <= i <= high for i in range(g.left + 1, g.right))]
        assert set(reaching) <= set(found.gaps) <= {g for g in file.gaps if g.right > low and g.left < high}


@given(octets=st.binary(max_size=400), cut=st.integers(0, 70))
def test_random_octets_give_only_our_errors(octets, cut):
    head = shaped(()).encode()[:cut]
    with pytest.raises(CredentialError):
        read(head + octets)


def test_an_epoch_without_revocations_has_one_gap():
    [gap] = read(shaped(()).encode()).gaps
    assert (gap.left, gap.right) == (0, 2**32 - 1)


FILE = shaped({5, 6, 900}).encode()
HEAD = len(FILE) - (4 + 4 + 4 * 4 + 80 * 3)


def test_each_octet_counts():
    whole = read(FILE)
    for at in range(len(FILE)):
        for bit in (1, 128):
            changed = FILE[:at] + bytes((FILE[at] ^ bit,)) + FILE[at + 1 :]
            try:
                assert read(changed) != whole
            except CredentialError as error:
                assert error.code in {"revocation.file", "revocation.epoch"}  # noqa: PT017


@pytest.mark.parametrize("length", range(0, len(FILE), 7))
def test_a_file_that_stops_early_is_refused(length):
    assert code(FILE[:length]) == "revocation.file"


def entries(first, *ends, count=None, signatures=None):
    """A file by hand: each end with or without a signature."""
    body = b"".join(end.to_bytes(4, "big") + b"s" * 80 * has for end, has in ends)
    return FILE[:HEAD] + first.to_bytes(4, "big") + (count or len(ends)).to_bytes(4, "big") + body


LAST = 2**32 - 1


def test_the_hand_made_file_would_be_good():
    assert [gap.right for gap in read(entries(0, (5, 1), (6, 0), (LAST, 1))).gaps] == [5, LAST]


@pytest.mark.parametrize(
    "octets",
    [
        FILE + b"\x00",
        entries(0, (5, 1), (5, 0), (LAST, 1)),  # twice
        entries(0, (5, 1), (4, 1), (LAST, 1)),  # backwards
        entries(0, (5, 1), (6, 1), (LAST, 1)),  # a signature on nothing
        entries(0, (5, 0), (LAST, 1)),  # no signature on something
        entries(1, (5, 1), (LAST, 1)),  # begins behind the sentinel
        entries(0, (5, 1), (LAST - 1, 1)),  # stops before it
        entries(0, (5, 1), (LAST, 1), count=1),
        entries(0, (5, 1), (LAST, 1), count=3),
        entries(0, count=0),
        entries(0, (5, 1), (LAST, 1), count=gap_file.MAX_ENTRIES + 1),
    ],
)
def test_ends_ascend_and_reach_from_sentinel_to_sentinel(octets):
    assert code(octets) == "revocation.file"


def test_a_file_is_of_one_list_epoch_width_and_page():
    other = RevocationScope(bytes(32), 32)
    assert code(FILE, scope=other) == "revocation.file"
    assert code(FILE, width=24) == "revocation.file"
    assert code(FILE, page=Page(1, 0)) == "revocation.file"
    assert code(FILE, epoch=EPOCH + 1) == "revocation.epoch"


@pytest.mark.parametrize(
    ("page", "width"), [((11, 0), 32), ((1, 2), 32), ((1, -1), 32), ((-1, 0), 32), ((8, 0), 8)]
)
def test_pages_that_there_cannot_be(page, width):
    with pytest.raises(CredentialError) as error:
        Page(*page).span(width)
    assert error.value.code == "revocation.file"


def test_a_page_brings_no_gap_that_does_not_reach_into_it():
    page = Page(1, 1)
    low, _ = page.span(32)
    file = shaped({5, 900, low + 7})
    good = file.cut(page)
    assert [gap.left for gap in read(good.encode(), page=page).gaps] == [900, low + 7]
    wide = file.encode().replace(file._head(), good._head())
    assert code(wide, page=page) == "revocation.file"


def test_a_page_stops_where_its_last_gap_does():
    page = Page(1, 0)
    _, high = page.span(32)
    file = shaped({5, high, high + 900})
    good = file.cut(page)
    assert (good.last, len(good.gaps)) == (high, 2)
    long = GapFile(file.scope, file.epoch, page, 0, high + 900, file.gaps[:3])
    assert code(long.encode(), page=page) == "revocation.file"


def test_a_file_has_a_bound(monkeypatch):
    monkeypatch.setattr(gap_file, "MAX_ENTRIES", 3)
    assert len(read(shaped({5, 900}).encode()).gaps) == 3
    with pytest.raises(CredentialError) as error:
        shaped({5, 6, 900}).encode()
    assert error.value.code == "revocation.file"
    assert code(FILE) == "revocation.file"
