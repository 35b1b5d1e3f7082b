"""Calls of the contract by four accounts: honest ones, ways to spoil them, and a node that tries them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from eth_utils import keccak

from did.chain import AnchorCall
from did.chain.abi import artefact, log_id_of
from tests.support.contract_sandbox import CONTRACT
from tests.support.virtual_log import VirtualLog

if TYPE_CHECKING:
    from tests.support.anvil import Anvil

ADMIN, PUBLISHER, STRANGER, HEIR = (bytes([n]) * 20 for n in (0xA1, 0xB2, 0xC3, 0xD4))
ORIGIN_HASH = keccak(text="registry.example/log")
LOG_ID = log_id_of(ADMIN, ORIGIN_HASH)
NUMBER, TIME = 1_000, 1_800_000_000
"""The block in which a node tries calls."""


def map_root(size):
    return sha256(b"map %d" % size).digest()


def honest(log, old, new):
    return AnchorCall(
        new, log.root(new), map_root(new), log.consistency(old, new), log.inclusion(new - 1, new)
    )


def sealed_log(*sizes):
    log = VirtualLog(b"entry ", distinct=True)
    for size in sizes:
        if size:
            log.seal(size, map_root(size))
    return log


def flipped(value):
    return bytes([value[0] ^ 1]) + value[1:]


def mutations(call, old):
    """Every way to spoil an honest call that its caller can think of, by name."""
    yield "flipped root", replace(call, root=flipped(call.root))
    yield "flipped map root", replace(call, map_root=flipped(call.map_root))
    for change in (-1, 1, 2):
        if call.size + change > old:
            yield f"size {change:+}", replace(call, size=call.size + change)
    for name in ("extension", "edge"):
        proof = getattr(call, name)
        for at, node in enumerate(proof):
            before, after = proof[:at], proof[at + 1 :]
            yield f"{name}[{at}] flipped", replace(call, **{name: (*before, flipped(node), *after)})
            yield f"{name}[{at}] missing", replace(call, **{name: before + after})
            yield f"{name}[{at}] twice", replace(call, **{name: proof[: at + 1] + proof[at:]})
        yield f"{name} with one more", replace(call, **{name: (*proof, sha256(b"more").digest())})
        yield f"{name} after one more", replace(call, **{name: (sha256(b"more").digest(), *proof)})
        if len(set(proof)) > 1:
            yield f"{name} reversed", replace(call, **{name: proof[::-1]})
            yield f"{name} rotated", replace(call, **{name: proof[1:] + proof[:1]})
    if call.extension != call.edge:
        yield "proofs swapped", replace(call, extension=call.edge, edge=call.extension)


@dataclass(frozen=True, slots=True)
class Tried:
    """What one call ended with."""

    taken: bool
    output: bytes
    gas: int


def simulated(node: Anvil, calls: list[tuple[bytes, bytes]]) -> list[Tried]:
    """What calls (sender, data) of the artefact's code end with, one after the other in one block."""

    def call(sender, data):
        fields = {"from": sender, "to": CONTRACT, "input": data}
        return {name: "0x" + value.hex() for name, value in fields.items()} | {"gas": hex(1_000_000)}

    block = {
        "blockOverrides": {"number": hex(NUMBER), "time": hex(TIME), "gasLimit": hex(10**9)},
        "stateOverrides": {"0x" + CONTRACT.hex(): {"code": "0x" + artefact().deployed_bytecode.hex()}},
        "calls": [call(sender, data) for sender, data in calls],
    }
    [found] = node.rpc("eth_simulateV1", {"blockStateCalls": [block], "validation": False}, "latest")
    assert len(found["calls"]) == len(calls)
    return [
        Tried(answer["status"] == "0x1", bytes.fromhex(answer["returnData"][2:]), int(answer["gasUsed"], 16))
        for answer in found["calls"]
    ]
