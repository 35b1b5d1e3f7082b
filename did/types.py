"""The few type aliases that every room below `api` shares: JSON values and the source of randomness."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

JsonScalar: TypeAlias = str | int | float | bool | None
JsonValue: TypeAlias = "JsonScalar | list[JsonValue] | dict[str, JsonValue]"
JsonObject: TypeAlias = dict[str, JsonValue]

RandomBytes: TypeAlias = Callable[[int], bytes]
"""Gives that many unpredictable bytes; handed down from `api`, never chosen in the domain."""
