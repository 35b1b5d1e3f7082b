"""Containers: maps by language, index, identifier or type, graphs around values, lists, JSON values.

Source: JSON-LD 1.1 Processing Algorithms and API, 5.1.2 Expansion, steps 13.5 to 13.13.
Invariants:
- The keys of a map are signed, as a language, a type, an identifier or a property; a key that would not be
  is refused.
- A graph around a value has a label of its own, unless the map names it.

Not here: plain properties and sets (`credentials.rdf.json_ld.walk`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from credentials.rdf.json_ld import faults
from credentials.rdf.json_ld.active import ABSENT
from credentials.rdf.json_ld.faults import Fault
from credentials.rdf.json_ld.iris import KEYWORDS
from credentials.rdf.json_ld.literals import checked_text
from credentials.rdf.json_ld.rdf_terms import RDF, property_term, tail

if TYPE_CHECKING:
    from credentials.rdf.json_ld.places import Node
    from credentials.rdf.json_ld.tables import Entry, Slot, Table
    from credentials.rdf.json_ld.walk import Found, Walk

_TYPE: Final = f"<{RDF}type>"
_KEYED: Final = frozenset({"@id", "@index", "@type"})


def contained(walk: Walk, entry: Entry, value: Any, node: Node) -> None:  # noqa: ANN401  # JSON
    """Walk over the value of a property that has a container, is reverse, or is JSON."""
    container, graph, level = entry.container, node.graph, node.level
    found: Found
    if entry.mode == "@json":
        # [RDF-59] a JSON value is no subject, and in a container not the same for every engine
        if entry.reverse or not container <= {"@set"}:
            raise faults.invalid("JSON values are neither reversed nor in containers")
        found = walk.json(value, level)
    elif value is None:
        return
    elif type(value) is dict and "@language" in container:
        found = _by_language(entry, value, node.table)
    elif type(value) is dict and container & _KEYED:
        found = _Map(walk, entry, node.table, graph, level).read(value)
    elif "@graph" in container and not container & _KEYED:
        found = _graphs(walk, entry, value, level)
    elif "@list" in container:
        found = _listed(walk, entry, value, node)
    else:
        # [RDF-75] engines disagree on what stands where a map of graphs is expected
        if "@graph" in container:
            raise faults.invalid("a container of graphs by key holds no map")
        found = walk.terms(value, entry, graph, level)
    walk.linked(entry, node.subject, found, graph)


def _listed(walk: Walk, entry: Entry, value: Any, node: Node) -> str | None:  # noqa: ANN401  # JSON
    if type(value) is list:
        return walk.list_of(value, entry, node.graph, node.level)
    found = walk.term(value, entry, node.graph, node.level)
    if found is None or (isinstance(found, str) and found in walk.heads):
        return found
    terms = [found] if isinstance(found, str) else found
    place = id(node.members)
    return walk.cells([((place, f"{entry.name} {n}"), term) for n, term in enumerate(terms)], node.graph)


def _by_language(entry: Entry, value: dict[str, Any], table: Table) -> list[str]:
    term = table.active.terms.get(entry.name or "")
    direction = table.active.direction if term is None or term.direction is ABSENT else term.direction
    found = []
    for name, below in value.items():
        language = _key(table, name)
        for text in below if type(below) is list else [below]:
            if text is None:
                continue
            # [RDF-47] a language map holds texts
            if type(text) is not str:
                raise faults.invalid("invalid language map value").within(name)
            # [RDF-48] nor has a direction that is set for all texts of a map
            if direction is not None:
                raise faults.dropped("a text's base direction is not signed").within(name)
            try:
                found.append(f'"{checked_text(text)}{tail(None, language)}')
            except Fault as fault:
                raise fault.within(name) from None
    return found


def _key(table: Table, name: str) -> str | None:
    """Return a key of a map; None for the one that says nothing."""
    expanded = table.active.expand(name, vocab=True)
    # [RDF-66] engines disagree on maps that look like objects of JSON-LD
    if expanded in KEYWORDS and expanded != "@none":
        raise faults.invalid("a keyword as key of a map")
    return None if expanded == "@none" else name


def _graphs(walk: Walk, entry: Entry, value: Any, level: int) -> list[str]:  # noqa: ANN401
    if type(value) is not list:
        return [] if value is None else _graph_around(walk, entry, value, None, level)
    walk.array(value, level)
    found: list[str] = []
    for number, item in enumerate(value):
        try:
            found += _graphs(walk, entry, item, level + 1)
        except Fault as fault:
            raise fault.within(number) from None
    return found


def _graph_around(
    walk: Walk,
    slot: Slot,
    item: Any,  # noqa: ANN401  # JSON
    name: str | None,
    level: int,
    *,
    keep: bool = False,
) -> list[str]:
    """Put a graph around a value and return its label, if there is a value."""
    if type(item) is not dict:
        raise faults.dropped("a value stands alone in a graph and is not signed")
    label = walk.places.unnamed((id(item), "graph")) if name is None else name
    before = len(walk.quads)
    found = (
        walk.described(item, slot.plain_table, slot, label, level)
        if keep
        else walk.term(item, slot, label, level)
    )
    if found is None:
        return []
    # [RDF-50] a graph holds one node: a value would not be signed, and each of a set has its own
    if not isinstance(found, str) or found.startswith('"') or found in walk.heads:
        raise faults.dropped("a value stands alone in a graph and is not signed")
    # [RDF-51] nor is an identifier of which nothing is said
    if len(walk.quads) == before and found.startswith("<"):
        raise faults.dropped("nothing is said of an identifier, so it is not signed")
    return [label]


class _Map:
    """A map whose keys are identifiers, types or indexes."""

    def __init__(self, walk: Walk, entry: Entry, table: Table, graph: str, level: int) -> None:
        self._walk = walk
        self._entry = entry
        self._table = table
        self._graph = graph
        self._level = level
        self._key = next(iter(entry.container & _KEYED))
        # Types that stand around a map of types say nothing about what is in it.
        self._outer = (table.previous or table) if self._key == "@type" else table

    def read(self, value: dict[str, Any]) -> list[str]:
        """Walk over the map."""
        self._walk.deep(self._level)
        found: list[str] = []
        for key, below in value.items():
            try:
                self._below(found, below, _key(self._table, key), self._level + 1)
            except Fault as fault:
                raise fault.within(key) from None
        return found

    def _below(self, found: list[str], value: Any, key: str | None, level: int) -> None:  # noqa: ANN401  # JSON
        if type(value) is list:
            self._walk.array(value, level)
            for number, item in enumerate(value):
                try:
                    self._below(found, item, key, level + 1)
                except Fault as fault:
                    raise fault.within(number) from None
        elif value is not None:
            found += self._item(value, key, level)

    def _item(self, item: Any, key: str | None, level: int) -> list[str]:  # noqa: ANN401  # JSON
        walk, entry = self._walk, self._entry
        # [RDF-52] an index that is no property is not signed
        if self._key == "@index" and entry.index is None and key is not None:
            raise faults.dropped("@index values are not signed")
        outer = self._outer
        if self._key == "@type" and key is not None:
            outer = outer.type_context(key, walk.budget)
            # [RDF-73] engines disagree on a type whose context gives itself another meaning
            if outer.active.expand(key, vocab=True) != self._table.active.expand(key, vocab=True):
                raise faults.invalid("a type in a map whose context redefines it")
        slot = outer.slot(entry.name, walk.budget)
        name = self._table.iri(key) if self._key == "@id" and key is not None else None
        if name is not None and name.startswith("_:"):
            name = walk.identifier(key, self._table)
        if "@graph" in entry.container and not self._is_graph(item, slot.plain_table):
            terms = _graph_around(walk, slot, item, name, level, keep=True)
        elif type(item) is dict:
            described = walk.described(item, slot.plain_table, slot, self._graph, level, name)
            terms = [described] if isinstance(described, str) else described or []
        else:
            terms = walk.terms(item, slot, self._graph, level)
        for term in terms:
            # [RDF-53] only nodes have an identifier, a type or a property
            if (key is not None or self._key != "@index") and (term.startswith('"') or term in walk.heads):
                raise faults.invalid("a value in a map of nodes")
            if key is not None:
                self._say_key(term, key, name)
        return terms

    def _say_key(self, term: str, key: str, name: str | None) -> None:
        walk, entry, table = self._walk, self._entry, self._table
        if self._key == "@type":
            expanded = table.active.expand(key, vocab=True, relative=True)
            walk.quads.append((term, _TYPE, property_term(expanded, key, "a type"), self._graph))
        elif self._key == "@index":
            assert entry.index is not None
            # [RDF-74] engines disagree on whether the context of a property holds for its index
            if entry.plain_table is not entry.table:
                raise faults.invalid("an index of a property that has a context")
            named = table.entry(entry.index, walk.budget)
            found = walk.term(key, table.slot(entry.index, walk.budget), self._graph, self._level)
            walk.linked(named, term, found, self._graph)
        # [RDF-54] a node that has another identifier than its key: one of them is lost
        elif term != name:
            raise faults.dropped("a node in a map has another identifier than its key")

    def _is_graph(self, item: Any, table: Table) -> bool:  # noqa: ANN401  # JSON
        """Tell whether an object is a graph already: it has an identifier and nothing else beside it."""
        if type(item) is not dict:
            return False
        others = [name for name in item if name not in table.graph_keys and name not in table.id_keys]
        # [RDF-60] whether it is must not hang on a context, or on a value that is null
        if "@context" in item or (
            len(others) < len(item) and any(item[name] is None or type(item[name]) is dict for name in others)
        ):
            raise faults.invalid("a map of graphs whose items may be graphs themselves")
        return not others and not table.graph_keys.isdisjoint(item)
