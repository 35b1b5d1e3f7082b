"""Digit lists, set lists and gaps: what is published is checked before it is used."""

from __future__ import annotations

import pytest

from tests.zk.predicates.world import EPOCH, IDENTIFIER, REVOKED, seeded
from zk.curve import GROUP_ORDER, Scalar
from zk.errors import ZkError
from zk.predicates.header import RevocationScope
from zk.predicates.octets import u64
from zk.predicates.published import lists
from zk.predicates.published.gaps import Gap, check_gap, find_gap, gap_ends
from zk.predicates.published.lists import (
    CheckedLists,
    check_digits,
    check_set,
    publish_digits,
    publish_set,
)


def refusal(call, *args, **kwargs):
    with pytest.raises(ZkError) as fault:
        call(*args, **kwargs)
    return fault.value.code


def set_octets(world):
    return publish_set(world.system, world.fresh_key(), [Scalar(3), Scalar(5), Scalar(9)])


def test_a_digit_list_has_12392_octets(world):
    assert len(world.digit_octets) == 12_392
    assert world.digits.key == world.digit_octets[8:104]


@pytest.mark.parametrize("at", [0, 1, 128, 254])
def test_two_signatures_exchanged(world, at):
    start = 104 + 48 * at
    first, second = (world.digit_octets[start + n : start + n + 48] for n in (0, 48))
    crafted = world.digit_octets[:start] + second + first + world.digit_octets[start + 96 :]
    code = refusal(check_digits, world.system, crafted, random_bytes=seeded(1))
    assert code == "predicates.parameters"


def test_a_list_under_another_key(world):
    crafted = u64(256) + world.own_digits.key + world.digit_octets[104:]
    code = refusal(check_digits, world.system, crafted, random_bytes=seeded(1))
    assert code == "predicates.parameters"


def test_lists_of_another_form(world):
    octets = world.digit_octets
    for crafted, code in (
        (octets[:-1], "predicates.length"),
        (octets + b"\x00", "predicates.length"),
        (u64(255) + octets[8:], "predicates.length"),
        (octets[:104] + b"\xc0" + bytes(47) + octets[152:], "predicates.identity"),
        (octets[:104] + bytes(48) + octets[152:], "predicates.encoding"),
        (octets[:8] + b"\xc0" + bytes(95) + octets[104:], "predicates.identity"),
        (octets[:8] + bytes(96) + octets[104:], "zk.public-key"),
    ):
        assert refusal(check_digits, world.system, crafted, random_bytes=seeded(1)) == code


def test_a_list_is_checked_once(world, monkeypatch):
    checked = CheckedLists(world.system)
    first = checked.digits(world.digit_octets, random_bytes=seeded(1))
    assert first.digest == world.digits.digest
    monkeypatch.setattr(lists, "check_digits", None)
    assert checked.digits(world.digit_octets, random_bytes=seeded(1)) is first


def test_lists_that_nobody_used_for_long_are_forgotten(world, monkeypatch):
    monkeypatch.setattr(lists, "_KEPT", 1)
    checked = CheckedLists(world.system)
    first = checked.digits(world.digit_octets, random_bytes=seeded(1))
    checked.digits(publish_digits(world.system, world.fresh_key()), random_bytes=seeded(1))
    assert checked.digits(world.digit_octets, random_bytes=seeded(1)) is not first


def test_a_set_list_is_checked_once(world, monkeypatch):
    octets, checked = set_octets(world), CheckedLists(world.system)
    first = checked.members(octets, random_bytes=seeded(1))
    assert sorted(first.signatures) == [3, 5, 9]
    monkeypatch.setattr(lists, "check_set", None)
    assert checked.members(octets, random_bytes=seeded(1)) is first


def test_a_list_that_does_not_hold_is_checked_again(world):
    octets, checked = set_octets(world), CheckedLists(world.system)
    crafted = octets[:8] + world.own_digits.key + octets[104:]
    for _ in range(2):
        assert refusal(checked.members, crafted, random_bytes=seeded(1)) == "predicates.parameters"
    assert sorted(checked.members(octets, random_bytes=seeded(1)).signatures) == [3, 5, 9]


def test_a_set_list_is_no_digit_list_though_both_are_kept(world):
    """Neither stands in for the other, whatever is in memory."""
    octets, checked = set_octets(world), CheckedLists(world.system)
    checked.members(octets, random_bytes=seeded(1))
    assert refusal(checked.digits, octets, random_bytes=seeded(1)) == "predicates.length"
    checked.digits(world.digit_octets, random_bytes=seeded(1))
    assert refusal(checked.members, world.digit_octets, random_bytes=seeded(1)) == "predicates.length"


