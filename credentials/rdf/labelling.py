"""RDFC-1.0: from the statements of a dataset to their canonical lines and labels.

Source: W3C RDF Dataset Canonicalization 1.0 (21 May 2024), 4.4 (the algorithm), 4.6 (first degree hashes).
Invariants:
- The lines depend on the dataset only: not on the labels nor on the order of what is given.
- The answer is the one of the text, or ``rdf.work-limit``. Work is counted in units (`Work`): one for each
  statement that is hashed, for each permutation that is tried and for each N-degree hash, all paid for before
  they are spent.
- Whatever path is taken, equal datasets take the same: without blank nodes lines are only sorted; where all
  first degree hashes differ, they alone give the labels; else `credentials.rdf.alike` does.

Not here: JSON-LD; what terms look like (`credentials.rdf.nquads`).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.rdf import alike
from credentials.rdf.canonical import Canonical
from credentials.rdf.work import Work

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from credentials.rdf.canonical import HashName, Limits
    from credentials.rdf.nquads import Quad

_BLANK: Final = "_"
"""Terms at or after it are blank nodes: see `credentials.rdf.nquads`."""


def label(
    quads: Collection[Quad], *, limits: Limits, hash_name: HashName = "sha256", work: Work | None = None
) -> Canonical:
    """Canonicalize a dataset, in which each statement stands once. Raises ``rdf.work-limit``."""
    if len(quads) > limits.max_quads:
        raise CredentialError(
            "rdf.work-limit",
            f"{len(quads)} statements, of which at most {limits.max_quads} are canonicalized",
            remedy="split the document",
        )
    lines: list[str] = []
    told: list[Quad] = []
    for quad in quads:
        subject, predicate, value, graph = quad
        if subject >= _BLANK or value >= _BLANK or graph >= _BLANK:
            told.append(quad)
        elif graph:
            lines.append(f"{subject} {predicate} {value} {graph} .\n")
        else:
            lines.append(f"{subject} {predicate} {value} .\n")
    if not told:
        lines.sort()
        return Canonical(tuple(lines), {})
    names = _names(told, limits, hash_name, work or Work(limits.max_work))
    _write(lines, told, names)
    lines.sort()
    return Canonical(tuple(lines), {old[2:]: new[2:] for old, new in names.items()})


def _names(told: list[Quad], limits: Limits, hash_name: HashName, work: Work) -> dict[str, str]:
    """The canonical label of each blank node, both with ``_:``."""
    views = _views(told)
    if len(views) > limits.max_blank_nodes:
        raise CredentialError(
            "rdf.work-limit",
            f"{len(views)} unnamed nodes, of which at most {limits.max_blank_nodes} are canonicalized",
            remedy="give them identifiers, or split the document",
        )
    work.spend(sum(map(len, views.values())))
    digest = getattr(hashlib, hash_name)
    hashes = {}
    for node, view in views.items():
        view.sort()
        hashes[node] = digest("".join(view).encode()).hexdigest()
    by_hash = {found: node for node, found in hashes.items()}
    if len(by_hash) == len(views):
        return {by_hash[found]: f"_:c14n{rank}" for rank, found in enumerate(sorted(by_hash))}
    return alike.names(told, hashes, hash_name=hash_name, work=work)


def _views(told: Iterable[Quad]) -> dict[str, list[str]]:
    """4.6: what is said about each blank node, with itself written as ``_:a`` and any other as ``_:z``."""
    views: dict[str, list[str]] = {}
    for subject, predicate, value, graph in told:
        if graph or value >= _BLANK:
            for node in {subject, value, graph}:
                if node >= _BLANK:
                    seen = [_seen(term, node) for term in (subject, value, graph)]
                    end = f" {seen[2]} .\n" if graph else " .\n"
                    views.setdefault(node, []).append(f"{seen[0]} {predicate} {seen[1]}{end}")
        elif subject in views:
            views[subject].append(f"_:a {predicate} {value} .\n")
        else:
            views[subject] = [f"_:a {predicate} {value} .\n"]
    return views


def _seen(term: str, node: str) -> str:
    if term >= _BLANK:
        return "_:a" if term == node else "_:z"
    return term


def _write(lines: list[str], told: Iterable[Quad], names: Mapping[str, str]) -> None:
    for subject, predicate, value, graph in told:
        about = names[subject] if subject >= _BLANK else subject
        what = names[value] if value >= _BLANK else value
        if graph:
            lines.append(f"{about} {predicate} {what} {names.get(graph, graph)} .\n")
        else:
            lines.append(f"{about} {predicate} {what} .\n")
