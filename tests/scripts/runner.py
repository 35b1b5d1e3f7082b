"""Run a script of commands and compare what they print and how they end.

A script is text:

    # a comment, until the first command of a paragraph
    $ avow did create university
    ✓ created university
      did      did:webvh:<*>:dids:university
      ...
    $ avow did create university
    error did.exists: <*>
    [exit 3]

Each line after `$ ` is what the command must print (standard output, then standard error). `...` stands for
any number of lines, `<*>` for any text within a line. `[exit N]` ends a command that must end with N; without
it the code must be 0. A command goes on in the next line after a closing backslash, and in each line that
begins with `> ` and follows it at once. All commands of a script share one shell environment and one
directory; `export` and `cd` last.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 120


@dataclass
class Command:
    line: int
    text: str
    expected: list[str] = field(default_factory=list)
    code: int = 0
    # A README shows only the interesting part of what is printed.
    silent: bool = False


def parse(text: str, *, first_line: int = 1) -> list[Command]:
    """Split a script into commands with what they must print."""
    commands: list[Command] = []
    going_on = False
    for number, line in enumerate(text.splitlines(), first_line):
        if going_on or (commands and not commands[-1].expected and line.startswith("> ")):
            commands[-1].text += "\n" + line.removeprefix("> ")
            going_on = line.endswith("\\")
        elif line.startswith("$ "):
            commands.append(Command(number, line[2:]))
            going_on = line.endswith("\\")
        elif match := re.fullmatch(r"\[exit (\d+)]", line):
            commands[-1].code = int(match[1])
        elif commands and not line.startswith("#"):
            commands[-1].expected.append(line)
    for command in commands:
        while command.expected and not command.expected[-1].strip():
            command.expected.pop()
    return commands


def matches(expected: list[str], found: list[str]) -> bool:
    """Whether the printed lines fit, with `...` and `<*>` as wildcards."""
    if not expected:
        return not found
    if expected[0].strip() == "...":
        return any(matches(expected[1:], found[i:]) for i in range(len(found) + 1))
    if not found:
        return False
    pattern = ".*".join(re.escape(part) for part in expected[0].rstrip().split("<*>"))
    return re.fullmatch(pattern, found[0].rstrip()) is not None and matches(expected[1:], found[1:])


class Shell:
    """One directory and one environment for the commands of a script."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self.directory = directory
        programs = directory / ".programs"
        programs.mkdir(exist_ok=True)
        shim = programs / "avow"
        shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m api.cli "$@"\n')
        shim.chmod(0o755)
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
        self.environment = {
            **kept,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            **environment,
        }
        self.state = programs / "state"

    def run(self, command: str) -> tuple[int, list[str]]:
        """Run one command; exported variables and the directory last until the next."""
        restore = f'[ -f "{self.state}" ] && . "{self.state}"\n'
        keep = f'\ncode=$?\n{{ export -p; echo "cd \'$PWD\'"; }} > "{self.state}"\nexit $code\n'
        done = subprocess.run(
            ["bash", "-c", restore + command + keep],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        printed = (done.stdout + done.stderr).decode("utf-8", "replace")
        return done.returncode, printed.splitlines()


def run(commands: list[Command], shell: Shell, *, name: str) -> None:
    """Run a script; the first command that prints or ends otherwise fails the test."""
    for command in commands:
        code, printed = shell.run(command.text)
        where = f"{name}:{command.line}: $ {command.text}"
        shown = "\n".join(f"    {line}" for line in printed)
        assert code == command.code, f"{where}\nexit {code}, expected {command.code}; it printed\n{shown}"
        wanted = "\n".join(f"    {line}" for line in command.expected)
        assert command.silent or matches(command.expected, printed), (
            f"{where}\nexpected\n{wanted}\nprinted\n{shown}"
        )
