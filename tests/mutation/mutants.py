"""The mutants of a module: each is the module with one small change in one of its functions or constants.

A mutant has a name that survives edits elsewhere in the file:

    zk.predicates.rules:_check_limits | compare | count > limit => count >= limit

and ` #2` where one function has several that read alike. Mutants are made in memory and lent to the loaded
module as `tests.rejects.removal` lends a module without a numbered check.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.mutation.changes import Change, applied, changes, child
from tests.mutation.targets import TARGETS
from tests.rejects.removal import PACKAGES, ROOT, lent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.mutation.targets import Target

SHOWN = 100
"""Characters of a changed expression in a name."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change.

    Attributes:
        module: the name of the module.
        function: the names that lead to the function, or the name of a module's constant.
        constant: which of the two.
        change: the change, from the function or from the value of the constant.
        places: files and lines; a test that runs none of them does not meet the mutant.
        name: for people, and for the reviewed list.
    """

    module: str
    function: tuple[str, ...]
    constant: bool
    change: Change
    places: frozenset[tuple[str, int]]
    name: str

    @property
    def path(self) -> Path:
        """The file of the module."""
        return path_of(self.module)


def mutants_of(target: Target) -> list[Mutant]:
    """Make the mutants of a target's verifying functions, in the order of the source."""
    tree = _tree(target.module)
    found: list[Mutant] = []
    seen: Counter[str] = Counter()
    for names, function in _functions(tree):
        if target.covers(".".join(names)):
            made = (_named(target.module, names, function, change, seen) for change in changes(function))
            found += made
    for name, statement in _constants(tree):
        places = _users(target.module, name)
        if places and target.covers(name):
            for change in changes(statement.value):
                mutant = _named(target.module, (name,), statement.value, change, seen)
                found.append(replace(mutant, constant=True, places=places))
    return found


@contextmanager
def active(mutant: Mutant) -> Iterator[None]:
    """Run a block while the mutant stands in the place of the module."""
    module = importlib.import_module(mutant.module)
    tree = ast.parse(mutant.path.read_text())
    if not mutant.constant:
        applied(_function_of(tree, mutant.function), mutant.change)
        with lent(module, mutant.path, tree, mutant.function):
            yield
        return
    (name,) = mutant.function
    statement = dict(_constants(tree))[name]
    if mutant.change.steps:
        applied(statement.value, mutant.change)
    else:
        statement.value = mutant.change.replacement  # type: ignore[assignment]
    expression = ast.fix_missing_locations(ast.Expression(statement.value))
    value = eval(compile(expression, str(mutant.path), "eval"), vars(module))
    was = getattr(module, name)
    holders = _holders(name, was)
    for holder, held in holders:
        setattr(holder, held, value)
    try:
        yield
    finally:
        for holder, held in holders:
            setattr(holder, held, was)


def _holders(name: str, constant: object) -> list[tuple[Any, str]]:
    """Modules that have a constant under its name, and classes that have it under any, if it is no number."""
    modules = [module for title, module in list(sys.modules.items()) if title.partition(".")[0] in PACKAGES]
    holders: list[tuple[Any, str]] = [
        (module, name) for module in modules if vars(module).get(name) is constant
    ]
    classes = {value for module in modules for value in vars(module).values() if isinstance(value, type)}
    if not isinstance(constant, int | str | bytes):
        holders += [
            (owner, held) for owner in classes for held, value in vars(owner).items() if value is constant
        ]
    return holders


def _named(module: str, names: Sequence[str], root: ast.AST, change: Change, seen: Counter[str]) -> Mutant:
    nodes = [root]
    for step in change.steps:
        nodes.append(child(nodes[-1], step))
    shown = next((node for node in reversed(nodes[:-1]) if isinstance(node, ast.expr | ast.stmt)), nodes[-1])
    if isinstance(nodes[-1], ast.stmt) or isinstance(shown, ast.FunctionDef | ast.With | ast.For | ast.Try):
        shown = nodes[-1]
    before = _text(shown)
    if shown is nodes[-1]:
        after = _text(change.replacement)
    else:
        was = applied(root, change)
        after = _text(shown)
        applied(root, Change(change.kind, change.steps, was))
    text = f"{module}:{'.'.join(names)} | {change.kind} | {_difference(before, after)}"
    seen[text] += 1
    if seen[text] > 1:
        text += f" #{seen[text]}"
    path = str(path_of(module))
    places = frozenset((path, line) for line in _lines(nodes))
    return Mutant(module, tuple(names), constant=False, change=change, places=places, name=text)


def _lines(nodes: Sequence[ast.AST]) -> set[int]:
    """The lines that run where a mutant is met."""
    node: Any = nodes[-1]
    if isinstance(node, ast.If):
        node = node.test
    elif isinstance(node, ast.comprehension):
        node = node.ifs[0]
    statement: Any = next(node for node in reversed(nodes) if isinstance(node, ast.stmt | ast.expr))
    return {statement.lineno, *range(node.lineno, node.end_lineno + 1)}


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.If):
        text = f"if {ast.unparse(node.test)}"
    elif isinstance(node, ast.comprehension):
        text = "".join(f"if {ast.unparse(part)} " for part in node.ifs) or "all"
    else:
        text = ast.unparse(ast.fix_missing_locations(node))
    return " ".join(text.split())


def _difference(before: str, after: str) -> str:
    """Show two texts; of long ones, what surrounds the first difference."""
    pairs = enumerate(zip(before, after, strict=False))
    same = next((at for at, (left, right) in pairs if left != right), min(len(before), len(after)))
    start = max(0, same - SHOWN // 2)
    return " => ".join(
        ("..." if start else "") + text[start : start + SHOWN] + ("..." if len(text) > start + SHOWN else "")
        for text in (before, after)
    )


@cache
def path_of(module: str) -> Path:
    return (ROOT / Path(*module.split("."))).with_suffix(".py")


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(path_of(module).read_text())


def _functions(tree: ast.Module) -> Iterator[tuple[tuple[str, ...], ast.FunctionDef]]:
    """The outermost functions, methods among them; the later of two that share a name is the one in use."""
    found: dict[tuple[str, ...], ast.FunctionDef] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found[(node.name,)] = node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    found[node.name, inner.name] = inner
    yield from found.items()


def _function_of(tree: ast.Module, names: tuple[str, ...]) -> ast.FunctionDef:
    return dict(_functions(tree))[names]


def _constants(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        annotation = ast.unparse(node.annotation) if isinstance(node, ast.AnnAssign) else ""
        if isinstance(target, ast.Name) and target.id.isupper() and annotation.startswith("Final"):
            yield target.id, node


@cache
def _users(module: str, name: str) -> frozenset[tuple[str, int]]:
    """The places that name a constant in functions of its module, and of targets that import it."""
    users = [module]
    for target in TARGETS:
        for node in _tree(target.module).body:
            if isinstance(node, ast.ImportFrom) and node.module == module:
                users += [target.module] * (name in {alias.name for alias in node.names})
    return frozenset(
        (str(path_of(user)), node.lineno)
        for user in users
        for _, function in _functions(_tree(user))
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and node.id == name
    )
