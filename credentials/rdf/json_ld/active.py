"""The active context: the terms and defaults in force at a place of a document, and what texts become there.

Source: JSON-LD 1.1 Processing Algorithms and API, 5.2 IRI Expansion.
Invariants:
- A term's definition is immutable, so contexts share it.
- A context is changed only while it is made; whoever keeps one may rely on it.

Not here: how contexts and definitions are made (`credentials.rdf.json_ld.contexts`, `.terms`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from credentials.rdf.json_ld.iris import KEYWORDS, has_scheme, looks_like_keyword, resolve

if TYPE_CHECKING:
    from collections.abc import Callable

ABSENT: Final = "(absent)"
"""Stands where a definition says nothing, as null says something."""
_NO_CONTAINER: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Term:
    """What a context says about a term; `iri` is None for one that it takes out of use."""

    iri: str | None
    prefix: bool = False
    protected: bool = field(default=False, compare=False)
    reverse: bool = False
    type: str | None = None
    container: frozenset[str] = _NO_CONTAINER
    language: str | None = ABSENT
    direction: str | None = ABSENT
    nest: str | None = None
    index: str | None = None
    context: Any = ABSENT
    source: str | None = field(default=None, compare=False)
    """The URL of the context that holds `context`."""


class Active:
    """An active context: what JSON-LD calls the terms and defaults in force at a place of the document."""

    __slots__ = ("base", "direction", "language", "previous", "table", "terms", "vocab")

    def __init__(self) -> None:
        self.terms: dict[str, Term] = {}
        self.vocab: str | None = None
        self.base: str | None = None
        self.language: str | None = None
        self.direction: str | None = None
        self.previous: Active | None = None
        self.table: Any = None
        """What `credentials.rdf.json_ld.tables` made of it."""

    def copy(self) -> Active:
        """Return one to change, with the same contents."""
        made = Active()
        made.terms = dict(self.terms)
        made.vocab, made.base = self.vocab, self.base
        made.language, made.direction = self.language, self.direction
        made.previous = self.previous
        return made

    def expand(
        self, text: str, *, vocab: bool, relative: bool = False, define: Callable[[str], None] | None = None
    ) -> str | None:
        """IRI Expansion. The result may be a keyword, a blank node, or no IRI at all; None for null.

        `define` is called with each term that the text may depend on, while a context is being processed.
        """
        if text in KEYWORDS:
            return text
        if looks_like_keyword(text):
            return None
        if define is not None:
            define(text)
        term = self.terms.get(text)
        if term is not None and (vocab or (term.iri is not None and term.iri in KEYWORDS)):
            return term.iri
        if ":" in text[1:]:
            absolute = self._absolute(text, define)
            if absolute is not None:
                return absolute
        if vocab and self.vocab is not None:
            return self.vocab + text
        return resolve(self.base, text) if relative else text

    def _absolute(self, text: str, define: Callable[[str], None] | None) -> str | None:
        prefix, _, rest = text.partition(":")
        if prefix == "_" or rest.startswith("//"):
            return text
        if define is not None:
            define(prefix)
        term = self.terms.get(prefix)
        if term is not None and term.iri is not None and term.prefix:
            return term.iri + rest
        return text if has_scheme(text) else None
