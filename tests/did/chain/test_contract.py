"""The contract in an EVM against the reference in Python: same acceptances, same errors, same values.

A fixed sample of sizes, on the engine of the embedded chain; `test_contract_exhaustive` takes all of them.
"""

from __future__ import annotations

import random
from dataclasses import replace
from hashlib import sha256

import pytest
from eth_utils import keccak

from did.chain import AnchorCall, ChainRejectedError
from did.chain.abi import (
    ZERO20,
    decode_head,
    decode_roles,
    encode_anchor,
    encode_call,
    encode_includes,
)
from did.chain.reference import ReferenceAnchorLog
from tests.support.contract_calls import (
    ADMIN,
    HEIR,
    LOG_ID,
    ORIGIN_HASH,
    PUBLISHER,
    STRANGER,
    honest,
    map_root,
    mutations,
    sealed_log,
)
from tests.support.contract_sandbox import Sandbox
from tests.support.virtual_log import VirtualLog, leaf_hash, node_hash, seal


class Pair:
    """Contract and reference side by side; every call goes to both and must end alike."""

    def __init__(self, *, opened=True):
        self.sandbox = Sandbox()
        self.reference = ReferenceAnchorLog()
        if opened:
            self.both(ADMIN, "open", ORIGIN_HASH, PUBLISHER, log_id=None)

    def both(self, sender, name, *arguments, log_id=LOG_ID):
        words = arguments if log_id is None else (log_id, *arguments)
        answer = self.sandbox.call(sender, encode_call(name, *words))
        python_name = "".join("_" + c.lower() if c.isupper() else c for c in name)
        method = getattr(self.reference, python_name)
        expected = None
        try:
            if name == "setPaused":
                method(sender, *words[:-1], paused=bool(words[-1]))
            elif name == "close":
                method(sender, log_id)
            else:
                method(sender, *words)
        except ChainRejectedError as refused:
            expected = refused.error
        assert (name, answer.error) == (name, expected)
        self.compare(log_id or LOG_ID)
        return answer

    def anchor(self, call, *, sender=PUBLISHER, log_id=LOG_ID, number=7, time=1_800_000_000):
        self.sandbox.at(number=number, time=time)
        answer = self.sandbox.call(sender, encode_anchor(log_id, call))
        expected = (None, ())
        try:
            self.reference.anchor(sender, log_id, call, block=number, time=time)
        except ChainRejectedError as refused:
            expected = (refused.error, refused.arguments)
        assert (answer.error, answer.arguments) == expected
        self.compare(log_id)
        return answer

    def refused(self, call, **options):
        """Both refuse with one error and change nothing; cheap, since nothing needs comparing."""
        answer = self.sandbox.call(options.get("sender", PUBLISHER), encode_anchor(LOG_ID, call))
        with pytest.raises(ChainRejectedError) as refused:
            self.reference.anchor(options.get("sender", PUBLISHER), LOG_ID, call, block=9, time=9)
        assert (answer.error, answer.arguments) == (refused.value.error, refused.value.arguments)
        return answer.error

    def compare(self, log_id):
        head = self.sandbox.call(STRANGER, encode_call("head", log_id))
        roles = self.sandbox.call(STRANGER, encode_call("roles", log_id))
        assert decode_head(head.output) == self.reference.head(log_id)
        assert decode_roles(roles.output) == self.reference.roles(log_id)


def size_pairs():
    every = [(m, n) for m in range(40) for n in range(m + 1, 48)]
    edges = [(0, 1), (0, 5), (1, 2), (1, 4), (2, 4), (3, 7), (4, 8), (7, 8), (8, 9), (31, 32), (32, 47)]
    return edges + random.Random(20_261_120).sample(every, 14)


def test_honest_anchors_are_accepted_and_spoiled_ones_refused_alike():
    accepted = spoiled = 0
    for old, new in size_pairs():
        pair = Pair()
        log = sealed_log(old, new)
        if old:
            assert pair.anchor(honest(log, 0, old)).error is None
        call = honest(log, old, new)
        for name, bad in mutations(call, old):
            assert (old, new, name, pair.refused(bad)) != (old, new, name, None)
            spoiled += 1
        assert pair.anchor(call).error is None
        accepted += 1
    assert accepted >= 25
    assert spoiled >= 500


def test_a_wrong_size_that_fits_the_consistency_proof_is_refused_by_the_seal():
    # From 1 to 4 the same proof also verifies as 1 to 3: only the seal tells the sizes apart.
    pair = Pair()
    log = sealed_log(1, 4)
    assert pair.anchor(honest(log, 0, 1)).error is None
    call = honest(log, 1, 4)
    assert pair.refused(replace(call, size=3)) == "NotSealed"
    assert pair.anchor(call).error is None


