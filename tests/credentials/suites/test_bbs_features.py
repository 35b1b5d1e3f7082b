"""`bbs-2023` with its features: the published vectors, who may show what to whom, and what a pseudonym is."""

from __future__ import annotations

from datetime import UTC, datetime

import cbor2
import pytest

from credentials.errors import CredentialError
from credentials.rdf import CompiledCanonicalizer
from credentials.suites import Bbs2023, Reader, Setting
from credentials.suites.bbs_features import (
    BbsFeatures,
    Feature,
    HolderSecrets,
    ProvenPseudonym,
    draw_signer_nym_entropy,
)
from credentials.suites.bbs_features.proof_values import NYM_BASE, NYM_DERIVED, NymDerivedProofValue
from credentials.suites.selective_suites import Bbs
from did.encoding import decode_multibase, encode_base64url
from did.integrity import UNSAFE_ANY, ProofOptions, VerifiedProof, split_proof
from did.keys import KeyType, PublicKey
from tests.support import bbs as world
from tests.support import vectors
from tests.support.bbs import HEADER, MANDATORY, Randomness
from zk import bbs
from zk.blind.single_pseudonyms import ProverBlind, SingleProverNym
from zk.curve import GROUP_ORDER

SUITE = bbs.suite(bbs.SHA256)
FEATURES = BbsFeatures(CompiledCanonicalizer(), SUITE)
ISSUER = world.key_pair(SUITE, b"an issuer's key material, for tests")
SECRET = b"a holder's secret of 32 octets, "
ENTROPY = draw_signer_nym_entropy(random_bytes=Randomness(b"entropy"))
SELECTED = ("/credentialSubject/nationality", "/credentialSubject/birthDate")
CONTEXT = "shop.example"
NAMED = [Feature.PSEUDONYM, Feature.HOLDER_BINDING_PSEUDONYM]
every_feature = pytest.mark.parametrize("feature", list(Feature))
every_named = pytest.mark.parametrize("feature", NAMED)


def commit(feature, seed=b"holder", nym=None):
    secret = SECRET if feature.binds else None
    return FEATURES.commit(feature, secret=secret, nym=nym, random_bytes=Randomness(seed))


def create(feature, commitment, **changes):
    given = {
        "feature": feature,
        "commitment": commitment,
        "signer_nym_entropy": ENTROPY if feature.names else None,
        "mandatory_pointers": MANDATORY,
        "random_bytes": Randomness(),
    }
    return FEATURES.create_base(world.credential(), world.options(), *ISSUER, **given | changes)


def derive(base, holder, context=CONTEXT, **changes):
    given = {
        "selective_pointers": SELECTED,
        "presentation_header": HEADER,
        "random_bytes": Randomness(b"derive"),
    }
    return FEATURES.derive(base, holder=holder, context=context, **given | changes)


def verify(document, context=CONTEXT, header=HEADER, key=ISSUER[1]):
    return FEATURES.verify_derived(
        document, public_key=key, expected_presentation_header=header, expected_context=context
    )


def code_of(call, *args, **kwargs):
    with pytest.raises(CredentialError) as refused:
        call(*args, **kwargs)
    return refused.value.code


def put(secured, **members):
    return {**secured, "proof": {**secured["proof"], **members}}


@pytest.fixture(scope="module")
def issued():
    """By feature: what the issuer made, and what the holder keeps."""
    made = {}
    for feature in Feature:
        commitment, holder = commit(feature)
        made[feature] = (create(feature, commitment), holder)
    return made


@pytest.fixture(scope="module")
def shown(issued):
    return {feature: derive(*issued[feature]) for feature in Feature}


