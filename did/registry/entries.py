r"""Log entries: the exact bytes of the four kinds, and the salted commitments that two of them carry.

Registry protocol version 1, sections 2 and 9.2 to 9.3. ``entry = "avow-entry/1\n" || kind || fields``; every
kind has one length.

Invariants:
- Nothing from outside stands verbatim in an entry: identifiers are multihashes, digests are committed to.
- `decode` accepts exactly the bytes that `encode` writes, so one leaf has one reading.
- A commitment to an issuer's event names issuer and event under the hash: it opens nowhere else.

Not here: what an entry does to the map (`statemap`, `replay`), and whether anybody may append it.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeAlias

from did.errors import DidError

PREFIX: Final = b"avow-entry/1\n"
MAX_ENTRY: Final = 256
"""No entry of any kind, now or later, is longer (section 2)."""
MAX_INTEGER: Final = 2**53
"""Integers of the protocol stay below, so that every JSON reader can hold them (section 1)."""

_KIND_AT: Final = len(PREFIX)
_FIELDS_AT: Final = _KIND_AT + 1
_MULTIHASH: Final = b"\x12\x20"
_DEACTIVATED: Final = 0x01

KIND_DID, KIND_EVIDENCE, KIND_EVENT, KIND_SEAL = 1, 2, 3, 4
_LENGTHS: Final = {KIND_DID: 91, KIND_EVIDENCE: 46, KIND_EVENT: 81, KIND_SEAL: 54}
FIRST_INERT_KIND: Final = 0x80
"""Kinds from here on never change the map; unknown ones below stop a replay (section 2)."""


class Event(IntEnum):
    """What an issuer did with one credential (section 2)."""

    ISSUED = 1
    SUSPENDED = 2
    REINSTATED = 3
    REVOKED = 4

    @property
    def label(self) -> str:
        """The name in receipts: ``issued``, ``suspended``, ``reinstated`` or ``revoked``."""
        return self.name.lower()

    @classmethod
    def from_label(cls, label: str) -> Event:
        """The event of that name; `DidError` ``entry.event`` for any other."""
        for event in cls:
            if event.label == label:
                return event
        raise DidError("entry.event", f"no event has the name {label!r:.40}", clause="registry 2")


@dataclass(frozen=True, slots=True)
class DidOperation:
    """One did:webvh log entry: `scid34` and `hash34` are multihashes, `version` counts from 1."""

    scid34: bytes
    version: int
    hash34: bytes
    deactivated: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """A commitment to any digest (32 bytes); it says nothing without its salt."""

    commitment: bytes


@dataclass(frozen=True, slots=True)
class IssuerEvent:
    """An issuer's event; which credential it concerns is known to those who hold the salt."""

    scid34: bytes
    event: Event
    commitment: bytes


@dataclass(frozen=True, slots=True)
class Seal:
    """The end of a batch: its own index and the root of the map over all entries before it."""

    index: int
    map_root: bytes


Entry: TypeAlias = DidOperation | Evidence | IssuerEvent | Seal


def encode(entry: Entry) -> bytes:
    """Write an entry; refuses with the code that `decode` would give for such bytes."""
    match entry:
        case DidOperation():
            version = _u64(entry.version, "entry.version")
            flags = _DEACTIVATED if entry.deactivated else 0
            fields = entry.scid34 + version + entry.hash34 + bytes((flags,))
            raw = _with_kind(KIND_DID, fields)
        case Evidence():
            raw = _with_kind(KIND_EVIDENCE, entry.commitment)
        case IssuerEvent():
            raw = _with_kind(KIND_EVENT, entry.scid34 + bytes((entry.event,)) + entry.commitment)
        case Seal():
            raw = _with_kind(KIND_SEAL, _u64(entry.index, "entry.length") + entry.map_root)
    decode(raw)
    return raw


