"""Digit lists and set lists, published by their digests.

Invariants:
- one digit list for each DID of a tenant. Its key lives in one call of a function: it is never stored, so
  nobody can ever sign 256 as a digit.
- what is served under a digest never changes.

Not here: whether a list's signatures hold; holders and verifiers check that (`zk.predicates.published`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import col

from api.errors import ApiError
from api.store.tables import Parameters
from credentials.revocation import DIGITS, SET, parameters_digest
from zk import bbs
from zk.predicates.published.lists import publish_digits, publish_set

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.services.core import Core
    from api.store.reader import Reader
    from api.store.writer import Unit
    from zk.curve import Scalar

_DIGITS: Final = "digits"
_SET: Final = "set"
_BY_DIGEST: Final = select(col(Parameters.content)).where(col(Parameters.digest) == bindparam("digest"))
_DIGITS_OF: Final = select(col(Parameters.digest)).where(
    col(Parameters.tenant) == bindparam("tenant"),
    col(Parameters.did) == bindparam("did"),
    col(Parameters.kind) == _DIGITS,
)


async def publish_members(core: Core, tenant: str, members: Sequence[Scalar]) -> bytes:
    """Sign the members of a set under a key of its own, and give the digest; durable when this returns."""
    content = await core.pool.run(partial(_make_set, core, members))
    values = {
        "digest": parameters_digest(content, SET),
        "tenant": tenant,
        "did": "",
        "kind": _SET,
        "content": content,
        "created": core.system.seconds(),
    }

    def command(unit: Unit) -> bytes:
        unit.connection.execute(insert(Parameters).values(**values))
        return parameters_digest(content, SET)

    return await core.writer.run(command)


async def ensure_digit_list(core: Core, tenant: str, did: str) -> bytes:
    """Give the digest of an issuer's digit list, made now where there is none; durable when this returns.

    The caller has looked that the DID is the tenant's.
    """
    known = digit_list_of(core, tenant, did)
    if known is not None:
        return known
    content = await core.pool.run(partial(_make, core))
    values = {
        "digest": parameters_digest(content, DIGITS),
        "tenant": tenant,
        "did": did,
        "kind": _DIGITS,
        "content": content,
        "created": core.system.seconds(),
    }

    def command(unit: Unit) -> bytes:
        # Whoever came first stays; the other list was never shown.
        unit.connection.execute(insert(Parameters).values(**values).on_conflict_do_nothing())
        stored: bytes = unit.connection.execute(_DIGITS_OF, {"tenant": tenant, "did": did}).scalar_one()
        return stored

    return await core.writer.run(command)


def digit_list_of(core: Core, tenant: str, did: str) -> bytes | None:
    """Give the digest of an issuer's digit list, if it has one."""
    row = core.reader.first(_DIGITS_OF, {"tenant": tenant, "did": did})
    return None if row is None else row.digest


def find(reader: Reader, digest: bytes) -> bytes | None:
    """Give the octets of a published list, if it is published here."""
    row = reader.first(_BY_DIGEST, {"digest": digest})
    return None if row is None else row.content


def read(core: Core, digest: bytes) -> bytes:
    """Give the octets of a published list (`parameters.unknown`)."""
    content = find(core.reader, digest)
    if content is None:
        raise ApiError(
            "parameters.unknown",
            "no list of that digest is published here",
            remedy="Ask the service of its publisher.",
        )
    return content


def _make_set(core: Core, members: Sequence[Scalar]) -> bytes:
    """Sign members under a key that is gone when this returns."""
    secret = bbs.key_generate(core.suites.bbs, core.system.random_bytes(32))
    return publish_set(core.revocations.system, secret, members)


def _make(core: Core) -> bytes:
    """Sign the digits under a key that is gone when this returns."""
    secret = bbs.key_generate(core.suites.bbs, core.system.random_bytes(32))
    return publish_digits(core.revocations.system, secret)
