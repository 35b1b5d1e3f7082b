"""The engines behind the cryptosuites: BBS on the best backend, canonicalization in worker processes."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials import securing
from credentials.dialects.registry import dialects
from credentials.rdf import PyldCanonicalizer
from credentials.suites import Bbs2023
from zk import bbs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from credentials.dialects.securing import Dialect
    from credentials.securing import CredentialSuite


@dataclass(frozen=True, slots=True)
class Suites:
    """The suites and the forms of credentials by name, and the BBS suite for making keys."""

    by_name: Mapping[str, CredentialSuite]
    dialects: Mapping[str, Dialect]
    bbs: bbs.Suite

    @classmethod
    @contextmanager
    def open(cls) -> Iterator[Suites]:
        """Make the engines, and end their processes with the context."""
        bbs_suite = bbs.suite(bbs.SHA256)
        with PyldCanonicalizer() as canonicalizer:
            suites = securing.suites(Bbs2023(canonicalizer, bbs_suite))
            yield cls(suites, dialects(suites), bbs_suite)
