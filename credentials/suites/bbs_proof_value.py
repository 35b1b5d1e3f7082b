"""The proof values of `bbs-2023`: multibase base64url over CBOR, one form for the holder, one for verifiers.

Source: W3C Data Integrity BBS Cryptosuites 1.0 (April 2025), 3.3.1 serializeBaseProofValue to 3.3.7
parseDerivedProofValue, baseline feature only.
Invariants:
- Base: d9 5d 02, then [signature 80, header 64, public key 96, HMAC key 32, [mandatory pointers]].
- Derived: d9 5d 03, then [proof, {canonical label: label}, [mandatory indexes], [disclosed indexes], header].
- What is read is exactly what would be written: definite lengths, shortest integers, sorted keys, no tags, no
  trailing bytes. Indexes ascend strictly; labels are a bijection from 0..n-1.
- Whatever else comes is ``bbs-2023.malformed``.

Not here: the meaning of any of it.
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
    from collections.abc import Mapping

BASE_HEADER: Final = bytes.fromhex("d95d02")
DERIVED_HEADER: Final = bytes.fromhex("d95d03")
# Three bytes are four characters of base64url, so the form shows without decoding.
BASE_PREFIX: Final = "u" + encode_base64url(BASE_HEADER)
DERIVED_PREFIX: Final = "u" + encode_base64url(DERIVED_HEADER)
MAX_BYTES: Final = 1 << 18
"""A proof that hides 2000 statements has 65 kB."""
MAX_DEPTH: Final = 4
_CLAUSE: Final = "VC Data Integrity BBS 1.0, 3.3"
_KNOWN_TAGS: Final = (
    *range(6), 25, 28, 29, 30, 35, 36, 37, 100, 256, 258, 260, 261, 1004, 43000, 55799,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BaseProofValue:
    """What the issuer hands to the holder; the HMAC key is the holder's secret from then on."""

    signature: bytes
    header: bytes
    public_key: bytes
    hmac_key: bytes
    mandatory_pointers: tuple[str, ...]

    def __repr__(self) -> str:
        return f"BaseProofValue({len(self.mandatory_pointers)} mandatory pointers)"

    def write(self) -> str:
        """Write as `proofValue`."""
        parts = [self.signature, self.header, self.public_key, self.hmac_key, list(self.mandatory_pointers)]
        return _written(BASE_HEADER, parts)

    @classmethod
    def read(cls, text: str) -> BaseProofValue:
        """Read a `proofValue`. Raises ``bbs-2023.malformed``, ``bbs-2023.derived-proof``."""
        if text.startswith(DERIVED_PREFIX):
            raise CredentialError(
                "bbs-2023.derived-proof",
                "the proof is derived, where a base proof is expected",
                remedy="use the credential as the issuer issued it",
                clause=_CLAUSE,
            )
        parts = _components(text, BASE_HEADER)
        for part, name, size in zip(
            parts, ("signature", "header", "public key", "HMAC key"), (80, 64, 96, 32), strict=False
        ):
            if type(part) is not bytes or len(part) != size:
                _malformed(f"the {name} is not {size} bytes")
        pointers = parts[4]
        if type(pointers) is not list or not all(type(pointer) is str for pointer in pointers):
            _malformed("the mandatory pointers are no list of texts")
        return cls(parts[0], parts[1], parts[2], parts[3], tuple(pointers))


@dataclass(frozen=True, slots=True)
class DerivedProofValue:
    """What the holder shows a verifier.

    `labels` maps canonical labels of the revealed document (``c14n0``) to those under which it was signed
    (``b2``). `mandatory_indexes` are positions among the revealed statements, `selective_indexes` positions
    among all statements that are not mandatory.
    """

    proof: bytes
    labels: Mapping[str, str]
    mandatory_indexes: tuple[int, ...]
    selective_indexes: tuple[int, ...]
    presentation_header: bytes

    def write(self) -> str:
        """Write as `proofValue`."""
        labels = {int(canonical[4:]): int(label[1:]) for canonical, label in self.labels.items()}
        indexes = [list(self.mandatory_indexes), list(self.selective_indexes)]
        return _written(DERIVED_HEADER, [self.proof, labels, *indexes, self.presentation_header])

    @classmethod
    def read(cls, text: str) -> DerivedProofValue:
        """Read a `proofValue`. Raises ``bbs-2023.malformed``, ``bbs-2023.base-proof``."""
        if text.startswith(BASE_PREFIX):
            raise CredentialError(
                "bbs-2023.base-proof",
                "the proof is a base proof, which is for its holder only",
                remedy="derive a proof that discloses what was asked for",
                clause=_CLAUSE,
            )
        proof, labels, mandatory, selective, presentation_header = _components(text, DERIVED_HEADER)
        if type(proof) is not bytes or type(presentation_header) is not bytes:
            _malformed("the proof and the presentation header are byte strings")
        return cls(proof, _labels(labels), _indexes(mandatory), _indexes(selective), presentation_header)


def _written(header: bytes, parts: list[Any]) -> str:
    return "u" + encode_base64url(header + cbor2.dumps(parts, canonical=True))


def _components(text: str, header: bytes) -> list[Any]:
    if not text.startswith("u"):
        _malformed("proofValue is not multibase base64url")
    try:
        data = decode_multibase(text, max_bytes=MAX_BYTES)
    except DidError as error:
        _malformed(f"proofValue: {error.detail}")
    if not data.startswith(header):
        _malformed(f"proofValue begins with {data[:3].hex()}, expected {header.hex()}")
    body = data[len(header) :]
    parts = _decoded(body)
    if type(parts) is not list or len(parts) != 5:
        _malformed("proofValue is no list of five components")
    try:
        canonical = cbor2.dumps(parts, canonical=True)
    except (cbor2.CBOREncodeError, ValueError, TypeError):
        canonical = b""
    if canonical != body:
        _malformed("the CBOR is not canonical, or something follows it")
    return parts


def _decoded(body: bytes) -> Any:  # noqa: ANN401  # whatever CBOR holds; the callers look
    try:
        return cbor2.CBORDecoder(
            io.BytesIO(body),
            max_depth=MAX_DEPTH,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            semantic_decoders=dict.fromkeys(_KNOWN_TAGS, _refuse_tag),
        ).decode()
    except (cbor2.CBORError, ValueError, TypeError, RecursionError, MemoryError):
        _malformed("the CBOR cannot be read")


def _refuse_tag(_decoder: object) -> NoReturn:
    raise ValueError


def _labels(found: object) -> dict[str, str]:
    if type(found) is not dict or not all(_is_index(item) for pair in found.items() for item in pair):
        _malformed("the label map is no map of whole numbers")
    if sorted(found) != list(range(len(found))):
        _malformed("the label map leaves out a canonical label")
    if len(set(found.values())) != len(found):
        _malformed("the label map gives two nodes one label")
    return {f"c14n{canonical}": f"b{label}" for canonical, label in found.items()}


def _indexes(found: object) -> tuple[int, ...]:
    if type(found) is not list or not all(_is_index(index) for index in found):
        _malformed("indexes are no list of whole numbers")
    if not all(one < other for one, other in pairwise(found)):
        _malformed("indexes do not ascend strictly")
    return tuple(found)


def _is_index(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 31


def _malformed(detail: str) -> NoReturn:
    raise CredentialError("bbs-2023.malformed", detail, clause=_CLAUSE)
