"""Small changes to a piece of source: what a mutant is made of.

Each change replaces one node of a syntax tree by another.

    compare     < becomes <= and >=; == becomes !=; `is` and `in` their opposites
    bool        `and` becomes `or`, and the other way round; each operand dropped; `not` dropped
    arith       + - * // % ** << >> & | swapped for a neighbour; a sign dropped; a part of octets dropped
    constant    whole numbers plus and minus one; True and False; octets; the code of an error
    guard       an `if` that leaves is never taken; a condition of a comprehension dropped
    statement   a call, or an augmented assignment, is not made
    argument    neighbouring arguments swapped
    frame       an element of a frame, or of what is joined, dropped
    choice      `any` and `all`, `min` and `max`, the arms of a conditional expression swapped

Not changed: annotations, docstrings, words that people read, assertions, and the `strict` of `zip`, which
guards against our own mistakes.
"""

from __future__ import annotations

import ast
import copy
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPARISONS = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OPERATORS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
OPPOSITES = {"any": "all", "all": "any", "min": "max", "max": "min"}
UNMISTAKABLE = {"self", "cls", "system", "suite", "backend", "reader", "random_bytes", "api_id"}
"""Arguments that nobody takes for their neighbours: swapping them breaks everything, and shows nothing."""

SYMMETRIC = {"add", "_add", "_mul", "max", "min", "isinstance", "gcd"}
OCTET_MAKERS = {
    "frame",
    "u8",
    "u64",
    "i128",
    "encode",
    "encode_scalar",
    "encode_g1",
    "join",
    "digest",
    "to_bytes",
    "bytes",
}
OCTET_NAMES = {"octets", "points", "frames", "key", "api_id", "sent", "opened"}
CODE = re.compile(r"[a-z0-9-]+\.[a-z][a-z-]*")
READ = {"what", "detail", "remedy", "clause"}


@dataclass(frozen=True, slots=True)
class Change:
    """The replacement of one node; `steps` lead to it from where the search began."""

    kind: str
    steps: tuple[tuple[str, int | None], ...]
    replacement: ast.AST


def changes(root: ast.AST) -> Iterator[Change]:
    """Yield every change below a node."""
    yield from _below(root, ())


def applied(root: ast.AST, change: Change) -> ast.AST:
    """Make a change in place; the node that was there."""
    *path, (field, index) = change.steps
    parent = root
    for step in path:
        parent = child(parent, step)
    if index is None:
        found = getattr(parent, field)
        setattr(parent, field, change.replacement)
    else:
        found = getattr(parent, field)[index]
        getattr(parent, field)[index] = change.replacement
    return found


def child(node: ast.AST, step: tuple[str, int | None]) -> Any:
    """Follow one step."""
    field, index = step
    return getattr(node, field) if index is None else getattr(node, field)[index]


def _below(node: ast.AST, steps: tuple[tuple[str, int | None], ...]) -> Iterator[Change]:
    for kind, replacement in _replacements(node):
        yield Change(kind, steps, replacement)
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "decorator_list", "args", "msg"} and not isinstance(
            node, ast.Call
        ):
            continue
        if isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, ast.AST) and not _unchanged(node, item):
                    yield from _below(item, (*steps, (field, index)))
        elif isinstance(value, ast.AST) and not _unchanged(node, value):
            yield from _below(value, (*steps, (field, None)))


def _unchanged(parent: ast.AST, node: ast.AST) -> bool:
    """What is for people, or for the type checker."""
    if isinstance(node, ast.keyword):
        return node.arg in READ or node.arg == "strict"
    if isinstance(parent, ast.Call) and _name(parent).endswith("Error") and node in parent.args[1:]:
        return True
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return docstring or isinstance(node, ast.JoinedStr | ast.Assert)


