"""What a query needs beside the credentials themselves: digit lists, gaps, published sets.

Holder and verifier ask the same question before they fetch or look up anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.predicates.expressions import (
    Between,
    Comparison,
    SetMembership,
    Unrevoked,
    queries_of,
)

if TYPE_CHECKING:
    from credentials.exchange.dcql import Query
    from credentials.predicates.expressions import Expression

_ORDERS: Final = frozenset({"<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True)
class Needs:
    """What is needed for one credential of a query.

    Attributes:
        proof: whether anything has to be proven of it.
        digits: whether ranges are shown by the digit list of its issuer.
        gaps: whether it is shown not to be revoked.
        sets: digests of the sets that are spoken about.
    """

    proof: bool
    digits: bool
    gaps: bool
    sets: frozenset[bytes]


def needs_of(query: Query, credential: str) -> Needs:
    """Say what a credential query needs, by its id; expressions of the whole query that name it count."""
    own = next((entry.prove for entry in query.credentials if entry.id == credential), ())
    asked = (*own, *(item for item in query.prove if credential in queries_of(item) or _alone(query)))
    return Needs(
        proof=bool(asked),
        digits=any(map(_by_digits, asked)),
        gaps=any(isinstance(item, Unrevoked) for item in asked),
        sets=frozenset(item.digest for item in asked if isinstance(item, SetMembership)),
    )


def _alone(query: Query) -> bool:
    return len(query.credentials) == 1


def _by_digits(expression: Expression) -> bool:
    match expression:
        case Comparison():
            return expression.operator in _ORDERS and not expression.bulletproof
        case Between():
            return not expression.bulletproof
        case Unrevoked():
            return True
        case _:
            return False
