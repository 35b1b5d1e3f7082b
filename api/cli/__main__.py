"""Let `python -m api.cli` be the same program as `avow`."""

from __future__ import annotations

import sys

from api.cli.program import main

if __name__ == "__main__":
    sys.exit(main())
