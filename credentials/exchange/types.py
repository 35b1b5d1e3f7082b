"""Full names of types: what a short name in `type` stands for, by the contexts of the document.

Text: OpenID for Verifiable Presentations 1.0, B.1.1 (`type_values` holds fully expanded types).

A small part of JSON-LD expansion suffices: a name is an absolute URL, or a term that one of the named
contexts defines at its top level, or a suffix to the last `@vocab`. The last definition wins, as in JSON-LD;
inline contexts and unknown ones are refused before (`credentials.checks`), and give nothing here.

What is not here: type-scoped and property-scoped contexts, which define no type of the document itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from schemas import contexts
from schemas.errors import SchemasError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from did.types import JsonValue


@dataclass(frozen=True, slots=True)
class _Terms:
    iris: Mapping[str, str]
    vocab: str | None


def full_type(name: str, contexts_of: tuple[JsonValue, ...]) -> str | None:
    """Give the IRI that `name` stands for under these contexts, or None where they define no such type."""
    vocab = None
    for url in reversed(contexts_of):
        if not isinstance(url, str):
            continue
        terms = _terms(url)
        if name in terms.iris:
            return terms.iris[name]
        vocab = vocab or terms.vocab
    if ":" in name:
        return name
    return vocab + name if vocab else None


def full_types(names: tuple[str, ...], contexts_of: tuple[JsonValue, ...]) -> frozenset[str]:
    """Give the IRIs of all names that the contexts define."""
    found = (full_type(name, contexts_of) for name in names)
    return frozenset(iri for iri in found if iri is not None)


@cache
def _terms(url: str) -> _Terms:
    try:
        entry = contexts.load(url)["@context"]
    except SchemasError:
        return _Terms({}, None)
    iris: dict[str, str] = {}
    vocab = None
    for part in entry if isinstance(entry, list) else [entry]:
        if isinstance(part, dict):
            vocab = part.get("@vocab", vocab)
            iris.update(_definitions(part))
    return _Terms(iris, vocab)


def _definitions(part: dict[str, Any]) -> dict[str, str]:
    ids = {term: item.get("@id") if isinstance(item, dict) else item for term, item in part.items()}
    plain = {term: iri for term, iri in ids.items() if isinstance(iri, str) and not term.startswith("@")}
    return {term: _resolve(iri, plain) for term, iri in plain.items() if not iri.startswith("@")}


def _resolve(iri: str, prefixes: dict[str, str]) -> str:
    prefix, colon, suffix = iri.partition(":")
    known = prefixes.get(prefix)
    return known + suffix if colon and known and not suffix.startswith("//") else iri
