"""The registrar: hosted did:webvh, with keys kept here or with complete entries signed by the controller.

Invariants:
- An entry, its log leaf and its keys are one transaction: 201 means that all of it is durable.
- A change is built on the newest version and stored only if that still is the newest (`did.conflict`).
- Update keys are pre-rotated: each change is signed by the key that the version before committed to.
- Every version but the last leaves room for the entry that ends the DID: a full history could not be ended.
- A tenant sees and changes its own DIDs only; another's is unknown, as a random name is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, insert, select, update
from sqlmodel import col

from api.errors import ApiError
from api.keys import did_keys, keyring
from api.services import idempotency
from api.store.tables import DidRow, DidVersion
from did.document import DidDocument, document_json
from did.errors import DidError
from did.keys import KeyType
from did.methods import webvh
from did.methods.webvh import Changes, History, Version, hash_key
from did.registry.entries import DidOperation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.keys.did_keys import DidKey, KeptKey
    from api.services.core import Caller, Core
    from api.services.idempotency import Json, Once
    from api.store.writer import Unit
    from did.types import JsonObject

FOLDER: Final = "dids"
FIRST_KEYS: Final = (KeyType.ED25519, KeyType.BLS12381_G2)
LAST_BYTES: Final = 16_384
"""What the entry that ends a DID may hold beside the document: update keys, hashes and proofs."""


@dataclass(frozen=True, slots=True)
class Operation:
    """New versions of one DID with the keys that come and go, ready to be stored."""

    name: str
    history: History
    fresh: tuple[Version, ...]
    keys: tuple[keyring.NewKey, ...] = ()
    states: dict[str, str] = field(default_factory=dict)
    """Key id → new state, of keys that are stored already."""


async def create(core: Core, caller: Caller, name: str, entry: str | None, key: Once | None) -> Json:
    """Make a DID under `name`; codes `did.exists`, `history.*`."""
    before = idempotency.earlier(core, caller, key)
    if before is not None:
        return before
    if core.reader.first(select(col(DidRow.scid)).where(col(DidRow.name) == name)) is not None:
        raise _exists()
    operation = _hosted(core, name) if entry is None else _brought(core, name, entry)

    def command(unit: Unit) -> Json:
        history = operation.history
        same = (col(DidRow.name) == name) | (col(DidRow.scid) == history.scid)
        if unit.connection.execute(select(col(DidRow.scid)).where(same)).first() is not None:
            raise _exists()
        unit.connection.execute(
            insert(DidRow).values(
                scid=history.scid,
                tenant=caller.tenant,
                name=name,
                did=history.did.text,
                hosted_keys=entry is None,
                created=core.system.seconds(),
            )
        )
        return _store(core, caller, unit, operation)

    return await idempotency.run(core, caller, key, command)


@dataclass(frozen=True, slots=True)
class Change:
    """What an update asks for: exactly one of a rotation, keys, a document, an entry."""

    rotate: bool = False
    remove: tuple[str, ...] = ()
    add: tuple[KeyType, ...] = ()
    document: JsonObject | None = None
    entry: str | None = None


async def change(core: Core, caller: Caller, name: str, wanted: Change, key: Once | None) -> Json:
    """Change a DID; codes `did.unknown`, `did.deactivated`, `did.keys-elsewhere`, `did.conflict`."""
    before = idempotency.earlier(core, caller, key)
    if before is not None:
        return before
    history = _own(core, caller, name, kept_here=wanted.entry is None)
    if wanted.entry is not None:
        operation = _continued(core, name, history, wanted.entry)
    else:
        operation = _changed(core, caller, name, history, wanted)
    return await _append(core, caller, history, operation, key)


async def deactivate(core: Core, caller: Caller, name: str, entry: str | None, key: Once | None) -> Json:
    """End a DID for ever; codes as for `change`."""
    before = idempotency.earlier(core, caller, key)
    if before is not None:
        return before
    history = _own(core, caller, name, kept_here=entry is None)
    if entry is not None:
        operation = _continued(core, name, history, entry)
        if not operation.history.deactivated:
            raise ApiError(
                "request.invalid",
                "the entry does not deactivate the DID",
                remedy="POST it to …/update instead.",
            )
    else:
        signer, retired = did_keys.update_signer(core, caller.tenant, history)
        changes = Changes(update_keys=[signer.public_key], next_key_hashes=[])
        line = webvh.deactivate(history, signer=signer, now=core.system.now(), changes=changes)
        gone = {k.key_id: keyring.RETIRED for k in did_keys.kept(core, caller.tenant, history.scid)}
        operation = Operation(name, *_extended(core, history, line), states={**gone, **retired})
    return await _append(core, caller, history, operation, key)


async def _append(core: Core, caller: Caller, base: History, operation: Operation, key: Once | None) -> Json:
    def command(unit: Unit) -> Json:
        newest = unit.connection.execute(
            select(func.max(col(DidVersion.version))).where(col(DidVersion.scid) == base.scid)
        ).scalar()
        if newest != base.latest.number:
            raise ApiError(
                "did.conflict", "another change of this DID came first", remedy="Read the DID and try again."
            )
        return _store(core, caller, unit, operation)

    return await idempotency.run(core, caller, key, command)


def _store(core: Core, caller: Caller, unit: Unit, operation: Operation) -> Json:
    """Write versions, leaves and keys; the log's index of the newest goes into the answer."""
    now, scid = core.system.seconds(), operation.history.scid
    index = -1
    for version in operation.fresh:
        leaf = DidOperation(
            operation.history.scid34, version.number, version.entry_hash34, version.deactivated
        )
        index = core.registry.sequencer.append(unit, leaf, tenant=caller.tenant)
        unit.connection.execute(
            insert(DidVersion).values(
                scid=scid,
                version=version.number,
                tenant=caller.tenant,
                entry_hash=version.entry_hash34,
                deactivated=version.deactivated,
                time=now,
                line=version.line,
                log_index=index,
            )
        )
    unit.connection.execute(
        update(DidRow).where(col(DidRow.scid) == scid).values(did=operation.history.did.text)
    )
    for key in operation.keys:
        keyring.store(unit.connection, core.vault, key, tenant=caller.tenant, scid=scid, now=now)
    for key_id, state in operation.states.items():
        did_keys.set_state(unit, caller.tenant, scid, key_id, state)
    latest = operation.history.latest
    return {
        "did": latest.did,
        "versionId": latest.version_id,
        "state": "logged",
        "logIndex": index,
        "document": latest.document,
        "keys": did_keys.shown(unit, caller.tenant, scid),
    }


