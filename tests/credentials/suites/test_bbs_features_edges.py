"""Pseudonyms of bbs-2023 at their edges: first and last entropy, octets of a pseudonym, words of a fault."""

from __future__ import annotations

import pytest

from credentials.errors import CredentialError
from credentials.suites.bbs_features.features import BbsFeatures, _binding
from credentials.suites.bbs_features.holding import Feature, HolderSecrets
from credentials.suites.bbs_features.proof_values import NymBaseProofValue, NymDerivedProofValue
from credentials.suites.bbs_features.pseudonyms import _translated
from tests.support import bbs_features as world
from tests.support import proofs
from zk import bbs
from zk.blind.secret_scalars import ProverBlind, SingleProverNym
from zk.curve import GROUP_ORDER, Scalar
from zk.errors import ZkError

POINTERS = ("/issuer",)


def code_of(call, *args, **kwargs):
    with pytest.raises(CredentialError) as caught:
        call(*args, **kwargs)
    return caught.value.code


def base_with(entropy):
    octets = entropy.to_bytes(32, "big")
    return NymBaseProofValue(bytes(80), bytes(64), bytes(96), bytes(32), POINTERS, octets).write()


def derived_with(pseudonym):
    return NymDerivedProofValue(bytes(272), {}, (), (), b"header", pseudonym, 0).write()


def test_the_suite_is_the_one_that_was_given_or_that_of_sha_256():
    given = bbs.suite(bbs.SHAKE256)
    features = BbsFeatures(proofs.canonicalizer(), given)
    assert features._bound._bbs is features._nyms._bbs is given
    features = BbsFeatures(proofs.canonicalizer())
    assert features._bound._bbs.ciphersuite is features._nyms._bbs.ciphersuite is bbs.SHA256


@pytest.mark.parametrize("entropy", [1, GROUP_ORDER - 1])
def test_entropy_that_is_a_scalar(entropy):
    read = NymBaseProofValue.read(base_with(entropy))
    assert int.from_bytes(read.signer_nym_entropy, "big") == entropy


@pytest.mark.parametrize("entropy", [0, GROUP_ORDER])
def test_entropy_that_is_none(entropy):
    assert code_of(NymBaseProofValue.read, base_with(entropy)) == "bbs-2023.malformed"


def test_a_pseudonym_has_48_octets():
    assert NymDerivedProofValue.read(derived_with(bytes(48))).pseudonym == bytes(48)
    for length in (0, 47, 49):
        assert code_of(NymDerivedProofValue.read, derived_with(bytes(length))) == "bbs-2023.malformed"


def test_holder_binding_needs_a_secret():
    nym = SingleProverNym(bbs.SHA256, [Scalar(5)])
    holder = HolderSecrets(Feature.PSEUDONYM, ProverBlind(bbs.SHA256, [Scalar(6)]), None, nym)
    assert code_of(_binding, holder) == "bbs-2023.holder-secret"


def test_a_proof_that_does_not_hold_may_be_one_for_another_verifier():
    assert "another verifier" in _translated(ZkError("zk.proof", "its own words")).detail
    other = _translated(ZkError("zk.length", "its own words"))
    assert (other.code, other.detail) == ("bbs-2023.malformed", "its own words")


def test_an_issuer_signs_no_commitment_whose_proof_does_not_hold():
    octets, _ = world.commit(Feature.PSEUDONYM)[:2]
    broken = octets[:-1] + bytes([octets[-1] ^ 1])
    assert code_of(world.create, Feature.PSEUDONYM, broken) == "bbs-2023.commitment"