def decode(raw: bytes) -> Entry:
    """Read an entry. Codes ``entry.*``, checked in the order of section 2."""
    kind = kind_of(raw)
    expected = _LENGTHS.get(kind)
    if expected is None:
        raise DidError("entry.kind", f"kind {kind:#04x} is reserved", clause="registry 2")
    if len(raw) != expected:
        raise DidError(
            "entry.length",
            f"an entry of kind {kind} has {expected} bytes, not {len(raw)}",
            clause="registry 2",
        )
    if kind == KIND_EVIDENCE:
        return Evidence(raw[_FIELDS_AT:])
    if kind == KIND_SEAL:
        return Seal(int.from_bytes(raw[14:22], "big"), raw[22:])
    scid34 = raw[14:48]
    _check_multihash(scid34, "entry.scid")
    return _did_operation(raw, scid34) if kind == KIND_DID else _issuer_event(raw, scid34)


def kind_of(raw: bytes) -> int:
    """The kind byte, known or not, after the cap and the prefix were checked."""
    if len(raw) > MAX_ENTRY:
        raise DidError(
            "entry.length", f"an entry has at most {MAX_ENTRY} bytes, not {len(raw)}", clause="registry 2"
        )
    if len(raw) <= _KIND_AT or not raw.startswith(PREFIX):
        raise DidError(
            "entry.prefix", "an entry starts with avow-entry/1 and a kind byte", clause="registry 2"
        )
    return raw[_KIND_AT]


def evidence_commitment(salt: bytes, digest: bytes) -> bytes:
    """Commit to a 32-byte digest under a fresh 32-byte salt (section 9.2)."""
    _check_32(salt, digest)
    return hashlib.sha256(b"avow-evidence/1\n" + salt + digest).digest()


def event_commitment(scid34: bytes, event: Event, salt: bytes, digest: bytes) -> bytes:
    """Commit to an issuer's event about the object with that 32-byte digest (section 9.3)."""
    _check_multihash(scid34, "entry.scid")
    _check_32(salt, digest)
    return hashlib.sha256(b"avow-event/1\n" + scid34 + bytes((event,)) + salt + digest).digest()


def event_salt(key: bytes, event: Event, counter: int) -> bytes:
    """The salt of the event number `counter` (from 0) of its type, under the credential's 32-byte key."""
    _check_32(key)
    if not 0 <= counter < 2**32:
        raise DidError("entry.counter", f"an event counter is a u32, not {counter}", clause="registry 9.3")
    message = b"avow-event-salt/1\n" + bytes((event,)) + counter.to_bytes(4, "big")
    return hmac.new(key, message, hashlib.sha256).digest()


def _did_operation(raw: bytes, scid34: bytes) -> DidOperation:
    hash34 = raw[56:90]
    _check_multihash(hash34, "entry.hash")
    version = int.from_bytes(raw[48:56], "big")
    if not 1 <= version < MAX_INTEGER:
        raise DidError("entry.version", f"a version lies in 1..2^53-1, not {version}", clause="registry 2")
    flags = raw[90]
    if flags & ~_DEACTIVATED:
        raise DidError("entry.flags", f"reserved bits are set in flags {flags:#04x}", clause="registry 2")
    return DidOperation(scid34, version, hash34, flags == _DEACTIVATED)


def _issuer_event(raw: bytes, scid34: bytes) -> IssuerEvent:
    try:
        event = Event(raw[48])
    except ValueError:
        raise DidError("entry.event", f"event {raw[48]} is reserved", clause="registry 2") from None
    return IssuerEvent(scid34, event, raw[49:])


def _with_kind(kind: int, fields: bytes) -> bytes:
    return PREFIX + bytes((kind,)) + fields


def _u64(value: int, code: str) -> bytes:
    if not 0 <= value < 2**64:
        raise DidError(code, f"{value} is no u64", clause="registry 1")
    return value.to_bytes(8, "big")


def _check_multihash(value: bytes, code: str) -> None:
    if len(value) != 34 or not value.startswith(_MULTIHASH):
        raise DidError(
            code, "expected a SHA-256 multihash of 34 bytes that begins 12 20", clause="registry 1"
        )


def _check_32(*values: bytes) -> None:
    for value in values:
        if len(value) != 32:
            raise DidError("entry.opening", f"salts, keys and digests have 32 bytes, not {len(value)}")
