"""The map: vectors, root and proofs against the definition, one encoding for each proof."""

from __future__ import annotations

import hashlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from did.errors import DidError
from did.registry import mapproof, statemap
from did.registry.mappages import NO_PAGE, Page, prefix_of
from did.registry.mapproof import map_key, value_hash, verify_map
from did.registry.statemap import DidState, MemoryMap, Pages, StateMap
from tests.support import vectors


def definition(members: dict[bytes, bytes], depth: int = 0) -> bytes:
    """Section 4.2, as it reads."""
    if not members:
        return bytes(32)
    if len(members) == 1:
        ((key, value),) = members.items()
        return hashlib.sha256(b"\x02" + key + value).digest()
    sides: tuple[dict[bytes, bytes], dict[bytes, bytes]] = ({}, {})
    for key, value in members.items():
        sides[int.from_bytes(key, "big") >> (255 - depth) & 1][key] = value
    return hashlib.sha256(
        b"\x03" + definition(sides[0], depth + 1) + definition(sides[1], depth + 1)
    ).digest()


class Kept:
    """A store that forgets nothing, and the newest map in it."""

    def __init__(self) -> None:
        self.pages: dict[tuple[bytes, int], bytes] = {}
        self.map = StateMap(Pages(self))

    def page(self, prefix: bytes, version: int) -> bytes | None:
        return self.pages.get((prefix, version))

    def updated(self, changes: dict[bytes, bytes]) -> StateMap:
        """The next version, read back from its pages."""
        update = self.map.updated(changes, self.map.version + 1)
        self.pages |= {(prefix, update.map.version): page.encode() for prefix, page in update.pages.items()}
        assert set(update.replaced) <= set(self.pages)
        self.map = StateMap.stored(Pages(self), update.map.version)
        assert self.map.root == update.map.root
        return self.map


def built_of(changes: dict[bytes, bytes]) -> StateMap:
    return Kept().updated(changes)


def code_of(call, *arguments, **keywords) -> str:
    with pytest.raises(DidError) as caught:
        call(*arguments, **keywords)
    return caught.value.code


def multihash(text: str) -> bytes:
    return b"\x12\x20" + hashlib.sha256(text.encode()).digest()


def leaves_of(case) -> list[tuple[bytes, DidState]]:
    if case["count"] == 100:  # given as a rule in words
        return [
            (multihash(f"scid {i}"), DidState(1 + i % 5, multihash(f"entry {i}"), i, i % 10 == 9))
            for i in range(100)
        ]
    return [(bytes.fromhex(leaf["scid"]), state_of(leaf["value"])) for leaf in case["leaves"]]


def state_of(value: str) -> DidState:
    raw = bytes.fromhex(value)
    state = DidState(
        int.from_bytes(raw[:8], "big"), raw[8:42], int.from_bytes(raw[42:50], "big"), bool(raw[50])
    )
    assert state.encode() == raw
    return state


def test_every_map_of_the_vectors():
    maps = vectors.load("registry", "map.json")["maps"]
    assert [case["count"] for case in maps] == [0, 1, 2, 3, 100]
    for case in maps:
        built = MemoryMap()
        built.update(dict(leaves_of(case)))
        assert built.root.hex() == case["root"]
        for proof in case["proofs"]:
            key = map_key(bytes.fromhex(proof["scid"]))
            assert key.hex() == proof["key"]
            claimed = value_hash(bytes.fromhex(proof["value"])) if proof["value"] else None
            assert built.prove(key).hex() == proof["proof"]
            verify_map(built.root, key, claimed, bytes.fromhex(proof["proof"]))


def test_every_broken_proof_of_the_vectors_is_refused_with_its_code():
    case = vectors.load("registry", "map.json")
    root = bytes.fromhex(case["maps"][-1]["root"])
    assert len(case["refusedUnderRootOf100"]) == 16
    for broken in case["refusedUnderRootOf100"]:
        claimed = bytes.fromhex(broken["valueHash"]) if broken["valueHash"] else None
        code = code_of(
            verify_map, root, bytes.fromhex(broken["key"]), claimed, bytes.fromhex(broken["proof"])
        )
        assert code == broken["code"], broken["name"]


# Keys that share long prefixes: a few stems, cut at any bit, with random tails.
@st.composite
def clustered_keys(draw, max_size=16):
    stems = draw(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=3))
    keys = []
    for _ in range(draw(st.integers(0, max_size))):
        stem = int.from_bytes(draw(st.sampled_from(stems)), "big")
        shared = draw(st.integers(0, 254))
        tail = draw(st.integers(0, 2**256 - 1)) & ((1 << (256 - shared)) - 1)
        keys.append(((stem >> (256 - shared) << (256 - shared)) | tail).to_bytes(32, "big"))
    # Two keys that agree in 255 bits are refused, and tested below.
    return list({key[:31] + bytes((key[31] & 0xFE,)): key for key in keys}.values())


@given(clustered_keys(), st.data())
@settings(max_examples=40, deadline=None)
def test_root_and_proofs_follow_from_the_set_alone(keys, data):
    members: dict[bytes, bytes] = {}
    kept = Kept()
    built = kept.map
    rest = list(keys)
    while rest:
        batch, rest = rest[: data.draw(st.integers(1, len(rest)))], rest[1:]
        changes = {key: data.draw(st.binary(min_size=32, max_size=32)) for key in batch}
        before, members_before = built, dict(members)
        built = kept.updated(changes)
        members |= changes
        # The version before proves what it proved, from the same store.
        for key, value in members_before.items():
            verify_map(before.root, key, value, before.prove(key))
    assert built.root == definition(members)
    for key, value in members.items():
        verify_map(built.root, key, value, built.prove(key))
    for key in data.draw(clustered_keys(max_size=6)):
        if key not in members:
            verify_map(built.root, key, None, built.prove(key))


