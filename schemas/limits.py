"""The sizes within which schemas are read, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SchemaLimits:
    """The sizes beyond which a schema is refused."""

    max_bytes: int = 64 * 1024  # ten times the largest schema of a credential that we know
    max_depth: int = 40  # a claim below ten objects has a depth of twenty
    max_subschemas: int = 5_000  # with references written out; each is asked at every value it stands for
    max_chain: int = 100  # subschemas and references one inside the other; real ones have ten
    max_patterns: int = 64  # each may take `regex_bytes` when compiled
    max_pattern: int = 1_000  # characters; longer ones are tables, for which there is enum
    regex_bytes: int = 1 << 20  # a class of all letters, repeated 30 times
    max_title: int = 200  # a line
    max_description: int = 4_000  # a page
    kept_validators: int = 256  # a few KiB each


LIMITS: Final = SchemaLimits()
