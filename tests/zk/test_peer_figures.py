"""The benchmark beside other implementations runs, and its locks pin every package and name no host."""

from __future__ import annotations

import json
import re
import subprocess
import sys

from benchmarks.harness import Elsewhere, measure
from benchmarks.peers import process
from tests.support.vectors import ROOT

FOLDER = ROOT / "benchmarks" / "peers"


def test_it_runs_with_whichever_peers_are_installed():
    done = subprocess.run(
        [sys.executable, "benchmarks/zk_peers.py", "--quick", "--json"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=600,
    )
    assert done.stdout, done.stderr
    figures = json.loads(done.stdout)
    assert figures["microseconds"].keys() >= {
        "one pairing check",
        "verify BBS",
        "prove 32 bits one-sided",
        "verify range, not revoked, pseudonym",
        "sign BBS, py_ecc",
    }
    assert "MB" in figures["title"]
    for peer in (*process.NPM, "anoncreds"):
        measured = any(name.startswith(f"{peer} ") for name in figures["microseconds"])
        assert measured is not (f"absent: {peer}: " in done.stderr)


def test_a_peer_that_is_not_installed_is_named_with_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr(process, "FOLDER", tmp_path)
    monkeypatch.setattr(process, "ENVIRONMENT", tmp_path / ".venv-peers")
    with process.peers() as found:
        reasons = {name: peer.reason for name, peer in found.items()}
    assert reasons.keys() == {*process.NPM, "anoncreds"}
    assert all(reason == "no Node" or "make peers" in reason for reason in reasons.values())


def test_what_runs_elsewhere_is_measured_there():
    asked = []

    def spend(loops: int) -> int:
        asked.append(loops)
        return loops * 7_000_000

    assert measure({"peer": Elsewhere(spend)}, rounds=3) == {"peer": 7000.0}
    assert set(asked) == {1}


def test_the_locks_name_no_host_and_pin_every_package_by_digest():
    lock = json.loads((FOLDER / "package-lock.json").read_bytes())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert "://" not in json.dumps(lock)
    assert [
        name for name, package in packages.items() if not package["integrity"].startswith("sha512-")
    ] == []
    wanted = json.loads((FOLDER / "package.json").read_bytes())["dependencies"]
    assert wanted == {name: packages[f"node_modules/{name}"]["version"] for name in wanted}
    assert wanted.keys() == set(process.NPM.values())
    pins = (ROOT / "requirements" / "peers.txt").read_text()
    assert "://" not in pins
    assert re.match(r"anoncreds==[\d.]+ \\\n    --hash=sha256:[0-9a-f]{64}", pins)
