"""`bbs-2023` with holder binding: the published vectors, and that nobody shows it but its holder."""

from __future__ import annotations

from datetime import UTC, datetime

import cbor2
import pytest

from credentials.errors import CredentialError
from credentials.rdf import CompiledCanonicalizer
from credentials.suites import Bbs2023, Reader, Setting
from credentials.suites.bbs_2023_bound import BoundBbs2023, HolderBinding
from credentials.suites.bbs_bound_value import BOUND_DERIVED, BoundBaseProofValue, BoundDerivedProofValue
from credentials.suites.selective_suites import Bbs
from did.encoding import encode_base64url
from did.integrity import UNSAFE_ANY, ProofOptions, split_proof
from did.keys import KeyType, PublicKey
from tests.support import bbs as world
from tests.support import vectors
from tests.support.bbs import HEADER, MANDATORY, Randomness
from zk import bbs
from zk.blind import signatures

SECRET = b"a holder's secret of 32 octets, "
SELECTED = ("/credentialSubject/nationality", "/credentialSubject/birthDate")


@pytest.fixture(scope="module")
def bbs_suite():
    return bbs.suite(bbs.SHA256)


@pytest.fixture(scope="module")
def suite(bbs_suite):
    return BoundBbs2023(CompiledCanonicalizer(), bbs_suite)


@pytest.fixture(scope="module")
def issuer(bbs_suite):
    return world.key_pair(bbs_suite, b"an issuer's key material, for tests")


@pytest.fixture(scope="module")
def committed(suite):
    return suite.commit(SECRET, random_bytes=Randomness(b"holder"))


@pytest.fixture(scope="module")
def base(suite, issuer, committed):
    return suite.create_base(
        world.credential(),
        world.options(),
        *issuer,
        commitment=committed[0],
        mandatory_pointers=MANDATORY,
        random_bytes=Randomness(),
    )


@pytest.fixture(scope="module")
def derived(suite, base, committed):
    return derive(suite, base, committed[1])


def derive(suite, base, holder):
    return suite.derive(
        base,
        holder=holder,
        selective_pointers=SELECTED,
        presentation_header=HEADER,
        random_bytes=Randomness(b"derive"),
    )


def code_of(call, *args, **kwargs):
    with pytest.raises(CredentialError) as refused:
        call(*args, **kwargs)
    return refused.value.code


def put(secured, **members):
    return {**secured, "proof": {**secured["proof"], **members}}


def test_issue_receive_derive_verify(suite, issuer, committed, base, derived):
    suite.verify_base(base, public_key=issuer[1], holder=committed[1])
    suite.verify_derived(derived, public_key=issuer[1], expected_presentation_header=HEADER)
    suite.verify_derived(derived, public_key=issuer[1], expected_presentation_header=UNSAFE_ANY)
    assert suite.is_base_proof(base["proof"])
    assert suite.is_derived_proof(derived["proof"])
    assert not suite.is_base_proof(derived["proof"])
    assert suite.name == "bbs-2023"
    assert derived["credentialSubject"].keys() >= {"nationality", "birthDate"}


def test_the_credential_alone_proves_nothing(suite, issuer, committed, base):
    """A stolen credential, with another secret, another blind, or none of them right."""
    _, other = suite.commit(b"x" * 32, random_bytes=Randomness(b"thief"))
    for holder in (
        other,
        HolderBinding(SECRET, other.blind),
        HolderBinding(b"x" * 32, committed[1].blind),
    ):
        assert code_of(suite.verify_base, base, public_key=issuer[1], holder=holder) == "bbs-2023.signature"
        shown = derive(suite, base, holder)
        arguments = {"public_key": issuer[1], "expected_presentation_header": HEADER}
        assert code_of(suite.verify_derived, shown, **arguments) == "bbs-2023.proof"


def test_baseline_and_feature_refuse_each_other(suite, issuer, committed, base, derived, bbs_suite):
    baseline = Bbs2023(CompiledCanonicalizer(), bbs_suite)
    arguments = {"public_key": issuer[1], "expected_presentation_header": HEADER}
    assert code_of(baseline.verify_derived, derived, **arguments) == "bbs-2023.malformed"
    assert code_of(baseline.verify_base, base, public_key=issuer[1]) == "bbs-2023.malformed"
    plain = baseline.create_base(
        world.credential(),
        world.options(),
        *issuer,
        mandatory_pointers=MANDATORY,
        random_bytes=Randomness(),
    )
    holder = {"public_key": issuer[1], "holder": committed[1]}
    assert code_of(suite.verify_base, plain, **holder) == "bbs-2023.malformed"
    assert code_of(suite.verify_derived, base, **arguments) == "bbs-2023.base-proof"
    assert code_of(suite.verify_base, derived, **holder) == "bbs-2023.derived-proof"
    assert not baseline.is_derived_proof(derived["proof"])


