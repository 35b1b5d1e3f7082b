"""A canonicalizer from other people's code alone: PyLD makes the quads, pyoxigraph labels them.

It knows both hashes, and the context of the W3C's examples, which the product does not bundle. It has no safe
mode and no bounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyoxigraph
from pyld import jsonld

from credentials.rdf import Canonical, nquads
from schemas.sources import BundledContexts, LayeredContexts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from credentials.rdf import HashName, Partition

EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
_HASHES = {
    "sha256": pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0_SHA_256,
    "sha384": pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0_SHA_384,
}


class _Examples:
    """The one context that the W3C's examples need beside the bundled ones."""

    def load(self, url: str) -> dict[str, Any]:
        assert url == EXAMPLES
        return {"@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}}

    def __contains__(self, url: object) -> bool:
        return url == EXAMPLES


WITH_EXAMPLES = LayeredContexts((BundledContexts(), _Examples()))


class OracleCanonicalizer:
    """A `Canonicalizer` for documents that are known to be good."""

    def canonicalize(self, document: Any, *, hash_name: HashName = "sha256") -> Canonical:
        quads = jsonld.to_rdf(
            document,
            {"documentLoader": _load, "format": "application/n-quads", "processingMode": "json-ld-1.1"},
        )
        dataset = pyoxigraph.Dataset(pyoxigraph.parse(quads, format=pyoxigraph.RdfFormat.N_QUADS))
        dataset.canonicalize(_HASHES[hash_name])
        lines = tuple(sorted(f"{quad} .\n" for quad in map(_written, dataset)))
        return Canonical(lines, nquads.read("".join(lines)), {})

    def partition(self, document: Any, selections: Mapping[str, Sequence[str]]) -> Partition:
        raise NotImplementedError


def _written(quad: Any) -> str:
    terms = [quad.subject, quad.predicate, quad.object]
    if not isinstance(quad.graph_name, pyoxigraph.DefaultGraph):
        terms.append(quad.graph_name)
    return " ".join(map(str, terms))


def _load(url: str, _options: object) -> dict[str, Any]:
    found = WITH_EXAMPLES.load(url)
    return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": found}
