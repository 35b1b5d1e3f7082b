"""Members of a published set: values of one claim, as the scalars that proofs speak about.

Text: `bbs-predicates-2026` version 1, sections 2.2 and 2.4.

Invariants
- a set is for one claim of one schema: equal scalars mean equal values only where kind, scale and codes are
  the same, and the list itself does not say for which claim it was made.
- values are read as strictly as in a credential; each once.

Not here: signing the members (`zk.predicates.published.lists`), where lists are kept (`api`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.predicates.claims import member_scalars
from zk.predicates.published.lists import MAX_MEMBERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from credentials.predicates.claims import Typing
    from did.types import JsonValue
    from zk.curve import Scalar
    from zk.predicates.system import System

KEY: Final = slice(8, 104)
"""Where a published list, of digits or of members, has its key: after the count."""
NO_SETS: Final[Mapping[bytes, bytes]] = {}


def set_scalars(
    system: System, typing: Typing, pointer: str, values: Sequence[JsonValue]
) -> tuple[Scalar, ...]:
    """Map values of a claim to scalars, ascending. Codes: claims.unknown, claims.value, claims.set."""
    slot = typing.slot_of(pointer)
    if slot is None:
        known = ", ".join(claim.pointer for claim in typing.claims)
        raise CredentialError(
            "claims.unknown",
            f"the schema types no claim at {pointer[:200]}",
            remedy=f"name one of {known}",
            clause="bbs-predicates-2026, 2.2",
        )
    if not 0 < len(values) <= MAX_MEMBERS:
        raise CredentialError("claims.set", f"{len(values)} values, a set has 1 to {MAX_MEMBERS}")
    scalars = member_scalars(system, typing, slot, values)
    if len(scalars) < len(values):
        raise CredentialError("claims.set", "two values are the same", remedy="list each value once")
    return scalars
