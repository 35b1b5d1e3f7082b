"""Bundles and receipts against a verifier in JavaScript that was written from docs/specs alone."""

from __future__ import annotations

import json
import random

import pytest

from did.errors import DidError
from did.registry.bundle import verify_bundle
from tests.support import vectors
from tests.support.peers import ask, values
from tests.support.registry_inputs import expectations_of
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


def places(value, path=()):
    """Every place in a JSON value with what stands there."""
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from places(item, (*path, name))


def altered_member(bundle, rng):
    """The bundle with something else in one place, or nothing."""
    changed = json.loads(json.dumps(bundle))
    path, value = rng.choice([place for place in places(changed) if place[0]])
    parent = changed
    for step in path[:-1]:
        parent = parent[step]
    choices = [None, 7, -1, "", "x", {}, [], True, 1.5]
    if isinstance(value, str) and value:
        at = rng.randrange(len(value))
        choices += [value[:at] + rng.choice("AQgwx0\n +\u00e9\u2014") + value[at + rng.choice((0, 1)) :]] * 30
    if type(value) is int:
        choices += [value + 1, value - 1, 2**53 - 1, 2**53] * 4
    if isinstance(value, list):
        choices += [value[::-1], value[:-1], value + value[:1]] * 4
    if rng.random() < 0.1:
        del parent[path[-1]]
    else:
        parent[path[-1]] = rng.choice(choices)
    return json.dumps(changed, ensure_ascii=rng.random() < 0.5)


def altered_text(text, rng):
    at = rng.randrange(len(text))
    put = chr(rng.choice((ord(text[at]) ^ 1 << rng.randrange(6), rng.randrange(32, 127), 10)))
    return text[:at] + put + text[at + 1 :]


def altered_inputs(inputs, rng):
    changed = json.loads(json.dumps(inputs))
    changed["now"] += rng.choice((0, 0, 0, -4000, -100, 4000))
    changed["require"]["level"] = rng.choice(
        (inputs["require"]["level"], "root", "sealed", "anchored", "final")
    )
    for head in changed["heads"]:
        head["size"] = rng.choice((head["size"], head["size"], 0, 2, 7, 9, 10))
    return changed


def test_both_say_the_same_about_altered_bundles():
    """Same verdict, same code: the order of the steps is as much part of the text as the steps."""
    rng = random.Random(9162)
    content = json.loads((make_vectors.FOLDER / "bundles.json").read_bytes())
    whole = make_vectors.unspliced(content["cases"], "bundle")
    good = [case for case in whole if "expected" in case]
    tasks, ours = {}, {}
    for number in range(600):
        case = rng.choice(good)
        text = (
            altered_member(json.loads(case["bundle"]), rng)
            if rng.random() < 0.6
            else altered_text(case["bundle"], rng)
        )
        inputs = altered_inputs({**content["inputs"], **case["inputs"]}, rng)
        try:
            state = verify_bundle(
                text.encode(), expected_did=inputs["expectedDid"], expectations=expectations_of(inputs)
            )
        except DidError as error:
            ours[str(number)] = error.code
        else:
            ours[str(number)] = (
                state.level.label,
                state.version,
                state.deactivated,
                state.size,
                state.as_of,
                list(state.witnesses),
            )
        tasks[str(number)] = {"do": "bundle", "text": text, "inputs": inputs}
    answers = judged(tasks)
    for number, found in ours.items():
        answer = answers[number]
        theirs = answer["code"] if "code" in answer else tuple(answer[name] for name in BUNDLE)
        assert theirs == found, (tasks[number]["text"], answer)
    assert len({found for found in ours.values() if isinstance(found, str)}) > 12
