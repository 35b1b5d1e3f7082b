from __future__ import annotations

import pytest

from credentials.rdf import CompiledCanonicalizer
from schemas import contexts


@pytest.fixture(scope="session")
def bundled():
    """The bundled JSON-LD contexts by URL: all that a peer's document loader knows besides keys."""
    return {url: contexts.load(url) for url in contexts.known()}


@pytest.fixture(scope="session")
def canonicalizer():
    return CompiledCanonicalizer()
