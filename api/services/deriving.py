"""Deriving for machines: part of a bbs-2023 credential, bound as a presentation would bind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.errors import ApiError
from api.services import idempotency, issuers
from credentials.formats import BBS_2023
from credentials.verifying import binding

if TYPE_CHECKING:
    from api.services.core import Caller, Core
    from api.services.idempotency import Json, Once
    from did.types import JsonObject


async def derive(
    core: Core,
    caller: Caller,
    document: JsonObject,
    *,
    pointers: tuple[str, ...],
    domain: str,
    challenge: str,
    holder: str,
    key: Once | None,
) -> Json:
    """Derive a credential that shows `pointers` and what is mandatory."""
    before = idempotency.earlier(core, caller, key)
    if before is not None:
        return before
    suite = core.suites.by_name.get(BBS_2023)
    if suite is None:
        raise ApiError("service.not-ready", "bbs-2023 is not available")
    header = binding.presentation_header(
        domain=domain, challenge=challenge, holder_key=issuers.holder_key(holder)
    )
    derived = await core.pool.run(
        suite.present, document, pointers=pointers, header=header, random_bytes=core.system.random_bytes
    )
    answer: Json = {"verifiableCredential": derived}
    if key is None:
        return answer
    return await idempotency.run(core, caller, key, lambda _unit: answer)
