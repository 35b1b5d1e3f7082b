"""Asking witnesses to cosign: the task that shows them each checkpoint that was signed.

A round is one checkpoint shown to all witnesses at once, so that a quorum comes together under one note. It
ends when the quorum is met, when nobody is left who may still answer, or after two seconds. Then comes the
checkpoint that is being anchored, if it is newer, else the newest: so anchored notes get their cosignatures.

Invariants:
- Sealing, signing and anchoring never wait for this task, and no witness waits for another one.
- A line is stored only after it was verified with the very key that the policy has for that witness.
- A witness that fails is left alone for a while, longer each time, up to a minute.
- An entry is cosigned once one note above it meets the quorum; how many witnesses signed it or later ones is
  counted beside that.

Not here: HTTP (`witness_client`), the policy's meaning (`did.registry.policy`), our own witness (`services`).
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from api.errors import ApiError
from api.logs import logger
from did.errors import DidError
from did.registry.checkpoint import cosignature_times
from did.registry.note import SignedNote, parse_note
from did.registry.witness import SizeConflictError, format_request, read_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.registry.notes import Notes, Signed
    from api.registry.publisher import Publisher
    from api.registry.sealer import Sealer
    from api.registry.sequencer import Sequencer
    from api.registry.witness_client import WitnessClient
    from api.system import System
    from did.registry.note import VerifierKey
    from did.registry.policy import Policy
    from did.types import JsonObject

ROUND_SECONDS: Final = 2.0
"""How long the next checkpoint may wait for slow witnesses, while the quorum is not met."""
PATIENCE_SECONDS: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 60.0)
"""Rest after the first, second … failure in a row."""
READ_BACK: Final = 64
"""Notes whose cosignatures are taken up at start, beside that of the newest anchor."""
REMEMBERED: Final = 256
"""Sizes whose cosignatures are kept in memory: minutes of steady load."""


@dataclass(slots=True, eq=False)
class _Asked:
    """One witness, as far as we got with it. `size` is what it is known to hold."""

    name: str
    key: VerifierKey
    client: WitnessClient
    size: int = 0
    cosigned: int = 0
    failures: int = 0
    working: bool = False
    asking: int = 0
    """The size it is being asked for; 0 while it is not."""
    resting: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def lacks(self, target: Signed | None) -> bool:
        """Whether there is something to ask for: not cosigned yet, and the witness is not past it."""
        return target is not None and self.cosigned < target.size and self.size <= target.size


class Cosigning:
    """Asks, verifies, stores; one task, with one more for each witness."""

    def __init__(
        self,
        *,
        policy: Policy,
        clients: Mapping[str, WitnessClient],
        sequencer: Sequencer,
        sealer: Sealer,
        publisher: Publisher,
        notes: Notes,
        system: System,
    ) -> None:
        self.policy: Final = policy
        self._asked = [_Asked(name, policy.witnesses[name], client) for name, client in clients.items()]
        self._sequencer = sequencer
        self._sealer = sealer
        self._publisher = publisher
        self._notes = notes
        self._system = system
        self._times: dict[int, dict[str, int]] = {}
        self._target: Signed | None = None
        self._over = asyncio.Event()
        self.quorum_size = 0
        """The largest size whose note meets the quorum."""
        self.shown_size = 0
        """The largest such size whose map was there when the quorum was met."""

    @property
    def asks(self) -> bool:
        """Whether there are witnesses to ask."""
        return bool(self._asked)

    @property
    def awaited(self) -> tuple[int, ...]:
        """The sizes whose notes may meet the quorum next."""
        if not self._asked:
            return ()
        target, picked = self._target, self._publisher.picked
        begun = target.size if target else 0
        coming = picked.size if picked and picked.size > begun else 0
        return tuple(size for size in (begun, coming, *(asked.asking for asked in self._asked)) if size)

    @property
    def reach(self) -> dict[str, int]:
        """The largest size that each witness cosigned, by its name in the policy."""
        return {asked.name: asked.cosigned for asked in self._asked}

    def standing(self, index: int) -> JsonObject | None:
        """What the witnesses have seen of the entry at `index`; None where none are asked."""
        if not self._asked:
            return None
        count = sum(asked.cosigned > index for asked in self._asked)
        return {"count": count, "of": len(self._asked), "quorum": 0 <= index < self.quorum_size}

    def meets(self, size: int) -> bool:
        """Whether the note of that very size meets the quorum."""
        return self.policy.quorum_time(self._times.get(size, {})) is not None

    def settle(self) -> None:
        """At start: take up the cosignatures that the stored notes have."""
        if not self._asked:
            return
        notes = dict(self._notes.newest(READ_BACK))
        anchored = self._publisher.anchored
        if anchored is not None and anchored.size not in notes:
            notes[anchored.size] = self._notes.note(anchored.size)
        for size, text in notes.items():
            try:
                times = cosignature_times(parse_note(text), self.policy)
            except DidError:
                continue  # made with a key that the policy no longer has under this name
            for asked in self._asked:
                if asked.name in times:
                    self._count(asked, size, times[asked.name])

    async def run(self) -> None:
        """Ask for ever."""
        if not self._asked:
            return
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._lead())
                for asked in self._asked:
                    group.create_task(self._serve(asked))
        finally:
            for asked in self._asked:
                await asked.client.close()

    async def _lead(self) -> None:
        """Begin one round after the other."""
        while True:
            target = self._target = await self._next()
            self._over.clear()
            for asked in self._asked:
                if asked.lacks(target) and not asked.resting:
                    asked.working = True
                    asked.wake.set()
            self._look()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ROUND_SECONDS):
                    await self._over.wait()

    async def _next(self) -> Signed:
        while True:
            self._sealer.on_cosigning.clear()
            done = self._target.size if self._target else 0
            for signed in (self._publisher.picked, self._sealer.signed):
                if signed is not None and signed.size > done:
                    return signed
            await self._sealer.on_cosigning.wait()

    def _look(self) -> None:
        """End the round where nothing more is to be had from it soon."""
        target = self._target
        if target and (self.meets(target.size) or not any(asked.working for asked in self._asked)):
            self._over.set()

    async def _serve(self, asked: _Asked) -> None:
        """Ask one witness, whenever there is something for it."""
        while True:
            await asked.wake.wait()
            asked.wake.clear()
            target = self._target
            if target is not None and asked.lacks(target):
                reason = await self._attempt(asked, target)
                asked.working = False
                self._look()
                if reason:
                    await self._rest(asked, reason)
            else:
                asked.working = False
                self._look()

    async def _attempt(self, asked: _Asked, target: Signed) -> str:
        """Ask once; gives the code of what went wrong, or nothing."""
        asked.asking = target.size
        try:
            await self._ask(asked, target)
        except (DidError, ApiError) as error:
            reason = error.code
        except Exception as error:  # noqa: BLE001  the task must outlive a full disk
            reason = type(error).__name__
        else:
            asked.failures = 0
            return ""
        finally:
            asked.asking = 0
        asked.size = asked.cosigned  # what it said of itself is not to be relied on
        return reason

    async def _rest(self, asked: _Asked, reason: str) -> None:
        if not asked.failures:
            logger.warning("witness.failed", reason=reason, witness=asked.name, task="cosigning")
        seconds = PATIENCE_SECONDS[min(asked.failures, len(PATIENCE_SECONDS) - 1)]
        asked.failures += 1
        asked.resting = True
        await asyncio.sleep(seconds)
        asked.resting = False
        asked.wake.set()

    async def _ask(self, asked: _Asked, target: Signed) -> None:
        note = parse_note(target.note)
        try:
            answer = await self._send(asked, target, note)
        except SizeConflictError as conflict:
            # It holds another size than we knew: once more from there, and not a third time.
            asked.size = self._checked(conflict.size)
            if asked.size > target.size:
                return
            answer = await self._send(asked, target, note)
        now = self._system.seconds()
        line, time = read_answer(answer, body=note.body, key=asked.key, now=now)
        await self._sealer.add_line(target.size, line)
        self._count(asked, target.size, time)

    async def _send(self, asked: _Asked, target: Signed, note: SignedNote) -> str:
        log = self._sequencer.log
        path, origin = log.consistency(asked.size, target.size), log.origin
        ours = tuple(line for line in note.lines if line.name == origin)
        request = format_request(asked.size, path, SignedNote(note.body, ours).text)
        return await asked.client.add_checkpoint(request, old=asked.size)

    def _checked(self, size: int) -> int:
        """The size that a witness says it holds, if we ever signed that far (`witness.ahead`)."""
        newest = self._sealer.signed
        if newest is None or size > newest.size:
            raise ApiError(
                "witness.ahead",
                f"a witness holds size {size} of this log, which was never signed here",
                remedy="Find out whether this is an old copy, or who else has the log's key.",
            )
        return size

    def _count(self, asked: _Asked, size: int, time: int) -> None:
        times = self._times.setdefault(size, {})
        times[asked.name] = time
        asked.size = max(asked.size, size)
        asked.cosigned = max(asked.cosigned, size)
        if size > self.quorum_size and self.meets(size):
            self.quorum_size = size
            if self._sequencer.log.has_map(size):
                self.shown_size = size
        if len(self._times) > REMEMBERED:
            del self._times[min(self._times)]
