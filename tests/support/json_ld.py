"""Reading JSON-LD in tests: contexts from a dictionary, statements as text."""

from __future__ import annotations

import copy
from typing import Any

from credentials.rdf.canonical import Limits
from credentials.rdf.nquads import write
from credentials.rdf.reader import Reader
from schemas import SchemasError, contexts


class Contexts:
    """Contexts given by URL, and behind them the bundled ones; counts what is loaded."""

    def __init__(self, given: dict[str, Any] | None = None) -> None:
        self.given = given or {}
        self.loaded: list[str] = []

    def load(self, url: str) -> dict[str, Any]:
        """Return a fresh document."""
        self.loaded.append(url)
        return copy.deepcopy(self.given[url]) if url in self.given else contexts.load(url)

    def __contains__(self, url: object) -> bool:
        return url in self.given or url in contexts.known()


class NoContexts(Contexts):
    """No context at all, the bundled ones neither."""

    def load(self, url: str) -> dict[str, Any]:
        """Refuse."""
        raise SchemasError("context.unknown", f"no context for {url}")


def reader(
    given: dict[str, Any] | None = None, *, limits: Limits | None = None, unsafe: bool = False
) -> Reader:
    """A reader that has seen nothing yet."""
    return Reader(Contexts(given), limits or Limits(), unsafe_doubles=unsafe)


def lines(document: Any, given: dict[str, Any] | None = None, **options: Any) -> list[str]:
    """The statements of a document, sorted, without their line feeds."""
    return sorted(write(quad).removesuffix(" .\n") for quad in reader(given, **options).read(document).quads)
