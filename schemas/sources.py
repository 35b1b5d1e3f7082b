"""Where contexts come from: one protocol for whoever needs them, and the bundled ones as its first form.

Invariants:
- a URL means the same bytes for ever, so that whoever asks may keep what it made of them;
- `load` gives a fresh object, which its caller may change; it is answered from memory, never by a request.

What is not here: contexts that a service published itself; it lays its own source over this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from schemas import contexts
from schemas.errors import SchemasError

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTEXT_CLAUSE = "VC Data Integrity 1.0, 2.4.2 Validating Contexts"


class ContextSource(Protocol):
    """Whoever can say which JSON-LD context stands at a URL."""

    def load(self, url: str) -> dict[str, Any]:
        """Give the document at `url`, an object with ``@context``. Raises `SchemasError` context.unknown."""
        ...

    def __contains__(self, url: object) -> bool:
        """Whether `load` would find it."""
        ...


class BundledContexts:
    """The contexts of the package data, and no others."""

    def load(self, url: str) -> dict[str, Any]:
        """Give the bundled document. Raises `SchemasError` ``context.unknown``, ``data.digest``."""
        return contexts.load(url)

    def __contains__(self, url: object) -> bool:
        """Whether a context is bundled for `url`."""
        return url in contexts.known()


@dataclass(frozen=True, slots=True)
class LayeredContexts:
    """Several sources, of which the first that knows a URL answers: an earlier one cannot be shadowed."""

    layers: Sequence[ContextSource]

    def load(self, url: str) -> dict[str, Any]:
        """Ask each layer in turn. Raises `SchemasError` ``context.unknown``."""
        for layer in self.layers:
            if url in layer:
                return layer.load(url)
        raise SchemasError(
            "context.unknown",
            f"no JSON-LD context is known for {url[:200]!r}, and none is ever fetched",
            remedy="use a bundled or published context, or publish a schema to get one",
            clause=CONTEXT_CLAUSE,
        )

    def __contains__(self, url: object) -> bool:
        """Whether some layer knows `url`."""
        return any(url in layer for layer in self.layers)
