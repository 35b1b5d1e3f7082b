"""Sets that a relying party publishes, so that holders can prove membership in them.

Invariants:
- a set is for one claim of one schema, and never changes: another version is another set with another digest.
- the key that signs its members is gone when the answer goes out: nobody can add a member.
- the members are public: whoever holds the digest can read the list.

Not here: the scalars (`credentials.predicates.sets`), where lists are served (`api.services.revocation`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.services import idempotency
from api.services.revocation import parameters
from api.services.revocation.places import parameters_url
from credentials import pointers
from credentials.predicates.expressions import Part, Path, SetMembership, Sum
from credentials.predicates.sets import set_scalars
from credentials.suites.predicates.typings import typing_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.services.core import Caller, Core
    from api.services.idempotency import Json, Once
    from did.types import JsonValue


@dataclass(frozen=True, slots=True)
class Wanted:
    """The claim, by schema and dotted path below `credentialSubject`, and the values."""

    schema: str
    claim: str
    values: Sequence[JsonValue]


async def publish(core: Core, caller: Caller, wanted: Wanted, key: Once | None) -> Json:
    """Publish a set. Codes schema.unknown, claims.unknown, claims.value, claims.set, predicates.set."""
    before = idempotency.earlier(core, caller, key)
    if before is not None:
        return before
    typing = typing_by(wanted.schema, core.known.schemas, width=None)
    names = tuple(wanted.claim.split("."))
    pointer = pointers.write(("credentialSubject", *names))
    members = set_scalars(core.revocations.system, typing, pointer, wanted.values)
    digest = await parameters.publish_members(core, caller.tenant, members)
    answer: Json = {
        "set": digest.hex(),
        "url": parameters_url(core.settings.public_url, digest),
        "schema": wanted.schema,
        "claim": wanted.claim,
        "members": len(members),
        "expression": SetMembership(Sum((Part(1, Path(names)),)), digest).text(),
    }
    return await idempotency.run(core, caller, key, lambda _unit: answer)
