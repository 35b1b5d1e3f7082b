"""What a canonicalizer is: JSON-LD in, the canonical N-Quads of RDFC-1.0 out.

Any engine behind `Canonicalizer` keeps these invariants:
- Safe mode, always. Whatever RDF would drop is an error: undefined terms and types, relative IRIs, blank-node
  predicates, base directions, indexes. A member with no value (null, an empty array) says nothing and is let
  by.
- Numbers are integers within 2^53: engines disagree on the digits of others.
- Nothing is fetched. A context that is not bundled is an error.
- Work is bounded in units, not by the clock: whether a document is too much does not depend on the machine.
- Errors are `CredentialError` with a code ``rdf.*``; they name terms, never values.

Not here: JSON-LD framing and compaction, RDF to JSON-LD.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from credentials.rdf.nquads import Quad
    from did.types import JsonObject

HashName = Literal["sha256", "sha384"]
"""The hash that labels blank nodes: SHA-384 goes with P-384 keys."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one document may cost; beyond it the answer is ``rdf.work-limit``.

    `max_bytes`: ten times the largest credential we know, a portrait included. `max_depth`: as the JSON
    decoder. `max_listed`, `max_quads` and `max_blank_nodes`: thirty times a credential of 300 claims.
    `max_definitions`: terms that the contexts of one document define anew, thirty times what a presentation
    of cards with statuses needs; `max_loads`: contexts that it names, directly or not.
    `max_work`: units of labelling (`credentials.rdf.work`), which take less than a tenth of a second; real
    documents need one or two for each statement, the hardest accepted case of the W3C suite 6228, a clique
    of six more.
    """

    max_bytes: int = 1 << 20
    max_depth: int = 64
    max_listed: int = 10_000
    max_quads: int = 10_000
    max_blank_nodes: int = 2_000
    max_definitions: int = 10_000
    max_loads: int = 64
    max_work: int = 30_000


@dataclass(frozen=True, slots=True)
class Canonical:
    """A canonical dataset.

    `lines` are its N-Quads in code point order, each with its line feed. `quads` are the same statements as
    they were read, in no order and under the labels of before. `labels` maps the label that every blank node
    had before to its canonical one, both without ``_:``.
    """

    lines: tuple[str, ...]
    quads: Collection[Quad]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Partition:
    """A document and selections from it, canonicalized with one set of input labels.

    A node without an identifier has the same input label in `whole` and in every selection it is part of;
    that is what ties the statements of a selection to those of the document.
    """

    whole: Canonical
    selections: Mapping[str, Canonical]


class Canonicalizer(Protocol):
    """An engine that keeps the invariants above."""

    def canonicalize(self, document: JsonObject, *, hash_name: HashName = "sha256") -> Canonical:
        """Return the canonical N-Quads of a JSON-LD document."""

    def partition(self, document: JsonObject, selections: Mapping[str, Sequence[str]]) -> Partition:
        """Canonicalize a document together with selections from it, each given by JSON Pointers.

        A selection without pointers is empty. Raises ``pointer.*`` as `credentials.pointers` does, and
        ``rdf.blank-node`` for a document that names blank nodes itself.
        """
