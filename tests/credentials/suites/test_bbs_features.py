"""`bbs-2023` with its features: who may show what to whom, and what a pseudonym is."""

from __future__ import annotations

from credentials.rdf import CompiledCanonicalizer
from credentials.suites import Bbs2023, Reader, Setting
from credentials.suites.bbs_features import (
    BbsFeatures,
    Feature,
    HolderSecrets,
    ProvenPseudonym,
    draw_signer_nym_entropy,
)
from credentials.suites.bbs_features.proof_values import NymDerivedProofValue
from credentials.suites.selective_suites import Bbs
from did.integrity import UNSAFE_ANY, VerifiedProof, split_proof
from tests.support import bbs as world
from tests.support.bbs import HEADER, MANDATORY, Randomness
from tests.support.bbs_features import (
    CONTEXT,
    ENTROPY,
    FEATURES,
    ISSUER,
    NAMED,
    SECRET,
    SELECTED,
    SUITE,
    code_of,
    commit,
    create,
    derive,
    every_feature,
    every_named,
    issued,
    shown,
    verify,
)
from zk.curve import GROUP_ORDER


@every_feature
def test_issue_receive_derive_verify(feature):
    base, holder = issued(feature)
    FEATURES.verify_base(base, public_key=ISSUER[1], holder=holder)
    proven = verify(shown(feature))
    assert verify(shown(feature), header=UNSAFE_ANY) == proven
    if feature.names:
        octets = NymDerivedProofValue.read(shown(feature)["proof"]["proofValue"]).pseudonym
        assert proven == ProvenPseudonym(CONTEXT, octets, holder_bound=feature.binds)
    else:
        assert proven is None
        assert verify(shown(feature), context=None) is None
    assert FEATURES.is_base_proof(base["proof"])
    assert FEATURES.is_derived_proof(shown(feature)["proof"])
    assert not FEATURES.is_derived_proof(base["proof"])
    assert not FEATURES.is_base_proof(shown(feature)["proof"])
    assert FEATURES.has_pseudonym(base["proof"]) is feature.names
    assert FEATURES.has_pseudonym(shown(feature)["proof"]) is feature.names
    assert (FEATURES.name, BbsFeatures(CompiledCanonicalizer()).name) == ("bbs-2023", "bbs-2023")
    assert shown(feature)["credentialSubject"].keys() >= {"nationality", "birthDate"}


@every_named
def test_a_pseudonym_is_the_same_here_and_another_elsewhere(feature):
    base, holder = issued(feature)
    first = verify(derive(base, holder))
    again = verify(
        derive(base, holder, selective_pointers=(), random_bytes=Randomness(b"2")),
    )
    there = verify(derive(base, holder, context="other.example"), context="other.example")
    assert first.octets == again.octets != there.octets


@every_named
def test_a_pseudonym_survives_re_issue_and_belongs_to_one_holder(feature):
    """The same share and the same entropy give the same pseudonym; another share gives another."""
    base, holder = issued(feature)
    before = verify(derive(base, holder))
    commitment, renewed = commit(feature, b"again", holder.nym)
    assert verify(derive(create(feature, commitment), renewed)) == before
    commitment, other = commit(feature, b"another")
    assert verify(derive(create(feature, commitment), other)).octets != before.octets
    fresh = draw_signer_nym_entropy(random_bytes=Randomness(b"fresh"))
    commitment, renewed = commit(feature, b"again", holder.nym)
    assert verify(derive(create(feature, commitment, signer_nym_entropy=fresh), renewed)) != before


@every_named
def test_a_proof_for_one_verifier_is_none_for_another(feature):
    for context in ("other.example", "shop.example.", "SHOP.example", "shop.exampl"):
        assert code_of(verify, shown(feature), context=context) == "bbs-2023.proof"
    assert code_of(verify, shown(feature), context=None) == "bbs-2023.context"
    for context in ("", "\ud800"):
        assert code_of(verify, shown(feature), context=context) == "bbs-2023.context"


