"""The distribution holds exactly the five packages, and nobody else's distribution claims their names."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import tomllib
import zipfile
from typing import TYPE_CHECKING

from tests.support.vectors import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = {"api", "credentials", "did", "schemas", "zk"}


def test_the_wheel_holds_exactly_the_five_packages(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    names = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == PACKAGES
    assert len(names) == len(PACKAGES) + 1


def test_the_wheel_carries_the_data_that_the_program_reads(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(
        ["git", "ls-files", *sorted(PACKAGES)], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    assert sorted(set(tracked) - held) == []


def test_no_other_installed_distribution_claims_our_names() -> None:
    claimed = importlib.metadata.packages_distributions()
    assert {name: set(claimed.get(name, ())) - {"avow"} for name in PACKAGES} == {
        name: set() for name in PACKAGES
    }


def test_the_distribution_can_not_be_uploaded_by_mistake() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "Private :: Do Not Upload" in project["classifiers"]


def test_nothing_tracked_names_a_package_index_or_an_absolute_home() -> None:
    tracked = subprocess.run(
        ["git", "grep", "-lIE", f"files.pythonhosted|registry[.]npmjs|pypi[.]org/simple|/{'root'}/"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    assert [name for name in tracked if name != "tests/test_layout.py"] == []
