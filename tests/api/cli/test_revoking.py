"""`avow revoke`, `suspend` and `status` by list and identifier: what is sent, what is shown."""

from __future__ import annotations

import json

import httpx
import pytest

from api.cli import revoking
from api.cli.exits import ExitCode
from api.cli.program import main
from api.client.connection import Client
from api.client.service_client import ServiceClient

LIST = "http://localhost:8000/revocation/AAAAAAAAAAAAAAAAAAAAAA"
KEPT = {"list": LIST, "identifier": 2_063_597_412}


class Service:
    """A service of a few lines that remembers what it was asked to change."""

    def __init__(self):
        self.bodies = []
        self.paths = []

    def __call__(self, request):
        if request.url.path == "/token":
            return httpx.Response(200, json={"access_token": "t", "token_type": "Bearer", "expires_in": 900})
        self.paths.append(request.url.path)
        if request.method == "GET":
            change = {"statusPurpose": "suspension", "status": True, "client": "c", "at": 1}
            return httpx.Response(200, json={**KEPT, "suspension": True, "changes": [change]})
        self.bodies.append(json.loads(request.content))
        entry = self.bodies[-1]["credentialStatus"]
        answer = {"credentialStatus": entry, "changed": 1, "effective": "2026-11-26T18:00:00Z"}
        return httpx.Response(200, json=answer)


@pytest.fixture
def service(monkeypatch):
    made = Service()

    def connect(_url):
        return ServiceClient("http://localhost:8000", Client("i", "s"), transport=httpx.MockTransport(made))

    monkeypatch.setattr(revoking, "connect", connect)
    return made


NAMED = ["--list", LIST, "--identifier", str(KEPT["identifier"])]


def test_revoking_by_list_and_identifier(service, capsys):
    assert main(["revoke", *NAMED, "--yes"]) == 0
    [body] = service.bodies
    assert body == {"credentialStatus": {**KEPT, "statusPurpose": "revocation"}, "status": True}
    shown = capsys.readouterr()
    assert "2063597412" in shown.out + shown.err
    assert "2026-11-26T18:00:00Z" in shown.out + shown.err


def test_revoking_by_what_was_kept_from_issuing(service, tmp_path):
    file = tmp_path / "kept.json"
    file.write_text(json.dumps(KEPT))
    assert main(["revoke", str(file), "--yes"]) == 0
    assert main(["suspend", str(file), "--lift"]) == 0
    assert [body["credentialStatus"]["statusPurpose"] for body in service.bodies] == [
        "revocation",
        "suspension",
    ]
    assert [body["status"] for body in service.bodies] == [True, False]


def test_the_history_of_an_identifier(service, capsys):
    assert main(["status", *NAMED]) == 0
    assert service.paths == ["/revocation/AAAAAAAAAAAAAAAAAAAAAA/identifiers/2063597412"]
    shown = capsys.readouterr()
    assert "suspended" in shown.out + shown.err


@pytest.mark.parametrize(
    "named",
    [
        [*NAMED, "--index", "7"],
        ["--identifier", "7"],
        ["--list", LIST],
        [*NAMED, "--id", "urn:x:y"],
        ["--list", LIST, "--identifier", "0"],
    ],
)
def test_a_credential_is_named_in_one_way(service, named):
    assert main(["revoke", *named, "--yes"]) == ExitCode.USAGE
    assert service.bodies == []
