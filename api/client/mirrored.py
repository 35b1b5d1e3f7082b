"""Resolving from a mirror's directory: no service is asked, and nothing of the copy is taken on trust.

The trust anchors that lie in the directory are those of whoever made it, so the reader brings its own. The
log is replayed from the copy's entries, the map computed anew, and the proof made from them goes through the
same verifier as one from a service. That takes time with the size of the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.client.checking import check_bundle
from api.client.failures import LocalError
from api.client.files import os_failure, read_bytes
from api.client.mirroring import history_path
from did import jcs
from did.encoding import decode_multihash34
from did.identifiers import Did
from did.methods.webvh import WebvhDid, verify_history
from did.registry.bundle import build_bundle, parse_bundle
from did.registry.checkpoint import parse_checkpoint
from did.registry.copies import prove_did
from did.resolution import ResolutionOptions, resolve_history

if TYPE_CHECKING:
    from pathlib import Path

    from api.client.checking import Grounds
    from did.registry.bundle import VerifiedState
    from did.registry.tiles import TilePath
    from did.types import JsonObject


@dataclass(frozen=True, slots=True)
class Proven:
    """What a mirror shows of a DID: the bundle that anybody can check, and what it was found to prove."""

    bundle: JsonObject
    state: VerifiedState

    def result(self) -> JsonObject | None:
        """The DID resolution result, or None where the log does not know the DID."""
        parsed = parse_bundle(jcs.canonicalize(self.bundle))
        if parsed.history is None:
            return None
        history = verify_history(parsed.history.encode(), expected_did=None, witnesses=None, now=None)
        result = resolve_history(history, Did.parse(self.state.did), ResolutionOptions()).to_json()
        return {
            **result,
            "didResolutionMetadata": {
                "contentType": ResolutionOptions().accept,
                "state": self.state.level.label,
                "logIndex": parsed.entry_index,
                "asOf": self.state.as_of,
                "proof": [self.bundle],
            },
        }


def prove(folder: Path, did: str, grounds: Grounds) -> Proven:
    """Make the proof for a DID from the copy, and verify it."""
    scid = WebvhDid.parse(did).scid
    note = read_bytes(folder / "log/checkpoint").decode("utf-8", "replace")
    checkpoint, _ = parse_checkpoint(note)

    def fetch(path: TilePath) -> bytes | None:
        try:
            return (folder / "log" / path.text).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise os_failure(error, folder / "log" / path.text) from error

    proof = prove_did(checkpoint, fetch, decode_multihash34(scid))
    history = None if proof.state is None else _history(folder, scid)
    bundle = build_bundle(did=did, checkpoint=note, proof=proof, history=history)
    state = check_bundle(jcs.canonicalize(bundle), expected_did=did, grounds=grounds)
    return Proven(bundle, state)


def _history(folder: Path, scid: str) -> str:
    file = folder / history_path(scid).lstrip("/")
    if not file.exists():
        raise LocalError(
            "mirror.incomplete",
            "the copy's log knows the DID, and its history is not in the copy",
            remedy="run `avow mirror` again while the origin or another copy answers",
        )
    return read_bytes(file).decode("utf-8", "replace")
