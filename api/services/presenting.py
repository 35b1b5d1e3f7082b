"""Presenting for machines: credentials in a presentation that a hosted DID signs.

A DID that is hosted here names whoever presents, so it is for organisations and machines: their presentations
can be linked by it. Verifiers take them where their policy says so (`holderMethods`). A person's wallet signs
with a did:key made for one presentation.

Not here: the forms (`credentials.dialects.wrapping`), deriving (`api.services.deriving`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from api.keys import did_keys
from api.services import idempotency, issuers
from credentials.dialects import wrapping
from credentials.dialects.securing import IssuingKey
from credentials.errors import CredentialError
from did.document import AUTHENTICATION

if TYPE_CHECKING:
    from api.services.core import Caller, Core
    from api.services.idempotency import Json, Once
    from did.types import JsonObject, JsonValue


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is answered, in which form, with which key (None: the newest of its type)."""

    challenge: str
    domain: str
    form: str
    verification_method: str | None = None


async def create(
    core: Core, caller: Caller, presentation: JsonObject, wanted: Wanted, key: Once | None
) -> Json:
    """Sign a presentation. Codes: `presentation.*`, `did.unknown`, `issuer.key-missing` and the form's."""
    before = idempotency.earlier(core, caller, key)
    if before is not None:
        return before
    holder = _named(presentation.get("holder"))
    kinds = wrapping.key_types(wanted.form, core.suites.by_name)
    named = () if wanted.verification_method is None else (wanted.verification_method,)
    scid = issuers.own_scid(core, caller, holder)
    signer = did_keys.signing_key(core, caller.tenant, scid, named, kinds, purpose=AUTHENTICATION)
    work = partial(
        wrapping.wrap,
        presentation,
        holder=holder,
        form=wanted.form,
        answer=wrapping.Answer(IssuingKey(*signer), wanted.challenge, wanted.domain, core.system.now()),
        suites=core.suites.by_name,
        random_bytes=core.system.random_bytes,
    )
    answer: Json = {"verifiablePresentation": await core.pool.run(work)}
    if key is None:
        return answer
    return await idempotency.run(core, caller, key, lambda _unit: answer)


def _named(holder: JsonValue) -> str:
    found = holder.get("id") if isinstance(holder, dict) else holder
    if not isinstance(found, str):
        raise CredentialError(
            "presentation.holder",
            "the presentation names no holder",
            clause="VCDM 2.0, 4.13.1",
            remedy="name a DID whose keys are kept here as holder",
        )
    return found
