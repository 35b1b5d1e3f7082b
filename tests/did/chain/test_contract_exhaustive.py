"""The contract against the reference for every pair of small sizes: honest, spoiled, and of a wrong size.

All calls of a pair run in one simulated block of a real node, with the code of the artefact put in place:
the log is opened, its old head anchored, every spoiled call tried, the honest one taken, the head read. A
refused call leaves no trace, or the honest one would not be taken.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from did.chain import ChainRejectedError
from did.chain.abi import decode_head, decode_revert, encode_anchor, encode_call
from did.chain.reference import ReferenceAnchorLog
from tests.support.anvil import Anvil
from tests.support.contract_calls import (
    ADMIN,
    LOG_ID,
    NUMBER,
    ORIGIN_HASH,
    PUBLISHER,
    STRANGER,
    TIME,
    honest,
    map_root,
    mutations,
    sealed_log,
    simulated,
)

OLD_SIZES, NEW_SIZES = range(40), range(1, 48)
LARGEST_CLAIM = 66


@pytest.fixture(scope="module")
def node():
    started = Anvil()
    yield started
    started.stop()


def wrong_sizes(log, call):
    """Every other size claimed for this tree, with three stories about its last leaf."""
    for size in range(1, LARGEST_CLAIM):
        if size == call.size:
            continue
        yield f"claims {size}", replace(call, size=size)
        yield f"claims {size} and its map root", replace(call, size=size, map_root=map_root(size))
        if size < call.size:
            edge = log.inclusion(size - 1, call.size)
            yield f"claims {size} and shows its leaf", replace(call, size=size, edge=edge)


def expected(reference, call):
    """The reference's refusal, or None; an accepted call changes the reference."""
    try:
        reference.anchor(PUBLISHER, LOG_ID, call, block=NUMBER, time=TIME)
    except ChainRejectedError as refused:
        return refused.error, refused.arguments
    return None


def compare(node, old, new, counted):
    """One pair of sizes on both sides, call by call."""
    reference, log = ReferenceAnchorLog(), sealed_log(old, new)
    reference.open(ADMIN, ORIGIN_HASH, PUBLISHER)
    call = honest(log, old, new)
    named = [*mutations(call, old), *wrong_sizes(log, call), ("honest", call)]
    if old:
        named.insert(0, ("the old head", honest(log, 0, old)))
    calls = [(PUBLISHER, encode_anchor(LOG_ID, tried)) for _, tried in named]
    opening = (ADMIN, encode_call("open", ORIGIN_HASH, PUBLISHER))
    first, *answers, last = simulated(node, [opening, *calls, (STRANGER, encode_call("head", LOG_ID))])
    assert (first.taken, first.output) == (True, LOG_ID)
    for (name, tried), answer in zip(named, answers, strict=True):
        found = None if answer.taken else decode_revert(answer.output)
        assert (old, new, name, found) == (old, new, name, expected(reference, tried))
        assert answer.taken is (name in {"honest", "the old head"})
        counted["accepted" if answer.taken else "refused"] += 1
        if name.startswith("claims"):
            counted["wrong sizes"] += 1
            counted["wrong sizes that only the seal refuses"] += found == ("NotSealed", ())
    assert decode_head(last.output) == reference.head(LOG_ID)


@pytest.mark.slow
def test_every_pair_of_small_sizes_ends_alike(node, record_property):
    counted = Counter()
    pairs = [(old, new) for old in OLD_SIZES for new in NEW_SIZES if old < new]
    for old, new in pairs:
        compare(node, old, new, counted)
    what = ", ".join(f"{number:,} {name}" for name, number in sorted(counted.items()))
    record_property("figure", f"{len(pairs):,} pairs of sizes, {what}")
    assert len(pairs) == 1_100
    assert counted["accepted"] >= len(pairs)
    assert counted["refused"] >= 180_000
    assert counted["wrong sizes that only the seal refuses"] >= 10_000
