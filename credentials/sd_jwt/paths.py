"""Claims paths: which claims and elements are meant, in the form that DCQL and type metadata share.

Texts: OpenID4VP 1.0, 7 (claims path pointer); SD-JWT VC draft 18, Claim Path; RFC 6901 for pointers as input.
Invariants:
- a path is not empty; a name selects a member, an integer from 0 an element, None every element.
- a path means the claims as if all of them were disclosed.
- a path that selects nothing is an error in `places`, where the caller meant something, and an answer in
  `matches`, where it asks.

Not here: comparison of values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from credentials import pointers
from credentials.errors import CredentialError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from credentials.sd_jwt.processing import Place
    from did.types import JsonObject, JsonValue

Path: TypeAlias = tuple[str | int | None, ...]
_CLAUSE: Final = "OpenID4VP 1.0, 7"
MAX_STEPS: Final = 64
MAX_PLACES: Final = 10_000


def parse(value: JsonValue) -> Path:
    """Read a claims path from JSON (`path.malformed`)."""
    if not isinstance(value, list) or not 0 < len(value) <= MAX_STEPS:
        raise _malformed(f"a claims path is a list of 1 to {MAX_STEPS} steps")
    return tuple(_step(step) for step in value)


def from_pointer(pointer: str, document: JsonObject) -> Path:
    """Turn a JSON Pointer into the claims path of the same value (`pointer.*`, `path.malformed` for all)."""
    pointers.find(document, pointer)
    found: JsonValue = document
    path: list[str | int] = []
    for token in pointers.parse(pointer):
        step: str | int = token if isinstance(found, dict) else int(token)
        path.append(step)
        found = _at(found, step)
    if not path:
        raise _malformed("the empty pointer means the whole credential")
    return tuple(path)


def matches(path: Path, document: JsonObject) -> list[Place]:
    """Give the places that a path selects; none is no error."""
    level: list[tuple[Place, JsonValue]] = [((), document)]
    for step in path:
        level = [found for place, value in level for found in _follow(step, place, value)]
        if len(level) > MAX_PLACES:
            raise CredentialError("path.limit", f"a path selects more than {MAX_PLACES} values")
    return [place for place, _ in level]


def places(paths: Iterable[Path], document: JsonObject) -> set[Place]:
    """Give every place that the paths select (`path.nothing` where one selects none)."""
    found: set[Place] = set()
    for path in paths:
        selected = matches(path, document)
        if not selected:
            raise CredentialError(
                "path.nothing",
                f"there is nothing at {show(path)}",
                remedy="name a claim that the credential has",
                clause=_CLAUSE,
            )
        found.update(selected)
    return found


def show(path: Sequence[str | int | None]) -> str:
    """Write a path for people: /a/0/* for ["a", 0, null]."""
    return pointers.write("*" if step is None else step for step in path)


def value_at(place: Place, document: JsonValue) -> JsonValue:
    """Give the value at a place that `matches` gave for this document."""
    for step in place:
        document = _at(document, step)
    return document


def _at(value: JsonValue, step: str | int) -> JsonValue:
    if isinstance(value, dict) and isinstance(step, str):
        return value[step]
    if isinstance(value, list) and isinstance(step, int):
        return value[step]
    raise _malformed("a path leads through a value that is neither object nor array")


def _follow(step: str | int | None, place: Place, value: JsonValue) -> list[tuple[Place, JsonValue]]:
    if isinstance(step, str):
        return [((*place, step), value[step])] if isinstance(value, dict) and step in value else []
    if not isinstance(value, list):
        return []
    if step is None:
        return [((*place, index), item) for index, item in enumerate(value)]
    return [((*place, step), value[step])] if step < len(value) else []


def _step(step: JsonValue) -> str | int | None:
    if step is None or isinstance(step, str):
        return step
    if isinstance(step, int) and not isinstance(step, bool) and step >= 0:
        return step
    raise _malformed("a step of a path is a name, null, or an integer from 0")


def _malformed(detail: str) -> CredentialError:
    return CredentialError("path.malformed", detail, clause=_CLAUSE)
