"""Canonical JSON: RFC 8785 (JSON Canonicalization Scheme), behind a guarded fast path.

Invariants:
- `jsontext.parse(canonicalize(value)) == value`, or `canonicalize` refuses with `jcs.value`. So lone
  surrogates, NaN, infinities, integers beyond 2^53 - 1 and doubles that would be written as such are refused.
- The fast path (orjson with sorted keys) is taken only where it equals RFC 8785: every key is ASCII, hence
  UTF-8 and UTF-16 order agree, and no number is a double.

Not here: parsing (see `did.jsontext`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
import rfc8785

from did.errors import DidError
from did.jsontext import MAX_INTEGER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from did.types import JsonValue

_OPTIONS: Final = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_SCALARS: Final = frozenset({int, bool, type(None)})
_EXPONENT_FROM: Final = 1e21  # ECMAScript writes numbers from here on with an exponent


def canonicalize(value: JsonValue) -> bytes:
    """Give the RFC 8785 bytes of a JSON value; `jcs.value` where they would not parse back to it."""
    try:
        # First, because it also refuses cycles, nesting over 254, keys that are no strings, lone surrogates
        # and integers out of range.
        fast = orjson.dumps(value, option=_OPTIONS)
    except TypeError as error:
        raise DidError("jcs.value", f"no canonical form: {error}") from None
    if not _holds_float((value,)) and (fast.isascii() or _has_ascii_keys(value)):
        return fast
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeError, RecursionError) as error:
        raise DidError("jcs.value", f"no canonical form: {error}") from None


def _holds_float(values: Iterable[Any]) -> bool:
    """Tell whether a double is among the values or below; refuse what is no JSON value."""
    found = False
    for item in values:
        kind = type(item)  # exactly: subclasses, as of str or dict, are not what they seem
        if kind is str:
            continue
        if kind is dict:
            if _holds_float(item.values()):
                found = True
        elif kind is list:
            if _holds_float(item):
                found = True
        elif kind is float:
            _check_float(item)
            found = True
        elif kind not in _SCALARS:
            raise DidError("jcs.value", f"{kind.__name__} is not a JSON value")
    return found


def _has_ascii_keys(value: JsonValue) -> bool:
    if isinstance(value, dict):
        return all(map(str.isascii, value)) and all(map(_has_ascii_keys, value.values()))
    return not isinstance(value, list) or all(map(_has_ascii_keys, value))


def _check_float(number: float) -> None:
    if number.is_integer() and MAX_INTEGER < abs(number) < _EXPONENT_FROM:
        raise DidError(
            "jcs.value",
            "a number would be written as an integer beyond 2^53 - 1, which no strict reader accepts",
            remedy="write it as a string",
            clause="RFC 8785 section 3.2.2.3",
        )
