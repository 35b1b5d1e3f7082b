"""The command line's scripts (tests/scripts/*.txt) against a real service."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from api.journey.process import ServiceProcess, free_port
from tests.scripts import runner
from tests.support.live import live_service

SCRIPTS = sorted((Path(__file__).resolve().parents[2] / "scripts").glob("*.txt"))


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with live_service(tmp_path_factory.mktemp("service")) as process:
        yield process


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script(script, service, tmp_path):
    shell = runner.Shell(tmp_path, {"AVOW_DATA": str(service.data), "AVOW_URL": service.local_url})
    commands = runner.parse(script.read_text("utf-8"))
    runner.run(commands, shell, name=script.name)


def test_a_script_that_does_not_hold_fails(tmp_path):
    shell = runner.Shell(tmp_path, {})
    with pytest.raises(AssertionError, match="exit 3, expected 0"):
        runner.run(runner.parse("$ exit 3"), shell, name="x")
    with pytest.raises(AssertionError, match="expected\n    b"):
        runner.run(runner.parse("$ echo a\nb"), shell, name="x")
    with pytest.raises(AssertionError):
        runner.run(runner.parse("$ echo a; echo b\na"), shell, name="x")


@pytest.mark.parametrize(
    ("expected", "found", "fits"),
    [
        (["a"], ["a"], True),
        (["a <*> c"], ["a b c"], True),
        (["..."], [], True),
        (["a", "...", "d"], ["a", "b", "c", "d"], True),
        (["a", "..."], ["b"], False),
        ([], ["a"], False),
        (["[a]"], ["a"], False),
    ],
)
def test_wildcards(expected, found, fits):
    assert runner.matches(expected, found) is fits


def test_client_reset_ends_the_old_secret(tmp_path):
    plain = {name: text for name, text in os.environ.items() if not name.startswith("AVOW_")}
    process = ServiceProcess(tmp_path / "data", free_port(), environment=plain)
    with process:
        process.wait_ready()
    old = json.loads((process.data / "bootstrap-client.json").read_text())
    shell = runner.Shell(tmp_path, {"AVOW_DATA": str(process.data), "AVOW_URL": process.local_url})
    assert shell.run("avow client reset --yes")[0] == 0
    assert (process.data / "bootstrap-client.json").stat().st_mode & 0o777 == 0o600
    with process:
        process.wait_ready()
        assert shell.run("avow did create after")[0] == 0
        secret = f"AVOW_CLIENT_ID={old['client_id']} AVOW_CLIENT_SECRET={old['client_secret']}"
        code, printed = shell.run(f"{secret} avow did create never")
    assert code == 3
    assert ".client" in printed[0]
