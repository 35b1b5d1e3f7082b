"""Reads: short, on read-only connections, straight from the event loop: a hop to a thread costs more."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ClauseElement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Engine, Executable, Row


PREPARED: Final = 64
"""Statements whose text is kept; there are about ten."""


class Reader:
    """Runs statements on read-only connections."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._compiled = lru_cache(PREPARED)(self._compile)

    def first(self, statement: Executable, values: Mapping[str, object] | None = None) -> Row[Any] | None:
        """The first row, if any; `values` fill a statement that was built once with bound parameters."""
        with self._engine.connect() as connection:
            return connection.execute(statement, values).first()

    def all(self, statement: Executable, values: Mapping[str, object] | None = None) -> Sequence[Row[Any]]:
        """Every row; `values` as for `first`."""
        with self._engine.connect() as connection:
            return connection.execute(statement, values).all()

    def keyed(self, statement: Executable, values: Mapping[str, object]) -> Sequence[tuple[Any, ...]]:
        """Every row as a plain tuple, of a statement that was built once with bound parameters.

        It goes to the driver by its text, for a third of what `all` costs: for what is read several times in
        each request. Numbers, texts and bytes only: nothing is converted.
        """
        text, names, fixed = self._compiled(statement)
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(text, tuple(values[name] if name in values else fixed[name] for name in names))
            return cursor.fetchall()
        finally:
            connection.close()

    def _compile(self, statement: Executable) -> tuple[str, Sequence[str], Mapping[str, object]]:
        """A statement's text, its parameters in order, and those that were fixed when it was built."""
        assert isinstance(statement, ClauseElement)
        compiled = statement.compile(dialect=self._engine.dialect)
        return str(compiled), tuple(getattr(compiled, "positiontup", None) or ()), dict(compiled.params)

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()
