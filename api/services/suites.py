"""The engines behind the cryptosuites: BBS on the best backend, canonicalization in its own process."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.securing import CredentialSuite, EddsaJcs
from zk import bbs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Suites:
    """The suites by name, and the BBS suite for making keys."""

    by_name: Mapping[str, CredentialSuite]
    bbs: bbs.Suite

    @classmethod
    @contextmanager
    def open(cls) -> Iterator[Suites]:
        """Make the engines, and end their processes with the context."""
        eddsa = EddsaJcs()
        yield cls({eddsa.name: eddsa}, bbs.suite(bbs.SHA256))
