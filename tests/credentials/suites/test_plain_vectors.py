"""The published vectors of the suites with one signature, every intermediate value bit for bit."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from credentials.rdf import CompiledCanonicalizer
from credentials.suites.ecdsa_jcs import EcdsaJcs2019
from credentials.suites.ecdsa_jcs import hash_data as jcs_hash_data
from credentials.suites.rdfc import (
    ECDSA_RDFC_2019,
    ED25519_SIGNATURE_2020,
    EDDSA_RDFC_2022,
    EDWARDS,
    NIST,
    Rdfc,
)
from did.eddsa_jcs import EddsaJcs2022
from did.encoding import decode_multibase, encode_multibase
from did.integrity import ProofOptions, add_proof, verify_proof
from did.jcs import canonicalize
from did.keys import Ed25519Signer, P256Signer, P384Signer
from tests.support import vectors
from tests.support.rdf_oracle import WITH_EXAMPLES, OracleCanonicalizer

ENGINE, ORACLE = CompiledCanonicalizer(source=WITH_EXAMPLES), OracleCanonicalizer()
STEMS = {
    "canonDoc": "txt",
    "proofConfig": "json",
    "proofCanon": "txt",
    "docHash": "txt",
    "proofHash": "txt",
    "combinedHash": "txt",
    "sigHex": "txt",
    "sigBTC58": "txt",
    "signed": "json",
}


@dataclass(frozen=True)
class Published:
    """One folder of vectors: its suite, what ends its file names, its keys and its hash."""

    area: str
    folder: str
    ending: str
    suite: object
    keys: str
    signer: type
    hash_name: str = "sha256"

    def file(self, stem):
        return (self.area, self.folder, f"{stem}{self.ending}.{STEMS[stem]}")

    def text(self, stem):
        return vectors.path(*self.file(stem)).read_text()

    def json(self, stem):
        return vectors.load(*self.file(stem))

    def canonical(self, document):
        if isinstance(self.suite, Rdfc):
            lines = ENGINE.canonicalize(document, hash_name=self.hash_name).lines
            assert lines == ORACLE.canonicalize(document, hash_name=self.hash_name).lines
            return "".join(lines)
        return canonicalize(document).decode()

    def key(self):
        pair = vectors.load(self.area, self.keys)
        secret = decode_multibase(pair.get("secretKeyMultibase") or pair["privateKeyMultibase"])
        signer = self.signer(secret[2:])
        assert signer.public_key.multikey() == pair["publicKeyMultibase"]
        return signer


FOLDERS = [
    Published("di-eddsa", "eddsa-jcs-2022", "JCS", EddsaJcs2022(), "keyPair.json", Ed25519Signer),
    Published(
        "di-eddsa", "eddsa-rdfc-2022", "DataInt", Rdfc(EDDSA_RDFC_2022, EDWARDS, ENGINE), "keyPair.json",
        Ed25519Signer,
    ),
    Published(
        "di-eddsa", "Ed25519Signature2020", "EdSig", Rdfc(ED25519_SIGNATURE_2020, EDWARDS, ENGINE),
        "keyPair.json", Ed25519Signer,
    ),
    Published(
        "di-ecdsa", "ecdsa-rdfc-2019-p256", "ECDSAP256", Rdfc(ECDSA_RDFC_2019, NIST, ENGINE),
        "p256KeyPair.json", P256Signer,
    ),
    Published(
        "di-ecdsa", "ecdsa-rdfc-2019-p384", "ECDSAP384", Rdfc(ECDSA_RDFC_2019, NIST, ENGINE),
        "p384KeyPair.json", P384Signer, "sha384",
    ),
    Published(
        "di-ecdsa", "ecdsa-jcs-2019-p256", "JCSECDSAP256", EcdsaJcs2019(), "p256KeyPair.json", P256Signer
    ),
    Published(
        "di-ecdsa", "ecdsa-jcs-2019-p384", "JCSECDSAP384", EcdsaJcs2019(), "p384KeyPair.json", P384Signer,
        "sha384",
    ),
]  # fmt: skip
FILES = {"/".join(folder.file(stem)) for folder in FOLDERS for stem in STEMS}
FILES |= {f"{folder.area}/{name}" for folder in FOLDERS for name in (folder.keys, "unsigned.json")}
FILES |= {f"{folder.area}/employmentAuth.json" for folder in FOLDERS}
TODAY = [folder for folder in FOLDERS if folder.suite.name != ED25519_SIGNATURE_2020]  # that one is not made
every_folder = pytest.mark.parametrize("published", FOLDERS, ids=lambda found: found.folder)

every_suite_of_today = pytest.mark.parametrize("published", TODAY, ids=lambda found: found.folder)


def unsigned(published):
    """The document that was signed; for the oldest suite with its context, which the file lacks."""
    document = vectors.load(published.area, "unsigned.json")
    return {**document, "@context": published.json("signed")["@context"]}


@every_folder
def test_intermediate_values(published):
    document, config = unsigned(published), published.json("proofConfig")
    assert published.canonical(document) == published.text("canonDoc")
    assert published.canonical(config) == published.text("proofCanon")
    hashes = [hashlib.new(published.hash_name, published.text(stem).encode()).hexdigest()
              for stem in ("proofCanon", "canonDoc")]  # fmt: skip
    assert hashes == [published.text("proofHash"), published.text("docHash")]
    assert "".join(hashes) == published.text("combinedHash")


@every_folder
def test_what_the_suite_signs(published):
    document, config = unsigned(published), published.json("proofConfig")
    key = published.key()
    if isinstance(published.suite, Rdfc):
        data = published.suite.hash_data(document, config, key.public_key.type)
    else:
        data = jcs_hash_data(document, config, published.hash_name)
    assert data.hex() == published.text("combinedHash")
    # RFC 6979 and RFC 8032: signatures follow from key and data, so they are the published ones.
    assert key.sign(data).hex() == published.text("sigHex")
    assert encode_multibase(key.sign(data)) == published.text("sigBTC58")
    assert published.json("signed")["proof"]["proofValue"] == published.text("sigBTC58")


def verified(secured, suite, key):
    return verify_proof(
        secured,
        suites={suite.name: suite},
        keys=lambda _method, _purpose: key,
        expected_purpose="assertionMethod",
        expected_domain=None,
        expected_challenge=None,
        now=datetime(2026, 11, 20, tzinfo=UTC),
    )


@every_folder
def test_the_signed_document_verifies(published):
    signed = published.json("signed")
    found = verified(signed, published.suite, published.key().public_key)
    assert found.document == {name: value for name, value in signed.items() if name != "proof"}


@every_suite_of_today
def test_the_signed_document_is_made(published):
    signed, key = published.json("signed"), published.key()
    options = ProofOptions(
        cryptosuite=published.suite.name,
        verification_method=signed["proof"]["verificationMethod"],
        proof_purpose="assertionMethod",
        created=datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC),
    )
    made = add_proof(unsigned(published), suite=published.suite, options=options, signer=key)
    assert made == signed


@every_suite_of_today
def test_the_other_document_goes_all_the_way(published):
    document, key = vectors.load(published.area, "employmentAuth.json"), published.key()
    options = ProofOptions(published.suite.name, "did:example:issuer#key", "assertionMethod")
    made = add_proof(document, suite=published.suite, options=options, signer=key)
    assert verified(made, published.suite, key.public_key).document == document
