"""Checks against a node of one's own: which head counts, what is final, who speaks for a DID."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.client.chain_reading import Node
from api.client.checking import Grounds, check_bundle, check_receipt
from api.client.failures import OUR_ERRORS, UnreachableError
from did import jcs
from did.chain import ChainKind
from did.chain.abi import artefact, keccak
from did.chain.network.finality import Finality
from did.registry.bundle import Level, TrustedChain, TrustedRoot
from did.registry.policy import parse_policy
from tests.support.registry_world import CHAIN, ORIGIN, RegistryWorld
from tests.vectors.registry import scene as vector_scene

CODE = b"\x60\x00"
DIGEST = b"\xd1" * 32


class FakeNode:
    """A chain of 100 blocks; `heads` are (block, head) as the contract has them from then on."""

    def __init__(self, world):
        self.heads = [(0, (0, 0, 0, 0, bytes(32), bytes(32)))]
        self.chain, self.code, self.newest, self.finalized = 31337, CODE, 100, 90
        self.asked = []
        self.world = world

    def anchor(self, block):
        head = self.world.head.head
        self.heads.append((block, (head.size, head.sequence, block, head.time, head.root, head.map_root)))

    def block(self, name):
        number = {"latest": self.newest, "finalized": self.finalized}.get(name)
        number = int(name, 16) if number is None else number
        return {"number": hex(number), "hash": "0x" + number.to_bytes(32, "big").hex()}

    def __call__(self, method, params):
        self.asked.append(method)
        if method == "eth_chainId":
            return hex(self.chain)
        if method == "eth_blockNumber":
            return hex(self.newest)
        if method == "eth_getCode":
            return "0x" + self.code.hex()
        if method == "eth_getBlockByNumber":
            if params[0] == "finalized" and self.finalized is None:
                raise UnreachableError("service.answer", "no such tag")
            return self.block(params[0])
        at = int(params[1], 16)
        values = [head for block, head in self.heads if block <= at][-1]
        return "0x" + b"".join(v if isinstance(v, bytes) else v.to_bytes(32, "big") for v in values).hex()


class Scene:
    def __init__(self, kind):
        self.world = RegistryWorld()
        self.node = FakeNode(self.world)
        self.alice = self.world.create("alice")
        self.deed = self.world.log_evidence(DIGEST)
        self.world.publish()
        self.chain = replace(CHAIN, code_hash=keccak(CODE), kind=kind)

    def grounds(self, **changes):
        policy = self.world.expectations().policy
        base = Grounds(
            origin=self.world.log.origin,
            stated_origin=None,
            policy=policy,
            root=None,
            chains=(self.chain,),
            level=Level.SEALED,
            max_age=None,
            cosigned=False,
            now=self.world.now,
        )
        return replace(base, **changes)

    def check(self, finality=None, **changes):
        rule = None if finality is None else Finality.parse(finality)
        return check_bundle(
            self.world.bundle(self.alice),
            expected_did=self.alice.did,
            grounds=self.grounds(**changes),
            node=Node(self.node, rule),
        )

    def level(self, *arguments, **changes):
        found = self.check(*arguments, **changes)
        return found.level.label, found.reasons


def code_of(call, *arguments, **keywords):
    with pytest.raises(OUR_ERRORS) as caught:
        call(*arguments, **keywords)
    return caught.value.code


@pytest.mark.parametrize(
    ("kind", "block", "finality", "level"),
    [
        (ChainKind.LOCAL, 100, None, "final"),
        (ChainKind.PUBLIC, 90, None, "final"),
        (ChainKind.PUBLIC, 91, None, "anchored"),
        (ChainKind.PUBLIC, 100, "0", "final"),
        (ChainKind.PUBLIC, 95, "5", "final"),
        (ChainKind.PUBLIC, 96, "5", "anchored"),
        (ChainKind.PUBLIC, 1, "101", "anchored"),
        (ChainKind.CONSORTIUM, 1, None, "anchored"),
        (ChainKind.CONSORTIUM, 100, "0", "final"),
        (ChainKind.CONSORTIUM, 90, "finalized", "final"),
    ],
)
def test_what_is_final_follows_from_the_kind_or_the_rule(kind, block, finality, level):
    scene = Scene(kind)
    scene.node.anchor(block)
    assert scene.level(finality)[0] == level


def test_a_node_without_the_tag_finalizes_nothing():
    scene = Scene(ChainKind.PUBLIC)
    scene.node.anchor(1)
    scene.node.finalized = None
    assert scene.level()[0] == "anchored"
    assert code_of(scene.check, level=Level.FINAL) == "anchor.not-final"


def test_a_head_that_moved_on_is_no_help_and_no_harm():
    scene = Scene(ChainKind.PUBLIC)
    scene.node.anchor(80)
    raw = scene.world.bundle(scene.alice)
    scene.world.publish()
    scene.node.anchor(95)
    both = {"expected_did": scene.alice.did, "node": Node(scene.node)}
    # At the finalized block the contract still held the size of the bundle.
    assert check_bundle(raw, grounds=scene.grounds(), **both).level is Level.FINAL
    scene.node.finalized = 96
    assert check_bundle(raw, grounds=scene.grounds(), **both).reasons == ("anchor.extension",)
    anchored = scene.grounds(level=Level.ANCHORED)
    assert code_of(check_bundle, raw, grounds=anchored, **both) == "anchor.extension"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"chain": 1}, "anchor.chain"),
        ({"code": b"\x60\x01"}, "anchor.code"),
        ({"code": b""}, "anchor.code"),
    ],
)
def test_a_node_of_elsewhere(change, code):
    scene = Scene(ChainKind.PUBLIC)
    scene.node.anchor(1)
    for name, value in change.items():
        setattr(scene.node, name, value)
    assert code_of(scene.check) == code


def test_a_bundle_that_hides_its_anchor_is_held_against_the_contract():
    scene = Scene(ChainKind.PUBLIC)
    scene.node.anchor(1)
    other = scene.world.fork()
    rival = other.create("alice")
    other.log_evidence(b"\xd2" * 32)
    other.publish()
    assert other.log.size == scene.world.log.size
    for anchored in (True, False):
        raw = other.bundle(rival, anchored=anchored)
        given = {"expected_did": rival.did, "grounds": scene.grounds(), "node": Node(scene.node)}
        assert code_of(check_bundle, raw, **given) == "log.forked"
    hidden = scene.world.bundle(scene.alice, anchored=False)
    given = {"expected_did": scene.alice.did, "node": Node(scene.node)}
    assert check_bundle(hidden, grounds=scene.grounds(), **given).level is Level.SEALED
    anchored = scene.grounds(level=Level.ANCHORED)
    assert code_of(check_bundle, hidden, grounds=anchored, **given) == "anchor.missing"


def test_only_chains_of_the_node_are_asked_for():
    scene = Scene(ChainKind.PUBLIC)
    scene.node.anchor(1)
    elsewhere = replace(scene.chain, chain="eip155:1", contract="0x" + "0d" * 20)
    assert scene.level(chains=(elsewhere, scene.chain))[0] == "final"
    assert code_of(scene.check, chains=()) == "anchor.chain"


def test_what_does_not_hold_by_itself_is_not_worth_a_question():
    scene = Scene(ChainKind.PUBLIC)
    raw = scene.world.bundle(scene.alice, seal={"mapRoot": "A" * 43, "path": []})
    given = {"expected_did": scene.alice.did, "grounds": scene.grounds(), "node": Node(scene.node)}
    assert code_of(check_bundle, raw, **given) == "seal.inclusion"
    assert scene.node.asked == []


def test_a_root_is_held_against_policy_and_chain():
    scene = Scene(ChainKind.PUBLIC)
    scene.node.anchor(1)
    size = scene.world.log.size
    root = TrustedRoot(size, scene.world.log.root(size))
    assert scene.level(root=root)[0] == "final"
    assert scene.level(root=root, policy=None, level=Level.ROOT)[0] == "final"
    other = TrustedRoot(size, bytes(32))
    assert code_of(scene.check, root=other) == "log.forked"
    assert code_of(scene.check, root=other, policy=None) == "root.differs"
    assert code_of(scene.check, root=TrustedRoot(1, bytes(32))) == "root.size"
    assert code_of(scene.check, root=TrustedRoot(1, bytes(32)), policy=None) == "root.size"
    assert code_of(scene.check, root=None, policy=None) == "trust.missing"
    lone = {"root": root, "policy": None, "level": Level.ROOT}  # it bears no time and no witness
    assert code_of(scene.check, **lone, cosigned=True) == "checkpoint.quorum"


@pytest.mark.parametrize(
    ("origin", "code"),
    [
        ("registry.example/log", None),
        ("registry.example/dids/log", "checkpoint.origin"),
        ("registry.example/dids/alice/log", "checkpoint.origin"),
        ("registry.example/did/log", "trust.origin"),
        ("registry.example/dids/bob/log", "trust.origin"),
        ("example/log", "trust.origin"),
        ("other.example/log", "trust.origin"),
        ("registry.example:8000/log", "trust.origin"),
    ],
)
def test_trust_anchors_speak_for_the_dids_under_their_address(origin, code):
    scene = Scene(ChainKind.PUBLIC)
    scene.node.anchor(1)
    if code is None:
        assert scene.level(origin=origin)[0] == "final"
        return
    assert code_of(scene.check, origin=origin) == code
    # Said for this very check, it is taken; the checkpoint is then of another log.
    assert code_of(scene.check, origin=None, stated_origin=origin) == "checkpoint.origin"
    assert scene.level(origin=origin, stated_origin=scene.world.log.origin)[0] == "final"
    assert scene.level(origin=None)[0] == "final"


def test_receipts_are_checked_the_same_way():
    scene = Scene(ChainKind.PUBLIC)
    scene.node.anchor(90)
    raw = scene.world.receipt(scene.deed)

    def check(digest=DIGEST, **changes):
        grounds = scene.grounds(**changes)
        return check_receipt(raw, expected_digest=digest, grounds=grounds, node=Node(scene.node))

    assert check().level is Level.FINAL
    assert check(origin=None).level is Level.FINAL  # the only log of the policy
    assert code_of(check, bytes(32)) == "receipt.subject"
    assert code_of(check, root=TrustedRoot(1, bytes(32))) == "root.size"
    held = TrustedRoot(scene.world.log.size, scene.world.log.root(scene.world.log.size))
    assert code_of(check, origin=None, policy=None, root=held) == "trust.origin"
    assert check(origin=None, stated_origin=scene.world.log.origin, policy=None, root=held, level=Level.ROOT)
    second = RegistryWorld(origin="other.example/log")
    second.log_signer.key = replace(second.log_signer.key, public_key=bytes(31) + b"\x01")
    both = replace(scene.grounds().policy, logs=(*scene.grounds().policy.logs, second.log_signer.key))
    assert code_of(check, origin=None, policy=both) == "trust.origin"


@pytest.mark.parametrize(("finalized", "level"), [(True, "final"), (False, "anchored")])
def test_where_the_head_moved_on_the_state_proof_counts_and_its_block_is_final_or_not(finalized, level):
    scene = vector_scene.Scene()
    first, last = scene.anchors[7], scene.anchors[9]
    at = first.claim.block_number

    def call(method, params):
        if method == "eth_getBlockByNumber":
            number = {"latest": last.claim.block_number, "finalized": at if finalized else at - 1}.get(
                params[0]
            )
            number = int(params[0], 16) if number is None else number
            claims = {each.claim.block_number: each.claim for each in scene.anchors.values()}
            known = claims[number].block_hash if number in claims else number.to_bytes(32, "big")
            return {"number": hex(number), "hash": "0x" + known.hex()}
        if method == "eth_call":
            # This node shows the newest head whatever block it is asked for: the proof must do.
            head = last.head
            numbers = [head[name] for name in ("size", "sequence", "block", "time")]
            values = b"".join(number.to_bytes(32, "big") for number in numbers)
            return "0x" + values.hex() + head["root"] + head["mapRoot"]
        return {"eth_chainId": hex(31337), "eth_getCode": "0x" + artefact().deployed_bytecode.hex()}[method]

    chain = replace(TrustedChain.from_json(scene.chain), kind=ChainKind.PUBLIC)
    grounds = Grounds(
        origin=ORIGIN,
        stated_origin=None,
        policy=parse_policy(scene.policy()),
        root=None,
        chains=(chain,),
        level=Level.ANCHORED,
        max_age=None,
        cosigned=True,
        now=scene.world.now,
    )
    raw = jcs.canonicalize(scene.bundle(scene.alice, 7, state=True))
    found = check_bundle(raw, expected_did=scene.alice.did, grounds=grounds, node=Node(call))
    assert (found.level.label, found.size) == (level, 7)
    bare = jcs.canonicalize(scene.bundle(scene.alice, 7))
    given = {"expected_did": scene.alice.did, "grounds": grounds, "node": Node(call)}
    assert code_of(check_bundle, bare, **given) == "anchor.extension"
