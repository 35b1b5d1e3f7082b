"""Proofs of bbs-2023 that must be rejected, where it goes its own way; the rest is as with ecdsa-sd-2023."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cbor2
import pytest

from credentials.suites import Bbs2023, bbs_proof_value, ecdsa_sd_proof_value
from credentials.suites.bbs_2023_bound import BoundBbs2023
from credentials.suites.bbs_bound_value import BoundBaseProofValue, BoundDerivedProofValue
from credentials.suites.bbs_statements import Statements
from did.encoding import encode_base64url
from tests.rejects.catalogue import Reject, needed, refused
from tests.rejects.removal import without
from tests.support import bbs as bbs_world
from tests.support import proofs
from tests.support.proofs import CREDENTIAL
from zk import bbs
from zk.blind import signatures

MANDATORY = ("/issuer", "/validFrom", "/validUntil")
SELECTED = ("/credentialSubject/nationality", "/credentialSubject/address", "/credentialSubject/resident")
HEADER = b"header"


def put(secured, **members):
    return {**secured, "proof": {**secured["proof"], **members}}


def rewritten(secured, old, new):
    return {**{name: found for name, found in secured.items() if name != old}, **new}


@cache
def bbs_suite():
    return Bbs2023(proofs.canonicalizer())


@cache
def bbs_keys():
    return bbs_world.key_pair(bbs.suite(bbs.SHA256), b"an issuer's key material, for tests")


@cache
def bbs_base():
    return bbs_suite().create_base(
        CREDENTIAL,
        proofs.options(bbs_suite()),
        *bbs_keys(),
        mandatory_pointers=MANDATORY,
        random_bytes=bbs_world.Randomness(),
    )


@cache
def bbs_derived():
    return bbs_suite().derive(
        bbs_base(),
        selective_pointers=SELECTED,
        presentation_header=HEADER,
        random_bytes=bbs_world.Randomness(),
    )


def bbs_verify(secured, header=HEADER):
    bbs_suite().verify_derived(secured, public_key=bbs_keys()[1], expected_presentation_header=header)


def bbs_verify_base(secured, key=None):
    bbs_suite().verify_base(secured, public_key=key or bbs_keys()[1])


def bbs_components(change):
    """The derived proof with other CBOR."""
    found = bbs_proof_value.DerivedProofValue.read(bbs_derived()["proof"]["proofValue"])
    labels = {int(canonical[4:]): int(label[1:]) for canonical, label in found.labels.items()}
    indexes = [list(found.mandatory_indexes), list(found.selective_indexes)]
    parts = [found.proof, labels, *indexes, found.presentation_header]
    change(parts)
    body = cbor2.dumps(parts, canonical=True)
    return put(bbs_derived(), proofValue="u" + encode_base64url(bbs_proof_value.DERIVED.header + body))


def bbs_with_header(header):
    text = bbs_derived()["proof"]["proofValue"]
    found = bbs_proof_value.DERIVED.read(text)
    body = cbor2.dumps(found, canonical=True)
    return put(bbs_derived(), proofValue="u" + encode_base64url(header + body))


def bbs_trailing_byte():
    found = bbs_proof_value.DERIVED.read(bbs_derived()["proof"]["proofValue"])
    body = bbs_proof_value.DERIVED.header + cbor2.dumps(found, canonical=True) + b"\0"
    return put(bbs_derived(), proofValue="u" + encode_base64url(body))


def swapped_indexes(parts):
    parts[2] = parts[2][::-1]


def shifted_labels(parts):
    parts[1] = {number + 1: label for number, label in parts[1].items()}


def equal_labels(parts):
    parts[1] = dict.fromkeys(parts[1], 0)


def label_as_text(parts):
    parts[1] = {number: f"b{label}" for number, label in parts[1].items()}


def bbs_by_another_key():
    """The base proof names another key than the issuer's."""
    found = bbs_proof_value.BaseProofValue.read(bbs_base()["proof"]["proofValue"])
    other = bbs_world.key_pair(bbs.suite(bbs.SHA256), b"another issuer's key material, for tests")[1]
    return put(bbs_base(), proofValue=replace(found, public_key=other.raw).write())


def bbs_base_with_another_header():
    found = bbs_proof_value.BaseProofValue.read(bbs_base()["proof"]["proofValue"])
    return put(bbs_base(), proofValue=replace(found, header=bytes(64)).write())


SECRETS = [b"a holder's secret of 32 octets, ", b"that of a friend of the holder, "]


@cache
def bound_suite():
    return BoundBbs2023(proofs.canonicalizer(), bbs.suite(bbs.SHA256))


@cache
def two_secrets():
    return signatures.commit(bbs.suite(bbs.SHA256), SECRETS, random_bytes=bbs_world.Randomness())


