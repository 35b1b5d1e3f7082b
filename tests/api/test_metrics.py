"""/metrics: the figures are true, cheap, not personal, and shown to whom they should be."""

from __future__ import annotations

import asyncio
import re

import httpx
import prometheus_client
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.app import build_app
from api.errors import ApiError
from api.metrics import Metrics, MetricsOnly, RequestTimes
from api.settings import Settings
from api.store.reader import Reader
from api.system import System

from .conftest import world
from .service import Service, free_port
from .test_dids import settled

pytestmark = pytest.mark.anyio


async def figures(avow):
    """Every sample by its name and labels."""
    answer = await avow.client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return parsed(answer.text)


def parsed(text):
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = (sample.name, *sorted(sample.labels.items()))
            assert key not in found
            found[key] = sample.value
    return found


def of(found, name, **labels):
    return found[(name, *sorted(labels.items()))]


async def test_the_figures_are_those_of_the_service(tmp_path):
    async with world(tmp_path) as avow:
        did = (await avow.post("/dids", {"name": "city"}, status=201))["did"]
        await settled(avow, did)
        await avow.client.get("/dids/city/did.jsonl")
        await avow.client.get("/dids/nobody/did.jsonl")
        for _ in range(100):
            if avow.core.standing.folder.published == 3:
                break
            await asyncio.sleep(0.02)
        found = await figures(avow)
        sizes = {state: of(found, "avow_log_size", state=state) for state in avow.core.standing.sizes()}
        assert sizes == {"logged": 3, "sealed": 3, "signed": 3, "anchored": 3, "final": 3}
        for step in ("seal", "anchor", "final", "public"):
            assert of(found, "avow_log_lag_entries", step=step) == 0
        assert of(found, "avow_seals_total") == 2
        assert of(found, "avow_anchors_total") == 2
        assert of(found, "avow_anchor_interval_seconds") == 0.02
        assert of(found, "avow_writer_queue_length") == 0
        commits = of(found, "avow_writer_group_size_count")
        assert commits == avow.core.writer.commits > 3
        assert of(found, "avow_writer_group_size_bucket", le="+Inf") == commits
        assert of(found, "avow_writer_group_size_sum") == avow.core.writer.commands
        assert of(found, "avow_storage_bytes", file="register") > 100
        now = avow.core.system.seconds()
        for name in ("avow_start_time", "avow_last_seal_time", "avow_last_anchor_time"):
            assert now - 60 <= of(found, f"{name}_seconds") <= now
        count = "avow_request_duration_seconds_count"
        route = "/dids/{name}/did.jsonl"
        assert of(found, count, method="GET", route=route, status="200") == 1
        assert of(found, count, method="GET", route=route, status="404") == 1
        assert of(found, count, method="POST", route="/dids", status="201") == 1
        assert ("process_start_time_seconds",) in found


async def test_nothing_personal_and_nothing_unbounded_becomes_a_label(tmp_path):
    async with world(tmp_path) as avow:
        did = (await avow.post("/dids", {"name": "sofia-marques"}, status=201))["did"]
        await settled(avow, did)
        for at in range(20):
            await avow.client.get(f"/dids/sofia-marques-{at}/did.jsonl")
            await avow.client.get(f"/nothing/{at}")
            await avow.client.request(f"METHOD{at}", "/livez")
        await avow.client.get(f"/1.0/identifiers/{did}?versionId=1-x")
        text = (await avow.client.get("/metrics")).text
        client, _ = avow.bootstrap
        for secret in (
            "sofia",
            did.split(":")[2],
            client,
            client.removeprefix("client-"),
            "default",
            "METHOD",
        ):
            assert secret not in text
        labels = {(n, v) for key in parsed(text) for n, v in key[1:] if n in {"route", "method"}}
        paths = set(avow.app.openapi()["paths"])
        routes = {re.sub(r":path\}", "}", v) for n, v in labels if n == "route"}
        assert routes - paths == {"(none)"}
        assert {v for n, v in labels if n == "method"} <= {"GET", "POST", "other"}


async def test_a_scrape_asks_neither_database_nor_chain(tmp_path, monkeypatch):
    async with world(tmp_path) as avow:
        await settled(avow, (await avow.post("/dids", {"name": "city"}, status=201))["did"])

        def forbidden(*_args, **_more):
            raise AssertionError("a scrape must not ask")

        commits = avow.core.writer.commits
        with monkeypatch.context() as patched:
            patched.setattr(Reader, "first", forbidden)
            patched.setattr(Reader, "all", forbidden)
            for name in ("head", "block", "is_final", "state_proof", "describe"):
                patched.setattr(avow.core.registry.chain, name, forbidden)
            await figures(avow)
        assert avow.core.writer.commits == commits


async def test_two_services_share_no_figure_and_nothing_is_global(tmp_path):
    async with world(tmp_path / "a") as one, world(tmp_path / "b", public_url="http://localhost:8001") as two:
        await settled(one, (await one.post("/dids", {"name": "city"}, status=201))["did"])
        count = {
            "name": "avow_request_duration_seconds_count",
            "method": "POST",
            "route": "/dids",
            "status": "201",
        }
        assert of(await figures(one), **count) == 1
        assert not any("/dids" in str(key) for key in await figures(two))
    assert not [f.name for f in prometheus_client.REGISTRY.collect() if f.name.startswith("avow")]


async def test_failures_are_counted_by_code(tmp_path, monkeypatch):
    async with world(tmp_path) as avow:
        standing = avow.core.standing
        standing.publisher.failures["chain.unavailable"] += 3
        standing.sealer.failures["OSError"] += 1
        standing.folder.failures["OSError"] += 2
        found = await figures(avow)
        assert of(found, "avow_anchor_failures_total", code="chain.unavailable") == 3
        assert of(found, "avow_seal_failures_total", code="OSError") == 1
        assert of(found, "avow_public_folder_failures_total", error="OSError") == 2