def test_kept_lists_have_so_many_signatures_in_all(world, monkeypatch):
    """The newest stays, however long it is; the one unused for longest goes first."""
    monkeypatch.setattr(lists, "_KEPT_SIGNATURES", 259)
    checked, (one, two) = CheckedLists(world.system), (set_octets(world), set_octets(world))
    first = checked.members(one, random_bytes=seeded(1))
    second = checked.members(two, random_bytes=seeded(1))
    assert checked.members(one, random_bytes=seeded(1)) is first
    digits = checked.digits(world.digit_octets, random_bytes=seeded(1))
    assert checked.members(one, random_bytes=seeded(1)) is first
    assert checked.digits(world.digit_octets, random_bytes=seeded(1)) is digits
    assert checked.members(two, random_bytes=seeded(1)) is not second
    monkeypatch.setattr(lists, "_KEPT_SIGNATURES", 1)
    three = set_octets(world)
    newest = checked.members(three, random_bytes=seeded(1))
    assert checked.members(three, random_bytes=seeded(1)) is newest


def test_a_set_list(world):
    octets = set_octets(world)
    checked = check_set(world.system, octets, random_bytes=seeded(1))
    assert sorted(checked.signatures) == [3, 5, 9]
    assert len(octets) == 8 + 96 + 3 * 80


def test_set_lists_of_another_form(world):
    octets = set_octets(world)
    entries = [octets[104 + 80 * n : 184 + 80 * n] for n in range(3)]
    swapped = octets[:104] + entries[0][:32] + entries[1][32:] + entries[1][:32] + entries[0][32:]
    for crafted, code in (
        (octets[:-1], "predicates.length"),
        (u64(4) + octets[8:], "predicates.length"),
        (u64(0) + octets[8:104], "predicates.set"),
        (octets[:104] + entries[1] + entries[0] + entries[2], "predicates.set"),
        (octets[:104] + entries[0] + entries[0] + entries[2], "predicates.set"),
        (octets[:104] + bytes(32) + octets[136:], "predicates.scalar"),
        (octets[:104] + GROUP_ORDER.to_bytes(32, "big") + octets[136:], "predicates.scalar"),
        (swapped + entries[2], "predicates.parameters"),
    ):
        assert refusal(check_set, world.system, crafted, random_bytes=seeded(1)) == code


def test_too_many_members(world, monkeypatch):
    octets = set_octets(world)
    monkeypatch.setattr(lists, "MAX_MEMBERS", 2)
    assert refusal(check_set, world.system, octets, random_bytes=seeded(1)) == "predicates.set"
    members = [Scalar(1), Scalar(2), Scalar(3)]
    assert refusal(publish_set, world.system, world.fresh_key(), members) == "predicates.set"


def test_a_member_that_a_key_cannot_sign(world):
    key = world.fresh_key()
    opposite = Scalar(GROUP_ORDER - key.scalar(world.system.suite))
    assert refusal(publish_set, world.system, key, [opposite]) == "zk.secret-key"


def test_gaps_lie_between_revoked_identifiers():
    assert gap_ends([3, 1, 4, 3], 8) == [(1, 3), (4, 255)]
    assert gap_ends([], 8) == [(0, 255)]
    assert gap_ends([1, 254], 8) == [(1, 254)]
    for outside in (-1, 256):
        assert refusal(gap_ends, [outside], 8) == "predicates.value"


def test_a_revoked_identifier_has_no_gap(world):
    assert find_gap(world.gaps, IDENTIFIER).left == 1000
    for identifier in (*REVOKED, 0, (1 << 16) - 1, -1):
        assert refusal(find_gap, world.gaps, identifier) == "predicates.revoked"
    assert refusal(find_gap, [], 5) == "predicates.revoked"


def test_a_gap_is_of_one_list_epoch_width_and_key(world):
    gap = find_gap(world.gaps, IDENTIFIER)
    good = {"key": world.gap_key, "scope": world.scope, "epoch": EPOCH}
    check_gap(world.system, gap, **good)
    for changed in (
        {"epoch": EPOCH + 1},
        {"scope": RevocationScope(b"\x06" * 32, 16)},
        {"scope": RevocationScope(world.scope.list_id, 24)},
        {"key": world.set.key},
        {"key": bytes(96)},
    ):
        assert refusal(check_gap, world.system, gap, **{**good, **changed}) == "predicates.parameters"
    for other in (
        Gap(gap.left - 1, gap.right, gap.signature),
        Gap(gap.left, gap.right + 1, gap.signature),
        Gap(gap.right, gap.left, gap.signature),
        Gap(gap.left, gap.right, world.gaps[0].signature),
        Gap(gap.left, gap.right, gap.signature[:-1]),
    ):
        assert refusal(check_gap, world.system, other, **good) == "predicates.parameters"
