"""A reader of JSON objects that takes exact members of exact types and leaves nothing unread.

Registry protocol version 1, section 1 (encodings) and rejection 25.

Invariants:
- Every refusal has the code that the caller gave, so a format has one code for all its malformations.
- A boolean is no integer; integers lie in 0..2^53-1; byte strings are canonical in their encoding.

Not here: the decoding of JSON text (`did.jsontext`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from did.encoding import decode_base64url, decode_hex
from did.errors import DidError
from did.registry.entries import MAX_INTEGER
from did.registry.tree import HASH, MAX_PATH

if TYPE_CHECKING:
    from collections.abc import Callable

    from did.types import JsonValue


class Members:
    """Takes the members of one object; `done` refuses what was not taken."""

    def __init__(self, value: JsonValue, *, code: str, place: str) -> None:
        self._code = code
        self._place = place
        if not isinstance(value, dict):
            raise self.fault("expected an object")
        self._left = dict(value)

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def fault(self, detail: str) -> DidError:
        """The error for this object."""
        return DidError(self._code, f"{self._place}: {detail}", clause="registry 8.1")

    def done(self) -> None:
        """Refuse members that the format does not have."""
        if self._left:
            raise self.fault(f"unknown member {min(self._left)!r:.60}")

    def text(self, name: str, *, max_chars: int) -> str:
        """A string."""
        value = self._take(name)
        if not isinstance(value, str) or len(value) > max_chars:
            raise self.fault(f"{name} is a string of at most {max_chars} characters")
        return value

    def optional_text(self, name: str, *, max_chars: int) -> str | None:
        """A string, or nothing at all (null is something)."""
        return self.text(name, max_chars=max_chars) if name in self else None

    def integer(self, name: str) -> int:
        """An integer in 0..2^53-1."""
        value = self._take(name)
        if type(value) is not int or not 0 <= value < MAX_INTEGER:
            raise self.fault(f"{name} is an integer from 0 to 2^53-1")
        return value

    def boolean(self, name: str) -> bool:
        """True or false."""
        value = self._take(name)
        if not isinstance(value, bool):
            raise self.fault(f"{name} is true or false")
        return value

    def base64url(self, name: str, *, max_chars: int) -> bytes:
        """Bytes in base64url."""
        return self._decoded(name, self.text(name, max_chars=max_chars))

    def hash32(self, name: str) -> bytes:
        """32 bytes in base64url."""
        value = self.base64url(name, max_chars=43)
        if len(value) != HASH:
            raise self.fault(f"{name} has 32 bytes")
        return value

    def hexadecimal(self, name: str, length: int) -> bytes:
        """Bytes as the EVM's tools write them: 0x and lower-case hexadecimal."""
        try:
            return decode_hex(self.text(name, max_chars=2 + 2 * length), length=length)
        except DidError as error:
            raise self.fault(f"{name}: {error.detail}") from None

    def objects(self, name: str, *, max_items: int) -> list[Members]:
        """A list of objects."""
        items = self._list(self._take(name), name, max_items)
        return [Members(item, code=self._code, place=f"{name}[{at}]") for at, item in enumerate(items)]

    def object(self, name: str) -> Members:
        """An object."""
        return Members(self._take(name), code=self._code, place=name)

    def path(self, name: str) -> tuple[bytes, ...]:
        """An audit path: at most 64 hashes in base64url."""
        nodes = self.byte_strings(name, max_items=MAX_PATH, max_chars=43)
        if any(len(node) != HASH for node in nodes):
            raise self.fault(f"{name} is a list of hashes of 32 bytes")
        return nodes

    def byte_strings(self, name: str, *, max_items: int, max_chars: int) -> tuple[bytes, ...]:
        """A list of byte strings in base64url."""
        return self._byte_strings(self._take(name), name, max_items, max_chars)

    def byte_string_lists(
        self, name: str, *, max_items: int, max_chars: int
    ) -> tuple[tuple[bytes, ...], ...]:
        """A list of lists of byte strings in base64url, each list under the same cap."""
        lists = self._list(self._take(name), name, max_items)
        return tuple(self._byte_strings(item, name, max_items, max_chars) for item in lists)

    def read(self, name: str, reader: Callable[[str], bytes], *, max_chars: int) -> bytes:
        """A string that `reader` turns into bytes; its refusal becomes that of this object."""
        text = self.text(name, max_chars=max_chars)
        try:
            return reader(text)
        except DidError as error:
            raise self.fault(f"{name}: {error.detail}") from None

    def _byte_strings(self, value: JsonValue, name: str, max_items: int, max_chars: int) -> tuple[bytes, ...]:
        decoded: list[bytes] = []
        for item in self._list(value, name, max_items):
            if not isinstance(item, str) or len(item) > max_chars:
                raise self.fault(f"{name} is a list of strings of at most {max_chars} characters")
            decoded.append(self._decoded(name, item))
        return tuple(decoded)

    def _list(self, value: JsonValue, name: str, max_items: int) -> list[JsonValue]:
        if not isinstance(value, list) or len(value) > max_items:
            raise self.fault(f"{name} is a list of at most {max_items} items")
        return value

    def _decoded(self, name: str, text: str) -> bytes:
        try:
            return decode_base64url(text)
        except DidError as error:
            raise self.fault(f"{name}: {error.detail}") from None

    def _take(self, name: str) -> JsonValue:
        if name not in self._left:
            raise self.fault(f"the member {name} is missing")
        return self._left.pop(name)
