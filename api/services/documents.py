"""Hosted histories from their rows, verified once and kept; and documents of DIDs for verifiers.

The document of a hosted DID is the newest *logged* one, so that a removed key dies at once. Nothing is
fetched: a DID that is neither hosted here nor self-contained (did:key, did:jwk) is not found.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlmodel import col

from api.errors import ApiError
from api.store.tables import DidRow, DidVersion
from credentials.verifying.verified import Assurance
from did.document import DidDocument
from did.errors import DidError
from did.identifiers import Did
from did.methods import key as did_key
from did.methods.webvh import History, WebvhDid, verify_history

if TYPE_CHECKING:
    from api.registry.registry import Registry
    from api.store.reader import Reader
    from did.registry.statemap import DidState

KEPT: Final = 1024
"""Histories kept in memory; one of ten versions takes about 50 kB."""


class Documents:
    """Histories and documents; used by the event loop and by the pool's threads."""

    def __init__(self, reader: Reader, registry: Registry) -> None:
        self._reader = reader
        self._registry = registry
        self._lock = threading.Lock()
        self._histories: OrderedDict[str, History] = OrderedDict()
        self._parsed: OrderedDict[str, DidDocument] = OrderedDict()

    def history(self, scid: str) -> History | None:
        """The whole logged history of a hosted DID, verified; code `did.history-missing`."""
        found = self.logged(scid)
        return None if found is None else found[0]

    def logged(self, scid: str) -> tuple[History, DidState] | None:
        """The same with the state that the history ends in."""
        state = self._registry.state(scid)
        if state is None:
            return None
        with self._lock:
            kept = self._histories.get(scid)
        if kept is not None and kept.latest.number == state.version:
            return kept, state
        rows = self._reader.all(
            select(col(DidVersion.line))
            .where(col(DidVersion.scid) == scid, col(DidVersion.version) <= state.version)
            .order_by(col(DidVersion.version))
        )
        if len(rows) != state.version:
            raise ApiError(
                "did.history-missing",
                "the log knows the DID, and its history is not stored here",
                remedy="Its operator brings it back from a copy with `avow recover`.",
            )
        text = "".join(f"{row.line}\n" for row in rows).encode()
        history = verify_history(text, expected_did=None, witnesses=None, now=None)
        with self._lock:
            self._histories[scid] = history
            if len(self._histories) > KEPT:
                self._histories.popitem(last=False)
        return history, state

    def named(self, name: str) -> History | None:
        """The history of the DID hosted under a name."""
        row = self._reader.first(select(col(DidRow.scid)).where(col(DidRow.name) == name))
        return None if row is None else self.history(row.scid)

    def document(self, did: Did) -> DidDocument:
        """The newest logged document; codes `resolution.not-found`, `resolution.deactivated`."""
        if did.method == "key":
            return did_key.resolve(did)
        return self.newest(self.hosted(did))

    def newest(self, found: tuple[History, DidState] | None) -> DidDocument:
        """The document of what `hosted` found; codes `resolution.not-found`, `resolution.deactivated`."""
        if found is None:
            raise DidError(
                "resolution.not-found",
                "the DID is not hosted here, and no other host is asked",
                remedy="use a DID of this service, or a did:key",
            )
        history, _ = found
        if history.deactivated:
            raise DidError("resolution.deactivated", "the DID is deactivated")
        return self._document(history)

    def assurance(self, document: DidDocument) -> Assurance | None:
        """How far the registry has got with the document of a hosted DID."""
        return self.vouched(self.hosted(Did.parse(document.id)))

    def vouched(self, found: tuple[History, DidState] | None) -> Assurance | None:
        """How far the registry has got with what `hosted` found."""
        if found is None:
            return None
        history, state = found
        return Assurance(
            self._registry.progress(state.index),
            self._registry.assurance,
            history.latest.version_id,
        )

    def moment(self) -> Moment:
        """The same source for one verification: what it is asked twice, it answers alike."""
        return Moment(self)

    def hosted(self, did: Did) -> tuple[History, DidState] | None:
        """The history of a DID hosted here, with the state that it ends in."""
        if did.method != "webvh":
            return None
        found = self.logged(WebvhDid.parse(did).scid)
        return found if found is not None and found[0].latest.did == did.text else None

    def _document(self, history: History) -> DidDocument:
        version_id = history.latest.version_id
        with self._lock:
            kept = self._parsed.get(version_id)
        if kept is None:
            kept = DidDocument.from_json(history.latest.document)
            with self._lock:
                self._parsed[version_id] = kept
                if len(self._parsed) > KEPT:
                    self._parsed.popitem(last=False)
        return kept


class Moment:
    """Documents as they are when first asked for: document and assurance are of one version."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._found: dict[str, tuple[History, DidState] | None] = {}

    def document(self, did: Did) -> DidDocument:
        """As `Documents.document`."""
        if did.method == "key":
            return did_key.resolve(did)
        return self._documents.newest(self._hosted(did))

    def assurance(self, document: DidDocument) -> Assurance | None:
        """As `Documents.assurance`."""
        return self._documents.vouched(self._hosted(document.id))

    def _hosted(self, did: Did | str) -> tuple[History, DidState] | None:
        text = did if isinstance(did, str) else did.text
        if text not in self._found:
            self._found[text] = self._documents.hosted(Did.parse(did) if isinstance(did, str) else did)
        return self._found[text]