def bound_base():
    """Issued to a holder that commits to two secrets."""
    return bound_suite().create_base(
        CREDENTIAL,
        proofs.options(bbs_suite()),
        *bbs_keys(),
        commitment=two_secrets()[0],
        mandatory_pointers=MANDATORY,
        random_bytes=bbs_world.Randomness(),
    )


@cache
def bound_derived():
    """A proof over two secrets, by an issuer that signs them."""
    with without("BBS-13"):
        base = bound_base()
    value = BoundBaseProofValue.read(base["proof"]["proofValue"])
    revealed = Statements(proofs.canonicalizer()).revealed(CREDENTIAL, value, SELECTED)
    holding = signatures.Holding(
        value.public_key, value.signature, value.header, revealed.messages, SECRETS, two_secrets()[1]
    )
    proof = signatures.prove(
        bbs.suite(bbs.SHA256),
        holding,
        HEADER,
        signatures.Indexes(revealed.shown),
        random_bytes=bbs_world.Randomness(),
    )
    derived = BoundDerivedProofValue(
        proof,
        revealed.labels,
        revealed.mandatory_indexes,
        revealed.shown,
        HEADER,
        len(revealed.messages),
    )
    return put({**revealed.document, "proof": base["proof"]}, proofValue=derived.write())


def end_of(secured):
    return {"https://www.w3.org/2018/credentials#validUntil": {
        "@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": secured["validUntil"],
    }}  # fmt: skip


def bbs_boolean_as_text():
    subject = {**bbs_derived()["credentialSubject"], "resident": proofs.BOOLEAN_AS_TEXT["resident"]}
    return {**bbs_derived(), "credentialSubject": subject}


BBS = "VC-DI BBS 1.0"
CASES = [
    Reject("BBS-01", "a label that is a text", f"{BBS}, 3.3.7", "bbs-2023.malformed",
           lambda: bbs_verify(bbs_components(label_as_text))),
    Reject("BBS-02", "the header of another suite", f"{BBS}, 3.3.7", "bbs-2023.malformed",
           lambda: bbs_verify(bbs_with_header(ecdsa_sd_proof_value.DERIVED.header))),
    Reject("BBS-03", "a byte after the proof", f"{BBS}, 3.3.7", "bbs-2023.malformed",
           lambda: bbs_verify(bbs_trailing_byte())),
    Reject("BBS-04", "mandatory indexes in another order", f"{BBS}, 3.3.7", "bbs-2023.malformed",
           lambda: bbs_verify(bbs_components(swapped_indexes))),
    Reject("BBS-05", "labels that begin with the second", f"{BBS}, 3.3.7", "bbs-2023.malformed",
           lambda: bbs_verify(bbs_components(shifted_labels))),
    Reject("BBS-06", "two nodes of one label", f"{BBS}, 3.3.7", "bbs-2023.malformed",
           lambda: bbs_verify(bbs_components(equal_labels))),
    Reject("BBS-07", "the credential's end under its full name", "VCDM 2.0, 4.9", "rdf.renamed",
           lambda: bbs_verify(rewritten(bbs_derived(), "validUntil", end_of(bbs_derived())))),
    Reject("BBS-08", "a true that is written as a text", f"{BBS}, 3.4.7", "rdf.boolean",
           lambda: bbs_verify(bbs_boolean_as_text())),
    Reject("BBS-09", "a proof with a context of its own", f"{BBS}, 3.4.5", "proof.malformed",
           lambda: bbs_verify(put(bbs_derived(), **{"@context": CREDENTIAL["@context"]}))),
    Reject("BBS-10", "a base proof by another key", f"{BBS}, 3.4.3", "bbs-2023.signature",
           lambda: bbs_verify_base(bbs_by_another_key())),
    Reject("BBS-11", "a base proof with another header", f"{BBS}, 3.4.3", "bbs-2023.signature",
           lambda: bbs_verify_base(bbs_base_with_another_header())),
    Reject("BBS-12", "a proof for another presentation", f"{BBS}, 3.4.7", "bbs-2023.presentation-header",
           lambda: bbs_verify(bbs_derived(), header=b"another")),
    Reject("BBS-13", "a holder that commits to two secrets", f"{BBS}, 3.4.1", "bbs-2023.commitment",
           bound_base),
    Reject("BBS-14", "a proof over two secrets of the holder", f"{BBS}, 3.4.7", "bbs-2023.malformed",
           lambda: bound_suite().verify_derived(
               bound_derived(), public_key=bbs_keys()[1], expected_presentation_header=HEADER)),
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
    bbs_verify_base(bbs_base())
    bbs_verify(bbs_derived())
