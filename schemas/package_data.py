"""The files under `schemas/data`, each read once and compared with the digest that the manifest pins."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

import orjson

from schemas.errors import SchemasError


@dataclass(frozen=True, slots=True)
class PinnedFile:
    """A bundled context or schema.

    `sha256` is the digest of the bundled bytes; `published` that of the file which the URL serves, where its
    publisher names it (the bundled one differs in white space at most); `package` and `version` say where the
    bytes come from ("avow" for our own); `notice` is the file with the terms of `licence`.
    """

    url: str
    file: str
    sha256: str
    published: str | None
    package: str
    version: str
    licence: str
    notice: str | None


@dataclass(frozen=True, slots=True)
class PinnedExample:
    """A bundled example of claims."""

    name: str
    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything that is bundled."""

    contexts: tuple[PinnedFile, ...]
    schemas: tuple[PinnedFile, ...]
    examples: tuple[PinnedExample, ...]


@cache
def manifest() -> Manifest:
    """Return the list of bundled files; written by `data/collect/collect.mjs`."""
    listed = orjson.loads(_bytes("manifest.json"))
    return Manifest(
        contexts=tuple(PinnedFile(**entry) for entry in listed["contexts"]),
        schemas=tuple(PinnedFile(**entry) for entry in listed["schemas"]),
        examples=tuple(PinnedExample(**entry) for entry in listed["examples"]),
    )


def read(file: str, sha256: str) -> bytes:
    """Return the bytes of a bundled file.

    Raises `SchemasError` ``data.digest`` where they are not the pinned ones.
    """
    content = _bytes(file)
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise SchemasError(
            "data.digest",
            f"schemas/data/{file} has SHA-256 {found}, the manifest pins {sha256}",
            remedy="install the package again, or run schemas/data/collect/collect.mjs after a change",
        )
    return content


def _bytes(file: str) -> bytes:
    try:
        return resources.files("schemas").joinpath("data", *file.split("/")).read_bytes()
    except OSError as error:
        raise SchemasError("data.missing", f"schemas/data/{file} is not installed") from error
