"""A credential of `bbs-predicates-2026` as issued and as held, for tests of the suite itself."""

from __future__ import annotations

from functools import cache

import pytest

from credentials.errors import CredentialError
from tests.support.forging import accepted, alone
from tests.support.proving import PREDICATES, ProvingWorld

NAME = PREDICATES


@cache
def issued():
    """A world, a credential with one proof of the suite, and its blind factor."""
    world = ProvingWorld()
    document, blind = world.issue_provable()
    return world, alone(document), blind


@cache
def held():
    world, document, blind = issued()
    return accepted(world, document, blind)


def code_of(attempt):
    with pytest.raises(CredentialError) as caught:
        attempt()
    return caught.value.code
