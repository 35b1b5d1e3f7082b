"""The receipts of the vectors."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from did.encoding import encode_base64url
from tests.vectors.registry.bundle_cases import SEALED
from tests.vectors.registry.scene import require, text

if TYPE_CHECKING:
    from did.registry.receipt import Opening
    from tests.support.registry_world import Logged
    from tests.vectors.registry.scene import Scene


def inputs(scene: Scene) -> dict[str, Any]:
    kept = {name: value for name, value in scene.inputs().items() if name != "expectedDid"}
    return {**kept, "subject": subject(scene.evidence.opening)}


def subject(opening: Opening) -> dict[str, Any]:
    return {name: value for name, value in opening.to_json().items() if name != "salt"}


def cases(scene: Scene) -> list[dict[str, Any]]:
    return [*good(scene), *broken(scene)]


def good(scene: Scene) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []

    def case(
        name: str, logged: Logged, receipt: Any, more: dict[str, Any] | None = None, **expected: Any
    ) -> None:
        answer = {"level": "final", "index": logged.index, "size": 9, "asOf": scene.world.now, **expected}
        given = {"subject": subject(logged.opening), **(more or {})}
        made.append({"name": name, "inputs": given, "receipt": text(receipt), "expected": answer})

    for name, logged in (("evidence", scene.evidence), ("event", scene.event), ("did", scene.operation())):
        case(name, logged, scene.receipt(logged))
    evidence = scene.evidence
    bare = without_anchors(scene.receipt(evidence))
    sealed = {"policy": scene.policy("none"), "require": SEALED}
    case("sealed", evidence, bare, sealed, level="sealed", asOf=None)
    case("cosigned", evidence, bare, {"require": require("sealed")}, level="sealed")
    root = {"policy": None, "root": {"size": 9, "root": scene.world.log.root(9).hex()}}
    case(
        "root-alone",
        evidence,
        bare,
        {**root, "require": require("root", None, cosigned=False)},
        level="root",
        asOf=None,
    )
    extended = scene.receipt(evidence, 7)
    case(
        "extended-by-the-chain",
        evidence,
        extended,
        {"extensions": [scene.extension(7, 9)]},
        size=7,
        asOf=scene.world.now - 10,
    )
    other_map = {"heads": [{**scene.anchors[9].head, "mapRoot": "00" * 32}]}
    case("map-roots-are-not-compared", evidence, scene.receipt(evidence), other_map)
    extra = scene.receipt(evidence)
    extra["proof"] = extra["proof"].replace("\nindex", "\nextra AAEC\nindex", 1)
    case("extra-line", evidence, extra)
    return made


def broken(scene: Scene) -> list[dict[str, Any]]:
    return [
        {"name": name, "inputs": given, "receipt": text(receipt), "code": code}
        for name, code, receipt, given in refused(scene)
    ]


def refused(scene: Scene):
    receipt, event, operation = (
        scene.receipt(logged) for logged in (scene.evidence, scene.event, scene.operation())
    )
    of_event, of_did = ({"subject": subject(each.opening)} for each in (scene.event, scene.operation()))
    opening, proof = receipt["opening"], receipt["proof"]
    raw = text(receipt)
    malformed = {
        "other-type": {**receipt, "type": "AvowRegistryProof"},
        "other-version": {**receipt, "version": 2},
        "unknown-member": {**receipt, "more": 1},
        "duplicate-member": raw.replace('"version":1', '"version":1,"version":1'),
        "no-opening": {name: value for name, value in receipt.items() if name != "opening"},
        "unknown-kind": {**receipt, "opening": {**opening, "kind": "seal"}},
        "salt-of-31-bytes": {**receipt, "opening": {**opening, "salt": encode_base64url(bytes(31))}},
        "opening-with-a-member-more": {**receipt, "opening": {**opening, "event": "issued"}},
        "index-with-a-leading-zero": {**receipt, "proof": proof.replace("index ", "index 0", 1)},
        "other-proof-version": {**receipt, "proof": proof.replace("@v1", "@v2", 1)},
        "two-extra-lines": {
            **receipt,
            "proof": proof.replace("\nindex", "\nextra AAEC\nextra AAEC\nindex", 1),
        },
        "no-empty-line": {**receipt, "proof": proof.replace("\n\n", "\n")},
        "hash-of-31-bytes": {**receipt, "proof": proof.replace("\n\n", "\n" + "A" * 41 + "A=\n\n", 1)[:-1]},
    }
    for name, changed in malformed.items():
        yield name, "receipt.malformed", changed, {}
    yield "unknown-event", "receipt.malformed", with_opening(event, event="lost"), of_event
    for name, version_id in (("version-0", "0-"), ("version-beyond-2-53", "9007199254740992-")):
        changed = version_id + operation["opening"]["versionId"].partition("-")[2]
        yield name, "receipt.malformed", with_opening(operation, versionId=changed), of_did
    other = {"subject": {**subject(scene.evidence.opening), "digest": encode_base64url(bytes(32))}}
    yield "about-another-digest", "receipt.subject", receipt, other
    yield "about-an-event", "receipt.subject", event, {}
    yield "about-another-event", "receipt.subject", with_opening(event, event="revoked"), of_event
    later = with_opening(operation, deactivated=True)
    yield "about-a-deactivation", "receipt.subject", later, of_did
    revoked = with_opening(event, event="revoked")
    claimed = {"subject": {**of_event["subject"], "event": "revoked"}}
    yield "issued-shown-as-revoked", "entry.inclusion", revoked, claimed
    lie = {"subject": {**of_did["subject"], "deactivated": True}}
    yield "active-shown-as-deactivated", "entry.inclusion", later, lie
    yield "other-salt", "entry.inclusion", with_opening(receipt, salt=encode_base64url(bytes(32))), {}
    yield "other-digest", "entry.inclusion", with_opening(receipt, digest=encode_base64url(bytes(32))), other
    moved = {**receipt, "proof": proof.replace(f"index {scene.evidence.index}\n", "index 4\n")}
    yield "entry-moved", "entry.inclusion", moved, {}
    beyond = {**receipt, "proof": proof.replace(f"index {scene.evidence.index}\n", "index 9\n")}
    yield "entry-beyond-the-log", "entry.inclusion", beyond, {}
    for claimed_size in (2, 2**33 + 9):
        note = scene.world.sign_anything(claimed_size, scene.world.log.root(9))
        false = {**receipt, "proof": proof.partition("\n\n")[0] + "\n\n" + note}
        yield f"wrong-size-{claimed_size}", "entry.inclusion", false, {}
    yield "checkpoint-of-another-log", "checkpoint.origin", receipt, {"origin": "other.example/log"}
    cut = {**receipt, "proof": proof[: proof.rindex("\u2014")]}
    yield "one-witness", "checkpoint.quorum", cut, {}
    yield "forked-log-seen-before", "log.forked", receipt, {"known": [{"size": 9, "root": "00" * 32}]}
    forked = {"heads": [{**scene.anchors[9].head, "root": "00" * 32}], "require": SEALED}
    yield "forked-log", "log.forked", receipt, forked
    claim = replace(scene.anchors[9].claim, state=None)
    for name, changes in (
        ("chain", {"chain": "eip155:1"}),
        ("contract", {"contract": "0x" + "0d" * 20}),
        ("log-id", {"log_id": b"\x0d" * 32}),
    ):
        there = {**receipt, "anchors": [replace(claim, **changes).to_json()]}
        yield f"other-{name}", f"anchor.{name}", there, {}
    yield "behind-the-chain", "anchor.extension", scene.receipt(scene.evidence, 7), {}
    yield "no-anchor", "anchor.missing", without_anchors(receipt), {}
    yield "stale", "age.exceeded", receipt, {"now": scene.world.now + 3601}
    yield "from-the-future", "age.future", receipt, {"now": scene.world.now - 61}


def with_opening(receipt: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**receipt, "opening": {**receipt["opening"], **changes}}


def without_anchors(receipt: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in json.loads(text(receipt)).items() if name != "anchors"}
