"""Proofs for selective disclosure that must be rejected: ecdsa-sd-2023."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from credentials.suites import EcdsaSd2023, Reader, Setting, ecdsa_sd_proof_value
from credentials.suites.selective_suites import EcdsaSd
from did.keys import P256Signer, PublicKey
from tests.rejects.catalogue import Reject, needed, refused
from tests.support import proofs
from tests.support.proofs import CREDENTIAL, ED25519, P256

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


ECDSA = "VC-DI ECDSA 1.0"
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
    verify_base(base())
    verify(derived())
