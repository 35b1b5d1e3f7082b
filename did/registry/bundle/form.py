"""The bundle as JSON: read strictly, written canonically, built from what the log proves.

Registry protocol version 1, section 8.1.

Invariants:
- Members, types and sizes are those of the table, and no others.
- A bundle has history and entry, or neither: then it shows that the log does not know the DID.

Not here: verification (`verify`). A parsed bundle shows nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from did.encoding import encode_base64url
from did.errors import DidError
from did.jsontext import parse_object
from did.registry.bundle.members import Members
from did.registry.bundle.trust import AnchorClaim, parse_claims

if TYPE_CHECKING:
    from collections.abc import Sequence

    from did.registry.log import DidProof
    from did.types import JsonObject, JsonValue

TYPE: Final = "AvowRegistryProof"
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps of section 8.1; characters count Unicode code points of the decoded strings."""

    bundle_bytes: int = 8 * 1024 * 1024  # the history and its escapes twice over
    did_chars: int = 2048
    history_bytes: int = 4 * 1024 * 1024  # some three thousand versions
    witnesses_bytes: int = 1024 * 1024
    checkpoint_bytes: int = 64 * 1024  # that of a note
    map_chars: int = 12_000  # more than the longest map proof needs


LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A parsed bundle; `entry_index` is None iff `history` is. Nothing of it is verified."""

    did: str
    history: str | None
    witnesses: str | None
    checkpoint: str
    map_root: bytes
    seal_path: tuple[bytes, ...]
    map_proof: bytes
    entry_index: int | None
    entry_path: tuple[bytes, ...]
    anchors: tuple[AnchorClaim, ...]


def parse_bundle(raw: bytes) -> Bundle:
    """Read a bundle: ``bundle.too-large``, ``bundle.malformed``, then ``bundle.type``."""
    if len(raw) > LIMITS.bundle_bytes:
        raise DidError(
            "bundle.too-large", f"a bundle has at most {LIMITS.bundle_bytes} bytes, not {len(raw)}"
        )
    try:
        value = parse_object(raw, max_bytes=LIMITS.bundle_bytes)
    except DidError as error:
        raise DidError("bundle.malformed", error.detail, clause="registry 8.1") from None
    members = Members(value, code="bundle.malformed", place="bundle")
    type_, version = members.text("type", max_chars=256), members.integer("version")
    seal = members.object("seal")
    entry = members.object("entry") if "entry" in members else None
    bundle = Bundle(
        did=members.text("did", max_chars=LIMITS.did_chars),
        history=_capped(members, "history", LIMITS.history_bytes),
        witnesses=_capped(members, "witnesses", LIMITS.witnesses_bytes),
        checkpoint=members.text("checkpoint", max_chars=LIMITS.checkpoint_bytes),
        map_root=seal.hash32("mapRoot"),
        seal_path=seal.path("path"),
        map_proof=members.base64url("map", max_chars=LIMITS.map_chars),
        entry_index=entry.integer("index") if entry else None,
        entry_path=entry.path("path") if entry else (),
        anchors=parse_claims(members),
    )
    for part in (seal, entry, members):
        if part is not None:
            part.done()
    if (bundle.history is None) != (bundle.entry_index is None):
        raise members.fault("history and entry stand together or not at all")
    if bundle.history is None and bundle.witnesses is not None:
        raise members.fault("witnesses stand beside a history")
    if (type_, version) != (TYPE, VERSION):
        raise DidError(
            "bundle.type",
            f"expected {TYPE} version {VERSION}, found {type_!r:.60} version {version}",
            clause="registry 8.1",
        )
    return bundle


def build_bundle(
    *,
    did: str,
    checkpoint: str,
    proof: DidProof,
    history: str | None,
    witnesses: str | None = None,
    anchors: Sequence[AnchorClaim] = (),
) -> JsonObject:
    """Put a bundle together; its JCS form is what is sent.

    `checkpoint` is the signed note of the size that `proof` was made for. `history` is the text of
    ``did.jsonl``; it is cut after the version proven. Without a state in the proof it must be None.
    """
    if (history is None) != (proof.state is None):
        raise DidError("bundle.malformed", "a history is given exactly where the log knows the DID")
    bundle: JsonObject = {
        "type": TYPE,
        "version": VERSION,
        "did": did,
        "checkpoint": checkpoint,
        "seal": {"mapRoot": encode_base64url(proof.map_root), "path": _encoded(proof.seal_path)},
        "map": encode_base64url(proof.map_proof),
    }
    if proof.state is not None and history is not None:
        bundle["history"] = cut_history(history, proof.state.version)
        bundle["entry"] = {"index": proof.state.index, "path": _encoded(proof.entry_path)}
        if witnesses is not None:
            bundle["witnesses"] = witnesses
    if anchors:
        bundle["anchors"] = [claim.to_json() for claim in anchors]
    return bundle


def cut_history(history: str, version: int) -> str:
    """The first `version` lines of a ``did.jsonl``, one for each version, each ended by a line feed."""
    lines = history.split("\n")[:version]
    if len(lines) < version or not all(lines):
        raise DidError("bundle.malformed", f"the history does not reach version {version}")
    return "".join(f"{line}\n" for line in lines)


def _encoded(path: Sequence[bytes]) -> list[JsonValue]:
    return [encode_base64url(node) for node in path]


def _capped(members: Members, name: str, max_bytes: int) -> str | None:
    text = members.optional_text(name, max_chars=max_bytes)
    if text is not None and len(text) * 4 > max_bytes and len(text.encode()) > max_bytes:
        raise members.fault(f"{name} has at most {max_bytes} bytes")
    return text
