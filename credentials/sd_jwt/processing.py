"""From a payload and disclosures to the claims that they show.

Text: RFC 9901, section 7.1, steps 2 to 5 (the signature and the validity claims are `verifying`'s).

Checklist of `process`:
1. The hash algorithm is known (step 2).
2. Every disclosure is read and hashed once; none is sent twice (3a).
3. `_sd` is a list of strings; `...` is the only member of an array's element, and a string (3b).
4. No digest stands twice, anywhere, matched or not (4).
5. A disclosure found by `_sd` has a name, which is neither `_sd` nor `...`, and is not there yet; one found
   by `...` has none (3c). What they hold is processed in turn.
6. Digests without a disclosure, decoys among them, disappear (3d, 3e), and `_sd_alg` with them (3f).
7. Every disclosure was found (5).

Work is bounded: disclosures are counted before the first is decoded, then digests, values and depth.
Not here: which claims may be disclosed selectively (`sd_jwt.vc`, `sd_jwt.data_model`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from credentials.errors import CredentialError
from credentials.sd_jwt.disclosures import (
    ALGORITHM,
    DIGESTS,
    ELEMENT,
    RESERVED,
    Disclosure,
    decode,
    digest,
    hash_name,
)
from credentials.sd_jwt.limits import LIMITS, Limits, Work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from did.types import JsonObject, JsonValue

Place: TypeAlias = tuple[str | int, ...]
"""Where a value stands: names of members and positions of elements, from the top."""
_CLAUSE: Final = "RFC 9901 section 7.1, step "
_CONTAINERS: Final = (dict, list)


@dataclass(frozen=True, slots=True, repr=False)
class Disclosed:
    """A claim or element that a disclosure revealed: its place among the claims, and the disclosure."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class Processed:
    """Claims without any trace of SD-JWT, and which of them came from disclosures, outer ones first.

    `hidden` counts the digests that matched nothing: undisclosed claims and decoys, told apart by nobody.
    """

    claims: JsonObject
    disclosed: tuple[Disclosed, ...]
    hidden: int

    @property
    def places(self) -> frozenset[Place]:
        """The places that a disclosure revealed."""
        return frozenset(item.place for item in self.disclosed)


def process(
    payload: JsonObject, texts: Sequence[str], *, limits: Limits = LIMITS, work: Work | None = None
) -> Processed:
    """Process a payload with its disclosures by the checklist above.

    Codes: sd-jwt.hash, sd-jwt.disclosures, sd-jwt.disclosure, sd-jwt.disclosure-twice, sd-jwt.digests,
    sd-jwt.element, sd-jwt.digest-twice, sd-jwt.kind, sd-jwt.reserved-name, sd-jwt.claim-twice,
    sd-jwt.unreferenced, sd-jwt.depth, sd-jwt.work.
    """
    work = work if work is not None else Work(limits.max_work)
    algorithm = hash_name(payload)
    # [SDJ-14] before anything is hashed
    if len(texts) > limits.max_disclosures:
        raise CredentialError(
            "sd-jwt.disclosures", f"{len(texts)} disclosures, at most {limits.max_disclosures} are accepted"
        )
    by_digest: dict[str, Disclosure] = {}
    for text in texts:
        work.spend()
        disclosure = decode(text)
        by_digest[digest(text, algorithm)] = disclosure
    # [SDJ-15] each disclosure once
    if len(by_digest) < len(texts):
        raise CredentialError(
            "sd-jwt.disclosure-twice",
            "a disclosure is sent twice",
            clause=_CLAUSE + "4",
            remedy="send it once",
        )
    walk = _Walk(by_digest, limits, work)
    claims = walk.object({name: value for name, value in payload.items() if name != ALGORITHM}, (), 1)
    # [SDJ-16] nothing is left over
    if len(walk.found) < len(by_digest):
        raise CredentialError(
            "sd-jwt.unreferenced",
            f"{len(by_digest) - len(walk.found)} disclosures belong to no digest of the credential",
            remedy="send only disclosures that the credential, or another disclosure, refers to",
            clause=_CLAUSE + "5",
        )
    return Processed(claims, tuple(walk.found), len(walk.seen) - len(walk.found))


