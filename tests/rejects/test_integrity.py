"""Data Integrity proofs that must be rejected: alone, in sets and chains, of suites with one signature."""

from __future__ import annotations

import pytest

from credentials.suites.ecdsa_jcs import EcdsaJcs2019
from credentials.suites.rdfc import (
    ECDSA_RDFC_2019,
    ED25519_SIGNATURE_2020,
    EDDSA_RDFC_2022,
    EDWARDS,
    NIST,
    Rdfc,
)
from did.eddsa_jcs import EddsaJcs2022
from did.encoding import encode_multibase
from did.integrity import add_proof
from tests.rejects.catalogue import Reject, needed, refused
from tests.support import proofs
from tests.support.proofs import CREDENTIAL, ED25519, NOW, SUITE, checked, options, signed


def cut(secured):
    return {**secured, "proof": {**secured["proof"], "proofValue": encode_multibase(bytes(63))}}


def with_nonce_that_is_no_text():
    """Signed as it is: JCS signs any JSON."""
    return proofs.signed_as({"nonce": 7})


def pair(first, second):
    """Two proofs, signed as they are."""
    one, other = proofs.signed_as(first)["proof"], proofs.signed_as(second)["proof"]
    return {**CREDENTIAL, "proof": [one, other]}


def chained(previous):
    """A proof over another one, which names it in its own way."""
    first = proofs.signed_as({"id": "urn:uuid:1"})["proof"]
    second = proofs.signed_as({"previousProof": previous}, document={**CREDENTIAL, "proof": [first]})["proof"]
    return {**CREDENTIAL, "proof": [first, second]}


def dangling():
    second = chained("urn:uuid:1")["proof"][1]
    return {**CREDENTIAL, "proof": [second]}


def more_contexts():
    """The first context is another one; those that were signed follow."""
    return {**signed(), "@context": ["https://w3id.org/vdl/v1", *CREDENTIAL["@context"]]}


def legacy_with_cryptosuite():
    return proofs.signed_as({"type": ED25519_SIGNATURE_2020})


def rdfc(name, types):
    return Rdfc(name, types, proofs.canonicalizer())


def rewritten(old, new):
    """A statement of the credential written in another way, after signing."""
    secured = signed(suite=rdfc(EDDSA_RDFC_2022, EDWARDS))
    return {**{name: value for name, value in secured.items() if name != old}, **new}


def checked_as_rdf(secured):
    suite = rdfc(EDDSA_RDFC_2022, EDWARDS)
    return checked(secured, suites={suite.name: suite})


def another_context_in_the_proof():
    secured = signed(suite=rdfc(EDDSA_RDFC_2022, EDWARDS))
    proof = {**secured["proof"], "@context": ["https://www.w3.org/ns/credentials/v2"]}
    return checked_as_rdf({**secured, "proof": proof})


def expiry_under_another_name():
    """The end of the proof's validity is signed, and not found."""
    secured = signed(suite=rdfc(EDDSA_RDFC_2022, EDWARDS), expires=NOW)
    proof = secured["proof"]
    moved = {"https://w3id.org/security#expiration": {
        "@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": proof["expires"],
    }}  # fmt: skip
    kept = {name: value for name, value in proof.items() if name != "expires"}
    return checked_as_rdf({**secured, "proof": {**kept, **moved}})


def end_under_another_name():
    moved = {"https://www.w3.org/2018/credentials#validUntil": {
        "@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": CREDENTIAL["validUntil"],
    }}  # fmt: skip
    return checked_as_rdf(rewritten("validUntil", moved))


def boolean_as_text():
    return checked_as_rdf(rewritten("credentialSubject", {"credentialSubject": proofs.BOOLEAN_AS_TEXT}))


def key_of_another_curve(suite):
    """An Ed25519 key and signature where the suite is for P-256."""
    return checked(signed_by_another_algorithm(suite), suites={suite.name: suite}, key=ED25519.public_key)


def signed_by_another_algorithm(suite):
    proof = options(suite).to_json()
    rdf = isinstance(suite, Rdfc)
    data = suite.hash_data(CREDENTIAL, proof, ED25519.public_key.type) if rdf else b""
    return {**CREDENTIAL, "proof": {**proof, "proofValue": encode_multibase(ED25519.sign(data))}}


def titled(case):
    """Several cases for one check: the number alone would not tell them apart."""
    return f"{case.number} {case.title}"


