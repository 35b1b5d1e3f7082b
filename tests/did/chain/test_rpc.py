"""The read-only JSON-RPC surface, the reader over it, and what both refuse."""

from __future__ import annotations

import asyncio
from hashlib import sha256

import pytest
import rlp
from eth_utils import keccak
from trie import HexaryTrie

from did.chain import AnchorCall, BlockRef, ChainError
from did.chain.abi import base_slot, encode_anchor, encode_call, encode_includes
from did.chain.embedded import EmbeddedChain
from did.chain.reader import read_head
from did.chain.rpc import MAX_DATA_BYTES, MAX_WAITING, ReadOnlyRpc, RpcError
from tests.support.virtual_log import VirtualLog

TIME = 1_800_000_000


class World:
    """A chain with two anchors; `ask` sends one request."""

    def __init__(self, path):
        self.path = path
        self.log = VirtualLog()
        self.loop = asyncio.new_event_loop()
        self.chain = self.run(
            EmbeddedChain.open(
                path / "chain.db",
                origin="localhost:8000/log",
                publisher_key=b"\x01" * 32,
                admin_key=b"\x02" * 32,
                now=lambda: TIME,
            )
        )
        self.rpc = ReadOnlyRpc(self.chain)
        self.info = self.run(self.chain.describe())
        self.anchored = [
            self.run(self.chain.anchor(self.call(0, 4))),
            self.run(self.chain.anchor(self.call(4, 9))),
        ]

    def call(self, old, new):
        map_root = sha256(b"map %d" % new).digest()
        self.log.seal(new, map_root)
        extension, edge = self.log.consistency(old, new), self.log.inclusion(new - 1, new)
        return AnchorCall(new, self.log.root(new), map_root, extension, edge)

    def run(self, awaitable):
        return self.loop.run_until_complete(awaitable)

    def ask(self, method, params):
        return self.run(self.rpc.handle(method, params))

    def close(self):
        self.run(self.chain.close())
        self.loop.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("rpc"))
    yield made
    made.close()


def hexed(data):
    return "0x" + data.hex()


def test_chain_id_and_block_number(world):
    assert world.ask("eth_chainId", []) == hex(31337)
    assert world.ask("eth_blockNumber", []) == "0x4"


def test_blocks_by_number_tag_and_hash(world):
    newest = world.anchored[1].block
    block = world.ask("eth_getBlockByNumber", ["latest", False])
    assert (block["number"], block["hash"]) == ("0x4", hexed(newest.hash))
    assert (block["timestamp"], block["baseFeePerGas"]) == (hex(TIME), "0x0")
    assert block["transactions"] == [hexed(world.anchored[1].tx_hash)]
    assert block["parentHash"] == hexed(world.anchored[0].block.hash)
    assert len(block["logsBloom"]) == 2 + 512
    for name in ("safe", "finalized", "0x4"):
        assert world.ask("eth_getBlockByNumber", [name, False]) == block
    assert world.ask("eth_getBlockByHash", [hexed(newest.hash), False]) == block
    assert world.ask("eth_getBlockByNumber", ["earliest", False])["number"] == "0x0"
    assert world.ask("eth_getBlockByNumber", ["0x5", False]) is None
    assert world.ask("eth_getBlockByHash", [hexed(bytes(32)), False]) is None
    assert world.ask("eth_getBlockByHash", [hexed(world.info.code_hash), False]) is None


