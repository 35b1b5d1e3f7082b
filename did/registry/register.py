"""The checkpoint register: what was ever signed, kept outside the database and its backup.

Registry protocol version 1, section 7.4. One line for each signed checkpoint, ``size root mapRoot time``.

Invariants:
- Sizes rise strictly. A line is written and synced before its signature leaves the process.
- A last line without its line feed was never signed and is dropped.
- A database that does not reach the register, or that disagrees with it, must not sign anything.

Not here: the file (`api` reads, appends and syncs it), and the signing rule (`log`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from did.encoding import decode_base64, encode_base64
from did.errors import DidError
from did.registry.entries import MAX_INTEGER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LINE: Final = re.compile(
    r"([1-9][0-9]{0,15}) ([A-Za-z0-9+/]{43}=) ([A-Za-z0-9+/]{43}=) (0|[1-9][0-9]{0,15})"
)


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """A checkpoint that was or is about to be signed; `time` in whole seconds since 1970."""

    size: int
    root: bytes
    map_root: bytes
    time: int

    @property
    def text(self) -> str:
        """The line with its line feed, as it stands in the file (ASCII)."""
        return f"{self.size} {encode_base64(self.root)} {encode_base64(self.map_root)} {self.time}\n"

    def same_checkpoint(self, other: RegisterLine) -> bool:
        """Whether both lines are of one checkpoint, whenever they were written."""
        return (self.size, self.root, self.map_root) == (other.size, other.root, other.map_root)


class Roots(Protocol):
    """What a start is checked against: the log as it was loaded."""

    @property
    def sealed_size(self) -> int:
        """The newest sealed size."""
        ...

    def root(self, size: int) -> bytes:
        """The root at an earlier size."""
        ...

    def map_root(self, size: int) -> bytes:
        """The map root at a sealed size."""
        ...


class Register:
    """The lines, in memory. `record` follows the synced append to the file, never precedes it."""

    def __init__(self, lines: Iterable[RegisterLine] = (), *, torn: int = 0) -> None:
        self._lines: list[RegisterLine] = []
        self.torn: Final = torn
        for line in lines:
            self.record(line)

    @classmethod
    def parse(cls, data: bytes) -> Register:
        """Read the file. `torn` says how many bytes of an unfinished last line are to be cut off the file."""
        *lines, rest = data.split(b"\n")
        return cls((_parse_line(line, at) for at, line in enumerate(lines, start=1)), torn=len(rest))

    @property
    def last(self) -> RegisterLine | None:
        """The newest line, or None where nothing was signed yet."""
        return self._lines[-1] if self._lines else None

    @property
    def lines(self) -> Sequence[RegisterLine]:
        """All lines, by size."""
        return tuple(self._lines)

    def find(self, size: int) -> RegisterLine | None:
        """The line of that size."""
        at = bisect_left(self._lines, size, key=lambda line: line.size)
        return self._lines[at] if at < len(self._lines) and self._lines[at].size == size else None

    def record(self, line: RegisterLine) -> None:
        """Take in a line that now stands in the file; ``register.forked`` if it does not follow the last."""
        if self.last and line.size <= self.last.size:
            raise DidError(
                "register.forked",
                f"after size {self.last.size} a line for size {line.size} cannot follow",
                clause="registry 7.4",
            )
        self._lines.append(line)

    def check_start(self, log: Roots) -> None:
        """Refuse to start from a log that is older than the register or differs from it.

        Codes ``register.behind`` and ``register.forked``.
        """
        last = self.last
        if last is None:
            return
        if log.sealed_size < last.size:
            raise DidError(
                "register.behind",
                f"a checkpoint of {last.size} entries was signed, the database has sealed {log.sealed_size}",
                remedy="the database is an older copy: `avow recover` completes it from a copy of the log",
                clause="registry 7.4",
            )
        check_agrees(last, log)


def check_agrees(line: RegisterLine, log: Roots) -> None:
    """Check that the log has the line's roots at its size; ``register.forked``. The log reaches that size."""
    if log.root(line.size) != line.root or log.map_root(line.size) != line.map_root:
        raise DidError(
            "register.forked",
            f"the log has other roots at size {line.size} than the checkpoint that was signed",
            remedy="find out with `avow fsck` which copy is true; publish nothing from this one",
            clause="registry 7.4",
        )


def _parse_line(raw: bytes, number: int) -> RegisterLine:
    match = _LINE.fullmatch(raw.decode("ascii", "replace"))
    if match is None or int(match[1]) >= MAX_INTEGER or int(match[4]) >= MAX_INTEGER:
        raise _malformed(number)
    try:
        root, map_root = decode_base64(match[2]), decode_base64(match[3])
    except DidError:
        raise _malformed(number) from None
    return RegisterLine(int(match[1]), root, map_root, int(match[4]))


def _malformed(number: int) -> DidError:
    return DidError(
        "register.malformed",
        f"line {number} does not read: size root mapRoot time",
        remedy="the register is written by this service only; restore it from where it was copied last "
        "(docs/recovery.md)",
        clause="registry 7.4",
    )
