"""Safe JSON-LD to canonical N-Quads with PyLD; runs in the worker process only.

PyLD 3.3 drops silently what it does not know, has no bound on work and writes some control characters
wrongly. This module closes that, in this order:
1. Values are those that `credentials.rdf.values` lets by (checked by the caller, before the hop).
2. Expansion starts from a reserved `@vocab` and `@base`, so that a term, type or relative IRI which the
   contexts do not define comes out under a reserved scheme; `on_property_dropped` reports the same below a
   null context.
3. The expanded document is walked: reserved schemes, relative IRIs, blank-node predicates, directions,
   indexes and doubtful literals are refused, each naming the term.
4. Every IRI in the dataset has the characters that N-Quads allow, for the writer does not escape any.
5. Repeated statements are removed: a dataset is a set, and the labelling algorithm counts on it.
6. Statements and blank nodes are counted before labelling, permutations during it.

Not here: the deadline, which only the parent process can keep.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pyld import jsonld
from pyld.canon import URDNA2015
from pyld.context_resolver import ContextResolver
from pyld.identifier_issuer import IdentifierIssuer
from pyld.nquads import serialize_nquad

from credentials import pointers
from credentials.errors import CredentialError
from credentials.rdf.canonical import Canonical, Limits, Partition
from schemas import SchemasError, contexts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from did.types import JsonObject

UNDEFINED: Final = "avow-undefined:"
RELATIVE: Final = "avow-relative:"
SKOLEM: Final = "urn:bnid:"
_BASE: Final = RELATIVE + "//document/"
_XSD_DOUBLE: Final = "http://www.w3.org/2001/XMLSchema#double"
_DOUBLE: Final = re.compile(r"-?[0-9]\.[0-9]{1,15}E(0|-?[1-9][0-9]*)")
_IRI: Final = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|^`\\\x7f]*')
_LANGUAGE: Final = re.compile("[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_KEYWORD_LIKE: Final = "@…"
_SAFE: Final = "VC Data Integrity 1.0, 4.2, data loss"

_Quad = dict[str, dict[str, str]]


class Engine:
    """A PyLD processor with its caches of contexts; not shared between threads."""

    def __init__(
        self, limits: Limits, extra_contexts: Mapping[str, JsonObject], *, unsafe_doubles: bool
    ) -> None:
        self._limits = limits
        self._extra = dict(extra_contexts)
        self._unsafe_doubles = unsafe_doubles
        self._resolved: Any = jsonld.LRUCache(maxsize=200)

    def canonicalize(self, document: JsonObject) -> Canonical:
        """As `Canonicalizer.canonicalize`."""
        return self._label(self._quads(self._expand(_Expander(), document)))

    def partition(self, document: JsonObject, selections: Mapping[str, Sequence[str]]) -> Partition:
        """As `Canonicalizer.partition`."""
        expander = _Skolemizer()
        expanded = self._expand(expander, document)
        expander.check_names(expanded)
        whole = self._label(_deskolemized(self._quads(expanded)))
        labelled = expander.document
        assert labelled is not None
        selected: dict[str, Canonical] = {}
        for name, chosen in selections.items():
            part = pointers.select(labelled, chosen)
            if part:
                quads = self._quads(self._expand(_Expander(), part))
                selected[name] = self._label(_deskolemized(quads))
            else:
                selected[name] = Canonical((), {})
        return Partition(whole, selected)

    def _expand(self, expander: _Expander, document: JsonObject) -> list[dict[str, Any]]:
        options = {
            "base": _BASE,
            "expandContext": {"@vocab": UNDEFINED},
            "documentLoader": self._load,
            "contextResolver": ContextResolver(self._resolved, self._load),
            "processingMode": "json-ld-1.1",
        }
        try:
            expanded: list[dict[str, Any]] = expander.expand(document, options)
        except jsonld.JsonLdError as error:
            raise _translated(error) from error
        check_expanded(expanded, unsafe_doubles=self._unsafe_doubles)
        return expanded

    def _load(self, url: str, _options: object) -> dict[str, Any]:
        document = self._extra.get(url)
        if document is None:
            document = contexts.load(url)
        # The tag makes the resolver keep the context between documents.
        return {"contextUrl": None, "documentUrl": url, "document": document, "tag": "static"}

    def _quads(self, expanded: list[dict[str, Any]]) -> list[_Quad]:
        issuer = IdentifierIssuer("_:b")
        options = {
            "base": "",
            "identifierIssuer": issuer,
            "contextResolver": None,
            "documentLoader": self._load,
        }
        try:
            dataset = jsonld.JsonLdProcessor().to_rdf(expanded, options)
        except jsonld.JsonLdError as error:
            raise _translated(error) from error
        unique: dict[str, _Quad] = {}
        for graph, triples in dataset.items():
            for triple in triples:
                quad = {key: dict(term) for key, term in triple.items()}
                if graph != "@default":
                    kind = "blank node" if graph.startswith("_:") else "IRI"
                    quad["name"] = {"type": kind, "value": graph}
                _check_quad(quad)
                unique[serialize_nquad(quad)] = quad
        if not unique:
            raise CredentialError("rdf.empty", "the document makes no statement at all", clause=_SAFE)
        return list(unique.values())

    def _label(self, quads: list[_Quad]) -> Canonical:
        blanks = {
            term["value"] for quad in quads for key, term in quad.items() if term["type"] == "blank node"
        }
        if len(quads) > self._limits.max_quads or len(blanks) > self._limits.max_blank_nodes:
            raise CredentialError(
                "rdf.work-limit",
                f"{len(quads)} statements and {len(blanks)} unnamed nodes, of which at most "
                f"{self._limits.max_quads} and {self._limits.max_blank_nodes} are canonicalized",
            )
        return _Labelling(self._limits.max_permutations).run(quads)


class _Expander(jsonld.JsonLdProcessor):  # type: ignore[misc]  # PyLD has no types
    """Expansion that refuses what it would drop."""

    def __init__(self) -> None:
        super().__init__(on_property_dropped=_refuse_dropped)


class _Skolemizer(_Expander):
    """Expansion that names every node without an identifier, in the document and in the result.

    Expansion knows which JSON objects are nodes; doing it here keeps the shape of the document, which the
    round trip through compaction that the specification describes does not (arrays of one element, repeated
    terms).
    """

    def __init__(self) -> None:
        super().__init__()
        self.document: JsonObject | None = None
        self._count = 0

    def _expand(self, active_ctx: Any, active_property: Any, element: Any, options: Any, **kw: Any) -> Any:  # noqa: ANN401
        if self.document is None:
            self.document = element
        result = super()._expand(active_ctx, active_property, element, options, **kw)
        is_node = (
            isinstance(element, dict)
            and isinstance(result, dict)
            and active_property != "@reverse"
            and not ({"@value", "@list", "@set"} & result.keys())
        )
        if is_node:
            identifier = result.get("@id")
            if identifier is None:
                element["@id"] = result["@id"] = f"{SKOLEM}s{self._count}"
                self._count += 1
            elif identifier.startswith(("_:", SKOLEM)):
                raise _reserved_name()
        return result

    def check_names(self, expanded: object) -> None:
        """Refuse a name of ours that came from the document: a text that a context makes an identifier."""
        found = [name for name in _names(expanded) if name.startswith(("_:", SKOLEM))]
        if len(found) != len(set(found)) or not set(found) <= {f"{SKOLEM}s{n}" for n in range(self._count)}:
            raise _reserved_name()


def _names(expanded: object) -> Iterator[str]:
    """Every identifier and type of an expanded document."""
    if isinstance(expanded, list):
        for item in expanded:
            yield from _names(item)
    elif isinstance(expanded, dict) and "@value" not in expanded:
        for key, value in expanded.items():
            if key == "@id":
                yield value
            elif key == "@type":
                yield from value
            else:
                yield from _names(value)


def _reserved_name() -> CredentialError:
    return CredentialError(
        "rdf.blank-node",
        "the document gives a node an identifier that is reserved for unnamed nodes",
        remedy="leave the identifier out",
    )


@dataclass
class _Budget:
    left: int

    def spend(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            raise CredentialError(
                "rdf.work-limit",
                "too many unnamed nodes look alike; labelling them would take too long",
                remedy="give them identifiers, or claims in which they differ",
            )


class _Labelling(URDNA2015):  # type: ignore[misc]  # PyLD has no types
    """RDFC-1.0 labelling in which every permutation that may be tried is paid for beforehand."""

    def __init__(self, max_permutations: int) -> None:
        super().__init__()
        self._budget = _Budget(max_permutations)

    def run(self, quads: list[_Quad]) -> Canonical:
        text = self.main({"@default": quads}, {"format": "application/n-quads"})
        lines = tuple(line + "\n" for line in text.split("\n")[:-1])
        issued = self.canonical_issuer.existing
        return Canonical(
            lines, {old.removeprefix("_:"): new.removeprefix("_:") for old, new in issued.items()}
        )

    def hash_n_degree_quads(self, id_: str, issuer: object) -> object:
        self._budget.spend(1)
        return super().hash_n_degree_quads(id_, issuer)

    def create_hash_to_related(self, id_: str, issuer: object) -> dict[str, list[str]]:
        related: dict[str, list[str]] = super().create_hash_to_related(id_, issuer)
        for alike in related.values():
            self._budget.spend(math.factorial(min(len(alike), 12)))
        return related


def _deskolemized(quads: list[_Quad]) -> list[_Quad]:
    for quad in quads:
        for key, term in quad.items():
            if key != "predicate" and term["type"] == "IRI" and term["value"].startswith(SKOLEM):
                term["type"] = "blank node"
                term["value"] = "_:" + term["value"].removeprefix(SKOLEM)
    return quads


def check_expanded(expanded: object, *, unsafe_doubles: bool, place: str = "an identifier") -> None:
    """Refuse what PyLD would leave out of the dataset, or write differently from other engines."""
    if isinstance(expanded, list):
        for item in expanded:
            check_expanded(item, unsafe_doubles=unsafe_doubles, place=place)
    elif isinstance(expanded, dict):
        if "@index" in expanded:
            raise CredentialError("rdf.dropped", "@index values are not signed", clause=_SAFE)
        if "@value" in expanded:
            _check_literal(expanded, unsafe_doubles)
        else:
            _check_node(expanded, unsafe_doubles, place)


def _check_node(node: dict[str, Any], unsafe_doubles: bool, place: str) -> None:
    if "@id" in node:
        _check_iri(node["@id"], place, blank=True)
    for type_ in node.get("@type", ()):
        _check_term(type_, "a type")
    for name, values in node.items():
        if name in {"@id", "@type"}:
            continue
        if name == "@reverse":
            for reverse, items in values.items():
                _check_term(reverse, "a property")
                check_expanded(items, unsafe_doubles=unsafe_doubles, place=f"a value of {reverse}")
            continue
        if not name.startswith("@"):
            _check_term(name, "a property")
        check_expanded(values, unsafe_doubles=unsafe_doubles, place=f"a value of {name}")


def _check_literal(literal: dict[str, Any], unsafe_doubles: bool) -> None:
    if "@direction" in literal:
        raise CredentialError("rdf.dropped", "a text's base direction is not signed", clause=_SAFE)
    language = literal.get("@language")
    if language is not None and not _LANGUAGE.fullmatch(language):
        raise CredentialError("rdf.language", "a language tag is not well-formed", clause="BCP 47, 2.1")
    datatype = literal.get("@type")
    if datatype is None or datatype == "@json":
        return
    _check_term(datatype, "a datatype")
    value = literal["@value"]
    if (
        datatype == _XSD_DOUBLE
        and isinstance(value, str)
        and not unsafe_doubles
        and not _DOUBLE.fullmatch(value)
    ):
        raise CredentialError("rdf.number", "an xsd:double is not in its canonical form, as in 5.5E0")


def _check_term(iri: str | None, what: str) -> None:
    """Check the name of a property, type or datatype; one that came out relative was not defined."""
    if iri is None:
        raise _undefined(what, _KEYWORD_LIKE)
    if iri.startswith(_BASE):
        raise _undefined(what, iri.removeprefix(_BASE))
    if iri.startswith("_:"):
        raise CredentialError("rdf.dropped", f"{what} is a blank node, which is not signed", clause=_SAFE)
    _check_iri(iri, what, blank=False)


def _check_iri(iri: str | None, what: str, *, blank: bool) -> None:
    if iri is None:
        raise _undefined(what, _KEYWORD_LIKE)
    if iri.startswith(UNDEFINED):
        raise _undefined(what, iri.removeprefix(UNDEFINED))
    if blank and iri.startswith("_:"):
        return
    if iri.startswith(RELATIVE) or not _IRI.fullmatch(iri):
        raise CredentialError(
            "rdf.relative-iri",
            f"{what} is not an absolute IRI",
            remedy="write identifiers and types in full, or define the term in a context",
            clause=_SAFE,
        )


def _check_quad(quad: _Quad) -> None:
    for key, term in quad.items():
        if term["type"] == "IRI":
            _check_iri(term["value"], f"the {key} of a statement", blank=False)
        elif term["type"] == "literal":
            _check_iri(term["datatype"], "a datatype", blank=False)


def _undefined(what: str, term: str) -> CredentialError:
    return CredentialError(
        "rdf.undefined-term",
        f"{what} is {term[:100]!r}, which no context of the document defines",
        remedy="add the context that defines it, or remove it: what is not defined would not be signed",
        clause=_SAFE,
    )


def _refuse_dropped(term: str | None) -> None:
    raise _undefined("a property", term or _KEYWORD_LIKE)


def _translated(error: BaseException) -> CredentialError:
    cause: BaseException | None = error
    code = None
    while cause is not None:
        if isinstance(cause, SchemasError):
            return CredentialError(
                "rdf.context-unknown", cause.detail, remedy=cause.remedy, clause=cause.clause
            )
        code = getattr(cause, "code", None) or code
        cause = cause.__cause__
    return CredentialError(
        "rdf.json-ld", f"not valid JSON-LD: {code or 'syntax error'}", clause="JSON-LD 1.1 API"
    )
