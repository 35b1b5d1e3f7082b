"""The file of published checkpoints: lines that are appended, synced, and bound to each other.

The first line names the log, each later one is a checkpoint with the proofs that it extends the one before
and ends with its seal, so that whoever has a copy can check all of it. Lines are JSON in canonical form
(RFC 8785); each holds the SHA-256 of the line before it, line end excluded.

    {"origin":"id.example/log","type":"AvowPublishedCheckpoints","version":1}
    {"edge":[…],"extension":[…],"mapRoot":"…","previous":"…","root":"…","sequence":1,"size":5,"time":…}

Invariants:
- `append` returns after the line is on the disk. What a crash left of a line was never published; it is cut
  off at the next start.
- A line that was changed, moved or taken out is noticed at the start (`chain.store`). That the last lines are
  missing, or that all of them were written anew, only somebody who remembers a line can tell: the service
  remembers the newest one.
- One process at a time (`chain.in-use`). A file that is not of this kind is never written to.

Not here: the protocol of drivers (`file`), the rules of the contract (`reference`).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from array import array
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from did import jcs, jsontext
from did.chain.driver import AnchorCall, Head
from did.chain.errors import ChainError
from did.chain.reference import EMPTY, advanced
from did.encoding import decode_base64url, encode_base64url
from did.errors import DidError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from did.types import JsonValue

TYPE: Final = "AvowPublishedCheckpoints"
# Two proofs of at most 66 nodes with 46 characters each, and the rest.
MAX_LINE: Final = 8192
MAX_SIZE: Final = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Line:
    """One published checkpoint. Its number in the file is its sequence."""

    call: AnchorCall
    sequence: int
    time: int
    previous: bytes

    @property
    def head(self) -> Head:
        """The same as a contract would hold it."""
        call = self.call
        return Head(call.size, self.sequence, self.sequence, self.time, call.root, call.map_root)

    def encode(self) -> bytes:
        """The line, without its end."""
        call = self.call
        edge: list[JsonValue] = [encode_base64url(node) for node in call.edge]
        extension: list[JsonValue] = [encode_base64url(node) for node in call.extension]
        return jcs.canonicalize(
            {
                "edge": edge,
                "extension": extension,
                "mapRoot": encode_base64url(call.map_root),
                "previous": encode_base64url(self.previous),
                "root": encode_base64url(call.root),
                "sequence": self.sequence,
                "size": call.size,
                "time": self.time,
            }
        )

    @classmethod
    def decode(cls, raw: bytes) -> Line | None:
        """Read a line; None for what `encode` would not write."""
        try:
            match jsontext.parse_object(raw, max_bytes=MAX_LINE):
                case {
                    "edge": list(edge),
                    "extension": list(extension),
                    "mapRoot": str(map_root),
                    "previous": str(previous),
                    "root": str(root),
                    "sequence": int(sequence),
                    "size": int(size),
                    "time": int(time),
                }:
                    proofs = _nodes(extension), _nodes(edge)
                    # int() takes JSON's true for 1, which the comparison then refuses.
                    call = AnchorCall(int(size), _hash(root), _hash(map_root), *proofs)
                    line = cls(call, int(sequence), int(time), _hash(previous))
                    return line if line.encode() == raw else None
        except DidError:
            pass
        return None


class PublishedFile:
    """One open file; for one thread at a time."""

    def __init__(self, path: Path, origin: str) -> None:
        """Open or make the file, and check it (`chain.in-use`, `chain.store`, `chain.unavailable`)."""
        self._name = path.name
        self._first = jcs.canonicalize({"origin": origin, "type": TYPE, "version": 1})
        self._starts = array("Q")
        self._end = 0
        self._line: Line | None = None
        self._newest = sha256(self._first).digest()
        with self._translated():
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            with self._translated():
                self._lock()
                self._load()
                _sync_directory(path.parent)
        except BaseException:
            os.close(self._file)
            raise

    @property
    def head(self) -> Head:
        """The newest checkpoint; all zero before the first."""
        return EMPTY if self._line is None else self._line.head

    @property
    def count(self) -> int:
        """The number of checkpoints."""
        return len(self._starts) - 1

    def line_hash(self, number: int) -> bytes:
        """The SHA-256 of a line; number 0 is the line that names the log."""
        with self._translated():
            return sha256(self._read(number)).digest()

    def head_at(self, number: int) -> Head:
        """The checkpoint in a line."""
        if number == 0:
            return EMPTY
        with self._translated():
            line = Line.decode(self._read(number))
        if line is None:
            raise self._damaged(number)
        return line.head

    def append(self, call: AnchorCall, time: int) -> bytes:
        """Publish a checkpoint, once the contract's rules are kept; gives the hash of its line."""
        if call.size > MAX_SIZE:
            raise ChainError("chain.call", f"size {call.size} is above 2^53 - 1")
        sequence = self.count + 1
        advanced(self.head, call, block=sequence, time=time)
        line = Line(call, sequence, max(time, self.head.time), self._newest)
        with self._translated():
            self._write(line.encode())
        self._line = line
        return self._newest

    def close(self) -> None:
        """Unlock the file."""
        os.close(self._file)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ChainError(
                "chain.in-use",
                f"{self._name} is in use by another process",
                remedy="stop the other service on this data directory",
            ) from None

    def _load(self) -> None:
        whole = 0
        before = EMPTY
        for raw in self._lines():
            if whole == 0:
                if raw != self._first:
                    raise self._foreign()
            else:
                line = Line.decode(raw)
                number = len(self._starts)
                if line is None or (line.sequence, line.previous) != (number, self._newest):
                    raise self._damaged(number)
                before, self._line = self.head, line
            self._starts.append(whole)
            self._newest = sha256(raw).digest()
            whole += len(raw) + 1
        self._end = whole
        if self._line is not None:
            self._check_newest(before, self._line)
        if whole == 0:
            if not self._first.startswith(os.pread(self._file, MAX_LINE, 0)):
                raise self._foreign()
            self._write(self._first)
        elif os.fstat(self._file).st_size != whole:
            os.ftruncate(self._file, whole)
            os.fsync(self._file)

    def _check_newest(self, before: Head, line: Line) -> None:
        """The newest line has no successor that names its hash: run the contract's rules over it."""
        try:
            advanced(before, line.call, block=line.sequence, time=line.time)
        except ChainError as refused:
            raise self._damaged(line.sequence) from refused

    def _lines(self) -> Iterator[bytes]:
        """The lines that have an end."""
        with os.fdopen(os.dup(self._file), "rb") as file:
            file.seek(0)
            while (raw := file.readline(MAX_LINE)).endswith(b"\n"):
                yield raw[:-1]
            if len(raw) == MAX_LINE:
                raise self._foreign()

    def _read(self, number: int) -> bytes:
        start = self._starts[number]
        end = self._end if number == self.count else self._starts[number + 1]
        return os.pread(self._file, end - start - 1, start)

    def _write(self, raw: bytes) -> None:
        os.ftruncate(self._file, self._end)  # what a full disk left of the line before
        rest = memoryview(raw + b"\n")
        at = self._end
        while rest:
            written = os.pwrite(self._file, rest, at)
            rest, at = rest[written:], at + written
        os.fsync(self._file)
        self._starts.append(self._end)
        self._end = at
        self._newest = sha256(raw).digest()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as fault:
            raise ChainError(
                "chain.unavailable",
                f"{self._name}: {fault.strerror}",
                remedy="check the disk and the permissions; nothing is lost, the next try goes on",
            ) from fault

    def _foreign(self) -> ChainError:
        return ChainError(
            "chain.store",
            f"{self._name} is no file of checkpoints of this log",
            remedy="name another file in AVOW_CHAIN_FILE; this one was left as it is",
        )

    def _damaged(self, number: int) -> ChainError:
        return ChainError(
            "chain.store",
            f"checkpoint {number} in {self._name} was changed, or one before it was taken out",
            remedy="restore the file from a copy; those who hold one can tell what was published",
        )


def _hash(text: str) -> bytes:
    return decode_base64url(text, max_bytes=32)


def _nodes(items: list[JsonValue]) -> tuple[bytes, ...]:
    if not all(isinstance(item, str) for item in items):
        raise ChainError("chain.store", "a node is a string")
    return tuple(_hash(str(item)) for item in items)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
