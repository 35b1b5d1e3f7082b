"""Our codes in the words of the W3C texts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from credentials.verifying import w3c_errors
from credentials.verifying.w3c_errors import SECURITY, error_type

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("proof.missing", "PARSING_ERROR"),
        ("proof.signature", "PROOF_VERIFICATION_ERROR"),
        ("proof.purpose", "PROOF_VERIFICATION_ERROR"),
        ("proof.previous-unknown", "PROOF_VERIFICATION_ERROR"),
        ("proof.domain", "INVALID_DOMAIN_ERROR"),
        ("proof.challenge", "INVALID_CHALLENGE_ERROR"),
        ("rdf.undefined-term", "DATA_LOSS_DETECTION_ERROR"),
        ("rdf.work-limit", "PROOF_TRANSFORMATION_ERROR"),
        ("ecdsa-sd-2023.labels", "PROOF_VERIFICATION_ERROR"),
        ("key.not-authorized", "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD"),
    ],
)
def test_names(code, name):
    assert error_type(code) == SECURITY + name


def test_what_has_no_name_gets_none():
    assert error_type("policy.format") is None
    assert error_type("credential.expired") is None


def test_every_code_that_is_named_is_one_of_ours():
    sources = "".join(
        path.read_text()
        for package in ("credentials", "did")
        for path in (ROOT / package).rglob("*.py")
        if path.name != "w3c_errors.py"
    )
    ours = set(re.findall(r'"([a-z0-9-]+\.[a-z0-9-]+)"', sources))
    assert set(w3c_errors._BY_CODE) - ours == set()
