"""What a service told others, and what a data directory must therefore hold, whatever happened in between.

The checks open files and nothing else, so that they can run hundreds of times. Each gives sentences about
what does not hold; a directory that keeps its promises gives none. Roots are computed anew from the entries.
"""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from api.client.connection import read_bootstrap
from api.client.failures import LocalError
from did.chain.evm_state import ChainState
from did.chain.evm_store import EvmStore
from did.chain.local_chain import LocalChain, _Place
from did.errors import DidError
from did.registry.checkpoint import parse_checkpoint
from did.registry.entries import DidOperation, Evidence, Seal, decode, evidence_commitment
from did.registry.register import Register
from did.registry.replay import Replay
from did.registry.tiles import WIDTH, TilePath
from did.registry.tree import EMPTY_ROOT, leaf_hash, node_hash

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from did.chain.driver import Head


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a DID that was acknowledged with its place in the log."""

    did: str
    version_id: str
    index: int


@dataclass(frozen=True, slots=True)
class Logged:
    """A digest that was acknowledged with its place in the log; the digest is known to who sent it."""

    evidence_id: str
    index: int
    digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A signed transaction that a node was sent."""

    raw: bytes


@dataclass(slots=True)
class Promises:
    """Everything that must never be taken back."""

    versions: list[Version] = field(default_factory=list)
    evidence: list[Logged] = field(default_factory=list)
    checkpoints: list[str] = field(default_factory=list)
    """Signed notes that were served."""
    transactions: list[Sent] = field(default_factory=list)

    @property
    def operations(self) -> list[Version | Logged]:
        return [*self.versions, *self.evidence]


