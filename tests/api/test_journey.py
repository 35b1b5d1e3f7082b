"""The first whole journey against the real service over HTTP, and the programs that run it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from api.cli.output import Output
from api.client.connection import Client
from api.client.failures import LocalError, UnreachableError
from api.client.service_client import ServiceClient
from api.journey import walk as program
from api.journey.model import Attack
from api.journey.process import ServiceProcess, check_free, free_port
from tests.scripts.runner import ROOT
from tests.support.live import live_service

ATTACKS = {
    "changed-claim": "proof.signature",
    "replay": "challenge.used",
    "other-audience": "proof.domain",
    "removed-key": "key.not-authorized",
    "untrusted-issuer": "issuer.untrusted",
    "rewrap": "presentation.binding",
    "other-site": "predicates.challenge",
    "easier-question": "predicates.challenge",
    "false-statement": "predicates.witness",
    "other-pseudonym": "request.sector",
    "stolen": "wallet.secrets",
}
IN_THE_NEXT_EPOCH = {"no-gap": "revocation.revoked", "old-gap": "composite.epoch"}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with live_service(tmp_path_factory.mktemp("journey")) as process:
        yield process


def client_of(process):
    content = json.loads((process.data / "bootstrap-client.json").read_text())
    return ServiceClient(process.local_url, Client(content["client_id"], content["client_secret"]))


def avow(*arguments, **environment):
    plain = {name: text for name, text in os.environ.items() if not name.startswith("AVOW_")}
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", *arguments],
        env=plain | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def test_the_whole_journey_twice_on_one_service(service):
    for _ in range(2):
        process = avow("journey", "--url", service.local_url, "--json", AVOW_DATA=str(service.data))
        out, human = process.communicate(timeout=120)
        assert process.returncode == 0, human
        result = json.loads(out)
        assert result["ok"]
        assert [step["ok"] for step in result["steps"]] == [True] * result["planned"]
        assert attacks_of(result) == ATTACKS
        accepted = next(step for step in result["steps"] if step["step"] == "accept")
        assert accepted["facts"]["learned"] == "nationality = PT, resident = true"
        assert "birthDate" in accepted["facts"]["not seen"]
        assert accepted["verdict"]["accepted"]
        proven = next(step for step in result["steps"] if step["step"] == "accept-facts")
        assert "shop.example" in proven["facts"]["pseudonym"]
        assert "composite-proof" in {check["check"] for check in proven["verdict"]["checks"]}
    with client_of(service) as client:
        for name, url in result["links"].items():
            assert client.text(url.removeprefix(client.url)), name


def attacks_of(result):
    return {step["step"]: step["code"] for step in result["steps"] if step["kind"] == "attack"}


def test_a_service_of_its_own_shows_the_next_epoch_too():
    process = avow("journey", "--json")
    out, human = process.communicate(timeout=180)
    assert process.returncode == 0, human
    assert attacks_of(json.loads(out)) == ATTACKS | IN_THE_NEXT_EPOCH
    assert "all 23 steps and 13 refusals as expected" in human


def test_the_credential_never_leaves_the_holder_whole(service):
    """What the service's log and the journey's output hold says nothing of the hidden claims."""
    words = service.log.read_text("utf-8")
    assert not [word for word in ("Almeida", "1994-03-17", "PT-4471-9920", "citizen-") if word in words]


@pytest.mark.parametrize("code", ["proof.signature"])
def test_another_refusal_than_expected_fails_the_journey(service, monkeypatch, capsys, code):
    def other(step):
        return (
            replace(step, code="something.else") if isinstance(step, Attack) and step.code == code else step
        )

    wrong = [replace(chapter, steps=tuple(map(other, chapter.steps))) for chapter in program.CHAPTERS]
    monkeypatch.setattr(program, "CHAPTERS", tuple(wrong))
    with client_of(service) as client:
        assert not program.walk(client, Output(as_json=True), stays_up=False)
    printed = capsys.readouterr()
    failed = [step for step in json.loads(printed.out)["steps"] if not step["ok"]]
    assert [(step["code"], step["detail"]) for step in failed] == [
        ("journey.attack", f"expected the refusal something.else, found {code}")
    ]
    assert "33 of 34 as expected; the journey failed" in printed.err


def test_a_service_that_is_not_there_fails_with_its_code(tmp_path):
    process = avow("journey", "--url", f"http://localhost:{free_port()}", AVOW_DATA=str(tmp_path))
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 4
    assert errors.startswith("error service.unreachable: nobody answers at http://localhost:")


def wait_for(process, text, seconds=60):
    deadline = time.monotonic() + seconds
    lines = []
    while time.monotonic() < deadline:
        line = process.stdout.readline()
        lines.append(line)
        if text in line:
            return lines
        if not line and process.poll() is not None:
            break
    raise AssertionError("".join(lines) + process.stderr.read())


def test_run_walks_stays_up_stops_cleanly_and_starts_again(tmp_path):
    port = free_port()
    for walks in (True, False):
        extra = () if walks else ("--skip-journey",)
        process = avow("run", "--port", str(port), "--data", str(tmp_path / "data"), *extra)
        try:
            lines = wait_for(process, "The service stays up")
            assert any("as expected" in line for line in lines) is walks
            with ServiceClient(f"http://localhost:{port}") as client:
                assert client.get("/readyz")["status"] == "ok"
            process.send_signal(signal.SIGINT)
            out, errors = process.communicate(timeout=30)
        finally:
            process.kill()
        assert (process.returncode, errors) == (0, "")
        assert "stopped; the data stays" in out
        check_free(port)
    log = (tmp_path / "data" / "service.log").read_text("utf-8")
    assert log.count("serve.stopped") == 2


def test_a_service_whose_starter_is_killed_stops_by_itself(tmp_path):
    port = free_port()
    process = avow("run", "--port", str(port), "--data", str(tmp_path / "data"), "--skip-journey")
    wait_for(process, "The service stays up")
    process.kill()
    process.communicate(timeout=30)
    with ServiceClient(f"http://localhost:{port}") as client:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                client.get("/livez")
            except UnreachableError as error:
                if error.code == "service.unreachable":
                    break
            time.sleep(0.1)
        else:
            pytest.fail("the service still answers")


def test_a_port_in_use_is_named_before_anything_starts(service, tmp_path):
    with pytest.raises(LocalError) as found:
        ServiceProcess(tmp_path / "data", service.port, environment={}).start()
    assert found.value.code == "serve.address"
    assert not (tmp_path / "data" / "service.log").exists()


def test_a_service_that_cannot_start_says_why_in_its_own_words(service, tmp_path):
    plain = {name: text for name, text in os.environ.items() if not name.startswith("AVOW_")}
    environment = plain | {"AVOW_SEAL_INTERVAL_MS": "soon"}
    with (
        ServiceProcess(tmp_path / "data", free_port(), environment=environment) as process,
        pytest.raises(LocalError) as found,
    ):
        process.wait_ready()
    assert found.value.code == "settings.invalid"
    assert "AVOW_SEAL_INTERVAL_MS" in found.value.remedy
