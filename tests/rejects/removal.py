"""Take one numbered check out of the running product, to show that a case needs it.

A check is numbered by a comment ``# [SDJ-07]`` on the line above its statement. `without` compiles the module
with that statement taken out, and lends the new code to the function that stands there: every module that
holds the function meets the weakened one, until the block ends.

- An ``if`` is never taken: its test becomes false, so an ``else`` still runs. Any other statement becomes
  ``pass``.
- A number stands once in all sources, above a statement inside a function.
"""

from __future__ import annotations

import ast
import importlib
import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "credentials", "did", "schemas", "zk")
TAG = re.compile(r"\s*# \[([A-Z]{2,3}-[0-9]{2,3})\]")
ANY_TAG = re.compile(r"# \[([A-Z]{2,3}-[0-9]{2,3})\]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a numbered check stands: the module, its file, and the line of the comment."""

    module: str
    path: Path
    line: int


@cache
def places() -> Mapping[str, Place]:
    """Find every numbered check; a number that stands twice is a fault of the sources."""
    found: dict[str, Place] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for line, text in enumerate(path.read_text().splitlines(), start=1):
                for number in ANY_TAG.findall(text):
                    if not TAG.match(text):
                        raise AssertionError(f"{path}:{line}: {number} must stand on a line of its own")
                    if number in found:
                        raise AssertionError(f"{path}:{line}: {number} stands at {found[number]} too")
                    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                    found[number] = Place(module.removesuffix(".__init__"), path, line)
    return found


@contextmanager
def without(number: str) -> Iterator[None]:
    """Run a block while the numbered check does not run."""
    place = places()[number]
    module = importlib.import_module(place.module)
    tree = ast.parse(place.path.read_text())
    names, statement = _statement(tree, place)
    _Remover(statement).visit(tree)
    with lent(module, place.path, tree, names):
        yield


@contextmanager
def lent(module: object, path: Path, tree: ast.Module, names: Sequence[str]) -> Iterator[None]:
    """Run a block while one function, at the end of `names`, has the code that it has in another tree."""
    ast.fix_missing_locations(tree)
    changed = _code(compile(tree, str(path), "exec", dont_inherit=True), names)
    function, caches = _function(module, names)
    original = function.__code__
    _clear(caches)
    function.__code__ = changed
    try:
        yield
    finally:
        function.__code__ = original
        _clear(caches)


def _statement(tree: ast.Module, place: Place) -> tuple[list[str], ast.stmt]:
    """The first statement below the tag, and the names that lead to its outermost function."""
    best: tuple[list[str], ast.stmt] | None = None

    def search(node: ast.AST, names: list[str], *, inside: bool) -> None:
        nonlocal best
        for child in ast.iter_child_nodes(node):
            function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            below_tag = inside and isinstance(child, ast.stmt) and child.lineno > place.line
            if below_tag and (best is None or child.lineno < best[1].lineno):
                best = (names, child)
            named = (function or isinstance(child, ast.ClassDef)) and not inside
            below = [*names, child.name] if named else names  # type: ignore[attr-defined]
            search(child, below, inside=inside or function)

    search(tree, [], inside=False)
    if best is None:
        raise AssertionError(f"no statement in a function below {place}")
    between = place.path.read_text().splitlines()[place.line : best[1].lineno - 1]
    if any(line.strip() and not line.strip().startswith("#") for line in between):
        raise AssertionError(f"the statement does not follow its number at {place}")
    return best


class _Remover(ast.NodeTransformer):
    def __init__(self, statement: ast.stmt) -> None:
        self.statement = statement

    def visit(self, node: ast.AST) -> Any:
        if node is not self.statement:
            return super().visit(node)
        if isinstance(node, ast.If):
            node.test = ast.copy_location(ast.Constant(value=False), node.test)
            return node
        return ast.copy_location(ast.Pass(), node)


def _code(module: CodeType, names: Sequence[str]) -> CodeType:
    code = module
    for name in names:
        code = next(item for item in code.co_consts if isinstance(item, CodeType) and item.co_name == name)
    return code


def _function(module: object, names: Sequence[str]) -> tuple[FunctionType, list[Any]]:
    found: Any = module
    caches: list[Any] = []
    for name in names:
        found = vars(found)[name]
        while not isinstance(found, FunctionType | type):
            if hasattr(found, "cache_clear"):
                caches.append(found)
            found = next(
                getattr(found, inner)
                for inner in ("__wrapped__", "__func__", "fget", "func")
                if hasattr(found, inner)
            )
        while hasattr(found, "__wrapped__"):
            found = found.__wrapped__
    return found, caches


def _clear(caches: list[Any]) -> None:
    for cached in caches:
        cached.cache_clear()
