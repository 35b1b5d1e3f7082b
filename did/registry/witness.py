"""Witnessing: the request that asks for a cosignature, a witness's decision about it, and its answer.

C2SP tlog-witness 1.0 (`add-checkpoint`) and tlog-cosignature with Ed25519; registry protocol 5.6. Later
drafts differ in the status for step 6 only (422 instead of 409); whoever asks must treat both alike.

Checklist of a witness, in the order of the text:
1. the request reads: old size, hashes, empty line, checkpoint (``witness.malformed``)
2. the origin is one of the logs that are witnessed (``witness.origin``)
3. a key trusted for that origin signed (``witness.unsigned``), and no line of such a key is bad
   (``witness.signature``); lines of other keys count for nothing
4. the old size is at most the checkpoint's (``witness.old-size``)
5. the old size is the one cosigned last, 0 before the first (``witness.conflict``, which carries that size)
6. a checkpoint of that very size has the root that was cosigned (``witness.forked``)
7. the hashes prove that the tree was only extended (``witness.consistency``); an empty tree has one root
8. the checkpoint is persisted; this step is the caller's, in one transaction with 5
9. the cosignature is made

Invariants:
- Steps 2 and 3 make an `AuthenticRequest`, steps 4 to 7 an `Accepted`, and nothing else does. Only an
  `Accepted` is cosigned, at the time that it was decided at.
- What is held for a log never gets smaller, and never another root at its size.
- An answer is taken over only if the very key that was asked made it, and not with a time that lies ahead.

Not here: persistence and statuses (`api`); seals, which a witness need not ask for; extension lines, which
are refused with the form (section 5.1) although tlog-checkpoint lets other logs have them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from did.encoding import decode_base64, encode_base64
from did.errors import DidError
from did.registry.checkpoint import MAX_SIZE, Checkpoint, parse_checkpoint
from did.registry.note import MAX_NOTE, Cosigner, SignatureLine, SignedNote, VerifierKey, parse_note
from did.registry.tree import EMPTY_ROOT, HASH, verify_consistency

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MAX_HASHES: Final = 63
"""Lines of a proof that a client may send at most (tlog-witness)."""
MAX_REQUEST: Final = MAX_NOTE + 4096
"""Bytes: a note, 63 hashes of 45 characters, the line of the old size."""
MAX_ANSWER: Final = 16 * 1024
"""Bytes of an answer: a few cosignatures, also of the 3.3 kB of ML-DSA-44."""
FUTURE_SECONDS: Final = 60
"""A cosignature may be that much ahead of our clock, as for a verifier (registry 8.3, step 12)."""

_OLD: Final = re.compile(r"old (0|[1-9][0-9]{0,18})")
_CLAUSE: Final = "C2SP tlog-witness"


class SizeConflictError(DidError):
    """The request starts from another size than the witness holds; `size` is the one to start from."""

    def __init__(self, size: int, found: int) -> None:
        super().__init__(
            "witness.conflict",
            f"the newest checkpoint cosigned here has size {size}, the proof starts at {found}",
            remedy="prove consistency from that size",
            clause=_CLAUSE,
        )
        self.size = size


@dataclass(frozen=True, slots=True)
class CheckpointRequest:
    """A request as it reads: the proof goes from size `old` to the checkpoint. Nothing is verified."""

    old: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint
    note: SignedNote


@dataclass(frozen=True, slots=True)
class AuthenticRequest:
    """A request whose checkpoint the log signed. Made by `authenticate` alone."""

    request: CheckpointRequest


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What a witness holds of a log: size and root of the newest checkpoint that it cosigned."""

    size: int
    root: bytes


NOTHING: Final = Witnessed(0, EMPTY_ROOT)
"""What is held of a log before its first checkpoint."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A checkpoint to be persisted and then cosigned, at `time`. Made by `decide` alone.

    `extends` says whether it is larger than what was held; a repetition changes nothing.
    """

    checkpoint: Checkpoint
    note: SignedNote
    time: int
    extends: bool

    def cosign(self, cosigner: Cosigner) -> SignatureLine:
        """Make the cosignature; only once the checkpoint is persisted (steps 8 and 9)."""
        return cosigner.cosign(self.note.body, now=self.time)


def format_request(old: int, path: Sequence[bytes], note: str) -> str:
    """Write a request for a cosignature under `note`, with the proof from size `old`."""
    hashes = "".join(encode_base64(node) + "\n" for node in path)
    return f"old {old}\n{hashes}\n{note}"


