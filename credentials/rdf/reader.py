"""The reader: a JSON-LD document in, the statements of its RDF dataset out.

Texts: JSON-LD 1.1 (W3C Recommendation, 16 July 2020) and its Processing Algorithms and API.
Invariants:
- Safe mode, always: what RDF would drop is an error that names the place, never the value.
- Nothing is fetched: contexts come from the source that the reader was given, and a URL means the same
  context for as long as the reader lives.
- Work is bounded by counts: bytes, depth, values in lists, statements, contexts.
- A reader may be shared between threads; what it keeps of contexts is bounded.

Not here: canonical labels (`credentials.rdf.labelling`), framing and compaction, generalized RDF, JSON-LD
1.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson

from credentials.errors import CredentialError
from credentials.rdf.json_ld import faults
from credentials.rdf.json_ld.budget import Budget
from credentials.rdf.json_ld.faults import Fault
from credentials.rdf.json_ld.literals import Values
from credentials.rdf.json_ld.places import Labels, Place
from credentials.rdf.json_ld.tables import Store
from credentials.rdf.json_ld.walk import Walk
from credentials.rdf.values import check_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from credentials.rdf.canonical import Limits
    from credentials.rdf.nquads import Quad
    from did.types import JsonObject
    from schemas.sources import ContextSource

__all__ = ["Dataset", "Place", "Reader"]

_OPTIONS: Final = (
    orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
)
_TOLD: Final = (b"\\", b"\x7f", "\ufffe".encode(), "\uffff".encode())
"""What stands in the body of a document that holds a text which is to be escaped or refused."""
_MAX_HELD: Final = 200_000  # terms and entries; some 50 MB at the most


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a document states.

    `quads` are its statements, each once. `labels` gives, for what has no identifier, the label of its place:
    see `Place`. `named` gives the labels of the blank nodes that the document names
    itself.
    """

    quads: tuple[Quad, ...]
    labels: Mapping[Place, str]
    named: Mapping[str, str]


class Reader:
    """Reads documents whose contexts one source knows."""

    def __init__(self, source: ContextSource, limits: Limits, *, unsafe_doubles: bool = False) -> None:
        self._source = source
        self._limits = limits
        self._values = Values(unsafe_doubles)
        self._store = Store()

    def read(self, document: JsonObject, *, labels: Mapping[Place, str] | None = None) -> Dataset:
        """Return the statements of a document. Raises ``rdf.*``.

        Unnamed nodes are labelled `_:b0` and on, by the order of the walk. With `labels`, they have the
        labels given for their places, and those without one `_:x0` and on: so a selection from a document can
        be read with the labels of the whole. Places are objects: each must stand in the document once.
        """
        clean = self._check(document)
        store = self._store
        if store.held > _MAX_HELD:
            store = self._store = Store()
        places = Labels(labels)
        budget = Budget(self._source, self._limits)
        walk = Walk(self._limits, budget, self._values, places, clean=clean)
        try:
            walk.document(document, store.root)
            quads = tuple(dict.fromkeys(walk.quads))
            self._count(len(quads), places.blanks)
        except Fault as fault:
            raise fault.error() from None
        return Dataset(quads, places.labels, places.named)

    def _check(self, document: JsonObject) -> bool:
        """Check the size of a document; tell whether its texts stand in literals as they are."""
        try:
            body = orjson.dumps(document, option=_OPTIONS)
        except TypeError:
            check_document(document, self._limits, unsafe_doubles=self._values.unsafe_doubles)
            raise CredentialError("rdf.document", "the document is no JSON value") from None
        if type(document) is not dict:
            raise CredentialError("rdf.document", f"expected a JSON object, found {type(document).__name__}")
        # [RDF-55] the size of a document is bounded
        if len(body) > self._limits.max_bytes:
            raise CredentialError(
                "rdf.work-limit",
                f"the document has {len(body)} bytes, at most {self._limits.max_bytes} are read",
            )
        return not any(told in body for told in _TOLD)

    def _count(self, quads: int, blanks: int) -> None:
        # [RDF-56] a document that states nothing is not signed
        if quads == 0:
            raise Fault("rdf.empty", "the document makes no statement at all", clause=faults.SAFE)
        # [RDF-57] statements and unnamed nodes are counted
        if quads > self._limits.max_quads or blanks > self._limits.max_blank_nodes:
            raise Fault(
                "rdf.work-limit",
                f"{quads} statements and {blanks} unnamed nodes, of which at most "
                f"{self._limits.max_quads} and {self._limits.max_blank_nodes} are canonicalized",
            )
