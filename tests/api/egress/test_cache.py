"""The cache of what was fetched: bounded in age, entries and bytes."""

from __future__ import annotations

from api.egress.cache import Cache


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_a_value_has_an_age():
    clock = Clock()
    cache = Cache(clock, max_age=10)
    cache.put("a", 1, 1)
    clock.now = 9.9
    assert cache.get("a") == 1
    clock.now = 10
    assert cache.get("a") is None
    assert cache.get("a") is None


def test_the_least_recently_used_goes_first():
    cache = Cache(Clock(), max_age=10, max_entries=2)
    cache.put("a", 1, 1)
    cache.put("b", 2, 1)
    cache.get("a")
    cache.put("c", 3, 1)
    assert [cache.get(key) for key in "abc"] == [1, None, 3]


def test_bytes_are_bounded():
    cache = Cache(Clock(), max_age=10, max_bytes=10)
    cache.put("a", 1, 6)
    cache.put("a", 2, 6)
    cache.put("b", 3, 4)
    assert [cache.get(key) for key in "ab"] == [2, 3]
    cache.put("c", 4, 5)
    assert [cache.get(key) for key in "abc"] == [None, 3, 4]
    cache.put("d", 5, 11)
    assert [cache.get(key) for key in "bcd"] == [3, 4, None]
