"""Verification of a did:webvh history: did:webvh 1.0, Read (Resolve), entry by entry.

Checklist for each entry, in this order; blocks are tagged with these numbers:
1. The line is an entry in strict form (`log.read_entry`); its number is the next one; nothing follows a
   deactivated version.
2. Parameters are known and inherit as they must (`parameters`).
3. `versionTime` is later than the one before.
4. The first entry: the SCID is the hash of the entry itself, and no placeholder is left in it.
5. The entry hash covers the entry and the version before it.
6. The document's `id` is a did:webvh with this SCID. It may change only while `portable`, and the new
   document lists the old DID in `alsoKnownAs`.
7. Under pre-rotation, `updateKeys` and `nextKeyHashes` are stated, and every update key was committed to.
8. Each proof is `eddsa-jcs-2022` with purpose `assertionMethod`, by an active update key: the entry's own for
   the first entry and under pre-rotation, those of the version before otherwise.

Then for the history as a whole:
9. The newest `versionTime` is not after `now`, where the caller brings a clock.
10. Witnesses approved what had to be approved (`witness`).
11. The expected DID is the `id` of at least one version.

Errors: `history.*`. Not here: creation (`create`), fetching, and whether this is the newest history.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from did.document import ASSERTION_METHOD
from did.eddsa_jcs import NAME, EddsaJcs2022
from did.encoding import decode_multihash34
from did.errors import DidError
from did.identifiers import Did
from did.integrity import check_proof
from did.jcs import canonicalize
from did.keys import PublicKey
from did.methods.webvh.location import PLACEHOLDER, WebvhDid
from did.methods.webvh.log import Entry, entry_hash, key_hash, read_entry, scid_of, split_lines
from did.methods.webvh.parameters import Parameters, first_parameters, next_parameters
from did.methods.webvh.witness import check_witnesses

if TYPE_CHECKING:
    from datetime import datetime

    from did.types import JsonObject

_SUITES: Final = {NAME: EddsaJcs2022()}
_MAX_PROOFS: Final = 8


@dataclass(frozen=True, slots=True)
class Version:
    """One verified version: `document` is the entry's `state`, `line` the entry as it stands in the log."""

    number: int
    version_id: str
    entry_hash34: bytes
    time: datetime
    time_text: str
    did: str
    document: JsonObject = field(repr=False)
    parameters: Parameters = field(repr=False)
    line: str = field(repr=False)

    @property
    def deactivated(self) -> bool:
        """Whether this version deactivates the DID."""
        return self.parameters.deactivated

    @property
    def update_keys(self) -> tuple[str, ...]:
        """Multikey texts of the keys that may sign the next version (without pre-rotation)."""
        return self.parameters.update_keys

    @property
    def next_key_hashes(self) -> tuple[str, ...]:
        """Hashes of the keys that must sign the next version, where pre-rotation is on."""
        return self.parameters.next_key_hashes


@dataclass(frozen=True, slots=True)
class History:
    """A verified history; made by `verify_history` and `verify_next` only."""

    scid: str
    versions: tuple[Version, ...]

    @property
    def latest(self) -> Version:
        """The newest version that this history holds."""
        return self.versions[-1]

    @property
    def did(self) -> Did:
        """The DID as the newest version names it."""
        return Did.parse(self.latest.did)

    @property
    def scid34(self) -> bytes:
        """The SCID as a 34-byte multihash."""
        return decode_multihash34(self.scid)

    @property
    def deactivated(self) -> bool:
        """Whether the DID is deactivated."""
        return self.latest.deactivated

    @property
    def text(self) -> bytes:
        """The history as `did.jsonl`."""
        return "".join(f"{version.line}\n" for version in self.versions).encode("utf-8")


def verify_history(
    text: bytes, *, expected_did: Did | None, witnesses: bytes | None, now: datetime | None
) -> History:
    """Verify a whole `did.jsonl`; the steps are in the module's checklist.

    `witnesses` is the text of `did-witness.json`, needed where the history names witnesses. Without `now` the
    newest time is not compared with any clock; without `expected_did` any did:webvh is taken.
    """
    versions: list[Version] = []
    for line in split_lines(text):
        versions.append(verify_entry(read_entry(line), versions[-1] if versions else None))
    check_witnesses(
        [(version.version_id, version.parameters.witness) for version in versions], witnesses
    )  # 10
    history = History(versions[0].parameters.scid, tuple(versions))
    _check_clock(history.latest, now)
    # 11
    if expected_did is not None and all(version.did != expected_did.text for version in versions):
        raise DidError("history.did", f"the history is of {history.latest.did}, not of {expected_did.text}")
    return history


def verify_next(history: History, line: bytes, *, witnesses: bytes | None, now: datetime) -> History:
    """Verify one more entry, as a controller sends it, on top of a verified history."""
    version = verify_entry(read_entry(line), history.latest)
    versions = (*history.versions, version)
    split_lines(History(history.scid, versions).text)  # what is too large as a whole cannot be read again
    check_witnesses(
        [(item.version_id, item.parameters.witness) for item in versions],
        witnesses,
        from_number=version.number,
    )
    _check_clock(version, now)
    return History(history.scid, versions)


