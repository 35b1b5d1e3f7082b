"""Labels: no two alike, none that another could be mistaken for."""

from __future__ import annotations

import itertools

from tests.support import vectors
from tests.zk.suites import make_suite
from zk import transcript
from zk.backend import BackendName
from zk.bbs import SHA256, SHAKE256
from zk.blind import pseudonyms, signatures

SUFFIXES = {
    name: getattr(transcript, name)
    for name in (
        "HASH_TO_SCALAR",
        "MAP_MESSAGE",
        "KEY_GENERATION",
        "GENERATOR_SEED_DST",
        "GENERATOR_DST",
        "INVERSION_BLIND",
        "NYM_EVALUATION",
        "MAP_TYPED",
        "ISSUE_CHALLENGE",
        "ENROLMENT_BASE",
        "PRESENTATION_CHALLENGE",
        "PSEUDONYM_BASE",
        "PSEUDONYM_POWER",
        "PAIRING_WEIGHTS",
        "BULLETPROOF_CHALLENGE",
        "BULLETPROOF_WEIGHT",
    )
}


def test_every_label_is_listed_here():
    labels = {name for name, value in vars(transcript).items() if isinstance(value, bytes)}
    others = {
        "CIPHERSUITE_SHA_256",
        "CIPHERSUITE_SHAKE_256",
        "INTERFACE_BBS",
        "INTERFACE_BLIND",
        "INTERFACE_PSEUDONYM",
        "BLIND_GENERATORS",
        "COMMITTED_DISCLOSURE_GENERATORS",
        "INTERFACE_PREDICATES",
        "FAMILY_DIGIT",
        "FAMILY_MEMBER",
        "FAMILY_GAP",
        "FAMILY_BULLETPROOF",
        "GENERATOR_SEED",
        "BASE_POINT_SEED",
    }
    assert labels == set(SUFFIXES) | others


def test_no_label_ends_with_another():
    """So that api identifier ‖ suffix splits in one way only."""
    for one, other in itertools.permutations(SUFFIXES.values(), 2):
        assert not one.endswith(other)
    drafts_own = {"NYM_EVALUATION"}
    assert all(suffix.endswith(b"_") for name, suffix in SUFFIXES.items() if name not in drafts_own)


def test_labels_stand_in_one_file():
    offenders = [
        path.name
        for path in (vectors.ROOT / "zk").rglob("*.py")
        if path.name != "transcript.py"
        and any(f'b"{label.decode()}' in path.read_text() for label in SUFFIXES.values())
    ]
    assert offenders == []


def test_the_draft_is_pinned_in_the_label():
    suite = make_suite(BackendName.NATIVE, SHA256)
    assert transcript.BBS_DRAFT == "draft-irtf-cfrg-bbs-signatures-09"
    assert suite.label == "BLS12-381-SHA-256 (draft-irtf-cfrg-bbs-signatures-09)"
    assert signatures.label(suite) == ("BLS12-381-SHA-256, blind (draft-irtf-cfrg-bbs-blind-signatures-03)")
    assert pseudonyms.label(suite) == (
        "BLS12-381-SHA-256, pseudonyms (draft-irtf-cfrg-bbs-per-verifier-linkability-03)"
    )


def test_no_two_families_of_generators_share_an_identifier():
    """Interfaces, and the prefixes in front of them, make identifiers of which none is another."""
    identifiers = []
    for ciphersuite in (SHA256, SHAKE256):
        suite = make_suite(BackendName.NATIVE, ciphersuite)
        for api_id in (suite.bbs_api_id, suite.blind_api_id, suite.pseudonym_api_id):
            identifiers += [
                api_id,
                transcript.BLIND_GENERATORS + api_id,
                transcript.COMMITTED_DISCLOSURE_GENERATORS + api_id,
            ]
    assert len(set(identifiers)) == len(identifiers)


def test_api_identifiers_are_the_drafts():
    assert make_suite(BackendName.NATIVE, SHA256).bbs_api_id == (
        b"BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_H2G_HM2S_"
    )
    assert make_suite(BackendName.NATIVE, SHAKE256).bbs_api_id == (
        b"BBS_BLS12381G1_XOF:SHAKE-256_SSWU_RO_H2G_HM2S_"
    )
    assert make_suite(BackendName.NATIVE, SHA256).blind_api_id == (
        b"BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_BLIND_H2G_HM2S_"
    )
    assert make_suite(BackendName.NATIVE, SHAKE256).pseudonym_api_id == (
        b"BBS_BLS12381G1_XOF:SHAKE-256_SSWU_RO_H2G_HM2S_PSEUDONYM_"
    )
