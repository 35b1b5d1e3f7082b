"""The static analysis of the contract holds, and fails where it should."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from did.chain import abi
from tests.support import vectors

SOURCES = Path(abi.__file__).parent / "contract"
SLITHER = vectors.ROOT / ".venv-slither" / "bin" / "slither"


@pytest.fixture
def contract(tmp_path):
    """A copy of the contract's folder, to be spoiled."""
    node = shutil.which("node")
    if node is None or not SLITHER.exists() or not (SOURCES / "node_modules").exists():
        vectors.absent("the analyser of the contract (run `make slither`)")
    copy = tmp_path / "contract"
    shutil.copytree(SOURCES, copy, ignore=shutil.ignore_patterns("node_modules"))
    (copy / "node_modules").symlink_to(SOURCES / "node_modules")
    return copy


def analysed(contract):
    return subprocess.run(
        ["node", contract / "slither.mjs"],
        env={**os.environ, "SLITHER": str(SLITHER)},
        capture_output=True,
        text=True,
        check=False,
    )


def change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_every_finding_is_explained(contract):
    done = analysed(contract)
    assert (done.returncode, done.stderr) == (0, "")
    assert "all explained" in done.stdout
    explained = json.loads((contract / "slither.json").read_text())["findings"]
    assert all(len(finding["reason"]) > 40 for finding in explained)


@pytest.mark.parametrize(
    ("old", "new", "check"),
    [
        ("log.publisher != msg.sender", "log.publisher != tx.origin", "tx-origin"),
        ("log.paused) revert IsPaused()", "block.timestamp == 7) revert IsPaused()", "timestamp"),
    ],
)
def test_a_new_finding_fails(contract, old, new, check):
    change(contract / "AnchorLog.sol", old, new)
    done = analysed(contract)
    assert done.returncode == 1
    assert f") {check}: AnchorLog." in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"reason": "SHA-256 of 65', '"because": "SHA-256 of 65', "new finding"),
        ("AnchorLog._node(", "AnchorLog._gone(", "no longer found"),
        ('"leastDetectors": 100', '"leastDetectors": 1000', "detectors ran"),
    ],
)
def test_an_explanation_that_does_not_fit_fails(contract, old, new, says):
    change(contract / "slither.json", old, new)
    done = analysed(contract)
    assert (done.returncode, says in done.stderr) == (1, True)


def test_a_source_that_does_not_compile_fails(contract):
    change(contract / "AnchorLog.sol", "contract AnchorLog {", "contract AnchorLog {{")
    assert analysed(contract).returncode == 1
