"""Fixtures: each backend, each ciphersuite on each backend, and the production suite."""

from __future__ import annotations

import pytest

from tests.zk.suites import make_backend, make_suite
from zk import bbs
from zk.backend import BackendName


@pytest.fixture(params=list(BackendName), scope="session")
def backend(request):
    return make_backend(request.param)


@pytest.fixture(
    params=[(name, ciphersuite) for name in BackendName for ciphersuite in bbs.Ciphersuite],
    ids=lambda pair: f"{pair[0]}-{pair[1]}",
    scope="session",
)
def suite(request):
    return make_suite(*request.param)


@pytest.fixture(scope="session")
def native():
    return make_suite(BackendName.NATIVE, bbs.SHA256)
