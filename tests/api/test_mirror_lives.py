"""The origin is gone for good: what a mirror kept resolves every DID, with the proof that the origin gave."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from .service import ROOT, Service, free_port


def avow(folder, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        cwd=folder,
        env={**{k: v for k, v in os.environ.items() if not k.startswith("AVOW_")}, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def world(tmp_path):
    service = Service(tmp_path / "data", free_port())
    service.start()
    yield service
    if service.process.poll() is None:
        service.kill()


def test_dids_resolve_when_the_origin_is_gone(world, tmp_path):
    url = ("--url", world.address)
    environment = ("env", f"AVOW_DATA={world.data}")

    def online(*arguments):
        done = subprocess.run(
            [*environment, sys.executable, "-m", "api.cli", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    dids = {}
    for name in ("university", "bank", "closed"):
        dids[name] = json.loads(online("did", "create", name, *url, "--json"))["did"]
    online("did", "deactivate", "closed", "--yes", *url)
    online("did", "rotate", "university", *url)  # sealed with, or after, everything before it
    before = json.loads(online("did", "resolve", dids["university"], "--wait", "sealed", *url, "--json"))
    online("log", "trust", *url, "-o", str(tmp_path / "trust.json"))
    online("mirror", world.address, str(tmp_path / "copy"), "--trust", str(tmp_path / "trust.json"))
    world.kill()

    assert avow(tmp_path, "did", "resolve", dids["bank"], *url)[0] == 4
    mirror = ("--mirror", "copy", "--trust", "trust.json")
    code, shown, _ = avow(
        tmp_path, "did", "resolve", dids["university"], *mirror, "--json", "--evidence", "b.json"
    )
    assert code == 0
    after = json.loads(shown)
    assert after["didDocument"] == before["didDocument"]
    assert after["didDocumentMetadata"] == before["didDocumentMetadata"]
    assert after["didDocumentMetadata"]["versionId"].startswith("2-")
    code, shown, _ = avow(tmp_path, "did", "resolve", dids["bank"], *mirror)
    assert (code, json.loads(shown)["id"]) == (0, dids["bank"])
    code, shown, _ = avow(tmp_path, "did", "resolve", dids["closed"], *mirror, "--json")
    assert (code, json.loads(shown)["didDocumentMetadata"]["deactivated"]) == (0, True)
    # The proof that the copy gave convinces whoever has the trust anchors, and nobody's DID is invented.
    checked = avow(tmp_path, "log", "verify", "b.json", "--did", dids["university"], "--trust", "trust.json")
    assert checked[0] == 0
    code, _, said = avow(tmp_path, "did", "resolve", before["didDocument"]["id"][:-10] + "unknown", *mirror)
    assert (code, "bundle.did" in said) == (6, True)
