"""What anchors cost: the contract in the embedded chain's engine, genuine proofs of logs of any size."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from did.chain import AnchorCall
from did.chain.abi import artefact, encode_anchor, encode_call, keccak
from did.chain.local_chain import LocalChain
from did.chain.local_keys import Role, account_secret
from tests.support.virtual_log import VirtualLog

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

ORIGIN = "localhost:8000/log"
ADMIN_KEY = b"\x02" * 32
STEPS = 8
"""Anchors that a mean is taken over; each extends the one before by the row's number of entries."""
ROWS = (
    (10**3, 2),
    (10**3, 100),
    (10**6, 2),
    (10**6, 100),
    (10**6, 10**4),
    (10**9, 2),
    (10**9, 100),
    (10**9, 10**4),
    (10**9, 10**6),
)
BUDGETS = {10**6: 85_000, 10**9: 107_000}
"""The most that a mean may be, by the size of the log; fixed in the design."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Gas of the first anchor of a log of this size, and of the eight that follow: mean and maximum."""

    first: int
    mean: int
    max: int

    @classmethod
    def of(cls, costs: Sequence[int]) -> Cost:
        """Sum up nine costs."""
        later = costs[1:]
        return cls(costs[0], round(sum(later) / STEPS), max(later))


def anchors(start: int, step: int) -> Iterator[AnchorCall]:
    """The first anchor of a log of `start` entries, and eight that follow, each `step` entries later."""
    log, old = VirtualLog(), 0
    for size in range(start, start + (STEPS + 1) * step, step):
        map_root = sha256(b"map %d" % size).digest()
        log.seal(size, map_root)
        yield AnchorCall(
            size, log.root(size), map_root, log.consistency(old, size), log.inclusion(size - 1, size)
        )
        old = size


def measured(folder: Path, start: int, step: int) -> Cost:
    """What these anchors cost."""
    chain = _chain(folder / f"{start}-{step}.db")
    costs = [
        chain._execute(chain._publisher, encode_anchor(chain.info.log_id, call)).gas_used
        for call in anchors(start, step)
    ]
    chain.close()
    return Cost.of(costs)


def once(folder: Path) -> dict[str, int]:
    """Gas of what is done once: deploying the contract, opening a log in it."""
    chain = _chain(folder / "once.db")
    evm, admin = chain._loaded(), account_secret(ADMIN_KEY, Role.ADMIN)
    deployed = evm.execute(admin, b"", artefact().bytecode, time=1_800_000_000)
    opening = encode_call("open", keccak(b"gas.example/log"), b"\x07" * 20)
    opened = evm.execute(admin, deployed.created, opening, time=1_800_000_000)
    chain.close()
    return {"deploy": deployed.gas_used, "open": opened.gas_used}


def _chain(path: Path) -> LocalChain:
    return LocalChain.open(path, ORIGIN, 31337, b"\x01" * 32, ADMIN_KEY, lambda: 1_800_000_000)
