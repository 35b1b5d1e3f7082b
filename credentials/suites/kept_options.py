"""Canonical proof options, kept by all that they state but the time.

Texts: W3C Data Integrity EdDSA Cryptosuites 1.0 (May 2025), 3.2.5, and Data Integrity ECDSA Cryptosuites 1.0,
3.2.5 (proof configuration).

An issuer's proofs differ in `created` alone, and stand under few contexts: what was canonicalized once is
written again with another time.
Invariants:
- What is given is what the canonicalizer gives for these options. So only options are kept that have one
  unnamed node, whose label follows from nothing, and whose time stands once, in a statement of its own.
- The key is everything else that the options say, contexts included, in the order of its members.
- A bounded number of options of bounded size is kept; they hold names of keys and purposes, and no claims.

Not here: checks of the options (`credentials.suites.rdfc`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson

from credentials.rdf.canonical import Canonical

if TYPE_CHECKING:
    from credentials.rdf.canonical import Canonicalizer, HashName
    from did.types import JsonObject

_MOST: Final = 256  # a few for each issuer that somebody verifies in one hour
_MAX_KEY: Final = 4096  # bytes; contexts within the document are not kept
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_CREATED: Final = "<http://purl.org/dc/terms/created>"
_TYPE: Final = "^^<http://www.w3.org/2001/XMLSchema#dateTime>"
_ANOTHER_NODE: Final = "_:c14n1"


@dataclass(frozen=True, slots=True)
class _Kept:
    """Canonical options, and where their time stands, among lines and among statements."""

    canonical: Canonical
    line: int
    quad: int

    def at(self, created: str) -> Canonical:
        """The same with another time."""
        lines, quads = [*self.canonical.lines], [*self.canonical.quads]
        subject, predicate, _, graph = quads[self.quad]
        value = f'"{created}"{_TYPE}'
        lines[self.line] = f"_:c14n0 {_CREATED} {value} .\n"
        quads[self.quad] = (subject, predicate, value, graph)
        return Canonical(lines=tuple(lines), quads=quads, labels=self.canonical.labels)


class KeptOptions:
    """Canonical options, through one canonicalizer; serves all threads."""

    __slots__ = ("_canonicalizer", "_kept")

    def __init__(self, canonicalizer: Canonicalizer) -> None:
        self._canonicalizer = canonicalizer
        self._kept: dict[tuple[HashName, bytes], _Kept] = {}

    def canonicalize(self, options: JsonObject, *, hash_name: HashName) -> Canonical:
        """Canonicalize proof options. Raises ``rdf.*``."""
        key, created = _key(options), options.get("created")
        if key is None or not isinstance(created, str):
            return self._canonicalizer.canonicalize(options, hash_name=hash_name)
        kept = self._kept.get((hash_name, key))
        if kept is not None:
            return kept.at(created)
        canonical = self._canonicalizer.canonicalize(options, hash_name=hash_name)
        found = _placed(canonical, created)
        if found is not None:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[hash_name, key] = found
        return canonical


def _key(options: JsonObject) -> bytes | None:
    """All that the options say but the time; None where they are not kept."""
    created = options.get("created")
    if not isinstance(created, str) or not _TIME.fullmatch(created):
        return None
    rest = options.copy()
    rest["created"] = None
    try:
        key = orjson.dumps(rest)
    except TypeError:
        return None
    return key if len(key) <= _MAX_KEY else None


def _placed(canonical: Canonical, created: str) -> _Kept | None:
    """Find the time, if another time would change nothing else."""
    text = "".join(canonical.lines)
    value = f'"{created}"{_TYPE}'
    line = f"_:c14n0 {_CREATED} {value} .\n"
    if text.count(_CREATED) != 1 or text.count(created) != 1 or _ANOTHER_NODE in text:
        return None
    places = [place for place, quad in enumerate(canonical.quads) if quad[1] == _CREATED and quad[2] == value]
    if len(places) != 1 or line not in canonical.lines:
        return None
    return _Kept(canonical, canonical.lines.index(line), places[0])
