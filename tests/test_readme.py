"""What README.md and docs/schemas.md tell people to type is typed here.

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

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "docs/schemas.md")
BLOCK = re.compile(r"^<!-- test: ([\w-]+) -->\n+```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def scripts(page: str) -> dict[str, list[runner.Command]]:
    path = ROOT / page
    text = path.read_text("utf-8") if path.exists() else ""
    found: dict[str, list[runner.Command]] = {}
    for block in BLOCK.finditer(text):
        line = text.count("\n", 0, block.start(2)) + 1
        commands = runner.parse(block[2], first_line=line)
        for command in commands:
            command.silent = not command.expected
        found.setdefault(block[1], []).extend(commands)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_commands_do_what_the_page_says(page, tmp_path):
    assert scripts(page), "no block is marked <!-- test: NAME -->"
    with live_service(tmp_path) as service:
        for name, commands in scripts(page).items():
            directory = tmp_path / name
            directory.mkdir()
            shell = runner.Shell(directory, {"AVOW_DATA": str(service.data), "AVOW_URL": service.local_url})
            runner.run(commands, shell, name=f"{page} ({name})")
