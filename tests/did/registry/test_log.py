"""The writer's log: against the vectors, against replay, with rollback, and the rule for signing."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from did.encoding import decode_multihash34
from did.errors import DidError
from did.keys import Ed25519Signer
from did.registry.entries import DidOperation, Evidence, Seal, decode, encode
from did.registry.log import Log
from did.registry.mappages import prefix_of
from did.registry.mapproof import map_key, value_hash, verify_map
from did.registry.note import NoteSigner
from did.registry.register import Register, RegisterLine
from did.registry.replay import Replay
from did.registry.signing import next_line, sign_checkpoint
from did.registry.tree import leaf_hash, verify_inclusion
from tests.support import vectors
from tests.support.memory_log import MemoryLog
from tests.support.memory_tree import Tree

ORIGIN = "registry.example/log"
SIGNER = NoteSigner(ORIGIN, Ed25519Signer(b"\x01" * 32))


def code_of(call, *arguments, **keywords) -> str:
    with pytest.raises(DidError) as caught:
        call(*arguments, **keywords)
    return caught.value.code


def scid(i: int) -> bytes:
    return b"\x12\x20" + i.to_bytes(32, "big")


def operation(i: int, version: int, *, deactivated: bool = False) -> DidOperation:
    return DidOperation(scid(i), version, b"\x12\x20" + bytes((i & 255, version)) + bytes(30), deactivated)


def stored_vectors() -> list[bytes]:
    return [bytes.fromhex(entry["entry"]) for entry in vectors.load("registry", "entries.json")["entries"]]


def test_appending_and_sealing_gives_the_log_of_the_vectors():
    log = MemoryLog(ORIGIN)
    for raw in stored_vectors():
        entry = decode(raw)
        if isinstance(entry, Seal):
            batch = log.seal()
            assert (batch.entry, batch.map_root, batch.size) == (raw, entry.map_root, batch.index + 1)
        else:
            log.append(entry)
    case = vectors.load("registry", "tree.json")
    assert list(log.sealed_sizes) == [sealed["size"] for sealed in case["sealed"]]
    for sealed in case["sealed"]:
        size = sealed["size"]
        assert log.root(size).hex() == sealed["root"]
        assert log.map_root(size).hex() == sealed["mapRoot"]
        assert [node.hex() for node in log.edge(size)] == sealed["edge"]
    anchors = vectors.load("registry", "contract.json")["anchors"]
    for anchor in anchors:
        extension = log.consistency(anchor["previousSize"], anchor["size"])
        assert ["0x" + node.hex() for node in extension] == anchor["extension"]
        assert ["0x" + node.hex() for node in log.edge(anchor["size"])] == anchor["edge"]
    line = next_line(log, 16, register=Register(), now=1_800_000_000)
    register = Register([line])
    checkpoint = vectors.load("registry", "checkpoint.json")
    signer = NoteSigner(ORIGIN, Ed25519Signer(bytes.fromhex(checkpoint["logSeed"])))
    note = sign_checkpoint(log, 16, register=register, signers=[signer])
    assert checkpoint["note"].startswith(note)


@pytest.mark.parametrize("reopened", [False, True])
def test_a_reopened_log_proves_what_the_grown_one_proves(reopened):
    log = MemoryLog.of(ORIGIN, stored_vectors())
    log = log.reopened() if reopened else log
    assert (log.size, log.sealed_size) == (16, 16)
    alice = decode_multihash34("QmQUCeXakNiduPKwGMAjJmTcdVzBpVQ2xtVZpu6sipwwGy")
    for size, version in ((4, 1), (8, 2), (9, 2), (16, 2)):
        proof = log.prove_did(alice, size)
        assert proof.state is not None
        assert proof.state.version == version
        claimed = value_hash(proof.state.encode())
        verify_map(proof.map_root, map_key(alice), claimed, proof.map_proof)
        seal = leaf_hash(encode(Seal(size - 1, proof.map_root)))
        verify_inclusion(seal, size - 1, size, proof.seal_path, log.root(size))
        verify_inclusion(
            log.leaf(proof.state.index), proof.state.index, size, proof.entry_path, log.root(size)
        )
    # It grows on as the other would.
    log.append(operation(1, 1))
    assert log.seal().map_root != log.map_root(16)
    assert log.state(scid(1), log.size) is not None


def test_a_log_opened_without_what_follows_from_its_entries_is_refused():
    log = MemoryLog(ORIGIN)
    for i in range(300):
        log.append(operation(i, 1))
    log.seal()
    newest = log.sealed_size
    log.reopened()
    for spoil, code in (
        (lambda store: store.pages.clear(), "map.page"),
        (lambda store: store.tiles.clear(), "log.missing"),
        (lambda store: store.pages.update({(b"\x00", newest): bytes(4)}), "map.page"),
        (lambda store: store.stored.__setitem__(newest - 1, encode(Seal(newest - 1, bytes(32)))), "map.page"),
        (lambda store: store.stored.__setitem__(newest - 1, encode(Seal(5, bytes(32)))), "log.unsealed"),
    ):
        spoilt = MemoryLog.of(ORIGIN, log.store.stored)
        spoil(spoilt.store)
        assert code_of(spoilt.reopened) == code


def test_what_was_changed_in_the_store_is_neither_proven_nor_sealed_over():
    log = MemoryLog(ORIGIN)
    for i in range(600):
        log.append(operation(i, 1))
    log.seal()
    for name, page in log.store.pages.items():
        if name[0] == prefix_of(map_key(scid(7)), 1):
            log.store.pages[name] = page[:4] + bytes((page[4] ^ 1,)) + page[5:]
    reopened = log.reopened()
    tile = log.store.tiles[0, 0]
    log.store.tiles[0, 0] = tile[:-1] + bytes((tile[-1] ^ 1,))
    assert log.reopened().root(601) != log.root(601)  # which the register notices at the start
    log.store.tiles[0, 0] = tile[: 6 * 32] + bytes(32) + tile[7 * 32 :]
    assert code_of(reopened.prove_did, scid(7), reopened.sealed_size) == "map.page"
    assert code_of(reopened.inclusion, 7, reopened.sealed_size) == "log.tile-hash"
    reopened.append(operation(7, 2))
    assert code_of(reopened.seal) == "map.page"


def test_a_batch_is_no_part_of_the_log_before_it_is_committed():
    log = MemoryLog(ORIGIN)
    log.append(operation(1, 1))
    batch = Log.seal(log, log.store.stored)
    assert (log.sealed_size, batch.size, batch.index) == (0, 2, 1)
    assert code_of(log.checkpoint, 2) == "log.unsealed"
    assert batch.entry == Log.seal(log, log.store.stored).entry
    for entry, code in ((encode(Seal(0, bytes(32))), "entry.kind"), (b"noise", "entry.prefix")):
        assert code_of(Log.seal, log, [entry]) == code
    assert code_of(Log, "no origin", log.store, sealed_size=0) == "log.origin"


def test_a_did_is_proven_as_of_each_sealed_size():
    log = MemoryLog(ORIGIN)
    log.seal()
    log.append(operation(1, 1))
    log.seal()
    log.append(operation(1, 2))
    for call in (log.checkpoint, log.edge, log.map_root):
        assert code_of(call, 2) == "log.unsealed"
    assert code_of(log.prove_did, scid(1), log.size) == "log.unsealed"
    log.seal()
    for size, version in ((1, None), (3, 1), (5, 2)):
        proof = log.prove_did(scid(1), size)
        assert (proof.state.version if proof.state else None) == version
        claimed = value_hash(proof.state.encode()) if proof.state else None
        verify_map(proof.map_root, map_key(scid(1)), claimed, proof.map_proof)
    assert log.map_root(1) == bytes(32)


@given(st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_random_logs_replay_without_finding_and_reopen_as_they_were(seed):
    rng = random.Random(seed)
    log = MemoryLog(ORIGIN)
    for _ in range(rng.choice((40, 400))):
        choice = rng.random()
        if choice < 0.2:
            log.seal()
        elif choice < 0.3:
            log = log.reopened()
        elif choice < 0.5:
            log.append(Evidence(rng.randbytes(32)))
        else:
            i = rng.randrange(40)
            state = log.state(scid(i), log.size)
            if state is None or not state.deactivated:
                log.append(operation(i, state.version + 1 if state else 1, deactivated=rng.random() < 0.1))
    log.seal()
    replay = Replay()
    replay.feed_all(log.store.stored)
    assert replay.findings == ()
    assert list(replay.sealed_sizes) == log.sealed_sizes
    assert replay.map.root == log.map_root(log.size)
    tree = Tree.from_leaf_hashes(b"".join(map(leaf_hash, log.store.stored)))
    reopened = log.reopened()
    for size in log.sealed_sizes:
        assert reopened.root(size) == tree.root(size)
        assert reopened.map_root(size) == reopened.computed_map_root(size)
        assert reopened.consistency(size, log.size) == tree.consistency(size)


class TestSigning:
    """Section 3.6, in its order."""

    def log(self, *, batches: int = 2) -> MemoryLog:
        log = MemoryLog(ORIGIN)
        for i in range(batches):
            log.append(operation(i, 1))
            log.seal()
        return log

    def test_an_unsealed_size_is_not_signed(self):
        log = self.log()
        assert code_of(next_line, log, 3, register=Register(), now=5) == "log.unsealed"
        assert code_of(next_line, log, 0, register=Register(), now=5) == "log.unsealed"
        assert code_of(next_line, log, 9, register=Register(), now=5) == "log.unsealed"
        register = Register([RegisterLine(3, log.root(3), bytes(32), 5)])
        assert code_of(sign_checkpoint, log, 3, register=register, signers=[SIGNER]) == "log.unsealed"

    def test_a_seal_over_another_map_is_not_signed(self):
        log = self.log()
        # The seal that was stored differs from the map as computed: a fault of disk, memory or this program.
        log.store.stored[3] = encode(Seal(3, bytes(32)))
        log._map = MemoryLog(ORIGIN)._map
        assert code_of(next_line, log, 4, register=Register(), now=5) == "seal.map-root"

    def test_nothing_is_signed_before_its_line_stands_in_the_register(self):
        log = self.log()
        register = Register()
        line = next_line(log, 4, register=register, now=5)
        assert code_of(sign_checkpoint, log, 4, register=register, signers=[SIGNER]) == "register.missing"
        register.record(line)
        note = sign_checkpoint(log, 4, register=register, signers=[SIGNER])
        assert note.startswith(f"{ORIGIN}\n4\n")
        assert next_line(log, 4, register=register, now=99) == line

    def test_a_registered_body_is_signed_again_by_a_new_key_and_nothing_else_below(self):
        log = self.log(batches=3)
        register = Register([next_line(log, 2, register=Register(), now=5)])
        register.record(next_line(log, 6, register=register, now=6))
        newer = NoteSigner(ORIGIN, Ed25519Signer(b"\x09" * 32))
        note = sign_checkpoint(log, 2, register=register, signers=[SIGNER, newer])
        assert len(note.split("\n")) == 7
        assert code_of(next_line, log, 4, register=register, now=7) == "register.behind"

    def test_two_roots_of_one_size_are_never_signed(self):
        log = self.log()
        for line in (
            RegisterLine(4, bytes(32), log.map_root(4), 5),
            RegisterLine(4, log.root(4), bytes(32), 5),
        ):
            register = Register([line])
            assert code_of(next_line, log, 4, register=register, now=5) == "register.forked"
            assert code_of(sign_checkpoint, log, 4, register=register, signers=[SIGNER]) == "register.forked"

    def test_what_does_not_extend_the_last_line_is_not_signed(self):
        log = self.log()
        register = Register([RegisterLine(2, bytes(32), log.map_root(2), 5)])
        assert code_of(next_line, log, 4, register=register, now=5) == "register.forked"
        register = Register([RegisterLine(2, log.root(2), bytes(32), 5)])
        assert code_of(next_line, log, 4, register=register, now=5) == "register.forked"

    def test_a_log_signs_under_its_own_name(self):
        log = self.log()
        register = Register([next_line(log, 4, register=Register(), now=5)])
        other = NoteSigner("other.example/log", Ed25519Signer(b"\x01" * 32))
        assert code_of(sign_checkpoint, log, 4, register=register, signers=[SIGNER, other]) == "log.signer"
        assert code_of(sign_checkpoint, log, 4, register=register, signers=[]) == "log.signer"