class Truth:
    """The log of some entries, replayed: its root and map root at every size."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self.entries = list(entries)
        self.decoded = [decode(raw) for raw in entries]
        replay = Replay()
        replay.feed_all(entries)
        self.findings = replay.findings
        self.sealed = set(replay.sealed_sizes)
        self._roots = list(_roots(entries))

    @property
    def size(self) -> int:
        return len(self.entries)

    def root(self, size: int) -> bytes:
        return self._roots[size]

    def map_root(self, size: int) -> bytes:
        seal = self.decoded[size - 1]
        assert isinstance(seal, Seal)
        return seal.map_root

    def holds(self, size: int, root: bytes) -> bool:
        return size in self.sealed and self.root(size) == root


def _roots(entries: Sequence[bytes]) -> Iterator[bytes]:
    """The root of every size from 0 on, by the stack of complete subtrees."""
    yield EMPTY_ROOT
    stack: list[tuple[int, bytes]] = []
    for entry in entries:
        height, node = 0, leaf_hash(entry)
        while stack and stack[-1][0] == height:
            node = node_hash(stack.pop()[1], node)
            height += 1
        stack.append((height, node))
        root = stack[-1][1]
        for _, left in reversed(stack[:-1]):
            root = node_hash(left, root)
        yield root


class Directory:
    """A data directory, as its files have it; the service is not running."""

    def __init__(self, data: Path, truth: Truth | None = None) -> None:
        self.data = data
        self._known = truth

    def broken(self, promises: Promises) -> list[str]:
        """What does not hold."""
        try:
            return [
                *self._secrets(),
                *self._log(),
                *self._acknowledged(promises),
                *self._register(promises),
                *self._chain(),
                *self._outbox(promises),
                *self._public(),
            ]
        except sqlite3.DatabaseError as error:
            return [f"a database cannot be read: {error}"]

    def rows(self, query: str, file: str = "avow.sqlite3") -> list[tuple]:
        """Rows of a database; none where it, or the table, is not there yet."""
        path = self.data / file
        if not path.exists():
            return []
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA synchronous=OFF")  # a check writes nothing that must last
            try:
                return connection.execute(query).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):
                    return []
                raise

    @cached_property
    def entries(self) -> list[bytes]:
        return [raw for (raw,) in self.rows("select entry from log_entries order by position")]

    @cached_property
    def truth(self) -> Truth:
        """The replayed log; one that is known already is used again where the entries are its beginning."""
        if self._known is not None and self._known.entries[: len(self.entries)] == self.entries:
            return self._known
        return Truth(self.entries)

    def _secrets(self) -> Iterator[str]:
        """What the database leans on was on the disk before it."""
        if self.rows("select 1 from keys"):
            key = self.data / "master.key"
            if not key.exists() or not re.fullmatch(rb"[0-9a-f]{64}\n", key.read_bytes()):
                yield "keys are wrapped under a master key that is not on the disk"
        clients = {name for (name,) in self.rows("select client_id from clients")}
        if clients:
            try:
                found = read_bootstrap(self.data)
            except LocalError:
                found = None
            if found is None or found.client.client_id not in clients:
                yield "the first client's secret is not on the disk"

    def _log(self) -> Iterator[str]:
        if self.rows("pragma integrity_check") not in ([], [("ok",)]):
            yield "the database is damaged"
        positions = [at for (at,) in self.rows("select position from log_entries order by position")]
        if positions != list(range(len(positions))):
            yield "entries are missing in the middle of the log"
        yield from (f"entry {found.index}: {found.code}" for found in self.truth.findings)
        decoded = self.truth.decoded[: len(self.entries)]
        versions = self.rows("select log_index, entry_hash, version from did_versions")
        for index, entry_hash, version in versions:
            operation = decoded[index] if index < len(decoded) else None
            if not isinstance(operation, DidOperation) or (operation.hash34, operation.version) != (
                entry_hash,
                version,
            ):
                yield f"a version is stored for entry {index}, which is another one"
        evidence = self.rows("select log_index, salt, digest from evidence")
        for index, salt, digest in evidence:
            leaf = decoded[index] if index < len(decoded) else None
            if not isinstance(leaf, Evidence) or leaf.commitment != evidence_commitment(salt, digest):
                yield f"evidence is stored for entry {index}, which is another one"
        kinds = [type(each) for each in decoded]
        if (kinds.count(DidOperation), kinds.count(Evidence)) != (len(versions), len(evidence)):
            yield "there are leaves without a record"

    def _acknowledged(self, promises: Promises) -> Iterator[str]:
        stored = {
            (did, json.loads(line)["versionId"], index)
            for did, line, index in self.rows(
                "select did, line, log_index from did_versions join dids using (scid)"
            )
        }
        for made in promises.versions:
            if (made.did, made.version_id, made.index) not in stored:
                yield f"lost: version {made.version_id} of {made.did}, acknowledged as entry {made.index}"
        records = dict(self.rows("select evidence_id, log_index from evidence"))
        for logged in promises.evidence:
            if records.get(logged.evidence_id) != logged.index:
                yield f"lost: evidence {logged.evidence_id}, acknowledged as entry {logged.index}"

    def _register(self, promises: Promises) -> Iterator[str]:
        path = self.data / "checkpoint-register.txt"
        try:
            register = Register.parse(path.read_bytes() if path.exists() else b"")
        except DidError as error:
            yield f"the register does not read: {error.code}"
            return
        truth, size = self.truth, len(self.entries)
        last = register.last.size if register.last else 0
        for line in filter(None, map(register.find, range(1, last + 1))):
            if line.size > size:
                yield f"the register holds size {line.size}, the database {size}"
            elif not truth.holds(line.size, line.root) or truth.map_root(line.size) != line.map_root:
                yield f"the register holds another root for size {line.size}"
        for signed, root, map_root in self.rows("select size, root, map_root from checkpoints"):
            found = register.find(signed)
            if found is None or (found.root, found.map_root) != (root, map_root):
                yield f"a checkpoint of size {signed} was signed, and the register does not hold it"
        for note in dict.fromkeys(promises.checkpoints):
            served, _ = parse_checkpoint(note)
            found = register.find(served.size)
            if found is None or found.root != served.root:
                yield f"lost: a checkpoint of size {served.size} was served, and the register forgot it"

    def anchored(self) -> list[int]:
        """The sizes that the database has as anchored."""
        return [
            size for (size,) in self.rows("select size from anchors where state = 'anchored' order by size")
        ]

    def without_row(self) -> list[int]:
        """Sizes that the embedded chain holds and the database does not; none once a service has settled."""
        path = self.data / "chain.sqlite3"
        if not path.exists():
            return []
        heads, _ = self._read_chain(path)
        return sorted({head.size for head in heads if head.size} - set(self.anchored()))

    def _read_chain(self, path: Path) -> tuple[list[Head], list[bytes]]:
        """Every block's head and hash; nothing where the file has no chain yet."""
        with closing(EvmStore(path)) as store:
            meta = store.meta()
            if not meta:
                return [], []
            chain = LocalChain(store, _Place.from_meta(meta), b"", lambda: 0)
            numbers = range(ChainState(store).newest().number + 1)
            return [chain.head(number) for number in numbers], [
                chain.block(number).hash for number in numbers
            ]

    def _chain(self) -> Iterator[str]:
        anchors = self.rows("select size, block_number, block_hash from anchors where state = 'anchored'")
        path = self.data / "chain.sqlite3"
        if not path.exists():
            if anchors and not (self.data / "chain-outbox.sqlite3").exists():
                yield "lost: anchors are stored, and the chain is gone"
            return
        heads, hashes = self._read_chain(path)
        for size, number, block_hash in anchors:
            if number >= len(hashes) or hashes[number] != block_hash or heads[number].size != size:
                yield f"lost: size {size} was anchored in block {number}, which the chain does not hold"
        if heads:
            yield from self._heads(heads)

    def _heads(self, heads: Sequence[Head]) -> Iterator[str]:
        """The contract counts its `Anchored` events: each has its own size, and sizes rise."""
        sizes = {head.sequence: head.size for head in heads}
        if sorted(sizes) != list(range(len(sizes))):
            yield "the contract skipped a number"
        if sorted(set(sizes.values())) != [sizes[number] for number in sorted(sizes)]:
            yield f"sizes were anchored twice, or not in order: {sizes}"
        if heads[-1].size and not (
            heads[-1].size <= len(self.entries) and self.truth.holds(heads[-1].size, heads[-1].root)
        ):
            yield f"the contract holds size {heads[-1].size}, which is not in this log"

    def _outbox(self, promises: Promises) -> Iterator[str]:
        kept = {raw for (raw,) in self.rows("select raw from attempt", "chain-outbox.sqlite3")}
        if any(sent.raw not in kept for sent in promises.transactions):
            yield "lost: a transaction was sent, and the outbox does not know it"

    def _public(self) -> Iterator[str]:
        """What the checkpoint in the public folder promises is there, and true."""
        folder = self.data / "public" / "log"
        if not (folder / "checkpoint").exists():
            return
        try:
            checkpoint, _ = parse_checkpoint((folder / "checkpoint").read_text())
        except DidError as error:
            yield f"the public folder's checkpoint does not read: {error}"
            return
        size = checkpoint.size
        if size > len(self.entries) or not self.truth.holds(size, checkpoint.root):
            yield f"the public folder has a checkpoint of size {size} that is not this log's"
            return
        for path, content in _tiles(self.entries[:size]):
            files = [folder / path.text, folder / path.full_text]
            found = next((file.read_bytes() for file in files if file.is_file()), b"")
            if found[: len(content)] != content:
                yield f"the public folder does not hold what its checkpoint promises: {path.text}"


def _tiles(entries: Sequence[bytes]) -> Iterator[tuple[TilePath, bytes]]:
    """Every tile of a log of these entries, with its bytes."""
    bundles = [len(entry).to_bytes(2, "big") + entry for entry in entries]
    hashes = [leaf_hash(entry) for entry in entries]
    level: int | None = None
    while hashes:
        for at in range(0, len(hashes), WIDTH):
            below = (bundles if level is None else hashes)[at : at + WIDTH]
            yield TilePath(level, at // WIDTH, len(below)), b"".join(below)
        if level is not None:
            full = len(hashes) // WIDTH
            hashes = [_whole(hashes[at * WIDTH : (at + 1) * WIDTH]) for at in range(full)]
        level = 0 if level is None else level + 1


def _whole(hashes: list[bytes]) -> bytes:
    """The root over hashes whose number is a power of two."""
    while len(hashes) > 1:
        hashes = [node_hash(*hashes[at : at + 2]) for at in range(0, len(hashes), 2)]
    return hashes[0]
