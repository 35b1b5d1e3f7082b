"""Term definitions: what a context says of a term, checked and made once.

Source: JSON-LD 1.1 Processing Algorithms and API, 4.2 Create Term Definition.
Invariants:
- A definition that breaks a rule of the text is refused whether or not the document uses its term.
- A protected definition is only ever replaced by an equal one, unless a property-scoped context does it.

Not here: the processing of whole contexts (`credentials.rdf.json_ld.contexts`), JSON-LD 1.0.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from credentials.rdf.json_ld.active import Active, Term
from credentials.rdf.json_ld.faults import Fault, invalid
from credentials.rdf.json_ld.iris import KEYWORDS, has_scheme, looks_like_keyword, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MEMBERS: Final = frozenset(
    {"@id", "@reverse", "@container", "@context", "@direction", "@index", "@language", "@nest", "@prefix",
     "@protected", "@type"}
)  # fmt: skip
_SINGLE: Final = frozenset({"@graph", "@id", "@index", "@language", "@list", "@set", "@type"})
_WITH_SET: Final = _SINGLE - {"@list", "@set"}
_CONTAINERS: Final = frozenset(
    [frozenset({one}) for one in _SINGLE]
    + [frozenset({one, "@set"}) for one in _WITH_SET]
    + [frozenset({"@graph", one}) for one in ("@id", "@index")]
    + [frozenset({"@graph", one, "@set"}) for one in ("@id", "@index")]
)
_GENERIC_DELIMITERS: Final = tuple(":/?#[]@")


class Definer:
    """The term definitions of one local context, each created once, with those it depends on first."""

    def __init__(
        self,
        active: Active,
        local: Mapping[str, Any],
        *,
        source: str | None,
        override: bool,
        check_scoped: Callable[[object], object],
    ) -> None:
        self._active = active
        self._local = local
        self._source = source
        self._override = override
        self._check_scoped = check_scoped
        self._protected = local.get("@protected", False)
        self._done: dict[str, bool] = {}

    def define(self, term: str) -> None:
        """Create Term Definition; nothing where it exists or the context does not have the term."""
        if term not in self._local or term in _DIRECTIVES:
            return
        done = self._done.get(term)
        if done:
            return
        # [RDF-03] terms that are defined by each other
        if done is False:
            raise invalid("cyclic IRI mapping").within(term)
        self._done[term] = False
        try:
            self._create(term, self._local[term])
        except Fault as fault:
            raise fault.within(term) from None
        self._done[term] = True

    def _create(self, term: str, value: object) -> None:
        if term == "":
            raise invalid("invalid term definition")
        # [RDF-04] a keyword keeps its meaning
        if term in KEYWORDS and not (term == "@type" and _may_define_type(value)):
            raise invalid("keyword redefinition")
        if term not in KEYWORDS and looks_like_keyword(term):
            return
        previous = self._active.terms.pop(term, None)
        simple = type(value) is str
        if value is None or simple:
            value = {"@id": value}
        if type(value) is not dict:
            raise invalid("invalid term definition")
        if not value.keys() <= _MEMBERS:
            raise invalid("invalid term definition")
        found = self._reverse(value) if "@reverse" in value else self._forward(term, value, simple=simple)
        if found is None:
            return
        if previous is not None and previous.protected and not self._override:
            # [RDF-05] a protected term is not redefined
            if found != previous:
                raise invalid("protected term redefinition")
            found = previous
        self._active.terms[term] = found

    def _expand(self, text: str) -> str | None:
        return self._active.expand(text, vocab=True, define=self.define)

    def _is_protected(self, value: Mapping[str, Any]) -> bool:
        protected = value.get("@protected", self._protected)
        if type(protected) is not bool:
            raise invalid("invalid @protected value")
        return protected

    def _reverse(self, value: Mapping[str, Any]) -> Term | None:
        name = value["@reverse"]
        if "@id" in value or "@nest" in value:
            raise invalid("invalid reverse property")
        if type(name) is not str:
            raise invalid("invalid IRI mapping")
        if looks_like_keyword(name):
            return None
        iri = self._expand(name)
        if iri is None or not _is_iri(iri):
            raise invalid("invalid IRI mapping")
        container = value.get("@container")
        if container not in (None, "@set", "@index"):
            raise invalid("invalid reverse property")
        made = Term(iri, protected=self._is_protected(value), reverse=True, type=self._type(value))
        kept = frozenset() if container is None else frozenset({container})
        return self._rest(replace(made, container=kept), value)

    def _forward(self, term: str, value: Mapping[str, Any], *, simple: bool) -> Term | None:
        protected, coerced = self._is_protected(value), self._type(value)
        prefix = False
        if "@id" in value and value["@id"] != term:
            name = value["@id"]
            if name is None:
                iri: str | None = None
            else:
                if type(name) is not str:
                    raise invalid("invalid IRI mapping")
                if name not in KEYWORDS and looks_like_keyword(name):
                    return None
                iri = self._named(term, name)
                plain = ":" not in term and "/" not in term
                prefix = simple and plain and (iri.endswith(_GENERIC_DELIMITERS) or iri.startswith("_:"))
        else:
            iri = self._implied(term)
        made = Term(iri, prefix=prefix, protected=protected, type=coerced)
        return self._rest(self._contained(made, value), value, term)

    def _named(self, term: str, name: str) -> str:
        iri = self._expand(name)
        if iri is None or not (iri in KEYWORDS or _is_iri(iri)):
            raise invalid("invalid IRI mapping")
        if iri == "@context":
            raise invalid("invalid keyword alias")
        if ":" in term[1:-1] or "/" in term:
            self._done[term] = True
            # [RDF-06] a term that reads as an IRI means that IRI
            if self._active.expand(term, vocab=True, define=self.define) != iri:
                raise invalid("invalid IRI mapping")
        return iri

    def _implied(self, term: str) -> str:
        prefix, colon, rest = term.partition(":")
        if colon and prefix:
            self.define(prefix)
            known = self._active.terms.get(prefix)
            if known is not None and known.iri is not None and not rest.startswith("//"):
                return known.iri + rest
            if not _is_iri(term):
                raise invalid("invalid IRI mapping")
            return term
        if term == "@type":
            return term
        if "/" in term:
            iri = self._active.expand(term, vocab=True, relative=True)
            if iri is None or not _is_iri(iri):
                raise invalid("invalid IRI mapping")
            return iri
        if self._active.vocab is None:
            raise invalid("invalid IRI mapping")
        return self._active.vocab + term

    def _type(self, value: Mapping[str, Any]) -> str | None:
        if "@type" not in value:
            return None
        name = value["@type"]
        if type(name) is not str:
            raise invalid("invalid type mapping")
        iri = self._expand(name)
        if iri in {"@id", "@vocab", "@json", "@none"}:
            return iri
        # [RDF-07] values are coerced to a datatype that has an IRI
        if iri is None or iri in KEYWORDS or iri.startswith("_:") or not has_scheme(iri):
            raise invalid("invalid type mapping")
        return iri

    def _contained(self, made: Term, value: Mapping[str, Any]) -> Term:
        if "@container" not in value:
            return made
        listed = value["@container"]
        names = listed if type(listed) is list else [listed]
        if not all(type(name) is str for name in names):
            raise invalid("invalid container mapping")
        container = frozenset(names)
        # [RDF-08] containers go together only as the text says
        if len(container) != len(names) or container not in _CONTAINERS:
            raise invalid("invalid container mapping")
        coerced = made.type
        if "@type" in container and made.iri != "@type":
            coerced = coerced or "@id"
            if coerced not in {"@id", "@vocab"}:
                raise invalid("invalid type mapping")
        return replace(made, container=container, type=coerced)

    def _rest(self, made: Term, value: Mapping[str, Any], term: str = "") -> Term:
        found: dict[str, Any] = {}
        if "@index" in value:
            found["index"] = self._index(made, value["@index"])
        if "@context" in value:
            self._check_scoped(value["@context"])
            found["context"], found["source"] = self._located(value["@context"]), self._source
        if "@type" not in value:
            if "@language" in value:
                found["language"] = _language(value["@language"])
            if "@direction" in value:
                found["direction"] = _direction(value["@direction"])
        if "@nest" in value:
            nest = value["@nest"]
            if type(nest) is not str or (nest in KEYWORDS and nest != "@nest"):
                raise invalid("invalid @nest value")
            found["nest"] = nest
        if "@prefix" in value:
            found["prefix"] = _prefix(made, value["@prefix"], term)
        return replace(made, **found) if found else made

    def _index(self, made: Term, index: object) -> str:
        if type(index) is not str or "@index" not in made.container:
            raise invalid("invalid term definition")
        iri = self._expand(index)
        if iri is None or not _is_iri(iri):
            raise invalid("invalid term definition")
        return index

    def _located(self, context: Any) -> Any:  # noqa: ANN401  # JSON
        """Write the URLs of a scoped context in full, so that definitions from two places can be equal."""
        if type(context) is str:
            return resolve(self._source, context)
        if type(context) is list:
            return [resolve(self._source, one) if type(one) is str else one for one in context]
        return context


_DIRECTIVES: Final = frozenset(
    {"@base", "@direction", "@import", "@language", "@propagate", "@protected", "@version", "@vocab"}
)


def _is_iri(text: str) -> bool:
    return text.startswith("_:") or has_scheme(text)


def _may_define_type(value: object) -> bool:
    return (
        type(value) is dict
        and len(value) > 0
        and value.keys() <= {"@container", "@protected"}
        and value.get("@container", "@set") in ("@set", ["@set"])
    )


def _language(value: object) -> str | None:
    if value is not None and type(value) is not str:
        raise invalid("invalid language mapping")
    return value.lower() if value is not None else None


def _direction(value: object) -> str | None:
    if value not in (None, "ltr", "rtl"):
        raise invalid("invalid base direction")
    return value if type(value) is str else None


def _prefix(made: Term, value: object, term: str) -> bool:
    if ":" in term or "/" in term:
        raise invalid("invalid term definition")
    if type(value) is not bool:
        raise invalid("invalid @prefix value")
    if value and made.iri is not None and made.iri in KEYWORDS:
        raise invalid("invalid term definition")
    return value
