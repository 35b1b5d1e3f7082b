"""The service's own keys, opened for a check: what its signatures verify under, and its account on a chain.

Not here: making them (`api.keys.keyring`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from api.keys.keyring import RETIRED
from api.keys.vault import Label, Sealed
from api.services.chains import publisher_account
from api.store.tables import SERVICE_TENANT
from did.keys import Ed25519Signer
from did.registry.note import NoteSigner
from did.registry.policy import parse_policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from api.keys.secret import Secret
    from api.keys.service_file import ServiceFile
    from api.keys.vault import Vault
    from api.settings import Settings
    from did.registry.policy import Policy

LOG: Final = "log"


def own_policy(file: ServiceFile, vault: Vault, origin: str, *, retired: bool = False) -> Policy | None:
    """A policy with the log's keys; None where there is none. Code `keys.unwrap`.

    With `retired` also those that sign no more, whose notes may still be stored; such a key vouches for
    nothing new.
    """
    secrets = [secret for purpose, secret in _opened(file, vault) if purpose == LOG]
    keys = [NoteSigner(origin, Ed25519Signer(secret.reveal())).key.text for secret in secrets]
    if retired:
        keys += [str(key["public"]) for key in file.keys if key["purpose"] == LOG and _is_erased(key)]
    lines = "".join(f"log {key}\n" for key in keys)
    return parse_policy(f"{lines}quorum none\n") if keys else None


def chain_admin(file: ServiceFile, vault: Vault, settings: Settings) -> bytes | None:
    """The account (20 bytes) that opened the log on a network; None where no key tells."""
    if settings.chain_admin is not None:
        return bytes.fromhex(settings.chain_admin.removeprefix("0x"))
    opened = dict(_opened(file, vault))
    if "chain-publisher" not in opened:
        return None
    return publisher_account(settings, opened["chain-publisher"]).address


def _opened(file: ServiceFile, vault: Vault) -> Iterable[tuple[str, Secret]]:
    for key in file.keys:
        if key["state"] == RETIRED:
            continue
        label = Label(SERVICE_TENANT, str(key["key_id"]), str(key["purpose"]), int(key["version"]))
        nonce, wrapped = key["nonce"], key["wrapped"]
        assert isinstance(nonce, bytes)
        assert isinstance(wrapped, bytes)
        yield str(key["purpose"]), vault.key(label, Sealed(nonce, wrapped))


def _is_erased(key: Mapping[str, str | int | bytes]) -> bool:
    """Whether the secret of a key that signs no more was erased; its public half stays on record."""
    return key["state"] == RETIRED and not key["wrapped"] and bool(key["public"])
