"""The typed slots of a credential: from its schema the type map, from its text the scalars.

Text: `bbs-predicates-2026` version 1, sections 2.1 to 2.3.

Invariants
- Slot i is the i-th typed claim of the schema, ascending by pointer; a revocation identifier comes last, with
  the empty pointer. So issuer, holder and verifier find the same slots from the same schema.
- Values are read strictly: a date is YYYY-MM-DD, a timestamp is in whole seconds, a decimal is a text.
- Errors name the claim, never its value.

Not here: reading the schema (`schemas.typed_claims`), quads and padding (the suite).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from did import jcs
from schemas import typed_claims as reading
from zk.errors import ZkError
from zk.predicates.slots import Kind, SlotType, SlotValue, TypeMap, code_list_digest, slot_scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from did.types import JsonObject, JsonValue
    from schemas.typed_claims import Bound, TypedClaim
    from zk.curve import Scalar
    from zk.predicates.system import System

OFFSET: Final = 1 << 63
"""What is added to an integer, or to a decimal times 10^scale, so that no scalar is negative."""

DAY_SECONDS: Final = 86_400
_DAYS: Final = dt.date.max.toordinal()
_OWN: Final = {
    Kind.INTEGER: (0, (1 << 64) - 1),
    Kind.DECIMAL: (0, (1 << 64) - 1),
    Kind.DATE: (1, _DAYS),
    Kind.TIMESTAMP: (0, _DAYS * DAY_SECONDS - 1),
    Kind.BOOLEAN: (0, 1),
    Kind.TEXT: (0, 0),
}


@dataclass(frozen=True, slots=True)
class Typing:
    """What the typed slots of a credential hold.

    Attributes:
        claims: typed claims of the schema, ascending by pointer.
        types: the type map; `types.slots[i]` belongs to `claims[i]`, a revocation slot may follow.
        schema: SHA-256 of the schema's JCS form.
    """

    claims: tuple[TypedClaim, ...]
    types: TypeMap
    schema: bytes

    @property
    def revocation_slot(self) -> int | None:
        """The slot of the revocation identifier; None where the credential cannot be revoked."""
        return len(self.claims) if len(self.types.slots) > len(self.claims) else None

    def slot_of(self, pointer: str) -> int | None:
        """Return the slot of a claim; None where the schema has no such typed claim."""
        return next((i for i, claim in enumerate(self.claims) if claim.pointer == pointer), None)


def typing_of(schema: JsonObject, *, width: int | None) -> Typing:
    """Give the typed slots of a schema, and of revocation identifiers of `width` bits (None: not revocable).

    Raises SchemasError as `schemas.typed_claims`; CredentialError ``claims.bounds``; DidError ``jcs.value``.
    """
    claims = reading.typed_claims(schema)
    slots = [_slot_type(claim) for claim in claims]
    if width is not None:
        slots.append(SlotType(Kind.REVOCATION, "", 1, (1 << width) - 2, optional=False))
    return Typing(claims, TypeMap(tuple(slots)), hashlib.sha256(jcs.canonicalize(schema)).digest())


def slot_scalars(
    system: System, typing: Typing, document: JsonObject, *, identifier: int | None
) -> tuple[Scalar, ...]:
    """Map the claims of a credential, and its revocation identifier, to the scalars of the typed slots.

    Raises CredentialError ``claims.value``.
    """
    if (identifier is None) is not (typing.revocation_slot is None):
        raise CredentialError(
            "claims.value",
            "a revocation identifier goes with a revocation slot",
            remedy="give the identifier where, and only where, the credential can be revoked",
            clause="bbs-predicates-2026, 2.1",
        )
    values: list[SlotValue] = [_value(claim, _find(document, claim)) for claim in typing.claims]
    if identifier is not None:
        values.append(identifier)
    return tuple(_scalar(system, slot, value) for slot, value in zip(typing.types.slots, values, strict=True))


def member_scalars(
    system: System, typing: Typing, slot: int, values: Sequence[JsonValue]
) -> tuple[Scalar, ...]:
    """Map values of one claim to the members of a set that may be published for it: ascending, each once.

    Raises CredentialError ``claims.value``.
    """
    claim, kind = typing.claims[slot], typing.types.slots[slot]
    if None in values:
        raise _misfit(claim)
    return tuple(sorted({_scalar(system, kind, _value(claim, value)) for value in values}))


def clear_scalar(slot: SlotType, value: Bound) -> int:
    """Map a number, date or time in clear to scalar space, without looking at bounds."""
    match value:
        case dt.datetime():
            return seconds_of(value)
        case dt.date():
            return value.toordinal()
        case Decimal():
            numerator, denominator = value.as_integer_ratio()
            return int(numerator * 10 ** slot.parameter[0] // denominator) + OFFSET
        case _:
            return int(value) + OFFSET


def _scalar(system: System, slot: SlotType, value: SlotValue) -> Scalar:
    try:
        return slot_scalar(system, slot, value)
    except ZkError as error:
        raise CredentialError(
            "claims.value", error.detail, remedy=error.remedy, clause="bbs-predicates-2026, 2.2"
        ) from None


def seconds_of(time: dt.datetime) -> int:
    """Count the seconds from the beginning of year 1 to a time, which is in UTC."""
    return (time.toordinal() - 1) * DAY_SECONDS + time.hour * 3600 + time.minute * 60 + time.second


def _slot_type(claim: TypedClaim) -> SlotType:
    kind = Kind(claim.kind)
    if kind is Kind.ENUMERATION:
        digest = code_list_digest(claim.codes)
        return SlotType(kind, claim.pointer, 1, len(claim.codes), claim.optional, digest)
    least, most = _OWN[kind]
    parameter = b"" if claim.scale is None else bytes([claim.scale])
    slot = SlotType(kind, claim.pointer, least, most, claim.optional, parameter)
    lower = least if claim.minimum is None else max(least, clear_scalar(slot, claim.minimum))
    upper = most if claim.maximum is None else min(most, clear_scalar(slot, claim.maximum))
    if lower > upper:
        raise CredentialError(
            "claims.bounds",
            f"the bounds of {claim.pointer} leave nothing that a {kind} can be",
            remedy="correct minimum and maximum in the schema",
            clause="bbs-predicates-2026, 2.2",
        )
    return SlotType(kind, claim.pointer, lower, upper, claim.optional, parameter)


def _find(document: JsonObject, claim: TypedClaim) -> JsonValue:
    """Return what stands at a pointer, None where nothing does."""
    found: JsonValue = document
    for step in claim.pointer.split("/")[1:]:
        if not isinstance(found, dict):
            raise _misfit(claim)
        name = step.replace("~1", "/").replace("~0", "~")
        if name not in found:
            return None
        found = found[name]
    if found is None:
        raise _misfit(claim)
    return found


def _value(claim: TypedClaim, found: JsonValue) -> SlotValue:
    """Read a value as its kind; whether it lies within bounds is `slot_scalar`'s to say."""
    if found is None:
        return None
    value: SlotValue = None
    if claim.kind in {"integer", "boolean"}:
        wanted = int if claim.kind == "integer" else bool
        value = found if isinstance(found, int) and type(found) is wanted else None
    elif isinstance(found, str):
        value = _text_value(claim, found)
    if value is None:
        raise _misfit(claim)
    return value


def _text_value(claim: TypedClaim, text: str) -> SlotValue:
    match claim.kind:
        case "decimal":
            return reading.read_decimal(text, claim.scale or 0)
        case "date":
            return reading.read_date(text)
        case "timestamp":
            return reading.read_timestamp(text)
        case "enumeration":
            return claim.codes.index(text) + 1 if text in claim.codes else None
        case _:
            return text


def _misfit(claim: TypedClaim) -> CredentialError:
    return CredentialError(
        "claims.value",
        f"{claim.pointer} is not a value of kind {claim.kind} as the schema has it",
        remedy="give a value that the schema admits; a proof cannot speak about another",
        clause="bbs-predicates-2026, 2.2",
    )
