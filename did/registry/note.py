"""Signed notes, verifier keys and cosignatures.

C2SP signed-note and tlog-cosignature (Ed25519, types 01 and 04), narrowed by registry protocol 5.1, 5.3.

Invariants:
- A note has one reading: UTF-8, no control character but the line feed, canonical base64, at most 64 KiB
  and 64 signature lines.
- A key is named by its name and its key id together. The id is four bytes and carries no security.
- A witness signs the time with the body; a cosignature over one time does not hold for another.

A second algorithm (ML-DSA-44, type 06: a key of 1,312 bytes, lines of 3.3 kB) would be another member of
`SignatureType`, its length in `VerifierKey.parse`, its message and check in `VerifierKey.verify`, and a
signer beside `NoteSigner` and `Cosigner`. Until then its lines are those of unknown keys, and no policy can
name one.

Not here: the meaning of the text (`checkpoint`) and which keys are trusted (`policy`).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from did import sodium
from did.encoding import decode_base64, encode_base64
from did.errors import DidError
from did.keys import KeyType

if TYPE_CHECKING:
    from did.keys import Signer

MAX_NOTE: Final = 64 * 1024
MAX_SIGNATURES: Final = 64
MAX_TIME: Final = 2**63

_SIGNATURE_START: Final = "\N{EM DASH} "
_KEY_ID: Final = 4
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_KEY_NAME: Final = re.compile(r"[^\s+\x00-\x1f]+")


class SignatureType(IntEnum):
    """Types of note signatures that can be verified here."""

    ED25519 = 0x01
    COSIGNATURE = 0x04


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One line below a note: `blob` is what follows the key id."""

    name: str
    key_id: bytes
    blob: bytes

    @property
    def text(self) -> str:
        """The line with its line feed."""
        return f"{_SIGNATURE_START}{self.name} {encode_base64(self.key_id + self.blob)}\n"


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A parsed note. Nothing of it is verified."""

    body: str
    lines: tuple[SignatureLine, ...]

    @property
    def text(self) -> str:
        """The note, verbatim."""
        return self.body + "\n" + "".join(line.text for line in self.lines)

    def with_lines(self, *lines: SignatureLine) -> SignedNote:
        """The note with these lines, each in the place of an older one by its key, else below the rest."""
        merged = {(line.name, line.key_id): line for line in (*self.lines, *lines)}
        return SignedNote(self.body, tuple(merged.values()))


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """An Ed25519 key with the name under which it signs and the type of its signatures."""

    name: str
    type: SignatureType
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        r"""The first four bytes of ``SHA-256(name || "\n" || type || public key)``."""
        named = self.name.encode() + b"\n" + bytes((self.type,)) + self.public_key
        return hashlib.sha256(named).digest()[:_KEY_ID]

    @property
    def text(self) -> str:
        """The vkey form: ``name+key id+base64(type || public key)``."""
        encoded = encode_base64(bytes((self.type,)) + self.public_key)
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read a vkey (``note.key`` for anything else; also for types that cannot be verified here)."""
        # The encoded key may hold plus signs, the name may not.
        parts = text.split("+", 2)
        if len(parts) != 3 or not is_key_name(parts[0]):
            raise DidError("note.key", "a vkey reads name+keyid+key", clause="C2SP signed-note")
        try:
            raw = decode_base64(parts[2], max_bytes=4096)
        except DidError as error:
            raise DidError("note.key", f"the key of a vkey: {error.detail}") from None
        if len(raw) != 33 or raw[0] not in set(SignatureType):
            raise DidError("note.key", "a vkey holds an Ed25519 key of type 01 or 04", clause="registry 5.3")
        key = cls(parts[0], SignatureType(raw[0]), raw[1:])
        if parts[1] != key.key_id.hex():
            raise DidError("note.key", f"the key id of this vkey would be {key.key_id.hex()}")
        return key

    def matches(self, line: SignatureLine) -> bool:
        """Whether the line says that this key made it."""
        return line.name == self.name and line.key_id == self.key_id

    def verify(self, body: str, blob: bytes) -> int:
        """Verify a signature (``note.signature``) and return the time of a cosignature, 0 of a plain one."""
        message, signature, time = body.encode(), blob, 0
        if self.type is SignatureType.COSIGNATURE:
            time, signature = int.from_bytes(blob[:8], "big"), blob[8:]
            if not 0 < time < MAX_TIME:
                raise DidError("note.signature", "the time of a cosignature lies in 1..2^63-1")
            message = cosigned_message(body, time)
        try:
            sodium.ed25519_verify(self.public_key, message, signature)
        except DidError as error:
            raise DidError("note.signature", f"{self.name}: {error.detail}") from None
        return time