@pytest.mark.parametrize("start", [10**6, 10**9, 2**40, 2**63 - 5])
def test_large_logs_are_anchored_alike(start):
    pair = Pair()
    log = VirtualLog()
    sizes = [start, start + 3, start + 1_000]
    for size in sizes:
        log.seal(size, map_root(size))
    old = 0
    for number, size in enumerate(sizes, start=3):
        call = honest(log, old, size)
        for name, bad in list(mutations(call, old))[:: 40 if old else 90]:
            assert (name, pair.refused(bad)) != (name, None)
        assert pair.anchor(call, number=number, time=1_800_000_000 + number).error is None
        old = size


def test_the_largest_size_is_anchored_and_nothing_follows():
    pair = Pair()
    log = VirtualLog()
    size = 2**64 - 1
    log.seal(size, map_root(size))
    assert pair.anchor(honest(log, 0, size)).error is None
    assert pair.refused(honest(log, 0, size)) == "NotLarger"


def test_the_same_or_a_smaller_size_is_refused_with_both_sizes():
    pair = Pair()
    log = sealed_log(3, 8)
    pair.anchor(honest(log, 0, 8))
    assert pair.refused(honest(log, 0, 8)) == "NotLarger"
    assert pair.refused(honest(log, 0, 3)) == "NotLarger"
    answer = pair.sandbox.call(PUBLISHER, encode_anchor(LOG_ID, honest(log, 0, 3)))
    assert answer.arguments == (8, 3)


def test_a_rewritten_history_is_refused():
    pair = Pair()
    log = sealed_log(5)
    pair.anchor(honest(log, 0, 5))
    forked = sealed_log(5, 9)
    forked.put(2, b"another entry")
    assert pair.refused(honest(forked, 5, 9)) == "NotConsistent"
    assert pair.refused(honest(forked, 0, 9)) == "NotConsistent"


def test_a_checkpoint_without_a_seal_is_refused():
    pair = Pair()
    log = VirtualLog(b"entry ", distinct=True)
    assert pair.refused(honest(log, 0, 6)) == "NotSealed"


def seal_leaf(size):
    return leaf_hash(seal(size - 1, map_root(size)))


def test_a_path_that_goes_on_past_the_root_is_refused():
    pair = Pair()
    call = honest(sealed_log(6), 0, 6)
    more = sha256(b"more").digest()
    assert (
        pair.refused(replace(call, root=node_hash(more, call.root), edge=(*call.edge, more))) == "NotSealed"
    )


def test_a_path_that_stops_before_the_root_is_refused():
    pair = Pair()
    call = honest(sealed_log(6), 0, 6)
    assert pair.refused(replace(call, root=seal_leaf(6), edge=())) == "NotSealed"


def test_a_consistency_proof_that_goes_on_past_the_root_is_refused():
    # One node too many would show the tree of size 6 one level lower, where it is no prefix of the new one.
    pair = Pair()
    left, fourth = sha256(b"left").digest(), sha256(b"fourth").digest()
    old = AnchorCall(6, node_hash(left, node_hash(fourth, seal_leaf(6))), map_root(6), (), (fourth, left))
    assert pair.anchor(old).error is None
    root = node_hash(left, node_hash(fourth, node_hash(seal_leaf(6), seal_leaf(8))))
    extension = (seal_leaf(6), seal_leaf(8), fourth, left)
    edge = (seal_leaf(6), fourth, left)
    assert pair.refused(AnchorCall(8, root, map_root(8), extension, edge)) == "NotConsistent"


def test_a_machine_without_sha_256_is_noticed():
    # A call to an account without code succeeds and answers nothing; no hash may be taken from that.
    sandbox = Sandbox()
    sandbox.call(ADMIN, encode_call("open", ORIGIN_HASH, PUBLISHER))
    sandbox.at(number=3, time=3, lame=True)
    only = encode_anchor(LOG_ID, honest(sealed_log(1), 0, 1))
    assert sandbox.call(PUBLISHER, only).error == "HashFailed"
    first = encode_anchor(LOG_ID, honest(sealed_log(5), 0, 5))
    assert sandbox.call(PUBLISHER, first).error == "HashFailed"
    sandbox.at(number=4, time=4)
    assert sandbox.call(PUBLISHER, first).error is None
    sandbox.at(number=5, time=5, lame=True)
    second = encode_anchor(LOG_ID, honest(sealed_log(5, 9), 5, 9))
    assert sandbox.call(PUBLISHER, second).error == "HashFailed"


@pytest.mark.parametrize("sender", [ADMIN, STRANGER, HEIR])
def test_only_the_publisher_anchors(sender):
    pair = Pair()
    assert pair.refused(honest(sealed_log(4), 0, 4), sender=sender) == "NotPublisher"


