"""The walk: one pass over a JSON-LD document that emits quads, without an expanded form in between.

Source: JSON-LD 1.1 Processing Algorithms and API, 5.1.2 Expansion and 8 RDF Serialization, done as one. What
a member means is looked up in the table of the place (`credentials.rdf.json_ld.tables`).
Invariants:
- Every member of every object becomes a statement, or the document is refused; but one without a value (null,
  an empty array) says nothing.
- Unnamed nodes are `_:b0`, `_:b1` and so on, in the order of the walk, unless labels are given.
- Depth, values in lists and work on contexts are counted; the walk itself is linear.

Not here: maps and other containers (`credentials.rdf.json_ld.containers`), canonical labels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from credentials.rdf.json_ld import faults
from credentials.rdf.json_ld.containers import contained
from credentials.rdf.json_ld.faults import Fault
from credentials.rdf.json_ld.keywords import keyword, only_graph, shaped
from credentials.rdf.json_ld.literals import checked_number, checked_text
from credentials.rdf.json_ld.places import Node
from credentials.rdf.json_ld.rdf_terms import RDF
from credentials.rdf.json_ld.tables import CONTAINED, LOOKED_AT
from credentials.rdf.values import check_depth

if TYPE_CHECKING:
    from credentials.rdf.canonical import Limits
    from credentials.rdf.json_ld.budget import Budget
    from credentials.rdf.json_ld.literals import Values
    from credentials.rdf.json_ld.places import Labels, Place
    from credentials.rdf.json_ld.tables import Entry, Slot, Table
    from credentials.rdf.nquads import Quad

Found: TypeAlias = "str | list[str] | None"
"""What a value came to: a term, the terms of a set, or nothing."""

TYPE: Final = f"<{RDF}type>"
_FIRST: Final = f"<{RDF}first>"
_REST: Final = f"<{RDF}rest>"
_NIL: Final = f"<{RDF}nil>"


class Walk:
    """One document on its way to quads."""

    __slots__ = (
        "_clean",
        "_max_listed",
        "budget",
        "heads",
        "listed",
        "max_depth",
        "places",
        "quads",
        "values",
    )

    def __init__(
        self, limits: Limits, budget: Budget, values: Values, places: Labels, *, clean: bool
    ) -> None:
        self._max_listed = limits.max_listed
        self._clean = clean
        self.max_depth = limits.max_depth
        self.budget = budget
        self.values = values
        self.places = places
        self.quads: list[Quad] = []
        self.listed = 0
        self.heads: set[str] = set()
        """The terms for lists, which may not stand everywhere a node may."""

    def document(self, document: dict[str, Any], root: Table) -> None:
        """Walk over a whole document."""
        slot = root.slot(None, self.budget)
        scoped, table = self.scope(document, root, 1)
        if only_graph(self, document, table):
            for name, value in document.items():
                if table.entry(name, self.budget).keyword == "@graph":
                    try:
                        self.contents(value, table, "", 2)
                    except Fault as fault:
                        raise fault.within(name) from None
        elif table.shape_keys.isdisjoint(document):
            self._node(document, table, scoped, "", 1, None)
        else:
            shaped(self, document, table, scoped, slot, "", 1)

    def described(
        self,
        members: dict[str, Any],
        table: Table,
        slot: Slot,
        graph: str,
        level: int,
        name: str | None = None,
    ) -> Found:
        """Walk over an object that is a value; `name` is for a node that has no identifier of its own."""
        scoped, table = self.scope(members, table, level)
        if table.shape_keys.isdisjoint(members):
            return self._node(members, table, scoped, graph, level, name)
        return shaped(self, members, table, scoped, slot, graph, level)

    def term(self, value: Any, slot: Slot, graph: str, level: int) -> Found:  # noqa: ANN401  # JSON
        """Walk over one value under a name."""
        kind = type(value)
        if kind is dict:
            table = slot.node_table
            if table is not slot.plain_table and stays(value, slot.table):
                table = slot.plain_table
            return self.described(value, table, slot, graph, level)
        if kind is str:
            if slot.mode is None:
                return self.values.text(value, slot)
            if slot.mode == "@id":
                return self.places.identified(slot.plain_table.iri(value))
            if slot.mode == "@vocab":
                return self.places.identified(slot.plain_table.vocab_term(value))
            return self.values.json(value)
        if kind is list:
            # [RDF-67] nor on an array in a set that is a list
            if slot.listed:
                raise faults.invalid("an array within a set within a list")
            return self.terms(value, slot, graph, level)
        if value is None:
            return None
        number = checked_number(value)
        return (
            self.values.json(number)
            if slot.mode == "@json"
            else self.values.number(number, slot.datatype, slot.tail)
        )

    def terms(self, value: Any, slot: Slot, graph: str, level: int) -> list[str]:  # noqa: ANN401  # JSON
        """Walk over a value or an array of values, each of which counts for itself."""
        found: list[str] = []
        if type(value) is not list:
            gather(found, self.term(value, slot, graph, level))
            return found
        self.array(value, level)
        item = None
        try:
            for item in value:
                gather(found, self.term(item, slot, graph, level + 1))
        except Fault as fault:
            raise fault.within(position(value, item)) from None
        return found

    def array(self, values: list[Any], level: int) -> None:
        """Count an array."""
        self.listed += len(values)
        self.deep(level)
        # [RDF-28] values in lists are counted
        if self.listed > self._max_listed:
            raise Fault(
                "rdf.work-limit",
                f"more than {self._max_listed} values stand in lists",
                remedy="split the document",
            )

    def json(self, value: Any, level: int) -> str:  # noqa: ANN401  # JSON
        """Write a JSON literal that stands at a level."""
        check_depth(value, self.max_depth - level + 1)
        return self.values.json(value)

    def deep(self, level: int) -> None:
        """Check the depth of an object or array."""
        # [RDF-29] nesting is bounded
        if level > self.max_depth:
            raise Fault("rdf.depth", "the document is nested too deeply")

    def identifier(self, value: Any, table: Table) -> str:  # noqa: ANN401  # JSON
        """Return the term for the value of ``@id``."""
        # [RDF-30] an identifier is a text
        if type(value) is not str:
            raise faults.invalid("invalid @id value")
        return self.places.identified(table.iri(value))

    def contents(self, value: Any, table: Table, graph: str, level: int) -> None:  # noqa: ANN401  # JSON
        """Walk over the nodes of a graph, which stand there for themselves."""
        if type(value) is list:
            self.array(value, level)
            item = None
            try:
                for item in value:
                    self.contents(item, table, graph, level + 1)
            except Fault as fault:
                raise fault.within(position(value, item)) from None
        elif type(value) is dict:
            slot = table.slot(None, self.budget)
            kept = slot.node_table if not stays(value, table) else table
            before = len(self.quads)
            found = self.described(value, kept, slot, graph, level)
            # [RDF-31] an identifier of which nothing is said would not be signed
            if len(self.quads) == before and type(found) is str and found.startswith("<"):
                raise faults.dropped("nothing is said of an identifier, so it is not signed")
        # [RDF-32] a value that belongs to no property would not be signed
        elif value is not None:
            raise faults.dropped("a value stands for itself and is not signed")

    def linked(self, entry: Entry, subject: str, found: Found, graph: str) -> None:
        """State what was found of a subject; the other way round for a reverse property."""
        for one in [found] if isinstance(found, str) else found or ():
            if not entry.reverse:
                self.quads.append((subject, entry.predicate, one, graph))
            # [RDF-33] the subject of a statement is a node
            elif one.startswith('"') or one in self.heads:
                raise faults.invalid("invalid reverse property value")
            else:
                self.quads.append((one, entry.predicate, subject, graph))

    def list_of(self, items: list[Any], slot: Slot, graph: str, level: int) -> str:
        """Walk over the items of a list, among which arrays are lists again."""
        terms: list[tuple[Place, str]] = []
        self.array(items, level)
        place = id(items)
        number = 0
        try:
            for number, item in enumerate(items):
                if type(item) is list:
                    terms.append(((place, number), self.list_of(item, slot, graph, level + 1)))
                    continue
                found = self.term(item, slot, graph, level + 1)
                # [RDF-58] engines disagree on a set in a list
                if type(found) is list:
                    raise faults.invalid("a set within a list")
                if type(found) is str:
                    terms.append(((place, number), found))
        except Fault as fault:
            raise fault.within(number) from None
        return self.cells(terms, graph)

    def cells(self, terms: list[tuple[Place, str]], graph: str) -> str:
        """State a list of terms, each with the place of its cell."""
        following = _NIL
        for place, term in reversed(terms):
            cell = self.places.unnamed(place)
            self.quads.append((cell, _FIRST, term, graph))
            self.quads.append((cell, _REST, following, graph))
            following = cell
        self.heads.add(following)
        return following

    def scope(self, members: dict[str, Any], table: Table, level: int) -> tuple[Table, Table]:
        """Return the tables for the types and for the members of an object."""
        if level > self.max_depth:
            self.deep(level)
        if "@context" in members:
            table = self._extended(table, members["@context"], level)
        active = table
        for name in table.type_keys:
            if name in members:
                types = members[name]
                try:
                    if active is table:
                        active = table.scoped_to(types, self.budget).table
                    else:
                        table.scoped_to(types, self.budget)
                        more = types if type(types) is list else [types]
                        active = table.scoped_to_more(more, active, self.budget)
                except Fault as fault:
                    raise fault.within(name) from None
        return table, active

    def _extended(self, table: Table, local: Any, level: int) -> Table:  # noqa: ANN401  # JSON
        try:
            return table.extended(local, self.budget, self.max_depth - level)
        except Fault as fault:
            raise fault.within("@context") from None

    def _node(
        self, members: dict[str, Any], table: Table, scoped: Table, graph: str, level: int, name: str | None
    ) -> str:
        subject = None
        for key in table.id_keys:
            if key in members:
                # [RDF-39] one identifier, under one name
                if subject is not None:
                    raise faults.invalid("colliding keywords")
                try:
                    subject = self.identifier(members[key], table)
                except Fault as fault:
                    raise fault.within(key) from None
        if subject is None:
            subject = self.places.unnamed(id(members)) if name is None else name
        self.members(members, table, scoped, subject, graph, level)
        return subject

    def members(
        self, members: dict[str, Any], table: Table, scoped: Table, subject: str, graph: str, level: int
    ) -> None:
        """Walk over the members of a node; `scoped` is the table by which its types are read."""
        entries, add, clean = table.entries, self.quads.append, self._clean
        name = ""
        try:
            for name, value in members.items():
                entry = entries.get(name) or table.entry(name, self.budget)
                end = entry.plain
                if end is not None and type(value) is str:
                    text = value if clean else checked_text(value)
                    add((subject, entry.predicate, f'"{text}{end}', graph))
                elif entry.kind <= LOOKED_AT:
                    self._stated(entry, value, subject, graph, level + 1)
                elif entry.kind == CONTAINED:
                    contained(self, entry, value, Node(members, table, scoped, subject, graph, level + 1))
                elif entry.keyword == "@type":
                    for one in scoped.scoped_to(value, self.budget).checked(value):
                        add((subject, TYPE, one, graph))
                elif entry.keyword not in {"@id", "@context"}:
                    keyword(self, entry, value, Node(members, table, scoped, subject, graph, level + 1))
        except Fault as fault:
            raise fault.within(name) from None

    def _stated(self, entry: Entry, value: Any, subject: str, graph: str, level: int) -> None:  # noqa: ANN401
        if type(value) is list:
            for one in self.terms(value, entry, graph, level):
                self.quads.append((subject, entry.predicate, one, graph))
        elif value is not None:
            found = self.term(value, entry, graph, level)
            if type(found) is str:
                self.quads.append((subject, entry.predicate, found, graph))
            else:
                self.linked(entry, subject, found, graph)


def stays(value: dict[str, Any], table: Table) -> bool:
    """Tell whether an object is no new node, so that the contexts of types still hold for it."""
    if not table.value_keys.isdisjoint(value):
        # [RDF-71] engines disagree on whether they hold for a value with a context of its own
        if "@context" in value:
            raise faults.invalid("a value object with a context")
        return True
    return len(value) == 1 and next(iter(value)) in table.id_keys


def gather(found: list[str], more: Found) -> None:
    """Add what a value came to."""
    if type(more) is str:
        found.append(more)
    elif more is not None:
        found += more


def position(values: list[Any], item: object) -> int:
    """Return where in an array the walk was."""
    return next((number for number, one in enumerate(values) if one is item), 0)
