"""RDF terms from what a context gives: names of properties, types and datatypes, tails of literals.

Invariants:
- A name is an absolute IRI with the characters that N-Quads hold, or it is refused.
- `xsd:string` is never written; language tags are written in lower case, as JSON-LD processors do.

Not here: the texts and numbers within literals (`credentials.rdf.json_ld.literals`).
"""

from __future__ import annotations

from typing import Final

from credentials.rdf.json_ld import faults
from credentials.rdf.json_ld.iris import KEYWORDS, LANGUAGE, is_absolute

XSD: Final = "http://www.w3.org/2001/XMLSchema#"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def property_term(expanded: str | None, name: str, what: str = "a property") -> str:
    """Return ``<iri>`` for the name of a property, type or datatype, which has to be defined."""
    # [RDF-16] a name that no context defines would be left out of what is signed
    if expanded is None or expanded in KEYWORDS or ":" not in expanded:
        raise faults.undefined(what, name)
    # [RDF-17] statements have no blank node there
    if expanded.startswith("_:"):
        raise faults.dropped(f"{what} is a blank node, which is not signed")
    # [RDF-18] nothing that N-Quads cannot hold
    if not is_absolute(expanded):
        raise faults.relative(what)
    return f"<{expanded}>"


def tail(datatype: str | None, language: str | None) -> str:
    """Return what follows the text of a literal, from its closing quotation mark."""
    if datatype is not None:
        if datatype == XSD + "string":
            return '"'
        # [RDF-19] a text with a language says which
        if datatype == RDF + "langString":
            raise faults.Fault("rdf.language", "a text of rdf:langString has no language")
        return f'"^^{property_term(datatype, datatype, "a datatype")}'
    if language is None:
        return '"'
    # [RDF-20] a language tag is well-formed
    if not LANGUAGE.fullmatch(language):
        raise faults.Fault("rdf.language", "a language tag is not well-formed", clause="BCP 47, 2.1")
    return f'"@{language.lower()}'
