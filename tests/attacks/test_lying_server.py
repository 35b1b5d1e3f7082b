"""A server that lies is caught, each time: one test for each lie, each with its code.

In the world, the operator has all keys, its witnesses collude, and what is attacked is the verifier of
bundles, that of receipts, and the monitor. `test_lying_proxy` tells such lies to the command line, between it
and a real service.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from did.encoding import encode_base64url
from did.errors import DidError
from did.methods.webvh import verify_history
from did.registry.bundle import Level
from did.registry.entries import DidOperation, Evidence, Seal, encode
from did.registry.mapproof import map_key
from did.registry.tiles import encode_bundle
from tests.support.memory_log import map_of
from tests.support.registry_world import CHAIN, RegistryWorld
from tests.support.watched import Watched

DIGEST = b"\xd1" * 32


class Lies(Watched):
    """Alice has three versions, Bob one, a digest is logged; a monitor has seen each batch."""

    def __init__(self) -> None:
        super().__init__()
        self.look()
        self.deed = self.world.log_evidence(DIGEST)
        for home in ("https://alice.example", "https://a.example"):
            self.world.update(self.alice, alsoKnownAs=[home])
            self.publish()
        assert self.look() == []
        self.honest = self.world.log.size

    def bundle_code(self, raw, who=None, **require) -> str:
        expectations = self.world.expectations(**require)
        return self.code_of(self.world.verify, raw, who or self.alice, expectations)

    def receipt_code(self, raw, **require) -> str:
        return self.code_of(self.world.verify_receipt, raw, self.deed, self.world.expectations(**require))

    def serve_entries(self, entries) -> None:
        path = f"tile/entries/000.p/{self.world.log.size}"
        self.server.instead[path] = encode_bundle(entries)

    @staticmethod
    def code_of(call, *arguments) -> str:
        with pytest.raises(DidError) as caught:
            call(*arguments)
        return caught.value.code


@pytest.fixture
def lies():
    return Lies()


def changed(raw, **members):
    return json.dumps({**json.loads(raw), **members}).encode()


def test_before_any_lie_everybody_is_content(lies):
    world = lies.world
    assert world.verify(world.bundle(lies.alice), lies.alice).version == 3
    assert world.verify_receipt(world.receipt(lies.deed), lies.deed).index == lies.deed.index
    assert lies.look() == []


def test_older_version_served_as_latest(lies):
    for version in (1, 2):
        raw = lies.world.old_version_as_latest(lies.alice, version)
        assert lies.bundle_code(raw) == "map.root"
    # With a map that says so, too: then the map does not follow from the log.
    states = {lies.world._scid34(lies.alice): lies.world.log.state(lies.world._scid34(lies.alice), 3)}
    rolled_back = map_of(states)
    lies.server.entries.append(encode(Seal(lies.honest, rolled_back.root)))
    assert lies.look(lies.server.sign(), contract=None) == ["seal.map-root"]
    assert lies.judged() == ("seal.map-root", ("replay",))


def test_deactivation_concealed(lies):
    world = lies.world
    world.deactivate(lies.alice)
    world.publish()
    assert world.verify(world.bundle(lies.alice), lies.alice).document is None
    assert lies.bundle_code(world.old_version_as_latest(lies.alice, 3)) == "map.root"


def test_entry_omitted(lies):
    world = lies.world
    world.create("carol")
    lies.publish()
    entries = [*lies.server.entries]
    left_out = entries.pop(lies.honest)
    lies.serve_entries([*entries, entries[-1]])
    assert lies.look() == ["log.missing"]
    # An entry that never was in the log: its receipt, and the bundle of a state that only a map has.
    lost = world.log_evidence(b"\xd2" * 32)
    raw = world.receipt(lies.deed, note=world.notes[world.log.sealed_size])
    elsewhere = json.loads(raw)
    elsewhere["opening"] = lost.opening.to_json()
    with pytest.raises(DidError) as caught:
        world.verify_receipt(json.dumps(elsewhere).encode(), lost)
    assert caught.value.code == "entry.inclusion"
    assert left_out not in entries
    bundle = json.loads(world.bundle(lies.alice))
    moved = {"index": bundle["entry"]["index"], "path": bundle["entry"]["path"][::-1]}
    assert lies.bundle_code(changed(json.dumps(bundle), entry=moved)) == "entry.inclusion"


def test_did_denied_though_it_exists(lies):
    world = lies.world
    absent = json.loads(world.bundle(RegistryWorld().create("stranger")))
    bundle = json.loads(world.bundle(lies.alice))
    for name in ("history", "entry"):
        del bundle[name]
    denied = {**bundle, "map": absent["map"]}
    assert lies.bundle_code(json.dumps(denied).encode()) == "map.off-path"
    nothing = {**bundle, "map": encode_base64url(bytes((2, 0)))}
    assert lies.bundle_code(json.dumps(nothing).encode()) == "map.root"
    # The bundle about somebody else is no answer, and a map without her does not follow from the log.
    assert lies.bundle_code(json.dumps(absent).encode()) == "bundle.did"
    lies.server.entries.append(encode(Seal(lies.honest, bytes(32))))
    assert lies.look(lies.server.sign(), contract=None) == ["seal.map-root"]
    # What a map without her proves, it proves to nobody who replays: here it convinces the verifier alone.
    assert map_of({}).prove(map_key(world._scid34(lies.alice))) == bytes((2, 0))


def test_forked_log(lies):
    world = lies.world
    other = world.fork()
    carol = other.create("carol")
    paper = other.log_evidence(DIGEST)
    other.publish()
    while other.log.size < lies.honest:
        other.publish()
    assert other.log.size == lies.honest
    # Same size, another root: against the chain, against memory, against the monitor.
    assert lies.bundle_code(other.bundle(carol), carol) == "log.forked"
    seen = replace(
        world.expectations(level=Level.SEALED),
        known=((lies.honest, world.log.root(lies.honest)),),
        view=replace(world.expectations().view, heads=()),
    )
    assert lies.code_of(world.verify, other.bundle(carol), carol, seen) == "log.forked"
    assert lies.code_of(world.verify_receipt, other.receipt(paper), paper, seen) == "log.forked"
    assert lies.receipt_code(other.receipt(paper)) == "log.forked"
    assert lies.look(other.notes[other.log.size], contract=None) == ["log.forked"]
    assert lies.judged() == ("log.forked", ())
    # Below the chain's size a fork has no extension, and a borrowed one does not fit.
    small = world.fork()
    dave = small.create("dave")
    size = small.publish()
    assert lies.bundle_code(small.bundle(dave), dave) == "anchor.extension"
    view = replace(
        world.expectations().view,
        extensions={(size, lies.honest): world.log.consistency(size, lies.honest)},
    )
    borrowed = replace(world.expectations(), view=view)
    assert lies.code_of(world.verify, small.bundle(dave), dave, borrowed) == "anchor.extension"
    # Without chain and memory, colluding keys convince. That is what monitors and anchors are for.
    blind = replace(seen, known=())
    assert other.verify(other.bundle(carol), carol, blind).level is Level.SEALED


def test_forked_log_in_which_the_contract_believes(lies):
    """The contract holds another root than the log that is shown."""
    head = replace(lies.world.head, head=replace(lies.world.head.head, root=bytes(32)))
    assert lies.look(contract=head) == ["log.forked"]
    assert lies.judged() == ("log.forked", ("contract",))
    # A contract of the accuser's own convicts nobody.
    framed = lies.evidence()
    framed["chain"]["contract"] = "0x" + "99" * 20
    assert lies.code_of(lies.judged, framed) == "evidence.contract"


def test_rewritten_entry(lies):
    world = lies.world
    world.create("carol")
    lies.publish()
    entries = [*lies.server.entries]
    entries[lies.honest] = encode(Evidence(bytes(32)))
    lies.serve_entries(entries)
    assert lies.look() == ["log.rewritten"]
    # A history with other content, or with a content that its controller signed beside the logged one.
    bundle = json.loads(world.bundle(lies.alice))
    tampered = bundle["history"].replace("https://a.example", "https://mallory.example")
    assert lies.bundle_code(changed(json.dumps(bundle), history=tampered)) == "history.invalid"
    rival = world.rival_history(lies.alice, alsoKnownAs=["https://rival.example"])
    assert lies.bundle_code(changed(json.dumps(bundle), history=rival)) == "map.root"
    # A receipt for other content.
    receipt = json.loads(world.receipt(lies.deed))
    receipt["opening"]["salt"] = encode_base64url(bytes(32))
    assert lies.receipt_code(json.dumps(receipt).encode()) == "entry.inclusion"


def test_wrong_map_root(lies):
    world = lies.world
    other = world.fork()
    history = verify_history(lies.alice.lines[0].encode(), expected_did=None, witnesses=None, now=None)
    other.log.append(DidOperation(history.scid34, 1, history.latest.entry_hash34, deactivated=False))
    other.publish()
    assert lies.bundle_code(world.with_map_of(other, lies.alice)) == "seal.inclusion"
    head = replace(world.head, head=replace(world.head.head, map_root=bytes(32)))
    world.head = head
    assert lies.bundle_code(world.bundle(lies.alice)) == "log.forked"
    lies.server.entries.append(encode(Seal(lies.honest, bytes(32))))
    assert lies.look(lies.server.sign(), contract=None) == ["seal.map-root"]
    assert lies.judged() == ("seal.map-root", ("replay",))


def test_replayed_old_checkpoint(lies):
    world = lies.world
    size = 3
    old, receipt = world.bundle(lies.alice, size), world.receipt(lies.deed)
    # It says what it says: version 1, as of then. The age that is asked for decides.
    assert world.verify(old, lies.alice).version == 1
    world.clock += timedelta(hours=2)
    assert lies.bundle_code(old) == "age.exceeded"
    assert lies.receipt_code(receipt) == "age.exceeded"
    # A verifier that reads the contract and brings no extension does not count it either.
    without = replace(world.expectations().view, extensions={})
    asked = replace(world.expectations(max_age=None), view=without)
    assert lies.code_of(world.verify, old, lies.alice, asked) == "anchor.extension"
    assert lies.look(world.notes[size]) == ["log.rolled-back", "chain.ahead"]
    assert lies.state.size == lies.honest
    # A time cannot be touched without its signature.
    moved = world.notes[size].replace(world.notes[size][-30:-20], "A" * 10)
    assert lies.bundle_code(changed(old, checkpoint=moved)) == "checkpoint.cosignature"


def test_wrong_size(lies):
    world = lies.world
    for claimed in range(lies.honest + 4):
        if claimed != lies.honest:
            raw = world.with_wrong_size(lies.alice, claimed)
            assert lies.bundle_code(raw) == "seal.inclusion", claimed
    world.create("grace")
    size = world.log.size
    proof = world.log.prove_did(world._scid34(lies.alice), lies.honest)
    note = world.sign_anything(size, world.log.root(size))
    unsealed = replace(proof, seal_path=world.log.inclusion(size - 1, size))
    assert lies.bundle_code(world._raw(lies.alice, unsealed, note)) == "seal.inclusion"
    assert lies.look(note, contract=None) == ["log.unsealed"]
    assert lies.judged() == ("log.unsealed", ())


@pytest.mark.parametrize(
    ("claimed", "code"), [(4, "log.tile-root"), (7, "log.tile-root"), (12, "log.missing")]
)
def test_wrong_size_to_a_monitor(claimed, code):
    watched = Watched()
    watched.look()
    for name in ("carol", "dave", "erin"):
        watched.world.create(name)
        watched.publish()
    note = watched.world.sign_anything(claimed, watched.server.tree.root())
    assert watched.look(note, contract=None) == [code]


def test_wrong_size_of_a_receipt_never_reaches_the_chain(lies):
    """A receipt has no seal: a false size can fit its path and move the index. No contract holds it."""
    world, fits = lies.world, 0
    for claimed in range(1, lies.honest + 9):
        if claimed == lies.honest:
            continue
        note = world.sign_anything(claimed, world.log.root(lies.honest))
        code = lies.receipt_code(world.receipt(lies.deed, note=note), level=Level.ANCHORED)
        assert code in {"entry.inclusion", "anchor.extension", "anchor.behind"}, claimed
        fits += code != "entry.inclusion"
    assert fits


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"contract": "0x" + "0d" * 20}, "anchor.contract"),
        ({"log_id": b"\x0d" * 32}, "anchor.log-id"),
    ],
)
def test_other_contract(lies, change, code):
    anchored_elsewhere(lies, change, code)


def test_other_contract_at_the_same_address(lies):
    lies.world.head = replace(lies.world.head, code_hash=bytes(32))
    assert lies.bundle_code(lies.world.bundle(lies.alice), level=Level.SEALED) == "anchor.code"
    assert lies.receipt_code(lies.world.receipt(lies.deed), level=Level.SEALED) == "anchor.code"
    assert lies.look(contract=lies.world.head) == ["anchor.contract"]


def test_other_chain(lies):
    anchored_elsewhere(lies, {"chain": "eip155:1"}, "anchor.chain")


def anchored_elsewhere(lies, change, code):
    """An anchor elsewhere counts for nothing, and a node of elsewhere is not the one that is trusted."""
    world = lies.world
    world.chain = replace(CHAIN, **change)
    assert lies.bundle_code(world.bundle(lies.alice)) == code
    assert lies.receipt_code(world.receipt(lies.deed)) == code
    state = world.verify(world.bundle(lies.alice), lies.alice, world.expectations(level=Level.SEALED))
    assert (state.level, state.reasons) == (Level.SEALED, (code,))
    assert lies.look(contract=replace(world.head, **change)) == ["anchor.contract"]


def test_block_that_may_go_is_not_final(lies):
    lies.world.head = replace(lies.world.head, final=False)
    assert lies.bundle_code(lies.world.bundle(lies.alice)) == "anchor.not-final"
    assert lies.receipt_code(lies.world.receipt(lies.deed)) == "anchor.not-final"


def test_log_of_another_host(lies):
    """A policy may name several logs; each speaks for the DIDs of its own host."""
    other = RegistryWorld(origin="other.example/log")
    expectations = lies.world.expectations()
    policy = replace(expectations.policy, logs=(*expectations.policy.logs, other.log_signer.key))
    alice = other.create("alice")
    other.publish()
    both = replace(expectations, policy=policy)
    assert lies.code_of(lies.world.verify, other.bundle(alice), alice, both) == "checkpoint.origin"


def test_one_witness_for_two(lies):
    lies.world.witnesses[1:], kept = [], lies.world.expectations()
    lies.world.publish()
    raw = lies.world.bundle(lies.alice)
    assert lies.code_of(lies.world.verify, raw, lies.alice, kept) == "checkpoint.quorum"