@every_feature
def test_issue_receive_derive_verify(feature, issued, shown):
    base, holder = issued[feature]
    FEATURES.verify_base(base, public_key=ISSUER[1], holder=holder)
    proven = verify(shown[feature])
    assert verify(shown[feature], header=UNSAFE_ANY) == proven
    if feature.names:
        octets = NymDerivedProofValue.read(shown[feature]["proof"]["proofValue"]).pseudonym
        assert proven == ProvenPseudonym(CONTEXT, octets, holder_bound=feature.binds)
    else:
        assert proven is None
        assert verify(shown[feature], context=None) is None
    assert FEATURES.is_base_proof(base["proof"])
    assert FEATURES.is_derived_proof(shown[feature]["proof"])
    assert not FEATURES.is_derived_proof(base["proof"])
    assert not FEATURES.is_base_proof(shown[feature]["proof"])
    assert FEATURES.has_pseudonym(base["proof"]) is feature.names
    assert FEATURES.has_pseudonym(shown[feature]["proof"]) is feature.names
    assert (FEATURES.name, BbsFeatures(CompiledCanonicalizer()).name) == ("bbs-2023", "bbs-2023")
    assert shown[feature]["credentialSubject"].keys() >= {"nationality", "birthDate"}


@every_named
def test_a_pseudonym_is_the_same_here_and_another_elsewhere(feature, issued):
    base, holder = issued[feature]
    first = verify(derive(base, holder))
    again = verify(
        derive(base, holder, selective_pointers=(), random_bytes=Randomness(b"2")),
    )
    there = verify(derive(base, holder, context="other.example"), context="other.example")
    assert first.octets == again.octets != there.octets


@every_named
def test_a_pseudonym_survives_re_issue_and_belongs_to_one_holder(feature, issued):
    """The same share and the same entropy give the same pseudonym; another share gives another."""
    base, holder = issued[feature]
    before = verify(derive(base, holder))
    commitment, renewed = commit(feature, b"again", holder.nym)
    assert verify(derive(create(feature, commitment), renewed)) == before
    commitment, other = commit(feature, b"another")
    assert verify(derive(create(feature, commitment), other)).octets != before.octets
    fresh = draw_signer_nym_entropy(random_bytes=Randomness(b"fresh"))
    commitment, renewed = commit(feature, b"again", holder.nym)
    assert verify(derive(create(feature, commitment, signer_nym_entropy=fresh), renewed)) != before


@every_named
def test_a_proof_for_one_verifier_is_none_for_another(feature, shown):
    for context in ("other.example", "shop.example.", "SHOP.example", "shop.exampl"):
        assert code_of(verify, shown[feature], context=context) == "bbs-2023.proof"
    assert code_of(verify, shown[feature], context=None) == "bbs-2023.context"
    for context in ("", "\ud800"):
        assert code_of(verify, shown[feature], context=context) == "bbs-2023.context"


@every_named
def test_the_credential_alone_proves_nothing(feature, issued):
    """A stolen credential, with another secret, another blind, another share."""
    base, holder = issued[feature]
    _, other = commit(feature, b"thief")
    for thief in (
        other,
        HolderSecrets(feature, holder.blind, holder.secret, other.nym),
        HolderSecrets(feature, other.blind, holder.secret, holder.nym),
    ):
        assert code_of(FEATURES.verify_base, base, public_key=ISSUER[1], holder=thief) == "bbs-2023.signature"
        assert code_of(verify, derive(base, thief)) == "bbs-2023.proof"


def test_a_holder_that_is_bound_shows_nothing_without_its_secret(issued):
    base, holder = issued[Feature.HOLDER_BINDING_PSEUDONYM]
    unbound = HolderSecrets(Feature.PSEUDONYM, holder.blind, None, holder.nym)
    wrong = HolderSecrets(Feature.HOLDER_BINDING_PSEUDONYM, holder.blind, b"x" * 32, holder.nym)
    for thief in (unbound, wrong):
        assert code_of(FEATURES.verify_base, base, public_key=ISSUER[1], holder=thief) == "bbs-2023.signature"
        assert code_of(verify, derive(base, thief)) == "bbs-2023.proof"


