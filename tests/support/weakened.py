"""The service with one promise to the disk broken, for tests that must notice: run it with a name."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api import files
from api.registry.register_file import RegisterFile
from api.server import serve
from api.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable


def normal(name: str) -> Callable[[], None]:
    """`synchronous=NORMAL` where the product says FULL, for one database."""

    class Forgetful(sqlite3.Connection):
        def execute(self, statement: str, *more: Any) -> sqlite3.Cursor:
            words = statement.replace(" ", "")
            return super().execute(
                "PRAGMA synchronous=NORMAL" if words == "PRAGMAsynchronous=FULL" else statement, *more
            )

    connect = sqlite3.connect

    def weaker(path: Any, *more: Any, **keywords: Any) -> sqlite3.Connection:
        if Path(str(path)).name == name:
            keywords["factory"] = Forgetful
        return connect(path, *more, **keywords)

    def weaken() -> None:
        sqlite3.connect = weaker

    return weaken


def register_unsynced() -> None:
    append, sync = RegisterFile.append, os.fsync

    def appended(file: RegisterFile, line: str) -> None:
        os.fsync = lambda _: None
        try:
            append(file, line)
        finally:
            os.fsync = sync

    RegisterFile.append = appended  # type: ignore[method-assign]


def names_unsynced() -> None:
    files.sync_directory = lambda _: None


WEAKENINGS = {
    "nothing": lambda: None,
    "database": normal("avow.sqlite3"),
    "chain": normal("chain.sqlite3"),
    "outbox": normal("chain-outbox.sqlite3"),
    "register": register_unsynced,
    "names": names_unsynced,
}

if __name__ == "__main__":
    WEAKENINGS[sys.argv[1]]()
    serve(Settings.from_environment(os.environ))
