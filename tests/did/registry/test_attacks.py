"""Attacks on a living registry: what an operator, even with its witnesses, cannot make a verifier believe."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from did.errors import DidError
from did.methods.webvh import verify_history
from did.registry.bundle import Level
from did.registry.entries import DidOperation
from did.registry.tree import leaf_hash
from tests.support.memory_tree import Tree
from tests.support.registry_world import CHAIN, RegistryWorld


def code_of(call, *arguments, **keywords) -> str:
    with pytest.raises(DidError) as caught:
        call(*arguments, **keywords)
    return caught.value.code


@pytest.fixture
def world():
    """Alice has three versions, Bob one; each batch is published."""
    world = RegistryWorld()
    world.alice = world.create("alice")
    world.publish()
    world.bob = world.create("bob")
    world.update(world.alice, alsoKnownAs=["https://alice.example"])
    world.publish()
    world.update(world.alice, alsoKnownAs=["https://a.example"])
    world.publish()
    return world


def test_an_honest_registry_convinces(world):
    state = world.verify(world.bundle(world.alice), world.alice)
    assert (state.version, state.level, state.size, state.as_of) == (
        3,
        Level.FINAL,
        world.log.size,
        world.now,
    )
    assert state.document is not None
    assert state.document["alsoKnownAs"] == ["https://a.example"]
    assert state.only_local_chains
    assert world.verify(world.bundle(world.bob), world.bob).version == 1


def test_an_unknown_did_is_proven_unknown(world):
    stranger = RegistryWorld().create("stranger")
    state = world.verify(world.bundle(stranger), stranger)
    assert (state.version, state.deactivated, state.document) == (None, None, None)


def test_a_deactivated_did_has_no_document_for_use(world):
    world.deactivate(world.alice)
    world.publish()
    state = world.verify(world.bundle(world.alice), world.alice)
    assert (state.version, state.deactivated, state.document) == (4, True, None)


def test_an_older_version_is_not_served_as_the_latest(world):
    for version in (1, 2):
        raw = world.old_version_as_latest(world.alice, version)
        assert code_of(world.verify, raw, world.alice) == "map.root"


def test_an_old_bundle_is_not_taken_for_a_fresh_one(world):
    old = world.bundle(world.alice, world.log.sealed_sizes[0])
    # It says what it says: version 1, as of then. The age asked for decides.
    assert world.verify(old, world.alice).version == 1
    world.clock += timedelta(hours=2)
    assert code_of(world.verify, old, world.alice) == "age.exceeded"
    world.publish()
    assert world.verify(world.bundle(world.alice), world.alice).version == 3


def test_a_known_did_is_not_denied(world):
    absent = world.bundle(RegistryWorld().create("stranger"))
    raw = world.bundle(world.alice)
    assert code_of(world.verify, absent, world.alice) == "bundle.did"
    value = json.loads(raw)
    for name in ("history", "entry"):
        del value[name]
    value["map"] = json.loads(absent)["map"]
    assert code_of(world.verify, json.dumps(value).encode(), world.alice).startswith("map.")


def test_a_forked_log_is_seen_against_the_chain_and_against_memory(world):
    other = world.fork()
    carol = other.create("carol")
    other.update(carol)
    other.publish()
    other.create("dave")
    other.create("erin")
    other.publish()
    assert other.log.size == 6
    world.create("frank")
    while world.log.size < 6:
        world.publish()
    # All keys collude; the same size has another root than the chain holds.
    newest = replace(world.head.head, size=6, root=world.log.root(6), map_root=bytes(32))
    world.head = replace(world.head, head=newest)
    assert code_of(world.verify, other.bundle(carol), carol) == "log.forked"
    expectations = world.expectations(level=Level.SEALED)
    remembered = replace(
        expectations,
        known=((6, world.log.root(6)),),
        view=replace(expectations.view, heads=()),
    )
    assert code_of(world.verify, other.bundle(carol), carol, remembered) == "log.forked"
    # Without chain and memory, colluding keys convince: weakness 8 of the protocol.
    blind = replace(remembered, known=())
    assert other.verify(other.bundle(carol), carol, blind).level is Level.SEALED


def test_a_fork_below_the_chain_has_no_extension(world):
    other = world.fork()
    carol = other.create("carol")
    size = other.publish()
    assert size < world.head.head.size
    assert code_of(world.verify, other.bundle(carol), carol) == "anchor.extension"
    expectations = world.expectations()
    view = replace(
        expectations.view,
        extensions={(size, world.head.head.size): world.log.consistency(2, world.head.head.size)},
    )
    wrong = replace(expectations, view=view)
    assert code_of(world.verify, other.bundle(carol), carol, wrong) == "anchor.extension"


def test_a_map_of_another_making_is_not_the_one_in_the_seal(world):
    other = world.fork()
    other.log.append(_first_version(world))
    other.publish()
    raw = world.with_map_of(other, world.alice)
    assert code_of(world.verify, raw, world.alice) == "seal.inclusion"


def _first_version(world):
    history = verify_history(world.alice.lines[0].encode(), expected_did=None, witnesses=None, now=None)
    return DidOperation(history.scid34, 1, history.latest.entry_hash34, deactivated=False)


def test_a_false_size_does_not_fit_the_seal(world):
    size = world.log.sealed_size
    for claimed in range(size + 4):
        if claimed != size:
            raw = world.with_wrong_size(world.alice, claimed)
            assert code_of(world.verify, raw, world.alice) == "seal.inclusion", claimed


def test_an_unsealed_size_convinces_nobody(world):
    sealed = world.log.sealed_size
    world.create("grace")
    tree = Tree.from_leaf_hashes(b"".join(map(leaf_hash, world.log.store.stored)))
    proof = world.log.prove_did(world._scid34(world.alice), sealed)
    note = world.sign_anything(tree.size, tree.root())
    raw = world._raw(world.alice, replace(proof, seal_path=tree.inclusion(tree.size - 1)), note)
    assert code_of(world.verify, raw, world.alice) == "seal.inclusion"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"chain": "eip155:1"}, "anchor.chain"),
        ({"contract": "0x" + "0d" * 20}, "anchor.contract"),
        ({"log_id": b"\x0d" * 32}, "anchor.log-id"),
    ],
)
def test_an_anchor_elsewhere_counts_for_nothing(world, change, code):
    world.chain = replace(CHAIN, **change)
    assert code_of(world.verify, world.bundle(world.alice), world.alice) == code
    state = world.verify(world.bundle(world.alice), world.alice, world.expectations(level=Level.SEALED))
    assert (state.level, state.reasons) == (Level.SEALED, (code,))


def test_a_contract_with_other_code_is_refused(world):
    world.head = replace(world.head, code_hash=bytes(32))
    assert code_of(world.verify, world.bundle(world.alice), world.alice) == "anchor.code"


def test_a_block_that_may_go_is_not_final(world):
    world.head = replace(world.head, final=False)
    assert code_of(world.verify, world.bundle(world.alice), world.alice) == "anchor.not-final"


def test_one_witness_is_no_quorum_of_two(world):
    world.witnesses[1:], kept = [], world.expectations()
    world.publish()
    code = code_of(world.verify, world.bundle(world.alice), world.alice, kept)
    assert code == "checkpoint.quorum"


def test_a_did_that_moved_away_is_not_answered_with_its_new_document(world):
    old = world.alice.did
    new = old.replace("registry.example", "new.example")
    world.update(world.alice, id=new, alsoKnownAs=[old])
    world.publish()
    assert code_of(world.verify, world.bundle(world.alice), world.alice) == "bundle.did"
    world.alice.did = new
    state = world.verify(world.bundle(world.alice), world.alice)
    assert (state.did, state.version) == (new, 4)


def test_a_log_of_another_host_does_not_speak_for_this_did(world):
    other = RegistryWorld(origin="other.example/log")
    expectations = world.expectations()
    policy = replace(expectations.policy, logs=(*expectations.policy.logs, other.log_signer.key))
    both = replace(expectations, policy=policy)
    alice = other.create("alice")
    other.publish()
    assert code_of(world.verify, other.bundle(alice), alice, both) == "checkpoint.origin"


def test_a_restored_backup_signs_nothing(world):
    backup = RegistryWorld()
    backup.create("alice")
    backup.publish()
    assert code_of(world.register.check_start, backup.log) == "register.behind"
    forked = RegistryWorld()
    for name in ("a", "b", "c", "d", "e", "f"):
        forked.create(name)
        forked.publish()
    assert code_of(world.register.check_start, forked.log) == "register.forked"
