"""A registry in memory, a monitor that has followed it so far, and a stranger who judges what it finds."""

from __future__ import annotations

import json
from typing import Any

from did.registry.judging import judge
from did.registry.monitor import Contract, look
from did.registry.monitorstate import MonitorState
from tests.support.registry_world import CHAIN, RegistryWorld
from tests.support.tile_server import TileServer


class Watched:
    """A world with its tiles, Alice, Bob, and the monitor's state."""

    def __init__(self) -> None:
        self.world = RegistryWorld()
        self.server = TileServer(self.world)
        self.policy = self.world.expectations().policy
        self.state = MonitorState(self.world.log.origin, self.world.now)
        self.alice = self.world.create("alice")
        self.world.create("bob")
        self.publish()

    def publish(self) -> None:
        self.note = self.world.notes[self.world.publish()]

    def look(
        self,
        note: str | None = None,
        *,
        server: Any = None,
        contract: Any = True,
        now: int | None = None,
        **more: Any,
    ) -> list[str]:
        """Look, remember the state as a file would, and give the codes."""
        head = self.world.head if contract is True else contract
        self.last = look(
            self.state,
            note or self.note,
            policy=self.policy,
            fetch=(server or self.server).fetch,
            contract=Contract(CHAIN, head) if head else None,
            now=self.world.now if now is None else now,
            **more,
        )
        self.state = MonitorState.parse(json.loads(json.dumps(self.last.state.to_json())))
        assert self.state == self.last.state
        return [found.code for found in self.last.findings]

    def evidence(self) -> Any:
        [found] = self.last.findings
        value = found.evidence.to_json(code=found.code, detail=found.detail, origin=self.state.origin)
        return json.loads(json.dumps(value))

    def judged(self, value: Any = None) -> tuple[str, tuple[str, ...]]:
        found = judge(
            value or self.evidence(),
            policy=self.policy,
            expected_origin=self.state.origin,
            trusted_chains=(CHAIN,),
        )
        return found.code, found.rests_on
