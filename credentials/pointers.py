"""JSON Pointers (RFC 6901), and the selection of a JSON-LD document by them.

Source: W3C Data Integrity ECDSA Cryptosuites 1.0, 3.4 (selectJsonLd), which `bbs-2023` uses too.
Invariants:
- A selection keeps the document's `@context`, and the identifier and types of every object on the way.
- A pointer that leads nowhere is an error, never an empty selection.
- A pointer to an object with a slash at its end selects the object with its identifier and types, and nothing
  that it says: no term of JSON-LD has an empty name, so that is not the pointer of a member.
- Nothing in a selection is shared with the document, except through `trace`.

Not here: evaluation against RDF (see `credentials.suites.selective`).
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from credentials.errors import CredentialError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from did.types import JsonObject, JsonValue

_RFC: Final = "RFC 6901"
_SELECT: Final = "VC Data Integrity ECDSA 1.0, 3.4 selectJsonLd"
_INDEX: Final = re.compile("0|[1-9][0-9]{0,8}")
_BAD_ESCAPE: Final = re.compile("~(?![01])")
_CONTEXT: Final = "@context"
_TYPES: Final = ("type", "@type")
_IDENTIFIERS: Final = ("id", "@id")
_NODE: Final = ""
MAX_POINTER: Final = 2048
MAX_POINTERS: Final = 1024

Path: TypeAlias = tuple[str, ...]
_Tree: TypeAlias = "dict[str, _Tree | None]"
"""Tokens that lead on; None where everything below is selected."""


def parse(pointer: str) -> Path:
    """Split a JSON Pointer into its reference tokens, unescaped. Raises ``pointer.malformed``."""
    if type(pointer) is not str or len(pointer) > MAX_POINTER:
        raise CredentialError(
            "pointer.malformed",
            f"a JSON Pointer is a string of at most {MAX_POINTER} characters",
            clause=_RFC,
        )
    if pointer == "":
        return ()
    if not pointer.startswith("/") or _BAD_ESCAPE.search(pointer):
        raise CredentialError(
            "pointer.malformed",
            f"{pointer!r} is no JSON Pointer",
            remedy="start with / and write ~1 for / and ~0 for ~ within a name",
            clause=_RFC,
        )
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer[1:].split("/"))


def write(path: Iterable[str | int]) -> str:
    """Write reference tokens as a JSON Pointer: the inverse of `parse`."""
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in path)


def find(document: JsonValue, pointer: str) -> JsonValue:
    """Return the value at `pointer`. Raises ``pointer.malformed``, ``pointer.nothing``."""
    value = document
    path = parse(pointer)
    for depth in range(len(path)):
        value = _step(value, path[: depth + 1])
    return value


@dataclass(frozen=True, slots=True)
class Traced:
    """A selection that shares with its document whatever is selected whole.

    `origins` pairs each object and array that had to be made with the one in the document that it stands for;
    for an array, `places` says where in the other each of its items stood.
    """

    selection: JsonObject
    origins: Sequence[Origin]


@dataclass(frozen=True, slots=True)
class Origin:
    """One object or array of a selection, and what it was made from."""

    made: JsonValue
    original: JsonValue
    places: tuple[int, ...] = ()


def select(document: JsonObject, pointers: Sequence[str]) -> JsonObject:
    """Return the JSON-LD document that holds just what `pointers` select; empty where there are none.

    Raises ``pointer.malformed``; ``pointer.nothing`` where one leads nowhere; ``pointer.context`` for one
    into a context, which is always there in full; ``pointer.limit``.
    """
    return copy.deepcopy(trace(document, pointers).selection)


def trace(document: JsonObject, pointers: Sequence[str]) -> Traced:
    """Select as `select` does, and say from what each part was made. The result is not to be changed."""
    if len(pointers) > MAX_POINTERS:
        raise CredentialError(
            "pointer.limit", f"{len(pointers)} pointers, at most {MAX_POINTERS} are followed"
        )
    tree: _Tree = {}
    whole = False
    for pointer in pointers:
        path = parse(pointer)
        if _CONTEXT in path:
            raise CredentialError("pointer.context", f"{pointer!r} points into a context", clause=_SELECT)
        _check_found(document, path)
        whole = whole or not path
        _plant(tree, path)
    if whole or not pointers:
        return Traced(document if whole else {}, ())
    origins: list[Origin] = []
    selection = _grow(document, tree, (), origins)
    assert isinstance(selection, dict)
    return Traced(selection, origins)


def _check_found(document: JsonObject, path: Path) -> None:
    """Check that a path leads to something: to an object, where nothing else of it is selected."""
    own = bool(path) and path[-1] == _NODE
    value: JsonValue = document
    for depth in range(len(path) - own):
        value = _step(value, path[: depth + 1])
    if own and not isinstance(value, dict):
        _step({}, path)


def _plant(tree: _Tree, path: Path) -> None:
    for token in path[:-1]:
        below = tree.setdefault(token, {})
        if below is None:
            return
        tree = below
    if path and path[-1] != _NODE:
        tree[path[-1]] = None


def _grow(value: JsonValue, tree: _Tree | None, path: Path, origins: list[Origin]) -> JsonValue:
    if tree is None:
        return value
    grown = {
        token: _grow(_step(value, (*path, token)), below, (*path, token), origins)
        for token, below in tree.items()
    }
    if isinstance(value, list):
        tokens = sorted(grown, key=int)
        listed = [grown[token] for token in tokens]
        origins.append(Origin(listed, value, tuple(map(int, tokens))))
        return listed
    assert isinstance(value, dict)
    made = {**grown, **_kept(value)}
    origins.append(Origin(made, value))
    return made


def _kept(node: JsonObject) -> JsonObject:
    """The members that a selected object always keeps."""
    return {
        name: member
        for name, member in node.items()
        if name == _CONTEXT
        or name in _TYPES
        or (name in _IDENTIFIERS and not (isinstance(member, str) and member.startswith("_:")))
    }


def _step(value: JsonValue, path: Path) -> JsonValue:
    token = path[-1]
    if isinstance(value, dict) and token in value:
        return value[token]
    if isinstance(value, list) and _INDEX.fullmatch(token) and int(token) < len(value):
        return value[int(token)]
    raise CredentialError(
        "pointer.nothing",
        f"there is nothing at {write(path)!r}",
        remedy="point at a member or element that the credential has",
        clause=_SELECT,
    )
