"""What the published vectors of holder binding and pseudonyms have in common with the baseline.

That is everything up to the signature: statements, labels, groups, hashes and indexes of a driving licence
under the data model 1.1.
"""

from __future__ import annotations

import hashlib

import pytest

from credentials import pointers
from credentials.suites import selective
from tests.support import vectors

every_feature = pytest.mark.parametrize("feature", ["HolderBinding", "Pseudonym", "PseudonymHB"])


def load(feature, name):
    return vectors.load("di-bbs", feature, name)


def given(name):
    return vectors.load("di-bbs", "FeatureInputs", name)


@pytest.fixture(scope="module")
def partition(canonicalizer):
    mandatory, chosen = given("licenseMandatory.json"), given("licenseSelective.json")
    return canonicalizer.partition(
        given("license.json"),
        {"mandatory": mandatory, "selective": chosen, "combined": mandatory + chosen},
    )


@pytest.fixture(scope="module")
def grouped(partition):
    hmac_key = bytes.fromhex(vectors.load("di-bbs", "BBSKeyMaterial.json")["hmacKeyString"])
    return selective.group(partition, selective.shuffled_labels(partition.whole.labels.values(), hmac_key))


@every_feature
def test_statements(feature, partition, grouped):
    assert list(partition.whole.lines) == load(feature, "addBaseDocCanon.json")
    assert list(grouped.lines) == load(feature, "addBaseDocHMACCanon.json")
    expected = load(feature, "addBaseTransform.json")
    mandatory = grouped.groups["mandatory"]
    assert [[i, grouped.lines[i]] for i in mandatory] == expected["mandatory"]["value"]
    others = grouped.remaining("mandatory")
    assert [[i, grouped.lines[i]] for i in others] == expected["nonMandatory"]["value"]


@every_feature
def test_hashes(feature, canonicalizer, grouped):
    config = "".join(canonicalizer.canonicalize(load(feature, "addProofConfig.json")).lines)
    assert config == vectors.path("di-bbs", feature, "addProofConfigCanon.txt").read_text()
    mandatory = "".join(grouped.lines[i] for i in grouped.groups["mandatory"])
    expected = load(feature, "addHashData.json")
    assert expected["proofHash"] == hashlib.sha256(config.encode()).hexdigest()
    assert expected["mandatoryHash"] == hashlib.sha256(mandatory.encode()).hexdigest()


@every_feature
def test_groups(feature, grouped):
    groups, others = grouped.groups, grouped.remaining("mandatory")
    expected = load(feature, "derivedGroupIndexes.json")
    assert expected["combinedIndexes"] == list(groups["combined"])
    assert expected["mandatoryIndexes"] == list(groups["mandatory"])
    assert expected["nonMandatoryIndexes"] == list(others)
    assert expected["selectiveIndexes"] == list(groups["selective"])
    for name, group in load(feature, "derivedAllGroupData.json")["groups"].items():
        assert [[i, grouped.lines[i]] for i in groups[name]] == group["matching"]["value"]
    adjusted = load(feature, "derivedAdjIndexes.json")
    assert adjusted["adjMandatoryIndexes"] == list(
        selective.ranks(groups["mandatory"], within=groups["combined"])
    )
    assert adjusted["adjSelectiveIndexes"] == list(selective.ranks(groups["selective"], within=others))


@every_feature
def test_what_is_revealed(feature, grouped):
    combined = given("licenseMandatory.json") + given("licenseSelective.json")
    assert pointers.select(given("license.json"), combined) == load(feature, "derivedUnsignedReveal.json")
    shown = [grouped.lines[i] for i in grouped.groups["combined"]]
    assert shown == load(feature, "verifyNQuads.json")
