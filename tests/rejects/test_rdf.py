"""Datasets that are not labelled, N-Quads that are not read, names that would pass for unnamed nodes."""

from __future__ import annotations

import pytest

from credentials.rdf import CompiledCanonicalizer, Limits, nquads
from tests.rejects.catalogue import Reject, needed, number, refused

N_QUADS = "RDF 1.1 N-Quads, 4"
RING = {
    "@context": {"p": {"@id": "urn:x:p", "@type": "@id"}},
    "@graph": [{"@id": f"_:x{place}", "p": f"_:x{(place + 1) % 4}"} for place in range(4)],
}
RESERVED = {"@context": {"p": "urn:x:p"}, "@id": "urn:bnid:s0", "p": "x"}


def read(line):
    return lambda: nquads.read(line)


CASES = [
    Reject("RDF-76", "an identifier reserved for unnamed nodes", "VC Data Integrity ECDSA 1.0, 3.4",
           "rdf.blank-node", lambda: CompiledCanonicalizer().partition(RESERVED, {})),
    Reject("RDF-80", "more work than is paid for", "RDF Dataset Canonicalization 1.0, 7.1", "rdf.work-limit",
           lambda: CompiledCanonicalizer(Limits(max_work=87)).canonicalize(RING)),
    Reject("RDF-81", "a statement without an end", N_QUADS, "rdf.n-quads", read("<e:s> <e:p> <e:o>")),
    Reject("RDF-82", "a relative IRI", N_QUADS, "rdf.n-quads", read("<s> <e:p> <e:o> .")),
    Reject("RDF-82", "an IRI with an escaped space", N_QUADS, "rdf.n-quads",
           read(r"<e:a\u0020b> <e:p> <e:o> .")),
    Reject("RDF-83", "half a surrogate pair", N_QUADS, "rdf.n-quads", read(r'<e:s> <e:p> "\ud800" .')),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=number)
def test_is_refused(case):
    refused(case)


@pytest.mark.parametrize("case", CASES, ids=number)
def test_needs_its_check(case):
    needed(case)
