"""The vectors that go with docs/specs: as the script makes them, and judged here as they say."""

from __future__ import annotations

import json
import re

import pytest

from did.errors import DidError
from did.registry.bundle import verify_bundle
from did.registry.receipt import verify_receipt
from tests.support.registry_inputs import expectations_of, subject_of
from tests.support.vectors import ROOT
from tests.vectors.registry import make_vectors

SPECS = [ROOT / "docs" / "specs" / name for name in ("log-and-map.md", "proof-bundle.md")]
NOT_IN_VECTORS = {
    "bundle.too-large",  # eight megabytes
    # What a reader of the log meets, a verifier of bundles does not.
    *("entry.length", "entry.prefix", "entry.kind", "entry.scid", "entry.hash", "entry.version"),
    *("entry.flags", "entry.event", "entry.order", "entry.deactivated", "seal.index", "seal.map-root"),
    "policy.malformed",
}


def load(name):
    return json.loads((make_vectors.FOLDER / name).read_bytes())


def cases(name, member):
    content = load(name)
    return [
        pytest.param({**content["inputs"], **case["inputs"]}, case[member], case, id=case["name"])
        for case in make_vectors.unspliced(content["cases"], member)
    ]


def test_the_files_are_what_the_script_makes():
    for name, content in make_vectors.make().items():
        assert (make_vectors.FOLDER / name).read_text("ascii") == content, f"{name}: run make_vectors again"


def test_cases_have_names_of_their_own():
    for name in ("bundles.json", "receipts.json"):
        names = [case["name"] for case in load(name)["cases"]]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(("inputs", "raw", "case"), cases("bundles.json", "bundle"))
def test_bundles(inputs, raw, case):
    def verify():
        return verify_bundle(
            raw.encode(), expected_did=inputs["expectedDid"], expectations=expectations_of(inputs)
        )

    if "code" in case:
        with pytest.raises(DidError) as caught:
            verify()
        assert caught.value.code == case["code"]
        return
    state = verify()
    found = {
        "level": state.level.label,
        "version": state.version,
        "deactivated": state.deactivated,
        "size": state.size,
        "asOf": state.as_of,
        "cosigners": list(state.witnesses),
        "reasons": list(state.reasons),
        "localChainOnly": state.only_local_chains,
    }
    assert found == {**found, **case["expected"]}
    assert (state.document is None) == (state.deactivated is not False)


@pytest.mark.parametrize(("inputs", "raw", "case"), cases("receipts.json", "receipt"))
def test_receipts(inputs, raw, case):
    def verify():
        return verify_receipt(
            raw.encode(), expected_subject=subject_of(inputs["subject"]), expectations=expectations_of(inputs)
        )

    if "code" in case:
        with pytest.raises(DidError) as caught:
            verify()
        assert caught.value.code == case["code"]
        return
    found = verify()
    assert {
        "level": found.level.label,
        "index": found.index,
        "size": found.size,
        "asOf": found.as_of,
    } == case["expected"]


def test_every_code_of_the_text_has_a_vector():
    named = {
        code for path in SPECS for code in re.findall(r"`([a-z]+\.[a-z][a-z-]*)`", path.read_text("utf-8"))
    }
    shown = {
        case["code"]
        for name in ("bundles.json", "receipts.json")
        for case in load(name)["cases"]
        if "code" in case
    }
    files = {name for name in named if name.endswith((".json", ".jsonl", ".py", ".mjs", ".md"))}
    members = {"entry.index", "parameters.scid"}
    assert named - files - members - shown == NOT_IN_VECTORS
    assert shown - named == set()
