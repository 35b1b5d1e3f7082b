"""Typed slots: which kind of value stands where, and which scalar it is.

Text: `bbs-predicates-2026` version 1, sections 2.1 to 2.3.

    kind          scalar                                   range of the scalar
    integer       v + 2^63                                 [0, 2^64)
    decimal       v·10^scale + 2^63                        [0, 2^64)
    date          day number, 0001-01-01 is 1              [1, 3652059]
    timestamp     seconds since 0001-01-01T00:00:00Z       [0, 3652059·86400)
    boolean       0 or 1
    enumeration   position in the code list, from 1        [1, 65535]
    revocation    the identifier, unique in its list       [1, 2^w - 2]
    text          hash of the NFC form in UTF-8            any

Invariants
- Offsets belong to the kind and not to a schema, so equal values of one kind are equal scalars everywhere.
- A value outside its slot's bounds has no scalar (`predicates.value`); errors never show the value.
- The absent value and padding are hashes far from every range.

Not here: reading a type map from a JSON Schema (`credentials`), the order of quads.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from zk.curve import Scalar
from zk.errors import ZkError
from zk.predicates.octets import frame, i128, u8, u64

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zk.predicates.system import System

MAX_SLOTS: Final = 128
MAX_NYMS: Final = 16

_OFFSET: Final = 1 << 63
_DAYS: Final = 3_652_059
_DAY_SECONDS: Final = 86_400
_MAX_SCALE: Final = 18
_MAX_CODES: Final = 65_535

SlotValue: TypeAlias = "int | bool | str | Decimal | dt.date | dt.datetime | None"
"""What a slot holds in clear; None where it is absent."""


class Kind(StrEnum):
    """Kinds of typed slots."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    TIMESTAMP = "timestamp"
    BOOLEAN = "boolean"
    ENUMERATION = "enumeration"
    REVOCATION = "revocation"
    TEXT = "text"

    @property
    def is_number(self) -> bool:
        """Whether forms may compute with it."""
        return self not in {Kind.REVOCATION, Kind.TEXT}


_BOUNDS: Final = {
    Kind.INTEGER: (0, (1 << 64) - 1),
    Kind.DECIMAL: (0, (1 << 64) - 1),
    Kind.DATE: (1, _DAYS),
    Kind.TIMESTAMP: (0, _DAYS * _DAY_SECONDS - 1),
    Kind.BOOLEAN: (0, 1),
    Kind.ENUMERATION: (1, _MAX_CODES),
    Kind.REVOCATION: (1, (1 << 32) - 2),
    Kind.TEXT: (0, 0),
}


@dataclass(frozen=True, slots=True)
class SlotType:
    """What one slot holds.

    Attributes:
        kind: of the value.
        pointer: JSON pointer to the claim in the credential.
        minimum: least scalar; 0 for text.
        maximum: greatest scalar; 0 for text.
        optional: whether the claim may be absent.
        parameter: scale of a decimal (1 octet), digest of an enumeration's codes (32 octets), else empty.
    """

    kind: Kind
    pointer: str
    minimum: int
    maximum: int
    optional: bool
    parameter: bytes = b""

    def __post_init__(self) -> None:
        least, most = _BOUNDS[self.kind]
        if not least <= self.minimum <= self.maximum <= most:
            raise ZkError("predicates.types", f"the bounds of {self.pointer} do not fit {self.kind}")
        lengths = {Kind.DECIMAL: 1, Kind.ENUMERATION: hashlib.sha256().digest_size}
        if len(self.parameter) != lengths.get(self.kind, 0):
            raise ZkError("predicates.types", f"the parameter of {self.pointer} does not fit {self.kind}")
        if self.kind is Kind.DECIMAL and self.parameter[0] > _MAX_SCALE:
            raise ZkError("predicates.types", f"the scale of {self.pointer} exceeds {_MAX_SCALE}")
        if self.kind is Kind.REVOCATION and self.optional:
            raise ZkError("predicates.types", f"the revocation identifier {self.pointer} is optional")

    def admits(self, scalar: Scalar, *, absent: Scalar) -> bool:
        """Whether a value of this slot can have this scalar."""
        if self.kind is Kind.TEXT or (self.optional and scalar == absent):
            return True
        return self.minimum <= scalar <= self.maximum


