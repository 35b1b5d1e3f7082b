"""The log tree: vectors, all pairs against definitions written anew here, and refusal of altered proofs."""

from __future__ import annotations

import hashlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from did.errors import DidError
from did.registry import tree
from did.registry.tree import verify_consistency, verify_inclusion
from tests.support import vectors
from tests.support.memory_tree import Tree


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


# The definitions of RFC 9162 2.1.1, 2.1.3.1 and 2.1.4.1 over a list of leaf hashes, as slow as they read.
def mth(leaves):
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return sha256(b"\x01", mth(leaves[:k]), mth(leaves[k:]))


def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m, leaves):
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m, leaves, complete):
    if m == len(leaves):
        return [] if complete else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], complete), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


LEAVES = [sha256(b"leaf", bytes((i,))) for i in range(70)]


def grown(count: int) -> Tree:
    built = Tree()
    for leaf in LEAVES[:count]:
        built.append(leaf)
    return built


def code_of(call, *arguments, **keywords) -> str:
    with pytest.raises(DidError) as caught:
        call(*arguments, **keywords)
    return caught.value.code


def test_the_trees_of_the_vectors():
    case = vectors.load("registry", "tree.json")
    leaves = [bytes.fromhex(leaf) for leaf in case["leafHashes"]]
    built = Tree.from_leaf_hashes(b"".join(leaves))
    assert built.root(0).hex() == case["emptyRoot"]
    assert len(case["roots"]) == 16
    for size, root in case["roots"].items():
        assert built.root(int(size)).hex() == root
    for proof in case["inclusion"]:
        index, size, hashes = proof["index"], proof["size"], tuple(map(bytes.fromhex, proof["path"]))
        assert built.inclusion(index, size) == hashes
        verify_inclusion(leaves[index], index, size, hashes, built.root(size))
    for proof in case["consistency"]:
        old, new, hashes = proof["old"], proof["new"], tuple(map(bytes.fromhex, proof["proof"]))
        assert built.consistency(old, new) == hashes
        verify_consistency(old, new, built.root(old), built.root(new), hashes)
    for sealed in case["sealed"]:
        size = sealed["size"]
        assert built.inclusion(size - 1, size) == tuple(map(bytes.fromhex, sealed["edge"]))
        assert built.leaf(size - 1).hex() == sealed["sealLeaf"]


def test_consistency_alone_does_accept_the_wrong_size_of_the_vectors():
    # Section 3.5: this is why nothing unsealed is signed. If this ever failed, the text would be wrong.
    case = vectors.load("registry", "tree.json")
    wrong = case["wrongSizeAcceptedByConsistencyAlone"]
    built = Tree.from_leaf_hashes(bytes.fromhex("".join(case["leafHashes"])))
    proof = [bytes.fromhex(node) for node in wrong["proof"]]
    old, true_new = built.root(wrong["old"]), built.root(wrong["trueNew"])
    verify_consistency(wrong["old"], wrong["claimedNew"], old, true_new, proof)


def test_every_root_and_proof_equals_its_definition():
    built = grown(70)
    for size in range(71):
        assert built.root(size) == mth(LEAVES[:size])
        for index in range(size):
            assert list(built.inclusion(index, size)) == path(index, LEAVES[:size])
        for old in range(1, size + 1):
            assert list(built.consistency(old, size)) == subproof(old, LEAVES[:size], True)
        assert built.consistency(0, size) == ()


def test_all_honest_proofs_verify():
    built = grown(40)
    for size in range(1, 41):
        root = built.root(size)
        for index in range(size):
            verify_inclusion(LEAVES[index], index, size, built.inclusion(index, size), root)
        for old in range(size + 1):
            verify_consistency(old, size, built.root(old), root, built.consistency(old, size))


def mutations(proof, rng):
    """Each way to spoil a list of hashes: alter, drop, double, add, reverse, swap."""
    nodes = list(proof)
    for at in range(len(nodes)):
        altered = bytearray(nodes[at])
        altered[rng.randrange(32)] ^= 1 << rng.randrange(8)
        yield [*nodes[:at], bytes(altered), *nodes[at + 1 :]]
        yield nodes[:at] + nodes[at + 1 :]
        yield [*nodes[: at + 1], *nodes[at:]]
    yield [*nodes, bytes(32)]
    yield [bytes(32), *nodes]
    if len(nodes) > 1:
        yield nodes[::-1]
        yield [nodes[1], nodes[0], *nodes[2:]]


def test_altered_proofs_are_refused():
    rng = random.Random(9162)
    built = grown(70)
    tried = 0
    for _ in range(250):
        size = rng.randrange(1, 71)
        index, old = rng.randrange(size), rng.randrange(1, size + 1)
        root = built.root(size)
        for spoiled in mutations(built.inclusion(index, size), rng):
            assert code_of(verify_inclusion, LEAVES[index], index, size, spoiled, root) == "log.inclusion"
            tried += 1
        for spoiled in mutations(built.consistency(old, size), rng):
            code = code_of(verify_consistency, old, size, built.root(old), root, spoiled)
            assert code == "log.consistency"
            tried += 1
    assert tried > 4000


