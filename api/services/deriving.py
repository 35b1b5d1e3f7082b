"""Deriving for machines: part of a credential, in each form that lets its holder choose.

Not here: the forms (`credentials.dialects.deriving`). A wallet derives on its holder's own computer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.services import idempotency, issuers, policies, reaching
from credentials.dialects import deriving
from credentials.dialects.deriving import Audience
from credentials.errors import CredentialError

if TYPE_CHECKING:
    from api.services.core import Caller, Core
    from api.services.idempotency import Json, Once
    from did.types import JsonObject


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to show; and to whom it is bound, where the form binds: all three, or none."""

    pointers: tuple[str, ...]
    domain: str | None = None
    challenge: str | None = None
    holder: str | None = None

    def audience(self) -> Audience | None:
        """Codes: derive.binding, holder.did-key."""
        if self.domain is None and self.challenge is None and self.holder is None:
            return None
        if self.domain is None or self.challenge is None or self.holder is None:
            raise CredentialError(
                "derive.binding",
                "a derived proof is bound to domain, challenge and holder together",
                remedy="give all three, or none",
            )
        return Audience(self.domain, self.challenge, issuers.holder_key(self.holder))


async def derive(
    core: Core, caller: Caller, document: JsonObject | str, wanted: Wanted, key: Once | None
) -> Json:
    """Derive a credential that shows what is wanted and what is mandatory."""
    before = idempotency.earlier(core, caller, key)
    if before is not None:
        return before
    derived = await core.pool.run(
        deriving.derive,
        document,
        selected=wanted.pointers,
        audience=wanted.audience(),
        means=reaching.Reach(core, policies.BUILT_IN).means(),
        random_bytes=core.system.random_bytes,
    )
    answer: Json = {"verifiableCredential": derived}
    if key is None:
        return answer
    return await idempotency.run(core, caller, key, lambda _unit: answer)
