"""What docs/recovery.md tells people to type is typed here, each block in a directory of its own."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.scripts import runner

DOCUMENT = Path(__file__).resolve().parents[3] / "docs/recovery.md"
BLOCK = re.compile(r"^<!-- test: ([\w-]+) -->\n+```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = {found[1]: found[2] for found in BLOCK.finditer(DOCUMENT.read_text("utf-8"))}


@pytest.mark.parametrize("name", BLOCKS)
def test_the_document_tells_what_happens(built, tmp_path, name):
    shutil.copytree(built / "data", tmp_path / "data")
    shutil.copytree(built / "older", tmp_path / "backup")
    commands = runner.parse(BLOCKS[name])
    for command in commands:
        command.silent = not command.expected
    runner.run(commands, runner.Shell(tmp_path, {"AVOW_DATA": "data"}), name=f"recovery.md ({name})")


def test_the_document_has_commands():
    assert set(BLOCKS) == {"backup", "whole", "repair", "lost", "older", "register"}
