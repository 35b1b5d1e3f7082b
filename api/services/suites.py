"""The engines behind the cryptosuites: BBS on the best backend, and one canonicalizer for all threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.dialects.registry import dialects
from credentials.rdf import CompiledCanonicalizer
from credentials.suites import Bbs2023, suites
from schemas.sources import BUNDLED
from zk import bbs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from credentials.dialects.securing import Dialect
    from credentials.suites import CredentialSuite
    from schemas.sources import ContextSource


@dataclass(frozen=True, slots=True)
class Suites:
    """The suites and the forms of credentials by name, and the BBS suite for making keys."""

    by_name: Mapping[str, CredentialSuite]
    dialects: Mapping[str, Dialect]
    bbs: bbs.Suite

    @classmethod
    def create(cls, contexts: ContextSource = BUNDLED.contexts) -> Suites:
        """Make the engines over these contexts, which are compiled when they are first met."""
        bbs_suite = bbs.suite(bbs.SHA256)
        by_name = suites(Bbs2023(CompiledCanonicalizer(source=contexts), bbs_suite))
        return cls(by_name, dialects(by_name), bbs_suite)
