"""Bundles: the six good ones, the forty broken ones with their codes, rebuilt from the log, and mutated."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from did import jcs
from did.encoding import decode_base64url, decode_multihash34
from did.errors import DidError
from did.registry.bundle import (
    AnchorClaim,
    Level,
    StateProof,
    build_bundle,
    cut_history,
    default_origin,
    parse_bundle,
    verify_bundle,
)
from tests.support import vectors
from tests.support.memory_log import MemoryLog
from tests.support.registry_inputs import expectations_of


def code_of(call, *arguments, **keywords) -> str:
    with pytest.raises(DidError) as caught:
        call(*arguments, **keywords)
    return caught.value.code


GOOD = "bundle.json"


def good_cases():
    return vectors.load("registry", GOOD)


def inputs_of(case):
    inputs = {**good_cases()["inputs"], **case["inputs"]}
    return inputs["expectedDid"], expectations_of(inputs)


def stored_log() -> MemoryLog:
    entries = vectors.load("registry", "entries.json")["entries"]
    return MemoryLog.of("registry.example/log", [bytes.fromhex(entry["entry"]) for entry in entries])


def test_the_good_bundles_verify_as_expected():
    cases = good_cases()["bundles"]
    assert len(cases) == 6
    for case in cases:
        did, expectations = inputs_of(case)
        state = verify_bundle(case["bundle"].encode(), expected_did=did, expectations=expectations)
        expected = case["expected"]
        assert {
            "level": state.level.label,
            "version": state.version,
            "deactivated": state.deactivated,
            "size": state.size,
            "asOf": state.as_of,
            "cosigners": list(state.witnesses),
        } == expected, case["name"]
        assert state.did == did
        assert (state.document is not None) == (state.deactivated is False)
        if state.document is not None:
            assert state.document["id"] == did
        assert state.only_local_chains == (state.level is not Level.SEALED)
        assert state.reasons == ()


def test_every_broken_bundle_is_refused_with_its_code():
    cases = vectors.load("registry", "bundle-broken.json")["bundles"]
    assert len(cases) == 40
    for case in cases:
        did, expectations = inputs_of(case)
        code = code_of(verify_bundle, case["bundle"].encode(), expected_did=did, expectations=expectations)
        assert code == case["code"], case["name"]


def test_the_bundles_of_the_vectors_are_built_byte_for_byte():
    log = stored_log()
    for case in good_cases()["bundles"]:
        given_ = json.loads(case["bundle"])
        parsed = parse_bundle(case["bundle"].encode())
        size = int(given_["checkpoint"].split("\n")[1])
        scid34 = decode_multihash34(given_["did"].split(":")[2])
        built = build_bundle(
            did=given_["did"],
            checkpoint=given_["checkpoint"],
            proof=log.prove_did(scid34, size),
            history=given_.get("history"),
            anchors=parsed.anchors,
        )
        assert jcs.canonicalize(built).decode() == case["bundle"], case["name"]


def first_case():
    case = good_cases()["bundles"][0]
    return (case["bundle"], *inputs_of(case))


def test_a_history_is_cut_after_the_version_proven():
    bundle, _, _ = first_case()
    history = json.loads(bundle)["history"]
    first = history.split("\n")[0] + "\n"
    assert cut_history(history, 2) == history
    assert cut_history(history, 1) == first
    assert cut_history(history.rstrip("\n"), 2) == history
    assert code_of(cut_history, history, 3) == "bundle.malformed"
    assert code_of(cut_history, history.rstrip("\n"), 3) == "bundle.malformed"
    log = stored_log()
    alice = decode_multihash34(json.loads(bundle)["did"].split(":")[2])
    built = build_bundle(did="x", checkpoint="x", proof=log.prove_did(alice, 4), history=history)
    assert built["history"] == first
    proof = log.prove_did(alice, 4)
    assert code_of(build_bundle, did="x", checkpoint="x", proof=proof, history=None) == "bundle.malformed"


@pytest.mark.parametrize(
    ("did", "origin"),
    [
        (
            "did:webvh:QmQUCeXakNiduPKwGMAjJmTcdVzBpVQ2xtVZpu6sipwwGy:registry.example:dids:alice",
            "registry.example/log",
        ),
        (
            "did:webvh:QmQUCeXakNiduPKwGMAjJmTcdVzBpVQ2xtVZpu6sipwwGy:localhost%3A8000:dids:a",
            "localhost:8000/log",
        ),
        ("did:webvh:QmQUCeXakNiduPKwGMAjJmTcdVzBpVQ2xtVZpu6sipwwGy", None),
        ("did:web:registry.example", None),
        ("did:webvh:QmQUCeXakNiduPKwGMAjJmTcdVzBpVQ2xtVZpu6sipwwGy:a%2Fb", None),
    ],
)
def test_the_log_of_a_did_is_that_of_its_host(did, origin):
    if origin is None:
        assert code_of(default_origin, did) == "bundle.did"
    else:
        assert default_origin(did) == origin


# What the vectors leave open, step by step.


def test_the_size_cap_and_the_decoding_come_first():
    _, did, expectations = first_case()

    def refuse(raw):
        return code_of(verify_bundle, raw, expected_did=did, expectations=expectations)

    assert refuse(b" " * (8 * 1024 * 1024 + 1)) == "bundle.too-large"
    for raw in (b"", b"[]", b"null", b'{"a":1', b"\xff", b'{"type":"AvowRegistryProof"}'):
        assert refuse(raw) == "bundle.malformed"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("type", 1),
        ("version", True),
        ("version", 1.0),
        ("version", "1"),
        ("did", None),
        ("did", "x" * 2049),
        ("history", None),
        ("history", "x" * (4 * 1024 * 1024 + 1)),
        ("history", "é" * (2 * 1024 * 1024 + 1)),
        ("witnesses", ["x"]),
        ("checkpoint", "x" * (64 * 1024 + 1)),
        ("seal", "x"),
        ("seal", {"mapRoot": "AAAA", "path": []}),
        ("seal", {"mapRoot": "A" * 43}),
        ("seal", {"mapRoot": "A" * 43, "path": [], "x": 1}),
        ("seal", {"mapRoot": "A" * 43, "path": ["A" * 43] * 65}),
        ("seal", {"mapRoot": "A" * 43, "path": ["A" * 42]}),
        ("seal", {"mapRoot": "A" * 43, "path": [1]}),
        ("seal", {"mapRoot": "A" * 42 + "B", "path": []}),  # not canonical
        ("map", "A" * 12_001),
        ("map", "=="),
        ("entry", {"index": -1, "path": []}),
        ("entry", {"index": 2**53, "path": []}),
        ("entry", {"index": True, "path": []}),
        ("entry", {"index": 0, "path": {}}),
        ("anchors", {}),
        ("anchors", ["x"]),
        ("anchors", [{"chain": "eip155:1"}]),
    ],
)
def test_members_have_their_exact_types(member, value):
    bundle, did, expectations = first_case()
    raw = json.dumps({**json.loads(bundle), member: value}, ensure_ascii=False).encode()
    assert code_of(verify_bundle, raw, expected_did=did, expectations=expectations) == "bundle.malformed"


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("chain", "eip155:01"),
        ("chain", "eip155:0"),
        ("chain", "eip155:٣"),
        ("chain", "solana:1"),
        ("contract", "0x" + "A" * 40),
        ("contract", "0x" + "a" * 39),
        ("contract", "a" * 42),
        ("logId", "0x" + "a" * 62),
        ("block", {"number": 1}),
        ("block", {"number": "1", "hash": "0x" + "a" * 64}),
        ("block", {"number": 1, "hash": "0x" + "a" * 64, "time": 5}),
        ("more", 1),
        ("state", None),
        ("state", {"header": "", "account": [], "storage": [], "code": ""}),
        ("state", {"header": "", "account": [""] * 65, "storage": []}),
        ("state", {"header": "", "account": ["A" * 5464], "storage": []}),
        ("state", {"header": "", "account": [], "storage": ["x"]}),
        ("state", {"header": "", "account": [], "storage": [[""] * 65]}),
        ("state", {"header": "", "account": []}),
    ],
)
def test_anchors_have_their_exact_types(change, value):
    bundle, did, expectations = first_case()
    value_ = json.loads(bundle)
    value_["anchors"][0][change] = value
    code = code_of(verify_bundle, json.dumps(value_).encode(), expected_did=did, expectations=expectations)
    assert code == "bundle.malformed"


def test_a_history_is_capped_in_bytes():
    bundle, did, expectations = first_case()
    for history in ("x" * (2 * 1024 * 1024), "é" * (2 * 1024 * 1024)):
        raw = json.dumps({**json.loads(bundle), "history": history}, ensure_ascii=False).encode()
        assert code_of(verify_bundle, raw, expected_did=did, expectations=expectations) == "history.invalid"


def test_a_bundle_need_not_be_canonical_json():
    bundle, did, expectations = first_case()
    raw = json.dumps(json.loads(bundle), indent=3).encode()
    assert verify_bundle(raw, expected_did=did, expectations=expectations).version == 2


def test_a_did_that_is_no_webvh_is_refused_before_anything_is_verified():
    bundle, _, expectations = first_case()
    for did in ("did:web:registry.example", "did:webvh:nonsense:registry.example", "x"):
        raw = json.dumps({**json.loads(bundle), "did": did, "checkpoint": "x"}).encode()
        assert code_of(verify_bundle, raw, expected_did=did, expectations=expectations) == "bundle.did"


def with_view(expectations, **changes):
    return replace(expectations, view=replace(expectations.view, **changes))


def with_head(expectations, **changes):
    observed = expectations.view.heads[0]
    outer = {name: changes.pop(name) for name in ("final", "code_hash") if name in changes}
    head = replace(observed.head, **changes)
    return with_view(expectations, heads=(replace(observed, head=head, **outer),))


def require(expectations, **changes):
    return replace(expectations, require=replace(expectations.require, **changes))


class TestAnchors:
    """Step 10, beyond the vectors."""

    def verify(self, expectations, bundle=None):
        case, did, _ = first_case()
        return verify_bundle((bundle or case).encode(), expected_did=did, expectations=expectations)

    def test_without_a_head_an_anchor_is_no_help_and_says_so(self):
        _, _, expectations = first_case()
        blind = with_view(expectations, heads=())
        assert code_of(self.verify, blind) == "anchor.unverified"
        state = self.verify(require(blind, level=Level.SEALED))
        assert (state.level, state.reasons, state.chains) == (Level.SEALED, ("anchor.unverified",), ())

    def test_a_head_that_is_not_final_anchors(self):
        _, _, expectations = first_case()
        state = self.verify(require(with_head(expectations, final=False), level=Level.ANCHORED))
        assert (state.level, state.reasons) == (Level.ANCHORED, ())

    def test_another_map_root_at_the_same_size_is_a_fork(self):
        _, _, expectations = first_case()
        assert code_of(self.verify, with_head(expectations, map_root=bytes(32))) == "log.forked"
        assert code_of(self.verify, with_head(expectations, root=bytes(32))) == "log.forked"
        lenient = require(with_head(expectations, map_root=bytes(32)), level=Level.SEALED)
        assert code_of(self.verify, lenient) == "log.forked"

    def test_other_code_is_refused_even_where_no_anchor_is_asked_for(self):
        _, _, expectations = first_case()
        lenient = require(with_head(expectations, code_hash=bytes(32)), level=Level.SEALED)
        assert code_of(self.verify, lenient) == "anchor.code"

    def test_a_shorter_chain_is_behind_and_a_path_that_is_given_must_hold(self):
        _, _, expectations = first_case()
        log = stored_log()
        shorter = with_head(expectations, size=8, root=log.root(8), map_root=log.map_root(8), time=7)
        assert code_of(self.verify, shorter) == "anchor.behind"
        sealed = require(shorter, level=Level.SEALED)
        assert self.verify(sealed).reasons == ("anchor.behind",)
        good = with_view(sealed, extensions={(8, 16): log.consistency(8, 16)})
        # The time of a head at another size is no time of this checkpoint.
        assert self.verify(good).as_of == 1_800_000_006
        bad = with_view(sealed, extensions={(8, 16): (bytes(32),)})
        assert code_of(self.verify, bad) == "anchor.extension"
        unopened = with_head(sealed, size=0, root=bytes(32), map_root=bytes(32))
        assert self.verify(unopened).reasons == ("anchor.behind",)

    def test_an_anchor_twice_is_one_anchor_and_any_final_one_is_enough(self):
        bundle, _, expectations = first_case()
        value = json.loads(bundle)
        value["anchors"] *= 2
        state = self.verify(expectations, json.dumps(value))
        assert len(state.chains) == 1
        elsewhere = {**value["anchors"][0], "chain": "eip155:1"}
        value["anchors"] = [elsewhere, value["anchors"][0]]
        state = self.verify(expectations, json.dumps(value))
        assert (state.level, state.reasons) == (Level.FINAL, ("anchor.chain",))

    def test_a_block_that_is_not_trusted_on_that_chain_is_refused(self):
        case = good_cases()["bundles"][1]
        did, expectations = inputs_of(case)
        block = expectations.view.trusted_blocks[0]
        for other in (replace(block, chain="eip155:1"), replace(block, hash=bytes(32))):
            view = with_view(expectations, trusted_blocks=(other,))
            code = code_of(verify_bundle, case["bundle"].encode(), expected_did=did, expectations=view)
            assert code == "anchor.block"
        unsure = with_view(expectations, trusted_blocks=(replace(block, final=False),))
        code = code_of(verify_bundle, case["bundle"].encode(), expected_did=did, expectations=unsure)
        assert code == "anchor.not-final"

    def test_nothing_is_anchored_without_anchors(self):
        case = good_cases()["bundles"][5]
        did, expectations = inputs_of(case)
        raised = require(expectations, level=Level.ANCHORED)
        code = code_of(verify_bundle, case["bundle"].encode(), expected_did=did, expectations=raised)
        assert code == "anchor.missing"


class TestAge:
    """Step 12, at its edges."""

    def verify(self, now, **changes):
        bundle, did, expectations = first_case()
        expectations = replace(require(expectations, **changes), now=now)
        return verify_bundle(bundle.encode(), expected_did=did, expectations=expectations)

    def test_the_edges_of_age_and_future(self):
        as_of = 1_800_000_006
        assert self.verify(as_of + 86_400).as_of == as_of
        assert code_of(self.verify, as_of + 86_401) == "age.exceeded"
        assert self.verify(as_of - 60).as_of == as_of
        assert code_of(self.verify, as_of - 61) == "age.future"
        assert code_of(self.verify, as_of - 61, max_age=None) == "age.future"
        assert self.verify(as_of + 10**9, max_age=None).as_of == as_of

    def test_the_newest_of_chain_and_quorum_counts(self):
        bundle, did, expectations = first_case()
        later = with_head(expectations, time=1_800_000_100)
        assert verify_bundle(bundle.encode(), expected_did=did, expectations=later).as_of == 1_800_000_100
        future = with_head(expectations, time=expectations.now + 61)
        code = code_of(verify_bundle, bundle.encode(), expected_did=did, expectations=future)
        assert code == "age.future"


def places(value, path=()):
    """Every place in a JSON value with what stands there."""
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from places(item, (*path, name))


def spoiled(node, rng):
    """What may stand there instead; None removes it."""
    yield from (None, 7, "x", {}, [])
    if isinstance(node, list):
        yield [*node, *node[:1]]
        yield node[::-1]
    if isinstance(node, int):
        yield from (node + 1, -node)
    if isinstance(node, str):
        for _ in range(12):
            at = rng.randrange(len(node))
            yield node[:at] + rng.choice("AQgwx0\n ") + node[at + 1 :]


def with_change(value, path, change):
    if not path:
        return change
    copied = json.loads(json.dumps(value))
    parent = copied
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = change
    if change is None:
        del parent[path[-1]]
    return copied


def same_answer(state, bundle):
    """A bundle that was altered and still verifies says the same."""
    return (state.version, state.deactivated, state.size) == bundle


def test_no_altered_member_changes_the_answer():
    rng = random.Random(83)
    case = good_cases()["bundles"][1]
    did, expectations = inputs_of(case)
    value = json.loads(case["bundle"])
    accepted, tried = set(), 0
    for path, node in places(value):
        for change in spoiled(node, rng):
            raw = json.dumps(with_change(value, path, change)).encode()
            if change == node and type(change) is type(node):
                continue
            tried += 1
            try:
                state = verify_bundle(raw, expected_did=did, expectations=expectations)
            except DidError:
                continue
            assert same_answer(state, (2, False, 16))
            accepted.add(path)
    assert tried > 550
    # The hint of the block's hash; nodes of a state proof, which are looked up by hash, in another order or
    # twice; a witness line that became one of a stranger, with the quorum still met.
    nodes = ("anchors", 0, "state")
    for path in accepted:
        assert path in {("checkpoint",), ("anchors",), ("anchors", 0, "block", "hash")} or path[:3] == nodes


@given(
    st.binary(max_size=120)
    | st.dictionaries(
        st.sampled_from(["type", "version", "did", "seal", "map"]), st.integers() | st.text(max_size=9)
    ).map(lambda value: json.dumps(value).encode())
)
@settings(max_examples=150)
def test_noise_is_malformed(raw):
    assert code_of(parse_bundle, raw) == "bundle.malformed"


@given(st.integers(0, 10**6))
@settings(max_examples=150, deadline=None)
def test_no_flipped_bit_changes_the_answer(seed):
    rng = random.Random(seed)
    bundle, did, expectations = first_case()
    raw = bytearray(bundle.encode())
    raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    try:
        state = verify_bundle(bytes(raw), expected_did=did, expectations=expectations)
    except DidError:
        return
    assert same_answer(state, (2, False, 16))


def test_claims_are_written_as_they_are_read():
    case = json.loads(good_cases()["bundles"][1]["bundle"])
    claim = parse_bundle(json.dumps(case).encode()).anchors[0]
    assert claim.to_json() == case["anchors"][0]
    assert claim.state is not None
    assert claim.state.header == decode_base64url(case["anchors"][0]["state"]["header"])
    bare = AnchorClaim(
        chain="eip155:1",
        contract="0x" + "0a" * 20,
        log_id=bytes(32),
        block_number=3,
        block_hash=bytes(32),
        state=StateProof(b"", (), ()),
    )
    assert set(bare.to_json()) == {"chain", "contract", "logId", "block", "state"}
