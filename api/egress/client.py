"""Fetching what strangers name: the one client for addresses that stand in credentials, DIDs and metadata.

Invariants:
- the address is checked by form first (`api.egress.target`); then its name is looked up once, every address
  found must belong to everybody (`api.egress.addresses`), and the connection goes to that very address. The
  name is what TLS verifies and what `Host` says.
- no redirect is followed, no proxy, password or certificate comes from the environment, no cookie is kept.
- a connection serves one request: a kept one would be found again by address, whatever name it was made for.
- the whole, lookup included, has one deadline; the body is counted while it streams, and comes unencoded.
- the caller says what media types it reads; nothing else comes back, and no status but 200.
- a refusal says what kind of thing was wrong and never which address a name stands for.

Not here: endpoints that the operator configures (witnesses, chain), and any trust in what was fetched.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Final, Protocol

import httpx

from api.egress.addresses import refusal
from api.egress.cache import Cache
from api.egress.target import Target
from api.errors import ApiError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Collection, Sequence

    from api.egress.target import Origin

TRIED_ADDRESSES: Final = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a fetch may take, each with its reason."""

    total_seconds: float = 10.0  # a request of ours may take 30, and may have to fetch twice
    connect_seconds: float = 4.0  # leaves time for a second address
    at_once: int = 16  # sockets that strangers can make us hold
    max_age_seconds: float = 300.0  # a removed key of another host is believed no longer than this


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back; nobody has verified it. `media_type` is in lower case, without parameters."""

    url: str
    media_type: str
    content: bytes


class Resolver(Protocol):
    """Gives the addresses of a name."""

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Look up; OSError where there are none."""
        ...


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """Ask the operating system."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(item[4][0]) for item in found]


class EgressClient:
    """Fetches. Belongs to the event loop that uses it first; `close` ends it."""

    def __init__(
        self,
        *,
        monotonic: Callable[[], float],
        resolver: Resolver = system_resolver,
        unsafe_origins: Collection[Origin] = (),
        limits: Limits = Limits(),
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare; nothing is opened yet. `ssl_context` says which authorities are trusted."""
        self._resolver = resolver
        self._unsafe_origins = frozenset(unsafe_origins)
        self._limits = limits
        self._ssl_context = ssl_context
        self._http: httpx.AsyncClient | None = None
        self._room = asyncio.Semaphore(limits.at_once)
        self._cache: Cache[Fetched] = Cache(monotonic, max_age=limits.max_age_seconds)

    @property
    def unsafe_origins(self) -> frozenset[Origin]:
        """The origins that the operator freed of the rules."""
        return self._unsafe_origins

    async def fetch(self, url: str, *, media_types: Collection[str], max_bytes: int) -> Fetched:
        """Get what stands at an address.

        Codes: egress.url, egress.scheme, egress.userinfo, egress.host, egress.port, egress.unresolved,
        egress.address, egress.unreachable, egress.redirect, egress.not-found, egress.status,
        egress.media-type, egress.encoding, egress.too-large, egress.deadline.
        """
        target = Target.parse(url, unsafe_origins=self._unsafe_origins)
        kept = self._cache.get(url)
        if kept is None or kept.media_type not in media_types or len(kept.content) > max_bytes:
            kept = await self._in_time(target, url, media_types, max_bytes)
            self._cache.put(url, kept, len(kept.content))
        return kept

    async def close(self) -> None:
        """Close what is open."""
        if self._http is not None:
            await self._http.aclose()

    async def _in_time(
        self, target: Target, url: str, media_types: Collection[str], max_bytes: int
    ) -> Fetched:
        try:
            async with asyncio.timeout(self._limits.total_seconds), self._room:
                addresses = await self._addresses(target)
                return await self._first(addresses, target, url, media_types, max_bytes)
        except TimeoutError:
            raise ApiError(
                "egress.deadline", f"no whole answer within {self._limits.total_seconds:g} seconds"
            ) from None

    async def _addresses(self, target: Target) -> Sequence[str]:
        try:
            found = await self._resolver(target.origin.host, target.origin.port)
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise ApiError("egress.unresolved", "the host of the address has no address")
        if not target.trusted and any(refusal(address) is not None for address in found):
            raise ApiError(
                "egress.address",
                "the host stands for an address that is not everybody's",
                remedy="Publish it under a public address.",
            )
        return list(dict.fromkeys(found))[:TRIED_ADDRESSES]

    async def _first(
        self,
        addresses: Sequence[str],
        target: Target,
        url: str,
        media_types: Collection[str],
        max_bytes: int,
    ) -> Fetched:
        for address in addresses:
            try:
                return await self._get(address, target, url, media_types, max_bytes)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
            except (httpx.HTTPError, httpx.StreamError):
                break
        raise ApiError("egress.unreachable", "the host gives no answer over a connection that holds")

    async def _get(
        self, address: str, target: Target, url: str, media_types: Collection[str], max_bytes: int
    ) -> Fetched:
        origin = target.origin
        request = self._client().build_request(
            "GET",
            httpx.URL(
                scheme=origin.scheme, host=address, port=origin.port, raw_path=target.path.encode("ascii")
            ),
            headers={"host": origin.authority, "accept": ", ".join(sorted(media_types))},
            extensions={
                "sni_hostname": origin.host,
                "timeout": httpx.Timeout(
                    self._limits.total_seconds, connect=self._limits.connect_seconds
                ).as_dict(),
            },
        )
        answer = await self._client().send(request, stream=True)
        try:
            _check_status(answer.status_code)
            media_type = _media_type(answer, media_types)
            return Fetched(url, media_type, await _body(answer, max_bytes))
        finally:
            await answer.aclose()

    def _client(self) -> httpx.AsyncClient:
        # Made late: reading the authorities takes some 20 ms, and many services never fetch.
        if self._http is None:
            self._http = httpx.AsyncClient(
                verify=True if self._ssl_context is None else self._ssl_context,
                follow_redirects=False,
                trust_env=False,
                limits=httpx.Limits(max_keepalive_connections=0),
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                headers={"user-agent": "avow", "accept-encoding": "identity", "connection": "close"},
            )
        return self._http


def _check_status(status: int) -> None:
    if status in {404, 410}:
        raise ApiError("egress.not-found", "there is nothing at the address")
    if 300 <= status < 400:
        raise ApiError(
            "egress.redirect",
            "the address points elsewhere, and redirects are not followed",
            remedy="Give the address at which it is served.",
        )
    if status != httpx.codes.OK:
        raise ApiError("egress.status", f"the host answers with status {status}")


def _media_type(answer: httpx.Response, media_types: Collection[str]) -> str:
    found = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if found not in media_types:
        raise ApiError(
            "egress.media-type",
            "the answer is of another media type",
            remedy=f"Serve it as {min(media_types)}.",
        )
    if answer.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise ApiError("egress.encoding", "the answer is compressed, which was not asked for")
    return str(found)


async def _body(answer: httpx.Response, max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > max_bytes:
            raise ApiError("egress.too-large", f"the answer is longer than {max_bytes} bytes")
    return bytes(body)
