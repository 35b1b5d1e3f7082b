"""The embedded chain behind the service: read over JSON-RPC by a client that trusts nobody here."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from did.chain.reader import read_head
from did.encoding import decode_hex
from did.registry.bundle import (
    ChainView,
    Expectations,
    Level,
    ObservedHead,
    Requirement,
    TrustedChain,
    verify_bundle,
)
from did.registry.policy import parse_policy

from .conftest import world
from .test_dids import settled

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def avow(tmp_path_factory):
    async with world(tmp_path_factory.mktemp("chain"), chain="embedded") as running:
        running.did = (await running.post("/dids", {"name": "city"}, status=201))["did"]
        await settled(running, running.did)
        yield running


async def call(avow, method, *params):
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
    answer = await avow.client.post("/chain/rpc", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_client_reads_the_head_by_itself_and_verifies_the_bundle(avow):
    anchors = (await avow.client.get("/log/anchors")).json()
    reading = await gathered(avow, anchors)
    result = await settled(avow, avow.did)
    (bundle,) = result["didResolutionMetadata"]["proof"]
    trusted = TrustedChain.from_json(
        {n: anchors[n] for n in ("chain", "contract", "logId", "codeHash", "kind")}
    )
    assert bundle["anchors"][0]["state"]["header"]
    state = verify_bundle(
        json.dumps(bundle).encode(),
        expected_did=avow.did,
        expectations=Expectations(
            origin="localhost:8000/log",
            policy=parse_policy((await avow.client.get("/log/policy")).text),
            view=ChainView(
                chains=(trusted,),
                heads=(ObservedHead.of(reading, final=True),),
                trusted_blocks=(),
                extensions={},
            ),
            require=Requirement(level=Level.FINAL, max_age=600, cosigned=False),
            now=int(datetime.now(UTC).timestamp()) + 1,
            known=(),
        ),
    )
    assert state.only_local_chains
    assert state.document["id"] == avow.did


async def gathered(avow, anchors):
    """Run the synchronous reader over answers that are fetched as it asks."""
    answers: dict[str, object] = {}

    class Wanted(Exception):  # noqa: N818  a question, not an error
        pass

    def ask(method, params):
        key = json.dumps([method, list(params)])
        if key not in answers:
            raise Wanted(method, list(params))
        return answers[key]

    while True:
        try:
            return read_head(
                ask, contract=anchors["contract"], log_id=decode_hex(anchors["logId"], length=32)
            )
        except Wanted as wanted:
            method, params = wanted.args
            answers[json.dumps([method, params])] = (await call(avow, method, *params))["result"]


async def test_nothing_can_be_written_over_json_rpc(avow):
    for method in ("eth_sendRawTransaction", "eth_sendTransaction", "evm_mine", "admin_peers", "eth_getLogs"):
        assert (await call(avow, method, "0x00"))["error"]["code"] == -32601


async def test_malformed_requests_are_json_rpcs_to_refuse(avow):
    answer = await avow.client.post("/chain/rpc", json={"jsonrpc": "1.0"})
    assert answer.json()["error"]["code"] == -32600
    answer = await avow.client.post("/chain/rpc", json=[1])
    assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid")


async def test_a_chain_that_is_not_embedded_is_asked_elsewhere(tmp_path):
    async with world(tmp_path) as avow:
        answer = await avow.client.post(
            "/chain/rpc", json={"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "chain.no-rpc")
