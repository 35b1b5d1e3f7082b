"""What can be wrong with a document on its way to RDF: one error type that collects the path to the place.

`Fault` is raised by the modules that read JSON-LD. Each level that it passes on its way up adds the name or
the position by which it went down, so that a document without faults pays nothing for paths. The reader turns
it into a `CredentialError` whose detail begins with the path.

Invariants: a detail names members, terms and paths, never a value.
"""

from __future__ import annotations

from typing import Final

from credentials import pointers
from credentials.errors import CredentialError

SAFE: Final = "VC Data Integrity 1.0, 4.2, data loss"
JSON_LD: Final = "JSON-LD 1.1 API"
_SHOWN: Final = 200


class Fault(Exception):  # noqa: N818  # never leaves this package
    """A fault in a document, and where it is, innermost step first."""

    def __init__(self, code: str, detail: str, *, remedy: str = "", clause: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.remedy = remedy
        self.clause = clause
        self.path: list[str | int] = []

    def within(self, step: str | int) -> Fault:
        """Add the member or the position from which the fault came."""
        self.path.append(step)
        return self

    def error(self) -> CredentialError:
        """Return the error that leaves this package."""
        place = pointers.write(reversed(self.path))[:_SHOWN] or "the document"
        return CredentialError(self.code, f"{place}: {self.detail}", remedy=self.remedy, clause=self.clause)


def undefined(what: str, term: str | None = None) -> Fault:
    """A property, type or datatype that no context defines; named, unless it is a value."""
    shown = "a term" if term is None else f"{term[:100]!r}"
    return Fault(
        "rdf.undefined-term",
        f"{what} is {shown}, which no context of the document defines",
        remedy="add the context that defines it, or remove it: what is not defined would not be signed",
        clause=SAFE,
    )


def relative(what: str) -> Fault:
    """An identifier that is not an absolute IRI with the characters of one."""
    return Fault(
        "rdf.relative-iri",
        f"{what} is not an absolute IRI",
        remedy="write identifiers and types in full, or define the term in a context",
        clause=SAFE,
    )


def dropped(what: str) -> Fault:
    """Something RDF has no place for."""
    return Fault("rdf.dropped", what, clause=SAFE)


def invalid(rule: str) -> Fault:
    """A breach of JSON-LD, under the name that its API gives it."""
    return Fault("rdf.json-ld", f"not valid JSON-LD: {rule}", clause=JSON_LD)
