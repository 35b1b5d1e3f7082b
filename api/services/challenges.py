"""Challenges: 256 bits, bound to client, domain and query, used up by the first presentation that parses.

Invariants:
- Another client's challenge is unknown, as a random one is.
- It is consumed by one atomic update in the transaction that records the verdict, so of many parallel
  answers exactly one gets a verdict.
- What is asked is what the verifier fixed here; nothing about it is read from the presentation.
- `today` and `now` in what is to be proven become a day and a time here, so that holder and verifier mean the
  same ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import insert, select, update
from sqlmodel import col

from api.errors import ApiError
from api.services import idempotency
from api.services.core import Caller, Core, digest
from api.store.tables import Challenge
from credentials.exchange.request import PresentationRequest

if TYPE_CHECKING:
    from api.services.idempotency import Json, Once
    from api.store.writer import Unit
    from did.types import JsonObject


@dataclass(frozen=True, slots=True)
class Asked:
    """A challenge that may still be answered, and what it was made for."""

    digest: bytes
    domain: str
    query: JsonObject | None


async def create(
    core: Core, caller: Caller, *, domain: str, query: JsonObject | None, key: Once | None
) -> Json:
    """Make a challenge for `domain`; `query` (DCQL) is what its answer must disclose."""
    before = idempotency.earlier(core, caller, key)
    if before is not None:
        return before
    challenge = core.token()
    asked = PresentationRequest.parse({"challenge": challenge, "domain": domain, "query": query}).query
    now = core.system.seconds()
    if asked is not None:
        moment = datetime.fromtimestamp(now, UTC)
        query = asked.resolved(today=moment.date(), now=moment).to_json()
    expires = now + core.settings.challenge_seconds

    def command(unit: Unit) -> Json:
        unit.connection.execute(
            insert(Challenge).values(
                digest=digest(challenge),
                tenant=caller.tenant,
                client_id=caller.client_id,
                domain=domain,
                query=orjson.dumps(query).decode(),
                created=now,
                expires=expires,
            )
        )
        return {"challenge": challenge, "domain": domain, "expires": timestamp(expires), "query": query}

    return await idempotency.run(core, caller, key, command)


def find(core: Core, caller: Caller, challenge: str) -> Asked:
    """The challenge, if the caller may still use it; codes `challenge.unknown`, `.used`, `.expired`."""
    found = digest(challenge)
    row = core.reader.first(
        select(
            col(Challenge.domain), col(Challenge.query), col(Challenge.expires), col(Challenge.used)
        ).where(
            col(Challenge.digest) == found,
            col(Challenge.tenant) == caller.tenant,
            col(Challenge.client_id) == caller.client_id,
        )
    )
    if row is None:
        raise ApiError(
            "challenge.unknown",
            "this client was given no such challenge",
            remedy="POST /challenges and present again with what it gives.",
        )
    if row.used is not None:
        raise used()
    if row.expires <= core.system.seconds():
        raise ApiError(
            "challenge.expired",
            "the challenge has expired",
            remedy="POST /challenges and present again with what it gives.",
        )
    return Asked(found, row.domain, orjson.loads(row.query))


def consume(unit: Unit, asked: Asked, now: int) -> None:
    """Use the challenge up; `challenge.used` where another answer was first."""
    result = unit.connection.execute(
        update(Challenge)
        .where(col(Challenge.digest) == asked.digest, col(Challenge.used).is_(None))
        .values(used=now)
    )
    if result.rowcount != 1:
        raise used()


def used() -> ApiError:
    """The refusal of a second answer."""
    return ApiError(
        "challenge.used",
        "the challenge was answered before",
        remedy="POST /challenges and present again with what it gives.",
    )


def timestamp(seconds: int) -> str:
    """Seconds since 1970 as an RFC 3339 time in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
