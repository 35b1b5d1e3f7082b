"""Records that a copy of the log brings back: histories of DIDs, and what is left of evidence.

1. Histories of DIDs whose records are missing: valid by did:webvh, and version by version the one that the
   log commits to. Another one is refused and reported (`recover.history`), and its DID stays without.
2. An evidence leaf without a row gets an erased one: what opened it was in the lost database alone.

A DID that the database did not know comes into the first tenant, and its keys are not kept here.

Not here: the log itself (`filling`), which is complete before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, distinct, func, insert, select, text, update
from sqlmodel import col

from api.keys.keyring import RETIRED
from api.services.registrar import FOLDER
from api.store.tables import FIRST_TENANT, DidRow, DidVersion, EvidenceRow, Key, LogState
from did.document import ASSERTION_METHOD
from did.encoding import encode_base58btc, encode_base64url
from did.errors import DidError
from did.methods.webvh import PLACEHOLDER, placeholder_did, verify_history
from did.registry.bundle import cut_history
from did.registry.entries import KIND_EVIDENCE, PREFIX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row

    from api.recovery.findings import Findings, Watch
    from api.recovery.sources import Source
    from api.settings import Settings
    from api.system import System
    from did.methods.webvh import History

PORTION: Final = 512
"""DIDs looked at together."""
ID_BYTES: Final = 16

_INCOMPLETE: Final = """
SELECT DISTINCT s.scid34 FROM log_states s LEFT JOIN did_versions v ON v.log_index = s.position
WHERE s.scid34 > :after AND v.scid IS NULL ORDER BY s.scid34 LIMIT :limit
"""
_UNOPENED: Final = """
SELECT e.position, e.tenant FROM log_entries e LEFT JOIN evidence r ON r.log_index = e.position
WHERE substr(e.entry, 1, :length) = :start AND r.log_index IS NULL
"""


class Records:
    """One transaction that completes the records of one database."""

    def __init__(
        self, connection: Connection, settings: Settings, system: System, source: Source, watch: Watch
    ) -> None:
        self._connection = connection
        self._settings = settings
        self._system = system
        self._source = source
        self._watch = watch

    def histories(self, found: Findings) -> tuple[int, int]:
        """Step 1; gives how many DIDs got records, and how many stay without for want of a history."""
        stored = absent = 0
        after = b""
        known = self._connection.execute(select(func.count()).select_from(DidRow)).scalar() or 0
        logged = self._connection.execute(select(func.count(distinct(col(LogState.scid34))))).scalar() or 0
        with self._watch("histories", max(logged - known, 0)) as advance:
            while scids := self._incomplete(after):
                for scid34 in scids:
                    text_ = self._source.history(encode_base58btc(scid34))
                    if text_ is None:
                        absent += 1
                    else:
                        stored += self._store_history(found, scid34, text_)
                    advance(1)
                after = scids[-1]
        return stored, absent

    def evidence(self) -> int:
        """Step 2; gives how many leaves can no longer be opened."""
        start = PREFIX + bytes((KIND_EVIDENCE,))
        positions = self._connection.execute(text(_UNOPENED), {"start": start, "length": len(start)}).all()
        rows = [
            {
                "evidence_id": encode_base64url(self._system.random_bytes(ID_BYTES)),
                "tenant": row.tenant,
                "log_index": row.position,
            }
            for row in positions
        ]
        if rows:
            self._connection.execute(insert(EvidenceRow), rows)
        return len(rows)

    def _incomplete(self, after: bytes) -> Sequence[bytes]:
        """DIDs after one, by SCID, of which some logged version has no record."""
        rows = self._connection.execute(text(_INCOMPLETE), {"after": after, "limit": PORTION})
        return [bytes(row.scid34) for row in rows]

    def _store_history(self, found: Findings, scid34: bytes, raw: bytes) -> int:
        """Step 1 for one DID; 1 if its records are complete now."""
        states = self._connection.execute(
            select(LogState.__table__)  # type: ignore[attr-defined]
            .where(col(LogState.scid34) == scid34)
            .order_by(col(LogState.version))
        ).all()
        scid = encode_base58btc(scid34)
        try:
            history = logged_history(raw, scid, states)
            name = self._name(history)
            self._store_did(history, name, states)
        except DidError as error:
            found.add(
                "recover.history",
                scid,
                f"{error.code}: {error.detail}",
                remedy="bring this history from another copy: run `avow recover` again with it",
            )
            return 0
        return 1

    def _store_did(self, history: History, name: str, states: Sequence[Row[Any]]) -> None:
        connection, scid = self._connection, history.scid
        known = connection.execute(select(col(DidRow.tenant)).where(col(DidRow.scid) == scid)).first()
        taken = connection.execute(select(col(DidRow.scid)).where(col(DidRow.name) == name)).first()
        if known is None and taken is not None:
            raise DidError("recover.name", f"another DID has the name {name}")
        recorded = {
            row.version
            for row in connection.execute(select(col(DidVersion.version)).where(col(DidVersion.scid) == scid))
        }
        rows = [
            {
                "scid": scid,
                "version": version.number,
                "tenant": FIRST_TENANT if known is None else known.tenant,
                "entry_hash": version.entry_hash34,
                "deactivated": version.deactivated,
                "time": int(version.time.timestamp()),
                "line": version.line,
                "log_index": state.position,
            }
            for version, state in zip(history.versions, states, strict=True)
            if version.number not in recorded
        ]
        if known is None:
            row = {"scid": scid, "tenant": FIRST_TENANT, "name": name, "did": history.did.text}
            made = {"hosted_keys": False, "created": int(history.versions[0].time.timestamp())}
            connection.execute(insert(DidRow), row | made)
        else:
            connection.execute(update(DidRow).where(col(DidRow.scid) == scid).values(did=history.did.text))
            self._retire_keys(history)
        connection.execute(insert(DidVersion), rows)

    def _retire_keys(self, history: History) -> None:
        """Keys that the newest version does not name any more sign no more."""
        document = history.latest.document
        methods = document.get("verificationMethod")
        present = {m["id"] for m in methods if isinstance(m, dict)} if isinstance(methods, list) else set()
        self._connection.execute(
            update(Key)
            .where(
                col(Key.scid) == history.scid,
                col(Key.purpose) == ASSERTION_METHOD,
                col(Key.key_id).not_in(present),
            )
            .values(state=RETIRED)
        )

    def _name(self, history: History) -> str:
        """The name under which this service hosted the DID, from the newest version that says it."""
        host, port, path = self._settings.place
        before = placeholder_did(host, [*path, FOLDER, "x"], port=port).removesuffix("x")
        start = before.replace(PLACEHOLDER, history.scid)
        for version in reversed(history.versions):
            if version.did.startswith(start):
                return version.did.removeprefix(start)
        raise DidError("recover.name", "no version names a place of this service")


def logged_history(raw: bytes, scid: str, states: Sequence[Row[Any]]) -> History:
    """The history as far as the log has it; raises where it is another than the log commits to."""
    history = verify_history(
        cut_history(raw.decode("utf-8", "replace"), len(states)).encode(),
        expected_did=None,
        witnesses=None,
        now=None,
    )
    if history.scid != scid:
        raise DidError("history.scid", "it is the history of another DID")
    for version, state in zip(history.versions, states, strict=True):
        if (version.entry_hash34, version.deactivated) != (bytes(state.hash34), bool(state.deactivated)):
            raise DidError("history.entry-hash", f"version {version.number} is not the one that was logged")
    return history