def test_the_deepest_two_leaves_and_the_pair_that_is_too_deep():
    base = bytes(31)
    deepest = {base + b"\x00": bytes(32), base + b"\x02": b"\x01" * 32}
    built = built_of(deepest)
    assert built.root == definition(deepest)
    proof = built.prove(base + b"\x00")
    assert proof[1] == 255
    verify_map(built.root, base + b"\x00", bytes(32), proof)
    assert code_of(built_of, {base + b"\x00": b"", base + b"\x01": b""}) == "map.depth"
    assert code_of(built.updated, {base + b"\x01": b""}, 2) == "map.depth"


def test_no_altered_proof_is_accepted():
    rng = random.Random(45)
    members = {
        hashlib.sha256(bytes((0, i))).digest(): hashlib.sha256(bytes((1, i))).digest() for i in range(60)
    }
    built = built_of(members)
    absent = [hashlib.sha256(bytes((2, i))).digest() for i in range(20)]
    tried = 0
    for key in [*list(members)[:20], *absent]:
        claimed, proof = members.get(key), built.prove(key)
        verify_map(built.root, key, claimed, proof)
        spoiled = [proof[:cut] for cut in range(len(proof))] + [proof + bytes(n) for n in (1, 32, 64)]
        for _ in range(60):
            bent = bytearray(proof)
            bent[rng.randrange(len(bent))] ^= 1 << rng.randrange(8)
            spoiled.append(bytes(bent))
        for bent in spoiled:
            assert code_of(verify_map, built.root, key, claimed, bent).startswith("map.")
        tried += len(spoiled)
        # The other answer, and another value, under the honest proof.
        other = None if claimed else bytes(32)
        assert code_of(verify_map, built.root, key, other, proof) == "map.answer"
        if claimed:
            assert code_of(verify_map, built.root, key, bytes(32), proof) == "map.root"
    assert tried > 5000


@given(
    st.binary(min_size=32, max_size=32),
    st.none() | st.binary(min_size=32, max_size=32),
    st.binary(max_size=200),
)
def test_noise_is_refused_with_our_codes(root, claimed, proof):
    assert code_of(verify_map, root, bytes(32), claimed, proof).startswith("map.")


def test_a_proof_longer_than_any_map_needs_is_refused_at_once():
    assert code_of(verify_map, bytes(32), bytes(32), None, bytes(mapproof.MAX_PROOF + 1)) == "map.length"


def test_only_the_newest_pages_are_held_where_a_log_is_replayed():
    built, members = MemoryMap(), {}
    for i in range(200):
        change = {multihash(f"scid {i % 60}"): DidState(1 + i, multihash(f"entry {i}"), i, False)}
        built.update(change)
        members |= {map_key(key): value_hash(state.encode()) for key, state in change.items()}
    assert built.root == definition(members)
    assert len(built._stored) < 60


def test_pages_that_were_changed_or_lost_are_not_used():
    kept = Kept()
    members = {hashlib.sha256(bytes((i,))).digest(): bytes((i,)) * 32 for i in range(100)}
    kept.updated(members)
    for name, page in list(kept.pages.items()):
        key = next(key for key in members if prefix_of(key, name[0][0]) == name[0])
        for other in (page[:4] + bytes((page[4] ^ 1,)) + page[5:], page[:-1], page + b"\x00", b"", None):
            if other is None:
                del kept.pages[name]
            else:
                kept.pages[name] = other
            spoilt = StateMap(Pages(kept), kept.map.root, kept.map.version)
            assert code_of(spoilt.prove, key) == "map.page"
            assert code_of(spoilt.updated, {key: bytes(32)}, 2) == "map.page"
            kept.pages[name] = page
    assert StateMap.stored(Pages(kept), 0).root == bytes(32)


@given(st.binary(max_size=300))
def test_no_bytes_but_those_of_a_page_are_read_as_one(data):
    try:
        page = Page.decode(data, 0)
    except DidError as error:
        assert error.code == "map.page"  # noqa: PT017
    else:
        assert page.encode() == data


def test_a_page_below_a_slot_that_is_empty_is_no_page():
    data = NO_PAGE.with_slots({3: bytes(64)}, 0).encode()
    assert Page.decode(data, 0).encode() == data
    assert code_of(Page.decode, data[:2] + b"\x00\x01" + data[4:], 0) == "map.page"


def test_pages_used_longest_ago_are_let_go(monkeypatch):
    monkeypatch.setattr(statemap, "KEPT_PAGES", 3)
    kept = Kept()
    members = {hashlib.sha256(bytes((i,))).digest(): bytes(32) for i in range(60)}
    kept.updated(members)
    pages = Pages(kept)
    for key in members:
        verify_map(kept.map.root, key, bytes(32), StateMap(pages, kept.map.root, kept.map.version).prove(key))
    assert len(pages._kept) == 3
    assert (b"\x00", kept.map.version) in pages._kept  # every path crosses the top