def test_features_refuse_each_other(issued, shown):
    baseline = Bbs2023(CompiledCanonicalizer(), SUITE)
    arguments = {"public_key": ISSUER[1], "expected_presentation_header": HEADER}
    for feature in NAMED:
        assert code_of(baseline.verify_derived, shown[feature], **arguments) == "bbs-2023.malformed"
        assert code_of(verify, issued[feature][0]) == "bbs-2023.malformed"
        assert code_of(
            FEATURES._nyms.verify_derived, issued[feature][0], **arguments, expected_context="x"
        ) == ("bbs-2023.base-proof")
        assert code_of(derive, shown[feature], issued[feature][1]) == "bbs-2023.derived-proof"
    bound, secrets = issued[Feature.HOLDER_BINDING]
    named, nym = issued[Feature.PSEUDONYM]
    for base, holder in ((bound, nym), (named, secrets)):
        given = {"public_key": ISSUER[1], "holder": holder}
        assert code_of(FEATURES.verify_base, base, **given) == "bbs-2023.malformed"
        assert code_of(derive, base, holder) == "bbs-2023.malformed"
    for call in (FEATURES._nyms.verify_base, lambda base, **_: FEATURES._nyms.derive(
        base, holder=secrets, context=CONTEXT, selective_pointers=SELECTED,
        presentation_header=HEADER, random_bytes=Randomness(),
    )):  # fmt: skip
        assert code_of(call, named, public_key=ISSUER[1], holder=secrets) == "bbs-2023.holder-nym"


@pytest.mark.parametrize("header", ["d95d06", "d95d07", "d95d05", "d95d03"])
def test_other_headers_are_not_read(header, shown):
    """Those of the text for pseudonyms (06, 07), and those of other features."""
    secured = shown[Feature.PSEUDONYM]
    body = decode_multibase(secured["proof"]["proofValue"])[3:]
    other = put(secured, proofValue="u" + encode_base64url(bytes.fromhex(header) + body))
    assert code_of(verify, other) == "bbs-2023.malformed"
    suite = Bbs(Bbs2023(CompiledCanonicalizer(), SUITE))
    if header in {"d95d06", "d95d07"}:
        setting = Setting(Reader.VERIFIER, HEADER, audience=CONTEXT)
        assert code_of(suite.checker, other["proof"], setting) == "proof.malformed"


@every_named
def test_changes_are_refused(feature, shown):
    derived = shown[feature]
    _, other_key = world.key_pair(SUITE, b"another issuer's key material, for tests")
    subject = {**derived["credentialSubject"], "nationality": "XX"}
    for secured, changes, code in (
        (derived, {"header": b"other"}, "bbs-2023.presentation-header"),
        (derived, {"key": other_key}, "bbs-2023.proof"),
        ({**derived, "credentialSubject": subject}, {}, "bbs-2023.proof"),
        (put(derived, created="2026-11-21T00:00:00Z"), {}, "bbs-2023.proof"),
        (put(derived, proofValue=derived["proof"]["proofValue"][:-2]), {}, "bbs-2023.malformed"),
        (put(derived, cryptosuite="other"), {}, "proof.cryptosuite"),
        ({**derived, "proof": "x"}, {}, "proof.malformed"),
    ):
        assert code_of(verify, secured, **changes) == code


def changed(secured, change, form):
    parts = cbor2.loads(decode_multibase(secured["proof"]["proofValue"])[3:])
    change(parts)
    body = cbor2.dumps(parts, canonical=True)
    return put(secured, proofValue="u" + encode_base64url(form.header + body))


def setter(index, value):
    return lambda parts: parts.__setitem__(index, value(parts[index]))