def test_other_roots_leaves_and_indices_are_refused():
    built = grown(21)
    root, proof = built.root(21), built.inclusion(6, 21)
    assert code_of(verify_inclusion, LEAVES[7], 6, 21, proof, root) == "log.inclusion"
    assert code_of(verify_inclusion, LEAVES[6], 7, 21, proof, root) == "log.inclusion"
    assert code_of(verify_inclusion, LEAVES[6], 21, 21, proof, root) == "log.inclusion"
    assert code_of(verify_inclusion, LEAVES[6], -1, 21, proof, root) == "log.inclusion"
    assert code_of(verify_inclusion, LEAVES[6], 6, 21, proof, built.root(20)) == "log.inclusion"
    # Shapes that the loops alone would let pass: no path, and the leaf is the root.
    assert code_of(verify_inclusion, LEAVES[0], 1, 1, (), LEAVES[0]) == "log.inclusion"
    assert code_of(verify_inclusion, LEAVES[0], 0, 0, (), LEAVES[0]) == "log.inclusion"
    assert code_of(verify_consistency, 2, 1, LEAVES[0], LEAVES[0], ()) == "log.consistency"
    # Paths that go on above the root of the size claimed.
    two = sha256(b"\x01", LEAVES[0], LEAVES[1])
    assert code_of(verify_inclusion, LEAVES[1], 0, 1, (LEAVES[0],), two) == "log.inclusion"
    a, b, c, d = LEAVES[:4]
    old = sha256(b"\x01", d, sha256(b"\x01", c, a))
    new = sha256(b"\x01", d, sha256(b"\x01", c, sha256(b"\x01", a, b)))
    assert code_of(verify_consistency, 3, 4, old, new, (a, b, c, d)) == "log.consistency"
    extension = built.consistency(6, 21)
    for old, new, old_root, new_root in (
        (6, 21, built.root(5), root),
        (6, 21, built.root(6), built.root(20)),
        (5, 21, built.root(5), root),
        (21, 6, root, built.root(6)),
        (6, 6, built.root(6), built.root(6)),
        (0, 21, tree.EMPTY_ROOT, root),
        (-1, 21, tree.EMPTY_ROOT, root),
    ):
        assert code_of(verify_consistency, old, new, old_root, new_root, extension) == "log.consistency"
    assert code_of(verify_consistency, 6, 6, built.root(6), root, ()) == "log.consistency"
    assert (
        code_of(verify_consistency, 6, 21, built.root(6), root, (), code="anchor.extension")
        == "anchor.extension"
    )


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=40))
@settings(max_examples=40, deadline=None)
def test_loading_and_appending_give_the_same_tree(leaves):
    loaded = Tree.from_leaf_hashes(b"".join(leaves))
    appended = Tree()
    assert [appended.append(leaf) for leaf in leaves] == list(range(len(leaves)))
    assert loaded.root() == appended.root() == mth(leaves)
    assert all(appended.root(size) == loaded.root(size) for size in range(len(leaves) + 1))


def test_what_is_out_of_range_is_refused():
    built = grown(5)
    for call in (
        lambda: built.root(6),
        lambda: built.root(-1),
        lambda: built.inclusion(5),
        lambda: built.inclusion(2, 2),
        lambda: built.consistency(6),
        lambda: built.consistency(4, 3),
    ):
        assert code_of(call) == "log.range"


def test_the_extension_and_edge_of_each_anchor_in_the_contract_vectors_are_ours():
    built = Tree.from_leaf_hashes(bytes.fromhex("".join(vectors.load("registry", "tree.json")["leafHashes"])))
    anchors = vectors.load("registry", "contract.json")["anchors"]
    assert [anchor["size"] for anchor in anchors] == [4, 8, 16]
    for anchor in anchors:
        old, size = anchor["previousSize"], anchor["size"]
        assert ["0x" + node.hex() for node in built.consistency(old, size)] == anchor["extension"]
        assert ["0x" + node.hex() for node in built.inclusion(size - 1, size)] == anchor["edge"]
        assert "0x" + built.root(size).hex() == anchor["root"]


@pytest.mark.parametrize("size", range(1, 9))
def test_a_path_that_ends_below_the_top_does_not_verify_for_a_larger_size(size):
    """The leftmost subtree of a larger tree: its root would pass as that of the tree."""
    log = Tree()
    for number in range(size):
        log.append(tree.leaf_hash(bytes([number])))
    for index in range(size):
        path = log.inclusion(index)
        verify_inclusion(log.leaf(index), index, size, path, log.root())
        with pytest.raises(DidError) as caught:
            verify_inclusion(log.leaf(index), index, 4 * size, path, log.root())
        assert caught.value.code == "log.inclusion"
