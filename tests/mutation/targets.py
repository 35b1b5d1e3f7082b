"""What counts as verifying code, and which tests are to notice a change in it.

A target is a module. Where a module also proves, signs or commits, those functions are named in `proving`,
and left out: a fault there hurts who proves, and no verifier. All else in it counts, constants included.
Branch coverage is asked of the whole modules.
"""

from __future__ import annotations

from tests.mutation.credential_targets import CREDENTIAL_GROUPS
from tests.mutation.grouping import Group
from tests.mutation.grouping import target as _target

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

GROUPS = (PREDICATES, BLIND, BBS, DECODING, *CREDENTIAL_GROUPS)
TARGETS = tuple(target for group in GROUPS for target in group.targets)
