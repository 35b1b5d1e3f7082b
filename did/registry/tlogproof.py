"""The text form of an inclusion proof together with its checkpoint.

C2SP tlog-proof, ``c2sp.org/tlog-proof@v1``.

Invariants:
- Reading and writing are inverse, but for the `extra` line, which nothing authenticates and nobody uses.
- The checkpoint is kept verbatim, since it is signed text.

Not here: verification (`receipt`), because it needs the entry that the proof does not carry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from did.encoding import decode_base64, encode_base64
from did.errors import DidError
from did.registry.tree import HASH, MAX_PATH

_HEADER: Final = "c2sp.org/tlog-proof@v1"
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class TlogProof:
    """An index, its audit path from the leaf upward, and the signed checkpoint of the tree."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str

    @property
    def text(self) -> str:
        """The proof as text."""
        hashes = "".join(encode_base64(node) + "\n" for node in self.path)
        return f"{_HEADER}\nindex {self.index}\n{hashes}\n{self.checkpoint}"


def parse_tlog_proof(text: str) -> TlogProof:
    """Read a proof; `DidError` ``tlog-proof.malformed``. Nothing is verified."""
    head, separator, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not separator or lines.pop(0) != _HEADER:
        raise _malformed(f"expected {_HEADER}, an index, hashes, an empty line and a checkpoint")
    if lines and lines[0].startswith("extra "):
        _decode(lines.pop(0).removeprefix("extra "))
    index = _INDEX.fullmatch(lines.pop(0)) if lines else None
    if index is None:
        raise _malformed("expected a line with the index, in decimal without leading zeros")
    if len(lines) > MAX_PATH:
        raise _malformed(f"a path has at most {MAX_PATH} hashes, not {len(lines)}")
    path = tuple(_decode(line) for line in lines)
    if any(len(node) != HASH for node in path):
        raise _malformed("a hash has 32 bytes")
    return TlogProof(int(index[1]), path, checkpoint)


def _decode(line: str) -> bytes:
    try:
        return decode_base64(line)
    except DidError as error:
        raise _malformed(error.detail) from None


def _malformed(detail: str) -> DidError:
    return DidError("tlog-proof.malformed", detail, clause="C2SP tlog-proof")
