"""JSON-LD contexts from package data; nothing is ever fetched.

Every file is compared with the SHA-256 in `data/manifest.json` when it is first read, so that what a proof
was made over cannot change under it. A URL that the manifest does not name is an error, not a request.
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import orjson

from schemas import package_data
from schemas.errors import SchemasError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.package_data import PinnedFile

NAMESPACE = "https://avow.example/contexts/"


@cache
def known() -> Mapping[str, PinnedFile]:
    """Every bundled context, by URL."""
    return MappingProxyType({pinned.url: pinned for pinned in package_data.manifest().contexts})


def load(url: str) -> dict[str, Any]:
    """Return the context document at `url`: a fresh object with one member, ``@context``.

    Raises `SchemasError`: ``context.unknown`` where no such context is bundled; ``data.digest`` where the
    installed file is not the one that was pinned.
    """
    return cast("dict[str, Any]", orjson.loads(_bytes(url)))


@cache
def _bytes(url: str) -> bytes:
    pinned = known().get(url)
    if pinned is None:
        raise SchemasError(
            "context.unknown",
            f"no JSON-LD context is bundled for {url[:200]!r}, and none is ever fetched",
            remedy="use one of the bundled contexts, or have the operator add this one to the package data",
            clause="VC Data Integrity 1.0, 2.4.2 Validating Contexts",
        )
    return package_data.read(pinned.file, pinned.sha256)
