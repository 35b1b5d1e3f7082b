"""Addresses that must never be connected to: none opens a connection to a listener on this machine."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import asynccontextmanager

import pytest

from api.egress import EgressClient
from api.egress.client import system_resolver
from api.errors import ApiError

pytestmark = pytest.mark.anyio

# PORT becomes that of the listener. By form: refused before anything is looked up.
BY_FORM = {
    # Spellings of loopback and of other addresses
    "https://127.0.0.1:PORT/": "egress.host",
    "https://127.0.0.1:PORT": "egress.host",
    "https://127.1:PORT/": "egress.host",
    "https://127.0.1:PORT/": "egress.host",
    "https://2130706433:PORT/": "egress.host",
    "https://0x7f000001:PORT/": "egress.host",
    "https://0x7f.0.0.1:PORT/": "egress.host",
    "https://0x7f.0x0.0x0.0x1:PORT/": "egress.host",
    "https://0177.0.0.1:PORT/": "egress.host",
    "https://017700000001:PORT/": "egress.host",
    "https://127.000.000.001:PORT/": "egress.host",
    "https://0.0.0.0:PORT/": "egress.host",
    "https://0:PORT/": "egress.host",
    "https://169.254.169.254/latest/meta-data/": "egress.host",
    "https://8.8.8.8/": "egress.host",
    "https://1.2.3.4.5:PORT/": "egress.host",
    "https://a.0x7f:PORT/": "egress.host",
    "https://[::1]:PORT/": "egress.host",
    "https://[::]:PORT/": "egress.host",
    "https://[::ffff:127.0.0.1]:PORT/": "egress.host",
    "https://[::ffff:7f00:1]:PORT/": "egress.host",
    "https://[0:0:0:0:0:0:0:1]:PORT/": "egress.host",
    "https://[64:ff9b::7f00:1]:PORT/": "egress.host",
    "https://[fe80::1%25eth0]:PORT/": "egress.host",
    "https://[fe80::1%eth0]:PORT/": "egress.host",
    "https://[::1%25lo]:PORT/": "egress.host",
    "https://[2002:7f00:1::]:PORT/": "egress.host",
    # Names of this machine and its neighbours
    "https://localhost:PORT/": "egress.host",
    "https://LOCALHOST:PORT/": "egress.host",
    "https://localhost.:PORT/": "egress.host",
    "https://intranet:PORT/": "egress.host",
    "https://service.example.:PORT/": "egress.host",
    "https://-service.example:PORT/": "egress.host",
    "https://.example:PORT/": "egress.host",
    "https://service..example:PORT/": "egress.host",
    "https://%6c%6fcalhost:PORT/": "egress.host",
    "https://127%2e0%2e0%2e1:PORT/": "egress.host",
    # Who is meant
    "https://public.example@127.0.0.1:PORT/": "egress.userinfo",
    "https://user:pass@public.example:PORT/": "egress.userinfo",
    "https://@public.example:PORT/": "egress.userinfo",
    "https://127.0.0.1:PORT@public.example/": "egress.userinfo",
    "https://public.example%40127.0.0.1:PORT/": "egress.host",
    "https://127.0.0.1:PORT\\@public.example/": "egress.url",
    "https://public.example\\@127.0.0.1:PORT/": "egress.url",
    "https:\\\\127.0.0.1:PORT/": "egress.url",
    "https://127.0.0.1:PORT#@public.example/": "egress.url",
    "https://public.example/#127.0.0.1": "egress.url",
    # What unequal parsers read unequally
    "https:/127.0.0.1:PORT/": "egress.url",
    "https:127.0.0.1:PORT/": "egress.url",
    "https:///127.0.0.1:PORT/": "egress.url",
    "//127.0.0.1:PORT/": "egress.url",
    "127.0.0.1:PORT": "egress.url",
    "": "egress.url",
    " https://127.0.0.1:PORT/": "egress.url",
    "https://127.0.0.1:PORT/ ": "egress.url",
    "https://127.0.0.1\t:PORT/": "egress.url",
    "https://127.0.0.1:PORT/\r\nHost: public.example": "egress.url",
    "https://public.example/\0": "egress.url",
    "https://[::1:PORT/": "egress.url",
    "https://::1:PORT/": "egress.url",
    "https://public.example:0PORT/": "egress.url",
    "https://public.example:/": "egress.url",
    "https://public.example:99999/": "egress.url",
    "https://public.example:-1/": "egress.url",
    "https://①②⑦.⓪.⓪.①:PORT/": "egress.url",
    "https://127。0。0。1:PORT/": "egress.url",
    "https://ⓛocalhost:PORT/": "egress.url",
    "https://münchen.example:PORT/": "egress.url",
    "https://public.example/" + "a" * 2048: "egress.url",
    # Other schemes and ports
    "http://public.example:PORT/": "egress.scheme",
    "HTTP://public.example:PORT/": "egress.scheme",
    "http://127.0.0.1:PORT/": "egress.scheme",
    "ftp://127.0.0.1:PORT/": "egress.scheme",
    "file:///etc/passwd": "egress.scheme",
    "gopher://127.0.0.1:PORT/_x": "egress.scheme",
    "dict://127.0.0.1:PORT/": "egress.scheme",
    "data:text/plain,a": "egress.url",
    "https://public.example:22/": "egress.port",
    "https://public.example:25/": "egress.port",
    "https://public.example:80/": "egress.port",
    "https://public.example:1023/": "egress.port",
}
# By address: a name of good form, and what it stands for.
BY_ADDRESS = [
    ["127.0.0.1"],
    ["127.255.255.254"],
    ["0.0.0.0"],
    ["10.0.0.1"],
    ["100.64.0.1"],
    ["100.100.100.200"],
    ["168.63.129.16"],
    ["169.254.169.254"],
    ["172.16.0.1"],
    ["192.0.0.192"],
    ["192.0.2.1"],
    ["192.88.99.1"],
    ["192.168.1.1"],
    ["198.18.0.1"],
    ["198.51.100.1"],
    ["203.0.113.1"],
    ["224.0.0.1"],
    ["240.0.0.1"],
    ["255.255.255.255"],
    ["::1"],
    ["::"],
    ["::ffff:127.0.0.1"],
    ["::ffff:8.8.8.8"],
    ["::127.0.0.1"],
    ["64:ff9b::7f00:1"],
    ["64:ff9b:1::1"],
    ["100::1"],
    ["2001::1"],
    ["2001:db8::1"],
    ["2002:7f00:1::1"],
    ["3fff::1"],
    ["fc00::1"],
    ["fd00:ec2::254"],
    ["fe80::1"],
    ["fe80::1%eth0"],
    ["fec0::1"],
    ["ff02::1"],
    ["no address"],
    ["8.8.8.8", "127.0.0.1"],
    ["2606:4700::1111", "::1"],
]


@asynccontextmanager
async def canary():
    """A listener on both loopback addresses; gives its port and the list of who connected."""
    seen = []

    async def connected(_reader, writer):
        seen.append(writer.get_extra_info("peername"))
        writer.close()

    found = socket.socket()
    found.bind(("127.0.0.1", 0))
    port = found.getsockname()[1]
    servers = [await asyncio.start_server(connected, sock=found)]
    if socket.has_ipv6:
        servers.append(await asyncio.start_server(connected, "::1", port))
    try:
        yield port, seen
    finally:
        for server in servers:
            server.close()


def client(resolver):
    return EgressClient(monotonic=time.monotonic, resolver=resolver)


async def code(egress, url):
    with pytest.raises(ApiError) as caught:
        await egress.fetch(url, media_types={"application/json"}, max_bytes=1000)
    return caught.value.code


async def test_the_canary_sings():
    async with canary() as (port, seen):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        await asyncio.sleep(0.05)
        assert len(seen) == 1


async def test_hostile_forms_are_not_even_looked_up():
    assert len(BY_FORM) + len(BY_ADDRESS) >= 60

    async def lookup(host, _port):
        raise AssertionError(f"{host} was looked up")

    async with canary() as (port, seen):
        egress = client(lookup)
        found = {url: await code(egress, url.replace("PORT", str(port))) for url in BY_FORM}
        await asyncio.sleep(0.05)
        await egress.close()
    assert found == BY_FORM
    assert seen == []


async def test_names_of_hostile_addresses_open_no_connection():
    async with canary() as (port, seen):
        for addresses in BY_ADDRESS:

            async def lookup(_host, _port, addresses=addresses):
                return addresses

            egress = client(lookup)
            assert (await code(egress, f"https://service.example:{port}/")) == "egress.address", addresses
            await egress.close()
        await asyncio.sleep(0.05)
    assert seen == []


async def test_a_name_that_changes_is_looked_up_once():
    """The first answer is checked and is the one that counts; a second one is never asked for."""
    asked = []

    async def lookup(host, _port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["8.8.8.8"]

    async with canary() as (port, seen):
        egress = client(lookup)
        assert (await code(egress, f"https://rebinding.example:{port}/")) == "egress.address"
        await egress.close()
    assert (asked, seen) == (["rebinding.example"], [])


async def test_a_name_without_addresses_is_unresolved():
    async def none(_host, _port):
        raise socket.gaierror(8, "nodename nor servname provided")

    async def empty(_host, _port):
        return []

    for resolver in (none, empty):
        assert await code(client(resolver), "https://service.example/") == "egress.unresolved"


async def test_the_system_resolver_gives_addresses_that_are_then_refused():
    assert "127.0.0.1" in await system_resolver("localhost", 443)
