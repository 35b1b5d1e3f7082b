"""Revocation lists in the service: made once, identifiers once; epochs by the clock, public and cacheable."""

from __future__ import annotations

import asyncio
import os

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from api.errors import ApiError
from api.keys import did_keys
from api.services.core import Caller
from api.services.revocation import allocating, changing, lists, parameters
from api.store.tables import Key, Parameters, RevocationIdentifier
from api.system import System
from credentials.errors import CredentialError
from credentials.revocation import EpochSummary, check_gap
from tests.support.data_directory import codes
from zk.predicates.published.lists import check_digits

from .conftest import world
from .revocations import epoch, holds, identifiers, issuer, later, mark, metadata, now_epoch

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def avow(tmp_path_factory):
    async with world(tmp_path_factory.mktemp("revocation")) as running:
        await issuer(running)
        yield running


async def test_a_list_is_made_once_and_its_key_is_wrapped_and_in_no_document(avow):
    assert await lists.ensure_list(avow.core, "default", avow.did) == avow.list
    [row] = avow.core.reader.all(select(Key).where(col(Key.purpose) == lists.PURPOSE))
    secret = lists.gap_key(avow.core, avow.list)
    assert secret.public_key(avow.core.suites.bbs) == avow.list.metadata.gap_key
    assert secret.to_bytes() not in row.wrapped
    scid = avow.did.split(":")[2]
    assert row.key_id not in {key.key_id for key in did_keys.kept(avow.core, "default", scid)}


async def test_epochs_begin_with_the_hour(avow):
    found = avow.list.metadata
    assert (found.width, found.epoch_seconds) == (32, 3600)
    assert (found.epoch_zero.minute, found.epoch_zero.second) == (0, 0)
    assert found.epoch_at(avow.clock.now()) == 0


async def test_a_digit_list_is_made_once_and_no_key_of_it_is_left(avow):
    digest = await parameters.ensure_digit_list(avow.core, "default", avow.did)
    assert await parameters.ensure_digit_list(avow.core, "default", avow.did) == digest
    answer = await avow.client.get(f"/parameters/{digest.hex()}")
    assert answer.headers["cache-control"].endswith("immutable")
    checked = check_digits(avow.core.revocations.system, answer.content, random_bytes=os.urandom)
    assert checked.digest == digest == parameters.digit_list_of(avow.core, "default", avow.did)
    rows = avow.core.reader.all(select(Parameters))
    assert [row.content for row in rows] == [answer.content]
    purposes = {row.purpose for row in avow.core.reader.all(select(Key.purpose))}
    assert not any("digit" in purpose for purpose in purposes)


async def test_two_at_once_make_one_list_and_one_digit_list(tmp_path):
    async with world(tmp_path) as running:
        await issuer(running)
        did = (await running.post("/dids", {"name": "second"}, status=201))["did"]
        made = await asyncio.gather(*(lists.ensure_list(running.core, "default", did) for _ in range(4)))
        assert len({own.list_id for own in made}) == 1
        digests = await asyncio.gather(
            *(parameters.ensure_digit_list(running.core, "default", did) for _ in range(4))
        )
        assert len(set(digests)) == 1
        keys = running.core.reader.all(select(Key.key_id).where(col(Key.purpose) == lists.PURPOSE))
        assert len(keys) == 2


async def test_a_holder_fetches_and_checks_its_gap(avow):
    found = await metadata(avow)
    assert found == avow.list.metadata
    [identifier] = await identifiers(avow)
    number = now_epoch(avow)
    answer = await epoch(avow, number)
    said = (await epoch(avow, number, "/summary")).json()
    summary = EpochSummary.from_json(said, expected_scope=found.scope, expected_epoch=number)
    file = summary.read(answer.content)
    assert check_gap(avow.core.revocations.system, file, identifier, metadata=found).epoch == number
    assert said["list"] == found.url
    assert said["begins"] < said["ends"]
    page = await epoch(avow, number, "/pages/0")
    assert page.content == answer.content


async def test_what_never_changes_may_be_kept(avow):
    number = now_epoch(avow)
    for path, cached in (("", "immutable"), ("/pages/0", "immutable")):
        answer = await epoch(avow, number, path)
        assert cached in answer.headers["cache-control"]
        again = await avow.client.get(answer.url, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    first = await avow.client.get(avow.list.metadata.url)
    assert first.headers["cache-control"] == "public, max-age=300"
    again = await avow.client.get(first.url, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/revocation/AAAAAAAAAAAAAAAAAAAAAA", 404, "revocation.list-unknown"),
        ("/revocation/AAAAAAAAAAAAAAAAAAAAAA/epochs/0", 404, "revocation.list-unknown"),
        ("{list}/epochs/7", 404, "revocation.epoch-unknown"),
        ("{list}/epochs/-1", 400, "request.invalid"),
        ("{list}/epochs/{now}/pages/1", 404, "revocation.page-unknown"),
        (f"/parameters/{'0' * 64}", 404, "parameters.unknown"),
        (f"/parameters/{'A' * 64}", 400, "request.invalid"),
    ],
)
async def test_what_is_not_there(avow, path, status, code):
    answer = await avow.client.get(path.format(list=avow.list.metadata.url, now=now_epoch(avow)))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_digest_of_an_epoch_is_logged_and_its_receipt_is_public(avow):
    number = now_epoch(avow)
    await epoch(avow, number)
    for _ in range(100):
        said = (await epoch(avow, number, "/summary")).json()
        if "receipt" in said["evidence"]:
            break
        await asyncio.sleep(0.02)
    opening = said["evidence"]["receipt"]["opening"]
    assert opening["digest"] == said["digest"] == said["evidence"]["digest"]
    owner = await avow.call("GET", f"/evidence/{said['evidence']['id']}", status=200)
    assert owner.json()["digest"] == said["digest"]


