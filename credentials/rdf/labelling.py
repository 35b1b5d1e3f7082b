"""RDFC-1.0: from the statements of a dataset to their canonical lines and labels.

Source: W3C RDF Dataset Canonicalization 1.0 (21 May 2024), 4.4 (the algorithm), 4.6 (first degree hashes).
Invariants:
- The lines depend on the dataset only: not on the labels nor on the order of what is given.
- The answer is the one of the text, or ``rdf.work-limit``. Work is counted in units (`Work`): one for each
  statement that is hashed, for each permutation that is tried and for each N-degree hash, all paid for before
  they are spent.
- Equal datasets take the same path: with no blank node, or a single one, nothing is hashed; where all first
  degree hashes differ, they alone give the labels; else `credentials.rdf.alike` does.

Not here: JSON-LD; what terms look like (`credentials.rdf.nquads`).
"""

from __future__ import annotations

import hashlib
from bisect import bisect
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from credentials.rdf import alike
from credentials.rdf.canonical import Canonical

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from credentials.rdf.canonical import HashName
    from credentials.rdf.nquads import Quad
    from credentials.rdf.work import Work

_BLANK: Final = "_"
"""Terms at or after it are blank nodes: see `credentials.rdf.nquads`."""


def label(quads: Collection[Quad], *, work: Work, hash_name: HashName = "sha256") -> Canonical:
    """Canonicalize a dataset, in which each statement stands once. Raises ``rdf.work-limit``."""
    lines: list[str] = []
    told = _Told()
    ends, inner, linking = told.ends, told.inner, told.linking
    last, around, middles = "", "", lines  # statements about one node in one graph mostly come in a row
    for quad in quads:
        subject, predicate, value, graph = quad
        if graph:
            if subject is last and graph is around and value < _BLANK:
                middles.append(f" {predicate} {value} ")
            elif value < _BLANK <= subject and _BLANK <= graph != subject:
                last, around, middles = subject, graph, inner[subject, graph]
                middles.append(f" {predicate} {value} ")
            elif subject >= _BLANK or value >= _BLANK or graph >= _BLANK:
                linking.append(quad)
            else:
                lines.append(f"{subject} {predicate} {value} {graph} .\n")
        elif value >= _BLANK:
            linking.append(quad)
        elif subject >= _BLANK:
            ends[subject].append(f" {predicate} {value} .\n")
        else:
            lines.append(f"{subject} {predicate} {value} .\n")
    if len(lines) == len(quads):
        lines.sort()
        return Canonical(tuple(lines), quads, {})
    alone = len(ends) == 1 and not linking and not inner  # a single blank node has nobody to be told from
    names = {next(iter(ends)): "_:c14n0"} if alone else _names(told, quads, hash_name, work)
    _write(lines, told, names)
    lines.sort()
    return Canonical(tuple(lines), quads, {old[2:]: new[2:] for old, new in names.items()})


class _Told:
    """What is said about blank nodes, by what takes least to hash.

    `ends`: statements in the default graph that name one blank node, their subject; by it, all but it.
    `inner`: statements in an unnamed graph about another blank node; by both, what stands between them.
    `linking`: all others.
    """

    __slots__ = ("ends", "inner", "linking")

    def __init__(self) -> None:
        self.ends: defaultdict[str, list[str]] = defaultdict(list)
        self.inner: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self.linking: list[Quad] = []


def _names(told: _Told, quads: Iterable[Quad], hash_name: HashName, work: Work) -> dict[str, str]:
    """The canonical label of each blank node, both with ``_:``."""
    views = _views(told, work)
    digest = getattr(hashlib, hash_name)
    hashes = {node: digest(view.encode()).hexdigest() for node, view in views.items()}
    by_hash = {found: node for node, found in hashes.items()}
    if len(by_hash) == len(hashes):
        return {by_hash[found]: f"_:c14n{rank}" for rank, found in enumerate(sorted(by_hash))}
    return alike.names(quads, hashes, hash_name=hash_name, work=work)


def _views(told: _Told, work: Work) -> dict[str, str]:
    """4.6: what is said about each blank node, with itself written as ``_:a`` and any other as ``_:z``."""
    ends = told.ends
    links: defaultdict[str, list[str]] = defaultdict(list)  # as `ends`
    others: defaultdict[str, list[str]] = defaultdict(list)  # statements of which the node is not the subject
    for (subject, graph), inner in told.inner.items():
        inner.sort()  # once, for the three sorts of what is made of it
        links[subject] += [f"{middle}_:z .\n" for middle in inner]
        others[graph] += [f"_:z{middle}_:a .\n" for middle in inner]
    for quad in told.linking:
        subject, predicate, value, graph = quad
        if graph:
            if subject < _BLANK > value:
                others[graph].append(f"{subject} {predicate} {value} _:a .\n")
            elif _BLANK <= subject != value >= _BLANK <= graph not in (subject, value):  # three nodes
                links[subject].append(f" {predicate} _:z _:z .\n")
                others[value].append(f"_:z {predicate} _:a _:z .\n")
                others[graph].append(f"_:z {predicate} _:z _:a .\n")
            else:
                _link_in_graph(quad, links, others)
        elif subject == value:
            links[subject].append(f" {predicate} _:a .\n")
        else:
            if subject >= _BLANK:
                links[subject].append(f" {predicate} _:z .\n")
                subject = "_:z"
            others[value].append(f"{subject} {predicate} _:a .\n")
    for mentions in (ends, links, others):
        work.spend(sum(map(len, mentions.values())))
    nodes = {**ends, **links, **others}
    return {node: _view(ends.get(node), links.get(node), others.get(node)) for node in nodes}


def _link_in_graph(quad: Quad, links: dict[str, list[str]], others: dict[str, list[str]]) -> None:
    """Any statement in a graph, however often it names the same node."""
    subject, predicate, value, graph = quad
    blanks = {term for term in (subject, value, graph) if term >= _BLANK}
    for node in blanks:
        about, what, where = [
            "_:a" if term == node else "_:z" if term in blanks else term for term in (subject, value, graph)
        ]
        own = links[node]
        if subject == node:
            own.append(f" {predicate} {what} {where} .\n")
        else:
            others[node].append(f"{about} {predicate} {what} {where} .\n")


def _view(ends: list[str] | None, links: list[str] | None, others: list[str] | None) -> str:
    """The statements about a node in code point order; ``_:a`` stands between ``<`` and ``_:z``."""
    if ends:
        ends.sort()  # for the lines to come as well
    own = sorted(ends + links) if ends and links else ends or sorted(links or ())
    view = f"_:a{'_:a'.join(own)}" if own else ""
    if not others:
        return view
    if len(others) == 1:
        return others[0] + view if others[0] < _BLANK else view + others[0]
    others.sort()
    place = bisect(others, _BLANK)
    return "".join(others[:place]) + view + "".join(others[place:])


def _write(lines: list[str], told: _Told, names: Mapping[str, str]) -> None:
    for node, ends in told.ends.items():
        name = names[node]
        lines += [name + end for end in ends]
    for (subject, graph), inner in told.inner.items():
        name, end = names[subject], f"{names[graph]} .\n"
        lines += [f"{name}{middle}{end}" for middle in inner]
    for subject, predicate, value, graph in told.linking:
        about = names[subject] if subject >= _BLANK else subject
        what = names[value] if value >= _BLANK else value
        if graph:
            where = names[graph] if graph >= _BLANK else graph
            lines.append(f"{about} {predicate} {what} {where} .\n")
        else:
            lines.append(f"{about} {predicate} {what} .\n")
