"""The map's hashes and the verification of its proofs.

Registry protocol version 1, sections 4.1, 4.4 and 4.5.

Invariants:
- A proof has one encoding: bits beyond the depth, empty siblings written out and surplus bytes are refused.
- One root gives at most one answer for a key, whoever built the tree (section 4.5).

Not here: the tree itself (`statemap`), and whether a root is the one that a seal holds (`bundle`).
"""

from __future__ import annotations

import hashlib
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from did.errors import DidError

if TYPE_CHECKING:
    from collections.abc import Sequence

EMPTY: Final = bytes(32)
"""The hash of an empty subtree, Z in the protocol."""
MAX_PROOF: Final = 8258
"""2 + 32 + 64 + 255 * 32 bytes: no proof of any map is longer."""
MAX_DEPTH: Final = 255
TYPE_DID: Final = 1

_sha256 = hashlib.sha256


class Kind(IntEnum):
    """What a proof says about its key."""

    PRESENT = 1
    EMPTY_SLOT = 2
    OTHER_LEAF = 3


def map_key(scid34: bytes, *, type_: int = TYPE_DID) -> bytes:
    """The map key of a typed identifier; type 1 is the latest state of a DID."""
    return _sha256(b"avow-map-key/1\n" + bytes((type_,)) + scid34).digest()


def value_hash(value: bytes, *, type_: int = TYPE_DID) -> bytes:
    """The hash of a typed value."""
    return _sha256(b"avow-map-value/1\n" + bytes((type_,)) + value).digest()


def leaf_hash(key: bytes, value_hash32: bytes) -> bytes:
    """The hash of a subtree that holds this one leaf, at any depth."""
    return _sha256(b"\x02" + key + value_hash32).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a subtree that holds two leaves or more."""
    return _sha256(b"\x03" + left + right).digest()


def bit(key: bytes, depth: int) -> int:
    """The bit of a key that decides at that depth, most significant first."""
    return key[depth >> 3] >> (7 - (depth & 7)) & 1


def encode_proof(siblings: Sequence[bytes], found: tuple[bytes, bytes] | None, kind: Kind) -> bytes:
    """Write a proof: `siblings` from the root downward, `EMPTY` where there is none; `found` for kind 3."""
    depth = len(siblings)
    bitmap = bytearray((depth + 7) // 8)
    for level, sibling in enumerate(siblings):
        if sibling != EMPTY:
            bitmap[level >> 3] |= 0x80 >> (level & 7)
    upward = b"".join(sibling for sibling in reversed(siblings) if sibling != EMPTY)
    other = found[0] + found[1] if found else b""
    return bytes((kind, depth)) + bytes(bitmap) + other + upward


def verify_map(root: bytes, key: bytes, claimed: bytes | None, proof: bytes) -> None:
    """Check that under `root` the key has the value hash `claimed`, or none.

    The steps are those of section 4.5; each fault has its own code ``map.*``.

    1. length and kind, and the kind fits the claim
    2. the bitmap is complete and says nothing beyond the depth
    3. the terminal has a sibling: otherwise it would stand higher
    4. the terminal: the claimed leaf, nothing, or another leaf on the path
    5. as many siblings as the bitmap announces, no byte more
    6. upward, no sibling written out that is empty
    7. the result is the root
    """
    # Step 1: length, kind, claim.
    if not 2 <= len(proof) <= MAX_PROOF:
        raise _fault("length", f"a map proof has 2 to {MAX_PROOF} bytes, not {len(proof)}")
    kind, depth = proof[0], proof[1]
    if kind not in {Kind.PRESENT, Kind.EMPTY_SLOT, Kind.OTHER_LEAF}:
        raise _fault("kind", f"a map proof has kind 1, 2 or 3, not {kind}")
    if (kind == Kind.PRESENT) != (claimed is not None):
        raise _fault("answer", "a proof of presence was given for absence, or the other way round")
    # Steps 2 and 3: the bitmap.
    bitmap_end = 2 + (depth + 7) // 8
    bits = _checked_bitmap(proof[2:bitmap_end], depth)
    # Step 4: the terminal.
    terminal, at = _terminal(kind, depth, key, claimed, proof, bitmap_end)
    # Step 5: no byte missing, none left.
    if len(proof) - at != 32 * sum(bits):
        raise _fault("length", f"{sum(bits)} siblings are announced, {len(proof) - at} bytes follow")
    # Step 6: upward, from the deepest level.
    node = terminal
    for level in range(depth - 1, -1, -1):
        sibling = EMPTY
        if bits[level]:
            sibling = proof[at : at + 32]
            at += 32
            if sibling == EMPTY:
                raise _fault("zero-sibling", f"the sibling at level {level} is empty and written out")
        node = node_hash(sibling, node) if bit(key, level) else node_hash(node, sibling)
    # Step 7: the root.
    if node != root:
        raise _fault("root", "the proof leads to another root than the seal's")


def _checked_bitmap(bitmap: bytes, depth: int) -> list[int]:
    if len(bitmap) != (depth + 7) // 8:
        raise _fault("length", f"the bitmap of depth {depth} is cut after {len(bitmap)} bytes")
    if depth & 7 and bitmap[-1] & (0xFF >> (depth & 7)):
        raise _fault("stray-bits", f"the bitmap has bits set at or beyond depth {depth}")
    bits = [bit(bitmap, level) for level in range(depth)]
    if bits and not bits[-1]:
        raise _fault("not-collapsed", f"nothing stands beside the terminal at depth {depth}")
    return bits


def _terminal(
    kind: int, depth: int, key: bytes, claimed: bytes | None, proof: bytes, at: int
) -> tuple[bytes, int]:
    if claimed is not None:
        return leaf_hash(key, claimed), at
    if kind == Kind.EMPTY_SLOT:
        return EMPTY, at
    other, other_value = proof[at : at + 32], proof[at + 32 : at + 64]
    if len(other_value) != 32:
        raise _fault("length", "the other leaf is cut")
    if other == key:
        raise _fault("same-key", "the other leaf has the very key that it shall show absent")
    if any(bit(other, level) != bit(key, level) for level in range(depth)):
        raise _fault("off-path", f"the other leaf leaves the path of the key above depth {depth}")
    return leaf_hash(other, other_value), at + 64


def _fault(name: str, detail: str) -> DidError:
    return DidError(f"map.{name}", detail, clause="registry 4.5")
