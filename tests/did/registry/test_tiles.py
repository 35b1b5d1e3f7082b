"""Tiles: one spelling of each path, exact bytes, and no hash that does not lead to the root."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from did.errors import DidError
from did.registry.tiles import (
    TilePath,
    decode_bundle,
    encode_bundle,
    fetch_entries,
    tiles_between,
)
from did.registry.tiletree import Edge, TileTree, pack, unpack
from did.registry.tree import HASH, leaf_hash
from tests.support.memory_tree import Tree


def entry(index):
    return b"entry %d" % index


def tree_of(size):
    return Tree.from_leaf_hashes(b"".join(leaf_hash(entry(i)) for i in range(size)))


def store_of(tree, old=0):
    """All tiles and bundles of a tree, by path."""
    return {
        path.text: encode_bundle([entry(path.first + i) for i in range(path.width)])
        if path.level is None
        else tree.tile(path)
        for path in tiles_between(old, tree.size)
    }


def fetch_from(store):
    return lambda path: store.get(path.text)


def code_of(function, *arguments):
    with pytest.raises(DidError) as caught:
        function(*arguments)
    return caught.value.code


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("tile/0/000", TilePath(0, 0)),
        ("tile/0/000.p/1", TilePath(0, 0, 1)),
        ("tile/63/999.p/255", TilePath(63, 999, 255)),
        ("tile/1/x001/x234/067", TilePath(1, 1234067)),
        ("tile/entries/x001/000.p/7", TilePath(None, 1000, 7)),
    ],
)
def test_paths(text, path):
    assert TilePath.parse(text) == path
    assert path.text == text


MISSPELT = """tile tile/0 tile/0/ tile/0/0 tile/0/00 tile/0/0000 tile/00/000 tile/64/000 tile/100/000
    tile/0/x000/001 tile/0/001/002 tile/0/x001 tile/0/X001/002 tile/0/000/ /tile/0/000 tile//000 tile/data/000
    tile/0/000.p tile/0/000.p/ tile/0/000.p/0 tile/0/000.p/01 tile/0/000.p/256 tile/0/000.p/999
    tile/0/000.p/1/ tile/0/000.p/+1 tile/-1/000 tile/0/../000 tile/entries/000.p/1000 tile/Entries/000
    tile/0/x999/x999/x999/x999/x999/x999/999"""


@pytest.mark.parametrize("text", [*MISSPELT.split(), "", "tile/0/000\n", "tile/0/\u0660\u0660\u0660"])
def test_other_spellings_are_refused(text):
    assert code_of(TilePath.parse, text) == "log.tile-path"


@given(st.none() | st.integers(0, 63), st.integers(0, 2**55 - 1), st.integers(1, 256))
def test_every_path_reads_back(level, index, width):
    path = TilePath(level, index, width)
    assert TilePath.parse(path.text) == path


@given(st.text(st.sampled_from("tile/0123456789xp.-\n\u0660entries"), max_size=90))
def test_any_text_gives_a_path_or_our_error(text):
    try:
        path = TilePath.parse(text)
    except DidError as error:
        assert error.code == "log.tile-path"  # noqa: PT017
    else:
        assert path.text == text


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_every_bundle_reads_back(entries):
    assert decode_bundle(encode_bundle(entries), len(entries)) == tuple(entries)


@given(st.binary(max_size=100), st.integers(0, 5))
def test_any_bytes_give_a_bundle_or_our_error(data, width):
    try:
        entries = decode_bundle(data, width)
    except DidError as error:
        assert error.code == "log.bundle"  # noqa: PT017
    else:
        assert encode_bundle(entries) == data


@pytest.mark.parametrize(
    "data", [b"\x00", b"\x00\x05abc", b"\x00\x01a", b"\x00\x01a\x00\x01b\x00", b"\x00\x01a" * 3]
)
def test_bundles_of_another_length_are_refused(data):
    assert code_of(decode_bundle, data, 2) == "log.bundle"


def test_an_entry_over_64_kib_fits_no_bundle():
    assert code_of(encode_bundle, [bytes(65536)]) == "log.bundle"


def test_the_tiles_of_the_specification_s_example():
    # C2SP tlog-tiles: a tree of size 70,000.
    paths = [path for path in tiles_between(0, 70_000) if path.level is not None]
    assert len([p for p in paths if p.level == 0 and not p.partial]) == 273
    assert [p.text for p in paths if p.partial] == [
        "tile/0/273.p/112",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    ]
    assert [p.text for p in paths if p.level == 1 and not p.partial] == ["tile/1/000"]
    assert {p.text for p in tiles_between(0, 256)} == {"tile/0/000", "tile/entries/000", "tile/1/000.p/1"}


@given(st.integers(0, 70_000), st.integers(0, 600))
@settings(max_examples=30, deadline=None)
def test_step_by_step_gives_all_tiles_of_the_last_size(old, more):
    new = old + more
    whole = {path.text for path in tiles_between(0, new)}
    grown = {path.text for path in tiles_between(0, old)} | {path.text for path in tiles_between(old, new)}
    assert whole <= grown
    assert all(path.needs <= new for path in tiles_between(old, new))


def test_the_bytes_of_level_one_are_roots_over_256_leaves():
    tree = tree_of(600)
    assert (
        store_of(tree)["tile/1/000.p/2"]
        == tree.root(256) + Tree.from_leaf_hashes(tree.nodes(0, 256, 512)).root()
    )


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 700, 66_000])
def test_roots_and_proofs_from_tiles_are_those_of_the_tree(size):
    tree = tree_of(size)
    read = TileTree.read(size, tree.root(), fetch_from(store_of(tree)))
    assert read.root() == tree.root()
    for old in {0, 1, size // 3, size // 2, max(size - 1, 0), size}:
        if old <= size:
            assert read.root(old) == tree.root(old)
            assert read.consistency(old, size) == tree.consistency(old, size)
        if old < size:
            assert read.inclusion(old, size) == tree.inclusion(old, size)
    if size:
        assert read.leaves(0)[0] == tree.leaf(0)


def test_a_partial_tile_that_is_gone_is_cut_from_the_full_one():
    early, late = tree_of(100), tree_of(300)
    read = TileTree.read(100, early.root(), fetch_from(store_of(late)))
    assert read.leaves(0) == tuple(early.leaf(i) for i in range(100))
    assert len(fetch_entries(fetch_from(store_of(late)), TilePath(None, 0, 100))) == 100


def test_every_altered_tile_is_noticed():
    tree = tree_of(66_000)
    store = store_of(tree)
    paths = [path for path in store if "entries" not in path]
    for text in [*paths[:3], *paths[-4:]]:
        path = TilePath.parse(text)
        for at in (0, len(store[text]) - 1):
            altered = bytearray(store[text])
            altered[at] ^= 1
            code = code_of(read_all, tree, {**store, text: bytes(altered)}, path)
            assert code == ("log.tile-root" if path.partial else "log.tile-hash")
        assert code_of(read_all, tree, {**store, text: store[text][:-1]}, path) == "log.tile"
        assert code_of(read_all, tree, {**store, text: store[text] + bytes(32)}, path) == "log.tile"
        without = {name: data for name, data in store.items() if name != text}
        assert code_of(read_all, tree, without, path) == "log.missing"


def read_all(tree, store, path):
    TileTree.read(tree.size, tree.root(), fetch_from(store)).hashes(path.level, path.index)


def test_another_root_is_noticed_at_once():
    tree = tree_of(300)
    other = hashlib.sha256(b"other").digest()
    assert code_of(TileTree.read, 300, other, fetch_from(store_of(tree))) == "log.tile-root"


@given(st.lists(st.integers(0, 700), max_size=8))
@settings(max_examples=30, deadline=None)
def test_an_edge_that_grows_in_steps_finishes_the_tiles_of_the_tree(steps):
    tree = tree_of(sum(steps))
    edge, finished, at = Edge(), {}, 0
    for step in steps:
        leaves = [tree.leaf(index) for index in range(at, at + step)]
        edge, tiles = edge.grown(leaves)
        finished |= {path.text: rows[0] for path, rows in tiles}
        assert all(unpack(pack(rows), path) == rows for path, rows in tiles)
        at += step
        assert (edge.size, edge.root) == (at, tree.root(at))
        assert edge == Edge.read(at, fetch_from(store_of(tree_of(at))))
    full = {
        text: content for text, content in store_of(tree).items() if ".p/" not in text and "entr" not in text
    }
    assert finished == full


def test_tiles_of_two_levels_finish_at_once():
    tree = tree_of(65_536)
    edge, tiles = Edge().grown(tree.leaf(index) for index in range(65_536))
    assert [path.text for path, _ in tiles[-2:]] == ["tile/0/255", "tile/1/000"]
    assert edge.rows[:2] == (b"", b"")
    assert edge.rows[2] == edge.root == tree.root()
    assert len(tiles[-1][1][0]) == 256 * HASH
    assert code_of(unpack, pack(tiles[0][1])[:-1], tiles[0][0]) == "log.tile"


def test_a_tile_beyond_the_size_is_not_there():
    tree = tree_of(300)
    read = TileTree.read(300, tree.root(), fetch_from(store_of(tree_of(66_000))))
    assert code_of(read.hashes, 0, 2) == "log.range"
    assert read.hashes(1, 0) == tree.root(256)
