"""A secret in memory, under a name that no log, trace or error shows."""

from __future__ import annotations


class Secret:
    """Bytes that never show in a repr, a comparison or a pickle."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """Give the bytes to whoever really needs them."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")