def test_changes_are_refused(suite, issuer, derived, bbs_suite):
    _, other_key = world.key_pair(bbs_suite, b"another issuer's key material, for tests")
    given = {"public_key": issuer[1], "expected_presentation_header": HEADER}
    subject = {**derived["credentialSubject"], "nationality": "XX"}
    for secured, changes, code in (
        (derived, {"expected_presentation_header": b"other"}, "bbs-2023.presentation-header"),
        (derived, {"public_key": other_key}, "bbs-2023.proof"),
        ({**derived, "credentialSubject": subject}, {}, "bbs-2023.proof"),
        (put(derived, created="2026-11-21T00:00:00Z"), {}, "bbs-2023.proof"),
        (put(derived, proofValue=derived["proof"]["proofValue"][:-2]), {}, "bbs-2023.malformed"),
        (put(derived, cryptosuite="other"), {}, "proof.cryptosuite"),
    ):
        assert code_of(suite.verify_derived, secured, **{**given, **changes}) == code


def changed(derived, change):
    value = BoundDerivedProofValue.read(derived["proof"]["proofValue"])
    parts = [*value.components(), value.signer_messages]
    change(parts)
    body = cbor2.dumps(parts, canonical=True)
    return put(derived, proofValue="u" + encode_base64url(BOUND_DERIVED.header + body))


@pytest.mark.parametrize(
    "change",
    [
        lambda parts: parts.pop(),
        lambda parts: parts.append(1),
        lambda parts: parts.__setitem__(5, -1),
        lambda parts: parts.__setitem__(5, "17"),
        lambda parts: parts.__setitem__(5, True),
        lambda parts: parts.__setitem__(5, parts[5] + 1),
        lambda parts: parts.__setitem__(5, parts[5] - 1),
        lambda parts: parts.__setitem__(5, 2**30),
        lambda parts: parts.__setitem__(3, [*parts[3][:-1], 900]),
        lambda parts: parts.__setitem__(0, parts[0][:-1]),
        lambda parts: parts.__setitem__(0, parts[0] + parts[0][-32:]),
    ],
    ids=[
        "a part less",
        "a part more",
        "a negative count",
        "a count in text",
        "a count that is a truth",
        "a count too high",
        "a count too low",
        "a count beyond limits",
        "an index beyond the messages",
        "a proof cut short",
        "a proof with another hidden message",
    ],
)
def test_malformed_proof_values(suite, issuer, derived, change):
    given = {"public_key": issuer[1], "expected_presentation_header": HEADER}
    assert code_of(suite.verify_derived, changed(derived, change), **given) == "bbs-2023.malformed"


def test_only_one_secret_is_committed_to(suite, issuer, committed, bbs_suite):
    issue = (world.credential(), world.options(), *issuer)
    two, _ = signatures.commit(bbs_suite, [SECRET, SECRET], random_bytes=Randomness())
    none, _ = signatures.commit(bbs_suite, [], random_bytes=Randomness())
    broken = committed[0][:-1] + bytes([committed[0][-1] ^ 1])
    for commitment in (two, none, broken, b"", committed[0][:-1]):
        arguments = {
            "commitment": commitment,
            "mandatory_pointers": MANDATORY,
            "random_bytes": Randomness(),
        }
        assert code_of(suite.create_base, *issue, **arguments) == "bbs-2023.commitment"


def test_what_a_caller_must_give(suite, issuer, committed, base):
    arguments = {"commitment": committed[0], "mandatory_pointers": MANDATORY, "random_bytes": Randomness()}
    create = (suite.create_base, base, world.options(), *issuer)
    assert code_of(*create, **arguments) == "proof.present"
    short = arguments | {"random_bytes": lambda _: b""}
    create = (suite.create_base, world.credential(), world.options(), *issuer)
    assert code_of(*create, **short) == "bbs-2023.randomness"
    assert code_of(suite.commit, b"short", random_bytes=Randomness()) == "bbs-2023.holder-secret"
    assert code_of(suite.commit, SECRET, random_bytes=lambda _: b"") == "zk.randomness"
    assert code_of(HolderBinding, b"short", committed[1].blind) == "bbs-2023.holder-secret"


def test_a_wrong_key_of_the_issuer(suite, issuer, committed, bbs_suite):
    _, other = world.key_pair(bbs_suite, b"another issuer's key material, for tests")
    arguments = {"commitment": committed[0], "mandatory_pointers": MANDATORY, "random_bytes": Randomness()}
    create = (suite.create_base, world.credential(), world.options(), issuer[0])
    assert code_of(*create, other, **arguments) == "bbs-2023.key"
    derive_broken = code_of(
        suite.derive,
        suite.create_base(world.credential(), world.options(), *issuer, **arguments),
        holder=committed[1],
        selective_pointers=SELECTED,
        presentation_header=HEADER,
        random_bytes=lambda _: b"",
    )
    assert derive_broken == "zk.randomness"


