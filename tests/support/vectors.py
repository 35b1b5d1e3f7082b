"""Published vectors, read from `AVOW_VECTORS` (default: a folder `shared/vectors` beside the project)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def required() -> bool:
    """Whether an absent component is a failure (as in continuous integration) and not a skip."""
    return os.environ.get("AVOW_REQUIRE") == "1"


def absent(what: str) -> None:
    """Skip the calling test because `what` is not here, or fail where everything is required."""
    if required():
        pytest.fail(f"{what} is required here and absent")
    pytest.skip(f"{what} is absent")


def folder() -> Path:
    """The folder that holds the vectors."""
    return Path(os.environ.get("AVOW_VECTORS") or ROOT.parent / "shared" / "vectors")


def path(*parts: str) -> Path:
    """The path of a vector; skips or fails where it does not exist."""
    found = folder().joinpath(*parts)
    if not found.exists():
        absent(f"vector {'/'.join(parts)} (set AVOW_VECTORS)")
    return found


def load(*parts: str) -> Any:
    """The parsed JSON of a vector."""
    return json.loads(path(*parts).read_bytes())
