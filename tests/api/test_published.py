"""The service that publishes its checkpoints in a file: it works, and it never says that it is anchored."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import UTC, datetime

import pytest

from api.client.failures import RejectedError
from api.client.resolving import wait_for
from api.client.trust import pin
from api.errors import ApiError
from api.settings import Settings
from did.chain import ChainError
from did.errors import DidError
from did.registry.bundle import Level
from tests.support.relying import verify

from .conftest import world
from .test_dids import settled

pytestmark = pytest.mark.anyio

NAME = "published-checkpoints.jsonl"


async def published(avow, size=1):
    """The sizes in the file, once one is at least `size` and the service has noted it."""
    for _ in range(500):
        found = sizes(avow.settings.published_path)
        noted = avow.core.registry._publisher.rows.newest_kept()
        if found and noted is not None and noted.size == found[-1] >= size:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(found)


def sizes(path):
    return [json.loads(line)["size"] for line in path.read_bytes().splitlines()[1:]]


async def history(data, names, **settings):
    """Run a service that makes these DIDs and gets them published; the DIDs and the published sizes."""
    async with world(data, chain="file", **settings) as avow:
        made = [await avow.post("/dids", {"name": name}, status=201) for name in names]
        return [one["did"] for one in made], await published(avow, made[-1]["logIndex"] + 1)


class Anonymous:
    """What `pin` asks of a client, from answers fetched before."""

    def __init__(self, policy, anchors):
        self._policy, self._anchors = policy, anchors

    def text(self, _path):
        return self._policy

    def get(self, _path):
        return self._anchors


async def trusted(avow):
    policy = (await avow.client.get("/log/policy")).text
    return pin(Anonymous(policy, (await avow.client.get("/log/anchors")).json()))


async def test_states_end_at_sealed_and_everything_says_that_nothing_is_anchored(tmp_path):
    async with world(tmp_path, chain="file") as avow:
        made = await avow.post("/dids", {"name": "city"}, status=201)
        seen = await published(avow, made["logIndex"] + 1)
        await asyncio.sleep(0.2)
        result = await settled(avow, made["did"], "sealed")
        metadata = result["didResolutionMetadata"]
        assert (metadata["state"], metadata["assurance"]) == ("sealed", "not-anchored")
        [bundle] = metadata["proof"]
        assert "anchors" not in bundle
        assert avow.core.registry.progress(made["logIndex"]) == "sealed"

        anchors = (await avow.client.get("/log/anchors")).json()
        assert (anchors["kind"], anchors["assurance"], anchors["chain"]) == ("file", "not-anchored", "file")
        assert (anchors["contract"], anchors["anchors"], anchors["head"]["size"]) == ("", [], seen[-1])
        ready = await avow.client.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]["chain"]) == (200, "ok")
        assert (await avow.client.post("/chain/rpc", json={})).json()["code"] == "chain.no-rpc"
        page = (await avow.client.get("/", headers={"Accept": "text/html"})).text
        assert "nowhere: checkpoints are published in a file" in page

        anchors = await trusted(avow)
        assert anchors.chains == ()
        raw, now = json.dumps(bundle).encode(), int(datetime.now(UTC).timestamp()) + 1
        state = verify(raw, expected_did=made["did"], anchors=anchors, level=Level.SEALED, now=now)
        assert state.level is Level.SEALED
        with pytest.raises(DidError) as refused:
            verify(raw, expected_did=made["did"], anchors=anchors, level=Level.ANCHORED, now=now)
        assert refused.value.code == "anchor.missing"


async def test_waiting_for_an_anchor_ends_at_once(tmp_path):
    answer = {"state": "logged", "assurance": "not-anchored"}
    for state in ("anchored", "final"):
        with pytest.raises(RejectedError) as refused:
            wait_for(lambda: answer, state, code="did.not-yet", what="it")
        assert refused.value.code == "registry.not-anchored"
    assert (
        wait_for(lambda: {**answer, "state": "sealed"}, "sealed", code="did.not-yet", what="it") == "sealed"
    )


async def test_evidence_gets_a_receipt_without_anchors(tmp_path):
    async with world(tmp_path, chain="file") as avow:
        body = {"digest": "A" * 43}
        made = await avow.post("/evidence", body, status=201, headers={"Idempotency-Key": "once"})
        await published(avow, made["logIndex"] + 1)
        shown = (await avow.call("GET", f"/evidence/{made['id']}", status=200)).json()
        assert (shown["state"], shown["assurance"]) == ("sealed", "not-anchored")
        assert "anchors" not in shown["receipt"]


async def test_a_restart_goes_on_where_it_was(tmp_path):
    [did], before = await history(tmp_path, ["one"])
    async with world(tmp_path, chain="file") as avow:
        await settled(avow, did, "sealed")
    _, after = await history(tmp_path, ["two"])
    assert after[: len(before)] == before
    assert len(set(after)) == len(after)


async def refused(data, **settings):
    with pytest.raises((ApiError, ChainError)) as found:
        async with world(data, chain="file", **settings):
            pass
    assert found.value.remedy
    return found.value.code


def without_newest(raw):
    return b"".join(line + b"\n" for line in raw.splitlines()[:-1])


def edited_newest(raw):
    *lines, last = raw.splitlines()
    value = json.loads(last)
    value["time"] += 1
    edited = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
    return b"".join(line + b"\n" for line in (*lines, edited))


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda _: b"", "chain.behind"),
        (without_newest, "chain.behind"),
        (lambda raw: raw[:-1], "chain.behind"),
        (edited_newest, "chain.behind"),
        (lambda raw: raw.replace(b'"sequence":1', b'"sequence":2', 1), "chain.store"),
        (lambda _: b"something else\n", "chain.store"),
    ],
    ids=["emptied", "cut", "cut in a line", "newest edited", "edited", "another file"],
)
async def test_a_cut_or_edited_file_is_refused_and_the_whole_one_taken_again(tmp_path, damage, code):
    await history(tmp_path, ["one"])
    path = tmp_path / NAME
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert await refused(tmp_path) == code
    path.write_bytes(whole)
    await history(tmp_path, ["two"])


async def test_a_missing_file_is_not_begun_anew(tmp_path):
    await history(tmp_path, ["one"])
    (tmp_path / NAME).unlink()
    assert await refused(tmp_path) == "chain.behind"


async def test_a_log_behind_its_file_is_refused(tmp_path):
    """Database and register both restored from an old copy: only the file remembers."""
    data = tmp_path / "data"
    await history(data, ["one"])
    for name in ("avow.sqlite3", "checkpoint-register.txt"):
        shutil.copy(data / name, tmp_path / name)
    await history(data, ["two"])
    for name in ("avow.sqlite3", "checkpoint-register.txt"):
        shutil.copy(tmp_path / name, data / name)
    assert await refused(data) == "chain.ahead"


async def test_a_service_moves_from_its_chain_to_a_file_and_back(tmp_path):
    async with world(tmp_path, chain="embedded") as avow:
        did = (await avow.post("/dids", {"name": "city"}, status=201))["did"]
        await settled(avow, did, "final")
    async with world(tmp_path, chain="file") as avow:
        await settled(avow, did, "sealed")
        await published(avow)
    async with world(tmp_path, chain="embedded") as avow:
        await settled(avow, did, "final")


async def test_the_file_may_stand_elsewhere(tmp_path):
    place = tmp_path / "shared" / "university.jsonl"
    place.parent.mkdir()
    await history(tmp_path / "data", ["one"], chain_file=place)
    assert sizes(place)
    assert not (tmp_path / "data" / NAME).exists()


async def test_a_network_cannot_be_called_a_file():
    with pytest.raises(ApiError) as refused_:
        Settings.checked({"chain": "evm", "chain_kind": "file"})
    assert "AVOW_CHAIN_KIND" in refused_.value.detail