def _hosted(core: Core, name: str) -> Operation:
    """A new DID whose keys are made and kept here."""
    place = _placeholder(core, name)
    made = [did_keys.make(core, kind) for kind in FIRST_KEYS]
    signing, following = did_keys.make(core, KeyType.ED25519), did_keys.make(core, KeyType.ED25519)
    document = document_json(place, [(k.method(place), k.purposes) for k in made])
    line = webvh.create(
        document,
        signer=signing.signer(),
        now=core.system.now(),
        portable=True,
        next_key_hashes=[hash_key(following.public)],
    )
    history = webvh.verify_history(
        f"{line}\n".encode(), expected_did=None, witnesses=None, now=core.system.now()
    )
    keys = [k.stored(history.latest.did) for k in made]
    keys += [signing.update_key(keyring.RETIRED), following.update_key(keyring.NEXT)]
    return Operation(name, history, history.versions, tuple(keys))


def _brought(core: Core, name: str, entry: str) -> Operation:
    """A DID that its controller brings with its history so far."""
    text = entry if entry.endswith("\n") else entry + "\n"
    history = webvh.verify_history(
        text.encode("utf-8", "strict"), expected_did=None, witnesses=None, now=core.system.now()
    )
    _check_place(core, name, history)
    _leave_room(history)
    DidDocument.from_json(history.latest.document)
    return Operation(name, history, history.versions)


def _continued(core: Core, name: str, history: History, entry: str) -> Operation:
    """The next version, as its controller signed it."""
    line = entry.rstrip("\n")
    extended = webvh.verify_next(history, line.encode(), witnesses=None, now=core.system.now())
    _leave_room(extended)
    if not extended.deactivated:
        DidDocument.from_json(extended.latest.document)
    # A move away is logged here too: the old log must not go on showing the old state as the latest.
    return Operation(name, extended, (extended.latest,))