def verify_entry(entry: Entry, previous: Version | None) -> Version:
    """Steps 1 to 8 for one entry; witnesses and clock are not looked at."""
    _check_order(entry, previous)  # 1
    # 2
    if previous is None:
        parameters = first_parameters(entry.parameters)
    else:
        parameters = next_parameters(previous.parameters, entry.parameters)
    # 3
    if previous is not None and entry.time <= previous.time:
        raise DidError(
            "history.time",
            f"version {entry.number} is not later than version {previous.number}",
            remedy="choose a time after that of the previous version",
        )
    if previous is None:
        _check_scid(entry, parameters.scid)  # 4
    # 5
    predecessor = parameters.scid if previous is None else previous.version_id
    if f"{entry.number}-{entry_hash(entry.unsigned, predecessor)}" != entry.version_id:
        raise DidError("history.entry-hash", f"the hash of version {entry.number} does not cover its entry")
    did = _check_id(entry, parameters, previous)  # 6
    active = _active_keys(entry, parameters, previous)  # 7
    _check_proofs(entry, active)  # 8
    return Version(
        number=entry.number,
        version_id=entry.version_id,
        entry_hash34=entry.entry_hash34,
        time=entry.time,
        time_text=entry.time_text,
        did=did,
        document=entry.state,
        parameters=parameters,
        line=entry.line,
    )


def _check_order(entry: Entry, previous: Version | None) -> None:
    expected = 1 if previous is None else previous.number + 1
    if entry.number != expected:
        raise DidError("history.version-number", f"found version {entry.number}, expected {expected}")
    if previous is not None and previous.deactivated:
        raise DidError("history.deactivated", "nothing can follow the version that deactivated the DID")


def _check_scid(entry: Entry, scid: str) -> None:
    # Looked for in the canonical form: the line may write it with an escape.
    if PLACEHOLDER.encode() in canonicalize(entry.unsigned):
        raise DidError("history.scid", f"the first entry still holds the placeholder {PLACEHOLDER}")
    try:
        decode_multihash34(scid)
        found = scid_of(entry.unsigned, scid)
    except DidError as error:
        raise DidError("history.scid", error.detail) from None
    if found != scid:
        raise DidError("history.scid", "the SCID is not the hash of the first entry")


def _check_id(entry: Entry, parameters: Parameters, previous: Version | None) -> str:
    try:
        did = WebvhDid.parse(str(entry.state.get("id")))
    except DidError as error:
        raise DidError("history.document-id", f"version {entry.number}: {error.detail}") from None
    if did.scid != parameters.scid:
        raise DidError("history.document-id", f"the document of version {entry.number} has another SCID")
    if previous is None or did.text == previous.did:
        return did.text
    if not parameters.portable:
        raise DidError("history.portable", f"version {entry.number} moves a DID that is not portable")
    known = entry.state.get("alsoKnownAs")
    if not isinstance(known, list) or previous.did not in known:
        raise DidError("history.portable", "the document after a move does not list the DID before it")
    return did.text


def _active_keys(entry: Entry, parameters: Parameters, previous: Version | None) -> tuple[str, ...]:
    if previous is None:
        return parameters.update_keys
    committed = previous.next_key_hashes
    if not committed:
        return previous.update_keys
    if "updateKeys" not in entry.parameters or "nextKeyHashes" not in entry.parameters:
        raise DidError("history.pre-rotation", "under pre-rotation updateKeys and nextKeyHashes are stated")
    if any(key_hash(key) not in committed for key in parameters.update_keys):
        raise DidError(
            "history.pre-rotation",
            f"version {entry.number} brings a key that the version before did not commit to",
            clause="did:webvh 1.0, Pre-Rotation",
        )
    return parameters.update_keys


def _check_proofs(entry: Entry, active: tuple[str, ...]) -> None:
    if not 0 < len(entry.proofs) <= _MAX_PROOFS:
        raise DidError("history.proof", f"version {entry.number} has no proof, or more than {_MAX_PROOFS}")

    def key_of(method: str, _purpose: str) -> PublicKey:
        multikey = multikey_of(method)
        if multikey not in active:
            raise DidError("history.key", f"version {entry.number} is signed by a key that may not update")
        return PublicKey.from_multikey(multikey)

    for proof in entry.proofs:
        try:
            check_proof(
                entry.unsigned,
                proof,
                suites=_SUITES,
                keys=key_of,
                expected_purpose=ASSERTION_METHOD,
                expected_domain=None,
                expected_challenge=None,
                now=None,
            )
        except DidError as error:
            if error.code == "history.key":
                raise
            raise DidError("history.proof", f"version {entry.number}: {error.code}: {error.detail}") from None


def multikey_of(method: str) -> str:
    """Give the Multikey of a verification method `did:key:K#K`, or an empty text for any other."""
    did, _, fragment = method.partition("#")
    return fragment if fragment and did == f"did:key:{fragment}" else ""


def _check_clock(latest: Version, now: datetime | None) -> None:
    # 9
    if now is not None and latest.time > now:
        raise DidError("history.future", f"version {latest.number} lies in the future: {latest.time_text}")
