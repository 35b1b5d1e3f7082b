"""eddsa-jcs-2022 against the npm implementation on jsonld-signatures, with our did:key documents."""

from __future__ import annotations

import copy
import random
from datetime import UTC, datetime

import pytest

from did.eddsa_jcs import NAME, EddsaJcs2022
from did.encoding import decode_base58btc, encode_multibase
from did.identifiers import Did
from did.integrity import ProofOptions, add_proof, verify_proof
from did.jcs import canonicalize
from did.keys import Ed25519Signer
from did.methods import key as did_key
from did.resolution import authorised_key, self_certified
from schemas import examples
from tests.did.outcomes import outcome
from tests.interop.test_jcs import document as any_json
from tests.support.peers import ask, values

V2 = "https://www.w3.org/ns/credentials/v2"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SEED, OTHER_SEED = bytes(range(32)), bytes(range(1, 33))
SIGNER, OTHER = Ed25519Signer(SEED), Ed25519Signer(OTHER_SEED)
GENERIC = 60


def method_id(signer):
    return did_key.verification_method_id(signer.public_key)


def profile(name):
    return {
        "@context": [V2, f"https://avow.example/contexts/{name}/v1"],
        "type": ["VerifiableCredential", "".join(map(str.capitalize, name.split("-"))) + "Credential"],
        "issuer": did_key.create(SIGNER.public_key).text,
        "validFrom": "2026-11-20T00:00:00Z",
        "credentialSubject": examples.load(name),
    }


CREDENTIALS = {name: profile(name) for name in examples.NAMES}


def generic():
    """Documents that are no credentials, with whatever JSON has, and `@context` as text or as a list."""
    rng = random.Random("eddsa-jcs-2022")
    for number in range(GENERIC):
        context = V2 if number % 3 == 0 else [V2, "https://e.example/contexts/x"]
        yield f"document {number}", {"@context": context, "x": any_json(rng, 3)}


# Without those that hold numbers which have no canonical form here.
DOCUMENTS = {name: found for name, found in generic() if outcome(canonicalize, found).code is None}


def secured_by_us(unsecured, signer=SIGNER, **options):
    stated = {
        "verification_method": method_id(signer),
        "proof_purpose": "assertionMethod",
        "created": NOW,
        **options,
    }
    return add_proof(unsecured, suite=EddsaJcs2022(), options=ProofOptions(NAME, **stated), signer=signer)


class Source:
    """Where our verifier finds documents: did:key only."""

    def document(self, did):
        return self_certified(did)


def verified_by_us(secured):
    return outcome(
        verify_proof,
        secured,
        suites={NAME: EddsaJcs2022()},
        keys=lambda method, purpose: authorised_key(Source(), method, purpose),
        expected_purpose="assertionMethod",
        expected_domain=None,
        expected_challenge=None,
        now=NOW,
    )


@pytest.fixture(scope="module")
def peer(bundled):
    documents = dict(bundled)
    for signer in (SIGNER, OTHER):
        did = did_key.create(signer.public_key)
        resolved = did_key.resolve(Did.parse(did.text)).to_json()
        documents[did.text] = resolved
        [method] = resolved["verificationMethod"]
        documents[method["id"]] = {"@context": "https://w3id.org/security/multikey/v1", **method}
    # multicodec ed25519-priv
    key = {
        **documents[method_id(SIGNER)],
        "secretKeyMultibase": encode_multibase(bytes.fromhex("8026") + SEED),
    }
    given = {"documents": documents, "key": key, "now": "2026-11-20T12:00:00Z"}
    return lambda tasks: ask("eddsa_jcs", tasks, given)


@pytest.fixture(scope="module")
def theirs(peer):
    made = peer(
        {name: {"do": "issue", "credential": found} for name, found in CREDENTIALS.items()}
        | {name: {"do": "sign", "document": found} for name, found in DOCUMENTS.items()}
    )
    return values(made)


def test_we_verify_what_the_peer_signs(theirs):
    assert len(theirs) > 50
    assert {name: verified_by_us(secured).code for name, secured in theirs.items()} == dict.fromkeys(theirs)
    for name, secured in theirs.items():
        unsecured = {member: value for member, value in secured.items() if member != "proof"}
        assert unsecured == (CREDENTIALS | DOCUMENTS)[name]


def test_the_peer_makes_the_very_proof_that_we_make(theirs):
    """Ed25519 is deterministic, so same options and document give the same bytes."""
    for name, secured in theirs.items():
        assert secured_by_us((CREDENTIALS | DOCUMENTS)[name])["proof"] == secured["proof"]