@dataclass(frozen=True, slots=True)
class TypeMap:
    """The typed slots 0 … T-1 of a schema, in order."""

    slots: tuple[SlotType, ...]
    _digest: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.slots) > MAX_SLOTS:
            raise ZkError("predicates.types", f"{len(self.slots)} typed slots, expected at most {MAX_SLOTS}")
        if sum(slot.kind is Kind.REVOCATION for slot in self.slots) > 1:
            raise ZkError("predicates.types", "two revocation identifiers, expected at most one")
        frames = (_frame_slot(i, slot) for i, slot in enumerate(self.slots))
        object.__setattr__(self, "_digest", hashlib.sha256(b"".join(frames)).digest())

    def digest(self) -> bytes:
        """Return the SHA-256 that a header binds (section 2.3)."""
        return self._digest


def code_list_digest(codes: Sequence[str]) -> bytes:
    """Return the parameter of an enumeration: SHA-256 over one frame `code` for each code, in order."""
    return hashlib.sha256(b"".join(frame(b"code", code.encode()) for code in codes)).digest()


def slot_scalar(system: System, slot: SlotType, value: SlotValue) -> Scalar:
    """Map a value to the scalar of its slot; `predicates.value` where it is not one of this slot.

    An enumeration's value is its position in the code list, from 1; a timestamp is in UTC, whole seconds.
    """
    if value is None:
        if not slot.optional:
            raise ZkError("predicates.value", f"{slot.pointer} is absent and not optional")
        return system.ABSENT
    if slot.kind is Kind.TEXT:
        if not isinstance(value, str):
            raise _misfit(slot)
        return system.typed_scalar(b"text", unicodedata.normalize("NFC", value).encode())
    scalar = _number(slot, value)
    if not slot.minimum <= scalar <= slot.maximum:
        raise _misfit(slot)
    return Scalar(scalar)


def quad_scalar(system: System, quad: bytes) -> Scalar:
    """Map one canonical N-Quads line, with its newline, to the scalar of a text slot."""
    return system.typed_scalar(b"quad", quad)


def _number(slot: SlotType, value: SlotValue) -> int:
    """Map a value to an integer, before its bounds are looked at."""
    kind = slot.kind
    if kind is Kind.BOOLEAN and isinstance(value, bool):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if kind is Kind.INTEGER:
            return value + _OFFSET
        if kind in {Kind.ENUMERATION, Kind.REVOCATION}:
            return value
    if kind is Kind.DECIMAL and isinstance(value, Decimal) and value.is_finite():
        numerator, denominator = value.as_integer_ratio()
        scaled, rest = divmod(numerator * int(10 ** slot.parameter[0]), denominator)
        if not rest:
            return scaled + _OFFSET
    if kind is Kind.TIMESTAMP and isinstance(value, dt.datetime):
        return _seconds(slot, value)
    if kind is Kind.DATE and isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value.toordinal()
    raise _misfit(slot)


def _seconds(slot: SlotType, value: dt.datetime) -> int:
    if value.utcoffset() != dt.timedelta(0) or value.microsecond:
        raise _misfit(slot)
    return (value.toordinal() - 1) * _DAY_SECONDS + value.hour * 3600 + value.minute * 60 + value.second


def _misfit(slot: SlotType) -> ZkError:
    return ZkError(
        "predicates.value",
        f"the value at {slot.pointer} is not a {slot.kind} within its bounds",
        remedy="issue values that the schema's type map admits",
        clause="2.2",
    )


def _frame_slot(index: int, slot: SlotType) -> bytes:
    return frame(
        b"slot",
        u64(index),
        frame(b"kind", slot.kind.encode()),
        frame(b"param", slot.parameter),
        u8(slot.optional),
        i128(slot.minimum),
        i128(slot.maximum),
        frame(b"pointer", slot.pointer.encode()),
    )
