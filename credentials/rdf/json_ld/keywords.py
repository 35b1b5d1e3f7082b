"""The members that are keywords, and the objects that are no nodes: values, lists, sets.

Source: JSON-LD 1.1 Processing Algorithms and API, 5.1.2 Expansion, steps 13.4, 14 and 17 to 19.
Invariants:
- A keyword stands once in an object under all its names, but for types and inclusions.
- What would be lost is refused: indexes, languages of nodes, values that belong to no property, an inner
  context or identifier where the text would skip it.

Not here: the members that are properties (`credentials.rdf.json_ld.walk`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from credentials.rdf.json_ld import faults
from credentials.rdf.json_ld.faults import Fault
from credentials.rdf.json_ld.tables import KEYWORD
from credentials.rdf.values import check_depth

if TYPE_CHECKING:
    from credentials.rdf.json_ld.places import Node
    from credentials.rdf.json_ld.tables import Entry, Slot, Table
    from credentials.rdf.json_ld.walk import Found, Walk


def keyword(walk: Walk, entry: Entry, value: Any, node: Node) -> None:  # noqa: ANN401  # JSON
    """Walk over a member that is a keyword, other than identifier, type and context."""
    match entry.keyword:
        case "@graph":
            # [RDF-69] one graph, under one name
            if sum(name in node.members for name in node.table.graph_keys) > 1:
                raise faults.invalid("colliding keywords")
            walk.contents(value, node.table, node.subject, node.level)
        case "@included":
            _included(walk, value, node)
        case "@reverse":
            _reversed(walk, value, node)
        case "@nest":
            _nested(walk, entry, value, node)
        case "@index":
            # [RDF-34] an index has no place in RDF
            raise faults.dropped("@index values are not signed")
        case "@language" | "@direction":
            # [RDF-35] a language belongs to a value
            raise faults.dropped(f"{entry.keyword} of an object without @value is not signed")
        case _:
            raise faults.invalid(f"{entry.keyword} does not stand here")


def only_graph(walk: Walk, document: dict[str, Any], table: Table) -> bool:
    """Tell whether a document is but a graph, whose statements are then those of the default graph."""
    if table.graph_keys.isdisjoint(document):
        return False
    others = False
    for name, value in document.items():
        try:
            entry = table.entry(name, walk.budget)
        except Fault as fault:
            raise fault.within(name) from None
        if entry.keyword in {"@graph", "@context"} or value is None:
            continue
        # [RDF-36] whether the graph has a name must not hang on a value that is null
        if type(value) is dict and not table.value_keys.isdisjoint(value):
            raise faults.invalid("a value beside @graph: write the graph's node with an identifier")
        others = True
    return not others


def shaped(
    walk: Walk, members: dict[str, Any], table: Table, scoped: Table, slot: Slot, graph: str, level: int
) -> Found:
    """Walk over an object that is a value, a list or a set."""
    found: dict[str, Any] = {}
    for name, value in members.items():
        try:
            entry = table.entry(name, walk.budget)
            _collect(found, entry, value)
        except Fault as fault:
            raise fault.within(name) from None
    # [RDF-37] a value, list or set that belongs to no property would not be signed
    if slot.name is None:
        raise faults.dropped("a value stands for itself and is not signed")
    if "@value" in found:
        types = found.get("@type")
        check_depth(found["@value"], walk.max_depth - level)
        return walk.values.described(
            found, scoped.scoped_to(types, walk.budget) if type(types) is str else None
        )
    # [RDF-38] a list or set has no other members
    if len(found) != 1:
        raise faults.invalid("invalid set or list object")
    inner = table.slot(slot.name, walk.budget)
    # [RDF-77] engines disagree on whether a property's context, that of a type set aside, holds for its sets
    if inner.plain_table is not table and slot.plain_table is not slot.node_table:
        raise faults.invalid("a set or list of a property with a context, below a type with a context")
    return _several(walk, found, id(members), inner, graph, level + 1)


def _several(walk: Walk, found: dict[str, Any], place: int, slot: Slot, graph: str, level: int) -> Found:
    name, items = next(iter(found.items()))
    if type(items) is list:
        if name == "@list":
            return walk.list_of(items, slot, graph, level)
        return walk.terms(items, slot, graph, level)
    terms = walk.terms(items, slot, graph, level)
    # [RDF-64] engines disagree on a list or set that is null
    if not terms:
        raise faults.invalid("a list or set that is null")
    if name == "@set":
        return terms
    return walk.cells([((place, f"list {n}"), term) for n, term in enumerate(terms)], graph)


def _collect(found: dict[str, Any], entry: Entry, value: Any) -> None:  # noqa: ANN401  # JSON
    name = entry.keyword
    if name == "@context":
        return
    if name is None:
        raise faults.invalid("a value, list or set has no properties")
    # [RDF-40] nor is the index of a value signed
    if name == "@index":
        raise faults.dropped("@index values are not signed")
    # [RDF-41] one keyword under two names
    if name in found:
        raise faults.invalid("colliding keywords")
    found[name] = value


def _included(walk: Walk, value: Any, node: Node) -> None:  # noqa: ANN401  # JSON
    if type(value) is list:
        walk.array(value, node.level)
    for item in value if type(value) is list else [value]:
        before = len(walk.quads)
        if type(item) is dict:
            walk.contents(item, node.table, node.graph, node.level + 1)
        # [RDF-42] only nodes can be included, and only those of which something is said
        if len(walk.quads) == before:
            raise faults.invalid("invalid @included value")


def _reversed(walk: Walk, value: Any, node: Node) -> None:  # noqa: ANN401  # JSON
    if type(value) is not dict:
        raise faults.invalid("invalid @reverse value")
    names = [name for name in node.members if node.table.entry(name, walk.budget).keyword == "@reverse"]
    # [RDF-70] one reverse map, under one name
    if len(names) > 1:
        raise faults.invalid("colliding keywords")
    slot = node.table.slot(None, walk.budget)
    _, table = walk.scope(value, slot.node_table, node.level)
    for name, below in value.items():
        try:
            entry = table.entry(name, walk.budget)
            if entry.keyword == "@context":
                continue
            # [RDF-43] a reverse map holds properties only
            if entry.kind == KEYWORD:
                raise faults.invalid("invalid reverse property map")
            if entry.container - {"@set"} or entry.mode == "@json":
                raise faults.invalid("a container or JSON within a reverse map is not read")
            _turned(walk, entry, below, node)
        except Fault as fault:
            raise fault.within(name) from None


def _turned(walk: Walk, entry: Entry, below: Any, node: Node) -> None:  # noqa: ANN401  # JSON
    for one in walk.terms(below, entry, node.graph, node.level + 1):
        # [RDF-44] what a property comes from is a node
        if one.startswith('"') or one in walk.heads:
            raise faults.invalid("invalid reverse property value")
        ends = (node.subject, one) if entry.reverse else (one, node.subject)
        walk.quads.append((ends[0], entry.predicate, ends[1], node.graph))


def _nested(walk: Walk, entry: Entry, value: Any, node: Node) -> None:  # noqa: ANN401  # JSON
    for item in value if type(value) is list else [value]:
        table = entry.plain_table
        # [RDF-45] what is nested is an object, and neither value nor list nor set
        if type(item) is not dict or not table.shape_keys.isdisjoint(item):
            raise faults.invalid("invalid @nest value")
        walk.deep(node.level)
        for name in table.type_keys:
            # [RDF-65] engines disagree on whether the context of a nested type holds
            if name in item and table.scoped_to(item[name], walk.budget).table is not table:
                raise faults.invalid("a type within @nest has a context")
        # [RDF-46] the text would skip a context here, and this reader an identifier
        if "@context" in item or not set(table.id_keys).isdisjoint(item):
            raise faults.dropped("a context or identifier within @nest is not signed")
        walk.members(item, table, node.scoped, node.subject, node.graph, node.level)