class NoteSigner:
    """Signs notes as the log: plain Ed25519 over the body."""

    def __init__(self, name: str, signer: Signer) -> None:
        self._signer = signer
        self.key = _verifier_key(name, SignatureType.ED25519, signer)

    def sign(self, body: str) -> SignatureLine:
        """Make the signature line for a body."""
        return SignatureLine(self.key.name, self.key.key_id, self._signer.sign(body.encode()))


class Cosigner:
    """Signs notes as a witness: Ed25519 over time and body."""

    def __init__(self, name: str, signer: Signer) -> None:
        self._signer = signer
        self.key = _verifier_key(name, SignatureType.COSIGNATURE, signer)

    def cosign(self, body: str, *, now: int) -> SignatureLine:
        """Make the signature line for a body at `now` (whole seconds since 1970, above 0)."""
        if not 0 < now < MAX_TIME:
            raise DidError("note.time", "the time of a cosignature lies in 1..2^63-1")
        blob = now.to_bytes(8, "big") + self._signer.sign(cosigned_message(body, now))
        return SignatureLine(self.key.name, self.key.key_id, blob)


def cosigned_message(body: str, time: int) -> bytes:
    """What a witness signs: header, time, body."""
    return f"cosignature/v1\ntime {time}\n{body}".encode()


def parse_note(text: str) -> SignedNote:
    """Read a note strictly; `DidError` ``checkpoint.malformed``. Nothing is verified."""
    if len(text) > MAX_NOTE or _utf8_length(text) > MAX_NOTE:
        raise _malformed(f"a note has at most {MAX_NOTE} bytes")
    if _CONTROL.search(text):
        raise _malformed("a control character other than the line feed")
    body, separator, below = text.rpartition("\n\n")
    if not separator or not below.endswith("\n"):
        raise _malformed("expected text, an empty line and signature lines, each ended by a line feed")
    lines = below[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise _malformed(f"{len(lines)} signature lines, at most {MAX_SIGNATURES} are read")
    return SignedNote(body + "\n", tuple(_signature_line(line) for line in lines))


def is_key_name(name: str) -> bool:
    """Whether a key may have that name: not empty, no plus sign, no space of any kind."""
    return _KEY_NAME.fullmatch(name) is not None


def _signature_line(line: str) -> SignatureLine:
    name, space, encoded = line.removeprefix(_SIGNATURE_START).partition(" ")
    if not line.startswith(_SIGNATURE_START) or not space or not is_key_name(name):
        raise _malformed("a signature line reads: em dash, space, key name, space, base64")
    try:
        raw = decode_base64(encoded, max_bytes=MAX_NOTE)
    except DidError as error:
        raise _malformed(f"signature of {name!r:.80}: {error.detail}") from None
    if len(raw) <= _KEY_ID:
        raise _malformed(f"signature of {name!r:.80}: a key id and no signature")
    return SignatureLine(name, raw[:_KEY_ID], raw[_KEY_ID:])


def _verifier_key(name: str, type_: SignatureType, signer: Signer) -> VerifierKey:
    if signer.public_key.type is not KeyType.ED25519:
        raise DidError("note.key", f"notes are signed with Ed25519, not {signer.public_key.type}")
    if not is_key_name(name):
        raise DidError("note.key", "a key name is not empty and has no space or plus sign")
    return VerifierKey(name, type_, signer.public_key.raw)


def _utf8_length(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise _malformed("a lone surrogate, which UTF-8 cannot write") from None


def _malformed(detail: str) -> DidError:
    return DidError("checkpoint.malformed", detail, clause="C2SP signed-note")
