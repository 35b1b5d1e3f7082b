"""Who may do what: clients, their secrets, and the short-lived tokens they get (RFC 6749 section 4.4).

Checklist for a token request, in this order:
1. one Basic credential, well formed (`auth.client`)
2. the client is known and its secret's digest equals, in constant time (`auth.client`, the same answer)
3. the scopes asked for are among the client's (`auth.scope`)
4. the token is 256 random bits, stored as SHA-256, for at most 15 minutes
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, insert, select, update
from sqlmodel import col

from api.errors import ApiError, RefusedError
from api.services.core import Caller, Core, digest
from api.store.tables import Client, Token

if TYPE_CHECKING:
    from api.store.writer import Unit

PATHS: Final = (
    "/clients",
    "/dids",
    "/evidence",
    "/issuers",
    "/policies",
    "/schemas",
    "/challenges",
    "/credentials/issue",
    "/credentials/verify",
    "/credentials/derive",
    "/credentials/status",
    "/presentations",
    "/presentations/verify",
)
SCOPES: Final = {
    f"{verb}:{path}": f"{word} {path}"
    for path in PATHS
    for verb, word in (("write", "Change or use"), ("read", "Read"))
}
MAX_BASIC: Final = 1024
_TOKEN: Final = select(col(Token.tenant), col(Token.client_id), col(Token.scopes), col(Token.expires)).where(
    col(Token.digest) == bindparam("digest")
)
"""Built once: it runs for every request."""
_EXPIRES: Final = 3
"""Its last column."""


@dataclass(frozen=True, slots=True)
class NewClient:
    """A client as its maker sees it, once; the secret does not show in a repr."""

    client_id: str
    secret: str
    scopes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"NewClient({self.client_id})"


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token as its client sees it, once."""

    value: str
    scopes: tuple[str, ...]
    seconds: int

    def __repr__(self) -> str:
        return "NewToken(…)"


def new_client(core_token: str, secret: str, scopes: frozenset[str]) -> NewClient:
    """Name a client and its secret."""
    return NewClient(f"client-{core_token}", secret, tuple(sorted(scopes)))


def insert_client(unit: Unit, client: NewClient, *, tenant: str, name: str, now: int) -> None:
    """Store a client with the digest of its secret."""
    unit.connection.execute(
        insert(Client).values(
            client_id=client.client_id,
            tenant=tenant,
            name=name,
            secret_hash=digest(client.secret),
            scopes=" ".join(client.scopes),
            created=now,
        )
    )


def replace_secret(unit: Unit, client: NewClient) -> None:
    """Give a stored client a new secret and end its tokens."""
    unit.connection.execute(
        update(Client)
        .where(col(Client.client_id) == client.client_id)
        .values(secret_hash=digest(client.secret))
    )
    unit.connection.execute(delete(Token).where(col(Token.client_id) == client.client_id))


def grantable(caller: Caller, scopes: list[str]) -> frozenset[str]:
    """The scopes that `caller` may hand on. Codes `scope.unknown`, `auth.scope`."""
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise ApiError(
            "scope.unknown", "a scope is not known here", remedy="Known scopes are listed at /docs."
        )
    if not caller.scopes.issuperset(scopes):
        raise _missing_scope(" ".join(sorted(set(scopes) - caller.scopes)))
    return frozenset(scopes)


async def issue_token(core: Core, authorization: str | None, scope: str | None) -> NewToken:
    """Answer a token request; see the module's checklist."""
    client_id, secret = _basic(authorization)  # 1
    row = core.reader.first(
        select(col(Client.tenant), col(Client.secret_hash), col(Client.scopes)).where(
            col(Client.client_id) == client_id
        )
    )
    known = row.secret_hash if row is not None else bytes(32)
    if not hmac.compare_digest(known, digest(secret)) or row is None:  # 2
        raise _unknown_client()
    held = frozenset(row.scopes.split())
    wanted = frozenset(scope.split()) if scope else held
    if not wanted <= held:  # 3
        raise RefusedError(
            "auth.scope",
            "this client may not have every scope it asked for",
            remedy="Ask for fewer scopes, or register a client that holds them.",
            clause="RFC 6749 section 5.2",
        )
    token = NewToken(core.token(), tuple(sorted(wanted)), core.settings.token_seconds)  # 4
    values = {
        "digest": digest(token.value),
        "tenant": row.tenant,
        "client_id": client_id,
        "scopes": " ".join(token.scopes),
        "expires": core.system.seconds() + token.seconds,
    }

    def store(unit: Unit) -> None:
        unit.connection.execute(insert(Token).values(**values))

    await core.writer.run(store)
    return token


def authenticate(core: Core, authorization: str | None) -> Caller:
    """The caller behind a Bearer token. Codes `auth.missing`, `auth.token`."""
    kind, _, value = (authorization or "").partition(" ")
    if kind.lower() != "bearer" or not value:
        raise RefusedError(
            "auth.missing",
            "this address needs an access token",
            remedy="POST /token with the client's id and secret, then send Authorization: Bearer <token>.",
            clause="RFC 6750 section 3.1",
        )
    rows = core.reader.keyed(_TOKEN, {"digest": digest(value)})
    if not rows or rows[0][_EXPIRES] <= core.system.seconds():
        raise RefusedError(
            "auth.token",
            "the access token is unknown or has expired",
            remedy="POST /token for a new one; tokens live 15 minutes.",
            clause="RFC 6750 section 3.1",
            headers={"WWW-Authenticate": 'Bearer realm="avow", error="invalid_token"'},
        )
    tenant, client_id, scopes, _ = rows[0]
    return Caller(tenant, client_id, frozenset(scopes.split()))


def require(caller: Caller, scope: str) -> None:
    """Refuse a caller whose token lacks `scope` (`auth.scope`)."""
    if scope not in caller.scopes:
        raise _missing_scope(scope)


def _missing_scope(scope: str) -> RefusedError:
    return RefusedError(
        "auth.scope",
        f"the access token lacks the scope {scope}",
        remedy=f"POST /token with a scope parameter that names {scope}.",
        clause="RFC 6750 section 3.1",
        headers={"WWW-Authenticate": f'Bearer realm="avow", error="insufficient_scope", scope="{scope}"'},
    )


def _unknown_client() -> RefusedError:
    return RefusedError(
        "auth.client",
        "the client id and secret are not those of a client",
        remedy="The first client's are in bootstrap-client.json; `avow client reset` makes new ones.",
        clause="RFC 6749 section 5.2",
        headers={"WWW-Authenticate": 'Basic realm="avow", charset="UTF-8"'},
    )


def _basic(authorization: str | None) -> tuple[str, str]:
    kind, _, value = (authorization or "").partition(" ")
    if kind.lower() != "basic" or len(value) > MAX_BASIC:
        raise _unknown_client()
    try:
        decoded = base64.b64decode(value, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        raise _unknown_client() from None
    client_id, colon, secret = decoded.partition(":")
    if not colon or not client_id or not secret:
        raise _unknown_client()
    return client_id, secret
