"""Check 7: what the contract holds is a prefix of this log, and each anchor stands where its row says.

Checklist:
1. the contract's head is not beyond the log (``chain.ahead``) and has the log's root at its size
   (``log.forked``)
2. each anchored row: the log's roots of that size stand in the contract at that block (`anchor.row`)

Not here: sizes that wait for their anchor, and chains other than the one that the settings name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, select
from sqlmodel import col

from api.recovery.scratch import number, stream
from api.store.tables import Anchor
from did.chain.driver import next_step
from did.chain.errors import ChainError
from did.errors import DidError

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Row

    from api.recovery.chain_view import ChainView
    from api.recovery.findings import Findings, Watch
    from did.registry.log import Log

AHEAD: Final = "The database is an older copy: `avow recover` appends what it lacks from a copy of the log."
FORKED: Final = "Stop, keep both histories, and publish them: one of the two was rewritten."
ROW: Final = "Restore chain and database from copies that belong together; see docs/recovery.md."


def check_anchors(found: Findings, connection: Connection, log: Log, view: ChainView, *, watch: Watch) -> str:
    """Both steps."""
    _, head = view.head()
    try:
        next_step(head, log.sealed_size, log.root)  # 1
    except ChainError as error:
        remedy = AHEAD if error.code == "chain.ahead" else FORKED
        found.add(error.code, f"contract on {view.chain}", error.detail, remedy=remedy)
        return f"the contract at size {head.size}"
    rows = list(stream(connection, _anchored(view)))
    with watch("anchors", len(rows)) as advance:
        for row in rows:  # 2
            _check_row(found, row, log, view)
            advance(1)
    return f"the contract at size {head.size}, {len(rows)} anchors"


def other_anchors(connection: Connection, view: ChainView) -> int:
    """How many anchors this view cannot show."""
    return number(
        connection,
        "SELECT count(*) FROM anchors WHERE state = 'anchored' AND NOT (chain = :chain AND log_id = :log_id)",
        chain=view.chain,
        log_id=view.log_id,
    )


def needed_from(connection: Connection, sealed: int, *, chain: str) -> int:
    """The size from which on every map must be there, whatever the service has forgotten.

    The newest final anchor; where none is final, the oldest that may become it; else, and where the setting
    `chain` is a file, the newest seal.
    """
    if chain == "file":
        return sealed
    any_ = "SELECT min(size) FROM anchors WHERE state = 'anchored' AND size <= :sealed"
    return _final(connection, sealed) or number(connection, any_, sealed=sealed) or sealed


def kept_from(connection: Connection, sealed: int, *, chain: str) -> int:
    """The size from which on maps are made again: the newest final anchor; without one all of them.

    Proofs may be asked for at older sizes then, those that witnesses cosigned; the service forgets the rest.
    """
    return 0 if chain == "file" else _final(connection, sealed)


def _final(connection: Connection, sealed: int) -> int:
    final = "SELECT max(size) FROM anchors WHERE state = 'anchored' AND size <= :sealed AND final"
    return number(connection, final, sealed=sealed)


def _anchored(view: ChainView) -> Any:  # noqa: ANN401  the type of a statement of these columns has no name
    return (
        select(col(Anchor.size), col(Anchor.block_number), col(Anchor.block_hash))
        .where(
            col(Anchor.chain) == view.chain,
            col(Anchor.log_id) == view.log_id,
            col(Anchor.state) == "anchored",
        )
        .order_by(col(Anchor.size))
    )


def _check_row(found: Findings, row: Row[Any], log: Log, view: ChainView) -> None:
    place = f"anchor of size {row.size} in block {row.block_number}"
    try:
        block, head = view.head(row.block_number)
    except ChainError as error:
        if error.code != "chain.block-unknown":
            raise
        found.add("anchor.row", place, "the chain has no such block", remedy=ROW)
        return
    if block.hash != row.block_hash:
        found.add("anchor.row", place, "the chain has another block of that number", remedy=ROW)
        return
    try:
        ours = (row.size, log.root(row.size), log.map_root(row.size))
    except DidError:
        ours = (row.size, b"", b"")
    if ours != (head.size, head.root, head.map_root):
        found.add("anchor.row", place, "the contract held something else in that block", remedy=ROW)