async def test_revoked_from_the_next_epoch_on(tmp_path):
    async with world(tmp_path) as running:
        await issuer(running)
        stays, goes = await identifiers(running, 2)
        first = now_epoch(running)
        assert await holds(running, first, goes)
        changed = await mark(running, goes)
        assert changed["changed"] == 1
        assert changed["effective"] == (await epoch(running, first, "/summary")).json()["ends"]
        assert await holds(running, first, goes)  # what is out stays as it is
        later(running)
        assert not await holds(running, first + 1, goes)
        assert await holds(running, first + 1, stays)
        assert await holds(running, first, goes)  # the epoch before is still served, unchanged


async def test_a_suspension_comes_back_and_a_revocation_does_not(tmp_path):
    async with world(tmp_path) as running:
        await issuer(running)
        [identifier] = await identifiers(running)
        await mark(running, identifier, purpose="suspension")
        number = now_epoch(running)
        assert not await holds(running, number, identifier)
        await mark(running, identifier, purpose="suspension", value=False)
        later(running)
        assert await holds(running, number + 1, identifier)
        await mark(running, identifier)
        refused = await mark(running, identifier, value=False, status=409)
        assert refused["code"] == "status.final"
        later(running)
        assert not await holds(running, number + 2, identifier)
        path = f"{running.list.metadata.url}/identifiers/{identifier}"
        shown = (await running.call("GET", path, status=200)).json()
        assert (shown["revocation"], shown["suspension"]) == (True, False)
        said = [(c["statusPurpose"], c["status"]) for c in shown["changes"]]
        assert said == [("suspension", True), ("suspension", False), ("revocation", True)]


async def test_a_repeat_changes_nothing_and_an_idempotency_key_gives_the_first_answer(avow):
    [identifier] = await identifiers(avow)
    entry = {"list": avow.list.metadata.url, "identifier": identifier}
    headers = {"Idempotency-Key": "revoke-once"}
    first = await avow.post("/credentials/status", {"credentialStatus": entry}, headers=headers)
    again = await avow.post("/credentials/status", {"credentialStatus": entry}, headers=headers)
    assert first == again
    assert (await mark(avow, identifier))["changed"] == 0


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"identifier": 77}, 404, "status.unknown"),
        ({"identifier": 0}, 404, "status.unknown"),
        ({"identifier": 2**40}, 404, "status.unknown"),
        ({"identifier": -1}, 404, "status.unknown"),
        ({"identifier": "77"}, 400, "status.entry"),
        ({"identifier": True}, 400, "status.entry"),
        ({"list": 7}, 400, "status.entry"),
        ({"list": "https://elsewhere.example/revocation/AAAAAAAAAAAAAAAAAAAAAA"}, 404, "status.unknown"),
        ({"statusPurpose": "joy"}, 400, "status.purpose"),
        ({"statusListIndex": "7"}, 400, "status.entry"),
    ],
)
async def test_changes_that_mean_nothing_here(avow, change, status, code):
    [identifier] = await identifiers(avow)
    entry = {"list": avow.list.metadata.url, "identifier": identifier, **change}
    answer = await avow.call("POST", "/credentials/status", {"credentialStatus": entry})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_another_tenant_reaches_no_identifier_of_ours(avow):
    [identifier] = await identifiers(avow)
    stranger = Caller("other", "c", frozenset())
    asked = changing.Wanted(avow.list.list_id, identifier, "revocation", value=True)
    with pytest.raises(ApiError, match=r"status\.unknown"):
        await changing.change(avow.core, stranger, asked, None)
    with pytest.raises(ApiError, match=r"status\.unknown"):
        changing.history(avow.core, stranger, avow.list.list_id, identifier)


async def test_no_identifier_is_given_twice_and_sentinels_never(tmp_path):
    async with world(tmp_path) as running:
        await issuer(running)
        drawn = iter([0, 2**32 - 1, 5, 5, 5, 6])
        system = running.core.system
        fake = System(now=system.now, random_bytes=lambda size: next(drawn).to_bytes(size))
        running.core.system = fake
        given = await running.core.writer.run(
            lambda unit: [allocating.allocate_in(unit, running.core, running.list) for _ in range(2)]
        )
        running.core.system = system
        assert [each.identifier for each in given] == [5, 6]
        assert given[0].to_json() == {"list": running.list.metadata.url, "identifier": 5}
        count = select(func.count()).select_from(RevocationIdentifier)
        assert running.core.reader.first(count)[0] == 2


async def test_our_own_verifier_reads_lists_without_asking_anybody(avow):
    source, url = avow.core.revocations, avow.list.metadata.url
    assert source.metadata(url, issuer=avow.did) == avow.list.metadata
    digest = await parameters.ensure_digit_list(avow.core, "default", avow.did)
    assert len(source.digit_list(digest, issuer=avow.did)) == 12_392
    for act in (
        lambda: source.metadata(url, issuer="did:web:other.example"),
        lambda: source.metadata(url[:-1] + "_", issuer=avow.did),
        lambda: source.metadata("https://elsewhere.example/revocation/x", issuer=avow.did),
        lambda: source.digit_list(bytes(32), issuer=avow.did),
    ):
        with pytest.raises(CredentialError, match=r"revocation\.unreachable"):
            act()


async def test_a_database_with_lists_passes_fsck(tmp_path):
    async with world(tmp_path, chain="embedded") as running:
        await issuer(running)
        await identifiers(running, 3)
        await parameters.ensure_digit_list(running.core, "default", running.did)
        await epoch(running, now_epoch(running))
    assert codes(tmp_path) == {}
