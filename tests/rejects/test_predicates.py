"""Values and credentials of bbs-predicates-2026 that must be rejected, by a holder or by a verifier."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from credentials.suites import Reader, Setting
from credentials.suites.predicates.value import SlotCounts
from schemas.sources import BUNDLED
from tests.rejects.catalogue import Reject, needed, refused
from tests.support.forging import Shown, accepted, other_key, proof_of, recoded, restated, shown, with_base
from tests.support.proving import PREDICATES, ProvingWorld


@cache
def one():
    """One credential, of which an age is proven, and that it is not revoked."""
    return Shown("birthDate <= 2008-11-26", "not revoked")


def recode(change):
    """Other CBOR in the proof value of the one credential."""
    (credential,) = one().credentials
    proof_of(credential)["proofValue"] = recoded(proof_of(credential)["proofValue"], change)
    one().check([credential])


def put(index, value):
    def change(parts):
        parts[index] = value

    return change


def revocation(number, value):
    def change(parts):
        parts[9][number] = value

    return change


def restate(**changes):
    (credential,) = one().credentials
    one().check([restated(credential, **changes)])


@cache
def issued():
    """A credential as issued, and the blind factor of its holder, in their world."""
    world = ProvingWorld()
    return world, *world.issue_provable()


def accept(*, key=None, **changes):
    world, document, blind = issued()
    accepted(world, with_base(document, **changes), blind, key=key)


class Replaced:
    """A source of schemas in which one has other text."""

    def schema(self, url, *, fetch):
        found = BUNDLED.schemas.schema(url, fetch=fetch)
        return replace(found, content=found.content.replace(b'"maxLength": 40', b'"maxLength": 41'))


def claimed_schema():
    """The holder claims another digest of the schema."""
    restate(schema=bytes(32))


def replaced_schema():
    """The verifier's copy of the schema is another one than the issuer's."""
    means = one().world.means()
    one().check(means=replace(means, known=replace(means.known, schemas=Replaced())))


def two_schemas():
    (credential,) = one().credentials
    entry = credential["credentialSchema"]
    one().check([{**credential, "credentialSchema": [entry, {**entry, "id": "https://other.example/s"}]}])


def disclosed_beyond():
    """A statement is said to stand behind all slots that the issuer filled."""
    restate(selective_indexes=(shown(one().answer).selective_indexes[0], 127))


def fifth():
    """A later credential, as there are none any more."""

    def change(parts):
        parts[0], parts[1] = b"", 4

    recode(change)


def by_itself():
    """In a presentation of which nobody has verified the composite proof."""
    proof = proof_of(one().credentials[0])
    one().world.suites[PREDICATES].checker(proof, Setting(Reader.VERIFIER, one().occasion.header))


def another_list():
    """The list that decides is not the one that everybody can see."""
    elsewhere = "http://localhost:8000/revocation/other"
    restate(revocable=replace(shown(one().answer).revocable, url=elsewhere))


SPEC = "bbs-predicates-2026"
MALFORMED = f"{SPEC}.malformed"
CASES = [
    Reject("BP-01", "a fifth credential", f"{SPEC}, S1", MALFORMED, fifth),
    Reject("BP-02", "a later credential with a proof of its own", f"{SPEC}, 10.3", MALFORMED,
           lambda: recode(put(1, 1))),
    Reject("BP-02", "a first credential without the proof", f"{SPEC}, 10.3", MALFORMED,
           lambda: recode(put(0, b""))),
    Reject("BP-03", "a revocation list of 12 bits", f"{SPEC}, 2.4", MALFORMED,
           lambda: recode(revocation(1, 12))),
    Reject("BP-04", "no slot at all", f"{SPEC}, 2.1", MALFORMED, lambda: recode(put(7, 0))),
    Reject("BP-04", "a slot too many", f"{SPEC}, 2.1", MALFORMED, lambda: recode(put(7, 129))),
    Reject("BP-05", "a credential by another key", f"{SPEC}, 10.4", f"{SPEC}.signature",
           lambda: accept(key=other_key(issued()[0]))),
    Reject("BP-06", "a credential longer than others of its kind", f"{SPEC}, 2.1", f"{SPEC}.signature",
           lambda: accept(counts=SlotCounts(64, 1))),
    Reject("BP-07", "a statement in a slot of the holder's", f"{SPEC}, 10.5", f"{SPEC}.indexes",
           disclosed_beyond),
    Reject("BP-08", "another schema than was signed", f"{SPEC}, 2.3", f"{SPEC}.schema", claimed_schema),
    Reject("BP-08", "a schema that somebody replaced", f"{SPEC}, 2.3", f"{SPEC}.schema", replaced_schema),
    Reject("BP-09", "a credential that names two schemas", f"{SPEC}, 10.2", f"{SPEC}.schema", two_schemas),
    Reject("BP-23", "another list than the document names", f"{SPEC}, 10.1", f"{SPEC}.revocation",
           another_list),
    Reject("BP-10", "a derived credential alone", f"{SPEC}, 4.13", "proof.alone", by_itself),
]  # fmt: skip


def titled(case):
    """Several cases for one check: the number alone would not tell them apart."""
    return f"{case.number} {case.title}"


@pytest.mark.parametrize("case", CASES, ids=titled)
def test_is_refused(case):
    refused(case)


@pytest.mark.parametrize("case", CASES, ids=titled)
def test_needs_its_check(case):
    needed(case)


def test_what_the_cases_start_from_is_accepted():
    one().check()
    accept()
