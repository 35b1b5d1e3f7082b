"""The strict CBOR decoder of signed structures: RFC 8949 narrowed to what has one encoding.

Invariants:
- definite lengths, shortest heads (the preferred serialization of section 4.1), no trailing bytes.
- no tag but those that the caller names for the outermost item, so integers have at most 64 bits; floats are
  finite and stand in 64 bits; no simple values but false, true and null.
- no map has a key twice, and keys are integers or texts; nesting is at most `MAX_DEPTH`.
- heads are read before anything is built, so that work is linear in the size, which the caller caps.
- nothing but `CredentialError` with a code `cbor.*` leaves this module.

Not here: meaning; encoding is cbor2's, in its canonical form where bytes are signed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, TypeAlias

import cbor2

from credentials.errors import CredentialError

if TYPE_CHECKING:
    from collections.abc import Collection

Cbor: TypeAlias = "int | float | bool | str | bytes | list[Cbor] | dict[int | str, Cbor] | None"

MAX_DEPTH: Final = 16  # a signed credential has three levels
_BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = 2, 3, 4, 5, 6, 7
_SHORT_FLOATS: Final = frozenset({25, 26})
_LONGEST: Final = 27  # the head that takes eight bytes
_SCALARS: Final = (int, float, str, bytes, type(None))
_CLAUSE: Final = "RFC 8949, 4.1"


def decode(data: bytes, *, max_bytes: int, tags: Collection[int] = ()) -> tuple[int | None, Cbor]:
    """Decode one item; gives its tag, where it has one of those allowed, and the value.

    Codes: cbor.too-large, cbor.form, cbor.truncated, cbor.tag, cbor.depth, cbor.duplicate-key, cbor.value.
    """
    # [COS-01] before any work
    if len(data) > max_bytes:
        raise CredentialError("cbor.too-large", f"{len(data)} bytes, at most {max_bytes} are accepted")
    tag, start = _outer_tag(data, tags)
    _scan(data, start)
    try:
        value: Cbor = cbor2.loads(data[start:], max_depth=MAX_DEPTH + 1)
    except cbor2.CBORDecodeError:
        # The heads are good by now: nothing else is left to go wrong.
        raise CredentialError("cbor.form", "a text is not UTF-8", clause="RFC 8949, 5.3.1") from None
    _check_values(value)
    # [COS-07] every item has one encoding here, so only a doubled key can be lost
    if cbor2.dumps(value) != data[start:]:
        raise CredentialError("cbor.duplicate-key", "a map has a key twice", clause="RFC 9052, 14")
    return tag, value


def _outer_tag(data: bytes, tags: Collection[int]) -> tuple[int | None, int]:
    if not data or data[0] >> 5 != _TAG:
        return None, 0
    tag, after = _argument(data, 0)
    # [COS-02] another structure than the expected one
    if tag not in tags:
        raise CredentialError("cbor.tag", f"tag {tag} is not expected here", clause="RFC 9052, 2")
    return tag, after


def _scan(data: bytes, position: int) -> None:
    """Read all heads, and check what depends on them alone; `open_items` counts what is to come, by level."""
    open_items = [1]
    while open_items:
        if not open_items[-1]:
            open_items.pop()
            continue
        open_items[-1] -= 1
        major = _major(data, position)
        if major == _SIMPLE and data[position] & 0x1F in _SHORT_FLOATS:
            raise CredentialError("cbor.value", "a float stands in less than 64 bits")
        argument, position = _argument(data, position)
        # [COS-03] a tag changes what a value is, and may cost more than its bytes
        if major == _TAG:
            raise CredentialError("cbor.tag", "a tag stands inside the structure", clause="RFC 9052, 2")
        position += argument if major in (_BYTES, _TEXT) else 0
        inside = argument * {_ARRAY: 1, _MAP: 2}.get(major, 0)
        if position + inside > len(data):
            raise _truncated()
        if inside:
            open_items.append(inside)
        # [COS-08] before anything recurses
        if len(open_items) > MAX_DEPTH:
            raise CredentialError("cbor.depth", f"nested deeper than {MAX_DEPTH}")
    # [COS-04] bytes that nobody reads
    if position != len(data):
        raise CredentialError("cbor.form", "bytes follow the item", clause="RFC 8949, 5.3.1")


def _major(data: bytes, position: int) -> int:
    if position >= len(data):
        raise _truncated()
    return data[position] >> 5


def _argument(data: bytes, position: int) -> tuple[int, int]:
    """Give the argument of the head at `position`, and where the head ends."""
    low = data[position] & 0x1F
    if low < 24:
        return low, position + 1
    size = 1 << (low - 24)
    # [COS-05] indefinite lengths, and what is reserved
    if low > _LONGEST:
        raise CredentialError("cbor.form", "an indefinite or reserved length", clause=_CLAUSE)
    after = position + 1 + size
    if after > len(data):
        raise _truncated()
    argument = int.from_bytes(data[position + 1 : after], "big")
    least = 24 if size == 1 else 1 << (4 * size)
    # [COS-06] one value, one encoding
    if argument < least and data[position] >> 5 != _SIMPLE:
        raise CredentialError("cbor.form", "a head is longer than it needs to be", clause=_CLAUSE)
    return argument, after


def _check_values(value: Cbor) -> None:
    level: list[object] = [value]
    while level:
        item = level.pop()
        if isinstance(item, dict):
            if any(isinstance(key, bool) or not isinstance(key, int | str) for key in item):
                raise CredentialError("cbor.value", "a key is neither an integer nor a text")
            level.extend(item.values())
        elif isinstance(item, list):
            level.extend(item)
        elif not isinstance(item, _SCALARS) or (isinstance(item, float) and not math.isfinite(item)):
            raise CredentialError("cbor.value", "a simple value or float that is not read here")


def _truncated() -> CredentialError:
    return CredentialError("cbor.truncated", "the bytes end inside an item", clause="RFC 8949, 5.1")
