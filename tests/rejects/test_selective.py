"""Proofs for selective disclosure that must be rejected: ecdsa-sd-2023 and bbs-2023."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cbor2
import pytest

from credentials.suites import Bbs2023, EcdsaSd2023, Reader, Setting, bbs_proof_value, ecdsa_sd_proof_value
from credentials.suites.selective_suites import EcdsaSd
from did.encoding import encode_base64url
from did.keys import P256Signer, PublicKey
from tests.rejects.catalogue import Reject, needed, refused
from tests.support import bbs as bbs_world
from tests.support import proofs
from tests.support.proofs import CREDENTIAL, ED25519, P256
from zk import bbs

MANDATORY = ("/issuer", "/validFrom", "/validUntil")
SELECTED = ("/credentialSubject/nationality", "/credentialSubject/address", "/credentialSubject/resident")
OTHER = P256Signer(bytes(31) + b"\x09")


@cache
def sd():
    return EcdsaSd2023(proofs.canonicalizer())


@cache
def base():
    return sd().create_base(
        CREDENTIAL,
        proofs.options(sd()),
        P256,
        mandatory_pointers=MANDATORY,
        random_bytes=lambda size: bytes(range(1, size + 1)),
    )


@cache
def derived():
    return sd().derive(base(), selective_pointers=SELECTED)


def value(secured):
    kind = (
        ecdsa_sd_proof_value.DerivedProofValue
        if sd().is_derived_proof(secured["proof"])
        else ecdsa_sd_proof_value.BaseProofValue
    )
    return kind.read(secured["proof"]["proofValue"])


def with_value(secured, **changes):
    changed = replace(value(secured), **changes)
    return put(secured, proofValue=changed.write())


def put(secured, **members):
    return {**secured, "proof": {**secured["proof"], **members}}


def verify(secured, key=P256.public_key):
    sd().verify_derived(secured, public_key=key)


def verify_base(secured, key=P256.public_key):
    sd().verify_base(secured, public_key=key)


def signature_of_63_bytes():
    found = value(derived())
    return with_value(derived(), signatures=(found.signatures[0][:63], *found.signatures[1:]))


def key_of_the_other_curve():
    """A secp256k1 key has 35 bytes with its prefix as well."""
    raw = bytes.fromhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
    return with_value(derived(), public_key=PublicKey("secp256k1", raw))


def one_label_less():
    found = value(derived()).labels
    last = max(found)
    return with_value(derived(), labels={name: label for name, label in found.items() if name != last})


def index_beyond():
    found = value(derived())
    return with_value(derived(), mandatory_indexes=(*found.mandatory_indexes, 500))


def statement_without_signature():
    """The last signature is left out."""
    return with_value(derived(), signatures=value(derived()).signatures[:-1])


def base_with_a_signature_more():
    found = value(base())
    return with_value(base(), signatures=(*found.signatures, found.signatures[0]))


def rewritten(secured, old, new):
    return {**{name: found for name, found in secured.items() if name != old}, **new}


def end_under_another_name():
    moved = {"https://www.w3.org/2018/credentials#validUntil": {
        "@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": CREDENTIAL["validUntil"],
    }}  # fmt: skip
    return rewritten(derived(), "validUntil", moved)


def boolean_as_text():
    subject = {**derived()["credentialSubject"], "resident": proofs.BOOLEAN_AS_TEXT["resident"]}
    return rewritten(derived(), "credentialSubject", {"credentialSubject": subject})


def statement_of_another_proof():
    """A signature of a statement is put in another statement's place."""
    found = value(derived()).signatures
    return with_value(derived(), signatures=(found[1], found[0], *found[2:]))


def setting(reader, secured):
    EcdsaSd(sd()).checker(secured["proof"], Setting(reader))


def over_another_proof():
    checker = EcdsaSd(sd()).checker(derived()["proof"], Setting(Reader.VERIFIER))
    unsecured = {name: found for name, found in derived().items() if name != "proof"}
    checker.verify_proof({**unsecured, "proof": []}, derived()["proof"], P256.public_key)


