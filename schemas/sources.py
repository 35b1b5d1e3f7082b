"""Where contexts and schemas come from: a protocol for each, and the bundled ones as its first form.

Invariants:
- a URL of a context or schema means the same bytes for ever: whoever asks may keep what it made of them;
- a context is answered from memory, never by a request, and as a fresh object which its caller may change;
- a schema is fetched, if ever, only where the caller says `fetch`: once the credential that names it has been
  verified. Nobody makes us send requests by a forged credential.

What is not here: what a service published itself, and how anything is fetched; these lay their own sources
over the bundled ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from schemas import contexts, json_schemas
from schemas.errors import SchemasError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.json_schemas import SchemaText

CONTEXT_CLAUSE = "VC Data Integrity 1.0, 2.4.2 Validating Contexts"


class ContextSource(Protocol):
    """Whoever can say which JSON-LD context stands at a URL."""

    def load(self, url: str) -> dict[str, Any]:
        """Give the document at `url`, an object with ``@context``. Raises `SchemasError` context.unknown."""
        ...

    def __contains__(self, url: object) -> bool:
        """Whether `load` would find it."""
        ...

    def __hash__(self) -> int:
        """Tell sources apart, so that what was made of their contexts can be kept."""
        ...


class SchemaSource(Protocol):
    """Whoever can say which schema, or which credential that holds a schema, stands at a URL."""

    def schema(self, url: str, *, fetch: bool) -> SchemaText | None:
        """Give the JSON Schema at `url`, strictly decoded; None where there is none or `fetch` is needed."""
        ...

    def credential(self, url: str, *, fetch: bool) -> bytes | None:
        """Give the bytes of the schema credential at `url`; otherwise as `schema`."""
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


class BundledSchemas:
    """The schemas of the package data, and no others; no schema credentials."""

    def schema(self, url: str, *, fetch: bool) -> SchemaText | None:  # noqa: ARG002  nothing is fetched
        """Give the bundled schema."""
        return json_schemas.text(url) if url in json_schemas.known() else None

    def credential(self, url: str, *, fetch: bool) -> bytes | None:  # noqa: ARG002  nothing is fetched
        """No schema credential is bundled."""
        del url
        return None


@dataclass(frozen=True, slots=True)
class LayeredSchemas:
    """Several sources, of which the first that knows a URL answers: an earlier one cannot be shadowed."""

    layers: Sequence[SchemaSource]

    def schema(self, url: str, *, fetch: bool) -> SchemaText | None:
        """Ask each layer in turn."""
        found = (layer.schema(url, fetch=fetch) for layer in self.layers)
        return next((item for item in found if item is not None), None)

    def credential(self, url: str, *, fetch: bool) -> bytes | None:
        """Ask each layer in turn."""
        found = (layer.credential(url, fetch=fetch) for layer in self.layers)
        return next((item for item in found if item is not None), None)


@dataclass(frozen=True, slots=True)
class Sources:
    """What may be relied on: contexts and schemas."""

    contexts: ContextSource
    schemas: SchemaSource


BUNDLED: Final = Sources(BundledContexts(), BundledSchemas())
"""What every Avow knows, and nothing else."""
