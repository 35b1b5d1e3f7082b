"""Proof values of the suites for selective disclosure: multibase base64url over three bytes and CBOR.

Source: W3C Data Integrity ECDSA Cryptosuites 1.0, 3.5, and Data Integrity BBS Cryptosuites 1.0, 3.3.
Invariants:
- What is read is exactly what would be written: definite lengths, shortest integers, sorted keys, no tags, no
  trailing bytes. A value has one text, so no second text shows the same proof. The tag of a large number is
  read in forms that have such a number, and nowhere else.
- Indexes ascend strictly; labels are a bijection from c14n0, c14n1, ….
- Whatever else comes is ``<suite>.malformed``.

Not here: which components a value has, and the meaning of any of it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NoReturn

import cbor2

from credentials.errors import CredentialError
from did.encoding import decode_multibase, encode_base64url
from did.errors import DidError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_BYTES: Final = 1 << 18
"""A bbs-2023 proof that hides 2000 statements has 65 kB, an ecdsa-sd-2023 base proof of as many 130 kB."""
MAX_DEPTH: Final = 4
_LARGE_NUMBER: Final = 2
_KNOWN_TAGS: Final = (
    *range(6), 25, 28, 29, 30, 35, 36, 37, 100, 256, 258, 260, 261, 1004, 43000, 55799,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Form:
    """One form of proof value: suite and clause, the three bytes it begins with, how many parts it has.

    `large_numbers`: whether a part may be beyond 64 bits, which CBOR writes with a tag (RFC 8949, 3.4.3).
    """

    suite: str
    clause: str
    header: bytes
    components: int = 5
    large_numbers: bool = False

    def begins(self, value: object) -> bool:
        """Whether a proof value begins as this form does."""
        # Three bytes are four characters of base64url, so the form shows without decoding.
        return isinstance(value, str) and value.startswith("u" + encode_base64url(self.header))

    def write(self, parts: Sequence[Any]) -> str:
        """Write components as `proofValue`."""
        return "u" + encode_base64url(self.header + cbor2.dumps(list(parts), canonical=True))

    def read(self, text: str) -> list[Any]:
        """Read the components of a `proofValue`; their types are the caller's to check."""
        if not text.startswith("u"):
            self.malformed("proofValue is not multibase base64url")
        try:
            data = decode_multibase(text, max_bytes=MAX_BYTES)
        except DidError as error:
            self.malformed(f"proofValue: {error.detail}")
        # [BBS-02] the form says what follows
        if not data.startswith(self.header):
            self.malformed(f"proofValue begins with {data[:3].hex()}, expected {self.header.hex()}")
        body = data[len(self.header) :]
        parts = self._decoded(body)
        if type(parts) is not list or len(parts) != self.components:
            self.malformed(f"proofValue is no list of {self.components} components")
        try:
            canonical = cbor2.dumps(parts, canonical=True)
        except (cbor2.CBOREncodeError, ValueError, TypeError):
            canonical = b""
        # [BBS-03] one text for one value
        if canonical != body:
            self.malformed("the CBOR is not canonical, or something follows it")
        return parts

    def check_bytes(self, part: object, name: str, size: int | None = None) -> None:
        """Check that a component is a byte string, of `size` bytes where that is given."""
        if type(part) is not bytes:
            self.malformed(f"the {name} is no byte string")
        # [ESD-01] its length is fixed
        if size is not None and len(part) != size:
            self.malformed(f"the {name} is not {size} bytes")

    def texts(self, found: object, name: str) -> tuple[str, ...]:
        """Read a list of texts."""
        if type(found) is not list or not all(type(item) is str for item in found):
            self.malformed(f"{name} are no list of texts")
        return tuple(found)

    def indexes(self, found: object) -> tuple[int, ...]:
        """Read a list of positions, which ascend strictly."""
        if type(found) is not list or not all(is_index(index) for index in found):
            self.malformed("indexes are no list of whole numbers")
        # [BBS-04] strictly ascending
        if not all(one < other for one, other in pairwise(found)):
            self.malformed("indexes do not ascend strictly")
        return tuple(found)

    def labels(self, found: object, is_label: Callable[[object], bool]) -> dict[str, Any]:
        """Read a label map by canonical label: from 0..n-1, to labels that differ."""
        if type(found) is not dict or not all(is_index(canonical) for canonical in found):
            self.malformed("the label map is no map from whole numbers")
        # [BBS-01] numbers of labels
        if not all(map(is_label, found.values())):
            self.malformed("the label map gives what is no label")
        # [BBS-05] no gap in the labels
        if sorted(found) != list(range(len(found))):
            self.malformed("the label map leaves out a canonical label")
        # [BBS-06] one label for one node
        if len(set(found.values())) != len(found):
            self.malformed("the label map gives two nodes one label")
        return {f"c14n{canonical}": label for canonical, label in found.items()}

    def malformed(self, detail: str) -> NoReturn:
        """Refuse a value that has not this form."""
        raise CredentialError(f"{self.suite}.malformed", detail, clause=self.clause)

    def _decoded(self, body: bytes) -> Any:  # noqa: ANN401  # whatever CBOR holds; the callers look
        refused = [tag for tag in _KNOWN_TAGS if not (self.large_numbers and tag == _LARGE_NUMBER)]
        try:
            return cbor2.CBORDecoder(
                io.BytesIO(body),
                max_depth=MAX_DEPTH,
                allow_indefinite=False,
                allow_duplicate_keys=False,
                semantic_decoders=dict.fromkeys(refused, _refuse_tag),
            ).decode()
        except (cbor2.CBORError, ValueError, TypeError, RecursionError, MemoryError):
            self.malformed("the CBOR cannot be read")


def is_index(value: object) -> bool:
    """Whether a value can be a position or a number in a label."""
    return type(value) is int and 0 <= value < 1 << 31


def _refuse_tag(_decoder: object) -> NoReturn:
    raise ValueError
