"""Issuing: profiles, and credentials signed by them.

A profile binds a path (`/issuers/{profile}/…`) to a DID of the tenant, the forms of its credentials, a schema
and a validity; requests carry none of these.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import orjson
from sqlalchemy import Select, select
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import col

from api.errors import ApiError
from api.keys import did_keys
from api.services import idempotency, schema_sources
from api.services.enrolment import profiles
from api.services.status import allocating, lists, places
from api.store.tables import DidRow, Issuer
from credentials import issuing, pointers
from credentials.dialects.securing import Blind, IssuingKey
from credentials.errors import CredentialError
from credentials.issuing import IssuerProfile
from credentials.suites.bbs_features import Feature
from did.errors import DidError
from did.identifiers import Did
from did.keys import PublicKey
from did.methods.webvh import WebvhDid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.services.core import Caller, Core
    from api.services.idempotency import Json, Once
    from api.services.status.places import Allocation
    from api.store.writer import Unit
    from credentials.dialects.securing import Dialect
    from did.types import JsonObject, JsonValue


_NOT_BLIND: Final = Blind()


@dataclass(frozen=True, slots=True)
class Profile:
    """What a profile says, as it was put."""

    name: str
    did: str
    formats: tuple[str, ...]
    schema: str | None = None
    verification_methods: tuple[str, ...] = ()
    validity_days: int | None = None
    vct: str | None = None
    mandatory_pointers: tuple[str, ...] | None = None
    status: tuple[str, ...] = ()
    revocable: bool | None = None
    feature: Feature | None = None

    def to_json(self) -> Json:
        """The profile as answers show it."""
        members = {
            "profile": self.name,
            "did": self.did,
            "formats": list(self.formats),
            "schema": self.schema,
            "verificationMethods": list(self.verification_methods) or None,
            "validityDays": self.validity_days,
            "vct": self.vct,
            "mandatoryPointers": None if self.mandatory_pointers is None else list(self.mandatory_pointers),
            "status": list(self.status) or None,
            "revocable": self.revocable,
            "bbs2023": self.feature,
        }
        return {name: value for name, value in members.items() if value is not None}


async def put(core: Core, caller: Caller, profile: Profile, key: Once | None) -> tuple[Json, bool]:
    """Set a profile; tells whether it is new.

    Codes `did.unknown`, `issue.format`, `issue.pointers`, `issue.linkable`, `pointer.malformed`,
    `schema.unknown`, `schema.deprecated`, `status.purpose`, `issuer.key-missing`, `issuer.revocable`,
    `issuer.feature`.
    """
    chosen = issuing.chosen_dialects(_issuer_profile(core, profile), core.suites.dialects)
    _check_pointers(profile, chosen)
    profile = _with_status(core, caller, profile, chosen)
    profiles.check_feature(profile.formats, profile.feature)
    profile = replace(profile, revocable=profiles.check_revocable(profile.formats, profile.revocable))
    _keys(core, caller, profile, chosen)
    published = await _published(core, caller, profile)
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
    return {**profile.to_json(), **published}, bool(done["created"])


async def _published(core: Core, caller: Caller, profile: Profile) -> Json:
    """What a profile of blind signatures has beside itself, made with the first one of its issuer."""
    if profiles.BLIND not in profile.formats:
        return {}
    revocable = profile.revocable is True
    profiles.typing_for(core, profile.schema, revocable=revocable)
    made = await profiles.publish(core, caller.tenant, profile.did, revocable=revocable)
    return made.to_json(core.settings.public_url)


def get(core: Core, caller: Caller, name: str) -> Profile:
    """A profile of the caller's tenant (`issuer.unknown`)."""
    row = core.reader.first(_query(caller, name))
    if row is None:
        raise ApiError(
            "issuer.unknown", "there is no profile of that name here", remedy="PUT /issuers/{profile} first."
        )
    return read(name, row.settings)