class _Walk:
    """One walk over payload and disclosures, which meets every digest once."""

    __slots__ = ("by_digest", "found", "limits", "seen", "work")

    def __init__(self, by_digest: dict[str, Disclosure], limits: Limits, work: Work) -> None:
        self.by_digest = by_digest
        self.limits = limits
        self.work = work
        self.seen: set[str] = set()
        self.found: list[Disclosed] = []

    def value(self, value: JsonValue, place: Place, depth: int) -> JsonValue:
        if isinstance(value, dict):
            return self.object(value, place, depth + 1)
        if isinstance(value, list):
            return self.array(value, place, depth + 1)
        return value

    def object(self, source: JsonObject, place: Place, depth: int) -> JsonObject:
        self.enter(len(source), depth)
        # [SDJ-17] a reserved name
        if ELEMENT in source:
            raise CredentialError(
                "sd-jwt.element",
                "the name ... stands elsewhere than alone in an element of an array",
                clause=_CLAUSE + "3b, section 4.2.4.2",
            )
        claims: JsonObject = {}
        for name, value in source.items():
            if name != DIGESTS:
                claims[name] = (
                    self.value(value, (*place, name), depth) if isinstance(value, _CONTAINERS) else value
                )
        if DIGESTS in source:
            self.members(source[DIGESTS], claims, place, depth)
        return claims

    def members(self, digests: JsonValue, claims: JsonObject, place: Place, depth: int) -> None:
        """Add the members that the digests of an object reveal."""
        # [SDJ-18] digests are strings
        if not isinstance(digests, list) or not all(isinstance(item, str) for item in digests):
            raise CredentialError("sd-jwt.digests", "_sd is no list of strings", clause=_CLAUSE + "3b")
        self.work.spend(len(digests))
        for item in digests:
            disclosure = self.look_up(item)
            if disclosure is None:
                continue
            name = disclosure.name
            # [SDJ-19] a member's disclosure
            if name is None:
                raise _kind("a digest of _sd belongs to the disclosure of an element")
            # [SDJ-20] a reserved name
            if name in RESERVED or (name == ALGORITHM and not place):
                raise CredentialError(
                    "sd-jwt.reserved-name", f"a disclosed claim is named {name}", clause=_CLAUSE + "3c"
                )
            # [SDJ-21] no claim is overwritten
            if name in claims:
                raise CredentialError(
                    "sd-jwt.claim-twice",
                    "a disclosed claim has the name of one that is there already",
                    clause=_CLAUSE + "3c",
                )
            here = (*place, name)
            self.found.append(Disclosed(here, disclosure.text))
            claims[name] = self.value(disclosure.value, here, depth)

    def array(self, source: list[JsonValue], place: Place, depth: int) -> list[JsonValue]:
        self.enter(len(source), depth)
        elements: list[JsonValue] = []
        for item in source:
            here = (*place, len(elements))
            if not (isinstance(item, dict) and ELEMENT in item):
                elements.append(self.value(item, here, depth))
                continue
            # [SDJ-22] alone, and a string
            if len(item) != 1 or not isinstance(item[ELEMENT], str):
                raise CredentialError(
                    "sd-jwt.element",
                    "... is no string, or stands beside other names",
                    clause=_CLAUSE + "3b, section 4.2.4.2",
                )
            disclosure = self.look_up(item[ELEMENT])
            if disclosure is None:
                continue
            # [SDJ-23] an element's disclosure
            if disclosure.name is not None:
                raise _kind("a digest in an array belongs to the disclosure of a member")
            self.found.append(Disclosed(here, disclosure.text))
            elements.append(self.value(disclosure.value, here, depth))
        return elements

    def look_up(self, found: JsonValue) -> Disclosure | None:
        """Give the disclosure of a digest, None where it has none."""
        if not isinstance(found, str):
            return None
        # [SDJ-24] each digest once
        if found in self.seen:
            raise CredentialError(
                "sd-jwt.digest-twice", "a digest stands twice in the credential", clause=_CLAUSE + "4"
            )
        self.seen.add(found)
        # [SDJ-25] bounded digests
        if len(self.seen) > self.limits.max_digests:
            raise CredentialError(
                "sd-jwt.work", f"more than {self.limits.max_digests} digests", remedy="use fewer decoys"
            )
        return self.by_digest.get(found)

    def enter(self, values: int, depth: int) -> None:
        self.work.spend(values)
        # [SDJ-26] bounded depth
        if depth > self.limits.max_depth:
            raise CredentialError(
                "sd-jwt.depth", f"claims and disclosures nest deeper than {self.limits.max_depth}"
            )


def _kind(detail: str) -> CredentialError:
    return CredentialError("sd-jwt.kind", detail, clause=_CLAUSE + "3c")