def test_the_peer_verifies_what_we_sign(peer):
    ours = {
        f"{name}, {options}": (name in CREDENTIALS, secured_by_us(found, **options))
        for name, found in (CREDENTIALS | DOCUMENTS).items()
        for options in ({}, {"created": None, "nonce": "n"})
    }
    verdicts = peer(
        {
            name: {"do": "verify_credential" if is_credential else "verify", "secured": secured}
            for name, (is_credential, secured) in ours.items()
        }
    )
    assert values(verdicts) == dict.fromkeys(ours, True)


def put(*path_and_value):
    *path, name, value = path_and_value

    def edit(secured):
        for step in path:
            secured = secured[step]
        secured[name] = value

    return edit


def malleated(secured):
    """Add the order of the group to the signature's scalar: an equation without a range check still holds."""
    signature = decode_base58btc(secured["proof"]["proofValue"][1:], max_chars=88)
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(signature[32:], "little") + order
    secured["proof"]["proofValue"] = encode_multibase(signature[:32] + scalar.to_bytes(32, "little"))


def flipped(secured):
    signature = bytearray(decode_base58btc(secured["proof"]["proofValue"][1:], max_chars=88))
    signature[0] ^= 1
    secured["proof"]["proofValue"] = encode_multibase(bytes(signature))


# Each with the code that it meets here; the peer must refuse it as well.
ALTERED = {
    "claim": (put("credentialSubject", "birthDate", "1994-03-18"), "proof.signature"),
    "claim added": (put("credentialSubject", "isAdmin", True), "proof.signature"),
    "claim of another JSON type": (put("credentialSubject", "resident", "true"), "proof.signature"),
    "issuer": (put("issuer", "did:example:mallory"), "proof.signature"),
    "created": (put("proof", "created", "2026-11-19T12:00:00Z"), "proof.signature"),
    "member of the proof added": (put("proof", "x", 1), "proof.signature"),
    "purpose": (put("proof", "proofPurpose", "authentication"), "proof.purpose"),
    "another key named": (put("proof", "verificationMethod", method_id(OTHER)), "proof.signature"),
    "another suite named": (put("proof", "cryptosuite", "eddsa-rdfc-2022"), "proof.cryptosuite"),
    "type": (put("proof", "type", "Ed25519Signature2020"), "proof.malformed"),
    "signature": (flipped, "proof.signature"),
    "signature malleated": (malleated, "proof.signature"),
    "context put before": (lambda secured: secured["@context"].insert(0, V2 + "/x"), "proof.context"),
    "context taken away": (lambda secured: secured["@context"].pop(), "proof.context"),
    "context of the proof taken away": (lambda secured: secured["proof"].pop("@context"), "proof.signature"),
    "context of the proof cut": (lambda secured: secured["proof"]["@context"].pop(), "proof.signature"),
    "no proof": (lambda secured: secured.pop("proof"), "proof.missing"),
}


def altered(secured, edit):
    changed = copy.deepcopy(secured)
    edit(changed)
    return changed


def test_altered_ones_are_refused_by_both(peer, theirs):
    of_whom = {"ours": secured_by_us(CREDENTIALS["national-identity"]), "theirs": theirs["national-identity"]}
    cases = {
        f"{name}, {whose}": altered(secured, edit)
        for name, (edit, _) in ALTERED.items()
        for whose, secured in of_whom.items()
    }
    assert {name: verified_by_us(secured).code for name, secured in cases.items()} == {
        f"{name}, {whose}": code for name, (_, code) in ALTERED.items() for whose in of_whom
    }
    verdicts = peer(
        {name: {"do": "verify_credential", "secured": secured} for name, secured in cases.items()}
    )
    assert {name for name, answer in verdicts.items() if answer.error is None} == set()
    # It got as far as the signature, and not only to a complaint about the form.
    assert sum("Invalid signature" in answer.error for answer in verdicts.values()) > len(verdicts) / 2


def test_an_appended_context_is_let_by_and_left_out_by_both(peer):
    """Data Integrity EdDSA 1.0, 3.3.2 step 4: the proof's `@context` is what counts."""
    secured = altered(
        secured_by_us(CREDENTIALS["employment"]), lambda found: found["@context"].append(V2 + "/x")
    )
    assert verified_by_us(secured).value.document == CREDENTIALS["employment"]
    assert values(peer({"it": {"do": "verify_credential", "secured": secured}})) == {"it": True}


def test_a_context_within_the_document_is_compared_by_value_here_and_by_identity_there(peer):
    """The peer signs such a document as we do, and then refuses what it signed itself."""
    unsecured = {"@context": [V2, {"x": "https://e.example/x"}], "x": 1}
    signed = values(peer({"it": {"do": "sign", "document": unsecured}}))["it"]
    assert signed == secured_by_us(unsecured)
    assert verified_by_us(signed).value.document == unsecured
    verdict = peer({"it": {"do": "verify", "secured": signed}})["it"]
    assert "document.@context does not start with proof.@context" in verdict.error