def test_the_hash_of_a_block_is_that_of_its_members(world):
    block = world.ask("eth_getBlockByNumber", ["latest", False])
    # The order of the execution specification; q marks quantities.
    order = (
        "parentHash sha3Uncles miner stateRoot transactionsRoot receiptsRoot logsBloom q:difficulty q:number"
        " q:gasLimit q:gasUsed q:timestamp extraData mixHash nonce q:baseFeePerGas withdrawalsRoot"
        " q:blobGasUsed q:excessBlobGas parentBeaconBlockRoot requestsHash"
    )
    fields = []
    for name in order.split():
        value = block[name.removeprefix("q:")]
        if name.startswith("q:"):
            number = int(value, 16)
            fields.append(number.to_bytes((number.bit_length() + 7) // 8))
        else:
            fields.append(bytes.fromhex(value[2:]))
    assert hexed(keccak(rlp.encode(fields))) == block["hash"]


def test_code_is_the_artefacts_from_its_block_on(world):
    code = world.ask("eth_getCode", [world.info.contract, "latest"])
    assert keccak(hexstr=code) == world.info.code_hash
    assert world.ask("eth_getCode", [world.info.contract, "earliest"]) == "0x"
    assert world.ask("eth_getCode", [hexed(bytes(20)), "latest"]) == "0x"


def test_calls_read_the_state_of_their_block(world):
    data = hexed(encode_call("head", world.info.log_id))
    for name, size in (("latest", 9), ("0x3", 4), ("0x2", 0)):
        answer = world.ask("eth_call", [{"to": world.info.contract, "data": data}, name])
        assert int(answer[2:66], 16) == size
    assert world.ask("eth_call", [{"to": world.info.contract, "input": data}, "earliest"]) == "0x"


def test_another_contract_could_rely_on_an_entry(world):
    entry = encode_includes(world.info.log_id, b"filler", 2, world.log.inclusion(2, 9))
    answer = world.ask("eth_call", [{"to": world.info.contract, "data": hexed(entry)}, "latest"])
    assert int(answer, 16) == 1


def test_a_reverted_call_gives_its_data(world):
    data = hexed(encode_anchor(world.info.log_id, world.call(4, 9)))
    publisher = world.run(world.chain.roles()).publisher
    with pytest.raises(RpcError) as refused:
        world.ask("eth_call", [{"to": world.info.contract, "data": data, "from": hexed(publisher)}, "latest"])
    assert refused.value.number == 3
    assert refused.value.data == hexed(keccak(text="NotLarger(uint64,uint64)")[:4] + (9).to_bytes(32) * 2)
    assert world.ask("eth_blockNumber", []) == "0x4"


def test_proofs_hold_against_the_header(world):
    base = base_slot(world.info.log_id)
    keys = [hexed((base + offset).to_bytes(32)) for offset in range(7)]
    proof = world.ask("eth_getProof", [world.info.contract, keys, "latest"])
    root = bytes.fromhex(world.ask("eth_getBlockByNumber", ["latest", False])["stateRoot"][2:])
    nodes = [rlp.decode(bytes.fromhex(node[2:])) for node in proof["accountProof"]]
    key = keccak(hexstr=world.info.contract)
    account = rlp.decode(HexaryTrie.get_from_proof(root, key, nodes))
    assert hexed(account[2]) == proof["storageHash"]
    assert (hexed(account[3]), proof["codeHash"]) == (hexed(world.info.code_hash),) * 2
    assert (proof["nonce"], proof["balance"]) == ("0x1", "0x0")
    for item in proof["storageProof"]:
        nodes = [rlp.decode(bytes.fromhex(node[2:])) for node in item["proof"]]
        found = HexaryTrie.get_from_proof(account[2], keccak(hexstr=item["key"]), nodes)
        assert (int.from_bytes(rlp.decode(found)) if found else 0) == int(item["value"], 16)
    assert int(proof["storageProof"][2]["value"], 16) & (2**64 - 1) == 9


def test_an_account_that_is_not_there_is_proven_absent(world):
    proof = world.ask("eth_getProof", [hexed(b"\x77" * 20), [hexed(bytes(32))], "latest"])
    assert (proof["nonce"], proof["balance"]) == ("0x0", "0x0")
    assert proof["storageProof"][0]["value"] == "0x0"
    assert proof["storageProof"][0]["proof"] == []


CALL = {"to": "0x" + "11" * 20, "data": "0x"}


@pytest.mark.parametrize(
    ("method", "params", "number"),
    [
        ("eth_sendRawTransaction", ["0x"], -32601),
        ("eth_getLogs", [{}], -32601),
        ("", [], -32601),
        ("eth_chainId", {}, -32602),
        ("eth_chainId", None, -32602),
        ("eth_chainId", [1], -32602),
        ("eth_getBlockByNumber", ["latest"], -32602),
        ("eth_getBlockByNumber", ["latest", True], -32602),
        ("eth_getBlockByNumber", ["pending", False], -32602),
        ("eth_getBlockByNumber", ["0x01", False], -32602),
        ("eth_getBlockByNumber", ["1", False], -32602),
        ("eth_getBlockByNumber", [1, False], -32602),
        ("eth_getBlockByNumber", [["latest"], False], -32602),
        ("eth_getBlockByNumber", ["0x" + "1" * 17, False], -32602),
        ("eth_getBlockByHash", ["0x12", False], -32602),
        ("eth_getCode", ["0x12", "latest"], -32602),
        ("eth_getCode", ["0x" + "11" * 20, "0x5"], -32001),
        ("eth_getCode", ["0x" + "zz" * 20, "latest"], -32602),
        ("eth_call", [CALL, "latest"], -32602),
        ("eth_call", [{**CALL, "gas": "0x1"}, "latest"], -32602),
        ("eth_call", [{"data": "0x"}, "latest"], -32602),
        ("eth_call", [{**CALL, "input": "0x00"}, "latest"], -32602),
        ("eth_call", ["0x", "latest"], -32602),
        ("eth_getProof", ["0x" + "11" * 20, ["0x0"], "latest"], -32602),
        ("eth_getProof", ["0x" + "11" * 20, ["0x" + "00" * 32] * 17, "latest"], -32602),
        ("eth_getProof", ["0x" + "11" * 20, "0x", "latest"], -32602),
    ],
)
def test_requests_of_another_form_are_refused(world, method, params, number):
    with pytest.raises(RpcError) as refused:
        world.ask(method, params)
    assert (refused.value.code, refused.value.number) == ("chain.rpc", number)


def test_calldata_is_bounded(world):
    def ask(size):
        return world.ask("eth_call", [{"to": world.info.contract, "data": "0x" + "00" * size}, "latest"])

    with pytest.raises(RpcError) as refused:
        ask(MAX_DATA_BYTES + 1)
    assert refused.value.number == -32602
    with pytest.raises(RpcError) as refused:
        ask(MAX_DATA_BYTES)
    assert refused.value.number == 3  # executed, and no function of the contract


@pytest.mark.parametrize(
    ("request_", "identifier", "number"),
    [
        ([], None, -32600),
        ({}, None, -32600),
        ({"jsonrpc": "2.0", "method": "eth_chainId"}, None, -32600),
        ({"jsonrpc": "1.0", "id": 1, "method": "eth_chainId"}, 1, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": 7}, 1, -32600),
        ({"jsonrpc": "2.0", "id": True, "method": "eth_chainId"}, None, -32600),
        ({"jsonrpc": "2.0", "id": "i" * 65, "method": "eth_chainId"}, None, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "more": 1}, None, -32600),
        ({"jsonrpc": "2.0", "id": "a", "method": "eth_mine", "params": []}, "a", -32601),
    ],
)
def test_bad_envelopes_are_answered_with_an_error(world, request_, identifier, number):
    answer = world.run(world.rpc.respond(request_))
    assert (answer["jsonrpc"], answer["id"], answer["error"]["code"]) == ("2.0", identifier, number)
    assert answer["error"]["message"]


def test_a_good_envelope_is_answered(world):
    request = {"jsonrpc": "2.0", "id": 7, "method": "eth_chainId"}
    assert world.run(world.rpc.respond(request)) == {"jsonrpc": "2.0", "id": 7, "result": "0x7a69"}


def test_a_flood_is_refused_beyond_the_limit(world):
    async def flood():
        asks = [world.rpc.handle("eth_blockNumber", []) for _ in range(MAX_WAITING + 5)]
        return await asyncio.gather(*asks, return_exceptions=True)

    answers = world.run(flood())
    refused = [answer for answer in answers if isinstance(answer, RpcError)]
    assert [error.number for error in refused] == [-32005] * 5
    assert answers.count("0x4") == MAX_WAITING
    assert world.ask("eth_blockNumber", []) == "0x4"


def reading(world, call=None, **changes):
    arguments = {"contract": world.info.contract, "log_id": world.info.log_id, **changes}
    return read_head(call or world.ask, **arguments)


@pytest.mark.parametrize(("block", "size", "number"), [("latest", 9, 4), (3, 4, 3), ("finalized", 9, 4)])
def test_the_reader_reads_what_the_driver_reads(world, block, size, number):
    found = reading(world, block=block)
    assert (found.chain, found.contract, found.log_id) == (
        world.info.chain,
        world.info.contract,
        world.info.log_id,
    )
    assert found.code_hash == world.info.code_hash
    assert found.head == world.run(world.chain.head(at=number))
    assert (found.head.size, found.block) == (size, world.run(world.chain.block(number)))


def test_the_reader_finds_no_code_where_none_stands(world):
    def call(method, params):
        return "0x" if method == "eth_call" else world.ask(method, params)

    with pytest.raises(ChainError) as refused:
        reading(world, call, contract="0x" + "11" * 20)
    assert refused.value.code == "chain.answer"


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("eth_chainId", None),
        ("eth_chainId", "31337"),
        ("eth_chainId", "0x07a69"),
        ("eth_chainId", 7),
        ("eth_getBlockByNumber", None),
        ("eth_getBlockByNumber", {}),
        ("eth_getBlockByNumber", {"number": "0x4", "hash": "0x12"}),
        ("eth_getBlockByNumber", {"number": None, "hash": "0x" + "00" * 32}),
        ("eth_getCode", "0xABC"),
        ("eth_getCode", "0x" + "00" * 24_577),
        ("eth_call", "0x"),
        ("eth_call", "0x" + "00" * 191),
        ("eth_call", "0x" + "ff" * 192),
    ],
)
def test_the_reader_refuses_other_answers(world, method, answer):
    with pytest.raises(ChainError) as refused:
        reading(world, lambda asked, params: answer if asked == method else world.ask(asked, params))
    assert refused.value.code == "chain.answer"


def test_the_reader_refuses_a_block_that_was_replaced_meanwhile(world):
    hashes = iter([b"\x01" * 32, b"\x02" * 32])

    def call(method, params):
        answer = world.ask(method, params)
        return {**answer, "hash": hexed(next(hashes))} if method == "eth_getBlockByNumber" else answer

    with pytest.raises(ChainError) as refused:
        reading(world, call)
    assert refused.value.code == "chain.reorganised"


@pytest.mark.parametrize(
    "changes", [{"contract": "0x12"}, {"contract": "0x" + "AB" * 20}, {"log_id": bytes(31)}]
)
def test_the_reader_refuses_names_of_another_form(world, changes):
    with pytest.raises(ChainError) as refused:
        reading(world, **changes)
    assert refused.value.code == "chain.call"


def test_a_closed_chain_is_unavailable(tmp_path):
    closed = World(tmp_path)
    closed.run(closed.chain.close())
    for question in (closed.rpc.handle("eth_chainId", []), closed.chain.is_final(BlockRef(0, bytes(32)))):
        with pytest.raises(ChainError) as refused:
            closed.run(question)
        assert "chain is closed" in refused.value.detail
    closed.loop.close()
