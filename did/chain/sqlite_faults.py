"""What SQLite says when something is wrong, in the chain's own codes.

Not here: opening files and their transactions, which each store has its own way with.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from did.chain.errors import ChainError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def translated(name: str, *, what: str, damaged: str) -> Iterator[None]:
    """Turn SQLite's errors inside the block into `chain.unavailable`, `chain.in-use` or `chain.store`.

    `name` is the file's, `what` the thing that is closed when it is used too late, `damaged` the remedy for
    a damaged file.
    """
    try:
        yield
    except sqlite3.ProgrammingError as fault:  # used after close
        raise ChainError("chain.unavailable", f"{what} is closed") from fault
    except sqlite3.OperationalError as fault:
        if fault.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise ChainError(
                "chain.in-use",
                f"{name} is in use by another process",
                remedy="stop the other service on this data directory",
            ) from fault
        raise ChainError("chain.unavailable", f"{name}: {fault}") from fault
    except sqlite3.Error as fault:
        raise ChainError("chain.store", f"{name}: {fault}", remedy=damaged) from fault
