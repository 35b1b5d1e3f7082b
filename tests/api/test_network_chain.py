"""The service on a network: states follow the chain's rule, fall back in a reorganisation, and come again."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import pytest

from api.errors import ApiError
from did.chain import abi
from did.chain.errors import ChainError
from did.chain.network import NetworkChain
from did.encoding import decode_hex
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
from tests.support import network_world
from tests.support.anvil import Anvil

from .conftest import world
from .test_dids import resolve, settled

pytestmark = pytest.mark.anyio


@pytest.fixture
def node():
    started = Anvil()
    yield started
    started.stop()


@pytest.fixture
async def network(node, tmp_path):
    """The settings of a service whose log was opened on this node."""
    opened = await asyncio.to_thread(network_world.opened, node, tmp_path)
    key = tmp_path / "publisher.key"
    key.write_text("0x" + "0b" * 32 + "\n")
    key.chmod(0o600)
    return {
        "chain": "evm",
        "chain_rpc": node.url,
        "chain_id": network_world.CHAIN_ID,
        "chain_contract": abi.address_text(opened.contract),
        "chain_admin": abi.address_text(opened.admin),
        "chain_key_file": key,
        "chain_kind": "consortium",
        "chain_finality": "3",
        "chain_wait_ms": 20,
    }


async def test_states_follow_the_rule_and_the_evidence_verifies_from_the_block_alone(node, network, tmp_path):
    async with world(tmp_path / "data", **network) as avow:
        did = (await avow.post("/dids", {"name": "city"}, status=201))["did"]
        result = await settled(avow, did, "anchored")
        assert result["didResolutionMetadata"]["assurance"] == "consortium-chain"
        node.mine(3)
        result = await settled(avow, did, "final")
        anchors = (await avow.client.get("/log/anchors")).json()
        assert anchors["anchors"][0]["state"] == "final"
        [bundle] = result["didResolutionMetadata"]["proof"]
        block = bundle["anchors"][0]["block"]
        names = ("chain", "contract", "logId", "codeHash", "kind")
        trusted = TrustedChain.from_json({name: anchors[name] for name in names})
        verified = verify_bundle(
            json.dumps(bundle).encode(),
            expected_did=did,
            expectations=Expectations(
                origin="localhost:8000/log",
                policy=parse_policy((await avow.client.get("/log/policy")).text),
                view=ChainView(
                    chains=(trusted,),
                    heads=(),
                    trusted_blocks=(
                        TrustedBlock(
                            chain=trusted.chain, hash=decode_hex(block["hash"], length=32), final=True
                        ),
                    ),
                    extensions={},
                ),
                require=Requirement(level=Level.FINAL, max_age=600, cosigned=False),
                now=int(datetime.now(UTC).timestamp()) + 60,
                known=(),
            ),
        )
        assert not verified.only_local_chains
        assert (await avow.client.post("/chain/rpc", json={})).status_code == 404


async def test_a_reorganisation_takes_the_state_back_and_the_service_anchors_again(node, network, tmp_path):
    async with world(tmp_path / "data", **network) as avow:
        node.mine(2)
        town = (await avow.post("/dids", {"name": "town"}, status=201))["did"]
        await settled(avow, town, "anchored")
        did = (await avow.post("/dids", {"name": "city"}, status=201))["did"]
        before = await settled(avow, did, "anchored")
        publisher = avow.core.registry._publisher
        first = publisher.anchored.block
        size = publisher.anchored.size
        node.rpc("evm_setAutomine", False)
        node.rpc("anvil_reorg", 2, [])
        await settled(avow, did, "sealed")
        assert publisher.anchored is None or publisher.anchored.size < size
        listed = (await avow.client.get("/log/anchors")).json()
        assert max(row["size"] for row in listed["anchors"]) == listed["head"]["size"] < size
        node.rpc("evm_setAutomine", True)
        node.mine()
        after = await settled(avow, did, "anchored")
        assert publisher.anchored.block != first
        assert after["didDocument"] == before["didDocument"]
        node.mine(3)
        await settled(avow, did, "final")
        for _ in range(300):
            rows = (await avow.client.get("/log/anchors")).json()["anchors"]
            if all(row["state"] == "final" for row in rows):
                break
            await asyncio.sleep(0.02)
        assert {row["state"] for row in rows} == {"final"}
        assert publisher.anchored.final is True
        assert rows[0]["block"]["hash"] != "0x" + first.hash.hex()


async def test_what_is_final_stays_final_while_newer_anchors_are_not(node, network, tmp_path):
    async with world(tmp_path / "data", **network) as avow:
        first = (await avow.post("/dids", {"name": "one"}, status=201))["logIndex"]
        for name in ("two", "three", "four", "five"):
            did = (await avow.post("/dids", {"name": name}, status=201))["did"]
            await settled(avow, did, "anchored")
        registry = avow.core.registry
        for _ in range(300):
            if registry.progress(first) == "final":
                break
            await asyncio.sleep(0.02)
        assert registry.progress(first) == "final"
        assert registry._publisher.anchored.final is False
    # Known again after a restart, without asking for each.
    async with world(tmp_path / "data", **network) as avow:
        assert avow.core.registry.progress(first) == "final"


async def test_when_a_final_anchor_is_gone_it_stays_final_and_anchoring_waits_until_it_is_back(
    node, network, tmp_path
):
    """Deeper than the rule of finality allows: nothing is anchored over it, nothing is taken back."""
    async with world(tmp_path / "data", **{**network, "chain_finality": "1"}) as avow:
        made = await avow.post("/dids", {"name": "city"}, status=201)
        await settled(avow, made["did"], "anchored")
        node.mine()
        await settled(avow, made["did"], "final")
        publisher = avow.core.registry._publisher
        size, block = publisher.anchored.size, publisher.anchored.block.number
        sent = "0x" + publisher.anchored.transaction.hex()
        raw = node.rpc("eth_getRawTransactionByHash", sent)
        depth = int(node.rpc("eth_blockNumber"), 16) - block + 1
        node.rpc("evm_setAutomine", False)
        node.rpc("anvil_reorg", depth, [])
        node.rpc("anvil_dropAllTransactions")
        town = (await avow.post("/dids", {"name": "town"}, status=201))["did"]
        await settled(avow, town, "sealed")
        await asyncio.sleep(0.5)
        assert avow.core.registry.progress(made["logIndex"]) == "final"
        assert publisher.final_size == size
        assert publisher.behind_since is not None
        assert node.rpc("txpool_content")["pending"] == {}
        node.rpc("eth_sendRawTransaction", raw)
        node.rpc("evm_setAutomine", True)
        node.mine()
        await settled(avow, town, "anchored")


async def test_a_final_proof_stays_to_be_had_while_newer_anchors_are_not_final(
    node, network, tmp_path, monkeypatch
):
    prove = NetworkChain.state_proof

    async def forgetful(self, block):  # as nodes without an archive are
        return await prove(self, block) if block == await self.block() else None

    monkeypatch.setattr(NetworkChain, "state_proof", forgetful)
    bundles = []
    async with world(tmp_path / "data", **network) as avow:
        did = (await avow.post("/dids", {"name": "old"}, status=201))["did"]
        await settled(avow, did, "anchored")
        node.mine(3)
        await settled(avow, did, "final")
        await settled(avow, (await avow.post("/dids", {"name": "new"}, status=201))["did"], "anchored")
        bundles.append(await proven(avow, did, "final"))
        assert avow.core.registry._publisher.anchored.final is False
    node.mine(1)  # the service is down, and the node forgets
    async with world(tmp_path / "data", **network) as avow:
        bundles.append(await proven(avow, did, "final"))
    assert bundles[0]["anchors"] == bundles[1]["anchors"]
    assert bundles[0]["anchors"][0]["state"]["storage"]


async def proven(avow, did, level):
    """The bundle that is to show a level by itself, and does."""
    metadata = (await resolve(avow, did, assurance=level)).json()["didResolutionMetadata"]
    assert (metadata["state"], metadata["proofState"]) == (level, level)
    return metadata["proof"][0]


async def test_what_anchors_cost_is_counted_as_the_receipts_say(node, network, tmp_path):
    async with world(tmp_path / "data", **network) as avow:
        before = int(node.rpc("eth_getBalance", "0x" + network_world.PUBLISHER.address.hex(), "latest"), 16)
        publisher = avow.core.standing.publisher
        spent = publisher.fees
        for name in ("one", "two"):
            await settled(avow, (await avow.post("/dids", {"name": name}, status=201))["did"], "anchored")
        after = int(node.rpc("eth_getBalance", "0x" + network_world.PUBLISHER.address.hex(), "latest"), 16)
        assert publisher.anchors >= 2
        assert 50_000 * publisher.anchors < publisher.gas < 150_000 * publisher.anchors
        assert publisher.fees - spent == before - after > 0


async def test_a_node_that_dies_is_counted_by_its_code(node, network, tmp_path):
    async with world(tmp_path / "data", **network) as avow:
        await settled(avow, (await avow.post("/dids", {"name": "one"}, status=201))["did"], "anchored")
        publisher = avow.core.standing.publisher
        node.kill()
        await avow.post("/dids", {"name": "two"}, status=201)
        for _ in range(500):
            if publisher.failures:
                break
            await asyncio.sleep(0.02)
        assert publisher.trouble == "chain.unavailable"
        figures = (await avow.client.get("/metrics")).text
        assert 'avow_anchor_failures_total{code="chain.unavailable"}' in figures


async def test_a_restart_goes_on_where_it_was(node, network, tmp_path):
    async with world(tmp_path / "data", **network) as avow:
        did = (await avow.post("/dids", {"name": "city"}, status=201))["did"]
        await settled(avow, did, "anchored")
    sent = node.count(network_world.PUBLISHER.address)
    async with world(tmp_path / "data", **network) as avow:
        await settled(avow, did, "anchored")
    assert node.count(network_world.PUBLISHER.address) - sent <= 1


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"chain_rpc": None}, "settings.invalid", "AVOW_CHAIN_RPC"),
        ({"chain_contract": None}, "settings.invalid", "AVOW_CHAIN_CONTRACT"),
        ({"chain_id": 1}, "chain.configuration", "chain 1"),
        ({"chain_contract": "0x" + "77" * 20}, "chain.code-mismatch", "no contract"),
        ({"chain_admin": None}, "chain.configuration", "no log of"),
        ({"chain_rpc": "http://127.0.0.1:9"}, "chain.unavailable", "does not answer"),
        ({"chain_rpc": "localhost:8545"}, "chain.configuration", "http://"),
        ({"public_url": "http://other.example"}, "chain.configuration", "other.example/log"),
    ],
)
async def test_a_start_that_does_not_fit_the_network_is_refused(network, tmp_path, change, code, says):
    values = {name: value for name, value in {**network, **change}.items() if value is not None}
    with pytest.raises((ApiError, ChainError)) as refused:
        async with world(tmp_path / "data", **values):
            pass
    assert (refused.value.code, says in refused.value.detail) == (code, True)
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("content", "mode"),
    [("0b" * 32, 0o644), ("0b" * 31, 0o600), ("zz" * 32, 0o600), ("", 0o600), (None, 0o600)],
)
async def test_a_key_file_that_cannot_be_used_is_refused(network, tmp_path, content, mode):
    key = tmp_path / "other.key"
    if content is not None:
        key.write_text(content)
        key.chmod(mode)
    with pytest.raises(ApiError) as refused:
        async with world(tmp_path / "data", **{**network, "chain_key_file": key}):
            pass
    assert refused.value.code == "keys.chain-file"
    assert "0b0b" not in str(refused.value)
