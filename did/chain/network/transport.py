"""JSON-RPC 2.0 over HTTP to nodes that the operator configured.

Source: JSON-RPC 2.0 (sections 4 and 5) as the Ethereum execution API uses it.

Invariants:
- Every request ends: time-outs for connecting and for silence, a deadline for the whole, a cap on the answer.
- An answer is decoded by the strict decoder, has the id of its request, and a result or an error, not both.
- No redirect is followed, no proxy or password taken from the environment; a node's address, which often
  holds a secret of its provider, is never shown, only its host.

Not here: addresses that strangers supply, which must never come here; batches, subscriptions, repetition.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import httpx

from did import jsontext
from did.chain.errors import ChainError, RpcError
from did.errors import DidError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from did.types import JsonObject, JsonValue

_MEMBERS: Final = {"jsonrpc", "id", "result", "error"}
MAX_MESSAGE: Final = 200


class Transport(Protocol):
    """One node, however it is reached."""

    @property
    def name(self) -> str:
        """What errors call this node."""
        ...

    async def call(self, method: str, params: Sequence[JsonValue]) -> JsonValue:
        """Send one request and give its result.

        Raises:
            RpcError: the node answered with an error object.
            ChainError: `chain.unavailable` without an answer in time, `chain.answer` for a malformed one.
        """
        ...

    async def close(self) -> None:
        """Release the connections."""
        ...


@dataclass(frozen=True, slots=True)
class TransportLimits:
    """Seconds, and bytes: a block with its transactions' hashes on a busy chain has some 100 kB."""

    connect_seconds: float = 5.0
    silence_seconds: float = 10.0
    total_seconds: float = 20.0
    max_bytes: int = 4 << 20


LIMITS: Final = TransportLimits()


class HttpTransport(Transport):
    """A node behind an ``http`` or ``https`` address. Belongs to the event loop that uses it first."""

    def __init__(self, url: str, *, limits: TransportLimits = LIMITS) -> None:
        """Prepare; nothing is sent yet (`chain.configuration` for what is no such address)."""
        try:
            self._url = httpx.URL(url)
        except httpx.InvalidURL as fault:
            remedy = "correct AVOW_CHAIN_RPC"
            raise ChainError(
                "chain.configuration", "an address of a node is no URL", remedy=remedy
            ) from fault
        if self._url.scheme not in {"http", "https"} or not self._url.host:
            raise ChainError(
                "chain.configuration",
                "an address of a node begins http:// or https://",
                remedy="correct AVOW_CHAIN_RPC: addresses separated by commas",
            )
        port = f":{self._url.port}" if self._url.port else ""
        self._name = f"{self._url.host}{port}"
        self._limits = limits
        self._sent = 0
        timeout = httpx.Timeout(limits.silence_seconds, connect=limits.connect_seconds)
        self._client = httpx.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False)

    def __repr__(self) -> str:
        return f"HttpTransport({self._name!r})"

    @property
    def name(self) -> str:
        """Host and port."""
        return self._name

    async def call(self, method: str, params: Sequence[JsonValue]) -> JsonValue:
        """Send one request and give its result."""
        self._sent += 1
        identifier = self._sent
        request = {"jsonrpc": "2.0", "id": identifier, "method": method, "params": list(params)}
        try:
            async with asyncio.timeout(self._limits.total_seconds):
                body = await self._post(json.dumps(request).encode())
        except (httpx.HTTPError, httpx.StreamError, TimeoutError, RuntimeError) as fault:
            raise ChainError(
                "chain.unavailable",
                f"{self._name} does not answer {method}: {type(fault).__name__}",
                remedy="check that the node runs and that its address is right",
            ) from None
        return self._result(body, identifier, method)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _post(self, content: bytes) -> bytes:
        headers = {"content-type": "application/json", "accept": "application/json"}
        async with self._client.stream("POST", self._url, content=content, headers=headers) as answer:
            if answer.status_code != httpx.codes.OK:
                raise ChainError(
                    "chain.unavailable", f"{self._name} answers with status {answer.status_code}"
                )
            body = bytearray()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > self._limits.max_bytes:
                    raise ChainError(
                        "chain.answer", f"{self._name} answers more than {self._limits.max_bytes} bytes"
                    )
            return bytes(body)

    def _result(self, body: bytes, identifier: int, method: str) -> JsonValue:
        try:
            answer = jsontext.parse_object(body, max_bytes=self._limits.max_bytes)
        except DidError as fault:
            raise ChainError("chain.answer", f"{self._name} to {method}: {fault}") from fault
        error = answer.get("error")
        if (
            answer.get("jsonrpc") != "2.0"
            or not set(answer) <= _MEMBERS
            or ("result" in answer) == (error is not None)
            or isinstance(answer.get("id"), bool)
            or answer.get("id") != identifier
        ):
            raise ChainError("chain.answer", f"{self._name} to {method}: no answer to this JSON-RPC request")
        if error is None:
            return answer["result"]
        raise self._refusal(error, method)

    def _refusal(self, error: JsonValue, method: str) -> ChainError:
        if isinstance(error, dict):
            found: JsonObject = error
            number, message, data = found.get("code"), found.get("message"), found.get("data")
            if isinstance(number, int) and not isinstance(number, bool) and isinstance(message, str):
                return RpcError(number, message[:MAX_MESSAGE], data if isinstance(data, str) else None)
        return ChainError("chain.answer", f"{self._name} to {method}: a malformed error object")