@pytest.mark.parametrize(
    "change",
    [
        lambda parts: parts.pop(),
        lambda parts: parts.append(1),
        lambda parts: parts.insert(5, CONTEXT),
        setter(6, lambda _: -1),
        setter(6, str),
        setter(6, lambda _: True),
        setter(6, lambda count: count - 1),
        setter(6, lambda _: 2**30),
        setter(6, lambda _: 2**70),
        setter(3, lambda indexes: [*indexes[:-1], 900]),
        setter(0, lambda proof: proof[:-1]),
        setter(0, lambda proof: proof + proof[-32:]),
        setter(5, lambda pseudonym: pseudonym[:-1]),
        setter(5, lambda pseudonym: pseudonym.hex()),
        setter(5, lambda _: bytes([0xC0]) + bytes(47)),
        setter(5, lambda _: bytes(48)),
    ],
    ids=[
        "a part less",
        "a part more",
        "with the context, as the text has it",
        "a negative count",
        "a count in text",
        "a count that is a truth",
        "a count too low",
        "a count beyond limits",
        "a large number",
        "an index beyond the messages",
        "a proof cut short",
        "a proof with another hidden message",
        "a pseudonym cut short",
        "a pseudonym in text",
        "the identity",
        "no point",
    ],
)
def test_malformed_derived_values(change, shown):
    secured = changed(shown[Feature.HOLDER_BINDING_PSEUDONYM], change, NYM_DERIVED)
    assert code_of(verify, secured) == "bbs-2023.malformed"


def test_one_feature_is_not_read_as_the_other(issued, shown):
    """A hidden message less, or more, or counted as the issuer's: one header, but not one signature."""
    bound = changed(
        shown[Feature.HOLDER_BINDING_PSEUDONYM],
        setter(0, lambda proof: proof[:272] + proof[304:]),
        NYM_DERIVED,
    )
    free = changed(
        shown[Feature.PSEUDONYM],
        setter(0, lambda proof: proof[:272] + proof[272:304] + proof[272:]),
        NYM_DERIVED,
    )
    more = changed(shown[Feature.HOLDER_BINDING_PSEUDONYM], setter(6, lambda count: count + 1), NYM_DERIVED)
    nothing = derive(*issued[Feature.PSEUDONYM], selective_pointers=())
    less = changed(nothing, setter(6, lambda count: count - 1), NYM_DERIVED)
    for secured in (bound, free, more, less):
        assert code_of(verify, secured) == "bbs-2023.proof"


@pytest.mark.parametrize(
    "change",
    [
        setter(5, lambda _: 0),
        setter(5, lambda _: -1),
        setter(5, lambda _: GROUP_ORDER),
        setter(5, lambda _: 2**4096),
        setter(5, lambda entropy: entropy.to_bytes(32, "big")),
        setter(5, lambda _: True),
        setter(4, lambda _: [2**70]),
        setter(0, lambda signature: signature[:-1]),
        lambda parts: parts.pop(),
    ],
    ids=["zero", "negative", "r", "huge", "octets", "a truth", "a number for a pointer", "short", "missing"],
)
def test_malformed_base_values(change, issued):
    base, holder = issued[Feature.PSEUDONYM]
    secured = changed(base, change, NYM_BASE)
    assert code_of(FEATURES.verify_base, secured, public_key=ISSUER[1], holder=holder) == "bbs-2023.malformed"
    assert code_of(derive, secured, holder) == "bbs-2023.malformed"


def test_other_entropy_than_the_signed_one(issued):
    base, holder = issued[Feature.PSEUDONYM]
    secured = changed(base, setter(5, lambda _: 7), NYM_BASE)
    given = {"public_key": ISSUER[1], "holder": holder}
    assert code_of(FEATURES.verify_base, secured, **given) == "bbs-2023.signature"
    assert code_of(verify, derive(secured, holder)) == "bbs-2023.proof"