# bbs-2023

HEADER = b"header"


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


ECDSA, BBS = "VC-DI ECDSA 1.0", "VC-DI BBS 1.0"
CASES = [
    Reject("ESD-01", "a statement's signature of 63 bytes", f"{ECDSA}, 3.5.9", "ecdsa-sd-2023.malformed",
           lambda: verify(signature_of_63_bytes())),
    Reject("ESD-02", "a base proof, shown", f"{ECDSA}, 3.6.7", "ecdsa-sd-2023.base-proof",
           lambda: verify(base())),
    Reject("ESD-03", "a proof's own key on secp256k1", f"{ECDSA}, 3.5.9", "ecdsa-sd-2023.malformed",
           lambda: verify(key_of_the_other_curve())),
    Reject("ESD-04", "a proof that names a previous one", f"{ECDSA}, 3.6", "proof.chain",
           lambda: verify(put(derived(), previousProof="urn:uuid:1"))),
    Reject("ESD-05", "an unnamed node without a label", f"{ECDSA}, 3.5.7", "ecdsa-sd-2023.labels",
           lambda: verify(one_label_less())),
    Reject("ESD-06", "a mandatory statement beyond the last", f"{ECDSA}, 3.5.9", "ecdsa-sd-2023.indexes",
           lambda: verify(index_beyond())),
    Reject("ESD-07", "a statement without a signature", f"{ECDSA}, 3.6.7", "ecdsa-sd-2023.indexes",
           lambda: verify(statement_without_signature())),
    Reject("ESD-08", "a base proof with a signature too many", f"{ECDSA}, 3.6", "ecdsa-sd-2023.indexes",
           lambda: verify_base(base_with_a_signature_more())),
    Reject("ESD-09", "a true that is written as a text", f"{ECDSA}, 3.6.7", "rdf.boolean",
           lambda: verify(boolean_as_text())),
    Reject("ESD-10", "the credential's end under its full name", "VCDM 2.0, 4.9", "rdf.renamed",
           lambda: verify(end_under_another_name())),
    Reject("ESD-11", "another issuer's key", f"{ECDSA}, 3.6.7", "ecdsa-sd-2023.signature",
           lambda: verify(derived(), key=OTHER.public_key)),
    Reject("ESD-11", "another time of making", f"{ECDSA}, 3.6.7", "ecdsa-sd-2023.signature",
           lambda: verify(put(derived(), created="2026-11-20T13:00:00Z"))),
    Reject("ESD-12", "signatures that changed places", f"{ECDSA}, 3.6.7", "ecdsa-sd-2023.signature",
           lambda: verify(statement_of_another_proof())),
    Reject("ESD-13", "an Ed25519 key", f"{ECDSA}, 3.6.7", "ecdsa-sd-2023.key",
           lambda: verify(derived(), key=ED25519.public_key)),
    Reject("ESD-14", "a derived proof, issued", f"{ECDSA}, 3.4", "proof.derived",
           lambda: setting(Reader.HOLDER, derived())),
    Reject("ESD-15", "a base proof, shown to a verifier", f"{ECDSA}, 3.4", "proof.base",
           lambda: setting(Reader.VERIFIER, base())),
    Reject("ESD-16", "a derived proof over other proofs", "VC-DI 1.0, 4.5", "proof.chain",
           over_another_proof),
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
]  # fmt: skip


def end_of(secured):
    return {"https://www.w3.org/2018/credentials#validUntil": {
        "@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": secured["validUntil"],
    }}  # fmt: skip


def bbs_boolean_as_text():
    subject = {**bbs_derived()["credentialSubject"], "resident": proofs.BOOLEAN_AS_TEXT["resident"]}
    return {**bbs_derived(), "credentialSubject": subject}


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
    verify_base(base())
    verify(derived())
    bbs_verify_base(bbs_base())
    bbs_verify(bbs_derived())
