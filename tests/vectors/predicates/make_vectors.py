"""Make the vectors of docs/specs/bbs-predicates-2026.md: `python -m tests.vectors.predicates.make_vectors`.

Every key, secret and blinding is derived from a text that stands in the files, so the same files come out
each time. Nothing here is a secret of anybody's. A test makes them again and compares.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.vectors.predicates import (
    first_vector,
    issuance_cases,
    parameter_cases,
    presentation_cases,
    refused_cases,
)
from tests.vectors.predicates.notation import trust_json
from tests.vectors.predicates.scene import Scene

FOLDER = Path(__file__).parents[1] / "bbs-predicates-2026"
PROVENANCE = (
    "made by tests/vectors/predicates/make_vectors.py after docs/specs/bbs-predicates-2026.md, section 8; "
    "all keys and secrets are test values"
)


def write(content):
    return json.dumps({"provenance": PROVENANCE, **content}, indent=1, ensure_ascii=True) + "\n"


def make():
    """The files by name."""
    scene = Scene()
    writer = presentation_cases.Writer(scene)
    credentials, issuance = parameter_cases.credentials(scene), issuance_cases.cases(scene)
    single, composite = presentation_cases.single(writer), presentation_cases.composite(writer)
    refused = refused_cases.cases(writer, [*single, composite], credentials)
    refused_cases.checked(writer, [*single, composite], credentials, refused)
    trust = trust_json(scene.trust)
    ranges = {
        "ranges": presentation_cases.ranges(writer),
        "ranges-bulletproof": presentation_cases.committed_ranges(writer),
        "presentations": single,
        "composite": [composite],
    }
    return {
        "parameters.json": write(parameter_cases.parameters(scene)),
        "slots.json": write(parameter_cases.slots(scene)),
        "lists.json": write(parameter_cases.lists(scene)),
        "credentials.json": write({"credentials": credentials}),
        "issuance.json": write({"cases": issuance, "refused": issuance_cases.refused(scene, issuance)}),
        "vector-1.json": write(first_vector.vector(scene)),
        **{f"{name}.json": write({"trust": trust, "cases": cases}) for name, cases in ranges.items()},
        "refused.json": write({"trust": trust, "cases": refused}),
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in make().items():
        (FOLDER / name).write_text(content, encoding="ascii")