@every_feature
def test_an_issuer_signs_what_the_feature_needs(feature):
    """Commitments of the other features, and broken ones."""
    own, _ = commit(feature)
    others = [commit(other)[0] for other in Feature if other is not feature]
    for commitment in (*others, own[:-1], b"", own[:-1] + bytes([own[-1] ^ 1])):
        assert code_of(create, feature, commitment) == "bbs-2023.commitment"
    wrong = None if feature.names else ENTROPY
    assert code_of(create, feature, own, signer_nym_entropy=wrong) == "bbs-2023.nym-entropy"
    if feature.names:
        for wrong in (b"", bytes(32), GROUP_ORDER.to_bytes(32, "big")):
            assert code_of(create, feature, own, signer_nym_entropy=wrong) == "bbs-2023.nym-entropy"


def test_what_a_caller_must_give(issued):
    base, holder = issued[Feature.PSEUDONYM]
    again = (FEATURES.create_base, base, world.options(), *ISSUER)
    given = {"feature": Feature.PSEUDONYM, "commitment": b"", "signer_nym_entropy": ENTROPY}
    given |= {"mandatory_pointers": MANDATORY, "random_bytes": Randomness()}
    assert code_of(*again, **given) == "proof.present"
    commit_to = FEATURES.commit
    for feature, secret in (
        (Feature.PSEUDONYM, SECRET),
        (Feature.HOLDER_BINDING, None),
        (Feature.HOLDER_BINDING_PSEUDONYM, None),
        (Feature.HOLDER_BINDING_PSEUDONYM, b"short"),
    ):
        code = code_of(commit_to, feature, secret=secret, random_bytes=Randomness())
        assert code == "bbs-2023.holder-secret"
    given = {"secret": SECRET, "nym": holder.nym, "random_bytes": Randomness()}
    assert code_of(commit_to, Feature.HOLDER_BINDING, **given) == "bbs-2023.holder-nym"
    assert code_of(commit_to, Feature.PSEUDONYM, random_bytes=lambda _: b"") == "zk.randomness"
    assert code_of(derive, base, holder, random_bytes=lambda _: b"") == "zk.randomness"
    assert code_of(derive, base, holder, context="") == "bbs-2023.context"


def test_verifiers_take_pseudonyms_for_their_own_host(issued, shown):
    """As one suite of the registry: the context is the host of the verifier's domain."""
    suite = Bbs(Bbs2023(CompiledCanonicalizer(), SUITE))
    for feature in NAMED:
        assert suite.is_derived(shown[feature]["proof"])
        document, proof = split_proof(shown[feature])
        for audience in ("shop.example", "https://Shop.Example:8443/verify"):
            setting = Setting(Reader.VERIFIER, HEADER, audience=audience)
            checker = suite.checker(proof, setting)
            assert checker.verify_proof(document, proof, ISSUER[1]) == document
            verified = VerifiedProof(document, proof, "did:example:issuer#bbs")
            assert suite.pseudonym(verified, setting) == verify(shown[feature])
        for setting, code in (
            (Setting(Reader.VERIFIER, HEADER, audience="other.example"), "proof.signature"),
            (Setting(Reader.VERIFIER, b"other", audience=CONTEXT), "presentation.binding"),
            (Setting(Reader.VERIFIER, HEADER), "bbs-2023.context"),
            (Setting(Reader.VERIFIER), "bbs-2023.context"),
        ):
            checker = suite.checker(proof, setting)
            assert code_of(checker.verify_proof, document, proof, ISSUER[1]) == code
        nobody = Setting(Reader.VERIFIER, HEADER, audience="a verifier")
        assert code_of(suite.checker, proof, nobody) == "sector.host"
        base = issued[feature][0]["proof"]
        assert code_of(suite.checker, base, Setting(Reader.VERIFIER)) == "proof.base"
        assert code_of(suite.checker, base, Setting(Reader.HOLDER)) == "proof.secrets"
    bound = shown[Feature.HOLDER_BINDING]["proof"]
    setting = Setting(Reader.VERIFIER, HEADER, audience="a verifier")
    assert suite.checker(bound, setting).name == "bbs-2023"
    assert suite.pseudonym(VerifiedProof({}, bound, ""), setting) is None


# The published vectors.

