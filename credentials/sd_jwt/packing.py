"""From claims to a payload with digests, and the disclosures that belong to them.

Text: RFC 9901, sections 4.2 (disclosures, `_sd`, `...`), 4.2.5 (decoys), 4.2.6 (recursive disclosures).
Invariants:
- what stays visible keeps its place; a member becomes a digest in the `_sd` of its object, an element becomes
  `{"...": digest}` where it stood.
- a disclosable value that holds disclosable values is disclosed recursively: the inner digests stand in the
  outer disclosure.
- `_sd` is sorted by digest, so it says nothing about the order of the claims or about which are decoys.
- decoys of an array stand at its end: other wallets count positions before they drop decoys.
- the names that SD-JWT keeps for itself are refused among the claims.

Not here: the signature (`issuing`), which claims must stay visible (`sd_jwt.vc`, `sd_jwt.data_model`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.errors import CredentialError
from credentials.sd_jwt.disclosures import (
    ALGORITHM,
    DIGESTS,
    ELEMENT,
    RESERVED,
    HashName,
    decoy,
    digest,
    encode,
    salt,
)
from credentials.sd_jwt.limits import LIMITS, Limits
from credentials.sd_jwt.paths import Path, places, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from credentials.sd_jwt.processing import Place
    from did.types import JsonObject, JsonValue, RandomBytes


@dataclass(frozen=True, slots=True, repr=False)
class Packed:
    """A payload that may be signed, and its disclosures, outer ones after what they hold."""

    payload: JsonObject
    disclosures: tuple[str, ...]


def pack(
    claims: JsonObject,
    *,
    disclosable: Sequence[Path],
    random_bytes: RandomBytes,
    hash_name: HashName,
    decoys: int = 0,
    limits: Limits = LIMITS,
) -> Packed:
    """Make what `disclosable` selects selectively disclosable.

    With `decoys` above 0, every object and array with digests gets one to that many digests of nothing.
    Codes: path.nothing, sd-jwt.claims, sd-jwt.disclosures, sd-jwt.depth.
    """
    marked = places(disclosable, claims)
    # [SDJ-27] as many as a verifier takes
    if len(marked) > limits.max_disclosures:
        raise CredentialError(
            "sd-jwt.disclosures",
            f"{len(marked)} claims are disclosable, at most {limits.max_disclosures} may be",
            remedy="make whole objects disclosable instead of each of their members",
        )
    # [SDJ-28] a reserved name
    if ALGORITHM in claims:
        raise _reserved((ALGORITHM,))
    packer = _Packer(marked, random_bytes, hash_name, decoys, limits)
    payload = packer.object(claims, (), 1)
    if marked:
        payload[ALGORITHM] = hash_name
    return Packed(payload, tuple(packer.disclosures))


class _Packer:
    __slots__ = ("decoys", "disclosures", "hash_name", "limits", "marked", "random_bytes")

    def __init__(
        self, marked: set[Place], random_bytes: RandomBytes, hash_name: HashName, decoys: int, limits: Limits
    ) -> None:
        self.marked = marked
        self.random_bytes = random_bytes
        self.hash_name = hash_name
        self.decoys = decoys
        self.limits = limits
        self.disclosures: list[str] = []

    def value(self, value: JsonValue, place: Place, depth: int) -> JsonValue:
        if isinstance(value, dict):
            return self.object(value, place, depth + 1)
        if isinstance(value, list):
            return self.array(value, place, depth + 1)
        return value

    def object(self, source: JsonObject, place: Place, depth: int) -> JsonObject:
        self.check_depth(depth)
        packed: JsonObject = {}
        digests: list[str] = []
        for name, member in source.items():
            here = (*place, name)
            # [SDJ-29] a reserved name
            if name in RESERVED:
                raise _reserved(here)
            value = self.value(member, here, depth)
            if here in self.marked:
                digests.append(self.disclose([salt(self.random_bytes), name, value]))
            else:
                packed[name] = value
        if digests:
            digests += [decoy(self.random_bytes, self.hash_name) for _ in range(self.draw())]
            packed[DIGESTS] = sorted(digests)  # type: ignore[assignment]  # lists are invariant
        return packed

    def array(self, source: list[JsonValue], place: Place, depth: int) -> list[JsonValue]:
        self.check_depth(depth)
        packed: list[JsonValue] = []
        hidden = False
        for index, element in enumerate(source):
            here = (*place, index)
            value = self.value(element, here, depth)
            if here in self.marked:
                hidden = True
                value = {ELEMENT: self.disclose([salt(self.random_bytes), value])}
            packed.append(value)
        decoys = self.draw() if hidden else 0
        packed.extend({ELEMENT: decoy(self.random_bytes, self.hash_name)} for _ in range(decoys))
        return packed

    def disclose(self, content: list[JsonValue]) -> str:
        text = encode(content)
        self.disclosures.append(text)
        return digest(text, self.hash_name)

    def draw(self) -> int:
        """How many decoys an object or array gets."""
        return 1 + int.from_bytes(self.random_bytes(8), "big") % self.decoys if self.decoys > 0 else 0

    def check_depth(self, depth: int) -> None:
        if depth > self.limits.max_depth:
            raise CredentialError("sd-jwt.depth", f"the claims nest deeper than {self.limits.max_depth}")


def _reserved(place: Place) -> CredentialError:
    return CredentialError(
        "sd-jwt.claims",
        f"the name at {show(place)} is kept for SD-JWT itself",
        remedy="rename the claim",
        clause="RFC 9901 section 4.2.3",
    )
