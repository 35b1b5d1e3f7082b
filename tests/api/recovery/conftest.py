"""One directory made by a real service, copied for each test."""

from __future__ import annotations

import shutil

import pytest

from tests.support.data_directory import build


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("built")
    build(folder)
    return folder


@pytest.fixture
def data(built, tmp_path):
    shutil.copytree(built / "data", tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def older(built, tmp_path):
    shutil.copytree(built / "older", tmp_path / "older")
    return tmp_path / "older"
