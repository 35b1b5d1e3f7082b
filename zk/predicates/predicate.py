"""Predicates: what can be claimed of hidden slots, and the frame that each claim has in a statement.

Text: `bbs-predicates-2026` version 1, section 4.1 (table of frames), 4.2 S5 and S10, 4.8 (context).

    range           lo <= form, form <= hi, or both             by digit signatures under `digit_key`
    range-bp        the same by a Bulletproof, without anybody's key
    member          form is one of 2 to 16 values               OR-proof
    exclude         form is none of 1 to 16 values
    signed-member   form is a member of a published set         one signature under `set_key`
    not-revoked     the revocation identifier of a credential lies strictly inside a signed gap
    pseudonym       one point for each credential and context; a nullifier where the context says so

Invariants
- Bounds, digit counts, epochs and contexts stand in the statement, which each side makes for itself; a proof
  says none of them.

Not here: rules (`rules`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from zk.curve import Scalar, encode_scalar
from zk.errors import ZkError
from zk.predicates.octets import frame, i128, u8, u64
from zk.predicates.published.lists import BASE

if TYPE_CHECKING:
    from zk.predicates.wires import Form

MAX_DIGITS: Final = 8
"""Digits a side: 64 bits, so that the sum of two sides stays far below the group order."""

_SECTOR: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")


@dataclass(frozen=True, slots=True)
class Range:
    """lo <= form (`hi` None), form <= hi (`lo` None), or both; bounds in scalar space.

    `digits` are those of a side; `statement.digit_count` says how many, and any other number is refused.
    """

    form: Form
    lo: int | None
    hi: int | None
    digits: int
    digit_key: bytes

    @property
    def sides(self) -> tuple[Form, ...]:
        """What must be at least zero: form - lo, then hi - form."""
        return _sides(self.form, self.lo, self.hi)

    def encode(self) -> bytes:
        """Encode as a frame of the statement."""
        bounds = _encode_bounds(self.form, self.lo, self.hi)
        return frame(b"range", bounds, u64(BASE), u64(self.digits), self.digit_key)


@dataclass(frozen=True, slots=True)
class CommittedRange:
    """A range as `Range`, shown by a Bulletproof; `bits` of a side are those of `statement.bit_count`."""

    form: Form
    lo: int | None
    hi: int | None
    bits: int

    @property
    def sides(self) -> tuple[Form, ...]:
        """What must be at least zero: form - lo, then hi - form."""
        return _sides(self.form, self.lo, self.hi)

    @property
    def total(self) -> int:
        """Bits of all sides together."""
        return self.bits * len(self.sides)

    def encode(self) -> bytes:
        """Encode as a frame of the statement."""
        return frame(b"range-bp", _encode_bounds(self.form, self.lo, self.hi), u64(self.bits))


@dataclass(frozen=True, slots=True)
class Member:
    """The form is one of `values`, which ascend strictly."""

    form: Form
    values: tuple[Scalar, ...]

    def encode(self) -> bytes:
        """Encode as a frame of the statement."""
        return frame(b"member", self.form.encode(), u64(len(self.values)), _encode_all(self.values))


@dataclass(frozen=True, slots=True)
class Exclude:
    """The form is none of `values`, which ascend strictly."""

    form: Form
    values: tuple[Scalar, ...]

    def encode(self) -> bytes:
        """Encode as a frame of the statement."""
        return frame(b"exclude", self.form.encode(), u64(len(self.values)), _encode_all(self.values))


@dataclass(frozen=True, slots=True)
class SignedMember:
    """The form is a member of the set whose list has this key."""

    form: Form
    set_key: bytes

    def encode(self) -> bytes:
        """Encode as a frame of the statement."""
        return frame(b"signed-member", self.form.encode(), self.set_key)


@dataclass(frozen=True, slots=True)
class NotRevoked:
    """Credential `credential` is not revoked in an epoch of its list; its identifier is slot `slot`."""

    credential: int
    slot: int
    list_id: bytes
    epoch: int
    width: int
    gap_key: bytes
    digit_key: bytes

    @property
    def digits(self) -> int:
        """Digits of each of the two sides."""
        return self.width // 8

    def encode(self) -> bytes:
        """Encode as a frame of the statement."""
        return frame(
            b"not-revoked",
            u64(self.credential),
            u64(self.slot),
            self.list_id,
            u64(self.epoch),
            u64(self.width),
            self.gap_key,
            self.digit_key,
        )


@dataclass(frozen=True, slots=True)
class NymContext:
    """Where a pseudonym, or what a nullifier, is for.

    Attributes:
        kind: `pseudonym`, one for each relying party; `nullifier`, one for each relying party and scope.
        sector: lower-case ASCII host of the relying party.
        scope: the issue or ballot of a nullifier; empty for a pseudonym.
    """

    kind: Literal["pseudonym", "nullifier"]
    sector: str
    scope: str

    def __post_init__(self) -> None:
        if not self.sector or not _SECTOR.issuperset(self.sector):
            raise ZkError("predicates.context", "the sector is not a lower-case ASCII host", clause="4.8")
        if self.kind not in {"pseudonym", "nullifier"} or bool(self.scope) is (self.kind == "pseudonym"):
            raise ZkError(
                "predicates.context", "a nullifier has a scope and a pseudonym has none", clause="4.8"
            )

    def encode(self) -> bytes:
        """Encode as the octets that are hashed to the curve."""
        return b"".join(
            (
                frame(b"kind", self.kind.encode()),
                frame(b"sector", self.sector.encode()),
                frame(b"scope", self.scope.encode()),
            )
        )


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """The pseudonym or nullifier of the holder of credential `credential`."""

    credential: int
    context: NymContext

    def encode(self) -> bytes:
        """Encode as a frame of the statement."""
        return frame(b"pseudonym", u64(self.credential), self.context.encode())


Predicate: TypeAlias = Range | CommittedRange | Member | Exclude | SignedMember | NotRevoked | Pseudonym


def form_of(predicate: Predicate) -> Form | None:
    """Return the form that a predicate speaks about, where it has one."""
    return None if isinstance(predicate, NotRevoked | Pseudonym) else predicate.form


def digits_of(predicate: Predicate) -> int:
    """Return how many digits a predicate has, both sides together."""
    match predicate:
        case Range():
            return predicate.digits * len(predicate.sides)
        case NotRevoked():
            return predicate.digits * 2
        case _:
            return 0


def _sides(form: Form, lo: int | None, hi: int | None) -> tuple[Form, ...]:
    lower = () if lo is None else (form.above(lo),)
    upper = () if hi is None else (form.below(hi),)
    return lower + upper


def _encode_bounds(form: Form, lo: int | None, hi: int | None) -> bytes:
    """Encode form, mode (1 lower, 2 upper, 3 both) and bounds; an unused bound is 0."""
    mode = (lo is not None) + 2 * (hi is not None)
    return form.encode() + u8(mode) + i128(lo or 0) + i128(hi or 0)


def _encode_all(values: tuple[Scalar, ...]) -> bytes:
    return b"".join(encode_scalar(value) for value in values)