def test_a_log_that_nobody_opened_takes_nothing_and_holds_nothing():
    pair = Pair(opened=False)
    assert pair.anchor(honest(sealed_log(4), 0, 4)).error == "NotPublisher"
    assert pair.both(ADMIN, "setPaused", 1).error == "NotAdmin"
    assert pair.both(STRANGER, "acceptAdmin").error == "NotOffered"
    assert decode_head(pair.sandbox.call(STRANGER, encode_call("head", LOG_ID)).output).size == 0


def test_opening_refuses_zero_and_a_second_time():
    pair = Pair(opened=False)
    assert pair.both(ADMIN, "open", ORIGIN_HASH, ZERO20, log_id=None).error == "ZeroAddress"
    assert pair.both(ADMIN, "open", ORIGIN_HASH, PUBLISHER, log_id=None).output == LOG_ID
    assert pair.both(ADMIN, "open", ORIGIN_HASH, HEIR, log_id=None).error == "AlreadyOpen"
    # Another account that opens for the same origin has another id.
    assert pair.both(STRANGER, "open", ORIGIN_HASH, HEIR, log_id=None).output != LOG_ID


def test_opening_stays_refused_after_the_admin_has_changed():
    pair = Pair()
    pair.both(ADMIN, "offerAdmin", HEIR)
    pair.both(HEIR, "acceptAdmin")
    assert pair.both(ADMIN, "open", ORIGIN_HASH, STRANGER, log_id=None).error == "AlreadyOpen"


def test_a_pause_stops_anchors_and_ends():
    pair = Pair()
    call = honest(sealed_log(4), 0, 4)
    assert pair.both(STRANGER, "setPaused", 1).error == "NotAdmin"
    pair.both(ADMIN, "setPaused", 1)
    assert pair.refused(call) == "IsPaused"
    pair.both(ADMIN, "setPaused", 0)
    assert pair.anchor(call).error is None


def test_a_closed_log_is_closed_for_ever():
    pair = Pair()
    call = honest(sealed_log(4), 0, 4)
    assert pair.both(STRANGER, "close", 1, STRANGER, LOG_ID).error == "NotAdmin"
    assert pair.both(ADMIN, "close", 31337, HEIR, LOG_ID).error is None
    assert pair.both(ADMIN, "close", 31337, HEIR, LOG_ID).error == "IsClosed"
    assert pair.refused(call) == "IsClosed"
    pair.both(ADMIN, "setPaused", 1)
    assert pair.refused(call) == "IsPaused"


def test_the_publisher_is_replaced_in_two_steps():
    pair = Pair()
    call = honest(sealed_log(4), 0, 4)
    assert pair.both(STRANGER, "offerPublisher", HEIR).error == "NotAdmin"
    pair.both(ADMIN, "offerPublisher", HEIR)
    assert pair.both(STRANGER, "acceptPublisher").error == "NotOffered"
    pair.both(HEIR, "acceptPublisher")
    assert pair.both(HEIR, "acceptPublisher").error == "NotOffered"
    assert pair.refused(call) == "NotPublisher"
    assert pair.anchor(call, sender=HEIR).error is None


def test_an_offer_can_be_withdrawn():
    pair = Pair()
    pair.both(ADMIN, "offerPublisher", HEIR)
    pair.both(ADMIN, "offerPublisher", ZERO20)
    assert pair.both(HEIR, "acceptPublisher").error == "NotOffered"
    pair.both(ADMIN, "offerAdmin", HEIR)
    pair.both(ADMIN, "offerAdmin", ZERO20)
    assert pair.both(HEIR, "acceptAdmin").error == "NotOffered"


def test_a_new_admin_voids_the_open_offer_of_publisher():
    pair = Pair()
    pair.both(ADMIN, "offerPublisher", STRANGER)
    pair.both(ADMIN, "offerAdmin", HEIR)
    pair.both(HEIR, "acceptAdmin")
    assert pair.both(STRANGER, "acceptPublisher").error == "NotOffered"
    assert pair.both(ADMIN, "setPaused", 1).error == "NotAdmin"
    assert pair.both(HEIR, "setPaused", 1).error is None


