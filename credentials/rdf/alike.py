"""RDFC-1.0 for blank nodes that look alike: hashes over paths to their neighbours.

Source: W3C RDF Dataset Canonicalization 1.0 (21 May 2024), 4.4.3 steps 4 to 5, 4.7 (related blank nodes),
4.8 (N-degree hashes).
Invariants:
- Permutations are paid for as a whole before the first is tried, with what copying the labels of the path so
  far costs.
- Depth is kept on a list, not on the interpreter's stack: a long chain costs units, never a stack overflow.
- Nodes are written with ``_:``, as they stand in paths.

Not here: the case that no two nodes look alike (`credentials.rdf.labelling`).
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from itertools import permutations
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

    from credentials.rdf.canonical import HashName
    from credentials.rdf.nquads import Quad
    from credentials.rdf.work import Work

    Labels = dict[str, str]
    """Blank nodes with temporary labels, in the order of issue."""
    Step = Generator[tuple[str, Labels], Any, tuple[str, Labels]]
    """Asks for the N-degree hash of a node with labels so far; ends with its own."""

_BLANK: Final = "_"
_LABELS_PER_UNIT: Final = 64
"""Copying so many labels takes about as long as one step of a path."""


def names(
    quads: Iterable[Quad], hashes: Mapping[str, str], *, hash_name: HashName, work: Work
) -> dict[str, str]:
    """Label every node of `hashes`, which gives its first degree hash. Raises ``rdf.work-limit``."""
    return _Neighbourhoods(quads, hashes, hash_name, work).names()


class _Neighbourhoods:
    def __init__(
        self, quads: Iterable[Quad], hashes: Mapping[str, str], hash_name: HashName, work: Work
    ) -> None:
        self._hashes = hashes
        self._digest = getattr(hashlib, hash_name)
        self._work = work
        self._canonical: Labels = {}
        self._mentions: dict[str, list[Quad]] = {node: [] for node in hashes}
        for quad in quads:
            nodes = {term for term in (quad[0], quad[2], quad[3]) if term >= _BLANK}
            if len(nodes) > 1:  # else it relates the node to none
                for node in nodes:
                    self._mentions[node].append(quad)

    def names(self) -> dict[str, str]:
        """4.4.3, steps 4 and 5."""
        by_hash: dict[str, list[str]] = {}
        for node, found in self._hashes.items():
            by_hash.setdefault(found, []).append(node)
        groups = [by_hash[found] for found in sorted(by_hash)]
        for nodes in groups:
            if len(nodes) == 1:
                self._issue(nodes[0])
        for nodes in groups:
            paths = [self._explore(node, {node: "_:b0"}) for node in nodes if node not in self._canonical]
            for _, labels in sorted(paths, key=lambda path: path[0]):
                for node in labels:
                    self._issue(node)
        return self._canonical

    def _issue(self, node: str) -> None:
        if node not in self._canonical:
            self._canonical[node] = f"_:c14n{len(self._canonical)}"

    def _explore(self, node: str, labels: Labels) -> tuple[str, Labels]:
        """The N-degree hash of a node, and the labels issued on the way."""
        steps = [self._n_degree(node, labels)]
        answer: tuple[str, Labels] | None = None
        while True:
            try:
                asked = steps[-1].send(answer)
            except StopIteration as done:
                answer = done.value
                steps.pop()
                if not steps:
                    return done.value  # type: ignore[no-any-return]  # what a generator returns is not typed
            else:
                answer = None
                steps.append(self._n_degree(*asked))

    def _n_degree(self, node: str, labels: Labels) -> Step:
        """4.8."""
        self._work.spend(1)
        text: list[str] = []
        for found, nodes in sorted(self._related(node, labels).items()):
            orders = _count(nodes, self._work.limit)
            self._work.spend(orders * (1 + len(labels) // _LABELS_PER_UNIT))
            path, labels = yield from self._chosen(nodes, labels)
            text += (found, path)
        return self._hash("".join(text)), labels

    def _chosen(self, nodes: list[str], labels: Labels) -> Step:
        """4.8, step 5: the least path through nodes that hash alike, over all orders of them.

        A node that is mentioned several times, as the name of a graph is, stands there as often; orders that
        differ in nothing but which of its mentions comes first give one path, and are tried once.
        """
        best, kept = "", labels
        for order in _orders(nodes):
            issued = dict(labels)
            path, unseen = self._first_path(order, issued)
            for related in unseen:
                if _exceeds(path, best):
                    break
                found, after = yield related, issued
                path += f"{issued[related]}<{found}>"
                issued = after
            if not _exceeds(path, best) and (not best or path < best):
                best, kept = path, issued
        return best, kept

    def _first_path(self, order: Iterable[str], issued: Labels) -> tuple[str, list[str]]:
        """4.8, step 5.4.4: the labels along an order, and the nodes that had none yet."""
        path: list[str] = []
        unseen: list[str] = []
        for related in order:
            known = self._canonical.get(related) or issued.get(related)
            if known is None:
                known = issued[related] = f"_:b{len(issued)}"
                unseen.append(related)
            path.append(known)
        return "".join(path), unseen

    def _related(self, node: str, labels: Labels) -> dict[str, list[str]]:
        """4.8, step 3: the neighbours of a node by their hashes; one counts as often as it is mentioned."""
        mentions = self._mentions[node]
        self._work.spend(len(mentions))
        found: dict[str, list[str]] = {}
        for subject, predicate, value, graph in mentions:
            for place, term in (("s", subject), ("o", value), ("g", graph)):
                if term >= _BLANK and term != node:
                    known = self._canonical.get(term) or labels.get(term) or self._hashes[term]
                    text = place + known if place == "g" else place + predicate + known  # 4.7
                    found.setdefault(self._hash(text), []).append(term)
        return found

    def _hash(self, text: str) -> str:
        digest: str = self._digest(text.encode()).hexdigest()
        return digest


def _exceeds(path: str, best: str) -> bool:
    """Whether nothing that begins with this path can be the least."""
    return bool(best) and len(path) >= len(best) and path > best


def _count(nodes: Sequence[str], most: int) -> int:
    """How many distinct orders there are, as far as `most` and a little beyond."""
    total, placed = 1, 0
    for amount in Counter(nodes).values():
        placed += amount
        total *= math.comb(placed, amount)
        if total > most:
            break
    return total


def _orders(nodes: Sequence[str]) -> Iterable[Sequence[str]]:
    if len(set(nodes)) == len(nodes):
        return permutations(nodes)
    return _distinct_orders(sorted(nodes))


def _distinct_orders(order: list[str]) -> Iterator[list[str]]:
    """All distinct orders of a sorted list, in lexicographic succession. The list is changed in between."""
    last = len(order) - 1
    while True:
        yield order
        rise = next((place for place in range(last - 1, -1, -1) if order[place] < order[place + 1]), None)
        if rise is None:
            return
        above = next(place for place in range(last, rise, -1) if order[place] > order[rise])
        order[rise], order[above] = order[above], order[rise]
        order[rise + 1 :] = reversed(order[rise + 1 :])
