"""Watching a log over HTTP: what a monitor fetches, compares and keeps in its own file."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from api.client.chain_reading import Node
from api.client.failures import LocalError
from api.client.files import read_object, write_object
from api.client.trust import TrustAnchors, pin
from did import jcs
from did.errors import DidError
from did.registry.checkpoint import verify_checkpoint
from did.registry.monitor import Contract, look
from did.registry.monitorstate import MonitorState
from did.registry.policy import parse_policy

if TYPE_CHECKING:
    from pathlib import Path

    from api.client.chain_reading import Call
    from api.client.service_client import ServiceClient
    from did.registry.monitor import Finding, Look
    from did.registry.policy import Policy
    from did.registry.tiles import Fetch, TilePath
    from did.types import JsonObject

TYPE = "AvowMonitor"
# 100 bytes or so for each DID, so this is good for millions.
MAX_MEMORY_BYTES = 1 << 30
# Witnesses answer within seconds, or the log publishes without them.
_QUORUM_SECONDS = 10.0
_POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Memory:
    """What a monitor keeps: whom it trusts, and how far it got."""

    anchors: TrustAnchors
    state: MonitorState

    @classmethod
    def recall(cls, path: Path, service: ServiceClient, trust: TrustAnchors | None, *, now: int) -> Memory:
        """Read the file; where there is none, begin with the given trust or that of the first contact."""
        if not path.exists():
            anchors = trust or pin(service)
            return cls(anchors, MonitorState(anchors.origin, now))
        content = read_object(path, max_bytes=MAX_MEMORY_BYTES)
        match content:
            case {"type": type_, "trust": dict(named), "log": dict(kept)} if type_ == TYPE:
                memory = cls(TrustAnchors.parse(named), MonitorState.parse(kept))
            case _:
                raise LocalError(
                    "monitor.file", f"{path} is no monitor's file", remedy="name another --state"
                )
        if trust is not None and trust != memory.anchors:
            raise LocalError(
                "monitor.trust",
                f"{path} was begun with other trust anchors",
                remedy="compare both; to take over the new ones, begin with another --state",
            )
        return memory

    def keep(self, path: Path) -> None:
        """Write the file in one step."""
        content = {"type": TYPE, "trust": self.anchors.to_json(), "log": self.state.to_json()}
        write_object(path, content, replace=True)


class Tiles:
    """The tiles that a service or a plain file server gives."""

    def __init__(self, service: ServiceClient) -> None:
        self._service = service
        self._last: tuple[TilePath, bytes | None] | None = None

    def __call__(self, path: TilePath) -> bytes | None:
        """Fetch one; the last one is kept, because proofs ask for its hashes one by one."""
        if self._last is None or self._last[0] != path:
            self._last = path, self._service.find(f"/log/{path.text}")
        return self._last[1]


def look_once(
    memory: Memory,
    service: ServiceClient,
    *,
    call: Call | None,
    now: int,
    max_age: int,
    fetch: Fetch | None = None,
) -> tuple[Memory, Look]:
    """Look at the log, and at the contract if there is a node to ask (`call`)."""
    # The contract first: it follows the log, so an honest log cannot be behind what was read there.
    contract = read_contract(call, memory.anchors) if call else None
    policy = parse_policy(memory.anchors.policy)
    seen = look(
        memory.state,
        _newest_note(service, policy, memory.state.origin),
        policy=policy,
        fetch=fetch or Tiles(service),
        contract=contract,
        now=now,
        max_age=max_age,
    )
    return replace(memory, state=seen.state), seen


def _newest_note(service: ServiceClient, policy: Policy, origin: str) -> str:
    """Fetch the newest note. Just after it was signed the witnesses may still be at it: they get a moment."""
    deadline = time.monotonic() + _QUORUM_SECONDS
    while True:
        note = service.text("/log/checkpoint")
        try:
            verify_checkpoint(note, policy=policy, expected_origin=origin)
        except DidError as error:
            if error.code == "checkpoint.quorum" and time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS)
                continue
        return note  # what is wrong with it otherwise, the look will say


def read_contract(call: Call, anchors: TrustAnchors) -> Contract:
    """Read the head of the trusted contract on the chain that the node serves (`anchor.chain` if on none)."""
    if not anchors.chains:
        raise LocalError("trust.chain", "the trust anchors name no contract", remedy="add --no-chain")
    node = Node(call)
    trusted = node.served(anchors.chains)[0]
    return Contract(trusted, node.newest(trusted))


def evidence_of(finding: Finding, origin: str) -> JsonObject:
    """Give the evidence for a finding as others are shown it."""
    return finding.evidence.to_json(code=finding.code, detail=finding.detail, origin=origin)


def write_evidence(beside: Path, finding: Finding, origin: str) -> Path:
    """Write the evidence next to the monitor's file, under a name of its content; the same one only once."""
    value = evidence_of(finding, origin)
    digest = hashlib.sha256(jcs.canonicalize(value)).hexdigest()[:12]
    path = beside.with_name(f"{beside.stem}-{finding.code}-{digest}.json")
    if not path.exists():
        write_object(path, value)
    return path
