"""Reads: short, on read-only connections, straight from the event loop: a hop to a thread costs more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Engine, Executable, Row


class Reader:
    """Runs statements on read-only connections."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def first(self, statement: Executable, values: Mapping[str, object] | None = None) -> Row[Any] | None:
        """The first row, if any; `values` fill a statement that was built once with bound parameters."""
        with self._engine.connect() as connection:
            return connection.execute(statement, values).first()

    def all(self, statement: Executable, values: Mapping[str, object] | None = None) -> Sequence[Row[Any]]:
        """Every row; `values` as for `first`."""
        with self._engine.connect() as connection:
            return connection.execute(statement, values).all()

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()
