"""Tiles: the log's tree and entries as static resources that anybody can keep, carry and check.

C2SP tlog-tiles: ``tile/<L>/<N>[.p/<W>]`` holds `W` (else 256) hashes of complete subtrees over 256^L leaves,
``tile/entries/<N>[.p/<W>]`` the entries themselves, each after its length as u16.

Invariants:
- A path has one spelling, and `TilePath.parse` accepts exactly what `text` writes.
- The bytes of a path never change, whatever the log's size; a partial tile is the beginning of the full one.

Not here: the tree that tiles make (`tiletree`), who fetches or stores them (`fetch` is an argument), pruning,
compression.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from did.errors import DidError
from did.registry.tree import HASH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

WIDTH: Final = 256
HEIGHT: Final = 8
MAX_LEVEL: Final = 63
MAX_BUNDLE: Final = WIDTH * (2 + 0xFFFF)
"""Bytes of the largest bundle that the format allows."""

_PATH: Final = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)
_MAX_INDEX: Final = 2**63 // WIDTH
_CLAUSE: Final = "C2SP tlog-tiles"


@dataclass(frozen=True, slots=True)
class TilePath:
    """Which tile: `level` is None for a bundle of entries, `width` is 256 for a full one."""

    level: int | None
    index: int
    width: int = WIDTH

    @classmethod
    def parse(cls, text: str) -> TilePath:
        """Read a path below the log's prefix; code ``log.tile-path``."""
        match = _PATH.fullmatch(text) if len(text) <= 80 else None
        if match is None:
            raise _bad_path(
                "expected tile/LEVEL/INDEX or tile/entries/INDEX, with .p/WIDTH for a partial one"
            )
        level = None if match["level"] == "entries" else int(match["level"])
        groups = match["index"].replace("x", "").split("/")
        index, width = int("".join(groups)), int(match["width"] or WIDTH)
        if len(groups) > 1 and groups[0] == "000":
            raise _bad_path("an index has no leading group of zeros")
        if (level or 0) > MAX_LEVEL or index >= _MAX_INDEX:
            raise _bad_path(f"levels end at {MAX_LEVEL}, indices below 2^55")
        if match["width"] and width >= WIDTH:
            raise _bad_path("a partial tile has a width of 1 to 255")
        return cls(level, index, width)

    @property
    def text(self) -> str:
        """The path below the log's prefix."""
        return self.full_text + (f".p/{self.width}" if self.partial else "")

    @property
    def full_text(self) -> str:
        """The path of the full tile."""
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        kind = "entries" if self.level is None else str(self.level)
        return f"tile/{kind}/" + "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])

    @property
    def partial(self) -> bool:
        """Whether this is a partial tile."""
        return self.width != WIDTH

    @property
    def full(self) -> TilePath:
        """The tile that a partial one grows into."""
        return replace(self, width=WIDTH)

    @property
    def first(self) -> int:
        """The number of the first hash at this level, or of the first entry."""
        return self.index * WIDTH

    @property
    def needs(self) -> int:
        """The size from which on the log has all of it."""
        return (self.first + self.width) << (HEIGHT * (self.level or 0))


def tiles_between(old: int, new: int) -> Iterator[TilePath]:
    """The tiles and bundles that a log of size `new` has and one of size `old` has not; each in full once."""
    for level in range(MAX_LEVEL + 1):
        before, count = old >> (HEIGHT * level), new >> (HEIGHT * level)
        if not count or before == count:
            return
        for kind in (None, 0) if level == 0 else (level,):
            for index in range(before // WIDTH, count // WIDTH):
                yield TilePath(kind, index)
            if count % WIDTH:
                yield TilePath(kind, count // WIDTH, count % WIDTH)


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """The content of a bundle."""
    for entry in entries:
        if len(entry) > 0xFFFF:
            raise DidError("log.bundle", f"an entry of {len(entry)} bytes fits no bundle", clause=_CLAUSE)
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(data: bytes, width: int) -> tuple[bytes, ...]:
    """The `width` entries of a bundle, which holds neither more nor less; code ``log.bundle``."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise DidError("log.bundle", f"the bundle ends within entry {len(entries)}", clause=_CLAUSE)
        entries.append(data[at + 2 : end])
        at = end
    if len(entries) != width:
        raise DidError(
            "log.bundle", f"the bundle holds {len(entries)} entries and not {width}", clause=_CLAUSE
        )
    return tuple(entries)


Fetch: TypeAlias = "Callable[[TilePath], bytes | None]"
"""Gives the bytes of a tile or bundle, or None where there is none."""


def fetch_hashes(fetch: Fetch, path: TilePath) -> bytes:
    """The hashes of a tile, side by side, cut from the full one where the partial one is gone. Not verified.

    Codes ``log.missing`` where neither is there, ``log.tile`` for another length.
    """
    data, width = _either(fetch, path)
    if len(data) != HASH * width:
        raise DidError(
            "log.tile", f"{path.text} has {len(data)} bytes and not {HASH * width}", clause=_CLAUSE
        )
    return data[: HASH * path.width]


def fetch_entries(fetch: Fetch, path: TilePath) -> tuple[bytes, ...]:
    """The entries of a bundle, likewise. Codes ``log.missing``, ``log.bundle``."""
    data, width = _either(fetch, path)
    try:
        return decode_bundle(data, width)[: path.width]
    except DidError as error:
        raise DidError(error.code, f"{path.text}: {error.detail}", clause=error.clause) from None


def _either(fetch: Fetch, path: TilePath) -> tuple[bytes, int]:
    data = fetch(path)
    if data is not None:
        return data, path.width
    full = fetch(path.full) if path.partial else None
    if full is None:
        raise DidError("log.missing", f"{path.text} is not served", clause=_CLAUSE)
    return full, WIDTH


def _bad_path(detail: str) -> DidError:
    return DidError("log.tile-path", detail, clause=_CLAUSE)
