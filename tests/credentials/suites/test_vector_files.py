"""No published vector lies about unused: each file is read by a test, or it is said here why it cannot be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.credentials.suites import test_plain_vectors
from tests.support import vectors

HERE = Path(__file__).parent
FEATURES = ("HolderBinding", "Pseudonym", "PseudonymHB")
BEYOND_THE_BASELINE = {
    # These show features of bbs-2023 that the product does not have: a commitment to a holder's secret, and
    # pseudonyms. Their statements and labels are those of one document, compared in
    # test_bbs_2023_features.py; what is made with the commitment cannot be.
    "commitmentInfo.json": "the holder's commitment, of blind BBS",
    "nymSecret.json": "the holder's share of a pseudonym",
    "addRawBaseSignatureInfo.json": "a blind signature",
    "addSignedSDBase.json": "a blind signature, in a form of its own",
    "derivedRecoveredBaseData.json": "a blind signature, in a form of its own",
    "derivedDisclosureData.json": "a proof over the holder's secret or a pseudonym",
    "derivedRevealDocument.json": "a proof over the holder's secret or a pseudonym",
    "verifyDerivedProofValue.json": "a proof over the holder's secret or a pseudonym",
}
FEATURE_INPUTS = {
    "holderSecret.json": "input of holder binding, which the product does not have",
    "signerNymEntropy.json": "input of pseudonyms, which the product does not have",
    "proverNym.json": "input of pseudonyms, which the product does not have",
    "verifierInfo.json": "input of pseudonyms, which the product does not have",
}


def named_in(module):
    """The names of files that a module of tests writes out."""
    return set(re.findall(r'"([\w/]+\.(?:json|txt))"', (HERE / f"{module}.py").read_text()))


def files(area):
    root = vectors.path(area)
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def reads(area):
    plain = {name.removeprefix(f"{area}/") for name in test_plain_vectors.FILES if name.startswith(area)}
    if area == "di-ecdsa":
        named = named_in("test_ecdsa_sd_2023_vectors")
        return plain | named | {f"ecdsa-sd-2023/{name}" for name in named} | {
            f"ecdsa-sd-2023/prc/{name}" for name in named
        }  # fmt: skip
    if area == "di-bbs":
        named = named_in("test_bbs_2023_features")
        return named_in("test_bbs_2023_vectors") | {
            f"{feature}/{name}" for feature in FEATURES for name in named
        }
    return plain


def unusable(area):
    if area != "di-bbs":
        return set()
    return {f"{feature}/{name}" for feature in FEATURES for name in BEYOND_THE_BASELINE} | {
        f"FeatureInputs/{name}" for name in FEATURE_INPUTS
    }


@pytest.mark.parametrize("area", ["di-eddsa", "di-ecdsa", "di-bbs"])
def test_every_file_is_used(area):
    assert sorted(files(area) - reads(area) - unusable(area)) == []


def test_nothing_is_excused_that_is_read():
    assert reads("di-bbs") & unusable("di-bbs") == set()
