"""Several nodes asked as one: an answer counts when enough of them give it.

Invariants:
- A statement about the chain comes from `need` nodes that say the very same, or it is refused
  (`chain.disagreement`); `need` is above half, so that two different answers cannot both be enough.
- A height or a count is one that `need` nodes have reached: laggards do not hold it back, boasters do not
  push it, as long as they are fewer than `need` and than the others.
- A node that does not answer takes no part; too few answers are `chain.unavailable`.

With one node, `need` is 1 and its word is taken: see `reading` for what proofs add.

Not here: the meaning of answers.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from did.chain.errors import ChainError, RpcError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from did.chain.network.transport import Transport
    from did.types import JsonValue

T = TypeVar("T")

MAX_NODES: Final = 9


@dataclass(frozen=True, slots=True)
class Refused:
    """An error object of a node, as a value that can be compared."""

    number: int
    message: str
    data: str | None

    def error(self) -> RpcError:
        """The same as an exception."""
        return RpcError(self.number, self.message, self.data)


class Nodes:
    """The nodes of one chain. `need` of them decide; by default more than half."""

    def __init__(self, transports: Sequence[Transport], *, need: int | None = None) -> None:
        """Take the nodes (`chain.configuration` for none, too many, or a `need` that decides nothing)."""
        count = len(transports)
        self.need = count // 2 + 1 if need is None else need
        if not 0 < count <= MAX_NODES or not count < 2 * self.need <= 2 * count:
            raise ChainError(
                "chain.configuration",
                f"{self.need} of {count} nodes cannot decide: name at most {MAX_NODES}, need more than half",
            )
        self._transports = tuple(transports)

    async def every(self, question: Callable[[Transport], Awaitable[T]]) -> list[T | Refused | ChainError]:
        """Put a question to all nodes at once; error objects and faults are among the answers."""
        return await asyncio.gather(*(_answer(question, transport) for transport in self._transports))

    async def agreed(self, question: Callable[[Transport], Awaitable[T]]) -> T:
        """The answer that enough nodes give.

        Raises:
            RpcError: enough nodes answered with the same error object.
            ChainError: `chain.disagreement`, or what kept too many from answering.
        """
        found = await self.every(question)
        counted: dict[T | Refused, int] = {}
        for answer in found:
            if not isinstance(answer, ChainError):
                key = _comparable(answer)
                counted[key] = counted.get(key, 0) + 1
        for key, count in counted.items():
            if count >= self.need:
                if isinstance(key, Refused):
                    raise key.error()
                return key
        raise self._undecided(found, f"{len(counted)} different answers")

    async def reached(self, question: Callable[[Transport], Awaitable[int]]) -> int:
        """The highest number that enough nodes have reached."""
        found = await self.every(question)
        numbers = sorted((answer for answer in found if isinstance(answer, int)), reverse=True)
        if len(numbers) < self.need:
            raise self._undecided(found, f"{len(numbers)} of {len(found)} answered")
        return numbers[self.need - 1]

    async def close(self) -> None:
        """Release all connections."""
        await asyncio.gather(*(transport.close() for transport in self._transports))

    def _undecided(self, found: Sequence[object], seen: str) -> ChainError:
        faults = [answer for answer in found if isinstance(answer, ChainError)]
        if len(found) - len(faults) < self.need:
            return faults[0]
        if len(found) == 1 and isinstance(found[0], Refused):
            return found[0].error()
        return ChainError(
            "chain.disagreement",
            f"no {self.need} of {len(found)} nodes say the same: {seen}",
            remedy="one of the nodes lags, is on a fork or lies: compare them, and remove it",
        )


def ask(method: str, *params: JsonValue) -> Callable[[Transport], Awaitable[JsonValue]]:
    """A question that is one request."""

    async def question(transport: Transport) -> JsonValue:
        return await transport.call(method, params)

    return question


def asking(
    decode: Callable[[JsonValue], T], method: str, *params: JsonValue
) -> Callable[[Transport], Awaitable[T]]:
    """A question that is one request whose answer is decoded."""

    async def question(transport: Transport) -> T:
        return decode(await transport.call(method, params))

    return question


async def _answer(
    question: Callable[[Transport], Awaitable[T]], transport: Transport
) -> T | Refused | ChainError:
    try:
        return await question(transport)
    except RpcError as refused:
        return Refused(refused.number, refused.detail, refused.data)
    except ChainError as fault:
        return fault


def _comparable(answer: T | Refused) -> T | Refused:
    """Error objects are compared by their data where there is any: messages are each client's own."""
    if isinstance(answer, Refused) and answer.data is not None:
        return Refused(0, "", answer.data)
    return answer
