"""A database written by an earlier version, as the newest code brings it up to date."""

from __future__ import annotations

from importlib.resources import as_file, files

import orjson
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from api.store.migrate import HEAD, migrate, revision
from credentials.verifying.policy import Policy

from .conftest import world

DID = "did:webvh:QmXQhW2rQ6rQ8vYwVh3WkQ9vJq4kqS1oQb7y3J2fH8uDk5:localhost%3A8000:dids:city"
PROFILE = {"profile": "city", "did": DID, "cryptosuite": "bbs-2023", "verificationMethod": f"{DID}#k"}
POLICY = {
    "acceptedCryptosuites": ["bbs-2023"],
    "clockSkewSeconds": 5,
    "trustedIssuers": [DID],
    "unsafeAcceptExpired": False,
    "unsafeAcceptUnbound": True,
    "unsafeAcceptUnknownSchema": False,
    "unsafeAcceptUnsupportedStatus": False,
}


def older(path):
    """A database at the revision before forms had names, with a profile and two policies of then."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection, as_file(files("api.store") / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
        connection.execute(
            text("insert into issuers values ('default', 'city', :did, :settings, 1)"),
            {"did": DID, "settings": orjson.dumps(PROFILE).decode()},
        )
        for version, settings in ((1, POLICY), (2, {**POLICY, "acceptedCryptosuites": []})):
            connection.execute(
                text("insert into policies values ('default', 'shop', 'default', :version, :settings, 1)"),
                {
                    "version": version,
                    "settings": orjson.dumps(settings, option=orjson.OPT_SORT_KEYS).decode(),
                },
            )
        connection.commit()
    return engine


def stored(connection, table):
    rows = connection.execute(text(f"select settings from {table} order by 1")).scalars()
    return [orjson.loads(row) for row in rows]


def test_profiles_and_policies_of_an_earlier_version_name_forms(tmp_path):
    engine = older(tmp_path / "avow.sqlite3")
    with engine.connect() as connection:
        migrate(connection)
        assert revision(connection) == HEAD
        (profile,) = stored(connection, "issuers")
        assert profile == {
            "profile": "city",
            "did": DID,
            "formats": ["bbs-2023"],
            "verificationMethods": [f"{DID}#k"],
        }
        policies = [Policy.parse(found) for found in stored(connection, "policies")]
        assert {policy.accepted_formats for policy in policies} == {frozenset(), frozenset({"bbs-2023"})}
        assert all(policy.unsafe_accept_unbound for policy in policies)
        migrate(connection)
        assert stored(connection, "issuers") == [profile]


def test_the_way_back_keeps_one_form(tmp_path):
    engine = older(tmp_path / "avow.sqlite3")
    with engine.connect() as connection:
        migrate(connection)
        with as_file(files("api.store") / "migrations") as folder:
            config = Config()
            config.set_main_option("script_location", str(folder))
            config.attributes["connection"] = connection
            command.downgrade(config, "0005")
        assert stored(connection, "issuers") == [PROFILE]
        assert POLICY in stored(connection, "policies")


@pytest.mark.anyio
async def test_a_service_starts_on_such_a_database(tmp_path):
    async with world(tmp_path / "data") as avow:
        path = avow.settings.database_path
        name = path.relative_to(tmp_path / "data")
    older(tmp_path / "again" / name).dispose()
    async with world(tmp_path / "again") as avow:
        found = await avow.call("GET", "/issuers/city", status=200)
        assert found.json()["formats"] == ["bbs-2023"]