def test_nothing_of_the_holder_shows(suite, committed, base):
    assert "holder's secret" not in repr(committed[1])
    assert SECRET not in str(base).encode()
    assert BoundBaseProofValue.read(base["proof"]["proofValue"]).hmac_key.hex() not in repr(
        BoundBaseProofValue.read(base["proof"]["proofValue"])
    )


def test_verifiers_take_both_and_holders_get_theirs(issuer, base, derived, bbs_suite):
    """As one suite of the registry: a bound proof is checked for verifiers, under their own header."""
    suite = Bbs(Bbs2023(CompiledCanonicalizer(), bbs_suite))
    assert suite.is_derived(derived["proof"])
    document, proof = split_proof(derived)
    for header in (HEADER, None):
        checker = suite.checker(proof, Setting(Reader.VERIFIER, header))
        assert checker.verify_proof(document, proof, issuer[1]) == document
    checker = suite.checker(proof, Setting(Reader.VERIFIER, b"other"))
    assert code_of(checker.verify_proof, document, proof, issuer[1]) == "presentation.binding"
    altered = {**document, "validFrom": "2026-11-21T00:00:00Z"}
    checker = suite.checker(proof, Setting(Reader.VERIFIER, HEADER))
    assert code_of(checker.verify_proof, altered, proof, issuer[1]) == "proof.signature"
    for setting, code in (
        (Setting(Reader.VERIFIER), "proof.base"),
        (Setting(Reader.VERIFIER, HEADER), "presentation.base-proof"),
        (Setting(Reader.HOLDER), "proof.secrets"),
    ):
        assert code_of(suite.checker, base["proof"], setting) == code


# The published vectors.


def load(name):
    return vectors.load("di-bbs", "HolderBinding", name)


@pytest.fixture(scope="module")
def published(bbs_suite):
    material = vectors.load("di-bbs", "BBSKeyMaterial.json")
    blind = signatures.ProverBlind.from_bytes(
        bbs_suite, bytes.fromhex(load("commitmentInfo.json")["secretProverBlind"])
    )
    secret = vectors.load("di-bbs", "FeatureInputs", "holderSecret.json")["holderSecretHex"]
    return (
        bbs.SecretKey.from_bytes(bbs_suite, bytes.fromhex(material["privateKeyHex"])),
        PublicKey(KeyType.BLS12381_G2, bytes.fromhex(material["publicKeyHex"])),
        bytes.fromhex(material["hmacKeyString"]),
        HolderBinding(bytes.fromhex(secret), blind),
    )


def test_published_credential_is_verified(suite, published):
    _, public, _, holder = published
    suite.verify_base(load("addSignedSDBase.json"), public_key=public, holder=holder)
    header = bytes(load("derivedDisclosureData.json")["presentationHeader"].values())
    reveal = load("derivedRevealDocument.json")
    suite.verify_derived(reveal, public_key=public, expected_presentation_header=header)


def test_published_credential_is_issued_anew(suite, published):
    """Byte for byte, from the same commitment and HMAC key."""
    secret, public, hmac_key, holder = published
    config = load("addProofConfig.json")
    options = ProofOptions(
        cryptosuite=config["cryptosuite"],
        verification_method=config["verificationMethod"],
        proof_purpose=config["proofPurpose"],
        created=datetime(2023, 8, 15, 23, 36, 38, tzinfo=UTC),
    )
    secured = suite.create_base(
        vectors.load("di-bbs", "FeatureInputs", "license.json"),
        options,
        secret,
        public,
        commitment=bytes.fromhex(load("commitmentInfo.json")["commitmentWithProof"]),
        mandatory_pointers=vectors.load("di-bbs", "FeatureInputs", "licenseMandatory.json"),
        random_bytes=lambda size: hmac_key[:size],
    )
    suite.verify_base(secured, public_key=public, holder=holder)
    assert secured == load("addSignedSDBase.json")


def test_published_credential_is_shown_anew(suite, published):
    """The same document, labels and indexes; the proof itself is drawn anew."""
    _, public, _, holder = published
    expected = load("derivedRevealDocument.json")
    header = bytes(load("derivedDisclosureData.json")["presentationHeader"].values())
    shown = suite.derive(
        load("addSignedSDBase.json"),
        holder=holder,
        selective_pointers=vectors.load("di-bbs", "FeatureInputs", "licenseSelective.json"),
        presentation_header=header,
        random_bytes=Randomness(),
    )
    suite.verify_derived(shown, public_key=public, expected_presentation_header=header)
    ours, theirs = (
        BoundDerivedProofValue.read(document["proof"]["proofValue"]) for document in (shown, expected)
    )
    assert ours.components()[1:] == theirs.components()[1:]
    assert (ours.signer_messages, len(ours.proof)) == (theirs.signer_messages, len(theirs.proof))
    assert put(shown, proofValue="") == put(expected, proofValue="")
