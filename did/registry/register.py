"""The checkpoint register: what was ever signed, kept outside the database and its backup.

Registry protocol version 1, section 7.4. One line for each signed checkpoint, ``size root mapRoot time``.

Invariants:
- Sizes rise strictly. A line is written and synced before its signature leaves the process.
- A last line without its line feed, or with a hole of zeros, was never signed and is dropped.
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
    from collections.abc import Iterable, Iterator

_HOLE: Final = b"\0"
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


@dataclass(frozen=True, slots=True)
class _Place:
    """A line and where it stands, its line feed included."""

    line: RegisterLine
    start: int
    end: int


class Register:
    """The lines, read when they are asked for: a register grows by one for each checkpoint, for ever.

    `record` follows the synced append to the file, never precedes it.
    """

    def __init__(self, lines: Iterable[RegisterLine] = (), *, text: bytes = b"", torn: int = 0) -> None:
        """A register of whole lines in `text`, none of which is looked at, and of `lines` after them."""
        self._text = text
        self._recorded: list[RegisterLine] = []
        self.torn: Final = torn
        for line in lines:
            self.record(line)

    @classmethod
    def parse(cls, data: bytes) -> Register:
        """Read the end of the file; the other lines are checked when they are asked for, or by `lines`.

        `torn` says how many bytes of an unfinished last line are to be cut off the file. Codes
        ``register.malformed``, ``register.forked``.
        """
        whole = data.rfind(b"\n") + 1
        start = data.rfind(b"\n", 0, max(whole - 1, 0)) + 1
        if whole == len(data) and _HOLE in data[start:]:
            # The power went before the sync: the end of the line came to the disk, a sector before it not.
            whole = start
        register = cls(text=data[:whole], torn=len(data) - whole)
        if whole:
            last = register._at(whole - 1)
            register._text = data[: last.start]
            register.record(last.line)
        return register

    @property
    def last(self) -> RegisterLine | None:
        """The newest line, or None where nothing was signed yet."""
        if self._recorded:
            return self._recorded[-1]
        return self._at(len(self._text) - 1).line if self._text else None

    def lines(self) -> Iterator[RegisterLine]:
        """Every line, oldest first; ``register.forked`` where sizes do not rise."""
        size, at = 0, 0
        while at < len(self._text):
            found = self._at(at)
            _check_rise(size, found.line)
            size, at = found.line.size, found.end
            yield found.line
        yield from self._recorded

    def find(self, size: int) -> RegisterLine | None:
        """The line of that size."""
        at = bisect_left(self._recorded, size, key=lambda line: line.size)
        if at < len(self._recorded) and self._recorded[at].size == size:
            return self._recorded[at]
        if at:
            return None  # above what was recorded; in the text are smaller sizes only
        low, high = 0, len(self._text)
        while low < high:
            found = self._at((low + high) // 2)
            if found.line.size == size:
                return found.line
            if found.line.size < size:
                low = found.end
            else:
                high = found.start
        return None

    def record(self, line: RegisterLine) -> None:
        """Take in a line that now stands in the file; ``register.forked`` if it does not follow the last."""
        if self.last:
            _check_rise(self.last.size, line)
        self._recorded.append(line)

    def _at(self, position: int) -> _Place:
        """The line that the byte at `position` belongs to."""
        start = self._text.rfind(b"\n", 0, position) + 1
        end = self._text.index(b"\n", position)
        try:
            return _Place(_parse_line(self._text[start:end]), start, end + 1)
        except DidError:
            number = self._text.count(b"\n", 0, start) + 1
            raise DidError(
                "register.malformed",
                f"line {number} does not read: size root mapRoot time",
                remedy="the register is written by this service only; restore its copy (docs/recovery.md)",
                clause="registry 7.4",
            ) from None

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


def _check_rise(size: int, line: RegisterLine) -> None:
    if line.size <= size:
        raise DidError(
            "register.forked",
            f"after size {size} a line for size {line.size} cannot follow",
            clause="registry 7.4",
        )


def _parse_line(raw: bytes) -> RegisterLine:
    match = _LINE.fullmatch(raw.decode("ascii", "replace"))
    if match is None or int(match[1]) >= MAX_INTEGER or int(match[4]) >= MAX_INTEGER:
        raise DidError("register.malformed", "a line reads: size root mapRoot time")
    return RegisterLine(int(match[1]), decode_base64(match[2]), decode_base64(match[3]), int(match[4]))
