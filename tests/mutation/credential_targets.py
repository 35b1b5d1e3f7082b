"""Verifying code of credentials: cryptosuites, presentations, what is asked, revocation lists.

What a holder does before it proves, and an issuer before it signs, is left out by name: `create_base`,
`accept`, `derive`, `write_shown`. A verifier types the slots, compiles the statement and reads the lists
itself, so all of that counts, also where holders use it too.
"""

from __future__ import annotations

from tests.mutation.grouping import Group
from tests.mutation.grouping import target as _target

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

SHOWING = Group(
    "showing",
    ("tests/credentials/suites/predicates", "tests/rejects/test_predicates.py"),
    "not needs_its_check",
    (
        _target(
            "credentials.suites.predicates.suite",
            "Predicates2026.create_base",
            "Predicates2026.reveal",
            "Predicates2026.name",
            "write_shown",
        ),
        _target(
            "credentials.suites.predicates.value", "BaseValue.write", "DerivedValue.write", "_revocation"
        ),
        _target("credentials.suites.predicates.typings"),
        _target("credentials.suites.predicates.credential_suite", "Predicates.sign", "Predicates.present"),
    ),
)

COMPOSITES = Group(
    "composites",
    (
        "tests/credentials/verifying/test_composite.py",
        "tests/credentials/verifying/test_composite_attacks.py",
        "tests/credentials/verifying/test_composite_documents.py",
        "tests/credentials/verifying/test_composite_edges.py",
        "tests/credentials/verifying/test_composite_revocation.py",
        "tests/credentials/verifying/test_queue.py",
        "tests/credentials/verifying/test_status_check.py",
        "tests/rejects/test_composite.py",
    ),
    "not needs_its_check",
    (
        _target("credentials.verifying.composite"),
        _target("credentials.verifying.queue"),
        _target("credentials.verifying.status_check"),
        _target("credentials.predicates.sets", "set_scalars"),
    ),
)

COMPILING = Group(
    "compiling",
    (
        "tests/credentials/predicates/test_claims.py",
        "tests/credentials/predicates/test_claims_edges.py",
        "tests/credentials/predicates/test_compiling.py",
        "tests/credentials/predicates/test_compiling_edges.py",
        "tests/credentials/predicates/test_equations.py",
        "tests/credentials/predicates/test_needs.py",
        "tests/schemas/test_typed_claims.py",
        "tests/schemas/test_typed_claims_edges.py",
    ),
    "",
    (
        *map(
            _target,
            (
                "credentials.predicates.compiling",
                "credentials.predicates.claimed",
                "credentials.predicates.forms",
                "credentials.predicates.equations",
                "credentials.predicates.claims",
                "credentials.predicates.needs",
                "schemas.typed_claims",
            ),
        ),
        _target("credentials.predicates.sets", "KEY"),
    ),
)

LISTS = Group(
    "lists",
    ("tests/credentials/revocation", "tests/credentials/test_sector.py"),
    "",
    (
        _target("credentials.revocation.metadata", "ListMetadata.to_json", "sign_metadata"),
        _target("credentials.revocation.checking"),
        _target("credentials.revocation.gap_file", "GapFile.cut", "GapFile.encode", "whole_file"),
        _target(
            "credentials.revocation.pages",
            "summarize",
            "_page_bits",
            "_least",
            "LEAST",
            "EpochSummary.to_json",
        ),
        _target("credentials.revocation.reference"),
        _target("credentials.sector"),
    ),
)

CREDENTIAL_GROUPS = (SUITES, SHOWING, COMPOSITES, COMPILING, LISTS)
