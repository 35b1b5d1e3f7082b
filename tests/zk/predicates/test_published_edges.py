"""Published lists at their edges: octets left over, how many members, which lists are remembered."""

from __future__ import annotations

import hashlib

import pytest

from tests.zk.predicates.test_octet_forms import framed
from tests.zk.predicates.world import make_world, seeded
from zk.curve import Scalar
from zk.errors import ZkError
from zk.predicates.published import lists
from zk.predicates.published.lists import CheckedLists, DigitList, check_digits, check_set, publish_set

W = make_world()
MEMBERS = [Scalar(3), Scalar(5), Scalar(9)]
OCTETS = publish_set(W.system, W.set_secret, MEMBERS)


def refusal(call, *args, **kwargs):
    with pytest.raises(ZkError) as fault:
        call(*args, **kwargs)
    return fault.value.code


def test_what_a_checked_set_says():
    checked = check_set(W.system, OCTETS, random_bytes=seeded(1))
    assert checked.key == OCTETS[8:104]
    assert checked.digest == hashlib.sha256(framed(b"set-key", OCTETS)).digest()
    assert list(checked.signatures) == MEMBERS


def test_what_checked_digits_say():
    assert W.digits.digest == hashlib.sha256(framed(b"digit-key", W.digit_octets)).digest()


@pytest.mark.parametrize("left_over", [1, 31, 79])
def test_octets_left_over(left_over):
    assert (
        refusal(check_set, W.system, OCTETS + bytes(left_over), random_bytes=seeded(1)) == "predicates.length"
    )


@pytest.mark.parametrize("count", [1, 2, 65_536])
def test_counts_of_members(count):
    lists._check_members(range(1, count + 1))


@pytest.mark.parametrize("members", [(), (0,), (0, 5), range(1, 65_538), (5, 5), (5, 6, 4), (5, 3)])
def test_members_that_are_none(members):
    assert refusal(lists._check_members, members) == "predicates.set"


def test_weights_have_128_bits_each_from_the_source():
    asked, source = [], seeded(1)

    def noted(count):
        asked.append(count)
        return source(count)

    check_set(W.system, OCTETS, random_bytes=noted)
    assert asked == [16] * len(MEMBERS)
    del asked[:]
    check_digits(W.system, W.digit_octets, random_bytes=noted)
    assert asked == [16] * 256


def digest(octets):
    return hashlib.sha256(framed(b"digit-key", octets)).digest()


@pytest.fixture
def checks(monkeypatch):
    """The octets that were checked, where checking costs nothing; as many signatures as the text says."""
    found = []

    def check(_system, octets, *, random_bytes):
        found.append(octets)
        return DigitList(b"", digest(octets), (None,) * int(octets.partition(b":")[2] or 0), ())

    monkeypatch.setattr(lists, "check_digits", check)
    return found


def asked(known, *names):
    for name in names:
        assert known.digits(name, random_bytes=seeded(1)).digest == digest(name)


def test_the_last_32_lists_are_remembered(checks):
    known = CheckedLists(W.system)
    names = [b"%d" % n for n in range(32)]
    asked(known, *names, *names)
    assert checks == names
    asked(known, b"another", names[1])
    assert checks == [*names, b"another"]
    asked(known, names[0])
    assert checks == [*names, b"another", names[0]]


def test_a_list_in_use_is_not_the_one_that_is_forgotten(checks):
    known = CheckedLists(W.system)
    asked(known, *(b"%d" % n for n in range(32)), b"0", b"another", b"0")
    assert len(checks) == 33
    asked(known, b"1")
    assert len(checks) == 34


def test_lists_with_131072_signatures_are_remembered_and_no_more(checks):
    known = CheckedLists(W.system)
    asked(known, b"a:65536", b"b:65536", b"a:65536", b"b:65536")
    assert len(checks) == 2
    asked(known, b"c:1", b"b:65536", b"a:65536")
    assert checks[2:] == [b"c:1", b"a:65536"]


def test_the_newest_is_remembered_however_large(checks):
    known = CheckedLists(W.system)
    asked(known, b"a:1", b"b:131073", b"b:131073")
    assert len(checks) == 2
    asked(known, b"a:1")
    assert len(checks) == 3
    asked(known, b"a:1", b"a:1")
    assert len(checks) == 3
