"""JSON-LD to canonical RDF: what a Data Integrity suite signs."""

from credentials.rdf.canonical import Canonical, Canonicalizer, HashName, Limits, Partition
from credentials.rdf.pyld_process import PyldCanonicalizer

__all__ = ["Canonical", "Canonicalizer", "HashName", "Limits", "Partition", "PyldCanonicalizer"]
