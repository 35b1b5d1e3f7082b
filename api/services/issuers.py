"""Issuing: profiles, and credentials signed by them.

A profile binds a path (`/issuers/{profile}/…`) to a DID of the tenant, a cryptosuite, a schema and a
validity; requests carry none of these.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import Select, select
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import col

from api.errors import ApiError
from api.keys import did_keys
from api.services import idempotency, schema_sources
from api.store.tables import DidRow, Issuer
from credentials import issuing, pointers
from credentials.errors import CredentialError
from credentials.issuing import IssuerProfile
from did.methods.webvh import WebvhDid

if TYPE_CHECKING:
    from api.services.core import Caller, Core
    from api.services.idempotency import Json, Once
    from api.store.writer import Unit
    from credentials.securing import CredentialSuite
    from did.types import JsonObject


@dataclass(frozen=True, slots=True)
class Profile:
    """What a profile says, as it was put."""

    name: str
    did: str
    cryptosuite: str
    schema: str | None = None
    verification_method: str | None = None
    validity_days: int | None = None
    mandatory_pointers: tuple[str, ...] | None = None

    def to_json(self) -> Json:
        """The profile as answers show it."""
        members = {
            "profile": self.name,
            "did": self.did,
            "cryptosuite": self.cryptosuite,
            "schema": self.schema,
            "verificationMethod": self.verification_method,
            "validityDays": self.validity_days,
            "mandatoryPointers": None if self.mandatory_pointers is None else list(self.mandatory_pointers),
        }
        return {name: value for name, value in members.items() if value is not None}


async def put(core: Core, caller: Caller, profile: Profile, key: Once | None) -> tuple[Json, bool]:
    """Set a profile; tells whether it is new.

    Codes `did.unknown`, `issuer.cryptosuite`, `issue.pointers`, `pointer.malformed`, `schema.unknown`,
    `schema.deprecated`.
    """
    suite = _suite(core, profile.cryptosuite)
    _check_pointers(profile, suite)
    if profile.schema is not None:
        schema_sources.vocabulary(core, profile.schema)
    scid = _own(core, caller, profile.did)
    did_keys.signing_key(core, caller.tenant, scid, profile.verification_method, suite.key_type)
    values = {
        "tenant": caller.tenant,
        "profile": profile.name,
        "did": profile.did,
        "settings": orjson.dumps(profile.to_json()).decode(),
        "updated": core.system.seconds(),
    }

    def command(unit: Unit) -> Json:
        known = unit.connection.execute(_query(caller, profile.name)).first() is not None
        statement = insert(Issuer).values(**values)
        changed = {name: values[name] for name in ("did", "settings", "updated")}
        unit.connection.execute(
            statement.on_conflict_do_update(index_elements=["tenant", "profile"], set_=changed)
        )
        return {"created": not known}

    done = await idempotency.run(core, caller, key, command)
    return profile.to_json(), bool(done["created"])


def get(core: Core, caller: Caller, name: str) -> Profile:
    """A profile of the caller's tenant (`issuer.unknown`)."""
    row = core.reader.first(_query(caller, name))
    if row is None:
        raise ApiError(
            "issuer.unknown", "there is no profile of that name here", remedy="PUT /issuers/{profile} first."
        )
    stored = orjson.loads(row.settings)
    mandatory = stored.get("mandatoryPointers")
    return Profile(
        name=name,
        did=stored["did"],
        cryptosuite=stored["cryptosuite"],
        schema=stored.get("schema"),
        verification_method=stored.get("verificationMethod"),
        validity_days=stored.get("validityDays"),
        mandatory_pointers=None if mandatory is None else tuple(mandatory),
    )


async def issue(
    core: Core,
    caller: Caller,
    name: str,
    credential: JsonObject,
    mandatory_pointers: tuple[str, ...] | None,
    key: Once | None,
) -> Json:
    """Sign a credential by a profile."""
    before = idempotency.earlier(core, caller, key)
    if before is not None:
        return before
    profile = get(core, caller, name)
    if mandatory_pointers is not None:
        profile = replace(profile, mandatory_pointers=mandatory_pointers)
    suite = _suite(core, profile.cryptosuite)
    scid = _own(core, caller, profile.did)
    method, signer = did_keys.signing_key(
        core, caller.tenant, scid, profile.verification_method, suite.key_type
    )
    work = partial(
        issuing.issue,
        credential,
        profile=_issuer_profile(core, profile, method, suite),
        suites=core.suites.by_name,
        key=signer,
        now=core.system.now(),
        random_bytes=core.system.random_bytes,
        contexts=core.contexts,
        schemas=core.schemas,
    )
    secured = await core.pool.run(work) if suite.selective else work()
    answer: Json = {"verifiableCredential": secured}
    if key is None:
        return answer
    return await idempotency.run(core, caller, key, lambda _unit: answer)


def _check_pointers(profile: Profile, suite: CredentialSuite) -> None:
    """What could never be issued is refused when the profile is set, not at each credential."""
    if profile.mandatory_pointers and not suite.selective:
        raise CredentialError(
            "issue.pointers",
            f"{suite.name} discloses everything: no pointers are mandatory",
            remedy="leave mandatoryPointers out, or choose bbs-2023",
        )
    for pointer in profile.mandatory_pointers or ():
        pointers.parse(pointer)


def _issuer_profile(core: Core, profile: Profile, method: str, suite: CredentialSuite) -> IssuerProfile:
    contexts, types = ((), ()) if profile.schema is None else schema_sources.vocabulary(core, profile.schema)
    mandatory = profile.mandatory_pointers
    if mandatory is None:
        mandatory = issuing.MANDATORY if suite.selective else ()
    return IssuerProfile(
        did=profile.did,
        verification_method=method,
        cryptosuite=profile.cryptosuite,
        contexts=contexts,
        types=types,
        schema=profile.schema,
        validity_days=profile.validity_days,
        mandatory_pointers=mandatory,
    )


def _suite(core: Core, name: str) -> CredentialSuite:
    suite = core.suites.by_name.get(name)
    if suite is None:
        known = ", ".join(sorted(core.suites.by_name))
        raise ApiError("issuer.cryptosuite", f"the cryptosuite must be one of {known}")
    return suite


def _own(core: Core, caller: Caller, did: str) -> str:
    row = core.reader.first(
        select(col(DidRow.scid)).where(col(DidRow.did) == did, col(DidRow.tenant) == caller.tenant)
    )
    if row is None:
        raise ApiError("did.unknown", "this DID is not hosted here", remedy="POST /dids to make one.")
    scid: str = row.scid
    history = core.documents.history(scid)
    if history is not None and history.deactivated:
        raise ApiError("did.deactivated", "the DID is deactivated and issues nothing any more")
    return WebvhDid.parse(did).scid


def _query(caller: Caller, name: str) -> Select[str]:
    return select(col(Issuer.settings)).where(
        col(Issuer.tenant) == caller.tenant, col(Issuer.profile) == name
    )
