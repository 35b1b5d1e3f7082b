"""Replay: the faulty log of the vectors, entry by entry, and what stops it."""

from __future__ import annotations

import pytest

from did.errors import DidError
from did.registry.entries import PREFIX, DidOperation, Seal, encode
from did.registry.replay import Replay
from tests.support import vectors

SCID = b"\x12\x20" + b"\x07" * 32
HASH = b"\x12\x20" + b"\x08" * 32


def test_the_log_of_the_vectors_gives_each_map_root_and_each_finding():
    case = vectors.load("registry", "replay.json")
    replay = Replay()
    assert len(case["entries"]) == 14
    for entry in case["entries"]:
        finding = replay.feed(bytes.fromhex(entry["entry"]))
        assert (finding.code if finding else None) == entry["fault"], entry["note"]
        assert replay.map.root.hex() == entry["mapRoot"], entry["note"]
        if finding:
            assert finding.index == entry["index"]
    assert replay.sealed_sizes == (14,)
    assert [finding.code for finding in replay.findings] == [
        entry["fault"] for entry in case["entries"] if entry["fault"]
    ]


def test_a_kind_that_may_change_the_map_stops_the_replay_for_good():
    case = vectors.load("registry", "replay.json")["stopsAt"]
    replay = Replay()
    for raw in (bytes.fromhex(case["entry"]), PREFIX + b"\x00", PREFIX + b"\x7f" + bytes(50)):
        with pytest.raises(DidError) as caught:
            replay.feed(raw)
        assert caught.value.code == case["code"]
        assert replay.size == 0


def test_the_honest_log_of_the_vectors_has_no_finding():
    replay = Replay()
    case = vectors.load("registry", "entries.json")
    replay.feed_all(bytes.fromhex(entry["entry"]) for entry in case["entries"])
    assert replay.findings == ()
    assert replay.sealed_sizes == (4, 8, 9, 16)
    assert len(replay.states) == 2


def test_what_has_no_effect_leaves_the_map_and_a_true_seal_afterwards_holds():
    replay = Replay()
    replay.feed(encode(DidOperation(SCID, 1, HASH, deactivated=True)))
    root = replay.map.root
    for raw, code in (
        (b"noise", "entry.prefix"),
        (bytes(300), "entry.length"),
        (PREFIX + b"\x80" + bytes(250), "entry.length"),
        (encode(DidOperation(SCID, 2, HASH, deactivated=False)), "entry.deactivated"),
        (encode(DidOperation(b"\x12\x20" + bytes(32), 2, HASH, deactivated=False)), "entry.order"),
        (encode(Seal(0, root)), "seal.index"),
        (encode(Seal(7, bytes(32))), "seal.map-root"),
    ):
        finding = replay.feed(raw)
        assert finding is not None
        assert finding.code == code
        assert replay.map.root == root
    assert replay.feed(encode(Seal(8, root))) is None
    assert replay.sealed_sizes == (9,)
