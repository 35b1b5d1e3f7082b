"""Active contexts compiled for the walk: what each member of an object means there, looked up by its name.

A table belongs to one active context and lives as long as it. What is asked of it once is kept: the meaning
of a member, the table that a type, a property or an inner context leads to. So a document whose contexts have
been seen needs no context processing.

Invariants:
- An entry exists only for a member that safe mode lets by: its property is an absolute IRI.
- What is kept is bounded: in each table by `_KEPT`, in all by `Store.held`, beyond which the reader starts
  anew. A refusal is never kept.
- Tables are shared between threads. They only grow, by single assignments of equal values.

Not here: context processing (`credentials.rdf.json_ld.contexts`), the walk (`credentials.rdf.json_ld.walk`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from credentials.rdf.json_ld import faults
from credentials.rdf.json_ld.active import ABSENT, Active, Term
from credentials.rdf.json_ld.contexts import apply_scoped, process
from credentials.rdf.json_ld.iris import KEYWORDS, is_absolute
from credentials.rdf.json_ld.rdf_terms import XSD, property_term, tail
from credentials.rdf.values import check_depth

if TYPE_CHECKING:
    from credentials.rdf.json_ld.budget import Budget

_KEPT: Final = 256

# What a member is: a property, in the order of what it costs, or a keyword.
TEXT: Final = 0
"""A property whose texts are literals with a fixed tail; a single value or a set of them."""
LOOKED_AT: Final = 1
"""A property whose values need a look each: identifiers, terms, doubles."""
CONTAINED: Final = 2
"""A property with a container, JSON values, or a direction from object to subject."""
KEYWORD: Final = 3

_NO_CONTAINER: Final = frozenset({"@set"})


class Slot:
    """How values stand under a name: what a text becomes, and which tables hold for objects."""

    __slots__ = (
        "datatype", "directed", "listed", "mode", "name", "node_table", "plain_table", "table", "tail",
    )  # fmt: skip

    def __init__(self, table: Table, name: str | None, budget: Budget) -> None:
        self.table = table
        self.name = name
        outer = None if name is None else table.active.terms.get(name)
        previous = table.previous
        if outer is None or outer.context is ABSENT:
            self.plain_table = table
            self.node_table = table if previous is None else previous
        else:
            self.plain_table = table.store.table(apply_scoped(table.active, outer, budget, of_type=False))
            self.node_table = (
                self.plain_table
                if previous is None
                else table.store.table(apply_scoped(previous.active, outer, budget, of_type=False))
            )
        self.listed = outer is not None and "@list" in outer.container
        active = self.plain_table.active
        inner = None if name is None else active.terms.get(name)
        # [RDF-63] engines disagree on what then holds
        if outer is not inner and _unclear(outer, inner, reverted=self.plain_table.previous is not None):
            raise faults.invalid("a scoped context makes its own term another one")
        self._coerce(active, inner)

    def _coerce(self, active: Active, term: Term | None) -> None:
        coerced = None if term is None else term.type
        self.mode = coerced if coerced in {"@id", "@vocab", "@json"} else None
        self.datatype = coerced if coerced is not None and not coerced.startswith("@") else None
        language = active.language if term is None or term.language is ABSENT else term.language
        direction = active.direction if term is None or term.direction is ABSENT else term.direction
        self.directed = direction is not None and coerced in {None, "@none"}
        self.tail = tail(self.datatype, language if coerced in {None, "@none"} else None)


class Entry(Slot):
    """What a member means: a keyword, or a property with its predicate, its container and its slot."""

    __slots__ = ("container", "index", "keyword", "kind", "plain", "predicate", "reverse")

    def __init__(self, table: Table, name: str, budget: Budget) -> None:
        expanded = table.active.expand(name, vocab=True)
        term = table.active.terms.get(name)
        self.keyword = expanded if expanded in KEYWORDS else None
        self.container: frozenset[str] = frozenset()
        self.reverse, self.index, self.predicate = False, None, ""
        self.kind = KEYWORD
        self.plain: str | None = None
        if self.keyword is None:
            self.predicate = property_term(expanded, name)
        super().__init__(table, name, budget)
        if self.keyword is not None:
            return
        if term is not None:
            self.container, self.reverse, self.index = term.container, term.reverse, term.index
        as_json = term is not None and term.type == "@json"
        if self.reverse or as_json or not self.container <= _NO_CONTAINER:
            self.kind = CONTAINED
            if as_json:
                self.mode = "@json"
        elif self.mode or self.directed or self.datatype == XSD + "double":
            self.kind = LOOKED_AT
        else:
            self.kind, self.plain = TEXT, self.tail


class Table:
    """An active context, with what the walk has asked of it."""

    __slots__ = (
        "_children", "_slots", "active", "entries", "graph_keys", "id_keys", "previous", "shape_keys",
        "store", "type_keys", "typed", "value_keys", "vocab_terms",
    )  # fmt: skip

    def __init__(self, store: Store, active: Active) -> None:
        self.store = store
        self.active = active
        self.previous = None if active.previous is None else store.table(active.previous)
        self.entries: dict[str, Entry] = {}
        self.typed: dict[str | tuple[str, ...], Typed] = {}
        self.vocab_terms: dict[str, str] = {}
        self._children: dict[Any, Table] = {}
        self._slots: dict[str | None, Slot] = {}
        aliases: dict[str, list[str]] = {}
        for name, term in active.terms.items():
            if term.iri is not None and term.iri in KEYWORDS and name not in KEYWORDS:
                aliases.setdefault(term.iri, []).append(name)
        self.type_keys = tuple(sorted([*aliases.get("@type", ()), "@type"]))
        self.id_keys = ("@id", *aliases.get("@id", ()))
        self.value_keys = frozenset(["@value", *aliases.get("@value", ())])
        self.graph_keys = frozenset(["@graph", *aliases.get("@graph", ())])
        self.shape_keys = self.value_keys.union(
            ["@list", "@set"], aliases.get("@list", ()), aliases.get("@set", ())
        )

    def entry(self, name: str, budget: Budget) -> Entry:
        """Return what a member means here. Raises ``rdf.undefined-term``, ``rdf.dropped``."""
        found = self.entries.get(name)
        if found is None:
            found = Entry(self, name, budget)
            self._keep(self.entries, name, found)
        return found

    def slot(self, name: str | None, budget: Budget) -> Slot:
        """Return how values stand under a name that need not be defined here."""
        found = self._slots.get(name)
        if found is None:
            found = Slot(self, name, budget)
            self._keep(self._slots, name, found)
        return found

    def extended(self, local: Any, budget: Budget, depth: int) -> Table:  # noqa: ANN401  # JSON
        """Return the table for what an inner ``@context`` of at most `depth` levels makes of this one."""
        key: Any = tuple(local) if type(local) is list else local
        try:
            found = self._children.get(key)
        except TypeError:  # a context that stands in the document
            check_depth(local, depth)
            key = orjson.dumps(local)
            found = self._children.get(key)
        if found is None:
            found = self.store.table(process(self.active, local, budget))
            self._keep(self._children, key, found)
        return found

    def scoped_to(self, types: Any, budget: Budget) -> Typed:  # noqa: ANN401  # JSON
        """Return what types make of this table. Raises ``rdf.json-ld`` where they are no texts."""
        key: Any = tuple(types) if type(types) is list else types
        try:
            found = self.typed.get(key)
        except TypeError:
            found = None
        if found is None:
            listed = key if type(types) is list else (types,)
            # [RDF-14] a type is named by a text
            if not all(type(one) is str for one in listed):
                raise faults.invalid("invalid type value")
            found = Typed(self, self, listed, budget)
            self._keep(self.typed, key, found)
        return found

    def scoped_to_more(self, types: list[str], onto: Table, budget: Budget) -> Table:
        """Apply the contexts of further types, as this table knows them, to a table made from it."""
        return Typed(self, onto, tuple(types), budget).table

    def type_context(self, name: str, budget: Budget) -> Table:
        """Return the table for a single type that is the key of a type map."""
        term = self.active.terms.get(name)
        return self if term is None or term.context is ABSENT else self.scoped_to(name, budget).table

    def iri(self, text: str) -> str:
        """Expand an identifier to ``<iri>``, or to the name of a blank node. Raises ``rdf.relative-iri``."""
        prefix, colon, _ = text.partition(":")
        if colon and prefix not in self.active.terms and is_absolute(text):
            return f"<{text}>"
        expanded = self.active.expand(text, vocab=False, relative=True)
        if expanded is not None and expanded.startswith("_:"):
            return expanded
        # [RDF-15] an identifier is absolute: there is no base to resolve it by
        if expanded is None or not is_absolute(expanded):
            raise faults.relative("an identifier")
        return f"<{expanded}>"

    def vocab_term(self, text: str) -> str:
        """Expand a text that is a term or an identifier."""
        found = self.vocab_terms.get(text)
        if found is None:
            expanded = self.active.expand(text, vocab=True, relative=True)
            if expanded is None or expanded in KEYWORDS or (":" not in expanded and self.active.base is None):
                raise faults.undefined("a value")
            if expanded.startswith("_:"):
                return expanded
            if not is_absolute(expanded):
                raise faults.relative("a value")
            found = f"<{expanded}>"
            self._keep(self.vocab_terms, text, found)
        return found

    def _keep(self, kept: dict[Any, Any], key: object, value: object) -> None:
        if len(kept) >= _KEPT + len(self.active.terms):
            kept.clear()
        kept[key] = value
        self.store.held += 1


def _unclear(outer: Term | None, inner: Term | None, *, reverted: bool) -> bool:
    """Tell whether a property's own context makes its term another one, other than by name or datatype."""
    if outer is None or outer.context is ABSENT:
        return False
    made = inner or Term(None)
    if _structure(outer) != _structure(made):
        return True
    return reverted if made.context is ABSENT else made.context != outer.context


