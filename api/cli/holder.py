"""The holder's tools on this machine: suites, pass-phrase, and the wallet's file opened for one command."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from api.client.failures import LocalError
from api.client.files import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from api.system import System
    from credentials.holder.file import WalletFile
    from credentials.holder.kept import Kept
    from credentials.holder.vault import Vault
    from credentials.holder.wallet import Wallet
    from credentials.suites import CredentialSuite

PASSPHRASE = "AVOW_WALLET_PASSPHRASE"  # noqa: S105  the variable's name
PASSPHRASE_FILE = "AVOW_WALLET_PASSPHRASE_FILE"  # noqa: S105  the variable's name


def passphrase(*, confirm: bool = False, environment: Mapping[str, str] = os.environ) -> str:
    """Take the pass-phrase from a file, the environment, or a prompt that does not echo."""
    if named := environment.get(PASSPHRASE_FILE):
        return read_bytes(Path(named)).decode("utf-8", "replace").rstrip("\r\n")
    if given := environment.get(PASSPHRASE):
        return given
    if not sys.stdin.isatty():
        raise LocalError(
            "wallet.no-passphrase",
            "the wallet's pass-phrase is needed and nobody can be asked",
            remedy=f"set {PASSPHRASE_FILE} to a file that holds it",
        )
    entered: str = typer.prompt("Pass-phrase", hide_input=True, confirmation_prompt=confirm, err=True)
    return entered


class OpenWallet:
    """A wallet that this command has unlocked and, while it lasts, alone."""

    def __init__(self, file: WalletFile, vault: Vault, wallet: Wallet, system: System) -> None:
        self._file = file
        self._vault = vault
        self._system = system
        self.wallet = wallet

    def save(self, wallet: Wallet) -> None:
        """Encrypt and write the wallet's new contents."""
        self.wallet = wallet
        self._file.replace(self._vault.seal(wallet.to_json(), random_bytes=self._system.random_bytes))


def create_wallet(path: Path, phrase: str, system: System) -> Wallet:
    """Make a wallet file with one lasting key; code `wallet.exists` where there is one."""
    from credentials.holder.file import locked
    from credentials.holder.vault import Cost, Vault
    from credentials.holder.wallet import Wallet

    with locked(path) as file:
        wallet, _ = Wallet().with_key(system.random_bytes)
        vault = Vault.create(phrase, cost=Cost(), random_bytes=system.random_bytes)
        file.create(vault.seal(wallet.to_json(), random_bytes=system.random_bytes))
    return wallet


@contextmanager
def open_wallet(path: Path, phrase: str, system: System) -> Iterator[OpenWallet]:
    """Unlock a wallet and hold its lock; codes `wallet.*`."""
    from credentials.holder.file import locked
    from credentials.holder.vault import Vault
    from credentials.holder.wallet import Wallet

    with locked(path) as file:
        vault, contents = Vault.open(file.read(), phrase)
        yield OpenWallet(file, vault, Wallet.parse(contents), system)


def cryptosuites(kept: Kept | None = None) -> Mapping[str, CredentialSuite]:
    """Give the cryptosuites, over the contexts that a wallet keeps; what they need is loaded now."""
    from api.services.suites import Suites

    return (Suites.create() if kept is None else Suites.create(kept.sources().contexts)).by_name
