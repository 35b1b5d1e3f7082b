"""Writing a did:webvh history: create, update (rotate, move), deactivate, and witness proofs (did:webvh 1.0).

Every entry that leaves this module was verified by `history.verify_entry` first. Entries are written in
canonical JSON. Witness proofs come afterwards, so they are not looked at here.

Errors: those of verification (`history.*`); so a signer that may not sign is `history.key`.
Not here: storage, publication, and the keys' custody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from did import jsontext
from did.document import ASSERTION_METHOD
from did.eddsa_jcs import NAME, EddsaJcs2022
from did.integrity import ProofOptions
from did.jcs import canonicalize
from did.methods.webvh.history import History, Version, verify_entry
from did.methods.webvh.location import PLACEHOLDER
from did.methods.webvh.log import MAX_HISTORY_BYTES, entry_hash, key_hash, read_entry, scid_of
from did.methods.webvh.parameters import METHOD, NO_WITNESSES, WitnessRule
from did.timestamps import format_timestamp, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from did.keys import PublicKey, Signer
    from did.types import JsonObject

_SUITE: Final = EddsaJcs2022()


@dataclass(frozen=True, slots=True)
class Changes:
    """Parameters to state in an entry; None leaves a parameter unmentioned, hence as it was."""

    update_keys: Sequence[PublicKey] | None = None
    next_key_hashes: Sequence[str] | None = None
    witness: WitnessRule | None = None
    watchers: Sequence[str] | None = None
    portable: bool | None = None
    ttl: int | None = None

    def to_json(self) -> JsonObject:
        """Write as an entry's `parameters`."""
        stated: JsonObject = {}
        if self.update_keys is not None:
            stated["updateKeys"] = [key.multikey() for key in self.update_keys]
        if self.next_key_hashes is not None:
            stated["nextKeyHashes"] = list(self.next_key_hashes)
        if self.witness is not None:
            stated["witness"] = self.witness.to_json()
        if self.watchers is not None:
            stated["watchers"] = list(self.watchers)
        if self.portable is not None:
            stated["portable"] = self.portable
        if self.ttl is not None:
            stated["ttl"] = self.ttl
        return stated


def hash_key(key: PublicKey) -> str:
    """Commit to a key: the text for `nextKeyHashes`."""
    return key_hash(key.multikey())


def create(
    document: JsonObject,
    *,
    signer: Signer,
    now: datetime,
    portable: bool,
    update_keys: Sequence[PublicKey] | None = None,
    next_key_hashes: Sequence[str] = (),
    witness: WitnessRule = NO_WITNESSES,
    watchers: Sequence[str] = (),
    ttl: int | None = None,
) -> str:
    """Write the first entry of a new DID and return its line, without line end.

    The document carries `{SCID}` wherever its SCID will stand (see `placeholder_did`). Without `update_keys`
    the signer's key is the only one that may update.
    """
    changes = Changes(
        update_keys=[signer.public_key] if update_keys is None else update_keys,
        next_key_hashes=next_key_hashes,
        witness=witness,
        watchers=watchers,
        portable=portable,
        ttl=ttl,
    )
    draft: JsonObject = {
        "versionId": PLACEHOLDER,
        "versionTime": format_timestamp(now),
        "parameters": {"method": METHOD, "scid": PLACEHOLDER, **changes.to_json()},
        "state": document,
    }
    scid = scid_of(draft, PLACEHOLDER)
    text = canonicalize(draft).replace(PLACEHOLDER.encode(), scid.encode())
    unsigned = jsontext.parse_object(text, max_bytes=MAX_HISTORY_BYTES)
    return _signed(unsigned, 1, scid, signer, None)


def update(
    history: History,
    *,
    signer: Signer,
    now: datetime,
    document: JsonObject | None = None,
    changes: Changes | None = None,
) -> str:
    """Write the next entry and return its line; without `document` the newest one stays.

    The signer holds an update key of the newest version; under pre-rotation a key that it committed to, and
    `changes` then states `update_keys` and `next_key_hashes`.
    """
    stated = Changes() if changes is None else changes
    return _append(history.latest, stated.to_json(), document, signer, now)


def deactivate(
    history: History,
    *,
    signer: Signer,
    now: datetime,
    document: JsonObject | None = None,
    changes: Changes | None = None,
) -> str:
    """Write the last entry and return its line; signers and `changes` as for `update`.

    Without `document` all that is left of it is its `@context`, `id` and `alsoKnownAs`.
    """
    latest = history.latest.document
    kept = ("@context", "id", "alsoKnownAs")
    rest: JsonObject = {name: value for name, value in latest.items() if name in kept}
    stated = (Changes() if changes is None else changes).to_json()
    stated["deactivated"] = True
    return _append(history.latest, stated, rest if document is None else document, signer, now)


def witness_proof(version_id: str, *, signer: Signer, now: datetime) -> JsonObject:
    """Sign the approval of a version, as a witness does; the caller has verified that version."""
    return _SUITE.create_proof({"versionId": version_id}, _options(signer, now), signer)


def witness_file(approvals: Iterable[tuple[str, Sequence[JsonObject]]]) -> bytes:
    """Write `did-witness.json` from versions and their proofs."""
    return canonicalize(
        [{"versionId": version_id, "proof": list(proofs)} for version_id, proofs in approvals]
    )


def _append(
    latest: Version, parameters: JsonObject, document: JsonObject | None, signer: Signer, now: datetime
) -> str:
    unsigned: JsonObject = {
        "versionId": latest.version_id,
        "versionTime": _next_time(latest, now),
        "parameters": parameters,
        "state": latest.document if document is None else document,
    }
    return _signed(unsigned, latest.number + 1, latest.version_id, signer, latest)


def _next_time(latest: Version, now: datetime) -> str:
    """As few digits as are later than the version before, never after `now`.

    Other verifiers read no more than three digits of a second, so six are for two versions within one
    millisecond only.
    """
    utc = now.astimezone(UTC)
    for precision in ("seconds", "milliseconds", "microseconds"):
        text = utc.isoformat(timespec=precision).replace("+00:00", "Z")
        if parse_timestamp(text) > latest.time:
            break
    return text


def _signed(
    unsigned: JsonObject, number: int, predecessor: str, signer: Signer, previous: Version | None
) -> str:
    version_id = f"{number}-{entry_hash(unsigned, predecessor)}"
    entry: JsonObject = {**unsigned, "versionId": version_id}
    created = parse_timestamp(str(unsigned["versionTime"]))
    proof = _SUITE.create_proof(entry, _options(signer, created), signer)
    line = canonicalize({**entry, "proof": [proof]})
    verify_entry(read_entry(line), previous)
    return line.decode("utf-8")


def _options(signer: Signer, created: datetime) -> ProofOptions:
    multikey = signer.public_key.multikey()
    return ProofOptions(
        cryptosuite=NAME,
        verification_method=f"did:key:{multikey}#{multikey}",
        proof_purpose=ASSERTION_METHOD,
        created=created,
    )
