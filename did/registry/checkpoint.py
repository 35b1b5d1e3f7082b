"""Checkpoints: three lines that say which log has which root at which size, and their verification.

C2SP tlog-checkpoint, narrowed by the registry protocol 5.1, 5.2 and 5.4.

Invariants:
- A body is origin, size, root. There is never an extension line.
- `VerifiedCheckpoint` is made by `verify_checkpoint` and `match_checkpoint` alone.
- A line of a known key that does not verify refuses the whole note; lines of unknown keys count for nothing.

Not here: whether the size is sealed (`bundle`), and who may sign (`log`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from did.encoding import decode_base64, encode_base64
from did.errors import DidError
from did.registry.note import SignedNote, parse_note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from did.registry.note import SignatureLine, VerifierKey
    from did.registry.policy import Policy

MAX_SIZE: Final = 2**63
"""Sizes in notes are below (registry 1)."""

_ORIGIN: Final = re.compile(r"[!-*,-~]{1,255}")
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself. Not verified."""

    origin: str
    size: int
    root: bytes

    @property
    def body(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"


@dataclass(frozen=True, slots=True)
class VerifiedCheckpoint:
    """A checkpoint that is believed; `witnesses` are the policy's names of those who cosigned.

    `quorum_time` is None exactly where no quorum was asked for.
    """

    checkpoint: Checkpoint
    quorum_time: int | None
    witnesses: tuple[str, ...]


def parse_checkpoint(text: str) -> tuple[Checkpoint, SignedNote]:
    """Read a signed checkpoint; `DidError` ``checkpoint.malformed``. Nothing is verified."""
    note = parse_note(text)
    return parse_body(note.body), note


def parse_body(body: str) -> Checkpoint:
    """Read the three lines of a body; ``checkpoint.malformed``."""
    lines = body.split("\n")
    if len(lines) != 4 or lines[3]:
        raise _malformed("a body has three lines: origin, size, root")
    origin, size, root = lines[:3]
    if not is_origin(origin):
        raise _malformed("an origin has 1 to 255 printable ASCII characters, no space, no plus sign")
    if not _DECIMAL.fullmatch(size) or int(size) >= MAX_SIZE:
        raise _malformed("a size is a decimal number below 2^63 without leading zeros")
    try:
        raw = decode_base64(root, max_bytes=32)
    except DidError as error:
        raise _malformed(f"root: {error.detail}") from None
    if len(raw) != 32:
        raise _malformed(f"a root has 32 bytes, not {len(raw)}")
    return Checkpoint(origin, int(size), raw)


def is_origin(text: str) -> bool:
    """Whether a text can name a log (registry 5.2)."""
    return _ORIGIN.fullmatch(text) is not None


def format_note(body: str, lines: Sequence[SignatureLine]) -> str:
    """Put signature lines below a body."""
    return SignedNote(body, tuple(lines)).text


def verify_checkpoint(text: str, *, policy: Policy, expected_origin: str) -> VerifiedCheckpoint:
    """Verify a signed checkpoint under a policy (registry 5.4).

    1. it parses, and its origin is the expected one and has a log line in the policy
    2. every line of a known key verifies
    3. the log signed
    4. the quorum cosigned, each witness counted once, by its newest time
    """
    # Step 1: form and origin.
    checkpoint, note = parse_checkpoint(text)
    log_keys = [key for key in policy.logs if key.name == expected_origin]
    if checkpoint.origin != expected_origin or not log_keys:
        raise DidError(
            "checkpoint.origin",
            f"expected a checkpoint of {expected_origin!r}, found one of {checkpoint.origin!r}"
            + ("" if log_keys else "; the policy has no log line of that name"),
            clause="registry 5.4",
        )
    # Step 2: no line of a known key is bad. Signed by the log?
    signed = False
    for key in log_keys:
        for line in filter(key.matches, note.lines):
            _verify_line(key, note.body, line, "checkpoint.signature")
            signed = True
    times = cosignature_times(note, policy)
    # Step 3: the log's signature.
    if not signed:
        raise DidError(
            "checkpoint.unsigned", "no key of the policy's log lines signed", clause="registry 5.4"
        )
    # Step 4: the quorum.
    quorum_time = policy.quorum_time(times)
    if policy.quorum is not None and quorum_time is None:
        raise DidError(
            "checkpoint.quorum",
            f"{len(times)} witnesses of the policy cosigned, which does not meet quorum {policy.quorum!r}",
            clause="registry 5.4",
        )
    return VerifiedCheckpoint(checkpoint, quorum_time, tuple(times))


def match_checkpoint(text: str, *, size: int, root: bytes, expected_origin: str) -> VerifiedCheckpoint:
    """Compare a checkpoint with the root that the verifier holds for that size; signatures are not looked at.

    Codes ``checkpoint.malformed``, ``checkpoint.origin``, and ``root.size``, ``root.differs`` where it is
    another checkpoint. Nothing in it then adds to what the verifier held: no time, no witness.
    """
    checkpoint, _ = parse_checkpoint(text)
    if checkpoint.origin != expected_origin:
        raise DidError(
            "checkpoint.origin",
            f"expected a checkpoint of {expected_origin!r}, found one of {checkpoint.origin!r}",
            clause="registry 5.4",
        )
    if checkpoint.size != size:
        raise DidError(
            "root.size",
            f"the proof is about {checkpoint.size} entries, the root that you hold about {size}",
            remedy="bring the root of that size, or a policy with the log's key",
        )
    if checkpoint.root != root:
        raise DidError(
            "root.differs",
            f"at size {size} the proof has another root than the one that you hold",
            remedy="where the log's key signed it, compare both with others: one log has one root",
        )
    return VerifiedCheckpoint(checkpoint, None, ())


def cosignature_times(note: SignedNote, policy: Policy) -> Mapping[str, int]:
    """The newest time of each witness of the policy that cosigned, by name; ``checkpoint.cosignature``."""
    times: dict[str, int] = {}
    for name, key in policy.witnesses.items():
        for line in filter(key.matches, note.lines):
            time = _verify_line(key, note.body, line, "checkpoint.cosignature")
            times[name] = max(time, times.get(name, 0))
    return times


def _verify_line(key: VerifierKey, body: str, line: SignatureLine, code: str) -> int:
    try:
        return key.verify(body, line.blob)
    except DidError as error:
        raise DidError(code, error.detail, clause="registry 5.4") from None


def _malformed(detail: str) -> DidError:
    return DidError("checkpoint.malformed", detail, clause="C2SP tlog-checkpoint")