def test_includes_tells_what_the_newest_head_holds():
    pair = Pair()
    log = sealed_log(9, 21)
    assert_included(pair, log, 0, 1, expected=False)
    pair.anchor(honest(log, 0, 9))
    pair.anchor(honest(log, 9, 21))
    for index in range(21):
        assert_included(pair, log, index, 21, expected=True)
    assert_included(pair, log, 3, 9, expected=False)
    path = log.inclusion(3, 21)
    spoiled = [
        (b"another", 3, path),
        (log.entry(3), 4, path),
        (log.entry(3), 21, path),
        (log.entry(3), 2**64 - 1, path),
        (log.entry(3), 3, path[:-1]),
        (log.entry(3), 3, (*path, path[0])),
        (log.entry(3), 3, path[::-1]),
        (b"", 3, path),
        (bytes(300), 3, path),
    ]
    for entry, index, nodes in spoiled:
        assert asked(pair, entry, index, nodes) is False


def test_an_index_beyond_the_size_holds_nothing():
    pair = Pair()
    log = sealed_log(1)
    pair.anchor(honest(log, 0, 1))
    assert asked(pair, log.entry(0), 0, ()) is True
    assert asked(pair, log.entry(0), 1, ()) is False


def assert_included(pair, log, index, size, *, expected):
    assert asked(pair, log.entry(index), index, log.inclusion(index, size)) is expected


def asked(pair, entry, index, path):
    answer = pair.sandbox.call(STRANGER, encode_includes(LOG_ID, entry, index, path))
    assert answer.error is None
    found = bool(int.from_bytes(answer.output))
    assert pair.reference.includes(LOG_ID, entry, index, path) is found
    return found


def test_dirty_bits_short_calldata_value_and_unknown_selectors_revert_without_a_name():
    pair = Pair()
    good = encode_anchor(LOG_ID, honest(sealed_log(4), 0, 4))
    dirty_size = good[: 4 + 32 + 10] + b"\x01" + good[4 + 32 + 11 :]
    open_call = encode_call("open", ORIGIN_HASH, b"\x01" + bytes(11) + HEIR)
    huge_array = good[: 4 + 6 * 32] + b"\xff" * 32 + good[4 + 7 * 32 :]
    for data in (dirty_size, good[:-1], good[:4], huge_array, open_call, b"", b"\xde\xad\xbe\xef"):
        assert pair.sandbox.call(PUBLISHER, data).error == "Unknown"
    assert pair.sandbox.call(ADMIN, encode_call("setPaused", LOG_ID, 2)).error == "Unknown"
    assert pair.sandbox.call(PUBLISHER, good, value=1).error == "Unknown"
    assert pair.sandbox.call(PUBLISHER, good).error is None


def test_events_say_what_happened():
    sandbox = Sandbox()
    opened = sandbox.call(ADMIN, encode_call("open", ORIGIN_HASH, PUBLISHER)).logs
    ((_, topics, data),) = opened
    assert topics[0] == int.from_bytes(keccak(text="Opened(bytes32,address,bytes32,address)"))
    assert topics[1:] == tuple(map(int.from_bytes, (LOG_ID, ADMIN, ORIGIN_HASH)))
    assert data == PUBLISHER.rjust(32, b"\0")
    call = honest(sealed_log(4), 0, 4)
    ((_, topics, data),) = sandbox.call(PUBLISHER, encode_anchor(LOG_ID, call)).logs
    assert topics[0] == int.from_bytes(keccak(text="Anchored(bytes32,uint64,uint64,bytes32,bytes32)"))
    assert topics[1:] == (int.from_bytes(LOG_ID), 4)
    assert data == (1).to_bytes(32) + call.root + call.map_root
    names = {
        ("offerPublisher", HEIR): "PublisherOffered(bytes32,address)",
        ("offerAdmin", HEIR): "AdminOffered(bytes32,address)",
        ("setPaused", 1): "PauseSet(bytes32,bool)",
    }
    for (name, argument), signature in names.items():
        ((_, topics, data),) = sandbox.call(ADMIN, encode_call(name, LOG_ID, argument)).logs
        assert topics == (int.from_bytes(keccak(text=signature)), int.from_bytes(LOG_ID))
        assert int.from_bytes(data) == (argument if isinstance(argument, int) else int.from_bytes(argument))
    ((_, topics, _),) = sandbox.call(HEIR, encode_call("acceptPublisher", LOG_ID)).logs
    assert topics[0] == int.from_bytes(keccak(text="PublisherChanged(bytes32,address)"))
    ((_, topics, _),) = sandbox.call(HEIR, encode_call("acceptAdmin", LOG_ID)).logs
    assert topics[0] == int.from_bytes(keccak(text="AdminChanged(bytes32,address)"))
    ((_, topics, data),) = sandbox.call(HEIR, encode_call("close", LOG_ID, 1, ADMIN, ORIGIN_HASH)).logs
    assert topics[0] == int.from_bytes(keccak(text="Closed(bytes32,uint256,address,bytes32)"))
    assert data == (1).to_bytes(32) + ADMIN.rjust(32, b"\0") + ORIGIN_HASH