PUBLISHED = {Feature.PSEUDONYM: "Pseudonym", Feature.HOLDER_BINDING_PSEUDONYM: "PseudonymHB"}
every_published = pytest.mark.parametrize("feature", NAMED)


def load(feature, name):
    return vectors.load("di-bbs", PUBLISHED[feature], name)


def given(name):
    return vectors.load("di-bbs", "FeatureInputs", name)


def holder_of(feature):
    secret = bytes.fromhex(given("holderSecret.json")["holderSecretHex"]) if feature.binds else None
    share, blind = given("proverNym.json"), load(feature, "commitmentInfo.json")
    return HolderSecrets(
        feature,
        ProverBlind.from_bytes(SUITE, bytes.fromhex(blind["secretProverBlind"])),
        secret,
        SingleProverNym.from_bytes(SUITE, bytes.fromhex(share["proverNymHex"])),
    )


def published_key():
    material = vectors.load("di-bbs", "BBSKeyMaterial.json")
    return (
        bbs.SecretKey.from_bytes(SUITE, bytes.fromhex(material["privateKeyHex"])),
        PublicKey(KeyType.BLS12381_G2, bytes.fromhex(material["publicKeyHex"])),
        bytes.fromhex(material["hmacKeyString"]),
    )


@every_published
def test_published_credential_is_verified(feature):
    _, public, _ = published_key()
    FEATURES.verify_base(load(feature, "addSignedSDBase.json"), public_key=public, holder=holder_of(feature))
    derived = load(feature, "derivedDisclosureData.json")
    proven = verify(
        load(feature, "derivedRevealDocument.json"),
        context=given("verifierInfo.json")["verifierId"],
        header=bytes(derived["presentationHeader"].values()),
        key=public,
    )
    assert proven.octets.hex() == derived["pseudonym"]
    assert proven.holder_bound is feature.binds


@every_published
def test_published_credential_is_issued_anew(feature):
    """Byte for byte, from the same commitment, entropy and HMAC key."""
    secret, public, hmac_key = published_key()
    config = load(feature, "addProofConfig.json")
    options = ProofOptions(
        cryptosuite=config["cryptosuite"],
        verification_method=config["verificationMethod"],
        proof_purpose=config["proofPurpose"],
        created=datetime(2023, 8, 15, 23, 36, 38, tzinfo=UTC),
    )
    secured = FEATURES.create_base(
        given("license.json"),
        options,
        secret,
        public,
        feature=feature,
        commitment=bytes.fromhex(load(feature, "commitmentInfo.json")["commitmentWithProof"]),
        signer_nym_entropy=bytes.fromhex(given("signerNymEntropy.json")["signerNymEntropyHex"]),
        mandatory_pointers=given("licenseMandatory.json"),
        random_bytes=lambda size: hmac_key[:size],
    )
    assert secured == load(feature, "addSignedSDBase.json")


@every_published
def test_published_credential_is_shown_anew(feature):
    """The same document, labels, indexes and pseudonym; the proof itself is drawn anew."""
    _, public, _ = published_key()
    expected = load(feature, "derivedRevealDocument.json")
    header = bytes(load(feature, "derivedDisclosureData.json")["presentationHeader"].values())
    context = given("verifierInfo.json")["verifierId"]
    shown = derive(
        load(feature, "addSignedSDBase.json"),
        holder_of(feature),
        context,
        selective_pointers=given("licenseSelective.json"),
        presentation_header=header,
    )
    verify(shown, context=context, header=header, key=public)
    ours, theirs = (
        NymDerivedProofValue.read(document["proof"]["proofValue"]) for document in (shown, expected)
    )
    assert ours.components()[1:] == theirs.components()[1:]
    assert (ours.pseudonym, ours.signer_messages) == (theirs.pseudonym, theirs.signer_messages)
    assert len(ours.proof) == len(theirs.proof)
    assert put(shown, proofValue="") == put(expected, proofValue="")
