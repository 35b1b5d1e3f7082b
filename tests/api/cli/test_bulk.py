"""`avow issue --csv` interrupted by its user, and gone on with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.live import live_service

ROOT = Path(__file__).resolve().parents[3]
ROWS = 4_000
INTERRUPTED = 130


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    directory = tmp_path_factory.mktemp("bulk")
    with live_service(directory, chain="memory") as service:
        plain = {name: text for name, text in os.environ.items() if not name.startswith("AVOW_")}
        environment = {
            **plain,
            "AVOW_DATA": str(service.data),
            "AVOW_URL": service.local_url,
            "PYTHONPATH": str(ROOT),
        }

        def start(*arguments):
            return subprocess.Popen(
                [sys.executable, "-m", "api.cli", *arguments],
                cwd=directory,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )

        made = json.loads(start("did", "create", "city", "--json").communicate()[0])
        assert ended(start("issuer", "set", "staff", "--did", made["did"]))[0] == 0
        lines = ["name,age", *(f"{'x' * 60} {number},{number}" for number in range(ROWS))]
        (directory / "people.csv").write_text("\n".join(lines))
        start.directory, start.did = directory, made["did"]
        yield start


def ended(process):
    printed, errors = process.communicate(timeout=60)
    return process.returncode, printed, errors


def test_control_c_and_resume(run):
    arguments = ("issue", "staff", "--csv", "people.csv", "-o", "out.jsonl")
    out, state = run.directory / "out.jsonl", run.directory / "out.jsonl.state.json"
    process = run(*arguments)
    end = time.monotonic() + 30
    while not out.exists() or out.stat().st_size == 0:
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    code, printed, errors = ended(process)
    assert code == INTERRUPTED, errors
    assert "--resume" in printed + errors
    assert state.stat().st_mode & 0o777 == 0o600
    assert "xxx" not in state.read_text()

    code, _, errors = ended(run(*arguments))
    assert (code, "bulk.interrupted" in errors) == (5, True)
    code, _, errors = ended(run(*arguments, "--resume", "--map", "age="))
    assert (code, "bulk.other-run" in errors) == (5, True)

    code, printed, _ = ended(run(*arguments, "--resume", "--json"))
    assert code == 0
    told = json.loads(printed)
    assert (told["rows"], told["issued"], told["refused"], told["refusedFile"]) == (ROWS, ROWS, 0, None)
    rows = [json.loads(line)["row"] for line in out.read_text().splitlines()]
    assert rows == list(range(1, ROWS + 1))
    assert not state.exists()
    assert not (run.directory / "out.jsonl.refused.jsonl").exists()


def test_a_schema_of_ones_own_says_which_columns_hold_numbers(run):
    claims = {
        "type": "object",
        "required": ["level"],
        "properties": {"level": {"type": "integer", "maximum": 9}},
    }
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Member",
        "type": "object",
        "required": ["credentialSubject"],
        "properties": {"credentialSubject": {**claims, "additionalProperties": False}},
    }
    (run.directory / "member.json").write_text(json.dumps(schema))
    (run.directory / "clubs.csv").write_text("level\n3\n12\n")
    published = json.loads(ended(run("schema", "publish", "member", "member.json", "--json"))[1])
    set_ = ended(run("issuer", "set", "clubs", "--did", run.did, "--schema", published["id"]))
    assert set_[0] == 0, set_[2]
    code, printed, _ = ended(run("issue", "clubs", "--csv", "clubs.csv", "--check", "--json"))
    assert code == 6
    told = json.loads(printed)
    assert [(f["row"], f["column"], f["pointer"], f["code"]) for f in told["faults"]] == [
        (2, "level", "/credentialSubject/level", "schema.violation")
    ]