async def test_lags_tell_the_age_of_the_oldest_that_waits(tmp_path):
    async with world(tmp_path, seal_interval_ms=3_600_000, anchor_interval_ms=3_600_000) as avow:
        standing = avow.core.standing
        standing.sealer._last_seal = avow.core.system.monotonic()
        await avow.post("/dids", {"name": "one"}, status=201)
        avow.clock.offset = 50
        await avow.post("/dids", {"name": "two"}, status=201)
        avow.clock.offset = 100
        found = await figures(avow)
        assert of(found, "avow_log_lag_entries", step="seal") == 2
        assert 100 <= of(found, "avow_log_lag_seconds", step="seal") <= 105
        assert of(found, "avow_log_lag_seconds", step="anchor") == 0


def test_requests_fall_into_their_buckets():
    times = RequestTimes()
    for seconds in (0.0005, 0.001, 0.002, 7.0):
        times.observe("GET", "/x/{y}", 200, seconds)
    (family,) = times.collect()
    found = {s.labels.get("le", s.name): s.value for s in family.samples}
    assert found["0.001"] == 2
    assert found["0.0025"] == 3
    assert found["5.0"] == 3
    assert found["+Inf"] == found["avow_request_duration_seconds_count"] == 4
    assert found["avow_request_duration_seconds_sum"] == pytest.approx(7.0035)


@pytest.mark.parametrize(
    ("settings", "client", "headers", "status", "code"),
    [
        ({}, "127.0.0.1", {}, 200, ""),
        ({}, "::1", {}, 200, ""),
        ({}, "::ffff:127.0.0.1", {}, 200, ""),
        ({}, "192.0.2.7", {}, 403, "metrics.elsewhere"),
        ({}, "somewhere", {}, 403, "metrics.elsewhere"),
        ({}, "127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 403, "metrics.elsewhere"),
        ({}, "127.0.0.1", {"Forwarded": "for=127.0.0.1"}, 403, "metrics.elsewhere"),
        ({}, "127.0.0.1", {"Via": "1.1 proxy"}, 403, "metrics.elsewhere"),
        ({}, "127.0.0.1", {"Host": "rebound.example"}, 403, "metrics.elsewhere"),
        ({"public_url": "https://id.example"}, "127.0.0.1", {"Host": "localhost"}, 403, "metrics.elsewhere"),
        ({"metrics": "127.0.0.1:9464"}, "127.0.0.1", {}, 403, "metrics.elsewhere"),
        ({"metrics": "off"}, "127.0.0.1", {}, 404, "metrics.off"),
    ],
)
async def test_who_may_read_at_the_services_own_port(tmp_path, settings, client, headers, status, code):
    async with world(tmp_path, **settings) as avow:
        transport = httpx.ASGITransport(app=avow.app, client=(client, 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as asking:
            answer = await asking.get("/metrics", headers=headers)
        assert answer.status_code == status
        if code:
            assert answer.json()["code"] == code
            assert answer.json()["remedy"]
            assert "avow_" not in answer.text


async def test_a_full_service_still_gives_its_figures(tmp_path):
    async with world(tmp_path, requests_in_flight=4) as avow:
        await avow.client.get("/livez")  # the layers are put together for the first request
        layer = avow.app.middleware_stack
        while type(layer).__name__ != "Limits":
            layer = getattr(layer, "app", None) or layer._app
        layer._now = 4
        assert (await avow.client.get("/log/checkpoint")).status_code == 503
        assert (await avow.client.get("/metrics")).status_code == 200


async def test_a_listener_of_its_own_has_the_figures_and_nothing_else():
    app = MetricsOnly(Metrics())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://x") as asking:
        assert "avow_request_duration_seconds" in (await asking.get("/metrics")).text
        assert (await asking.head("/metrics")).status_code == 200
        assert (await asking.post("/metrics")).status_code == 404
        assert (await asking.get("/dids")).status_code == 404


def test_the_real_service_listens_where_it_is_told(tmp_path):
    port = free_port()
    service = Service(tmp_path / "data", free_port(), AVOW_CHAIN="memory", AVOW_METRICS=f"127.0.0.1:{port}")
    service.start()
    try:
        assert "avow_log_size" in httpx.get(f"http://127.0.0.1:{port}/metrics").text
        assert httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 404
        assert httpx.get(f"{service.address}/metrics").status_code == 403
        again = Service(tmp_path / "b", free_port(), AVOW_CHAIN="memory", AVOW_METRICS=f"127.0.0.1:{port}")
        with pytest.raises(AssertionError, match="AVOW_METRICS"):
            again.start()
    finally:
        assert service.stop() == 0


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("off", None),
        ("loopback", None),
        ("127.0.0.1:9464", ("127.0.0.1", 9464)),
        ("[::1]:9464", ("::1", 9464)),
    ],
)
def test_the_setting_reads(value, address):
    assert Settings.checked({"metrics": value}).metrics_address == address


@pytest.mark.parametrize("value", ["on", "", "127.0.0.1", ":9464", "x:0", "x:65536", "x:9²"])
def test_other_settings_are_refused(value):
    with pytest.raises(ApiError) as refused:
        Settings.checked({"metrics": value})
    assert refused.value.code == "settings.invalid"


def test_an_application_that_does_not_run_yet_has_figures_of_its_requests():
    app = build_app(Settings.checked({}), System())
    app.state.metrics.requests.observe("GET", "/livez", 200, 0.001)
    assert b'route="/livez"' in app.state.metrics.text()