def read(name: str, settings: str) -> Profile:
    """The profile that was stored under a name."""
    stored = orjson.loads(settings)
    mandatory = stored.get("mandatoryPointers")
    return Profile(
        name=name,
        did=stored["did"],
        formats=tuple(stored["formats"]),
        schema=stored.get("schema"),
        verification_methods=tuple(stored.get("verificationMethods", ())),
        validity_days=stored.get("validityDays"),
        vct=stored.get("vct"),
        mandatory_pointers=None if mandatory is None else tuple(mandatory),
        status=tuple(stored.get("status", ())),
        revocable=stored.get("revocable"),
        feature=None if stored.get("bbs2023") is None else Feature(stored["bbs2023"]),
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one request adds to the profile: what is always shown, and the holder's did:key."""

    mandatory_pointers: tuple[str, ...] | None = None
    holder: str | None = None


async def issue(
    core: Core, caller: Caller, name: str, credential: JsonObject, wanted: Wanted, key: Once | None
) -> Json:
    """Sign a credential by a profile, in each of its forms."""
    before = idempotency.earlier(core, caller, key)
    if before is not None:
        return before
    settled = settle(core, caller, get(core, caller, name))
    if settled.profile.status:
        credential = await _allocated(core, caller, settled, credential)
    work = partial(sign, core, settled, credential, wanted)
    # Signing a graph, or many forms, takes milliseconds.
    answer = await core.pool.run(work) if any(form.selective for form in settled.chosen) else work()
    if key is None:
        return answer
    return await idempotency.run(core, caller, key, lambda _unit: answer)


@dataclass(frozen=True, slots=True)
class Settled:
    """A profile that is ready to sign: its forms and their keys, looked up once for many credentials."""

    profile: Profile
    issuer: IssuerProfile
    chosen: tuple[Dialect, ...]
    keys: dict[str, IssuingKey]


def settle(core: Core, caller: Caller, profile: Profile) -> Settled:
    """Look up what signs (`did.unknown`, `did.deactivated`, `issuer.key-missing`)."""
    issuer = _issuer_profile(core, profile)
    chosen = issuing.chosen_dialects(issuer, core.suites.dialects)
    return Settled(profile, issuer, chosen, _keys(core, caller, profile, chosen))


def check_allocatable(core: Core, settled: Settled, credential: JsonObject) -> None:
    """Refuse what could not be issued before it uses up an index (`issue.*`, as `issuing.prepare`)."""
    if "credentialStatus" in credential:
        raise CredentialError(
            "issue.status",
            "the template has a credentialStatus, and the profile gives one",
            remedy="leave it out",
        )
    now, chosen = core.system.now(), settled.chosen
    issuing.prepare(credential, profile=settled.issuer, chosen=chosen, now=now, known=core.known)


def status_of(given: Allocation) -> JsonValue:
    """What stands as `credentialStatus` for an index that was given out."""
    entries = given.entries()
    return entries if len(entries) > 1 else entries[0]


def sign(
    core: Core, settled: Settled, credential: JsonObject, wanted: Wanted, *, blind: Blind = _NOT_BLIND
) -> Json:
    """Sign one credential in each form of its profile, as the answer shows it; in any thread."""
    profile = settled.issuer
    if wanted.mandatory_pointers is not None:
        profile = replace(profile, mandatory_pointers=wanted.mandatory_pointers)
    issued = issuing.issue(
        credential,
        profile=profile,
        dialects=core.suites.dialects,
        keys=settled.keys,
        now=core.system.now(),
        random_bytes=core.system.random_bytes,
        holder=None if wanted.holder is None else holder_key(wanted.holder),
        blind=blind,
        known=core.known,
    )
    answer: Json = {"verifiableCredential": issued[settled.chosen[0].name]}
    if len(issued) > 1:
        answer["forms"] = issued
    return answer


def holder_key(holder: str) -> PublicKey:
    """Read a holder's did:key (`holder.did-key`)."""
    did = Did.parse(holder)
    if did.method != "key":
        raise DidError(
            "holder.did-key", "the holder is a did:key", remedy="Make a key for this presentation."
        )
    return PublicKey.from_multikey(did.method_specific_id)


def _keys(core: Core, caller: Caller, profile: Profile, chosen: Sequence[Dialect]) -> dict[str, IssuingKey]:
    """The key for each form: a named one of the right type, else the newest such (`issuer.key-missing`)."""
    scid = own_scid(core, caller, profile.did)
    return {
        dialect.name: IssuingKey(
            *did_keys.signing_key(core, caller.tenant, scid, profile.verification_methods, dialect.key_types)
        )
        for dialect in chosen
    }


def _check_pointers(profile: Profile, chosen: Sequence[Dialect]) -> None:
    """What could never be issued is refused when the profile is set, not at each credential."""
    if profile.mandatory_pointers and not any(dialect.selective for dialect in chosen):
        raise CredentialError(
            "issue.pointers",
            f"{', '.join(profile.formats)}: everything is disclosed, so no pointers are mandatory",
            remedy="leave mandatoryPointers out, or choose a form of selective disclosure, as bbs-2023",
        )
    for pointer in profile.mandatory_pointers or ():
        pointers.parse(pointer)


def _with_status(core: Core, caller: Caller, profile: Profile, chosen: Sequence[Dialect]) -> Profile:
    """The profile with its purposes in order; what could never be signed is refused here."""
    if not profile.status:
        return profile
    purposes = places.ordered(profile.status)
    if purposes is None:
        raise ApiError(
            "status.purpose",
            "a profile's status is for revocation, or for revocation and suspension",
            remedy='Put "status": true, or ["revocation", "suspension"].',
        )
    if any(dialect.unlinkable for dialect in chosen):
        raise CredentialError(
            "issue.linkable",
            "a status index would link all presentations of a credential",
            remedy="leave status out, or leave the unlinkable form out",
        )
    lists.signer(core, caller.tenant, own_scid(core, caller, profile.did))
    return replace(profile, status=purposes)


async def _allocated(core: Core, caller: Caller, settled: Settled, credential: JsonObject) -> JsonObject:
    """The template with the status that the profile gives it, durable from here on."""
    check_allocatable(core, settled, credential)
    profile = settled.profile
    identifier = credential.get("id")
    known = [identifier if isinstance(identifier, str) else None]
    [given] = await allocating.allocate(core, caller.tenant, profile.did, profile.status, known)
    return {**credential, "credentialStatus": status_of(given)}


def _issuer_profile(core: Core, profile: Profile) -> IssuerProfile:
    vocabulary = schema_sources.vocabulary(core, profile.schema)
    mandatory = profile.mandatory_pointers
    return IssuerProfile(
        did=profile.did,
        formats=profile.formats,
        contexts=vocabulary.contexts,
        types=vocabulary.types,
        schema=profile.schema,
        validity_days=profile.validity_days,
        mandatory_pointers=issuing.MANDATORY if mandatory is None else mandatory,
        vct=profile.vct or vocabulary.vct,
    )


def own_scid(core: Core, caller: Caller, did: str) -> str:
    """The SCID of a DID of the caller's tenant. Codes `did.unknown`, `did.deactivated`."""
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
