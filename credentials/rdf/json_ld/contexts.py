"""Context processing: a local context applied to an active one.

Source: JSON-LD 1.1 Processing Algorithms and API, 4.1 Context Processing.
Invariants:
- The active context that goes in is not changed.
- The document has no base of its own: only an `@base` that it writes itself resolves relative IRIs.
- Contexts are read through the budget of the document, which ends cycles and cascades.
- Scoped contexts are checked when their term is defined, as the text wants, and applied when they are used.

Not here: JSON-LD 1.0; what a term means to the walk over a document (`credentials.rdf.json_ld.tables`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from credentials.rdf.json_ld.active import Active, Term
from credentials.rdf.json_ld.faults import Fault, invalid
from credentials.rdf.json_ld.iris import has_scheme, resolve
from credentials.rdf.json_ld.terms import Definer

if TYPE_CHECKING:
    from credentials.rdf.json_ld.budget import Budget

_DIRECTIVES: Final = frozenset(
    {"@base", "@direction", "@import", "@language", "@propagate", "@protected", "@version", "@vocab"}
)


def process(
    active: Active,
    local: object,
    budget: Budget,
    *,
    source: str | None = None,
    remote: tuple[str, ...] = (),
    override: bool = False,
    propagate: bool = True,
    validate: bool = True,
) -> Active:
    """Return what `local`, found at the URL `source`, makes of the active context.

    `override`: whether protected terms may be redefined (property-scoped contexts). `remote`: the URLs of the
    contexts that led here. `validate`: whether a context already among them is read again.
    """
    budget.copy(len(active.terms))
    result = active.copy()
    if type(local) is dict:
        propagate = local.get("@propagate", propagate)
    if propagate is False and result.previous is None:
        result.previous = active
    for context in local if type(local) is list else [local]:
        if context is None:
            result = _cleared(result, override=override, propagate=propagate)
        elif type(context) is str:
            url = resolve(source, context)
            if validate or url not in remote:
                loaded = budget.load(url)
                if type(local) is list:
                    _check_member(loaded)
                result = process(result, loaded, budget, source=url, remote=(*remote, url), validate=validate)
        elif type(context) is dict:
            if type(local) is list:
                _check_member(context)
            _Local(result, _imported(context, budget, source), budget, source, remote).apply(
                override=override
            )
        else:
            raise invalid("invalid local context")
    return result


def apply_scoped(active: Active, term: Term, budget: Budget, *, of_type: bool) -> Active:
    """Apply the context of a term: of a type, which holds for one object, or of a property."""
    return process(
        active, term.context, budget, source=term.source, override=not of_type, propagate=not of_type
    )


def _check_member(context: object) -> None:
    # [RDF-68] engines disagree on what a context in an array says of its propagation
    if type(context) is dict and "@propagate" in context:
        raise invalid("@propagate of a context in an array")


def _cleared(result: Active, *, override: bool, propagate: bool) -> Active:
    # [RDF-09] protected terms are not cleared away
    if not override and any(term.protected for term in result.terms.values()):
        raise invalid("invalid context nullification")
    # [RDF-72] engines disagree on whether a cleared context still gives way to the one before
    if propagate is False:
        raise invalid("null in a context that does not propagate")
    return Active()


def _imported(context: dict[str, Any], budget: Budget, source: str | None) -> dict[str, Any]:
    if "@import" not in context:
        return context
    name = context["@import"]
    if type(name) is not str:
        raise invalid("invalid @import value")
    loaded = budget.load(resolve(source, name))
    if type(loaded) is not dict:
        raise invalid("invalid remote context")
    # [RDF-10] imports do not chain
    if "@import" in loaded:
        raise invalid("invalid context entry")
    merged = {**loaded, **context}
    del merged["@import"]
    return merged


class _Local:
    """One context that is an object, on its way into the active context."""

    def __init__(
        self,
        result: Active,
        context: dict[str, Any],
        budget: Budget,
        source: str | None,
        remote: tuple[str, ...],
    ) -> None:
        self._result = result
        self._context = context
        self._budget = budget
        self._source = source
        self._remote = remote

    def apply(self, *, override: bool) -> None:
        """Set what the context says for all, then its terms."""
        result, context = self._result, self._context
        self._budget.define(len(context))
        # [RDF-11] the text we follow is 1.1; a context that wants another says so
        if "@version" in context and context["@version"] != 1.1:
            raise invalid("invalid @version value")
        if type(context.get("@propagate", True)) is not bool:
            raise invalid("invalid @propagate value")
        if type(context.get("@protected", True)) is not bool:
            raise invalid("invalid @protected value")
        if "@base" in context and not self._remote:
            result.base = _based(result, context["@base"])
        if "@vocab" in context:
            result.vocab = _vocabulary(result, context["@vocab"])
        if "@language" in context:
            result.language = _language(context["@language"])
        if "@direction" in context:
            result.direction = _direction(context["@direction"])
        definer = Definer(
            result, context, source=self._source, override=override, check_scoped=self._check_scoped
        )
        for term in context:
            if term not in _DIRECTIVES:
                definer.define(term)

    def _check_scoped(self, context: object) -> None:
        try:
            process(
                self._result,
                context,
                self._budget,
                source=self._source,
                remote=self._remote,
                override=True,
                validate=False,
            )
        except Fault as fault:
            if fault.code != "rdf.json-ld":
                raise
            raise invalid(f"invalid scoped context ({fault.detail.rpartition(': ')[2]})") from None


def _based(result: Active, base: object) -> str | None:
    if base is None:
        return None
    if type(base) is not str:
        raise invalid("invalid base IRI")
    resolved = base if has_scheme(base) else resolve(result.base, base)
    # [RDF-12] a base that is relative to nothing
    if not has_scheme(resolved):
        raise invalid("invalid base IRI")
    return resolved


def _vocabulary(result: Active, vocab: object) -> str | None:
    if vocab is None:
        return None
    if type(vocab) is not str:
        raise invalid("invalid vocab mapping")
    iri = result.expand(vocab, vocab=True, relative=True)
    # [RDF-13] a vocabulary that is relative to nothing
    if iri is None or not (has_scheme(iri) or iri.startswith("_:")):
        raise invalid("invalid vocab mapping")
    return iri


def _language(language: object) -> str | None:
    if language is not None and type(language) is not str:
        raise invalid("invalid default language")
    return None if language is None else language.lower()


def _direction(direction: object) -> str | None:
    if direction not in (None, "ltr", "rtl"):
        raise invalid("invalid base direction")
    return direction if type(direction) is str else None