def _name(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def _replacements(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    rule = RULES.get(type(node))
    return iter(()) if rule is None else rule(node)


def _unary(node: ast.UnaryOp) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node.op, ast.Not | ast.USub):
        yield "bool" if isinstance(node.op, ast.Not) else "arith", node.operand


def _constant(node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    yield from (("constant", ast.Constant(value)) for value in _values(node.value))


def _guarded(node: ast.If) -> Iterator[tuple[str, ast.AST]]:
    if _leaves(node.body):
        yield "guard", _with(node, test=ast.Constant(value=False))


def _chosen(node: ast.IfExp) -> Iterator[tuple[str, ast.AST]]:
    yield "choice", _with(node, body=node.orelse, orelse=node.body)


def _filtered(node: ast.comprehension) -> Iterator[tuple[str, ast.AST]]:
    yield from (("guard", _with(node, ifs=_dropped(node.ifs, index))) for index in range(len(node.ifs)))


def _stated(node: ast.Expr) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node.value, ast.Call):
        yield "statement", ast.Pass()


def _augmented(node: ast.AugAssign) -> Iterator[tuple[str, ast.AST]]:
    yield "statement", ast.Pass()
    if type(node.op) in OPERATORS and not _octets(node.value):
        yield "arith", _with(node, op=OPERATORS[type(node.op)]())


def _compared(node: ast.Compare) -> Iterator[tuple[str, ast.AST]]:
    for index, operator in enumerate(node.ops):
        for other in COMPARISONS[type(operator)]:
            yield "compare", _with(node, ops=[*node.ops[:index], other(), *node.ops[index + 1 :]])


def _combined(node: ast.BoolOp) -> Iterator[tuple[str, ast.AST]]:
    yield "bool", _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for index in range(len(node.values)):
        rest = _dropped(node.values, index)
        yield "bool", _with(node, values=rest) if len(rest) > 1 else rest[0]


def _computed(node: ast.BinOp) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node.op, ast.Add) and (_octets(node.left) or _octets(node.right)):
        yield "frame", node.left
        yield "frame", node.right
    elif isinstance(node.op, ast.BitOr) and _types(node):
        return
    elif type(node.op) in OPERATORS:
        yield "arith", _with(node, op=OPERATORS[type(node.op)]())


def _types(node: ast.AST) -> bool:
    """A union of types, for `isinstance`."""
    if isinstance(node, ast.BinOp):
        return _types(node.left) and _types(node.right)
    return isinstance(node, ast.Name) and node.id[:1].isupper() and len(node.id) > 2


def _values(value: object) -> list[object]:
    match value:
        case bool():
            return [not value]
        case int():
            return [value + 1, value - 1]
        case bytes():
            return [value + b"!"] if value else [b"!"]
        case str() if CODE.fullmatch(value):
            return [value + "-other"]
        case _:
            return []


def _called(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    name = _name(node)
    if isinstance(node.func, ast.Name) and name in OPPOSITES:
        yield "choice", _with(node, func=ast.Name(OPPOSITES[name], ast.Load()))
    if name == "frame":
        for index in range(1, len(node.args)):
            yield "frame", _with(node, args=_dropped(node.args, index))
    if name == "join" and node.args and isinstance(node.args[0], ast.Tuple | ast.List):
        parts = node.args[0]
        for index in range(len(parts.elts)):
            yield "frame", _with(node, args=[_with(parts, elts=_dropped(parts.elts, index))])
    if name in SYMMETRIC or name.endswith("Error"):
        return
    for index, (left, right) in enumerate(pairwise(node.args)):
        if not _fixed(left) and not _fixed(right) and ast.dump(left) != ast.dump(right):
            yield "argument", _with(node, args=[*node.args[:index], right, left, *node.args[index + 2 :]])


def _fixed(argument: ast.expr) -> bool:
    last = getattr(argument, "id", getattr(argument, "attr", ""))
    return isinstance(argument, ast.Starred) or last in UNMISTAKABLE


def _octets(node: ast.AST) -> bool:
    """Whether an expression looks like octets, of which a part may be dropped but nothing subtracted."""
    match node:
        case ast.Constant():
            return isinstance(node.value, bytes)
        case ast.Call():
            return _name(node) in OCTET_MAKERS
        case ast.BinOp(op=ast.Add()):
            return _octets(node.left) or _octets(node.right)
        case ast.IfExp():
            return _octets(node.body) or _octets(node.orelse)
        case ast.Attribute():
            return node.attr in OCTET_NAMES
        case ast.Name():
            return node.id in OCTET_NAMES
        case ast.Subscript():
            return _octets(node.value) and isinstance(node.slice, ast.Slice)
        case _:
            return False


def _leaves(body: list[ast.stmt]) -> bool:
    return isinstance(body[-1], ast.Raise | ast.Return | ast.Continue)


def _dropped(items: list[Any], index: int) -> list[Any]:
    return [*items[:index], *items[index + 1 :]]


def _with(node: Any, **fields: Any) -> Any:
    changed = copy.copy(node)
    for field, value in fields.items():
        setattr(changed, field, value)
    return changed


RULES: dict[type[ast.AST], Any] = {
    ast.Compare: _compared,
    ast.BoolOp: _combined,
    ast.UnaryOp: _unary,
    ast.BinOp: _computed,
    ast.Constant: _constant,
    ast.If: _guarded,
    ast.IfExp: _chosen,
    ast.comprehension: _filtered,
    ast.Expr: _stated,
    ast.AugAssign: _augmented,
    ast.Call: _called,
}
