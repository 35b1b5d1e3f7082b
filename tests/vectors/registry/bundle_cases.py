"""The bundles of the vectors: what holds, with the answer, and what does not, with the code."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from did.encoding import decode_base64url, encode_base64url
from did.keys import Ed25519Signer
from did.registry.checkpoint import Checkpoint, format_note
from did.registry.entries import Evidence, Seal, encode
from did.registry.mapproof import EMPTY, Kind, bit, encode_proof, map_key
from did.registry.note import Cosigner, NoteSigner, SignatureLine
from tests.support.memory_log import map_of
from tests.vectors.registry.scene import require, text

if TYPE_CHECKING:
    from tests.vectors.registry.scene import Scene

SEALED = require("sealed", None, cosigned=False)


def cases(scene: Scene) -> list[dict[str, Any]]:
    return [*good(scene), *broken(scene)]


def good(scene: Scene) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    now = scene.world.now
    alice, bob = scene.alice, scene.bob

    def case(name: str, bundle: Any, inputs: dict[str, Any] | None = None, **expected: Any) -> None:
        answer = {
            "level": "final",
            "version": 2,
            "deactivated": False,
            "size": 9,
            "asOf": now,
            "cosigners": ["w0", "w1"],
            **expected,
        }
        made.append({"name": name, "inputs": inputs or {}, "bundle": text(bundle), "expected": answer})

    blocks = {"heads": [], "trustedBlocks": [scene.trusted_block(9)]}
    unsure = {"heads": [], "trustedBlocks": [scene.trusted_block(9, final=False)]}
    nobody = {"heads": [], "chains": []}
    case("final-by-own-node", scene.bundle(alice), localChainOnly=True, reasons=[])
    case("final-by-state-proof", scene.bundle(alice, state=True), blocks)
    case(
        "anchored-by-state-proof",
        scene.bundle(alice, state=True),
        {**unsure, "require": require("anchored")},
        level="anchored",
    )
    case("deactivated", scene.bundle(bob), {"expectedDid": bob.did}, deactivated=True)
    case(
        "absent",
        scene.bundle(scene.stranger),
        {"expectedDid": scene.stranger.did},
        version=None,
        deactivated=None,
    )
    case(
        "cosigned",
        scene.bundle(alice, anchors=[]),
        {**nobody, "require": require("sealed")},
        level="sealed",
        localChainOnly=False,
    )
    case(
        "sealed",
        scene.bundle(alice, anchors=[]),
        {**nobody, "policy": scene.policy("none"), "require": SEALED},
        level="sealed",
        asOf=None,
    )
    root = {"size": 9, "root": scene.world.log.root(9).hex()}
    alone = {"policy": None, "root": root}
    case(
        "root-alone",
        scene.bundle(alice, anchors=[]),
        {**nobody, **alone, "require": require("root", None, cosigned=False)},
        level="root",
        asOf=None,
        cosigners=[],
    )
    case(
        "root-and-chain",
        scene.bundle(alice),
        {**alone, "require": require(cosigned=False)},
        asOf=now,
        cosigners=[],
    )
    case("root-accepted-earlier", scene.bundle(alice), {"known": [root, {"size": 7, "root": "00" * 32}]})
    older = scene.bundle(alice, 7)
    case(
        "extended-by-the-chain",
        older,
        {"extensions": [scene.extension(7, 9)]},
        size=7,
        asOf=now - 10,
        reasons=[],
    )
    case(
        "unnamed-head-raises-nothing",
        scene.bundle(alice, anchors=[]),
        {"require": require("sealed")},
        level="sealed",
        reasons=[],
    )
    case(
        "chain-behind",
        scene.bundle(alice),
        {"heads": [scene.anchors[7].head], "require": require("sealed")},
        level="sealed",
        reasons=["anchor.behind"],
    )
    claim = replace(scene.anchors[9].claim, state=None)
    elsewhere = [
        replace(claim, chain="eip155:1"),
        replace(claim, contract="0x" + "0d" * 20),
        replace(claim, log_id=b"\x0d" * 32),
        claim,
    ]
    case(
        "anchors-elsewhere-are-passed-over",
        scene.bundle(alice, anchors=elsewhere),
        reasons=["anchor.chain", "anchor.contract", "anchor.log-id"],
    )
    case(
        "untrusted-header-is-no-help",
        scene.bundle(alice, state=True),
        {"heads": [], "require": require("sealed")},
        level="sealed",
        reasons=["anchor.block"],
    )
    case(
        "garbage-under-an-untrusted-header",
        with_state(scene.bundle(alice, state=True), header="AAAA", account=[], storage=[]),
        {"heads": [], "require": require("sealed")},
        level="sealed",
        reasons=["anchor.block"],
    )
    public = {**scene.chain, "chain": "eip155:1", "kind": "public"}
    both = [replace(claim, chain="eip155:1"), claim]
    there = {**scene.anchors[9].head, "chain": "eip155:1", "final": False}
    case(
        "final-by-a-local-chain-beside-a-public-one",
        scene.bundle(alice, anchors=both),
        {"chains": [public, scene.chain], "heads": [there, scene.anchors[9].head]},
        localChainOnly=True,
    )
    case(
        "final-by-a-public-chain-beside-a-local-one",
        scene.bundle(alice, anchors=both),
        {
            "chains": [public, scene.chain],
            "heads": [{**there, "final": True}, {**scene.anchors[9].head, "final": False}],
        },
        localChainOnly=False,
    )
    rotated = NoteSigner(scene.world.log.origin, Ed25519Signer(b"\x04" * 32))
    body = Checkpoint(scene.world.log.origin, 9, scene.world.log.root(9)).body
    note = scene.world.cosign(format_note(body, [scene.world.log_signer.sign(body), rotated.sign(body)]))
    case("rotated-log-key", scene.bundle(alice, checkpoint=note), {"policy": scene.policy(logs=(rotated,))})
    stranger = SignatureLine("stranger.example/w", b"\x01\x02\x03\x04", b"\x06" * 70)
    case("lines-of-strangers", scene.bundle(alice, checkpoint=scene.world.notes[9] + stranger.text))
    case("not-canonical-json", json.dumps(scene.bundle(alice), indent=2))
    return made


def broken(scene: Scene) -> list[dict[str, Any]]:
    return [
        {"name": name, "inputs": inputs, "bundle": text(bundle), "code": code}
        for part in (form, identity, checkpoint, history, state, map_proof, anchors, asked)
        for name, code, bundle, inputs in part(scene)
    ]


def form(scene: Scene):
    """Step 1 and 2."""
    bundle = scene.bundle(scene.alice)
    raw = text(bundle)
    malformed = {
        "not-json": "{",
        "array": "[]",
        "trailing-text": raw + "x",
        "byte-order-mark": "\ufeff" + raw,
        "duplicate-member": raw.replace('"version":1', '"version":1,"version":1'),
        "duplicate-member-in-an-escape": raw.replace('"version":1', '"version":1,"\\u0076ersion":1'),
        "unknown-member": {**bundle, "more": 1},
        "null-is-not-absent": {**bundle, "witnesses": None},
        "version-as-a-double": raw.replace('"version":1', '"version":1.0'),
        "version-with-an-exponent": raw.replace('"version":1', '"version":1e0'),
        "version-is-true": {**bundle, "version": True},
        "index-beyond-2-53": raw.replace('"index":5', '"index":9007199254740992'),
        "too-deep": {**bundle, "more": json.loads("[" * 64 + "]" * 64)},
        "lone-surrogate": raw.replace('"type":"Avow', '"type":"\\ud800Avow'),
        "control-character": raw.replace('"type":"Avow', '"type":"\u0001Avow'),
        "did-of-2049-characters": {**bundle, "did": "x" * 2049},
        "entry-without-history": without(bundle, "history"),
        "history-without-entry": without(bundle, "entry"),
        "witnesses-without-history": {**scene.bundle(scene.stranger), "witnesses": "[]"},
        "path-with-65-hashes": {
            **bundle,
            "seal": {**bundle["seal"], "path": [encode_base64url(bytes(32))] * 65},
        },
        "hash-of-31-bytes": {**bundle, "seal": {**bundle["seal"], "mapRoot": encode_base64url(bytes(31))}},
        "base64url-not-canonical": {**bundle, "seal": {**bundle["seal"], "mapRoot": "A" * 42 + "B"}},
        "base64url-with-padding": {**bundle, "map": bundle["map"] + "="},
        "nine-anchors": {**bundle, "anchors": bundle["anchors"] * 9},
        "chain-with-a-leading-zero": with_anchor(bundle, chain="eip155:031337"),
        "contract-in-upper-case": with_anchor(bundle, contract=bundle["anchors"][0]["contract"].upper()),
        "hex-in-upper-case": with_anchor(bundle, logId="0x" + "AB" * 32),
        "block-with-a-time": with_anchor(bundle, block={**bundle["anchors"][0]["block"], "time": 5}),
        "state-with-a-code": with_state(scene.bundle(scene.alice, state=True), code=""),
    }
    for name, changed in malformed.items():
        yield name, "bundle.malformed", changed, {}
    yield "other-type", "bundle.type", {**bundle, "type": "AvowRegistryReceipt"}, {}
    yield "other-version", "bundle.type", {**bundle, "version": 2}, {}


def identity(scene: Scene):
    """Step 3, and what step 7 says about identity."""
    bundle = scene.bundle(scene.alice)
    web, bare = "did:web:registry.example", ":".join(scene.alice.did.split(":")[:3])
    yield "other-did", "bundle.did", scene.bundle(scene.bob), {}
    yield "did-of-another-method", "bundle.did", {**bundle, "did": web}, {"expectedDid": web}
    yield "did-without-a-host", "bundle.did", {**bundle, "did": bare}, {"expectedDid": bare}
    address = scene.alice.did.replace("registry.example", "127.0.0.1")
    yield "did-at-an-address", "bundle.did", {**bundle, "did": address}, {"expectedDid": address}
    yield "foreign-history", "bundle.did", {**bundle, "history": scene.bob.history}, {}
    path = scene.alice.did.replace(":alice", ":carol")
    yield "history-of-another-path", "bundle.did", {**bundle, "did": path}, {"expectedDid": path}
    # The SCID is looked at before the rest of the history.
    foreign = scene.bob.history.replace("z", "y", 1)
    yield "foreign-history-that-is-broken-too", "bundle.did", {**bundle, "history": foreign}, {}


def checkpoint(scene: Scene):
    """Steps 4 and 5."""
    world = scene.world
    note, root = world.notes[9], world.log.root(9)
    body, _, lines = note.partition("\n\n")
    log_line, w0, w1, _ = lines.split("\n")

    def with_note(changed: str) -> dict[str, Any]:
        return scene.bundle(scene.alice, checkpoint=changed)

    def signed(changed: str) -> str:
        return world.cosign(format_note(changed, [world.log_signer.sign(changed)]))

    malformed = {
        "extension-line": signed(f"{body}\nmore\n"),
        "size-with-a-leading-zero": signed(f"{body}\n".replace("\n9\n", "\n09\n")),
        "size-of-2-63": signed(f"{body}\n".replace("\n9\n", f"\n{2**63}\n")),
        "root-not-canonical": signed(f"{world.log.origin}\n9\n{'A' * 42}B=\n"),
        "carriage-return": note.replace("\n", "\r\n", 1),
        "no-last-line-feed": note[:-1],
        "no-signature-line": f"{body}\n\n",
        "line-without-a-dash": note.replace("\u2014 ", "- ", 1),
        "line-with-a-short-signature": f"{note}\u2014 x AQIDBA==\n",
        "name-with-a-plus": f"{note}\u2014 a+b AQIDBAU=\n",
        "name-with-a-no-break-space": f"{note}\u2014 a\u00a0b AQIDBAU=\n",
        "many-lines": note + "\u2014 x AQIDBAU=\n" * 62,
    }
    for name, changed in malformed.items():
        yield name, "checkpoint.malformed", with_note(changed), {}
    other = {"origin": "other.example/log"}
    yield "checkpoint-of-another-log", "checkpoint.origin", with_note(note), other
    lookalike = NoteSigner("other.example/log", Ed25519Signer(b"\x04" * 32))
    policy = scene.policy(logs=(lookalike,))
    foreign = f"other.example/log\n9\n{body.split(chr(10))[2]}\n"
    moved = world.cosign(format_note(foreign, [lookalike.sign(foreign)]))
    yield "other-log-of-the-policy", "checkpoint.origin", with_note(moved), {"policy": policy}
    bad = SignatureLine(world.log.origin, world.log_signer.key.key_id, bytes(64)).text
    yield "bad-line-of-the-log-beside-a-good-one", "checkpoint.signature", with_note(note + bad), {}
    yield "forged-log-signature", "checkpoint.signature", with_note(note.replace(f"{log_line}\n", bad)), {}
    at_zero = SignatureLine(world.witnesses[0].key.name, world.witnesses[0].key.key_id, bytes(72)).text
    yield "bad-line-of-a-witness-beside-a-good-one", "checkpoint.cosignature", with_note(note + at_zero), {}
    later = SignatureLine(
        world.witnesses[0].key.name,
        world.witnesses[0].key.key_id,
        (world.now + 5).to_bytes(8, "big") + decode_line(w0)[12:],
    ).text
    yield "cosignature-moved-in-time", "checkpoint.cosignature", with_note(note.replace(f"{w0}\n", later)), {}
    stranger = NoteSigner(world.log.origin, Ed25519Signer(b"\x04" * 32))
    unsigned = world.cosign(format_note(f"{body}\n", [stranger.sign(f"{body}\n")]))
    yield "signed-by-another-key", "checkpoint.unsigned", with_note(unsigned), {}
    twice = note.replace(f"{w1}\n", world.witnesses[0].cosign(f"{body}\n", now=world.now + 1).text)
    yield "one-witness-twice", "checkpoint.quorum", with_note(twice), {}
    unknown = Cosigner("witness9.example/w", Ed25519Signer(b"\x09" * 32)).cosign(f"{body}\n", now=world.now)
    yield "witness-of-no-policy", "checkpoint.quorum", with_note(note.replace(f"{w1}\n", unknown.text)), {}
    bundle = scene.bundle(scene.alice)
    forked = {"known": [{"size": 9, "root": "00" * 32}]}
    yield "forked-log-seen-before", "log.forked", bundle, forked
    alone = {"policy": None, "require": require(cosigned=False)}
    yield "root-of-another-size", "root.size", bundle, {**alone, "root": {"size": 7, "root": root.hex()}}
    yield "another-root", "root.differs", bundle, {**alone, "root": {"size": 9, "root": "00" * 32}}
    held = {**alone, "root": {"size": 9, "root": root.hex()}}
    yield "root-of-another-log", "checkpoint.origin", bundle, {**held, **other}
    nothing = {"heads": [], "chains": [], "require": SEALED}
    yield "signature-asked-of-a-root", "root.only", scene.bundle(scene.alice, anchors=[]), {**held, **nothing}
    cosigned = {"require": require(), "root": held["root"], "policy": None}
    yield "cosignatures-asked-of-a-root", "checkpoint.quorum", bundle, cosigned


def history(scene: Scene):
    """Step 7."""
    bundle, lines = scene.bundle(scene.alice), scene.alice.lines
    second = json.loads(lines[1])
    thief = json.loads(lines[1])
    thief["proof"][0]["verificationMethod"] = scene.bob_key()
    late = {**second, "versionTime": json.loads(lines[0])["versionTime"]}
    histories = {
        "tampered-history": scene.alice.history.replace("https://alice.example", "https://mallory.example"),
        "history-without-its-first-version": f"{lines[1]}\n",
        "history-with-a-version-twice": f"{lines[0]}\n{lines[1]}\n{lines[1]}\n",
        "history-without-a-proof": f"{lines[0]}\n{json.dumps({**second, 'proof': []})}\n",
        "history-signed-by-another-key": f"{lines[0]}\n{json.dumps(thief)}\n",
        "history-whose-time-stands-still": f"{lines[0]}\n{json.dumps(late)}\n",
        "history-that-is-no-json": "x\n",
        "empty-history": "",
    }
    for name, changed in histories.items():
        code = "bundle.did" if name == "history-without-its-first-version" else "history.invalid"
        yield name, code, {**bundle, "history": changed}, {}


def state(scene: Scene):
    """Steps 6, 8 and 9: lies about the latest state, by an operator with all keys."""
    world, alice = scene.world, scene.alice
    entries, states = scene.server.entries, scene.states(9)
    scid34 = world._scid34(alice)
    bundle, first = scene.bundle(alice), scene.bundle(alice, 2)
    yield (
        "old-version-as-latest",
        "map.root",
        {
            **bundle,
            "history": first["history"],
            "entry": {"index": 0, "path": path(world.log.inclusion(0, 9))},
        },
        {},
    )
    denied = scene.bundle(scene.stranger)
    yield (
        "denied-though-it-exists",
        "map.off-path",
        {
            **without(bundle, "history", "entry"),
            "map": denied["map"],
        },
        {},
    )
    yield (
        "deactivation-concealed",
        "map.root",
        {
            **scene.bundle(scene.bob),
            "history": f"{scene.bob.lines[0]}\n",
            "entry": {"index": 2, "path": path(world.log.inclusion(2, 9))},
        },
        {"expectedDid": scene.bob.did},
    )
    yield "entry-moved", "map.root", {**bundle, "entry": {**bundle["entry"], "index": 4}}, {}
    yield (
        "entry-path-of-another-entry",
        "entry.inclusion",
        {
            **bundle,
            "entry": {**bundle["entry"], "path": path(world.log.inclusion(4, 9))},
        },
        {},
    )
    yield (
        "wrong-map-root",
        "seal.inclusion",
        {
            **bundle,
            "seal": {**bundle["seal"], "mapRoot": first["seal"]["mapRoot"]},
        },
        {},
    )
    yield (
        "path-past-the-root",
        "seal.inclusion",
        {
            **bundle,
            "seal": {**bundle["seal"], "path": [*bundle["seal"]["path"], encode_base64url(bytes(32))]},
        },
        {},
    )
    for claimed in (0, 1, 8, 10, 2**33 + 9):
        note = world.sign_anything(claimed, world.log.root(9))
        yield f"wrong-size-{claimed}", "seal.inclusion", {**bundle, "checkpoint": note}, {}
    unsealed = scene.forged(alice, [*entries, encode(Evidence(bytes(32)))], states)
    yield "unsealed-size", "seal.inclusion", unsealed, {"require": SEALED}
    # The map says version 2 at an index where the log has something else.
    never = {**states, scid34: replace(states[scid34], index=4)}
    sealed = [*entries[:8], encode(Seal(8, map_of(never).root))]
    yield "entry-not-in-log", "entry.inclusion", scene.forged(alice, sealed, never), {"require": SEALED}
    beyond = {**states, scid34: replace(states[scid34], index=9)}
    sealed = [*entries[:8], encode(Seal(8, map_of(beyond).root))]
    yield "entry-beyond-the-log", "entry.inclusion", scene.forged(alice, sealed, beyond), {"require": SEALED}


def map_proof(scene: Scene):
    """Step 8, the form of the proof."""
    bundle, absent = scene.bundle(scene.alice), scene.bundle(scene.stranger)
    unknown = {"expectedDid": scene.stranger.did}
    key = map_key(scene.world._scid34(scene.alice))
    proof = decode_base64url(bundle["map"])
    depth = proof[1]
    end = 2 + (depth + 7) // 8
    assert depth % 8, "the cases below set a bit beyond the depth"

    def with_map(changed: bytes) -> dict[str, Any]:
        return {**bundle, "map": encode_base64url(changed)}

    def denied(changed: bytes) -> dict[str, Any]:
        return {**without(bundle, "history", "entry"), "map": encode_base64url(changed)}

    yield "map-empty", "map.length", with_map(b""), {}
    yield "map-cut", "map.length", with_map(proof[:-1]), {}
    yield "map-with-a-byte-more", "map.length", with_map(proof + b"\x00"), {}
    yield "map-bitmap-cut", "map.length", with_map(bytes((1, 255, 0x80))), {}
    yield "map-of-8259-bytes", "map.length", with_map(bytes((1, 255)) + bytes(8257)), {}
    yield "map-of-kind-0", "map.kind", with_map(b"\x00" + proof[1:]), {}
    yield "map-of-kind-4", "map.kind", with_map(b"\x04" + proof[1:]), {}
    yield "presence-as-absence", "map.answer", denied(proof), {}
    yield "absence-as-presence", "map.answer", with_map(b"\x02" + proof[1:]), {}
    stray = bytearray(proof)
    stray[end - 1] |= 0x01
    yield "map-with-a-stray-bit", "map.stray-bits", with_map(bytes(stray)), {}
    deeper = encode_proof([EMPTY] * (depth + 1), None, Kind.PRESENT)
    yield "map-not-collapsed", "map.not-collapsed", with_map(deeper), {}
    siblings = [bytes(32) for _ in range(depth)]
    zero = bytes((1, depth)) + bytes((0xFF << 8 - depth & 0xFF,)) + b"".join(siblings)
    yield "map-with-an-empty-sibling", "map.zero-sibling", with_map(zero), {}
    other = decode_base64url(absent["map"])
    assert other[0] == Kind.OTHER_LEAF
    yield "other-leaf-cut", "map.length", {**absent, "map": encode_base64url(other[:40])}, unknown
    own = encode_proof([b"\x01" * 32] * depth, (key, bytes(32)), Kind.OTHER_LEAF)
    yield "other-leaf-with-the-same-key", "map.same-key", denied(own), {}
    away = bytes((key[0] ^ 0x80,)) + key[1:]
    off = encode_proof([b"\x01" * 32] * depth, (away, bytes(32)), Kind.OTHER_LEAF)
    assert bit(away, 0) != bit(key, 0)
    yield "other-leaf-off-the-path", "map.off-path", denied(off), {}
    empty = encode_proof([b"\x01" * 32] * depth, None, Kind.EMPTY_SLOT)
    yield "empty-slot-that-is-none", "map.root", denied(empty), {}


def anchors(scene: Scene):
    """Step 10."""
    alice, head = scene.alice, scene.anchors[9].head
    claim = replace(scene.anchors[9].claim, state=None)
    bundle, proven = scene.bundle(alice), scene.bundle(alice, state=True)
    blocks = {"heads": [], "trustedBlocks": [scene.trusted_block(9)]}
    anchored = require("anchored")

    def elsewhere(**changes: Any) -> dict[str, Any]:
        return scene.bundle(alice, anchors=[replace(claim, **changes)])

    def with_head(**changes: Any) -> dict[str, Any]:
        return {"heads": [{**head, **changes}]}

    yield "other-chain", "anchor.chain", elsewhere(chain="eip155:1"), {}
    yield "other-contract", "anchor.contract", elsewhere(contract="0x" + "0d" * 20), {}
    yield "other-log-id", "anchor.log-id", elsewhere(log_id=b"\x0d" * 32), {}
    yield "nobody-looked", "anchor.unverified", bundle, {"heads": []}
    yield "untrusted-block", "anchor.block", proven, {"heads": []}
    there = {"heads": [], "trustedBlocks": [{**scene.trusted_block(9), "chain": "eip155:1"}]}
    yield "block-of-another-chain", "anchor.block", proven, there
    yield "no-anchor", "anchor.missing", scene.bundle(alice, anchors=[]), {}
    yield "other-code", "anchor.code", bundle, with_head(codeHash="0x" + "0d" * 32)
    code = {"chains": [{**scene.chain, "codeHash": "0x" + "0d" * 32}]}
    yield "other-code-in-the-state", "anchor.code", proven, {**blocks, **code}
    yield "not-final", "anchor.not-final", bundle, with_head(final=False)
    unsure = {"heads": [], "trustedBlocks": [scene.trusted_block(9, final=False)]}
    yield "block-not-final", "anchor.not-final", proven, unsure
    yield "forked-log", "log.forked", bundle, {**with_head(root="00" * 32), "require": SEALED}
    yield "other-map-root-on-chain", "log.forked", bundle, {**with_head(mapRoot="00" * 32), "require": SEALED}
    hidden = scene.bundle(alice, anchors=[])
    yield (
        "forked-log-that-hides-its-anchor",
        "log.forked",
        hidden,
        {**with_head(root="00" * 32), "require": SEALED},
    )
    wrong_code = {**with_head(codeHash="0x" + "0d" * 32), "require": SEALED}
    yield "other-code-and-no-anchor", "anchor.code", hidden, wrong_code
    older = scene.bundle(alice, 7)
    yield "behind-the-chain", "anchor.extension", older, {}
    wrong = {"extensions": [{**scene.extension(7, 9), "proof": []}]}
    yield "wrong-extension", "anchor.extension", older, {**wrong, "require": SEALED}
    longer = scene.extension(7, 9)
    longer["proof"] = [*longer["proof"], "00" * 32]
    yield "extension-past-the-root", "anchor.extension", older, {"extensions": [longer], "require": SEALED}
    behind = {"heads": [scene.anchors[7].head]}
    yield "chain-behind-the-bundle", "anchor.behind", bundle, {**behind, "require": anchored}
    prefix = {"heads": [{**scene.anchors[7].head, "root": "00" * 32}], "extensions": [scene.extension(7, 9)]}
    yield "chain-is-no-prefix", "anchor.extension", bundle, {**prefix, "require": SEALED}
    unopened = {"size": 0, "sequence": 0, "block": 0, "time": 0, "root": "00" * 32, "mapRoot": "00" * 32}
    yield "nothing-anchored", "anchor.behind", bundle, {**with_head(**unopened), "require": anchored}
    first = {"extensions": [{"old": 0, "new": 9, "proof": ["00" * 32]}], "require": SEALED}
    yield "path-from-nothing", "anchor.extension", bundle, {**with_head(**unopened), **first}
    state_ = proven["anchors"][0]["state"]
    faults = {
        "header-of-another-number": with_anchor(proven, block={"number": 1, "hash": "0x" + "00" * 32}),
        "account-proof-cut": with_state(proven, account=state_["account"][:-1]),
        "swapped-storage-proofs": with_state(proven, storage=state_["storage"][::-1]),
        "two-storage-proofs": with_state(proven, storage=state_["storage"][:2]),
        "storage-proof-empty": with_state(proven, storage=[[], *state_["storage"][1:]]),
        "node-altered": with_state(
            proven,
            storage=[[flip(state_["storage"][0][0]), *state_["storage"][0][1:]], *state_["storage"][1:]],
        ),
    }
    for name, changed in faults.items():
        yield name, "anchor.state", changed, {**blocks, "require": SEALED}


def asked(scene: Scene):
    """Steps 11 and 12."""
    bundle, now = scene.bundle(scene.alice), scene.world.now
    none = {"policy": scene.policy("none")}
    yield "cosigning-asked-without-quorum", "checkpoint.quorum", bundle, none
    yield "stale", "age.exceeded", bundle, {"now": now + 3601}
    replayed = {"heads": [scene.anchors[2].head], "now": now + 3600}
    yield (
        "replayed-old-checkpoint",
        "age.exceeded",
        scene.bundle(scene.alice, 2, history=f"{scene.alice.lines[0]}\n"),
        replayed,
    )
    no_time = {**none, "heads": [], "require": require("sealed", 3600, cosigned=False)}
    yield "no-time", "age.unknown", bundle, no_time
    yield "from-the-future", "age.future", bundle, {"now": now - 61}
    unasked = {"now": now - 61, "require": require("final", None)}
    yield "from-the-future-though-no-age-is-asked", "age.future", bundle, unasked


def without(bundle: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in bundle.items() if name not in names}


def with_anchor(bundle: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**bundle, "anchors": [{**bundle["anchors"][0], **changes}]}


def with_state(bundle: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return with_anchor(bundle, state={**bundle["anchors"][0]["state"], **changes})


def path(nodes: Any) -> list[str]:
    return [encode_base64url(node) for node in nodes]


def flip(node: str) -> str:
    raw = bytearray(decode_base64url(node))
    raw[-1] ^= 1
    return encode_base64url(bytes(raw))


def decode_line(line: str) -> bytes:
    return base64.b64decode(line.rpartition(" ")[2])
