"""Canonical JSON: RFC 8785 (JSON Canonicalization Scheme), behind a guarded fast path.

Invariants:
- `jsontext.parse(canonicalize(value)) == value`, or `canonicalize` refuses with `jcs.value`. So lone
  surrogates, NaN, infinities, integers beyond 2^53 - 1 and doubles that would be written as such are refused.
- The fast path (orjson with sorted keys) is taken only where it equals RFC 8785: every key is ASCII, hence
  UTF-8 and UTF-16 order agree, and no number is a double.

Not here: parsing (see `did.jsontext`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson
import rfc8785

from did.errors import DidError
from did.jsontext import MAX_INTEGER

if TYPE_CHECKING:
    from did.types import JsonValue

_OPTIONS: Final = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_SCALARS: Final = frozenset({str, int, bool, type(None)})
_EXPONENT_FROM: Final = 1e21  # ECMAScript writes numbers from here on with an exponent


def canonicalize(value: JsonValue) -> bytes:
    """Give the RFC 8785 bytes of a JSON value; `jcs.value` where they would not parse back to it."""
    try:
        # First, because it also refuses cycles, nesting over 254, keys that are no strings, lone surrogates
        # and integers out of range.
        fast = orjson.dumps(value, option=_OPTIONS)
    except TypeError as error:
        raise DidError("jcs.value", f"no canonical form: {error}") from None
    if _is_plain(value, ascii_only=fast.isascii()):
        return fast
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeError, RecursionError) as error:
        raise DidError("jcs.value", f"no canonical form: {error}") from None


def _is_plain(value: JsonValue, *, ascii_only: bool) -> bool:
    """Tell whether orjson's form is the canonical one; refuse what neither path can write."""
    plain = True
    stack = [value]
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind in _SCALARS:
            continue
        if isinstance(node, dict) and kind is dict:
            if not ascii_only and plain:
                plain = all(map(str.isascii, node))
            stack.extend([item for item in node.values() if type(item) is not str])
        elif isinstance(node, list) and kind is list:
            stack.extend([item for item in node if type(item) is not str])
        elif isinstance(node, float) and kind is float:
            _check_float(node)
            plain = False
        else:
            raise DidError("jcs.value", f"{kind.__name__} is not a JSON value")
    return plain


def _check_float(number: float) -> None:
    if number.is_integer() and MAX_INTEGER < abs(number) < _EXPONENT_FROM:
        raise DidError(
            "jcs.value",
            "a number would be written as an integer beyond 2^53 - 1, which no strict reader accepts",
            remedy="write it as a string",
            clause="RFC 8785 section 3.2.2.3",
        )
