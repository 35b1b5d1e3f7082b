"""Write docs/rejects.md: every must-reject case, with its code and where its check stands.

python -m tests.rejects.listing
"""

from __future__ import annotations

import importlib
from pathlib import Path

from tests.rejects.removal import ROOT, places

PAGE = ROOT / "docs" / "rejects.md"
ROOMS = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py") if path.stem != "test_catalogue")
HEAD = """# What must be rejected

Each row is a test: an input that breaks one rule of a text and keeps all others. It is refused with exactly
this code. It is tried once more with the numbered check taken out of the running product, and must then no
longer be refused so (`make mutate`). `python -m tests.rejects.listing` writes this page, and a test compares
it with the tests.

| number | what | clause | code | module |
|---|---|---|---|---|
"""


def cases():
    """Every case, by number and title."""
    found = [case for room in ROOMS for case in importlib.import_module(f"tests.rejects.{room}").CASES]
    return sorted(found, key=lambda case: (case.number, case.title))


def page() -> str:
    """The whole page."""
    rows = [
        f"| {case.number} | {_cell(case.title)} | {_cell(case.clause)} | `{case.code}` | "
        f"`{places()[case.number].module}` |\n"
        for case in cases()
    ]
    return HEAD + "".join(rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page())
