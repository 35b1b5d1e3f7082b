"""Check 4: records and leaves stand for each other.

Checklist:
1. each logged version of a DID has its record, and each record its leaf, with the same version, hash and flag
   (`record.missing`, `record.stray`, `record.differs`)
2. each DID has its row, with the name that its newest version gives (`record.did`)
3. each record's line is the version that it says; in depth, each history verifies by did:webvh
   (`record.history`)
4. each evidence leaf has its row, and each row opens its leaf or was erased (`record.missing`,
   `evidence.entry`, `evidence.opening`)

Not here: the states themselves, which were derived from the entries before (`entries`).
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from api.recovery.scratch import number, stream
from did import jsontext
from did.encoding import encode_base58btc
from did.errors import DidError
from did.methods.webvh import verify_history
from did.registry.entries import KIND_EVIDENCE, PREFIX, Evidence, decode, evidence_commitment

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from api.recovery.findings import Findings, Watch
    from did.types import JsonObject

DEEP_BELOW: Final = 20_000
"""Versions up to which histories are verified unless told otherwise: about a minute."""
MISSING: Final = "Bring it back from a copy of the log that has it: `avow recover --from COPY`."
FALSE: Final = "Restore the database from its backup and complete it with `avow recover`."
ERASED: Final = "What opened the leaf was in the database alone: restore it from a backup."

_LOGGED: Final = """
SELECT s.scid34, s.version, s.hash34, s.position, s.deactivated,
       v.scid, v.version AS recorded, v.entry_hash, v.deactivated AS ended, v.line, d.did
FROM main.log_states s
LEFT JOIN did_versions v ON v.log_index = s.position
LEFT JOIN dids d ON d.scid = v.scid
ORDER BY s.scid34, s.version
"""
_STRAY: Final = """
SELECT v.scid, v.version, v.log_index FROM did_versions v
LEFT JOIN main.log_states s ON s.position = v.log_index WHERE s.scid34 IS NULL
"""
_EMPTY: Final = (
    "SELECT d.scid FROM dids d WHERE NOT EXISTS (SELECT 1 FROM did_versions v WHERE v.scid = d.scid)"
)
_UNOPENED: Final = """
SELECT e.position FROM log_entries e LEFT JOIN evidence r ON r.log_index = e.position
WHERE substr(e.entry, 1, :length) = :start AND r.log_index IS NULL
"""
_EVIDENCE: Final = """
SELECT r.evidence_id, r.log_index, r.digest, r.salt, e.entry
FROM evidence r LEFT JOIN log_entries e ON e.position = r.log_index
"""


def check_records(
    found: Findings, connection: Connection, *, deep: bool | None, watch: Watch
) -> tuple[str, bool]:
    """Steps 1 to 4; says what was looked at, and whether histories were verified."""
    versions = number(connection, "SELECT count(*) FROM main.log_states")
    deep = versions <= DEEP_BELOW if deep is None else deep
    with watch("records", versions) as advance:
        for scid34, rows in groupby(stream(connection, _LOGGED), key=lambda row: row.scid34):
            several = list(rows)
            _check_did(found, encode_base58btc(scid34), several, deep=deep)
            advance(len(several))
    for row in stream(connection, _STRAY):
        found.add(
            "record.stray",
            f"{row.scid} version {row.version}",
            f"entry {row.log_index} is not its leaf",
            remedy=FALSE,
        )
    for row in stream(connection, _EMPTY):
        found.add("record.did", row.scid, "the DID has a row and no version", remedy=FALSE)
    rows_of_evidence = _check_evidence(found, connection)
    return f"{versions} versions of DIDs, {rows_of_evidence} pieces of evidence", deep


def _check_did(found: Findings, scid: str, rows: list[Row[Any]], *, deep: bool) -> None:
    """Steps 1 to 3 for one DID; what is wrong with a record is said once."""
    before = found.counts.total()
    for row in rows:
        place = f"{scid} version {row.version}"
        if row.scid is None:
            found.add("record.missing", place, f"entry {row.position} has no record", remedy=MISSING)
            continue
        logged = (scid, row.version, bytes(row.hash34), bool(row.deactivated))
        if (row.scid, row.recorded, bytes(row.entry_hash), bool(row.ended)) != logged:
            found.add(
                "record.differs", place, f"its record is not that of entry {row.position}", remedy=FALSE
            )
        elif _version_id(row.line) != f"{row.version}-{encode_base58btc(row.hash34)}":
            found.add("record.history", place, "its line is that of another version", remedy=FALSE)
    if found.counts.total() != before:
        return
    latest = _latest_did(rows[-1].line)
    if rows[-1].did != latest:
        found.add(
            "record.did", scid, "its row is missing, or has another DID than its newest version", remedy=FALSE
        )
    elif deep:
        _verify(found, scid, rows)


def _verify(found: Findings, scid: str, rows: list[Row[Any]]) -> None:
    """Step 3, in depth."""
    text = "".join(f"{row.line}\n" for row in rows).encode()
    try:
        history = verify_history(text, expected_did=None, witnesses=None, now=None)
    except DidError as error:
        found.add("record.history", scid, f"{error.code}: {error.detail}", remedy=FALSE)
        return
    if history.scid != scid:
        found.add("record.history", scid, "its lines are those of another DID", remedy=FALSE)


def _check_evidence(found: Findings, connection: Connection) -> int:
    """Step 4."""
    start = PREFIX + bytes((KIND_EVIDENCE,))
    for row in stream(connection, _UNOPENED, start=start, length=len(start)):
        found.add("record.missing", f"entry {row.position}", "the evidence leaf has no row", remedy=ERASED)
    count = 0
    for row in stream(connection, _EVIDENCE):
        count += 1
        entry = None if row.entry is None else decode(row.entry)
        if not isinstance(entry, Evidence):
            found.add(
                "evidence.entry",
                f"evidence {row.evidence_id}",
                f"entry {row.log_index} is none",
                remedy=FALSE,
            )
        elif not _opens(row, entry):
            found.add(
                "evidence.opening",
                f"evidence {row.evidence_id}",
                f"its digest and salt do not open entry {row.log_index}",
                remedy=ERASED,
            )
    return count


def _opens(row: Row[Any], entry: Evidence) -> bool:
    if row.digest is None and row.salt is None:
        return True
    try:
        return evidence_commitment(row.salt or b"", row.digest or b"") == entry.commitment
    except DidError:
        return False


def _version_id(line: str) -> object:
    return _parsed(line).get("versionId")


def _latest_did(line: str) -> object:
    state = _parsed(line).get("state")
    return state.get("id") if isinstance(state, dict) else None


def _parsed(line: str) -> JsonObject:
    raw = line.encode("utf-8", "replace")
    try:
        return jsontext.parse_object(raw, max_bytes=len(raw))
    except DidError:
        return {}
