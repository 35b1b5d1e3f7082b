"""Stored profiles and policies name forms of credentials, where they named cryptosuites.

A profile's one `cryptosuite` becomes its list of `formats`, its one `verificationMethod` a list. A policy
goes on accepting what it accepted: whoever wrote a list of two wanted those two. The first client, which
holds every scope, may make presentations too.

Not here: profiles and policies that are written in the new way already; they stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Callable

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PATHS = (
    "/challenges",
    "/clients",
    "/credentials/derive",
    "/credentials/issue",
    "/credentials/status",
    "/credentials/verify",
    "/dids",
    "/evidence",
    "/issuers",
    "/policies",
    "/presentations/verify",
    "/schemas",
)
"""The paths of every scope before this revision."""
_KEYS = {"issuers": ("tenant", "profile"), "policies": ("tenant", "client_id", "name", "version")}


def upgrade() -> None:
    """Write them anew."""
    _rewrite("issuers", _profile)
    _rewrite("policies", _policy)
    _give_first_client(_scopes(PATHS), _scopes((*PATHS, "/presentations")))


def downgrade() -> None:
    """Keep the first form and key of a profile: the older text has room for one."""
    _give_first_client(_scopes((*PATHS, "/presentations")), _scopes(PATHS))
    _rewrite("issuers", _older_profile)
    _rewrite("policies", _older_policy)


def _rewrite(table: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    names = _KEYS[table]
    rows = sa.table(table, *(sa.column(name) for name in (*names, "settings")))
    connection = op.get_bind()
    for row in connection.execute(sa.select(rows)).all():
        stored = orjson.loads(row.settings)
        changed = change(dict(stored))
        if changed == stored:
            continue
        option = orjson.OPT_SORT_KEYS if table == "policies" else 0  # as each is written today
        one = sa.and_(*(rows.c[name] == getattr(row, name) for name in names))
        text = orjson.dumps(changed, option=option).decode()
        connection.execute(sa.update(rows).where(one).values(settings=text))


def _profile(stored: dict[str, Any]) -> dict[str, Any]:
    if "cryptosuite" in stored:
        stored.setdefault("formats", [stored.pop("cryptosuite")])
    if "verificationMethod" in stored:
        stored.setdefault("verificationMethods", [stored.pop("verificationMethod")])
    return stored


def _policy(stored: dict[str, Any]) -> dict[str, Any]:
    if "acceptedCryptosuites" in stored:
        stored.setdefault("acceptedFormats", stored.pop("acceptedCryptosuites"))
    return stored


def _older_profile(stored: dict[str, Any]) -> dict[str, Any]:
    if "formats" in stored:
        stored["cryptosuite"] = stored.pop("formats")[0]
    if "verificationMethods" in stored:
        stored["verificationMethod"] = stored.pop("verificationMethods")[0]
    return stored


def _older_policy(stored: dict[str, Any]) -> dict[str, Any]:
    known = {
        "trustedIssuers",
        "requiredAssurance",
        "clockSkewSeconds",
        "unsafeAcceptUnbound",
        "unsafeAcceptExpired",
        "unsafeAcceptUnsupportedStatus",
        "unsafeAcceptUnknownSchema",
    }
    older = {name: value for name, value in stored.items() if name in known}
    if "acceptedFormats" in stored:
        older["acceptedCryptosuites"] = stored["acceptedFormats"]
    return older


def _scopes(paths: tuple[str, ...]) -> str:
    return " ".join(sorted(f"{verb}:{path}" for path in paths for verb in ("read", "write")))


def _give_first_client(before: str, after: str) -> None:
    clients = sa.table("clients", sa.column("name"), sa.column("tenant"), sa.column("scopes"))
    op.execute(
        clients.update()
        .where(clients.c.name == "bootstrap", clients.c.tenant == "default", clients.c.scopes == before)
        .values(scopes=after)
    )
