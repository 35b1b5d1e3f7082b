"""What `avow chain` works with: settings of a network, a log's place on it, an account from a file."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from api import files
from api.client.failures import LocalError
from api.client.files import os_failure
from api.services.chains import account_from, fee_policy, timing, transports
from api.settings import Settings
from did.chain.abi import keccak, log_id_of, parse_address
from did.chain.network import Account, OutboxFile, acting, survey
from did.chain.network.reading import Place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from did.chain.network import Actor, Survey

KEY_BYTES = 32


def network_settings(**given: object) -> Settings:
    """AVOW_* and what the command line gave, which wins; nodes and chain must be named."""
    settings = Settings.from_environment(os.environ, **given)
    if settings.chain_rpc is None or settings.chain_id is None:
        option, name = ("--rpc", "RPC") if settings.chain_rpc is None else ("--chain-id", "ID")
        raise LocalError(
            "chain.unnamed", "the network is not named", remedy=f"add {option}, or set AVOW_CHAIN_{name}"
        )
    return settings


def place_of(settings: Settings, account: Account | None = None) -> Place:
    """Where the log stands; the account counts as the one that opened it where none is named."""
    if settings.chain_contract is None:
        raise LocalError(
            "chain.unnamed", "the contract is not named", remedy="add --contract, or set AVOW_CHAIN_CONTRACT"
        )
    if settings.chain_admin is None and account is None:
        raise LocalError(
            "chain.unnamed",
            "the account that opened the log is not named, and the log's id depends on it",
            remedy="add --admin, or set AVOW_CHAIN_ADMIN",
        )
    opener = account.address if settings.chain_admin is None and account else b""
    if settings.chain_admin is not None:
        opener = parse_address(settings.chain_admin)
    return Place(parse_address(settings.chain_contract), log_id_of(opener, keccak(settings.origin.encode())))


@asynccontextmanager
async def acting_as(settings: Settings, key_file: Path, account: Account) -> AsyncIterator[Actor]:
    """The account, ready to act; what it signs is kept beside its key, one file for each chain."""
    assert settings.chain_rpc is not None
    assert settings.chain_id is not None
    outbox = key_file.with_name(f"{key_file.name}.{settings.chain_id}.outbox.sqlite3")
    async with acting(
        transports(settings.chain_rpc),
        account=account,
        outbox=OutboxFile(outbox),
        chain_id=settings.chain_id,
        fees=fee_policy(settings),
        timing=timing(settings),
    ) as actor:
        yield actor


async def look(settings: Settings, place: Place) -> Survey:
    """What stands there."""
    assert settings.chain_rpc is not None
    assert settings.chain_id is not None
    return await survey(transports(settings.chain_rpc), chain_id=settings.chain_id, place=place)


def own_account(settings: Settings) -> Account | None:
    """The publisher's account, if it has a file of its own."""
    return None if settings.chain_key_file is None else account_from(settings.chain_key_file)


def make_account(key_file: Path, random_bytes: Callable[[int], bytes]) -> Account:
    """Make an account and keep its key in a new file of mode 600 (`file.exists`)."""
    secret = random_bytes(KEY_BYTES)
    account = Account(secret)
    try:
        files.write_new(key_file, secret.hex().encode() + b"\n")
    except FileExistsError:
        raise LocalError(
            "file.exists", f"{key_file} exists already", remedy="choose another name; a key is never replaced"
        ) from None
    except OSError as error:
        raise os_failure(error, key_file) from error
    return account
