"""The mutation tester itself: what it changes, under which names, and that it puts everything back."""

from __future__ import annotations

import ast
import importlib
from collections import Counter

import pytest

from tests.mutation.changes import Change, applied, changes
from tests.mutation.mutants import active, mutants_of, path_of
from tests.mutation.scoring import Score, drawn, reviewed, unknown_names
from tests.mutation.targets import GROUPS, TARGETS
from tests.rejects.removal import ROOT
from zk import curve
from zk.predicates import header, rules, wires


def changed(source):
    """Every variant of a statement."""
    found = []
    tree = ast.parse(source)
    for change in changes(tree):
        was = applied(tree, change)
        found.append(" ".join(ast.unparse(ast.fix_missing_locations(tree)).split()))
        applied(tree, Change(change.kind, change.steps, was))
    assert ast.unparse(tree) == ast.unparse(ast.parse(source))
    return found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", ["a <= b", "a >= b"]),
        ("a == b", ["a != b"]),
        ("a is None", ["a is not None"]),
        ("a and b", ["a or b", "b", "a"]),
        ("not a", ["a"]),
        ("a + b", ["a - b"]),
        ("-a", ["a"]),
        ("x[1]", ["x[2]", "x[0]"]),
        ("u64(a) + b", ["u64(a)", "b"]),
        ("f(a)", ["pass"]),
        ("y = f(a, b)", ["y = f(b, a)"]),
        ("y = f(system, b)", []),
        ("y = frame(b'x', p)", ["y = frame(b'x')", "y = frame(p, b'x')", "y = frame(b'x!', p)"]),
        ("y = b''.join((p, q))", ["y = b''.join((q,))", "y = b''.join((p,))", "y = b'!'.join((p, q))"]),
        ("y = any(p)", ["y = all(p)"]),
        ("y = a if b else c", ["y = c if b else a"]),
        ("y = [a for a in b if a]", ["y = [a for a in b]"]),
        ("if a:\n    raise ZkError('a.b', 'words', remedy='more')", ["if False", "a.b-other"]),
        ("x: int = 'words'", []),
        ("zip(a, a, strict=True)", ["pass"]),
    ],
)
def test_changes(source, expected):
    found = changed(source)
    assert len(found) == len(expected)
    assert all(part in text for part, text in zip(expected, found, strict=True))


def test_names_are_unique_and_what_is_left_out_exists():
    names = Counter(mutant.name for target in TARGETS for mutant in mutants_of(target))
    assert not [name for name, count in names.items() if count > 1]
    for target in TARGETS:
        tree = ast.parse(path_of(target.module).read_text())
        known = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        known |= {ast.unparse(node.target) for node in tree.body if isinstance(node, ast.AnnAssign)}
        assert {part for name in target.proving for part in name.split(".")} <= known, target.module


def test_the_tests_of_every_group_are_there():
    assert all((ROOT / path).exists() for group in GROUPS for path in group.tests)


def test_a_mutant_stands_until_the_block_ends():
    target = next(target for target in TARGETS if target.module == "zk.predicates.wires")
    form = wires.Form((), 5)
    before = form.above(2)
    mutant = next(
        mutant for mutant in mutants_of(target) if mutant.function == ("Form", "above") and "+" in mutant.name
    )
    with active(mutant):
        assert form.above(2).constant == 7
    assert form.above(2) == before


def test_a_constant_changes_wherever_it_was_imported():
    target = next(target for target in TARGETS if target.module == "zk.curve")
    mutant = next(mutant for mutant in mutants_of(target) if mutant.function == ("G1_LENGTH",))
    user = importlib.import_module("zk.backend.arkworks")
    with active(mutant):
        assert curve.G1_LENGTH == user.G1_LENGTH == 49
    assert curve.G1_LENGTH == user.G1_LENGTH == 48


def test_every_function_that_may_be_changed_can_be():
    """The mechanism finds methods, properties and class methods too."""
    for module, name in ((rules, ("_check_set",)), (header, ("Header", "wires"))):
        target = next(target for target in TARGETS if target.module == module.__name__)
        with active(next(mutant for mutant in mutants_of(target) if mutant.function == name)):
            pass


def test_a_sample_depends_on_the_seed_only():
    mutants = mutants_of(TARGETS[0])
    first = drawn(mutants, 10, seed="1")
    assert len(first) == 10
    assert first == drawn(mutants, 10, seed="1") != drawn(mutants, 10, seed="2")


def test_reviewed_mutants_exist_and_have_a_reason():
    known = reviewed()
    assert unknown_names(known) == []
    assert all(len(why.split()) > 4 for why in known.values())


def test_a_score_leaves_out_what_is_reviewed():
    mutants = mutants_of(TARGETS[0])[:4]
    rows = [
        type("Row", (), {"mutant": mutant.name, "killed": killed, "seconds": 1.0})
        for mutant, killed in zip(mutants, (True, True, False), strict=False)
    ]
    score = Score.of(mutants, rows, {mutants[3].name: "why"})
    assert (score.ratio, score.survivors) == (2 / 3, [mutants[2].name])
    assert "4 mutants, 1 reviewed as equivalent, 2 killed, 1 survived: 66.7%" in score.line()
