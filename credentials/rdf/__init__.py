"""JSON-LD to canonical RDF: what a Data Integrity suite signs."""

from credentials.rdf.canonical import Canonical, Canonicalizer, HashName, Limits, Partition
from credentials.rdf.compiled import CompiledCanonicalizer

__all__ = ["Canonical", "Canonicalizer", "CompiledCanonicalizer", "HashName", "Limits", "Partition"]
