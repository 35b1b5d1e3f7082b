"""Opening the chain that the settings name, and the parts of it that other programs of the operator need.

Not here: deploying the contract on a network and administering a log, which `avow chain` does.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Final

from api.errors import ApiError
from did.chain.embedded import EmbeddedChain
from did.chain.file import FileChain
from did.chain.local_keys import Role, account_secret
from did.chain.memory import MemoryChain
from did.chain.network import (
    GWEI,
    Account,
    FeePolicy,
    Finality,
    HttpTransport,
    NetworkChain,
    NetworkSettings,
    OutboxFile,
    Timing,
)

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import SecretStr

    from api.keys.keyring import ServiceKeys
    from api.keys.secret import Secret
    from api.settings import Settings
    from api.system import System
    from did.chain.driver import ChainDriver

KEY_BYTES: Final = 32
REPLACE_LOOKS: Final = 45
PATIENCE_LOOKS: Final = 180
"""Looks at a waiting transaction before it is outbid, and before the publisher is told."""


async def open_chain(settings: Settings, system: System, keys: ServiceKeys) -> ChainDriver:
    """The driver that `AVOW_CHAIN` names, compared with what it finds (codes `chain.*`)."""
    if settings.chain == "memory":
        return MemoryChain(origin=settings.origin, now=system.seconds)
    if settings.chain == "file":
        return await FileChain.open(settings.published_path, origin=settings.origin, now=system.seconds)
    if settings.chain == "evm":
        return await _network(settings, keys)
    return await EmbeddedChain.open(
        settings.chain_path,
        origin=settings.origin,
        publisher_key=keys.publisher.reveal(),
        admin_key=keys.admin.reveal(),
        now=system.seconds,
    )


def publisher_account(settings: Settings, publisher: Secret) -> Account:
    """The account that pays for anchors: from its own file, or derived from the service's keys."""
    if settings.chain_key_file is not None:
        return account_from(settings.chain_key_file)
    return Account(account_secret(publisher.reveal(), Role.PUBLISHER))


async def _network(settings: Settings, keys: ServiceKeys) -> NetworkChain:
    rpc, chain_id, contract = settings.chain_rpc, settings.chain_id, settings.chain_contract
    account = publisher_account(settings, keys.publisher)
    if rpc is None or chain_id is None or contract is None:
        named = {"AVOW_CHAIN_RPC": rpc, "AVOW_CHAIN_ID": chain_id, "AVOW_CHAIN_CONTRACT": contract}
        missing = ", ".join(name for name, value in named.items() if value is None)
        raise ApiError(
            "settings.invalid",
            f"AVOW_CHAIN=evm needs {missing}; the publisher of this service is {account!r}",
            remedy="deploy the contract and open a log for that account: avow chain deploy --help",
        )
    network = NetworkSettings(
        chain_id=chain_id,
        contract=_address(contract),
        admin=account.address if settings.chain_admin is None else _address(settings.chain_admin),
        origin=settings.origin,
        kind=settings.chain_kind,
        finality=Finality.parse(settings.chain_finality),
        fees=fee_policy(settings),
        proofs=settings.chain_reads == "proof",
        timing=timing(settings),
    )
    return await NetworkChain.open(
        network, transports(rpc), account=account, outbox=OutboxFile(settings.outbox_path)
    )


def transports(rpc: SecretStr) -> list[HttpTransport]:
    """The nodes behind addresses that are separated by commas."""
    return [HttpTransport(url.strip()) for url in rpc.get_secret_value().split(",") if url.strip()]


def fee_policy(settings: Settings) -> FeePolicy:
    """What may be paid."""
    cap = int(settings.chain_fee_cap_gwei * GWEI)
    return FeePolicy(cap=cap, least_tip=min(int(settings.chain_tip_gwei * GWEI), cap))


def timing(settings: Settings) -> Timing:
    """How often to look at a waiting transaction, and when to outbid it and to give up."""
    look = settings.chain_wait_ms / 1000
    return Timing(poll=look, replace_after=REPLACE_LOOKS * look, patience=PATIENCE_LOOKS * look)


def account_from(path: Path) -> Account:
    """The account whose secret is in a file (`keys.chain-file`)."""
    return Account(_secret(path))


def _address(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _secret(path: Path) -> bytes:
    """Read an account's secret (`keys.chain-file`)."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text("ascii").strip().removeprefix("0x")
        secret = bytes.fromhex(text) if len(text) == 2 * KEY_BYTES else b""
    except (OSError, ValueError):
        mode, secret = 0, b""
    if mode & 0o077:
        raise ApiError(
            "keys.chain-file",
            f"{path.name}, which holds an account's key, may be read by others (mode {mode:o})",
            remedy=f"chmod 600 {path.name}",
        )
    if not secret:
        raise ApiError(
            "keys.chain-file",
            f"{path.name} does not hold an account's key as 64 hex digits",
            remedy="name the right file; without AVOW_CHAIN_KEY_FILE the service derives its publisher's key",
        )
    return secret
