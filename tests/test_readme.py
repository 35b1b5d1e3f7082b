"""What README.md tells people to type is typed here.

A ```console block that follows a line `<!-- test: NAME -->` is a script (see tests/scripts/runner.py) and
runs against a real service; blocks with one NAME run in order and share a directory. Commands without any
printed line below them may print what they like.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.scripts import runner
from tests.support.live import live_service

README = Path(__file__).resolve().parents[1] / "README.md"
BLOCK = re.compile(r"^<!-- test: ([\w-]+) -->\n+```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def scripts() -> dict[str, list[runner.Command]]:
    text = README.read_text("utf-8") if README.exists() else ""
    found: dict[str, list[runner.Command]] = {}
    for block in BLOCK.finditer(text):
        line = text.count("\n", 0, block.start(2)) + 1
        commands = runner.parse(block[2], first_line=line)
        for command in commands:
            command.silent = not command.expected
        found.setdefault(block[1], []).extend(commands)
    return found


@pytest.mark.skipif(not scripts(), reason="README.md has no block marked <!-- test: NAME -->")
def test_readme_commands_do_what_the_readme_says(tmp_path):
    with live_service(tmp_path) as service:
        for name, commands in scripts().items():
            directory = tmp_path / name
            directory.mkdir()
            shell = runner.Shell(directory, {"AVOW_DATA": str(service.data), "AVOW_URL": service.local_url})
            runner.run(commands, shell, name=f"README.md ({name})")
