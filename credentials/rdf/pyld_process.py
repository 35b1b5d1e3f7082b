"""`PyldCanonicalizer`: PyLD in worker processes that are killed when they exceed the deadline.

Why a process: PyLD is pure Python without a point at which it looks at a clock, a thread cannot be ended from
outside, and a signal only reaches the main thread of the main interpreter, which a server does not lend. So
there is no variant within the process; what it would save is the hop, 0.2 to 0.4 ms on an idle machine where
PyLD takes 1 to 5 ms.

Invariants:
- A worker starts when it is first needed, as ``python -m``: no fork of a process with threads, and nothing of
  the caller's main module is imported. It serves one call at a time and is used again. POSIX only.
- A worker that exceeds the deadline, dies or answers nonsense is killed and replaced at the next call.
- Workers inherited through a fork are not used; the child starts its own.
- Calls block the calling thread; from async code, call in a thread.
- Answers are read strictly; an error code of the worker's own leaves as `CredentialError`.
"""

from __future__ import annotations

import os
import queue
import select
import subprocess
import sys
import time
import weakref
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from credentials.errors import CredentialError
from credentials.rdf.canonical import Canonical, Limits, Partition
from credentials.rdf.values import check_document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from credentials.rdf.canonical import HashName
    from did.types import JsonObject

_START_SECONDS: Final = 30.0
"""What a worker may take to import its libraries, once, on a busy machine."""
_MAX_ANSWER: Final = 64 << 20
_INHERITED: Final = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR")
"""The worker reads what strangers wrote; it gets nothing else of the environment."""


