"""The client of the service: scopes, problems, limits, and whom a secret may reach."""

from __future__ import annotations

import base64
import json

import httpx
import pytest

from api.client import connection, service_client
from api.client.connection import Client
from api.client.failures import LocalError, RefusedError, UnreachableError
from api.client.service_client import ServiceClient

TOKEN = {"access_token": "t", "token_type": "Bearer", "expires_in": 900, "scope": "x"}


class Service:
    """A service of a few lines that remembers what it was asked."""

    def __init__(self, answer):
        self.answer = answer
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        if request.url.path == "/token":
            return httpx.Response(200, json=TOKEN)
        return self.answer(request) if callable(self.answer) else self.answer

    def client(self):
        return ServiceClient(
            "http://localhost:8000", Client("id", "secret"), transport=httpx.MockTransport(self)
        )


def test_a_token_is_asked_for_once_per_scope_and_sent():
    service = Service(httpx.Response(200, json={"ok": True}))
    with service.client() as client:
        client.post("/dids", {"name": "a"}, scope="write:/dids")
        client.post("/dids", {"name": "b"}, scope="write:/dids")
        client.post("/clients", {}, scope="write:/clients")
    paths = [request.url.path for request in service.requests]
    assert paths == ["/token", "/dids", "/dids", "/token", "/clients"]
    asked, _, written, *_ = service.requests
    assert asked.headers["authorization"] == "Basic " + base64.b64encode(b"id:secret").decode()
    assert dict(httpx.QueryParams(asked.content.decode()))["scope"] == "write:/dids"
    assert written.headers["authorization"] == "Bearer t"


def test_no_scope_means_no_secret_leaves():
    service = Service(httpx.Response(200, json={}))
    with service.client() as client:
        client.get("/livez")
    assert "authorization" not in service.requests[0].headers


def test_a_problem_keeps_the_service_s_code():
    problem = {"code": "did.exists", "detail": "taken", "remedy": "another", "status": 409}
    answer = httpx.Response(
        409, content=json.dumps(problem), headers={"content-type": "application/problem+json"}
    )
    with Service(answer).client() as client, pytest.raises(RefusedError) as found:
        client.post("/dids", {}, scope="write:/dids")
    assert (found.value.code, found.value.status, found.value.remedy) == ("did.exists", 409, "another")


def test_a_refused_token_keeps_its_oauth_code():
    def answer(request):
        return httpx.Response(401, json={"error": "invalid_client", "error_description": "unknown"})

    transport = httpx.MockTransport(answer)
    client = ServiceClient("http://localhost:8000", Client("id", "no"), transport=transport)
    with client, pytest.raises(RefusedError) as found:
        client.post("/dids", {}, scope="write:/dids")
    assert found.value.code == "oauth.invalid_client"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(200, text='{"a":1,"a":2}'),
        httpx.Response(200, json=[1]),
        httpx.Response(302, headers={"location": "http://evil.example/"}),
        httpx.Response(502, text="bad gateway"),
    ],
)
def test_what_no_service_would_answer_is_said_to_be_so(answer):
    with Service(answer).client() as client, pytest.raises(UnreachableError) as found:
        client.get("/x")
    assert found.value.code == "service.answer"


def test_an_endless_answer_is_cut_off(monkeypatch):
    monkeypatch.setattr(service_client, "MAX_ANSWER_BYTES", 1000)
    sent = []

    def endless():
        while len(sent) < 10_000:
            sent.append(100)
            yield b" " * 100

    answer = httpx.Response(200, content=endless())
    with Service(answer).client() as client, pytest.raises(UnreachableError) as found:
        client.get("/x")
    assert found.value.code == "service.answer"
    assert len(sent) < 20


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (httpx.ConnectError("refused"), "service.unreachable"),
        (httpx.ReadTimeout("slow"), "service.timeout"),
        (httpx.ConnectTimeout("slow"), "service.timeout"),
        (httpx.RemoteProtocolError("cut"), "service.unreachable"),
        (httpx.ReadError("reset"), "service.unreachable"),
        (httpx.WriteError("reset"), "service.unreachable"),
        (httpx.DecodingError("no gzip"), "service.answer"),
    ],
)
def test_transport_faults_have_codes(fault, code):
    def answer(request):
        raise fault

    with Service(answer).client() as client, pytest.raises(UnreachableError) as found:
        client.get("/x")
    assert found.value.code == code


def test_secrets_do_not_show():
    assert "secret" not in repr(Client("id", "secret"))


class TestConnection:
    def bootstrap(self, directory, url="http://localhost:8000"):
        content = {"client_id": "boot", "client_secret": "s", "url": url}
        (directory / "bootstrap-client.json").write_text(json.dumps(content))
        return {"AVOW_DATA": str(directory)}

    def test_the_bootstrap_client_serves_its_own_service(self, tmp_path):
        environment = self.bootstrap(tmp_path, "http://localhost:8123")
        with connection.connect(environment=environment) as service:
            assert (service.url, service.client) == ("http://localhost:8123", Client("boot", "s"))
        with connection.connect("http://127.0.0.1:8123", environment=environment) as service:
            assert service.client is not None

    @pytest.mark.parametrize("url", ["https://elsewhere.example", "http://localhost:9999"])
    def test_its_secret_goes_nowhere_else(self, tmp_path, url):
        with connection.connect(url, environment=self.bootstrap(tmp_path)) as service:
            assert service.client is None
            with pytest.raises(LocalError) as found:
                service.post("/dids", {}, scope="write:/dids")
        assert found.value.code == "client.missing"

    def test_the_environment_names_another_client(self, tmp_path):
        environment = self.bootstrap(tmp_path) | {"AVOW_CLIENT_ID": "me", "AVOW_CLIENT_SECRET": "x"}
        with connection.connect(environment=environment) as service:
            assert service.client == Client("me", "x")

    def test_a_client_file_is_named_before_the_bootstrap_file(self, tmp_path):
        environment = self.bootstrap(tmp_path)
        own = tmp_path / "shop.json"
        own.write_text('{"client_id": "shop", "client_secret": "x", "url": "https://id.example"}')
        with connection.connect(environment=environment | {"AVOW_CLIENT_FILE": str(own)}) as service:
            assert (service.url, service.client) == ("https://id.example", Client("shop", "x"))

    def test_a_client_id_without_secret_is_refused(self):
        with pytest.raises(LocalError) as found:
            connection.connect(environment={"AVOW_CLIENT_ID": "me"})
        assert found.value.code == "client.secret"

    @pytest.mark.parametrize(
        ("url", "code"),
        [
            ("http://elsewhere.example", "client.plain-http"),
            ("ftp://localhost", "client.url"),
            ("localhost:8000", "client.url"),
        ],
    )
    def test_addresses_that_are_refused(self, url, code):
        with pytest.raises(LocalError) as found:
            connection.connect(url, environment={})
        assert found.value.code == code

    def test_plain_http_in_a_trusted_network_is_asked_for_by_name(self):
        environment = {"AVOW_UNSAFE_PLAIN_HTTP": "1"}
        connection.connect("http://elsewhere.example", environment=environment).close()

    def test_a_broken_bootstrap_file_is_named(self, tmp_path):
        (tmp_path / "bootstrap-client.json").write_text('{"client_id": 1}')
        with pytest.raises(LocalError) as found:
            connection.connect(environment={"AVOW_DATA": str(tmp_path)})
        assert found.value.code == "file.client"
