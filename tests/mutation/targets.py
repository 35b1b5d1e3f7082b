"""What counts as verifying code, and which tests are to notice a change in it.

A target is a module. Where a module also proves, signs or commits, those functions are named in `proving`,
and left out: a fault there hurts who proves, and no verifier. All else in it counts, constants included.
Branch coverage is asked of the whole modules.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A module with verifying code.

    Attributes:
        module: its name.
        proving: functions and constants in it that verifiers do not use, or `__repr__` and the like.
    """

    module: str
    proving: frozenset[str] = frozenset()

    def covers(self, function: str) -> bool:
        """Whether a function is verifying code."""
        return function not in self.proving and not function.endswith(("__repr__", "__reduce__"))


@dataclass(frozen=True, slots=True)
class Group:
    """Targets that the same tests look after.

    Attributes:
        name: for the command line.
        tests: files and folders.
        deselect: a pytest expression of tests that are too slow to be asked for every mutant.
        targets: the modules.
    """

    name: str
    tests: tuple[str, ...]
    deselect: str
    targets: tuple[Target, ...]


def _target(module: str, *proving: str) -> Target:
    return Target(module, frozenset(proving))


PREDICATES = Group(
    "predicates",
    tuple(
        f"tests/zk/predicates/test_{name}.py"
        for name in (
            "alteration",
            "batch",
            "bullet_octets",
            "bulletproofs",
            "completeness",
            "forgeries",
            "issuance",
            "issuance_octets",
            "octet_forms",
            "published",
            "published_edges",
            "rule_boundaries",
            "rules",
            "slots",
            "type_boundaries",
            "vector",
            "weights",
        )
    ),
    "not pyecc and not arkworks",
    (
        *map(
            _target,
            (
                "zk.predicates.verifying",
                "zk.predicates.batch",
                "zk.predicates.rules",
                "zk.predicates.trust",
                "zk.predicates.pairings",
                "zk.predicates.challenge",
                "zk.predicates.wires",
                "zk.predicates.statement",
                "zk.predicates.predicate",
                "zk.predicates.header",
                "zk.predicates.slots",
                "zk.predicates.octets",
                "zk.predicates.parts.bullet_checking",
                "zk.predicates.parts.bullet_transcript",
                "zk.predicates.parts.part",
            ),
        ),
        _target("zk.predicates.issuance", "commit", "blind_sign"),
        _target("zk.predicates.parts.committed", "commit_committed"),
        _target(
            "zk.predicates.parts.digits",
            "commit_range",
            "commit_side",
            "commit_signed_member",
            "_Committed.__init__",
        ),
        _target("zk.predicates.parts.gap", "commit_gap"),
        _target("zk.predicates.parts.nyms", "commit_pseudonym"),
        _target(
            "zk.predicates.parts.sets", "commit_member", "commit_exclude", "_less", "_inverse", "_no_witness"
        ),
        _target("zk.predicates.parts.signature", "commit_signature"),
        _target("zk.predicates.published.gaps", "sign_gaps"),
        _target("zk.predicates.published.lists", "publish_digits", "publish_set", "_sign"),
    ),
)

BLIND = Group(
    "blind",
    ("tests/zk/blind",),
    "not pyecc and not arkworks",
    (
        _target("zk.blind.signatures", "commit", "sign", "prove", "label"),
        _target("zk.blind.commitment", "core_commit"),
        _target("zk.blind.committed_disclosure", "prove", "_respond"),
        _target(
            "zk.blind.pseudonyms",
            "label",
            "draw_prover_nyms",
            "draw_signer_nym_entropy",
            "commit",
            "sign",
            "prove",
            "pseudonym",
        ),
        _target(
            "zk.blind.single_pseudonyms",
            "label",
            "draw_prover_nym",
            "commit",
            "sign",
            "pseudonym",
            "prove",
        ),
        _target("zk.blind.layout"),
        _target("zk.blind.pseudonym_point", "Context.point_of"),
        _target("zk.blind.committed_octets", "encode_committed_proof"),
        _target("zk.blind.core", "core_blind_sign", "core_blind_prove"),
    ),
)

BBS = Group(
    "bbs",
    ("tests/zk/test_bbs.py", "tests/zk/test_bbs_fixtures.py", "tests/zk/test_decoding.py", "tests/zk/blind"),
    "not pyecc and not arkworks",
    (
        _target("zk.bbs_proof", "draw_randomness", "proof_init", "proof_finalize", "core_prove", "_response"),
        _target("zk.bbs_core", "core_sign", "finalize_signature"),
        _target("zk.bbs", "sign", "prove"),
        _target("zk.bbs_octets", "encode_signature", "encode_proof"),
    ),
)

DECODING = Group(
    "decoding",
    ("tests/zk/test_decoding.py", "tests/zk/test_edges.py", "tests/zk/test_backends.py"),
    "",
    (
        _target("zk.curve"),
        _target(
            "zk.backend.interface",
            "Backend.mul_secret",
            "Backend.mul_secret_g2",
            "Backend.msm_secret",
            "Backend._refuse_variable_time",
        ),
        _target(
            "zk.backend.pyecc",
            "PyEccBackend._mul",
            "PyEccBackend._mul_g2",
            "PyEccBackend._msm",
            "PyEccBackend._msm_fixed",
            "PyEccBackend._hash_to_g1",
            "PyEccBackend._map_to_g1",
        ),
    ),
)

SUITES = Group(
    "suites",
    (
        "tests/credentials/suites/test_bbs_2023.py",
        "tests/credentials/suites/test_bbs_2023_bound.py",
        "tests/credentials/suites/test_bbs_2023_features.py",
        "tests/credentials/suites/test_bbs_2023_vectors.py",
        "tests/credentials/suites/test_bbs_proof_value.py",
        "tests/credentials/suites/test_bbs_edges.py",
        "tests/credentials/suites/test_bbs_features.py",
        "tests/credentials/suites/test_bbs_features_edges.py",
        "tests/credentials/suites/test_bbs_features_refused.py",
        "tests/credentials/suites/test_bbs_holding.py",
        "tests/rejects/test_bbs_features.py",
        "tests/rejects/test_bbs_2023.py",
    ),
    "not without",
    (
        _target("credentials.suites.bbs_2023", "Bbs2023.create_base", "Bbs2023.derive"),
        _target(
            "credentials.suites.bbs_2023_bound",
            "BoundBbs2023.commit",
            "BoundBbs2023.create_base",
            "BoundBbs2023.derive",
        ),
        _target(
            "credentials.suites.bbs_bound_value", "BoundBaseProofValue.write", "BoundDerivedProofValue.write"
        ),
        _target(
            "credentials.suites.bbs_proof_value",
            "BaseProofValue.write",
            "DerivedProofValue.write",
            "DerivedProofValue.components",
        ),
        _target(
            "credentials.suites.bbs_features.features",
            "BbsFeatures.commit",
            "BbsFeatures.create_base",
            "BbsFeatures.derive",
            "draw_signer_nym_entropy",
        ),
        _target("credentials.suites.bbs_features.proof_values", "NymDerivedProofValue.write"),
        _target(
            "credentials.suites.bbs_features.pseudonyms",
            "PseudonymBbs2023.commit",
            "PseudonymBbs2023.create_base",
            "PseudonymBbs2023.derive",
            "_check_count",
            "_share",
        ),
        _target("credentials.suites.bbs_statements", "Statements.revealed", "draw_hmac_key"),
    ),
)

GROUPS = (PREDICATES, BLIND, BBS, DECODING, SUITES)
TARGETS = tuple(target for group in GROUPS for target in group.targets)