class PyldCanonicalizer:
    """The canonicalizer of the first versions; see `credentials.rdf.canonical` for what it promises.

    `workers` calls may run at the same time, from any threads; the second worker only starts when two calls
    meet. `extra_contexts` are known besides the bundled ones. `unsafe_doubles` admits numbers with a fraction
    and is for published vectors only. Close it, or leave its ``with`` block, to end the workers; the end of
    the program does the same.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        workers: int = 2,
        extra_contexts: Mapping[str, JsonObject] | None = None,
        unsafe_doubles: bool = False,
    ) -> None:
        self._limits = limits or Limits()
        self._unsafe_doubles = unsafe_doubles
        self._settings = orjson.dumps(
            {
                "limits": asdict(self._limits),
                "contexts": dict(extra_contexts or {}),
                "unsafe_doubles": unsafe_doubles,
            }
        )
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()
        for _ in range(workers):
            self._idle.put(_Worker(self._settings))
        self._workers = list(self._idle.queue)
        self._finalizer = weakref.finalize(self, _stop_all, self._workers)

    def canonicalize(self, document: JsonObject, *, hash_name: HashName = "sha256") -> Canonical:
        """Return the canonical N-Quads of a JSON-LD document. Raises ``rdf.*``."""
        if hash_name != "sha256":
            raise CredentialError("rdf.hash", f"this engine labels with SHA-256 only, not with {hash_name}")
        answer = self._ask(document, {"document": document})
        return _canonical(answer.get("whole"))

    def partition(self, document: JsonObject, selections: Mapping[str, Sequence[str]]) -> Partition:
        """Canonicalize a document together with selections from it. Raises ``rdf.*``, ``pointer.*``."""
        wanted = {name: list(pointers) for name, pointers in selections.items()}
        answer = self._ask(document, {"document": document, "selections": wanted})
        found = answer.get("selections")
        if type(found) is not dict or found.keys() != wanted.keys():
            raise _broken("it answered other selections than were asked for")
        return Partition(
            _canonical(answer.get("whole")), {name: _canonical(part) for name, part in found.items()}
        )

    def close(self) -> None:
        """End the workers. A later call starts new ones."""
        _stop_all(self._workers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, document: JsonObject, request: dict[str, Any]) -> dict[str, Any]:
        check_document(document, self._limits, unsafe_doubles=self._unsafe_doubles)
        body = orjson.dumps(request)
        if len(body) > self._limits.max_bytes:
            raise CredentialError(
                "rdf.work-limit",
                f"the document has {len(body)} bytes, at most {self._limits.max_bytes} are read",
            )
        deadline = time.monotonic() + self._limits.deadline_seconds
        try:
            worker = self._idle.get(timeout=self._limits.deadline_seconds)
        except queue.Empty:
            raise CredentialError(
                "rdf.busy", "all canonicalization workers are busy", remedy="try again in a moment"
            ) from None
        try:
            answer = worker.ask(body, deadline, self._limits.deadline_seconds)
        finally:
            self._idle.put(worker)
        error = answer.get("error")
        if error is not None:
            raise _reported(error)
        return answer


class _Worker:
    """One process and the pipes to it."""

    def __init__(self, settings: bytes) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def ask(self, body: bytes, deadline: float, allowed: float) -> dict[str, Any]:
        """Send one request and return the answer; the process does not outlive a failure to give one."""
        process = self._started()
        if process is None:
            process = self._start()
            deadline = time.monotonic() + _START_SECONDS + allowed
        answered = False
        try:
            _write(process, body, deadline)
            answer = _parse(_read(process, deadline))
            answered = True
        except _DeadlineExceededError:
            raise CredentialError(
                "rdf.deadline",
                f"canonicalization took longer than {allowed:g} s and was ended",
                remedy="send a smaller document, or one whose contexts are simpler",
            ) from None
        except OSError:
            raise _broken("it ended before it had answered") from None
        finally:
            if not answered:
                self.stop()
        return answer

    def stop(self) -> None:
        """End the process, or after a fork, when it is the parent's, just let go of it."""
        process, self._process = self._process, None
        if process is None:
            return
        if self._owner == os.getpid():
            process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait()

    def _started(self) -> subprocess.Popen[bytes] | None:
        process = self._process
        if process is not None and (self._owner != os.getpid() or process.poll() is not None):
            self.stop()
        return self._process

    def _start(self) -> subprocess.Popen[bytes]:
        path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        process = subprocess.Popen(
            [sys.executable, "-P", "-W", "ignore", "-m", "credentials.rdf.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**environment, "PYTHONPATH": path},
            bufsize=0,
            start_new_session=True,  # an interrupt at the terminal is for the parent to handle
        )
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
        self._process, self._owner = process, os.getpid()
        _write(process, self._settings, time.monotonic() + _START_SECONDS)
        return process


class _DeadlineExceededError(Exception):
    """Within this module: time is up."""


def _write(process: subprocess.Popen[bytes], body: bytes, deadline: float) -> None:
    assert process.stdin is not None
    left = memoryview(len(body).to_bytes(4, "big") + body)
    while left:
        _wait(process.stdin.fileno(), select.POLLOUT, deadline)
        left = left[os.write(process.stdin.fileno(), left) :]


def _read(process: subprocess.Popen[bytes], deadline: float) -> bytes:
    assert process.stdout is not None
    size = int.from_bytes(_read_exactly(process.stdout.fileno(), 4, deadline), "big")
    if size > _MAX_ANSWER:
        raise _broken("its answer is too long")
    return _read_exactly(process.stdout.fileno(), size, deadline)


def _read_exactly(source: int, size: int, deadline: float) -> bytes:
    found = bytearray()
    while len(found) < size:
        _wait(source, select.POLLIN, deadline)
        part = os.read(source, size - len(found))
        if not part:
            raise BrokenPipeError
        found += part
    return bytes(found)


def _wait(descriptor: int, event: int, deadline: float) -> None:
    waiting = select.poll()
    waiting.register(descriptor, event)
    if not waiting.poll(max(deadline - time.monotonic(), 0) * 1000):
        raise _DeadlineExceededError


def _parse(body: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _broken("its answer is not JSON") from None
    if type(answer) is not dict:
        raise _broken("its answer is not an object")
    return answer


def _canonical(found: object) -> Canonical:
    if type(found) is not dict or found.keys() != {"lines", "labels"}:
        raise _broken("its answer lacks a dataset")
    lines, labels = found["lines"], found["labels"]
    if type(lines) is not list or not all(type(line) is str and line.endswith(" .\n") for line in lines):
        raise _broken("its answer holds something else than statements")
    if type(labels) is not dict or not all(type(label) is str for label in labels.values()):
        raise _broken("its answer holds something else than labels")
    return Canonical(tuple(lines), labels)


def _reported(error: object) -> CredentialError:
    parts = ("code", "detail", "remedy", "clause")
    if type(error) is not dict or not all(type(error.get(part)) is str for part in parts):
        return _broken("its error has no code")
    return CredentialError(error["code"], error["detail"], remedy=error["remedy"], clause=error["clause"])


def _broken(how: str) -> CredentialError:
    return CredentialError("rdf.worker", f"the canonicalization process failed: {how}", remedy="try again")


def _stop_all(workers: list[_Worker]) -> None:
    for worker in workers:
        worker.stop()
