"""The registry: bundles, the map and the log against the raw signatures and hashes inside them.

    python benchmarks/registry.py [--json]

The floor of a bundle is its Ed25519 verifications over messages of the same lengths and as many SHA-256
computations as the verifier makes; what lies above it is decoding, canonicalisation and book-keeping.
"""

from __future__ import annotations

import hashlib
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.harness import Ratio, measure, report
from did import sodium
from did.registry.bundle import parse_bundle
from did.registry.mapproof import map_key, verify_map
from did.registry.statemap import Pages, StateMap
from did.registry.tiles import TilePath
from did.registry.tiletree import Edge, FullTiles, TileTree, pack, unpack
from did.registry.tree import verify_consistency, verify_inclusion
from tests.support.memory_log import MemoryStore
from tests.support.registry_world import RegistryWorld

if TYPE_CHECKING:
    from collections.abc import Callable

MAP_KEYS = 20_000
LOG_LEAVES = 50_000
APPENDS = 2_000


def world_of_two_versions() -> tuple[RegistryWorld, object]:
    """One DID with two versions in a log of a few hundred entries, sealed, cosigned twice, anchored."""
    world = RegistryWorld()
    alice = world.create("alice")
    world.publish()
    for number in range(40):
        world.create(f"did-{number}")
    world.update(alice, alsoKnownAs=["https://alice.example"])
    world.publish()
    world.clock = datetime(2026, 2, 1, tzinfo=UTC)
    world.publish()
    return world, alice


def bundle_cases() -> dict[str, Callable[[], object]]:
    world, alice = world_of_two_versions()
    raw = world.bundle(alice)
    expectations = world.expectations()

    def verify() -> object:
        return world.verify(raw, alice, expectations)

    signatures, hashes = counted(verify)
    return {
        "bundle: verify": verify,
        "bundle: floor": lambda: floor(signatures, hashes),
        "bundle: parse": lambda: parse_bundle(raw),
        "bundle: build": lambda: world.bundle(alice),
    }


def counted(verify: Callable[[], object]) -> tuple[list[tuple[bytes, bytes, bytes]], int]:
    """The signatures that a verification checks, and how often it hashes."""
    signatures: list[tuple[bytes, bytes, bytes]] = []
    checked, hashed = sodium.ed25519_verify, hashlib.sha256
    count = 0

    def recording(public_key: bytes, message: bytes, signature: bytes) -> None:
        signatures.append((public_key, message, signature))
        checked(public_key, message, signature)

    def profile(_frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "c_call" and argument is hashed

    sodium.ed25519_verify = recording
    sys.setprofile(profile)
    try:
        verify()
    finally:
        sys.setprofile(None)
        sodium.ed25519_verify = checked
    return signatures, count


def floor(signatures: list[tuple[bytes, bytes, bytes]], hashes: int) -> None:
    for public_key, message, signature in signatures:
        sodium.ed25519_verify(public_key, message, signature)
    block = bytes(65)
    for _ in range(hashes):
        hashlib.sha256(block).digest()


def digest(*parts: object) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest()


def map_cases() -> dict[str, Callable[[], object]]:
    store = MemoryStore()
    changes = {map_key(digest("scid", i)): digest("value", i) for i in range(MAP_KEYS)}
    update = StateMap(Pages(store)).updated(changes, 1)
    store.pages = {(prefix, 1): page.encode() for prefix, page in update.pages.items()}
    built = StateMap.stored(Pages(store), 1)
    key, claimed = next(iter(changes.items()))
    proof = built.prove(key)
    levels = proof[1]
    batch = {map_key(digest("scid", i)): digest("other", i) for i in range(0, MAP_KEYS, 20)}
    return {
        "map: prove": lambda: built.prove(key),
        "map: verify": lambda: verify_map(built.root, key, claimed, proof),
        "map: floor of verify": lambda: floor([], levels + 1),
        f"map: {len(batch)} changes": lambda: built.updated(batch, 2),
    }


def log_cases() -> dict[str, Callable[[], object]]:
    leaves = [digest("leaf", i) for i in range(LOG_LEAVES)]
    edge, finished = Edge().grown(leaves)
    stored = {(path.level, path.index): pack(rows) for path, rows in finished}

    def opened() -> TileTree:
        return TileTree(
            edge, FullTiles(lambda level, index: unpack(stored[level, index], TilePath(level, index)))
        )

    tree = opened()
    at = LOG_LEAVES // 3
    path, leaf, root = tree.inclusion(at), leaves[at], tree.root()
    extension, old_root = tree.consistency(at), tree.root(at)
    return {
        f"log: grow by {APPENDS}": lambda: edge.grown(leaves[:APPENDS]),
        "log: floor of growing": lambda: floor([], APPENDS),
        "log: prove inclusion": lambda: tree.inclusion(at),
        "log: prove inclusion, tiles unread": lambda: opened().inclusion(at),
        "log: verify inclusion": lambda: verify_inclusion(leaf, at, LOG_LEAVES, path, root),
        "log: prove consistency": lambda: tree.consistency(at),
        "log: verify consistency": lambda: verify_consistency(at, LOG_LEAVES, old_root, root, extension),
        "log: root of an older size": lambda: tree.root(at),
    }


def main() -> int:
    figures = measure({**bundle_cases(), **map_cases(), **log_cases()}, rounds=15)
    return report(
        "registry",
        figures,
        [
            Ratio("bundle: verify", "bundle: floor"),
            Ratio("map: verify", "map: floor of verify"),
            Ratio(f"log: grow by {APPENDS}", "log: floor of growing"),
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
