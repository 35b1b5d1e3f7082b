"""One example of claims (a `credentialSubject`) for each bundled schema; the people in them do not exist."""

from __future__ import annotations

from typing import Any, cast

import orjson

from schemas import package_data
from schemas.errors import SchemasError

NAMES = ("national-identity", "university-degree", "employment")


def load(name: str) -> dict[str, Any]:
    """Return the example claims `name`, one of `NAMES`, as a fresh object.

    Raises `SchemasError` ``example.unknown``.
    """
    for example in package_data.manifest().examples:
        if example.name == name:
            return cast("dict[str, Any]", orjson.loads(package_data.read(example.file, example.sha256)))
    raise SchemasError("example.unknown", f"no example is called {name[:80]!r}; there are {', '.join(NAMES)}")
