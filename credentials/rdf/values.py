"""Which JSON values may be signed as RDF: a guard that runs before any engine sees a document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from credentials.rdf.canonical import Limits

MAX_INTEGER: Final = 2**53 - 1
# Canonical N-Quads escape these as \uXXXX and the engine does not; a lone surrogate has no UTF-8 form.
_UNSUITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def check_document(document: object, limits: Limits, *, unsafe_doubles: bool = False) -> None:
    """Check that a document consists of values which every engine writes alike.

    Raises ``rdf.document`` (no object, or a value JSON does not have), ``rdf.number``, ``rdf.text``,
    ``rdf.depth``, ``rdf.work-limit``. With `unsafe_doubles` numbers with a fraction are let by: for published
    vectors only.
    """
    if type(document) is not dict:
        raise CredentialError("rdf.document", f"expected a JSON object, found {type(document).__name__}")
    _check(document, limits.max_depth, unsafe_doubles)
    listed = _listed(document)
    if listed > limits.max_listed:
        raise CredentialError(
            "rdf.work-limit",
            f"{listed} values stand in lists, of which at most {limits.max_listed} are canonicalized",
            remedy="split the document",
        )


def check_depth(value: object, depth: int) -> None:
    """Check that a value has at most `depth` levels of objects and arrays. Raises ``rdf.depth``."""
    level = [value]
    while level := [item for item in level if type(item) is dict or type(item) is list]:
        if depth == 0:
            raise CredentialError("rdf.depth", "the document is nested too deeply")
        depth -= 1
        level = [item for one in level for item in (one.values() if isinstance(one, dict) else one)]


def _listed(document: object) -> int:
    """How many values stand in lists. RDF keeps each once, so all may have to be compared with all."""
    total, level = 0, [document]
    while level:
        lists = [value for value in level if isinstance(value, list)]
        objects = [value for value in level if isinstance(value, dict)]
        level = [item for value in lists for item in value]
        total += len(level)
        level += [item for value in objects for item in value.values()]
    return total


def _check(value: object, depth: int, unsafe_doubles: bool) -> None:
    # Exact types: a subclass could change between this check and the encoding.
    if value is None or value is True or value is False:
        return
    if type(value) is str:
        _check_text(value)
    elif type(value) is int:
        if abs(value) > MAX_INTEGER:
            raise CredentialError("rdf.number", "an integer beyond 2^53 - 1", remedy="write it as a string")
    elif type(value) is float:
        _check_float(value, unsafe_doubles)
    elif type(value) is dict or type(value) is list:
        if depth == 0:
            raise CredentialError("rdf.depth", "the document is nested too deeply")
        for member in _members(value):
            _check(member, depth - 1, unsafe_doubles)
    else:
        raise CredentialError("rdf.document", f"{type(value).__name__} is no JSON value")


def _members(value: dict[object, object] | list[object]) -> Iterable[object]:
    if isinstance(value, list):
        return value
    for name in value:
        if type(name) is not str:
            raise CredentialError("rdf.document", "a member's name is not a string")
        _check_text(name)
    return value.values()


def _check_text(text: str) -> None:
    if _UNSUITABLE.search(text):
        raise CredentialError(
            "rdf.text",
            "a string holds a control character or half of a surrogate pair",
            remedy="remove it: tab, line feed and carriage return are the only controls that may stand",
        )


def _check_float(number: float, unsafe_doubles: bool) -> None:
    integral = number.is_integer() and abs(number) <= MAX_INTEGER
    finite = number == number and abs(number) != float("inf")  # noqa: PLR0124  # NaN differs from itself
    if not integral and not (unsafe_doubles and finite):
        raise CredentialError(
            "rdf.number",
            "a number with a fraction, or beyond 2^53: implementations disagree on its digits",
            remedy="write it as a string, with a datatype in the context where one is wanted",
        )