def _structure(term: Term) -> tuple[object, ...]:
    return "@list" in term.container, term.reverse, term.index


class Typed:
    """What the types of an object lead to: a table, and the types as terms."""

    __slots__ = ("iris", "table", "terms")

    def __init__(self, known: Table, onto: Table, types: tuple[str, ...], budget: Budget) -> None:
        active = onto.active
        for name in sorted(set(types)):
            term = known.active.terms.get(name)
            if term is not None and term.context is not ABSENT:
                active = apply_scoped(active, term, budget, of_type=True)
        self.table = known.store.table(active)
        self.iris = [known.active.expand(name, vocab=True, relative=True) for name in types]
        self.terms: list[str] | None = None
        if all(iri is not None and is_absolute(iri) for iri in self.iris):
            self.terms = [f"<{iri}>" for iri in self.iris]

    def checked(self, types: Any) -> list[str]:  # noqa: ANN401  # JSON
        """Return the types of a node object. Raises ``rdf.undefined-term``, ``rdf.dropped``."""
        if self.terms is None:
            listed = types if type(types) is list else [types]
            for iri, name in zip(self.iris, listed, strict=True):
                property_term(iri, name, "a type")
        assert self.terms is not None
        return self.terms


class Store:
    """All tables that were made from one empty context."""

    __slots__ = ("held", "root")

    def __init__(self) -> None:
        self.held = 0
        self.root = self.table(Active())

    def table(self, active: Active) -> Table:
        """Return the table of an active context."""
        found: Table | None = active.table
        if found is None:
            found = active.table = Table(self, active)
            self.held += len(active.terms)
        return found
