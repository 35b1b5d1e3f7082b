"""The world of the composite proofs."""

from __future__ import annotations

import pytest

from tests.zk.predicates.world import make_world


@pytest.fixture(scope="session")
def world():
    return make_world()
