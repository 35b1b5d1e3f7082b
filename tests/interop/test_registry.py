"""Bundles and receipts against a verifier in JavaScript that was written from docs/specs alone."""

from __future__ import annotations

import json

import pytest

from tests.support import vectors
from tests.support.peers import ask, values
from tests.vectors.registry import make_vectors

BUNDLE = ("level", "version", "deactivated", "size", "asOf", "cosigners")
RECEIPT = ("level", "index", "size", "asOf")


def judged(tasks):
    """What the peer says to each task: its answer, or the code."""
    return values(ask("registry", tasks))


def told(answer, members):
    return answer["code"] if "code" in answer else {name: answer[name] for name in members}


def expected(case, members):
    return case["code"] if "code" in case else {name: case["expected"][name] for name in members}


@pytest.mark.parametrize(
    ("file", "member", "members"),
    [("bundles.json", "bundle", BUNDLE), ("receipts.json", "receipt", RECEIPT)],
)
def test_the_peer_judges_our_vectors_as_they_say(file, member, members):
    content = json.loads((make_vectors.FOLDER / file).read_bytes())
    cases = make_vectors.unspliced(content["cases"], member)
    answers = judged(
        {
            case["name"]: {
                "do": member,
                "text": case[member],
                "inputs": {**content["inputs"], **case["inputs"]},
            }
            for case in cases
        }
    )
    for case in cases:
        answer = answers[case["name"]]
        assert told(answer, members) == expected(case, members), (case["name"], answer)
        for more in ("reasons", "localChainOnly"):
            if more in case.get("expected", {}):
                assert answer[more] == case["expected"][more], case["name"]


def test_the_peer_judges_the_published_vectors_as_they_say():
    good = vectors.load("registry", "bundle.json")
    broken = vectors.load("registry", "bundle-broken.json")
    cases = [*good["bundles"], *broken["bundles"]]
    assert len(cases) == 46
    answers = judged(
        {
            case["name"]: {
                "do": "bundle",
                "text": case["bundle"],
                "inputs": {**good["inputs"], **case["inputs"]},
            }
            for case in cases
        }
    )
    for case in cases:
        assert told(answers[case["name"]], BUNDLE) == expected(case, BUNDLE), case["name"]


def test_the_peer_judges_the_published_receipts_as_they_say():
    inputs = vectors.load("registry", "bundle.json")["inputs"]
    content = vectors.load("registry", "receipts.json")
    tasks = {}
    for at, text in enumerate([*content["receipts"], *(case["receipt"] for case in content["refused"])]):
        opening = json.loads(text)["opening"]
        subject = {name: value for name, value in opening.items() if name != "salt"}
        tasks[str(at)] = {"do": "receipt", "text": text, "inputs": {**inputs, "subject": subject}}
    answers = judged(tasks)
    good = len(content["receipts"])
    for at, index in enumerate((1, 2, 0)):
        assert told(answers[str(at)], RECEIPT) == {
            "level": "final",
            "index": index,
            "size": 16,
            "asOf": 1_800_000_006,
        }
    for at, case in enumerate(content["refused"], start=good):
        assert told(answers[str(at)], RECEIPT) == case["code"], case["name"]
