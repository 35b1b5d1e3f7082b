"""Ask of the data that `make test` leaves: does every branch of the verifying code run in some test?

python -m tests.mutation.covered
"""

from __future__ import annotations

import sys

import coverage

from tests.mutation.mutants import path_of
from tests.mutation.targets import TARGETS
from tests.rejects.removal import ROOT


def main() -> int:
    """Print the modules that are not covered whole; 1 where there is one."""
    data = coverage.Coverage(config_file=str(ROOT / "pyproject.toml"))
    data.load()
    files = sorted({str(path_of(target.module)) for target in TARGETS})
    measured = data.get_data().measured_files()
    absent = [path for path in files if path not in measured]
    if absent:
        sys.stdout.write(f"no data about {', '.join(absent)}: run `make test` first\n")
        return 1
    total = data.report(include=files, skip_covered=True, show_missing=True)
    sys.stdout.write(f"{len(files)} modules with verifying code: {total:.2f}% of lines and branches\n")
    return 0 if total == 100 else 1


if __name__ == "__main__":
    sys.exit(main())