VC_DI = "VC-DI 1.0"
CASES = [
    Reject("DI-01", "a signature of 63 bytes", "VC-DI EdDSA 1.0, 3.3.2", "proof.malformed",
           lambda: checked(cut(signed()))),
    Reject("DI-01", "a P-256 signature of 63 bytes", "VC-DI ECDSA 1.0, 3.3.2", "proof.malformed",
           lambda: checked(cut(proofs.by_p256()), suites={"ecdsa-jcs-2019": EcdsaJcs2019()},
                           key=proofs.P256.public_key)),
    Reject("DI-02", "eleven proofs", f"{VC_DI}, 4.5", "proof.too-many",
           lambda: checked({**CREDENTIAL, "proof": [signed()["proof"]] * 11})),
    Reject("DI-03", "no proof", f"{VC_DI}, 4.4", "proof.missing",
           lambda: checked(CREDENTIAL)),
    Reject("DI-03", "an empty list of proofs", f"{VC_DI}, 4.5", "proof.missing",
           lambda: checked({**CREDENTIAL, "proof": []})),
    Reject("DI-04", "a legacy type beside a cryptosuite", f"{VC_DI}, 2.1", "proof.malformed",
           lambda: checked(legacy_with_cryptosuite(), suites={ED25519_SIGNATURE_2020: EddsaJcs2022()})),
    Reject("DI-05", "a proof for authentication", f"{VC_DI}, 4.4", "proof.purpose",
           lambda: checked(signed(proof_purpose="authentication"))),
    Reject("DI-06", "a proof for key agreement, as expected", f"{VC_DI}, 2.3", "proof.purpose",
           lambda: checked(proofs.signed_as({"proofPurpose": "keyAgreement"}),
                           expected_purpose="keyAgreement")),
    Reject("DI-07", "an empty list of previous proofs", f"{VC_DI}, 4.5", "proof.malformed",
           lambda: checked(proofs.signed_as({"previousProof": []}, document={**CREDENTIAL, "proof": []}))),
    Reject("DI-07", "a previous proof named twice", f"{VC_DI}, 4.5", "proof.malformed",
           lambda: checked(chained(["urn:uuid:1", "urn:uuid:1"]))),
    Reject("DI-08", "an answer to another challenge", f"{VC_DI}, 4.4", "proof.challenge",
           lambda: checked(signed(challenge="one"), expected_challenge="another")),
    Reject("DI-08", "an answer where none was asked for", f"{VC_DI}, 4.4", "proof.challenge",
           lambda: checked(signed(challenge="one"))),
    Reject("DI-09", "a nonce that is a number", f"{VC_DI}, 2.1", "proof.malformed",
           lambda: checked(with_nonce_that_is_no_text())),
    Reject("DI-10", "a domain that is a number, beside the expected one", f"{VC_DI}, 2.1", "proof.malformed",
           lambda: checked(proofs.signed_as({"domain": ["rp.example", 7]}), expected_domain="rp.example")),
    Reject("DI-11", "another domain", f"{VC_DI}, 4.4", "proof.domain",
           lambda: checked(signed(domain="rp.example"), expected_domain="other.example")),
    Reject("DI-11", "one domain of two", f"{VC_DI}, 4.4", "proof.domain",
           lambda: checked(signed(domain="a"), expected_domain=frozenset({"a", "b"}))),
    Reject("DI-12", "made at a time without a zone", f"{VC_DI}, 2.1", "proof.malformed",
           lambda: checked(proofs.signed_as({"created": "2026-11-20T12:00:00"}))),
    Reject("DI-13", "a proof that has expired", f"{VC_DI}, 4.4", "proof.expired",
           lambda: checked(signed(expires=NOW))),
    Reject("DI-14", "a previous proof that is not here", f"{VC_DI}, 4.5", "proof.previous-unknown",
           lambda: checked(dangling())),
    Reject("DI-15", "a proof made for key agreement", f"{VC_DI}, 2.3", "proof.purpose",
           lambda: signed(proof_purpose="keyAgreement")),
    Reject("DI-16", "two proofs of one id", f"{VC_DI}, 2.1", "proof.duplicate-id",
           lambda: checked(pair({"id": "urn:uuid:1"}, {"id": "urn:uuid:1", "nonce": "another"}))),
    Reject("DI-17", "another context before those signed", "VC-DI EdDSA 1.0, 3.3.2", "proof.context",
           lambda: checked(more_contexts())),
    Reject("DI-18", "an Ed25519 key for ecdsa-jcs-2019", "VC-DI ECDSA 1.0, 3.3", "proof.key-type",
           lambda: key_of_another_curve(EcdsaJcs2019())),
    Reject("DI-19", "an Ed25519 key for ecdsa-rdfc-2019", "VC-DI ECDSA 1.0, 3.2", "proof.key-type",
           lambda: key_of_another_curve(rdfc(ECDSA_RDFC_2019, NIST))),
    Reject("DI-20", "a context in the proof that is not the document's", "VC-DI EdDSA 1.0, 3.2.5",
           "proof.context", another_context_in_the_proof),
    Reject("DI-21", "the proof's end under its full name", f"{VC_DI}, 4.4", "rdf.renamed",
           expiry_under_another_name),
    Reject("DI-22", "a true that is written as a text", "VC-DI EdDSA 1.0, 3.2.3", "rdf.boolean",
           boolean_as_text),
    Reject("DI-23", "the credential's end under its full name", "VCDM 2.0, 4.9", "rdf.renamed",
           end_under_another_name),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=titled)
def test_is_refused(case):
    refused(case)


@pytest.mark.parametrize("case", CASES, ids=titled)
def test_needs_its_check(case):
    needed(case)


def test_what_the_cases_start_from_is_accepted():
    checked(signed())
    checked(chained("urn:uuid:1"))
    checked(chained(["urn:uuid:1"]))
    checked_as_rdf(signed(suite=rdfc(EDDSA_RDFC_2022, EDWARDS)))
    checked(proofs.by_p256(), suites={"ecdsa-jcs-2019": EcdsaJcs2019()}, key=proofs.P256.public_key)
    add_proof(signed(), suite=SUITE, options=options(SUITE), signer=ED25519)
