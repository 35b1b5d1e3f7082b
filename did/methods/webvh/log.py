"""The lines of a did:webvh log: their form, and the hashes that chain them (did:webvh 1.0).

Invariants:
- An entry has exactly `versionId`, `versionTime`, `parameters`, `state` and `proof`, each of its type.
- `versionId` is the number in plain decimal, a dash, and a SHA-256 multihash in base58btc.
- `versionTime` is in UTC.

Errors: `history.entry`, `history.version-id`, `history.time`, `history.too-large`, `history.empty`.
Not here: signatures and the rules between entries (`history`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from did import jsontext
from did.encoding import decode_multihash34, encode_base58btc, sha256_multihash
from did.errors import DidError
from did.jcs import canonicalize
from did.methods.webvh.location import PLACEHOLDER
from did.timestamps import parse_timestamp

if TYPE_CHECKING:
    from datetime import datetime

    from did.types import JsonObject

MAX_HISTORY_BYTES: Final = 4 << 20  # as a proof bundle's `history`
MAX_ENTRIES: Final = 10_000  # weekly rotation for 190 years; bounds signatures to verify
_MEMBERS: Final = frozenset({"versionId", "versionTime", "parameters", "state", "proof"})
_VERSION_ID: Final = re.compile(r"([1-9][0-9]{0,14})-([1-9A-HJ-NP-Za-km-z]{46})")
_CLAUSE: Final = "did:webvh 1.0, The DID Log File"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line, read but not yet believed."""

    line: str
    version_id: str
    number: int
    entry_hash34: bytes
    time: datetime
    time_text: str
    parameters: JsonObject
    state: JsonObject
    proofs: tuple[JsonObject, ...]
    unsigned: JsonObject
    """The entry without its proofs: what they sign."""


def split_lines(text: bytes) -> list[bytes]:
    """Split a log into its lines; empty lines are tolerated at the end only."""
    if len(text) > MAX_HISTORY_BYTES:
        raise DidError("history.too-large", f"more than {MAX_HISTORY_BYTES} bytes of history")
    lines = text.rstrip(b"\r\n").split(b"\n")
    if lines == [b""]:
        raise DidError("history.empty", "the history has no entry")
    if len(lines) > MAX_ENTRIES:
        raise DidError("history.too-large", f"more than {MAX_ENTRIES} entries")
    return lines


def read_entry(line: bytes) -> Entry:
    """Read one line."""
    # JSON takes a line end between its tokens; did.jsonl would have two broken lines of it.
    if b"\n" in line or b"\r" in line.rstrip(b"\r"):
        raise DidError("history.entry", "an entry is one line: it holds a line end", clause=_CLAUSE)
    try:
        entry = jsontext.parse_object(line, max_bytes=MAX_HISTORY_BYTES)
    except DidError as error:
        raise DidError("history.entry", f"{error.code}: {error.detail}", clause=_CLAUSE) from None
    if set(entry) != _MEMBERS:
        odd = sorted(set(entry) ^ _MEMBERS)
        raise DidError("history.entry", f"missing or unknown member {odd[0][:64]!r}", clause=_CLAUSE)
    parameters, state, proofs = entry["parameters"], entry["state"], entry["proof"]
    if not isinstance(parameters, dict) or not isinstance(state, dict):
        raise DidError("history.entry", "parameters or state is no object", clause=_CLAUSE)
    if not isinstance(proofs, list) or not all(isinstance(proof, dict) for proof in proofs):
        raise DidError("history.entry", "proof is no list of objects", clause=_CLAUSE)
    number, entry_hash = _read_version_id(entry["versionId"])
    time_text, time = _read_time(entry["versionTime"])
    return Entry(
        line=line.decode("utf-8").rstrip("\r"),
        version_id=f"{number}-{entry_hash}",
        number=number,
        entry_hash34=decode_multihash34(entry_hash),
        time=time,
        time_text=time_text,
        parameters=parameters,
        state=state,
        proofs=tuple(proof for proof in proofs if isinstance(proof, dict)),
        unsigned={name: value for name, value in entry.items() if name != "proof"},
    )


def entry_hash(unsigned: JsonObject, predecessor: str) -> str:
    """Hash an entry without proof onto its predecessor: the previous `versionId`, or the SCID."""
    return _hash_text(canonicalize({**unsigned, "versionId": predecessor}))


def scid_of(unsigned: JsonObject, scid: str) -> str:
    """Compute the SCID that a first entry, which carries `scid`, should have."""
    text = canonicalize({**unsigned, "versionId": PLACEHOLDER}).decode("utf-8")
    restored = text.replace(scid, PLACEHOLDER).encode("utf-8")
    # Canonical once more: a key that holds the SCID may sort elsewhere with the placeholder.
    return _hash_text(canonicalize(jsontext.parse(restored, max_bytes=2 * MAX_HISTORY_BYTES)))


def key_hash(multikey: str) -> str:
    """Hash a Multikey text as `nextKeyHashes` lists it."""
    return _hash_text(multikey.encode("ascii"))


def _hash_text(data: bytes) -> str:
    return encode_base58btc(sha256_multihash(sha256(data).digest()))


def _read_version_id(value: object) -> tuple[int, str]:
    match = _VERSION_ID.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise DidError("history.version-id", "versionId is no number, dash and hash", clause=_CLAUSE)
    try:
        decode_multihash34(match[2])
    except DidError as error:
        raise DidError("history.version-id", error.detail, clause=_CLAUSE) from None
    return int(match[1]), match[2]


def _read_time(value: object) -> tuple[str, datetime]:
    if not isinstance(value, str) or not value.endswith(("Z", "+00:00")):
        raise DidError("history.time", "versionTime is not in UTC", clause=_CLAUSE)
    try:
        return value, parse_timestamp(value)
    except DidError as error:
        raise DidError("history.time", f"versionTime: {error.detail}", clause=_CLAUSE) from None
