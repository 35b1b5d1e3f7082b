"""Full names of types: what a short name in `type` stands for, by the contexts of the document.

Text: OpenID for Verifiable Presentations 1.0, B.1.1 (`type_values` holds fully expanded types).

Invariants:
- a type counts only where a known context that the document names defines it as a term. A holder can write
  the type of an RDF-signed credential as an absolute URL instead, leave out the context that defines it, and
  name another one that gives the claims' names other meanings; the signature would still hold. Where the
  defining context is there, its terms are protected, so the names in a claims path mean what that context
  says.

- so a context that does not protect its terms defines no type here.

What is not here: `@vocab`, absolute and compact types, type-scoped contexts: nothing is matched by those.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from schemas.sources import BUNDLED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from did.types import JsonValue
    from schemas.sources import ContextSource


def full_type(name: str, named: tuple[JsonValue, ...], known: ContextSource = BUNDLED.contexts) -> str | None:
    """Give the IRI that `name` stands for under the named contexts, or None where none defines it."""
    found = (_terms(known, url).get(name) for url in reversed(named) if isinstance(url, str) and url in known)
    return next((iri for iri in found if iri is not None), None)


def full_types(
    names: tuple[str, ...], named: tuple[JsonValue, ...], known: ContextSource = BUNDLED.contexts
) -> frozenset[str]:
    """Give the IRIs of all names that the contexts define."""
    found = (full_type(name, named, known) for name in names)
    return frozenset(iri for iri in found if iri is not None)


@lru_cache(256)  # more than are bundled; a context never changes
def _terms(known: ContextSource, url: str) -> Mapping[str, str]:
    entry = known.load(url)["@context"]
    iris: dict[str, str] = {}
    for part in entry if isinstance(entry, list) else [entry]:
        if isinstance(part, dict) and part.get("@protected") is True:
            iris.update(_definitions(part))
    return iris


def _definitions(part: dict[str, Any]) -> dict[str, str]:
    ids = {term: item.get("@id") if isinstance(item, dict) else item for term, item in part.items()}
    plain = {term: iri for term, iri in ids.items() if isinstance(iri, str) and not term.startswith("@")}
    return {term: _resolved(iri, plain) for term, iri in plain.items() if not iri.startswith("@")}


def _resolved(iri: str, prefixes: Mapping[str, str]) -> str:
    prefix, colon, suffix = iri.partition(":")
    known = prefixes.get(prefix)
    return known + suffix if colon and known and not suffix.startswith("//") else iri
