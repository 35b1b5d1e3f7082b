"""A living registry and its verifier: what is proven of DIDs that live, end, move, and were never there."""

from __future__ import annotations

import pytest

from did.errors import DidError
from did.registry.bundle import Level
from tests.support.registry_world import RegistryWorld


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


def test_a_did_that_moved_away_is_not_answered_with_its_new_document(world):
    old = world.alice.did
    new = old.replace("registry.example", "new.example")
    world.update(world.alice, id=new, alsoKnownAs=[old])
    world.publish()
    assert code_of(world.verify, world.bundle(world.alice), world.alice) == "bundle.did"
    world.alice.did = new
    state = world.verify(world.bundle(world.alice), world.alice)
    assert (state.did, state.version) == (new, 4)


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
