"""What goes wrong and how it is said: stock defects of JSON bodies on every route, and problem forms."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from api import logs, problems
from api.app import create_app
from api.errors import ApiError
from api.settings import Settings

from .conftest import world
from .test_access import BODIES

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def avow(tmp_path_factory):
    async with world(tmp_path_factory.mktemp("problems")) as running:
        yield running


OTHER_BODIES = {"/token", "/witness/add-checkpoint"}
"""Routes that take a form and text, not JSON."""


def writing_routes():
    paths = create_app(Settings.checked({})).openapi()["paths"]
    return [
        (method.upper(), re.sub(r"\{\w+\}", "x", path))
        for path, item in paths.items()
        for method in item
        if method in {"post", "put"} and path not in OTHER_BODIES
    ]


DEEP = b"[" * 65 + b"]" * 65
DEFECTS = {
    "lone surrogate": (b'{"name": "\\ud800"}', "json.surrogate"),
    "raw surrogate": (b'{"name": "\xed\xa0\x80"}', "json.utf8"),
    "NaN": (b'{"name": NaN}', "json.number"),
    "Infinity": (b'{"name": -Infinity}', "json.number"),
    "overflow": (b'{"name": 1e999}', "json.number"),
    "huge integer": (b'{"name": ' + b"9" * 5000 + b"}", "json.number"),
    "integer beyond 2^53": (b'{"name": 9007199254740993}', "json.number"),
    "duplicate key": (b'{"name": "a", "name": "b"}', "json.duplicate-key"),
    "duplicate key below": (b'{"name": {"a": 1, "a": 2}}', "json.duplicate-key"),
    "utf-16": ('{"name": "x"}'.encode("utf-16"), "json.utf8"),
    "byte order mark": (b'\xef\xbb\xbf{"name": "x"}', "json.utf8"),
    "deep": (DEEP, "json.depth"),
    "very deep": (b"[" * 100_000, "json.depth"),
    "cut": (b'{"name": "x"', "json.syntax"),
    "empty": (b"", "json.syntax"),
    "comment": (b'{"name": "x"} // y', "json.syntax"),
}


@pytest.mark.parametrize("defect", DEFECTS)
@pytest.mark.parametrize("route", writing_routes(), ids=" ".join)
async def test_stock_defects_are_refused_with_their_code(avow, route, defect):
    body, code = DEFECTS[defect]
    headers = {**(await avow.headers()), "Content-Type": "application/json"}
    answer = await avow.client.request(*route, content=body, headers=headers)
    assert_problem(answer, 400, code)


@pytest.mark.parametrize("route", writing_routes(), ids=" ".join)
async def test_a_body_of_a_mebibyte_and_one_byte_is_too_large(avow, route):
    headers = {**(await avow.headers()), "Content-Type": "application/json"}
    body = b'{"name": "' + b"a" * (1 << 20) + b'"}'
    answer = await avow.client.request(*route, content=body, headers=headers)
    assert_problem(answer, 413, "request.too-large")

    async def chunks():  # no Content-Length to judge by
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    answer = await avow.client.request(*route, content=chunks(), headers=headers)
    assert_problem(answer, 413, "request.too-large")


async def test_a_body_of_exactly_a_mebibyte_is_read(avow):
    body = b'{"domain": "' + b"a" * ((1 << 20) - 14) + b'"}'
    assert len(body) == 1 << 20
    headers = {**(await avow.headers()), "Content-Type": "application/json"}
    answer = await avow.client.post("/challenges", content=body, headers=headers)
    assert_problem(answer, 400, "request.invalid")


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/json; charset=utf-16",
        "multipart/form-data",
        "",
        "application/x-www-form-urlencoded",
    ],
)
async def test_another_media_type_is_refused(avow, content_type):
    headers = {**(await avow.headers()), "Content-Type": content_type}
    answer = await avow.client.post("/challenges", content=b'{"domain": "x"}', headers=headers)
    assert_problem(answer, 415, "request.media-type")


async def test_json_in_utf_8_may_say_so(avow):
    headers = {**(await avow.headers()), "Content-Type": 'Application/JSON; charset="UTF-8"'}
    answer = await avow.client.post("/challenges", content=b'{"domain": "x"}', headers=headers)
    assert answer.status_code == 201


async def test_validation_names_the_member_and_echoes_nothing(avow):
    answer = await avow.call("POST", "/challenges", {"domain": 7, "canary-name": "canary-value"})
    problem = assert_problem(answer, 400, "request.invalid")
    pointers = {fault["pointer"] for fault in problem["errors"]}
    assert "/domain" in pointers
    assert "canary-value" not in answer.text
    long = await avow.call("POST", "/challenges", {"domain": "x", "canary" * 20: 1})
    assert "canarycanary" not in long.text


async def test_strict_types_are_not_coerced(avow):
    for body in ({"name": "x", "keys": "other"}, {"name": True}, {"name": ["x"]}):
        assert_problem(await avow.call("POST", "/dids", body), 400, "request.invalid")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "request.not-found"),
        ("DELETE", "/dids", 405, "request.method"),
        ("GET", "/token", 405, "request.method"),
        ("GET", "/dids/UPPER/did.jsonl", 400, "request.invalid"),
        ("GET", "/dids/absent/did.jsonl", 404, "did.unknown"),
        ("GET", "/assets/../app.py", 404, "request.not-found"),
        ("GET", "/assets/%2e%2e%2fapp.py", 404, "request.not-found"),
    ],
)
async def test_addresses_and_methods_that_are_not_there(avow, method, path, status, code):
    answer = await avow.client.request(method, path)
    assert_problem(answer, status, code)
    if status == 405:
        assert answer.headers["allow"]


async def test_what_nobody_foresaw_is_500_without_detail(avow, monkeypatch, capfd):
    def broken(*_args, **_kwargs):
        raise RuntimeError("canary secret")

    monkeypatch.setattr("api.services.policies.get", broken)
    answer = await avow.call("GET", "/policies/x")
    problem = assert_problem(answer, 500, "internal.error")
    assert "canary" not in answer.text
    log = capfd.readouterr().err
    assert "canary" not in log
    line = json.loads(log.splitlines()[0])
    assert line["error"] == "RuntimeError"
    assert problem["instance"] == f"urn:uuid:{line['request_id']}"


async def test_unknown_codes_of_the_service_are_its_own_fault():
    assert problems.status_of(ApiError("surprise.here", "x")) == 500
    answer = problems.from_error(ApiError("surprise.here", "secret detail"), "urn:uuid:x")
    assert b"secret" not in answer.body


async def test_answers_carry_security_headers(avow):
    for path in ("/livez", "/nothing", "/", "/docs", "/log/checkpoint"):
        headers = (await avow.client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-request-id"]
        assert "cache-control" in headers
        assert "unsafe" not in headers["content-security-policy"]


async def test_logs_hold_templates_and_no_paths(tmp_path, capfd):
    async with world(tmp_path, log_level="debug") as avow:
        await avow.client.get(
            "/dids/canary-name/did.jsonl?canary=query", headers={"X-Canary": "canary-header"}
        )
        await avow.call("POST", "/challenges", {"domain": "canary-domain"})
        await avow.client.request("CANARY", "/livez")
        await avow.client.get("/1.0/identifiers/did:example:canary")
    log = capfd.readouterr().err
    assert "/dids/{name}/did.jsonl" in log
    assert "canary" not in log.lower().replace('"method": "canary"', "")


def assert_problem(answer, status, code):
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), answer.text
    assert problem["status"] == status
    assert problem["type"].startswith("https://avow.example/problems/")
    assert problem["title"]
    assert problem["detail"]
    assert problem["instance"] == f"urn:uuid:{answer.headers['x-request-id']}"
    return problem


def test_every_writing_route_has_an_example_here():
    assert {path.replace("/x", "/{}") for _, path in writing_routes()} - {"/chain/rpc"} == {
        re.sub(r"\{\w+\}", "{}", path) for path in BODIES
    }


STARTING = re.compile(r"(settings|store|keys|register|rotation|serve|client)\..*")
NOT_SERVED = {"cli", "client", "journey"}  # these call the service; their errors are exit codes


def test_every_code_that_the_service_raises_has_a_status():
    root = Path(problems.__file__).parent
    paths = [path for path in root.rglob("*.py") if path.relative_to(root).parts[0] not in NOT_SERVED]
    source = "".join(path.read_text() for path in paths)
    codes = set(re.findall(r"(?:ApiError|RefusedError)\(\s*\"([a-z-]+\.[a-z-]+)\"", source))
    assert len(codes) > 30
    assert {code for code in codes if code not in problems.STATUS and not STARTING.fullmatch(code)} == set()


def test_only_allowed_fields_are_logged(capfd):
    logs.configure("debug")
    logs.logger.info("canary-free", path="/dids/canary", body="canary", status=200)
    line = json.loads(capfd.readouterr().err)
    assert set(line) == {"event", "level", "timestamp", "status"}
