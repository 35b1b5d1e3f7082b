"""The tiles of a `RegistryWorld`, from an operator who may lie about each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from did.registry.entries import Entry, encode
from did.registry.tiles import TilePath, encode_bundle
from did.registry.tree import leaf_hash
from tests.support.memory_tree import Tree

if TYPE_CHECKING:
    from did.registry.log import SealedBatch
    from tests.support.registry_world import RegistryWorld


class TileServer:
    """Records what the world logs and serves it; `instead` replaces what is served, by path."""

    def __init__(self, world: RegistryWorld) -> None:
        self.world = world
        self.entries: list[bytes] = []
        self.instead: dict[str, bytes | None] = {}
        self.asked: list[str] = []
        append, seal = world.log.append, world.log.seal

        def recorded_append(entry: Entry) -> int:
            index = append(entry)
            self.entries.append(encode(entry))
            return index

        def recorded_seal() -> SealedBatch:
            batch = seal()
            self.entries.append(batch.entry)
            return batch

        world.log.append = recorded_append  # type: ignore[method-assign]
        world.log.seal = recorded_seal  # type: ignore[method-assign]

    @property
    def tree(self) -> Tree:
        return Tree.from_leaf_hashes(b"".join(leaf_hash(entry) for entry in self.entries))

    def sign(self, size: int | None = None) -> str:
        """A note over the entries as they are, honest or not."""
        tree = self.tree
        size = tree.size if size is None else size
        return self.world.sign_anything(size, tree.root(size))

    def fetch(self, path: TilePath) -> bytes | None:
        self.asked.append(path.text)
        if path.text in self.instead:
            return self.instead[path.text]
        if path.needs > len(self.entries):
            return None
        if path.level is None:
            return encode_bundle(self.entries[path.first : path.first + path.width])
        return self.tree.tile(path)
