"""The artefact is what the source compiles to, with the compiler that the lock names."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from eth_utils import keccak

from did.chain import ChainError, abi
from tests.support import vectors

FOLDER = Path(abi.__file__).parent
SOURCES = FOLDER / "contract"


def load(path):
    return json.loads(path.read_text())


def test_it_names_the_source_beside_it():
    digest = hashlib.sha256((SOURCES / "AnchorLog.sol").read_bytes()).hexdigest()
    assert load(abi.ARTEFACT)["sourceSha256"] == digest


def test_it_names_compiler_and_settings():
    artefact, lock = load(abi.ARTEFACT), load(SOURCES / "package-lock.json")
    assert artefact["compiler"]["integrity"] == lock["packages"]["node_modules/solc"]["integrity"]
    assert artefact["compiler"]["version"].startswith("0.8.30+")
    assert artefact["settings"] == {
        "evmVersion": "cancun",
        "viaIR": False,
        "optimizer": {"enabled": True, "runs": 10_000},
        "metadata": {"bytecodeHash": "none", "appendCBOR": False},
    }


def test_the_lock_names_no_host():
    assert "resolved" not in (SOURCES / "package-lock.json").read_text()


def test_the_storage_layout_is_the_fixed_one():
    layout = load(abi.ARTEFACT)["storageLayout"]
    assert [(item["label"], item["slot"]) for item in layout["storage"]] == [("logs", "0")]
    (log,) = [found for name, found in layout["types"].items() if name.startswith("t_struct(Log)")]
    assert [(item["label"], int(item["slot"]), item["offset"]) for item in log["members"]] == [
        ("root", 0, 0),
        ("mapRoot", 1, 0),
        ("size", 2, 0),
        ("sequence", 2, 8),
        ("blockNumber", 2, 16),
        ("time", 2, 24),
        ("publisher", 3, 0),
        ("paused", 3, 20),
        ("closed", 3, 21),
        ("admin", 4, 0),
        ("offeredPublisher", 5, 0),
        ("offeredAdmin", 6, 0),
    ]


def test_the_code_is_loaded_as_it_stands():
    artefact = abi.artefact()
    assert artefact.code_hash == keccak(artefact.deployed_bytecode)
    assert artefact.bytecode.endswith(artefact.deployed_bytecode)
    assert set(artefact.errors.values()) == {
        ("ZeroAddress", 0),
        ("AlreadyOpen", 0),
        ("NotPublisher", 0),
        ("IsPaused", 0),
        ("IsClosed", 0),
        ("NotLarger", 2),
        ("NotConsistent", 0),
        ("NotSealed", 0),
        ("NotAdmin", 0),
        ("NotOffered", 0),
        ("HashFailed", 0),
    }


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"abi": [], "deployedBytecode": "0xzz"}'])
def test_a_damaged_artefact_is_named(tmp_path, monkeypatch, content):
    (tmp_path / "broken.json").write_bytes(content)
    monkeypatch.setattr(abi, "ARTEFACT", tmp_path / "broken.json")
    with pytest.raises(ChainError) as refused:
        abi.artefact.__wrapped__()
    assert refused.value.code == "chain.artefact"


def test_it_is_rebuilt_byte_for_byte(tmp_path):
    npm = shutil.which("npm")
    if npm is None:
        vectors.absent("npm, which rebuilds the contract,")
    work = tmp_path / "chain"
    shutil.copytree(SOURCES, work / "contract", ignore=shutil.ignore_patterns("node_modules"))
    shutil.copy(abi.ARTEFACT, work)
    installed = npm_run(npm, work, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    if installed.returncode != 0:
        vectors.absent(f"the compiler from npm ({installed.stderr.strip().splitlines()[-1:]})")
    checked = npm_run(npm, work, "run", "check")
    assert checked.returncode == 0, checked.stderr
    source = work / "contract" / "AnchorLog.sol"
    source.write_text(source.read_text().replace("revert NotSealed()", "revert NotConsistent()"))
    checked = npm_run(npm, work, "run", "check")
    assert checked.returncode == 1
    assert "differs" in checked.stderr


def npm_run(npm, work, *arguments):
    command = [npm, *arguments]
    return subprocess.run(command, cwd=work / "contract", capture_output=True, text=True, check=False)
