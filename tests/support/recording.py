"""What a real process asked of the kernel: its writes, syncs and names, and what it sent, in one order.

`strace` records it; nothing in the process knows. A call that was interrupted in the record has two times: it
may have begun to work at the first, and has surely worked at the second.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support import vectors

if TYPE_CHECKING:
    import signal
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

CALLS = (
    "open,openat,creat,close,dup,dup2,dup3,lseek,write,pwrite64,writev,pwritev,pwritev2,"
    "ftruncate,truncate,fallocate,copy_file_range,sendfile,rename,renameat,renameat2,link,linkat,symlink,"
    "symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir,fsync,fdatasync,sync,syncfs,sync_file_range,msync,"
    "accept,accept4,sendto,sendmsg"
)
LONGEST = 1 << 24
"""Bytes of one call that are recorded: more than any here writes at once."""

_LINE = re.compile(r"(?P<thread>\d+)\s+(?P<rest>.*)")
_BEGUN = re.compile(r"(?P<name>\w+)\((?P<text>.*?)\s*<unfinished \.\.\.>")
_RESUMED = re.compile(r"<\.\.\. (?P<name>\w+) resumed>(?P<text>.*)")
_WHOLE = re.compile(r"(?P<name>\w+)\((?P<text>.*)\)\s+= (?P<result>-?\d+|0x[0-9a-f]+|\?)")
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')


@dataclass(frozen=True, slots=True)
class Call:
    """One finished call. `begun` and `done` are its places in the record; `texts` its strings, as bytes."""

    begun: int
    done: int
    name: str
    arguments: str
    texts: tuple[bytes, ...]
    result: int

    def number(self, at: int) -> int:
        """An argument that is a number, counted without the strings' insides."""
        return int(self.arguments.split(", ")[at], 0)


def available() -> str:
    """The recorder's program; skips or fails where it is missing or may not trace."""
    program = shutil.which("strace")
    if program is None:
        vectors.absent("strace (apt-get install strace)")
        raise AssertionError
    tried = subprocess.run([program, "-f", "-o", os.devnull, "true"], capture_output=True, check=False)
    if tried.returncode:
        vectors.absent("the right to trace a process (ptrace)")
    return program


class Recorded:
    """A process under the recorder's eyes."""

    def __init__(
        self, record: Path, command: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> None:
        self._record = record
        recorder = [available(), "-f", "--seccomp-bpf", "-qq", "-xx", "-s", str(LONGEST)]
        recorder += ["-e", "signal=none", "-e", f"trace={CALLS}", "-o", str(record)]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*recorder, *command],
                env=dict(environment),
                cwd=vectors.ROOT,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def end(self, how: signal.Signals) -> list[Call]:
        """Send a signal to the recorded process, wait for its end, and give the record."""
        if self.alive:
            os.kill(self._pid(), how)
        self._process.wait(timeout=60)
        return list(read(self._record.read_text("ascii")))

    def _pid(self) -> int:
        """The recorded process: the first line is its."""
        with self._record.open(encoding="ascii") as record:
            return int(record.readline().split()[0])


def read(record: str) -> Iterator[Call]:
    """The finished calls of a record that succeeded, in the order in which they finished."""
    begun: dict[str, tuple[int, str, str]] = {}
    for at, line in enumerate(record.splitlines()):
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        thread, rest = match["thread"], match["rest"]
        if found := _BEGUN.fullmatch(rest):
            begun[thread] = at, found["name"], found["text"]
            continue
        first = at
        if found := _RESUMED.fullmatch(rest):
            first, name, text = begun.pop(thread)
            assert name == found["name"]
            rest = f"{name}({text}{found['text']}"
        if found := _WHOLE.match(rest):
            yield from _call(first, at, found)
    # What was begun and never finished may have been sent.
    for at, name, text in begun.values():
        yield Call(at, at, name, _STRING.sub("_", text), _strings(text), -1)


def _call(begun: int, done: int, found: re.Match[str]) -> Iterator[Call]:
    text, result = found["text"], found["result"]
    if result != "?" and int(result, 0) >= 0:
        yield Call(begun, done, found["name"], _STRING.sub("_", text), _strings(text), int(result, 0))


def _strings(text: str) -> tuple[bytes, ...]:
    found = _STRING.findall(text)
    assert not any(cut for _, cut in found), "the recorder cut a string"
    return tuple(bytes.fromhex(hexed.replace("\\x", "")) for hexed, _ in found)
