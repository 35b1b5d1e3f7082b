"""How far an operation has got, wherever one can ask, and proofs where the chain is slow to be final."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from did.chain.embedded import EmbeddedChain
from did.encoding import decode_hex, encode_base64url
from did.errors import DidError
from did.registry.bundle import (
    ChainView,
    Expectations,
    Level,
    Requirement,
    TrustedBlock,
    TrustedChain,
    verify_bundle,
)
from did.registry.policy import parse_policy
from did.registry.receipt import EvidenceSubject, verify_receipt
from did.registry.states import PROVABLE, RegistryState

from .conftest import world
from .test_dids import resolve, settled

pytestmark = pytest.mark.anyio
DIGEST = b"\x07" * 32
NOBODY = "QmZ4tDuvesekSs4qM5ZBKpXiZGun7S2CYtEZRB3DYXkjGx"


@pytest.fixture
def slow(monkeypatch):
    """The embedded chain as a network would be: final only up to a block, and old states are forgotten."""
    rule = {"final": 0}
    prove = EmbeddedChain.state_proof

    async def is_final(self, block):
        return block.number <= rule["final"] and await self.block(block.number) == block

    async def state_proof(self, block):
        return await prove(self, block) if block == await self.block() else None

    monkeypatch.setattr(EmbeddedChain, "is_final", is_final)
    monkeypatch.setattr(EmbeddedChain, "state_proof", state_proof)
    return rule


async def until(holds):
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come to hold")


async def finalize(avow, slow):
    """Let everything so far become final."""
    publisher = avow.core.standing.publisher
    await until(
        lambda: publisher.anchored and publisher.anchored.size == avow.core.standing.sizes()["logged"]
    )
    slow["final"] = publisher.anchored.block.number
    size = publisher.anchored.size
    await until(lambda: publisher.final_size == size)
    return size


async def shown(avow, did, **options):
    """State, what the proof shows, and the proof."""
    metadata = (await resolve(avow, did, **options)).json()["didResolutionMetadata"]
    proof = metadata.get("proof", [None])[0]
    return metadata.get("state"), metadata.get("proofState"), proof


async def expectations(avow, proof, *, level):
    """Those of a verifier that knows which blocks are final, and has no node that holds old states."""
    anchors = (await avow.client.get("/log/anchors")).json()
    members = ("chain", "contract", "logId", "codeHash", "kind")
    trusted = TrustedChain.from_json({name: anchors[name] for name in members})
    final = avow.core.standing.publisher.final
    block = proof["anchors"][0]["block"]
    known = TrustedBlock(
        chain=trusted.chain,
        hash=decode_hex(block["hash"], length=32),
        final=final is not None and block["number"] <= final.block.number,
    )
    return Expectations(
        origin="localhost:8000/log",
        policy=parse_policy((await avow.client.get("/log/policy")).text),
        view=ChainView(chains=(trusted,), heads=(), trusted_blocks=(known,), extensions={}),
        require=Requirement(level=level, max_age=None, cosigned=False),
        now=int(datetime.now(UTC).timestamp()) + 1,
        known=(),
    )


def size_of(bundle):
    return int(bundle["checkpoint"].split("\n")[1])


async def test_a_proof_that_must_be_final_stands_at_the_newest_final_anchor(slow, tmp_path):
    async with world(tmp_path, chain="embedded") as avow:
        old = (await avow.post("/dids", {"name": "old"}, status=201))["did"]
        await settled(avow, old, "anchored")
        size = await finalize(avow, slow)
        young = (await avow.post("/dids", {"name": "young"}, status=201))["did"]
        await settled(avow, young, "anchored")

        state, shows, newest = await shown(avow, old)
        assert (state, shows) == ("final", "anchored")
        assert size_of(newest) > size
        with pytest.raises(DidError) as refused:
            verify_bundle(
                json.dumps(newest).encode(),
                expected_did=old,
                expectations=await expectations(avow, newest, level=Level.FINAL),
            )
        assert refused.value.code == "anchor.not-final"

        state, shows, final = await shown(avow, old, assurance="final")
        assert (state, shows, size_of(final)) == ("final", "final", size)
        verified = verify_bundle(
            json.dumps(final).encode(),
            expected_did=old,
            expectations=await expectations(avow, final, level=Level.FINAL),
        )
        assert (verified.level, verified.version) == (Level.FINAL, 1)

        # What is younger than the newest final anchor says honestly how far it is.
        assert (await shown(avow, young, assurance="final"))[:2] == ("anchored", "anchored")
        gone = young.replace(young.split(":")[2], NOBODY)
        for wanted, level in (("final", "final"), ("anchored", "anchored")):
            _, shows, absent = await shown(avow, gone, assurance=wanted)
            assert shows == level
            assert "history" not in absent


async def test_the_proof_of_the_newest_final_anchor_outlives_the_nodes_memory_and_a_restart(slow, tmp_path):
    async with world(tmp_path, chain="embedded") as avow:
        did = (await avow.post("/dids", {"name": "old"}, status=201))["did"]
        await settled(avow, did, "anchored")
        await finalize(avow, slow)
        await settled(avow, (await avow.post("/dids", {"name": "two"}, status=201))["did"], "anchored")
        rows = avow.core.standing.publisher.rows.newest(100)
        assert [row.size for row in rows if row.proof] == [row.size for row in rows][: len(rows) - 1]
        _, _, before = await shown(avow, did, assurance="final")
        assert before["anchors"][0]["state"]["header"]
    async with world(tmp_path, chain="embedded") as avow:
        assert (await shown(avow, did, assurance="final"))[2] == before
        # The next one takes its place, and older proofs are not kept.
        await settled(avow, (await avow.post("/dids", {"name": "three"}, status=201))["did"], "anchored")
        size = await finalize(avow, slow)
        _, _, after = await shown(avow, did, assurance="final")
        assert size_of(after) == size
        rows = avow.core.standing.publisher.rows.newest(100)
        assert [row.size for row in rows if row.proof] == [size]


async def test_evidence_too_gives_the_receipt_that_is_final(slow, tmp_path):
    async with world(tmp_path, chain="embedded") as avow:
        digest = encode_base64url(DIGEST)
        made = await avow.post("/evidence", {"digest": digest}, status=201)
        address = f"/evidence/{made['id']}"
        await until(lambda: avow.core.registry.progress(made["logIndex"]) == "anchored")
        first = (await avow.call("GET", f"{address}?assurance=final", status=200)).json()
        assert (first["state"], first["receiptState"]) == ("anchored", "anchored")
        await finalize(avow, slow)
        other = (await avow.post("/dids", {"name": "one"}, status=201))["did"]
        await settled(avow, other, "anchored")
        newest = (await avow.call("GET", address, status=200)).json()
        assert (newest["state"], newest["receiptState"]) == ("final", "anchored")
        for where in (f"{address}?assurance=final", f"/evidence?digest={digest}&assurance=final"):
            record = (await avow.call("GET", where, status=200)).json()
            assert (record["state"], record["receiptState"]) == ("final", "final")
            receipt = record["receipt"]
            verified = verify_receipt(
                json.dumps(receipt).encode(),
                expected_subject=EvidenceSubject(DIGEST),
                expectations=await expectations(avow, receipt, level=Level.FINAL),
            )
            assert verified.level is Level.FINAL
        refused = await avow.call("GET", f"{address}?assurance=logged")
        assert (refused.status_code, refused.json()["code"]) == (400, "request.invalid")


async def test_each_version_has_its_own_place_and_state(slow, tmp_path):
    async with world(tmp_path, chain="embedded", anchor_interval_ms=20) as avow:
        did = (await avow.post("/dids", {"name": "city"}, status=201))["did"]
        await settled(avow, did, "anchored")
        await finalize(avow, slow)
        second = await avow.post("/dids/city/update", {"rotate": True})
        await settled(avow, did, "anchored")
        registry = avow.core.registry
        registry._sealer._last_seal = avow.core.system.monotonic()
        registry._sealer._rhythm = type(registry._sealer._rhythm)(3600, 1000, 86_400)
        third = await avow.post("/dids/city/deactivate", {})
        answer = (await avow.client.get("/dids/city")).json()
        assert (answer["did"], answer["state"], answer["assurance"]) == (did, "logged", "local-chain")
        versions = answer["versions"]
        assert [version["state"] for version in versions] == ["final", "anchored", "logged"]
        assert [v["versionId"] for v in versions[1:]] == [second["versionId"], third["versionId"]]
        assert [v["logIndex"] for v in versions[1:]] == [second["logIndex"], third["logIndex"]]
        assert [version["deactivated"] for version in versions] == [False, False, True]
        unknown = await avow.client.get("/dids/nobody")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "did.unknown")


async def test_an_entry_says_its_kind_its_state_and_where_it_stands(slow, tmp_path):
    async with world(tmp_path, chain="embedded") as avow:
        before = int(datetime.now(UTC).timestamp())
        made = await avow.post("/dids", {"name": "city"}, status=201)
        await settled(avow, made["did"], "anchored")
        evidence = await avow.post("/evidence", {"digest": encode_base64url(DIGEST)}, status=201)
        await until(lambda: avow.core.registry.progress(evidence["logIndex"]) == "anchored")

        entry = await at(avow, made["logIndex"])
        assert (entry["kind"], entry["state"]) == ("did-operation", "anchored")
        assert entry["versionId"] == made["versionId"]
        assert entry["scid"] == made["did"].split(":")[2]
        assert entry["sealed"]["size"] == entry["anchored"]["size"] == made["logIndex"] + 2
        assert before <= entry["sealed"]["time"] <= entry["anchored"]["time"] <= before + 60
        listed = {row["size"]: row for row in (await avow.client.get("/log/anchors")).json()["anchors"]}
        row = listed[entry["anchored"]["size"]]
        assert entry["anchored"] == {n: row[n] for n in ("size", "block", "transaction", "time")}
        assert row["state"] == "anchored"

        assert (await at(avow, evidence["logIndex"]))["kind"] == "evidence"
        assert "digest" not in json.dumps(await at(avow, evidence["logIndex"]))
        assert (await at(avow, 0))["kind"] == "seal"

        avow.clock.offset = 100
        await finalize(avow, slow)
        entry = await at(avow, made["logIndex"])
        assert entry["state"] == "final"
        assert entry["anchored"]["finalTime"] >= entry["anchored"]["time"] + 100
        kept = [entry["anchored"], (await at(avow, evidence["logIndex"]))["anchored"]]
    async with world(tmp_path, chain="embedded") as avow:  # times are those of then
        avow.clock.offset = 10_000
        avow.core.standing.publisher._idle = 0.02
        await settled(avow, (await avow.post("/dids", {"name": "later"}, status=201))["did"], "anchored")
        for each, anchored in zip((made, evidence), kept, strict=True):
            assert (await at(avow, each["logIndex"]))["anchored"] == anchored
        size = avow.core.registry.sequencer.size
        for beyond, status, code in ((size, 404, "log.entry"), (-1, 400, "request.invalid")):
            refused = await avow.client.get(f"/log/entries/{beyond}")
            assert (refused.status_code, refused.json()["code"]) == (status, code)


async def test_an_entry_that_is_only_logged_claims_nothing_more(tmp_path):
    async with world(tmp_path, seal_interval_ms=3_600_000) as avow:
        avow.core.registry._sealer._last_seal = avow.core.system.monotonic()
        made = await avow.post("/dids", {"name": "one"}, status=201)
        entry = await at(avow, made["logIndex"])
        assert entry["state"] == "logged"
        assert not {"sealed", "anchored"} & set(entry)


async def test_after_a_reorganisation_an_entry_claims_no_anchor(tmp_path):
    async with world(tmp_path, chain="embedded") as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        await settled(avow, made["did"])
        avow.core.standing.publisher.anchored = avow.core.standing.publisher.final = None
        entry = await at(avow, made["logIndex"])
        assert (entry["state"], "anchored" in entry) == ("sealed", False)


async def test_the_status_says_sizes_lags_and_intervals(slow, tmp_path):
    async with world(tmp_path, chain="embedded", seal_entries=7, heartbeat_seconds=3600) as avow:
        did = (await avow.post("/dids", {"name": "city"}, status=201))["did"]
        await settled(avow, did, "anchored")
        await until(lambda: avow.core.standing.folder.published == 3)
        status = (await avow.client.get("/log/status")).json()
        assert status["origin"] == "localhost:8000/log"
        assert status["sizes"] == {"logged": 3, "sealed": 3, "signed": 3, "anchored": 3, "final": 0}
        assert status["lags"] == {
            "seal": {"entries": 0, "seconds": 0},
            "anchor": {"entries": 0, "seconds": 0},
            "final": {"entries": 3},
            "public": {"entries": 0},
        }
        assert status["intervals"]["sealEntries"] == 7
        assert status["intervals"]["heartbeatSeconds"] == 3600
        assert status["chain"]["head"]["size"] in {1, 3}
        assert status["chain"]["trouble"] is None
        assert all(0 <= age < 60 for age in status["ages"].values())


@pytest.mark.parametrize("query", ["assurance=logged", "assurance=", "assurance=final&assurance=final"])
async def test_an_assurance_that_no_proof_shows_is_refused(tmp_path, query):
    async with world(tmp_path) as avow:
        did = (await avow.post("/dids", {"name": "city"}, status=201))["did"]
        refused = await avow.client.get(f"/1.0/identifiers/{quote(did, safe='')}?{query}")
        error = refused.json()["didResolutionMetadata"]["error"]
        assert (refused.status_code, error["code"]) == (400, "resolution.options")


def test_the_order_of_states_is_the_protocols():
    assert [*RegistryState] == ["logged", "sealed", "cosigned", "anchored", "final"]
    assert [*PROVABLE] == ["sealed", "cosigned", "anchored", "final"]
    assert RegistryState.ANCHORED.reaches(RegistryState.SEALED)
    assert not RegistryState.SEALED.reaches(RegistryState.ANCHORED)


async def at(avow, index):
    answer = await avow.client.get(f"/log/entries/{index}")
    assert answer.status_code == 200, answer.text
    return answer.json()
