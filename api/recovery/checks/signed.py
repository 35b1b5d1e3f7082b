"""Check 5: what was signed stands in the checkpoint register, and is this log.

Checklist:
1. each line of the register reads (`register.malformed`), and the sizes rise (`register.forked`)
2. the log reaches the newest line (`register.behind`), and has the roots of each line (`register.forked`)
3. each stored checkpoint stands in the register (`register.lost`) with the same roots
   (`checkpoint.differs`)
4. its note is that checkpoint (`checkpoint.malformed`, `checkpoint.differs`) and the log's key signed it
   (`checkpoint.signature`, `checkpoint.unsigned`)

The register is never mended: it is the one thing here that follows from nothing else.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, select
from sqlmodel import col

from api.recovery.scratch import stream
from api.store.tables import Checkpoint
from did.errors import DidError
from did.registry.checkpoint import parse_checkpoint, verify_checkpoint
from did.registry.register import Register, check_agrees

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from sqlalchemy import Row

    from api.recovery.findings import Findings, Watch
    from did.registry.log import Log
    from did.registry.policy import Policy
    from did.registry.register import RegisterLine

TORN: Final = "Restore checkpoint-register.txt from where it was copied last; see docs/recovery.md."
FORKED: Final = (
    "Find out which copy is true, register or database; publish nothing from this directory before."
)
BEHIND: Final = "The database is an older copy: `avow recover` appends what it lacks from a copy of the log."
NOTE: Final = "Restore the database from its backup and complete it with `avow recover`."


def read_register(found: Findings, data: bytes) -> list[RegisterLine]:
    """Step 1: the lines that read. A torn last line was never signed and is no fault."""
    lines: list[RegisterLine] = []
    whole, _, _ = data.rpartition(b"\n")
    for at, raw in enumerate(whole.split(b"\n") if whole else (), 1):
        try:
            line = Register.parse(raw + b"\n").last
        except DidError as error:
            found.add(
                error.code, f"register line {at}", "it does not read: size root mapRoot time", remedy=TORN
            )
            continue
        assert line is not None
        lines.append(line)
    for before, after in pairwise(lines):
        if after.size <= before.size:
            detail = f"it follows a line for size {before.size}"
            found.add("register.forked", f"register line for size {after.size}", detail, remedy=TORN)
    return lines


def check_register(
    found: Findings,
    connection: Connection,
    log: Log,
    lines: list[RegisterLine],
    *,
    policy: Policy | None,
    watch: Watch,
) -> str:
    """Steps 2 to 4; without a policy that holds the log's key, signatures are left out."""
    known = {line.size: line for line in lines}
    with watch("register", len(lines)) as advance:
        _check_lines(found, log, lines, advance)
    columns = (Checkpoint.size, Checkpoint.root, Checkpoint.map_root, Checkpoint.note)
    count = 0
    for row in stream(connection, select(*map(col, columns)).order_by(col(Checkpoint.size))):
        _check_row(found, row, known.get(row.size), policy, log.origin)
        count += 1
    return f"{len(lines)} lines, {count} stored checkpoints"


def _check_lines(
    found: Findings, log: Log, lines: list[RegisterLine], advance: Callable[[int], None]
) -> None:
    """Step 2."""
    if lines and lines[-1].size > log.sealed_size:
        found.add(
            "register.behind",
            f"register line for size {lines[-1].size}",
            f"that size was signed, and the database has sealed {log.sealed_size}",
            remedy=BEHIND,
        )
    for line in lines:
        advance(1)
        if line.size > log.sealed_size:
            continue
        try:
            check_agrees(line, log)
        except DidError as error:
            detail = (
                "the log is not sealed there" if error.code == "log.unsealed" else "the log has other roots"
            )
            found.add("register.forked", f"register line for size {line.size}", detail, remedy=FORKED)


def _check_row(
    found: Findings, row: Row[Any], line: RegisterLine | None, policy: Policy | None, origin: str
) -> None:
    """Steps 3 and 4 for one stored checkpoint."""
    place = f"checkpoint of size {row.size}"
    if line is None:
        found.add("register.lost", place, "it was signed, and the register does not hold it", remedy=TORN)
        return
    if (bytes(row.root), bytes(row.map_root)) != (line.root, line.map_root):
        found.add("checkpoint.differs", place, "the register has other roots for this size", remedy=NOTE)
        return
    try:
        checkpoint, _ = parse_checkpoint(row.note)
        if (checkpoint.origin, checkpoint.size, checkpoint.root) != (origin, row.size, line.root):
            found.add("checkpoint.differs", place, "its note is that of another checkpoint", remedy=NOTE)
        elif policy is not None:
            verify_checkpoint(row.note, policy=policy, expected_origin=origin)
    except DidError as error:
        found.add(error.code, place, error.detail, remedy=NOTE)
