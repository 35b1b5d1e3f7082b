"""The writer's log: against the vectors, against replay, with rollback, and the rule for signing."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from did.encoding import decode_multihash34
from did.errors import DidError
from did.keys import Ed25519Signer
from did.registry import log as log_module
from did.registry.entries import DidOperation, Evidence, Seal, decode, encode
from did.registry.log import Log
from did.registry.mapproof import map_key, value_hash, verify_map
from did.registry.note import NoteSigner
from did.registry.register import Register, RegisterLine
from did.registry.replay import Replay
from did.registry.signing import next_line, sign_checkpoint
from did.registry.tree import leaf_hash, verify_consistency, verify_inclusion
from tests.support import vectors

ORIGIN = "registry.example/log"
SIGNER = NoteSigner(ORIGIN, Ed25519Signer(b"\x01" * 32))


def code_of(call, *arguments, **keywords) -> str:
    with pytest.raises(DidError) as caught:
        call(*arguments, **keywords)
    return caught.value.code


def scid(i: int) -> bytes:
    return b"\x12\x20" + bytes(31) + bytes((i,))


def operation(i: int, version: int, *, deactivated: bool = False) -> DidOperation:
    return DidOperation(scid(i), version, b"\x12\x20" + bytes((i, version)) + bytes(30), deactivated)


def stored_vectors() -> list[bytes]:
    return [bytes.fromhex(entry["entry"]) for entry in vectors.load("registry", "entries.json")["entries"]]


def test_appending_and_sealing_gives_the_log_of_the_vectors():
    log = Log(ORIGIN)
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
    log.commit()
    line = next_line(log, 16, register=Register(), now=1_800_000_000)
    register = Register([line])
    checkpoint = vectors.load("registry", "checkpoint.json")
    signer = NoteSigner(ORIGIN, Ed25519Signer(bytes.fromhex(checkpoint["logSeed"])))
    note = sign_checkpoint(log, 16, register=register, signers=[signer])
    assert checkpoint["note"].startswith(note)


@pytest.mark.parametrize("verified_size", [0, 8, 9, 16, 99])
def test_a_loaded_log_proves_what_the_grown_one_proves(verified_size):
    loaded = Log.from_entries(ORIGIN, stored_vectors(), verified_size=verified_size)
    assert (loaded.size, loaded.durable_size, loaded.sealed_size) == (16, 16, 16)
    alice = decode_multihash34("QmQUCeXakNiduPKwGMAjJmTcdVzBpVQ2xtVZpu6sipwwGy")
    for size, version in ((4, 1), (8, 2), (9, 2), (16, 2)):
        proof = loaded.prove_did(alice, size)
        assert proof.state is not None
        assert proof.state.version == version
        claimed = value_hash(proof.state.encode())
        verify_map(proof.map_root, map_key(alice), claimed, proof.map_proof)
        seal = leaf_hash(encode(Seal(size - 1, proof.map_root)))
        verify_inclusion(seal, size - 1, size, proof.seal_path, loaded.root(size))
        verify_inclusion(
            loaded.leaf(proof.state.index), proof.state.index, size, proof.entry_path, loaded.root(size)
        )
    # It grows on as the other would.
    loaded.append(operation(1, 1))
    assert loaded.seal().map_root != loaded.map_root(16)
    assert loaded.state(scid(1)) is not None


def test_a_log_that_ends_unsealed_is_loaded_whole():
    stored = stored_vectors()[:6]
    for verified_size in (0, 4, 99):
        loaded = Log.from_entries(ORIGIN, stored, verified_size=verified_size)
        assert loaded.sealed_size == 4
        assert loaded.seal().map_root.hex() == (
            "dcd89712a0e6e248a3e64c90a583c2dcb6906e3fd499ab334d6104105984653f"
        )


def test_a_stored_log_that_could_not_have_grown_is_refused():
    stored = stored_vectors()
    for spoiled, code in (
        ([stored[1], *stored[1:]], "seal.map-root"),
        ([stored[5]], "entry.order"),
        ([stored[3]], "seal.index"),
        ([b"noise"], "entry.prefix"),
        ([*stored[:4], *stored[4:6], stored[5]], "entry.order"),
        ([encode(Seal(0, b"\x01" * 32))], "seal.map-root"),
    ):
        assert code_of(Log.from_entries, ORIGIN, spoiled) == code
    # Below the verified size a false map root passes the load; the register then refuses the start.
    false_seal = encode(Seal(3, bytes(32)))
    loaded = Log.from_entries(ORIGIN, [*stored[:3], false_seal, *stored[4:]], verified_size=16)
    true_log = Log.from_entries(ORIGIN, stored)
    register = Register([RegisterLine(16, true_log.root(16), true_log.map_root(16), 5)])
    assert code_of(register.check_start, loaded) == "register.forked"
    register.check_start(true_log)


def test_what_has_no_effect_is_not_appended():
    log = Log(ORIGIN)
    assert code_of(log.append, operation(1, 2)) == "entry.order"
    assert log.append(operation(1, 1)) == 0
    assert code_of(log.append, operation(1, 1)) == "entry.order"
    assert code_of(log.append, operation(1, 3)) == "entry.order"
    assert log.append(operation(1, 2, deactivated=True)) == 1
    assert code_of(log.append, operation(1, 3)) == "entry.deactivated"
    assert code_of(log.append, Seal(2, bytes(32))) == "entry.kind"
    assert code_of(log.append, Evidence(b"")) == "entry.length"
    assert log.size == 2
    assert code_of(Log, "no origin") == "log.origin"


def test_a_did_is_proven_as_of_each_sealed_size():
    log = Log(ORIGIN)
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
@settings(max_examples=40, deadline=None)
def test_random_logs_replay_without_finding_and_forget_what_was_rolled_back(seed):
    rng = random.Random(seed)
    log, stored, pending = Log(ORIGIN), [], []
    for _ in range(60):
        choice = rng.random()
        if choice < 0.2:
            pending.append(log.seal().entry)
        elif choice < 0.3:
            log.commit()
            stored, pending = stored + pending, []
        elif choice < 0.4:
            log.rollback()
            pending = []
        elif choice < 0.5:
            entry = Evidence(rng.randbytes(32))
            log.append(entry)
            pending.append(encode(entry))
        else:
            i = rng.randrange(8)
            state = log.state(scid(i))
            if state is None or not state.deactivated:
                entry = operation(i, state.version + 1 if state else 1, deactivated=rng.random() < 0.1)
                log.append(entry)
                pending.append(encode(entry))
    pending.append(log.seal().entry)
    everything = stored + pending
    replay = Replay()
    replay.feed_all(everything)
    assert replay.findings == ()
    assert list(replay.sealed_sizes) == list(log.sealed_sizes)
    assert replay.map.root == log.map_root(log.size)
    loaded = Log.from_entries(ORIGIN, everything)
    assert loaded.root(log.size) == log.root(log.size)
    for size in log.sealed_sizes:
        assert loaded.map_root(size) == log.map_root(size)
        verify_consistency(
            size, log.size, log.root(size), log.root(log.size), log.consistency(size, log.size)
        )


def test_maps_of_old_sizes_are_rebuilt_when_they_are_no_longer_held(monkeypatch):
    monkeypatch.setattr(log_module, "MAX_MAPS", 2)
    log = Log(ORIGIN)
    roots = {}
    for i in range(6):
        log.append(operation(i, 1))
        batch = log.seal()
        roots[batch.size] = batch.map_root
    assert {size: log.map_root(size) for size in roots} == roots


class TestSigning:
    """Section 3.6, in its order."""

    def log(self, *, batches: int = 2) -> Log:
        log = Log(ORIGIN)
        for i in range(batches):
            log.append(operation(i, 1))
            log.seal()
        log.commit()
        return log

    def test_an_unsealed_size_is_not_signed(self):
        log = self.log()
        assert code_of(next_line, log, 3, register=Register(), now=5) == "log.unsealed"
        assert code_of(next_line, log, 0, register=Register(), now=5) == "log.unsealed"
        assert code_of(next_line, log, 9, register=Register(), now=5) == "log.unsealed"
        register = Register([RegisterLine(3, log.root(3), bytes(32), 5)])
        assert code_of(sign_checkpoint, log, 3, register=register, signers=[SIGNER]) == "log.unsealed"

    def test_what_is_not_durable_is_not_signed(self):
        log = self.log()
        log.append(Evidence(bytes(32)))
        size = log.seal().size
        assert code_of(next_line, log, size, register=Register(), now=5) == "log.not-durable"
        log.commit()
        assert next_line(log, size, register=Register(), now=5).size == size

    def test_a_seal_over_another_map_is_not_signed(self):
        log = self.log()
        # The map as recomputed differs from the one in the seal: a fault of memory or of this program.
        log._maps[4] = log._maps[2]
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
