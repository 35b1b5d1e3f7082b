"""Lists in the service: both kinds from one state, served, cached, allocated from, and kept for ever."""

from __future__ import annotations

import asyncio
import gzip
from collections import Counter

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from api.services.status import allocating
from api.services.status.lists import INTERVAL_SECONDS, LASTS_SECONDS
from api.store.tables import StatusChange, StatusList
from credentials.jose import jws
from credentials.status import token_list
from credentials.verifying.lists import SignedLists
from credentials.verifying.means import Means
from credentials.verifying.policy import Policy

from .conftest import world
from .statuses import BOTH, TOKEN, bit, code, entries, fetch, issue, profiles, put

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def avow(tmp_path_factory):
    async with world(tmp_path_factory.mktemp("status")) as running:
        await profiles(running)
        yield running


@pytest.fixture
def later(avow):
    """Let time pass, for one test."""

    def pass_by(seconds):
        avow.clock.offset += seconds
        avow.tokens.clear()

    yield pass_by
    avow.clock.offset = 0
    avow.tokens.clear()
    avow.core.statuses._lists.clear()


async def test_both_kinds_of_lists_say_the_same_of_the_same_index(avow, later):
    credentials = [await issue(avow) for _ in range(6)]
    for credential in credentials[:2]:
        await put(avow, credential, "revocation")
    for credential in credentials[1:4]:
        await put(avow, credential, "suspension")
    later(INTERVAL_SECONDS)
    uri = entries(credentials[0])["revocation"]["statusListCredential"]
    revoked = (await fetch(avow, uri)).json()
    suspended = (await fetch(avow, f"{uri}/suspension")).json()
    token = jws.claims(jws.read((await fetch(avow, uri, **TOKEN)).text, max_bytes=1 << 20))
    assert token["sub"] == uri
    size, data = token_list.decode(token["status_list"], max_bytes=1 << 20)
    assert size == 2
    found = []
    for credential in credentials:
        index = int(entries(credential)["revocation"]["statusListIndex"])
        assert entries(credential)["suspension"]["statusListIndex"] == str(index)
        value = token_list.read(data, index, size=size)
        found.append((bit(revoked, index), bit(suspended, index), value))
    assert found == [(1, 0, 1), (1, 1, 1), (0, 1, 2), (0, 1, 2), (0, 0, 0), (0, 0, 0)]


async def test_a_list_is_itself_a_credential_that_verifies(avow):
    uri = entries(await issue(avow))["revocation"]["statusListCredential"]
    served = (await fetch(avow, uri)).json()
    assert served["issuer"] == avow.did
    assert await code(avow, served) == ""
    core = avow.core
    means = Means(core.documents, core.suites.by_name, Policy(), core.system.now())
    lists = SignedLists(means)
    assert lists.credential((await fetch(avow, uri)).content).document["id"] == uri
    issuer, claims = lists.token((await fetch(avow, uri, **TOKEN)).content)
    assert (issuer, claims["sub"]) == (avow.did, uri)


async def test_a_list_keeps_its_bytes_until_it_changes_or_grows_old(avow, later):
    credential = await issue(avow)
    uri = entries(credential)["revocation"]["statusListCredential"]
    later(LASTS_SECONDS)
    first = await fetch(avow, uri)
    assert (await fetch(avow, uri)).content == first.content
    same = await avow.client.get(uri, headers={"If-None-Match": first.headers["ETag"]})
    assert same.status_code == 304
    assert same.content == b""
    await put(avow, credential, "revocation")
    later(INTERVAL_SECONDS)
    changed = await fetch(avow, uri)
    assert changed.headers["ETag"] != first.headers["ETag"]
    later(LASTS_SECONDS / 2 - 2)
    assert (await fetch(avow, uri)).content == changed.content
    later(3)
    assert (await fetch(avow, uri)).json()["validUntil"] > changed.json()["validUntil"]


