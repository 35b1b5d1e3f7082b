"""Real nodes for the tests of this folder."""

from __future__ import annotations

import pytest

from tests.support import network_world
from tests.support.anvil import Anvil


@pytest.fixture
def nodes():
    """Starts anvils, and ends those that it started."""
    started = []

    def start(*arguments):
        started.append(Anvil(*arguments))
        return started[-1]

    yield start
    for node in started:
        node.stop()


@pytest.fixture
def node(nodes):
    return nodes()


@pytest.fixture
def settings(node, tmp_path):
    return network_world.opened(node, tmp_path)
