"""Canonical proof options that are kept give what the canonicalizer gives, and only where they may."""

from __future__ import annotations

import random

import pytest

from credentials.errors import CredentialError
from credentials.suites.kept_options import KeptOptions

V2 = "https://www.w3.org/ns/credentials/v2"
OPTIONS = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "created": "2026-11-20T12:00:00Z",
    "verificationMethod": "did:example:issuer#key",
    "proofPurpose": "assertionMethod",
    "@context": [V2],
}


class Counting:
    """The canonicalizer, and how often it was asked."""

    def __init__(self, canonicalizer):
        self.canonicalizer, self.asked = canonicalizer, 0

    def canonicalize(self, document, *, hash_name="sha256"):
        self.asked += 1
        return self.canonicalizer.canonicalize(document, hash_name=hash_name)


@pytest.fixture
def counting(canonicalizer):
    return Counting(canonicalizer)


def told(canonical):
    return canonical.lines, sorted(canonical.quads), canonical.labels


def times(count):
    rng = random.Random("kept options")
    for _ in range(count):
        yield (
            f"{rng.randrange(10_000):04}-{rng.randrange(100):02}-{rng.randrange(100):02}"
            f"T{rng.randrange(100):02}:{rng.randrange(100):02}:{rng.randrange(100):02}Z"
        )


VARIANTS = {
    "as it is": {},
    "bound": {"challenge": "c", "domain": "https://verifier.example", "nonce": "n"},
    "ends": {"expires": "2026-11-20T12:00:00Z"},
    "named": {"id": "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544"},
    "in a chain": {"previousProof": ["urn:uuid:1", "urn:uuid:2"]},
    "the time as text too": {"nonce": "2026-11-20T12:00:00Z"},
    "a statement as text": {"nonce": '_:c14n0 <http://purl.org/dc/terms/created> "x'},
    "several domains": {"domain": ["b.example", "a.example"]},
}


@pytest.mark.parametrize("hash_name", ["sha256", "sha384"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_kept_is_what_the_canonicalizer_gives(canonicalizer, variant, hash_name):
    kept = KeptOptions(canonicalizer)
    for created in (OPTIONS["created"], *times(50), OPTIONS["created"]):
        options = {**OPTIONS, **VARIANTS[variant], "created": created}
        expected = canonicalizer.canonicalize(options, hash_name=hash_name)
        assert told(kept.canonicalize(options, hash_name=hash_name)) == told(expected)


def test_another_time_costs_no_canonicalization(counting):
    kept = KeptOptions(counting)
    for created in times(20):
        kept.canonicalize({**OPTIONS, "created": created}, hash_name="sha256")
    assert counting.asked == 1
    kept.canonicalize({**OPTIONS, "created": OPTIONS["created"]}, hash_name="sha384")
    assert counting.asked == 2


@pytest.mark.parametrize(
    "change",
    [
        {"created": "2026-11-20T12:00:00.5Z"},
        {"created": "2026-11-20T12:00:00+01:00"},
        {"created": "٢٠٢٦-11-20T12:00:00Z"},
        {"created": {"@value": "2026-11-20T12:00:00Z", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"}},
        {"created": ["2026-11-20T12:00:00Z"]},
        {"nonce": OPTIONS["created"]},
        {"@context": [V2, {f"t{number}": f"https://e.example/{number}" for number in range(200)}]},
    ],
    ids=["fraction", "zone", "digits", "value object", "list", "twice", "large context"],
)
def test_what_may_not_be_kept_is_canonicalized_each_time(counting, change):
    kept = KeptOptions(counting)
    first = kept.canonicalize({**OPTIONS, **change}, hash_name="sha256")
    assert told(kept.canonicalize({**OPTIONS, **change}, hash_name="sha256")) == told(first)
    assert counting.asked == 2


def test_without_a_time_it_is_canonicalized(counting):
    options = {name: value for name, value in OPTIONS.items() if name != "created"}
    kept = KeptOptions(counting)
    first = kept.canonicalize(options, hash_name="sha256")
    assert told(kept.canonicalize(options, hash_name="sha256")) == told(first)
    assert counting.asked == 2


def test_two_unnamed_nodes_are_not_kept(counting):
    """Their labels follow from all that is said of them, the time too."""
    context = [V2, "https://www.w3.org/ns/credentials/undefined-terms/v2"]
    options = {**OPTIONS, "@context": context, "verificationMethod": {"type": "https://e.example/Key"}}
    kept = KeptOptions(counting)
    first = kept.canonicalize(options, hash_name="sha256")
    assert told(kept.canonicalize(options, hash_name="sha256")) == told(first)
    assert counting.asked == 2


def test_what_is_refused_is_refused_again(counting):
    kept = KeptOptions(counting)
    for _ in range(2):
        with pytest.raises(CredentialError) as caught:
            kept.canonicalize({**OPTIONS, "undefined": 1}, hash_name="sha256")
        assert caught.value.code == "rdf.undefined-term"


def test_how_much_is_kept_is_bounded(counting):
    kept = KeptOptions(counting)
    for number in range(600):
        kept.canonicalize(
            {**OPTIONS, "verificationMethod": f"did:example:issuer#{number}"}, hash_name="sha256"
        )
    assert len(kept._kept) <= 256
