"""Proofs of bbs-2023 with pseudonyms that must be rejected, and commitments that must not be signed."""

from __future__ import annotations

from functools import cache

import cbor2
import pytest

from credentials.sector import sector_of
from credentials.suites.bbs_features import (
    BbsFeatures,
    Feature,
    draw_signer_nym_entropy,
)
from credentials.suites.bbs_features.proof_values import (
    NYM_BASE,
    NYM_DERIVED,
    NymBaseProofValue,
    NymDerivedProofValue,
)
from credentials.suites.bbs_statements import Statements
from did.encoding import decode_multibase, encode_base64url
from tests.rejects.catalogue import Reject, needed, refused
from tests.rejects.removal import without
from tests.support import bbs as bbs_world
from tests.support import proofs
from tests.support.proofs import CREDENTIAL
from zk import bbs
from zk.blind import pseudonym_point, single_pseudonyms

MANDATORY = ("/issuer", "/validFrom", "/validUntil")
SELECTED = ("/credentialSubject/nationality", "/credentialSubject/address", "/credentialSubject/resident")
HEADER, CONTEXT = b"header", "shop.example"
SECRETS = [b"a holder's secret of 32 octets, ", b"that of a friend of the holder, "]
SUITE = bbs.suite(bbs.SHA256)
BOTH = Feature.HOLDER_BINDING_PSEUDONYM


@cache
def suite():
    return BbsFeatures(proofs.canonicalizer(), SUITE)


@cache
def keys():
    return bbs_world.key_pair(SUITE, b"an issuer's key material, for tests")


@cache
def entropy():
    return draw_signer_nym_entropy(random_bytes=bbs_world.Randomness(b"entropy"))


@cache
def committed(feature, seed=b"holder"):
    secret = SECRETS[0] if feature.binds else None
    return suite().commit(feature, secret=secret, random_bytes=bbs_world.Randomness(seed))


def create(feature, commitment, nym_entropy=None):
    return suite().create_base(
        CREDENTIAL,
        proofs.options(suite()),
        *keys(),
        feature=feature,
        commitment=commitment,
        signer_nym_entropy=nym_entropy,
        mandatory_pointers=MANDATORY,
        random_bytes=bbs_world.Randomness(),
    )


@cache
def base(feature=BOTH):
    return create(feature, committed(feature)[0], entropy())


@cache
def derived(context=CONTEXT, feature=BOTH, seed=b"holder"):
    return suite().derive(
        create(feature, committed(feature, seed)[0], entropy()),
        holder=committed(feature, seed)[1],
        context=context,
        selective_pointers=SELECTED,
        presentation_header=HEADER,
        random_bytes=bbs_world.Randomness(b"derive"),
    )


def verify(secured, context=CONTEXT):
    return suite().verify_derived(
        secured, public_key=keys()[1], expected_presentation_header=HEADER, expected_context=context
    )


def verify_base(secured):
    suite().verify_base(secured, public_key=keys()[1], holder=committed(BOTH)[1])


def changed(secured, form, at, value):
    parts = cbor2.loads(decode_multibase(secured["proof"]["proofValue"])[3:])
    parts[at] = value
    text = "u" + encode_base64url(form.header + cbor2.dumps(parts, canonical=True))
    return {**secured, "proof": {**secured["proof"], "proofValue": text}}


def pseudonym_of(secured):
    return NymDerivedProofValue.read(secured["proof"]["proofValue"]).pseudonym


@cache
def two_secrets():
    """A proof over two secrets and a nym, by an issuer that signs them."""
    nym = single_pseudonyms.draw_prover_nym(SUITE, random_bytes=bbs_world.Randomness())
    octets, blind = single_pseudonyms.commit(SUITE, SECRETS, nym, random_bytes=bbs_world.Randomness())
    with without("BBS-15"):
        secured = create(BOTH, octets, entropy())
    value = NymBaseProofValue.read(secured["proof"]["proofValue"])
    revealed = Statements(proofs.canonicalizer()).revealed(CREDENTIAL, value, SELECTED)
    holding = single_pseudonyms.Holding(
        value.public_key, value.signature, value.header, revealed.messages, SECRETS, blind
    )
    secret = single_pseudonyms.verify(SUITE, holding, nym, signer_nym_entropy=entropy())
    proof, pseudonym = single_pseudonyms.prove(
        SUITE,
        holding,
        secret,
        CONTEXT.encode(),
        HEADER,
        single_pseudonyms.Indexes(revealed.shown),
        random_bytes=bbs_world.Randomness(),
    )
    written = NymDerivedProofValue(
        proof,
        revealed.labels,
        revealed.mandatory_indexes,
        revealed.shown,
        HEADER,
        pseudonym,
        len(revealed.messages),
    )
    return {**revealed.document, "proof": {**secured["proof"], "proofValue": written.write()}}


