"""Evidence against a log, as a monitor writes it and as anybody else checks it.

Registry protocol version 1, section 5.7, and the entries that an honest log never holds. One JSON
object: ``type``, ``code``, ``detail``, ``origin``, ``notes``, and ``fork``, ``entry`` or ``chain``.

Checklist of `judge`:
1. the form, the origin, and a valid log signature on every note; witnesses are not asked for
2. ``log.forked``: two notes of one size and two roots; or a consistency path into the newer note that starts
   from another root than the older note has at that size, or than the contract, which must be one that the
   judge relies on
3. a fault of one entry: it stands under the note's root at its index, and has that fault; a kind that is
   not known yet is no fault

Invariants:
- A verdict never rests on the word of who wrote the evidence. `Judged.rests_on` names what is still to be
  done: to replay the log, or to read the contract. What only its writer saw is `evidence.testimony`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from did.encoding import decode_base64url, decode_hex, encode_base64url, encode_hex
from did.errors import DidError
from did.registry.checkpoint import verify_checkpoint
from did.registry.entries import Seal, decode
from did.registry.tree import MAX_PATH, leaf_hash, verify_consistency, verify_inclusion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from did.registry.bundle.trust import TrustedChain
    from did.registry.checkpoint import Checkpoint
    from did.registry.policy import Policy
    from did.types import JsonObject, JsonValue

TYPE: Final = "AvowLogEvidence"
_REPLAYED: Final = frozenset({"entry.order", "entry.deactivated", "seal.map-root"})
_MAX_ENTRY: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class ForkFact:
    """Two notes of one size; or older and newer, with the newer one's root at the older size and the path."""

    notes: tuple[str, ...]
    root: bytes | None = None
    path: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryFact:
    """An entry and its audit path under the note."""

    index: int
    raw: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ChainFact:
    """What the contract holds: size and root."""

    chain: str
    contract: str
    log_id: bytes
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a finding rests on."""

    notes: tuple[str, ...]
    fork: ForkFact | None = None
    entry: EntryFact | None = None
    chain: ChainFact | None = None

    def to_json(self, *, code: str, detail: str, origin: str) -> JsonObject:
        """The object that others check."""
        value: JsonObject = {
            "type": TYPE,
            "code": code,
            "detail": detail,
            "origin": origin,
            "notes": list(self.notes),
        }
        if self.fork is not None and self.fork.root is not None:
            value["fork"] = {"root": encode_base64url(self.fork.root), "path": _texts(self.fork.path)}
        if self.entry is not None:
            entry = self.entry
            value["entry"] = {
                "index": entry.index,
                "entry": encode_base64url(entry.raw),
                "path": _texts(entry.path),
            }
        if self.chain is not None:
            chain = self.chain
            value["chain"] = {
                "chain": chain.chain,
                "contract": chain.contract,
                "logId": encode_hex(chain.log_id),
                "size": chain.size,
                "root": encode_hex(chain.root),
            }
        return value


@dataclass(frozen=True, slots=True)
class Judged:
    """Evidence that holds: for which code, and what a judge still has to do (``replay``, ``contract``)."""

    code: str
    rests_on: tuple[str, ...]


def judge(
    value: JsonObject, *, policy: Policy, expected_origin: str, trusted_chains: Sequence[TrustedChain]
) -> Judged:
    """Check evidence that somebody shows; codes ``evidence.*`` and, for its notes, ``checkpoint.*``."""
    # Step 1: form, origin, signatures.
    code, texts = value.get("code"), value.get("notes")
    if value.get("type") != TYPE or not isinstance(code, str) or not isinstance(texts, list):
        raise _bad("malformed", f"expected an object of type {TYPE} with code and notes")
    if value.get("origin") != expected_origin:
        raise _bad("origin", f"expected evidence about {expected_origin}")
    plain = replace(policy, quorum=None)
    if not 1 <= len(texts) <= 2:
        raise _bad("malformed", "evidence has one or two notes")
    notes = [
        verify_checkpoint(_text(text), policy=plain, expected_origin=expected_origin).checkpoint
        for text in texts
    ]
    # Step 2: a fork.
    if code == "log.forked":
        return _judge_fork(value, notes, trusted_chains)
    # Step 3: an entry, or none where there must be one.
    if code == "log.unsealed" and notes[0].size == 0:
        return Judged(code, ())
    if "entry" in value:
        return _judge_entry(value, code, notes[0])
    raise _bad("testimony", f"{code} is what its writer saw; look for yourself with `avow monitor`")


def _judge_fork(value: JsonObject, notes: list[Checkpoint], trusted: Sequence[TrustedChain]) -> Judged:
    rests_on: tuple[str, ...] = ()
    if len(notes) == 2:
        older, newer = (notes[0].size, notes[0].root), notes[1]
    else:
        chain = _object(value, "chain")
        _check_contract(chain, trusted)
        older, newer = (_number(chain, "size"), _hex32(chain.get("root"))), notes[0]
        rests_on = ("contract",)
    size, root = older
    if size == newer.size:
        other = newer.root
    else:
        fork = _object(value, "fork")
        other = _hash(fork.get("root"))
        verify_consistency(size, newer.size, other, newer.root, _path(fork), code="evidence.fork")
    if not size or other == root:
        raise _bad("fork", "both sides have the same root: no fork")
    return Judged("log.forked", rests_on)


def _check_contract(chain: JsonObject, trusted: Sequence[TrustedChain]) -> None:
    # Whoever shows evidence can open a log of any content in a contract of his own.
    named = (chain.get("chain"), chain.get("contract"), chain.get("logId"))
    if all(named != (each.chain, each.contract, encode_hex(each.log_id)) for each in trusted):
        raise _bad("contract", "the evidence names another contract than those that you rely on")


def _judge_entry(value: JsonObject, code: str, note: Checkpoint) -> Judged:
    entry = _object(value, "entry")
    index, raw = _number(entry, "index"), _bytes(entry.get("entry"), max_bytes=_MAX_ENTRY)
    path = _path(entry)
    verify_inclusion(leaf_hash(raw), index, note.size, path, note.root, code="evidence.entry")
    found = ""
    try:
        decoded = decode(raw)
    except DidError as error:
        found = error.code
    else:
        if isinstance(decoded, Seal) and decoded.index != index:
            found = "seal.index"
    if code == "log.unsealed" and index == note.size - 1 and (found or not isinstance(decoded, Seal)):
        return Judged(code, ())
    if found == code != "entry.kind":  # a later version of the log may know the kind
        return Judged(code, ())
    if code in _REPLAYED and not found:
        return Judged(code, ("replay",))
    raise _bad("entry", f"the entry does not show {code}")


def _object(value: JsonObject, name: str) -> JsonObject:
    member = value.get(name)
    if not isinstance(member, dict):
        raise _bad("malformed", f"{name}: expected an object")
    return member


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise _bad("malformed", "expected a text")
    return value


def _number(value: JsonObject, name: str) -> int:
    number = value.get(name)
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise _bad("malformed", f"{name}: expected a number")
    return number


def _bytes(value: JsonValue, *, max_bytes: int) -> bytes:
    try:
        return decode_base64url(_text(value), max_bytes=max_bytes)
    except DidError as error:
        raise _bad("malformed", error.detail) from None


def _hex32(value: JsonValue) -> bytes:
    try:
        return decode_hex(_text(value), length=32)
    except DidError as error:
        raise _bad("malformed", error.detail) from None


def _hash(value: JsonValue) -> bytes:
    raw = _bytes(value, max_bytes=32)
    if len(raw) != 32:
        raise _bad("malformed", "a hash has 32 bytes")
    return raw


def _path(value: JsonObject) -> tuple[bytes, ...]:
    path = value.get("path")
    if not isinstance(path, list) or len(path) > MAX_PATH + 1:
        raise _bad("malformed", "path: expected a list of hashes")
    return tuple(_hash(item) for item in path)


def _texts(path: tuple[bytes, ...]) -> list[JsonValue]:
    return [encode_base64url(item) for item in path]


def _bad(fault: str, detail: str) -> DidError:
    return DidError(f"evidence.{fault}", detail, clause="registry 5.7")
