"""What reading one document may still cost in contexts, counted in units and never by the clock.

A unit is one term defined, or a few terms copied into a table that inherits them. Tables that are kept from
earlier documents cost nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from credentials.rdf.json_ld.faults import Fault, invalid
from credentials.rdf.values import check_depth
from schemas import SchemasError

if TYPE_CHECKING:
    from credentials.rdf.canonical import Limits
    from schemas.sources import ContextSource

_COPIES: Final = 16  # terms that are copied in about the time in which one is defined


class Budget:
    """The contexts that one document may still load and compile."""

    __slots__ = ("_left", "_loads", "_max_depth", "_source")

    def __init__(self, source: ContextSource, limits: Limits) -> None:
        self._source = source
        self._left = limits.max_definitions
        self._loads = limits.max_loads
        self._max_depth = limits.max_depth

    def define(self, terms: int) -> None:
        """Pay for the definition of so many terms."""
        self._left -= terms
        # [RDF-01] contexts within contexts multiply: their work is bounded, whatever the document's size
        if self._left < 0:
            raise _too_much("its contexts define too many terms")

    def copy(self, terms: int) -> None:
        """Pay for a table that starts as a copy of so many terms."""
        self.define(1 + terms // _COPIES)

    def load(self, url: str) -> Any:  # noqa: ANN401  # JSON, checked by who reads it
        """Return what stands under ``@context`` in the document at `url`."""
        self._loads -= 1
        # [RDF-02] a context may name contexts, which name contexts
        if self._loads < 0:
            raise _too_much("its contexts name too many other contexts")
        try:
            document = self._source.load(url)
        except SchemasError as error:
            raise Fault(
                "rdf.context-unknown", error.detail, remedy=error.remedy, clause=error.clause
            ) from None
        if type(document) is not dict or "@context" not in document:
            raise invalid("invalid remote context")
        check_depth(document, self._max_depth)
        return document["@context"]


def _too_much(what: str) -> Fault:
    return Fault("rdf.work-limit", what, remedy="use fewer or simpler contexts")