@cache
def proven_by_nothing():
    """A proof of which the blinding of the nym secret is zero, so that U is the identity."""
    patched = pytest.MonkeyPatch()
    scalars = iter(range(2, 1000))

    def draw(_random_bytes, count):
        return (*(next(scalars) for _ in range(count - 1)), 0)

    with patched.context() as careless:
        careless.setattr("zk.blind.pseudonym_point.is_identity", lambda _: False)
        careless.setattr("zk.bbs_proof.draw_scalars", draw)
        return derived.__wrapped__()


def another_holder_here():
    """The pseudonym of one holder beside the proof of another."""
    return changed(derived(), NYM_DERIVED, 5, pseudonym_of(derived(CONTEXT, BOTH, b"another")))


W3C = "VC-DI BBS 1.0"
CASES = [
    Reject("BBS-15", "a commitment without the secret that shall be bound", f"{W3C}, 3.4.1",
           "bbs-2023.commitment", lambda: create(BOTH, committed(Feature.PSEUDONYM)[0], entropy())),
    Reject("BBS-15", "a commitment with a secret that nobody asked for", f"{W3C}, 3.4.1",
           "bbs-2023.commitment", lambda: create(Feature.PSEUDONYM, committed(BOTH)[0], entropy())),
    Reject("BBS-16", "a pseudonym beside two secrets of the holder", f"{W3C}, 3.4.7",
           "bbs-2023.malformed", lambda: verify(two_secrets())),
    Reject("BBS-17", "a pseudonym where no verifier is named", f"{W3C}, 3.4.7",
           "bbs-2023.context", lambda: verify(derived(), None)),
    Reject("BBS-18", "a pseudonym for another verifier", f"{W3C}, 3.4.7",
           "bbs-2023.proof", lambda: verify(derived("other.example"))),
    Reject("BBS-18", "the pseudonym of another holder", f"{W3C}, 3.4.7",
           "bbs-2023.proof", lambda: verify(another_holder_here())),
    Reject("BBS-18", "one's own pseudonym of another verifier", f"{W3C}, 3.4.7", "bbs-2023.proof",
           lambda: verify(changed(derived(), NYM_DERIVED, 5, pseudonym_of(derived("other.example"))))),
    Reject("BBS-19", "entropy of the issuer that is zero", f"{W3C}, 3.3.2",
           "bbs-2023.malformed", lambda: verify_base(changed(base(), NYM_BASE, 5, 0))),
    Reject("BBS-20", "a pseudonym without entropy of the issuer", f"{W3C}, 3.4.1",
           "bbs-2023.nym-entropy", lambda: create(BOTH, committed(BOTH)[0])),
    Reject("BBS-20", "entropy of the issuer without a pseudonym", f"{W3C}, 3.4.1", "bbs-2023.nym-entropy",
           lambda: create(Feature.HOLDER_BINDING, committed(Feature.HOLDER_BINDING)[0], entropy())),
    Reject("BBS-21", "the base point as pseudonym", f"{W3C}, 3.4.7", "bbs-2023.malformed",
           lambda: verify(changed(derived(), NYM_DERIVED, 5, pseudonym_point._BASE_POINT))),
    Reject("BBS-22", "a pseudonym that the identity proves", f"{W3C}, 3.4.7",
           "bbs-2023.proof", lambda: verify(proven_by_nothing())),
    Reject("BBS-23", "a context without a letter", f"{W3C}, 3.4.7",
           "bbs-2023.context", lambda: verify(derived(), "")),
    Reject("BBS-24", "a verifier's domain that names no host", "presentation-binding",
           "sector.host", lambda: sector_of("https://user@shop.example")),
    Reject("BBS-25", "a count of messages that is a text", f"{W3C}, 3.3.7",
           "bbs-2023.malformed", lambda: verify(changed(derived(), NYM_DERIVED, 6, "17"))),
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
    for feature in (Feature.PSEUDONYM, BOTH):
        assert verify(derived(CONTEXT, feature)).holder_bound is feature.binds
    assert pseudonym_of(proven_by_nothing()) == pseudonym_of(derived())