def _changed(core: Core, caller: Caller, name: str, history: History, wanted: Change) -> Operation:
    """The next version, signed with the keys kept here."""
    did = history.latest.did
    signer, states = did_keys.update_signer(core, caller.tenant, history)
    following = did_keys.make(core, KeyType.ED25519)
    kept = did_keys.kept(core, caller.tenant, history.scid)
    added: list[DidKey] = [
        did_keys.make(core, kind) for kind in (_replacing(kept) if wanted.rotate else wanted.add)
    ]
    if wanted.document is not None:
        document = _replaced(did, wanted.document)
    else:
        document = did_keys.edited(history.latest.document, did, remove=wanted.remove, add=added)
    states.update(did_keys.after(kept, document, rotated=wanted.rotate))
    changes = Changes(update_keys=[signer.public_key], next_key_hashes=[hash_key(following.public)])
    line = webvh.update(history, signer=signer, now=core.system.now(), document=document, changes=changes)
    keys = [*(k.stored(did) for k in added), following.update_key(keyring.NEXT)]
    return Operation(name, *_extended(core, history, line), keys=tuple(keys), states=states)


def _replacing(kept: Sequence[KeptKey]) -> tuple[KeyType, ...]:
    """The types of key that a rotation makes: the first two, and whatever else signs today."""
    others = (KeyType(key.type) for key in kept if key.state == keyring.ACTIVE)
    return tuple(dict.fromkeys((*FIRST_KEYS, *others)))


def _extended(core: Core, history: History, line: str) -> tuple[History, tuple[Version, ...]]:
    extended = webvh.verify_next(history, line.encode(), witnesses=None, now=core.system.now())
    _leave_room(extended)
    return extended, (extended.latest,)


def _leave_room(history: History) -> None:
    """Refuse what the end of the DID would no longer fit behind (`history.too-large`)."""
    room = len(history.text) + len(history.latest.line.encode()) + LAST_BYTES <= webvh.MAX_HISTORY_BYTES
    if not history.deactivated and (not room or len(history.versions) >= webvh.MAX_ENTRIES):
        raise DidError(
            "history.too-large",
            "this version would leave no room in the history for the entry that ends the DID",
            remedy="Make the document smaller, or deactivate the DID and make another.",
        )


def _replaced(did: str, document: JsonObject) -> JsonObject:
    checked = DidDocument.from_json(document)
    if checked.id != did:
        raise ApiError("request.invalid", "the document's id is not this DID")
    return document


def _own(core: Core, caller: Caller, name: str, *, kept_here: bool) -> History:
    row = core.reader.first(
        select(col(DidRow.scid), col(DidRow.hosted_keys)).where(
            col(DidRow.name) == name, col(DidRow.tenant) == caller.tenant
        )
    )
    history = None if row is None else core.documents.history(row.scid)
    if row is None or history is None:
        raise ApiError("did.unknown", "there is no DID of that name here", remedy="POST /dids to make one.")
    if history.deactivated:
        raise ApiError("did.deactivated", "the DID is deactivated and takes no change any more")
    if kept_here and not row.hosted_keys:
        raise ApiError(
            "did.keys-elsewhere",
            "this service does not keep the update keys of this DID",
            remedy="Send `entry`, the next line of did.jsonl, signed by its controller.",
        )
    return history


def _placeholder(core: Core, name: str) -> str:
    host, port, path = core.settings.place
    return webvh.placeholder_did(host, [*path, FOLDER, name], port=port)


def _check_place(core: Core, name: str, history: History) -> None:
    expected = _placeholder(core, name).replace(webvh.PLACEHOLDER, history.scid)
    if history.latest.did != expected:
        raise DidError(
            "webvh.did",
            "the DID in the entry does not name this host, path and name",
            remedy=f"sign an entry whose document id is {expected.replace(history.scid, '<SCID>')}",
        )


def _exists() -> ApiError:
    return ApiError("did.exists", "a DID of that name or SCID is hosted here", remedy="Choose another name.")
