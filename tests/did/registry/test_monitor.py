"""A monitor against an operator who lies: each lie has its code, and evidence that a stranger can check."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from did.encoding import encode_base64url
from did.errors import DidError
from did.registry.entries import DidOperation, Evidence, Seal, encode
from did.registry.judging import EntryFact
from did.registry.judging import Evidence as Shown
from did.registry.monitorstate import MonitorState
from did.registry.statemap import DidState
from did.registry.tiles import encode_bundle
from tests.support.registry_world import RegistryWorld
from tests.support.watched import Watched


@pytest.fixture
def watched():
    watched = Watched()
    assert watched.look() == []
    return watched


def refused(watched, value):
    with pytest.raises(DidError) as caught:
        watched.judged(value)
    return caught.value.code


def test_an_honest_log_is_followed_over_tile_boundaries(watched):
    for round_ in range(5):
        for number in range(70):
            watched.world.log.append(Evidence(bytes((round_, number)).ljust(32, b"\x00")))
        watched.world.update(watched.alice, alsoKnownAs=[f"https://a{round_}.example"])
        watched.publish()
        assert watched.look() == []
        assert watched.last.entries == 72
    assert watched.state.size == watched.world.log.size == 363
    assert max(state.version for state in watched.state.states.values()) == 6
    assert watched.look() == []
    assert watched.last.entries == 0


def test_a_second_look_fetches_only_what_is_new(watched):
    for number in range(600):
        watched.world.log.append(Evidence(number.to_bytes(32, "big")))
    watched.publish()
    watched.look()
    watched.world.create("carol")
    watched.publish()
    watched.server.asked.clear()
    assert watched.look() == []
    assert [path for path in watched.server.asked if "entries" in path] == ["tile/entries/002.p/94"]


def test_a_rewritten_entry(watched):
    watched.world.create("carol")
    watched.publish()
    entries = [*watched.server.entries]
    entries[3] = encode(Evidence(bytes(32)))
    watched.server.instead["tile/entries/000.p/5"] = encode_bundle(entries)
    assert watched.look() == ["log.rewritten"]
    assert watched.state.size == 3
    assert refused(watched, watched.evidence()) == "evidence.testimony"
    watched.server.instead.clear()
    assert watched.look() == []  # it was served falsely, the log itself is whole


def test_an_omitted_entry(watched):
    watched.world.create("carol")
    watched.publish()
    entries = [*watched.server.entries]
    del entries[3]
    watched.server.instead["tile/entries/000.p/5"] = encode_bundle([*entries, entries[-1]])
    assert watched.look() == ["log.missing"]
    watched.server.instead["tile/entries/000.p/5"] = encode_bundle(entries)
    assert watched.look() == ["log.bundle"]
    watched.server.instead["tile/entries/000.p/5"] = None
    assert watched.look() == ["log.missing"]
    watched.server.instead = {"tile/0/000.p/5": None}
    assert watched.look() == ["log.missing"]


def test_a_forked_checkpoint_of_one_size(watched):
    other = Watched()
    other.server.entries[0] = encode(Evidence(bytes(32)))
    assert watched.look(other.server.sign(), contract=None) == ["log.forked"]
    assert watched.judged() == ("log.forked", ())
    assert watched.state.known[0][0] == "log.forked"
    assert watched.look() == []  # the fork stays known
    assert watched.state.known[0][0] == "log.forked"


@pytest.mark.parametrize("before", [3, 4, 5])
def test_a_checkpoint_that_does_not_extend_the_last(watched, before):
    for number in range(before - 3):
        watched.world.log.append(Evidence(bytes((number,) * 32)))
        watched.publish()
    size = watched.world.log.size
    watched.look()
    other = Watched()
    other.server.entries[0] = encode(Evidence(bytes(32)))
    for number in range(9):
        other.world.log.append(Evidence(number.to_bytes(32, "big")))
    other.publish()
    assert watched.look(other.server.sign(), server=other.server, contract=None) == ["log.forked"]
    assert watched.state.size == size
    assert watched.judged() == ("log.forked", ())
    value = watched.evidence()
    # Nobody is convicted by evidence that was bent.
    assert refused(watched, {**value, "origin": "other.example/log"}) == "evidence.origin"
    assert refused(watched, {**value, "notes": [value["notes"][0], watched.note]}) in {
        "evidence.fork",
        "checkpoint.malformed",
    }
    assert refused(watched, {**value, "fork": {**value["fork"], "path": []}}) == "evidence.fork"
    forged = value["notes"][1].replace("\n13\n", "\n11\n")
    assert refused(watched, {**value, "notes": [value["notes"][0], forged]}) in {
        "checkpoint.signature",
        "evidence.fork",
    }


def test_honest_notes_are_no_fork(watched):
    first = watched.note
    watched.world.create("carol")
    watched.publish()
    tree = watched.server.tree
    value = {
        "type": "AvowLogEvidence",
        "code": "log.forked",
        "detail": "",
        "origin": watched.state.origin,
        "notes": [first, watched.note],
    }
    for root in (tree.root(3), bytes(32)):
        fork = {
            "root": encode_base64url(root),
            "path": [encode_base64url(item) for item in tree.consistency(3, 5)],
        }
        assert refused(watched, {**value, "fork": fork}) == "evidence.fork"
    assert refused(watched, {**value, "notes": [first, first]}) == "evidence.fork"


def test_a_rolled_back_checkpoint(watched):
    old = watched.note
    watched.world.create("carol")
    watched.publish()
    watched.look()
    assert watched.look(old, contract=None) == ["log.rolled-back"]
    assert watched.state.size == 5
    assert refused(watched, watched.evidence()) == "evidence.testimony"
    assert watched.look(old) == ["log.rolled-back", "chain.ahead"]
    other = Watched()
    other.server.entries[0] = encode(Evidence(bytes(32)))
    assert watched.look(other.server.sign(), contract=None) == ["log.rolled-back", "log.forked"]


def test_a_wrong_map_root(watched):
    watched.world.create("carol")
    watched.server.entries.append(encode(Seal(4, bytes(32))))
    assert watched.look(watched.server.sign(), contract=None) == ["seal.map-root"]
    assert watched.judged() == ("seal.map-root", ("replay",))
    assert watched.state.size == 5
    assert watched.state.known[0][0] == "seal.map-root"


def test_a_seal_with_a_false_index(watched):
    watched.server.entries.append(encode(Seal(7, watched.world.log.map_root(3))))
    assert watched.look(watched.server.sign(), contract=None) == ["seal.index"]
    assert watched.judged() == ("seal.index", ())


def test_a_signed_size_without_a_seal(watched):
    watched.world.create("carol")
    assert watched.look(watched.server.sign(), contract=None) == ["log.unsealed"]
    assert watched.judged() == ("log.unsealed", ())
    value = watched.evidence()
    assert refused(watched, {**value, "code": "seal.index"}) == "evidence.entry"
    assert refused(watched, {**value, "entry": {**value["entry"], "index": 2}}) == "evidence.entry"
    invented = {**value["entry"], "entry": encode_base64url(b"nonsense")}
    assert refused(watched, {**value, "entry": invented}) == "evidence.entry"


def test_an_empty_log_that_is_signed(watched):
    for state in (watched.state, MonitorState(watched.state.origin, 5)):
        watched.state = state
        assert watched.look(watched.world.sign_anything(0, bytes(32)), contract=None) == ["log.unsealed"]
        assert watched.judged() == ("log.unsealed", ())
        assert watched.state.size == state.size


def test_an_entry_of_a_later_kind_convicts_nobody(watched):
    watched.server.entries += [b"avow-entry/1\n\x90new", encode(Seal(4, watched.world.log.map_root(3)))]
    tree = watched.server.tree
    shown = Shown(
        notes=(watched.server.sign(),),
        entry=EntryFact(3, watched.server.entries[3], tree.inclusion(3)),
    )
    value = shown.to_json(code="entry.kind", detail="", origin=watched.state.origin)
    assert refused(watched, value) == "evidence.entry"


@pytest.mark.parametrize(
    "change",
    [
        {"notes": []},
        {"notes": ["x"] * 3},
        {"notes": [5]},
        {"notes": "x"},
        {"code": 5},
        {"type": "x"},
        {"chain": {}},
        {"chain": []},
        {"fork": 5},
        {"fork": {"root": "=", "path": []}},
        {"fork": {"root": "AA", "path": []}},
        {"fork": {"root": "A" * 43, "path": ["!"]}},
        {"chain": {"root": "0xZZ"}},
        {"chain": {"size": -1}},
        {"chain": {"size": True}},
    ],
    ids=str,
)
def test_evidence_of_any_form_has_codes_of_ours(watched, change):
    watched.look(contract=head_of(watched, root=bytes(32)))
    value = watched.evidence()
    assert watched.judged(value) == ("log.forked", ("contract",))
    if isinstance(change.get("chain"), dict) and change["chain"]:
        change = {"chain": {**value["chain"], **change["chain"]}}
    if "fork" in change:
        watched.world.create("carol")
        watched.publish()
        value["notes"] = [watched.note]
    area, _, fault = refused(watched, {**value, **change}).partition(".")
    assert (area, fault) in {
        ("evidence", "malformed"),
        ("evidence", "contract"),
        ("checkpoint", "malformed"),
    }


def test_honest_seals_and_entries_convict_nobody(watched):
    tree = watched.server.tree
    for index, raw in enumerate(watched.server.entries):
        shown = Shown(notes=(watched.note,), entry=EntryFact(index, raw, tree.inclusion(index)))
        for code in ("seal.index", "log.unsealed", "entry.kind", "entry.version", "log.rewritten"):
            value = shown.to_json(code=code, detail="", origin=watched.state.origin)
            assert refused(watched, value) == "evidence.entry"


@pytest.mark.parametrize("claimed", [4, 6, 7, 300])
def test_a_wrong_size(watched, claimed):
    watched.world.create("carol")
    watched.publish()
    note = watched.world.sign_anything(claimed, watched.server.tree.root())
    assert watched.look(note, contract=None) == ["log.tile-root" if claimed < 5 else "log.missing"]
    assert watched.state.size == 3


def test_tiles_that_do_not_lead_to_the_root(watched):
    for number in range(300):
        watched.world.log.append(Evidence(number.to_bytes(32, "big")))
    watched.publish()
    tile = bytearray(watched.server.tree.nodes(0, 0, 256))
    tile[0] ^= 1
    watched.server.instead["tile/0/000"] = bytes(tile)
    assert watched.look(contract=None) == ["log.tile-hash"]
    watched.server.instead["tile/0/000"] = bytes(tile[:-1])
    assert watched.look(contract=None) == ["log.tile"]


@pytest.mark.parametrize(
    ("entry", "code", "rests_on"),
    [
        (b"nonsense", "entry.prefix", ()),
        (b"avow-entry/1\n\x02" + bytes(31), "entry.length", ()),
        (bytes(300), "entry.length", ()),
        (
            encode(DidOperation(b"\x12\x20" + bytes(32), 2, b"\x12\x20" + bytes(32), False)),
            "entry.order",
            ("replay",),
        ),
    ],
)
def test_entries_without_effect(watched, entry, code, rests_on):
    watched.server.entries += [entry, encode(Seal(4, watched.world.log.map_root(3)))]
    assert watched.look(watched.server.sign(), contract=None) == [code]
    assert watched.judged() == (code, rests_on)
    assert watched.state.size == 5


def test_an_unknown_kind_stops_the_monitor_and_an_inert_one_does_not(watched):
    watched.server.entries += [b"avow-entry/1\n\x90new", encode(Seal(4, watched.world.log.map_root(3)))]
    assert watched.look(watched.server.sign(), contract=None) == []
    watched.server.entries += [b"avow-entry/1\n\x05new", encode(Seal(6, watched.world.log.map_root(3)))]
    assert watched.look(watched.server.sign(), contract=None) == ["monitor.unknown-kind"]
    assert watched.state.size == 5


def test_what_nobody_signed_convicts_nobody(watched):
    stranger = RegistryWorld()
    stranger.log_signer = type(stranger.log_signer)(stranger.log.origin, stranger.witnesses[0]._signer)
    stranger.create("x")
    stranger.publish()
    with pytest.raises(DidError) as caught:
        watched.look(stranger.notes[2])
    assert caught.value.code in {"checkpoint.unsigned", "checkpoint.signature"}


def head_of(watched, **changes):
    observed = watched.world.head
    return replace(observed, head=replace(observed.head, **changes))


def test_a_contract_with_another_root(watched):
    assert watched.look(contract=head_of(watched, root=bytes(32))) == ["log.forked"]
    assert watched.judged() == ("log.forked", ("contract",))
    older = head_of(watched, root=bytes(32))
    watched.world.create("carol")
    watched.publish()
    assert watched.look(contract=older) == ["log.forked"]
    assert watched.judged() == ("log.forked", ("contract",))


def test_a_contract_that_lags_behind_is_fine(watched):
    older = watched.world.head
    watched.world.create("carol")
    watched.publish()
    assert watched.look(contract=older) == []


def test_a_contract_that_holds_more_than_is_shown(watched):
    assert watched.look(contract=head_of(watched, size=9)) == ["chain.ahead"]


def test_a_stale_anchor(watched):
    assert watched.look(now=watched.world.now + 100, max_age=100) == []
    assert watched.look(now=watched.world.now + 101, max_age=100) == ["anchor.stale"]
    never = head_of(watched, size=0, time=0, root=bytes(32))
    assert watched.look(contract=never, max_age=100) == []
    assert watched.look(contract=never, now=watched.state.since + 101, max_age=100) == ["anchor.stale"]


@pytest.mark.parametrize("name", ["chain", "contract", "log_id", "code_hash"])
def test_another_contract_than_the_trusted_one(watched, name):
    other = {"chain": "eip155:5", "contract": "0x" + "99" * 20}.get(name, bytes(32))
    assert watched.look(contract=replace(watched.world.head, **{name: other})) == ["anchor.contract"]


@given(
    st.dictionaries(
        st.binary(min_size=34, max_size=34),
        st.builds(
            DidState,
            st.integers(1, 2**53 - 1),
            st.binary(min_size=34, max_size=34),
            st.integers(0, 2**53 - 1),
            st.booleans(),
        ),
        max_size=4,
    )
)
def test_every_state_reads_back(states):
    state = MonitorState("x/log", 5, states=states, known=(("log.forked", "so"),))
    assert MonitorState.parse(json.loads(json.dumps(state.to_json()))) == state


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Other"},
        {"size": -1},
        {"size": "1"},
        {"root": "AA"},
        {"root": None},
        {"states": ["AA"]},
        {"states": [5]},
        {"findings": ["x"]},
        {"more": 1},
        {"origin": "a b"},
    ],
    ids=str,
)
def test_another_file_is_no_state(change):
    with pytest.raises(DidError) as caught:
        MonitorState.parse({**MonitorState("x/log", 5).to_json(), **change})
    assert caught.value.code == "monitor.state"
