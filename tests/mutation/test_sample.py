"""A sample of the mutants of verifying code, drawn anew when that code changes. All: `make mutate`."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.mutation.targets import GROUPS
from tests.rejects.removal import ROOT

SAMPLE = 15
"""Mutants of each group. Most of the time goes into the tests that run once without any mutant."""


@pytest.mark.slow
@pytest.mark.parametrize("group", [group.name for group in GROUPS])
def test_a_sample_is_noticed_or_reviewed(group, record_property):
    asked = ["--group", group, "--sample", str(SAMPLE), "--workers", "1"]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.mutation", *asked],
        cwd=ROOT,
        env=inherited,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-2000:]}"
    record_property("figure", f"{group}: {done.stdout.splitlines()[-1]}")