async def test_a_list_is_public_cacheable_and_compressed_on_request(avow):
    uri = entries(await issue(avow))["revocation"]["statusListCredential"]
    plain = await fetch(avow, uri, **{"Accept-Encoding": "identity"})
    assert plain.headers["Content-Type"] == "application/vc"
    assert plain.headers["Access-Control-Allow-Origin"] == "*"
    assert "max-age" in plain.headers["Cache-Control"]
    small = await fetch(avow, uri, **{"Accept-Encoding": "gzip"})
    assert small.headers["Content-Encoding"] == "gzip"
    assert small.content == plain.content
    packed = gzip.compress(plain.content, 6, mtime=0)
    assert small.headers["Content-Length"] == str(len(packed))
    token = await fetch(avow, uri, **TOKEN)
    assert token.headers["Content-Type"] == "application/statuslist+jwt"


@pytest.mark.parametrize(
    ("path", "headers", "status", "expected"),
    [
        ("", {"Accept": "application/statuslist+cwt"}, 406, "request.not-acceptable"),
        ("?time=1700000000", {}, 501, "status.historical"),
        ("/refresh", {}, 404, "request.not-found"),
    ],
)
async def test_what_a_list_is_not_served_as(avow, path, headers, status, expected):
    uri = entries(await issue(avow))["revocation"]["statusListCredential"]
    answer = await avow.client.get(uri + path, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, expected)


async def test_lists_that_are_not_there(avow):
    unknown = await avow.client.get(f"/status-lists/{'A' * 22}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "status.list-unknown")
    uri = (await issue(avow, "revocable"))["credentialStatus"]["statusListCredential"]
    none = await avow.client.get(f"{uri}/suspension")
    assert none.json()["code"] == "status.list-unknown"


@pytest.mark.slow
async def test_twenty_thousand_at_once_get_twenty_thousand_indexes(tmp_path, record_property):
    async with world(tmp_path) as running:
        slots = asyncio.Semaphore(2000)

        async def one():
            async with slots:
                return await allocating.allocate(running.core, "t", "did:example:i", ("revocation",), [None])

        given = [allocation for [allocation] in await asyncio.gather(*(one() for _ in range(20_000)))]
        assert len({(each.uri, each.index) for each in given}) == 20_000
        assert len({each.uri for each in given}) == 1
        shares = Counter(each.index * 64 // allocating.ENTRIES for each in given)
        expected = 20_000 / 64
        chi_square = sum((shares[part] - expected) ** 2 / expected for part in range(64))
        assert chi_square < 150  # 63 degrees of freedom: one run in a hundred million is above
        record_property("figure", f"20,000 allocations, none twice, chi-square {chi_square:.0f} of 63")
        counted = running.core.reader.first(select(col(StatusList.allocated)))
        assert counted[0] == 20_000


async def test_a_full_list_is_followed_by_another(tmp_path, monkeypatch):
    monkeypatch.setattr(allocating, "FULL", 3)
    async with world(tmp_path) as running:
        given = await running.core.writer.run(
            lambda unit: allocating.allocate_in(
                unit, running.core, "t", "did:x:y", ("revocation",), [None] * 7
            )
        )
        more = await allocating.allocate(running.core, "t", "did:x:y", ("revocation",), [None])
        other = await allocating.allocate(running.core, "t", "did:x:z", ("revocation",), [None])
    assert sorted(Counter(each.uri for each in given).values()) == [1, 3, 3]
    assert more[0].uri == given[-1].uri
    assert other[0].uri not in {each.uri for each in given}


async def test_states_outlive_the_service(tmp_path):
    async with world(tmp_path) as running:
        made = await running.post("/dids", {"name": "city"}, status=201)
        body = {"did": made["did"], "formats": ["eddsa-jcs-2022"], "status": BOTH}
        await running.put("/issuers/both", body, status=201)
        await running.put("/policies/default", {"trustedIssuers": [made["did"]]})
        revoked, suspended, valid = [await issue(running) for _ in range(3)]
        await put(running, revoked, "revocation")
        await put(running, suspended, "suspension")
    async with world(tmp_path) as running:
        found = [await code(running, credential) for credential in (revoked, suspended, valid)]
        assert found == ["status.revoked", "status.suspended", ""]
        counted = running.core.reader.first(select(func.count(col(StatusChange.number))))
        assert counted[0] == 2
