"""One witness that the operator configured, asked over HTTP (C2SP tlog-witness, `add-checkpoint`).

Invariants:
- Every request ends: time-outs for connecting and for silence, a deadline for the whole, a cap on the answer.
- No redirect is followed, no proxy or password is taken from the environment.
- An answer is text that nobody has verified yet.

Not here: addresses that strangers supply, which must never come here; what the answer says (`did.registry`).
"""

from __future__ import annotations

import asyncio
import re
from typing import Final

import httpx

from api.errors import ApiError
from did.registry.witness import MAX_ANSWER, SizeConflictError

CONNECT_SECONDS: Final = 5.0
SILENCE_SECONDS: Final = 10.0
TOTAL_SECONDS: Final = 15.0
SIZE: Final = "text/x.tlog.size"
_DECIMAL: Final = re.compile(rb"(0|[1-9][0-9]{0,18})\n")


class WitnessClient:
    """A witness behind its submission prefix. Belongs to the event loop that uses it first."""

    def __init__(self, url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Prepare; nothing is sent yet (`settings.invalid` for what is no http or https address)."""
        try:
            self._url = httpx.URL(url.rstrip("/") + "/add-checkpoint")
        except httpx.InvalidURL:
            raise _no_address() from None
        if self._url.scheme not in {"http", "https"} or not self._url.host or self._url.query:
            raise _no_address()
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
            transport=transport,
            headers={"user-agent": "avow", "content-type": "text/plain; charset=utf-8"},
        )

    async def add_checkpoint(self, request: str, *, old: int) -> str:
        """Send a request whose proof starts at size `old`, and give the text of the answer.

        Raises:
            SizeConflictError: the witness holds another size, which is named.
            ApiError: `witness.unreachable` without an answer in time, `witness.refused` for another status,
                `witness.answer` for what is too long or no text.
        """
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                status, media_type, content = await self._post(request.encode())
        except (httpx.HTTPError, httpx.StreamError, TimeoutError, RuntimeError) as fault:
            raise ApiError("witness.unreachable", f"no answer: {type(fault).__name__}") from None
        if status == httpx.codes.CONFLICT and media_type == SIZE:
            size = _DECIMAL.fullmatch(content)
            if size is None:
                raise ApiError("witness.answer", "the size that the witness holds does not read as one")
            raise SizeConflictError(int(size[1]), old)
        if status != httpx.codes.OK:
            raise ApiError("witness.refused", f"the witness answers with status {status}")
        try:
            return content.decode()
        except UnicodeDecodeError:
            raise ApiError("witness.answer", "the answer is not UTF-8") from None

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _post(self, content: bytes) -> tuple[int, str, bytes]:
        async with self._http.stream("POST", self._url, content=content) as answer:
            body = bytearray()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > MAX_ANSWER:
                    raise ApiError("witness.answer", f"the answer is longer than {MAX_ANSWER} bytes")
            media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            return answer.status_code, media_type, bytes(body)


def _no_address() -> ApiError:
    return ApiError(
        "settings.invalid",
        "AVOW_WITNESSES: the address of a witness begins http:// or https:// and has no query",
        remedy="Give the submission prefix, what stands before /add-checkpoint.",
    )