@every_named
def test_the_credential_alone_proves_nothing(feature):
    """A stolen credential, with another secret, another blind, another share."""
    base, holder = issued(feature)
    _, other = commit(feature, b"thief")
    for thief in (
        other,
        HolderSecrets(feature, holder.blind, holder.secret, other.nym),
        HolderSecrets(feature, other.blind, holder.secret, holder.nym),
    ):
        assert code_of(FEATURES.verify_base, base, public_key=ISSUER[1], holder=thief) == "bbs-2023.signature"
        assert code_of(verify, derive(base, thief)) == "bbs-2023.proof"


def test_a_holder_that_is_bound_shows_nothing_without_its_secret():
    base, holder = issued(Feature.HOLDER_BINDING_PSEUDONYM)
    unbound = HolderSecrets(Feature.PSEUDONYM, holder.blind, None, holder.nym)
    wrong = HolderSecrets(Feature.HOLDER_BINDING_PSEUDONYM, holder.blind, b"x" * 32, holder.nym)
    for thief in (unbound, wrong):
        assert code_of(FEATURES.verify_base, base, public_key=ISSUER[1], holder=thief) == "bbs-2023.signature"
        assert code_of(verify, derive(base, thief)) == "bbs-2023.proof"


def test_features_refuse_each_other():
    baseline = Bbs2023(CompiledCanonicalizer(), SUITE)
    arguments = {"public_key": ISSUER[1], "expected_presentation_header": HEADER}
    for feature in NAMED:
        assert code_of(baseline.verify_derived, shown(feature), **arguments) == "bbs-2023.malformed"
        assert code_of(verify, issued(feature)[0]) == "bbs-2023.malformed"
        assert code_of(
            FEATURES._nyms.verify_derived, issued(feature)[0], **arguments, expected_context="x"
        ) == ("bbs-2023.base-proof")
        assert code_of(derive, shown(feature), issued(feature)[1]) == "bbs-2023.derived-proof"
    bound, secrets = issued(Feature.HOLDER_BINDING)
    named, nym = issued(Feature.PSEUDONYM)
    for base, holder in ((bound, nym), (named, secrets)):
        given = {"public_key": ISSUER[1], "holder": holder}
        assert code_of(FEATURES.verify_base, base, **given) == "bbs-2023.malformed"
        assert code_of(derive, base, holder) == "bbs-2023.malformed"
    for call in (FEATURES._nyms.verify_base, lambda base, **_: FEATURES._nyms.derive(
        base, holder=secrets, context=CONTEXT, selective_pointers=SELECTED,
        presentation_header=HEADER, random_bytes=Randomness(),
    )):  # fmt: skip
        assert code_of(call, named, public_key=ISSUER[1], holder=secrets) == "bbs-2023.holder-nym"


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


def test_what_a_caller_must_give():
    base, holder = issued(Feature.PSEUDONYM)
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


def test_verifiers_take_pseudonyms_for_their_own_host():
    """As one suite of the registry: the context is the host of the verifier's domain."""
    suite = Bbs(Bbs2023(CompiledCanonicalizer(), SUITE))
    for feature in NAMED:
        assert suite.is_derived(shown(feature)["proof"])
        document, proof = split_proof(shown(feature))
        for audience in ("shop.example", "https://Shop.Example:8443/verify"):
            setting = Setting(Reader.VERIFIER, HEADER, audience=audience)
            checker = suite.checker(proof, setting)
            assert checker.verify_proof(document, proof, ISSUER[1]) == document
            verified = VerifiedProof(document, proof, "did:example:issuer#bbs")
            assert suite.pseudonym(verified, setting) == verify(shown(feature))
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
        base = issued(feature)[0]["proof"]
        assert code_of(suite.checker, base, Setting(Reader.VERIFIER)) == "proof.base"
        assert code_of(suite.checker, base, Setting(Reader.HOLDER)) == "proof.secrets"
    bound = shown(Feature.HOLDER_BINDING)["proof"]
    setting = Setting(Reader.VERIFIER, HEADER, audience="a verifier")
    assert suite.checker(bound, setting).name == "bbs-2023"
    assert suite.pseudonym(VerifiedProof({}, bound, ""), setting) is None
