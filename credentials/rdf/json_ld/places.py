"""Places of a document, and labels for what stands there without a name.

Invariants:
- Without given labels the places are `_:b0`, `_:b1` and so on, in the order in which they are met.
- With given labels a place that has one gets it, and any other one of a kind that is never given, `_:x0` on.
- A blank node that the document names itself has one label wherever it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from credentials.rdf.json_ld.tables import Table

Place: TypeAlias = int | tuple[int, str | int]
"""What is unnamed: a node, by `id` of its object; a cell of a list, by `id` of the array and a position in
it; all else by `id` of the object in which it stands and a text: "graph" for the graph around that object."""


@dataclass(frozen=True, slots=True)
class Node:
    """The node whose member is looked at."""

    members: dict[str, Any]
    table: Table
    scoped: Table
    subject: str
    graph: str
    level: int
    """The depth of its members' values."""


class Labels:
    """The labels of one document."""

    __slots__ = ("_given", "blanks", "labels", "named")

    def __init__(self, given: Mapping[Place, str] | None) -> None:
        self._given = given
        self.blanks = 0
        """How many were issued."""
        self.labels: dict[Place, str] = {}
        self.named: dict[str, str] = {}

    def unnamed(self, place: Place) -> str:
        """Return the label of what has no name."""
        if self._given is not None:
            label = self._given.get(place)
            if label is not None:
                self.labels[place] = label
                self.blanks += 1
                return label
        number = self.blanks
        self.blanks = number + 1
        label = f"_:b{number}" if self._given is None else f"_:x{number}"
        self.labels[place] = label
        return label

    def identified(self, term: str) -> str:
        """Return the term for an identifier, which may be the document's name for a blank node."""
        if not term.startswith("_:"):
            return term
        label = self.named.get(term)
        if label is None:
            label = self.named[term] = self.unnamed((id(self), term))
        return label