def parse_request(raw: bytes) -> CheckpointRequest:
    """Read a request (step 1); ``witness.malformed``."""
    if len(raw) > MAX_REQUEST:
        raise _malformed(f"a request has at most {MAX_REQUEST} bytes")
    try:
        head, separator, note = raw.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise _malformed("the request is not UTF-8") from None
    lines = head.split("\n")
    old = _OLD.fullmatch(lines.pop(0))
    if not separator or old is None or int(old[1]) >= MAX_SIZE:
        raise _malformed("expected old and a size, hashes, an empty line, and a checkpoint")
    if len(lines) > MAX_HASHES:
        raise _malformed(f"a proof has at most {MAX_HASHES} hashes, not {len(lines)}")
    try:
        checkpoint, signed = parse_checkpoint(note)
        path = tuple(decode_base64(line, max_bytes=HASH) for line in lines)
    except DidError as error:
        raise _malformed(error.detail) from None
    if any(len(node) != HASH for node in path):
        raise _malformed("a hash has 32 bytes")
    return CheckpointRequest(int(old[1]), path, checkpoint, signed)


def by_origin(logs: Iterable[VerifierKey]) -> Mapping[str, tuple[VerifierKey, ...]]:
    """The keys of the logs that are witnessed, by origin; more than one while a key is being rotated."""
    keys: dict[str, tuple[VerifierKey, ...]] = {}
    for key in logs:
        keys[key.name] = (*keys.get(key.name, ()), key)
    return keys


def authenticate(
    request: CheckpointRequest, *, logs: Mapping[str, Sequence[VerifierKey]]
) -> AuthenticRequest:
    """Check that a witnessed log signed the checkpoint (steps 2 and 3)."""
    # Step 2: the origin.
    keys = logs.get(request.checkpoint.origin)
    if not keys:
        raise DidError(
            "witness.origin",
            "this witness does not serve a log of that origin",
            remedy="ask its operator to add the log's key",
            clause=_CLAUSE,
        )
    # Step 3: the log's signature.
    signed = False
    for line in request.note.lines:
        for key in keys:
            if key.matches(line):
                _verify(key, request.note.body, line, "witness.signature")
                signed = True
    if not signed:
        raise DidError("witness.unsigned", "no key trusted for this log signed", clause=_CLAUSE)
    return AuthenticRequest(request)


def decide(authentic: AuthenticRequest, *, held: Witnessed, now: int) -> Accepted:
    """Decide by what is held (steps 4 to 7); `now`, in seconds since 1970, becomes the cosignature's time.

    The caller reads `held` and persists the result in one transaction; else two requests could both pass.
    """
    request = authentic.request
    checkpoint = request.checkpoint
    # Step 4: no proof leads backwards.
    if request.old > checkpoint.size:
        raise DidError(
            "witness.old-size",
            f"the proof starts at {request.old}, and the checkpoint has size {checkpoint.size}",
            clause=_CLAUSE,
        )
    # Step 5: the proof starts where we stand.
    if request.old != held.size:
        raise SizeConflictError(held.size, request.old)
    # Step 6: one size, one root. Of size 0 nothing was promised: that is step 7's.
    if held.size and checkpoint.size == held.size and checkpoint.root != held.root:
        raise DidError(
            "witness.forked",
            f"another root was cosigned for size {held.size}: the log shows two histories",
            remedy="keep both notes: they convict the log's operator",
            clause=_CLAUSE,
        )
    # Step 7: only extended.
    verify_consistency(
        held.size, checkpoint.size, held.root, checkpoint.root, request.path, code="witness.consistency"
    )
    return Accepted(checkpoint, request.note, now, checkpoint.size > held.size)


def read_answer(text: str, *, body: str, key: VerifierKey, now: int) -> tuple[SignatureLine, int]:
    """Take the cosignature of `body` by `key` out of a witness's answer, with its time.

    ``witness.answer``: no such line, or something else than lines. ``witness.cosignature``: it does not
    verify, or its time lies more than a minute after `now`. Of two lines the newer one is taken.
    """
    if len(text) > MAX_ANSWER:
        raise DidError("witness.answer", f"an answer has at most {MAX_ANSWER} characters")
    try:
        note = parse_note(f"{body}\n{text}")
    except DidError as error:
        raise DidError("witness.answer", error.detail, clause=_CLAUSE) from None
    if note.body != body:
        raise DidError("witness.answer", "the answer has more than signature lines", clause=_CLAUSE)
    lines = filter(key.matches, note.lines)
    found = [(line, _verify(key, body, line, "witness.cosignature")) for line in lines]
    if not found:
        raise DidError("witness.answer", f"the answer has no line by {key.name}", clause=_CLAUSE)
    line, time = max(found, key=lambda each: each[1])
    if time > now + FUTURE_SECONDS:
        raise DidError(
            "witness.cosignature", f"{key.name} cosigned at a time that lies ahead", clause=_CLAUSE
        )
    return line, time


def _verify(key: VerifierKey, body: str, line: SignatureLine, code: str) -> int:
    try:
        return key.verify(body, line.blob)
    except DidError as error:
        raise DidError(code, error.detail, clause=_CLAUSE) from None


def _malformed(detail: str) -> DidError:
    return DidError("witness.malformed", detail, clause=_CLAUSE)
