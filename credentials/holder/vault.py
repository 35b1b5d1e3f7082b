"""The encrypted container of a wallet: bytes to contents and back, with a passphrase.

Form: one JSON object with `format` (``avow-wallet``), `version` (1), `kdf` (`name` argon2id, `operations`,
`memory` in bytes, `salt`), `cipher` (xchacha20-poly1305), `nonce` and `ciphertext`; bytes as base64url
without padding. The key is argon2id(passphrase, salt) with 32 bytes; the ciphertext is XChaCha20-Poly1305
over the contents.

Invariants:
- everything but the ciphertext is authenticated: the associated data is the JCS form of the other members.
- what argon2id may cost is bounded when a container is read, so a forged one cannot exhaust the machine.
- every sealing takes a new nonce; salt and cost stay those of the container until the passphrase changes.
- a wrong passphrase and a changed container give one code, since the cipher cannot tell them apart.
- the passphrase is not kept; the key is, for as long as the `Vault` lives, and no text shows it.

What is not here: files (`credentials.holder.file`), what the contents mean (`credentials.holder.wallet`).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import WalletError
from did import encoding, jcs, jsontext, sodium
from did.errors import DidError

if TYPE_CHECKING:
    from did.types import JsonObject, JsonValue, RandomBytes

FORMAT: Final = "avow-wallet"
VERSION: Final = 1
CIPHER: Final = "xchacha20-poly1305"
KDF: Final = "argon2id"
MAX_BYTES: Final = 64 << 20  # a wallet of thousands of credentials; beyond it the file is not ours
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 24
_MAX_PASSPHRASE: Final = 1024
_MIB: Final = 1 << 20
_MAX_OPERATIONS: Final = 16
_MIN_MEMORY: Final = 8 * _MIB
_MAX_MEMORY: Final = 1024 * _MIB


@dataclass(frozen=True, slots=True)
class Cost:
    """What argon2id costs: passes, and memory in bytes. Code wallet.cost outside the bounds."""

    operations: int = 3
    memory: int = 128 * _MIB  # about a third of a second; RFC 9106 asks for 64 MiB with three passes at least

    def __post_init__(self) -> None:
        if not 1 <= self.operations <= _MAX_OPERATIONS:
            raise WalletError("wallet.cost", f"{self.operations} passes, expected 1 to {_MAX_OPERATIONS}")
        if not _MIN_MEMORY <= self.memory <= _MAX_MEMORY:
            raise WalletError(
                "wallet.cost", f"{self.memory} bytes of memory, expected {_MIN_MEMORY} to {_MAX_MEMORY}"
            )


class Vault:
    """An opened container: it can seal contents again, under the same passphrase."""

    __slots__ = ("_cost", "_key", "_salt")

    def __init__(self, key: bytes, salt: bytes, cost: Cost) -> None:
        self._key = key
        self._salt = salt
        self._cost = cost

    def __repr__(self) -> str:
        return f"Vault({self._cost})"

    @classmethod
    def create(cls, passphrase: str, *, cost: Cost, random_bytes: RandomBytes) -> Vault:
        """Make a vault for a new wallet. Codes: wallet.passphrase."""
        salt = random_bytes(_SALT_BYTES)
        return cls(_derive(passphrase, salt, cost), salt, cost)

    @classmethod
    def open(cls, container: bytes, passphrase: str) -> tuple[Vault, JsonObject]:
        """Open a container and give the vault with the contents.

        Codes: wallet.unreadable, wallet.cost, wallet.passphrase, wallet.locked-out.
        """
        document = _parse(container, "the wallet")
        header, nonce, ciphertext = _split(document)
        salt, cost = _kdf(document["kdf"])
        key = _derive(passphrase, salt, cost)
        try:
            contents = sodium.unseal(key, nonce, ciphertext, jcs.canonicalize(header))
        except DidError:
            raise WalletError(
                "wallet.locked-out",
                "the wallet does not open with this passphrase, or its file has been changed",
                remedy="check the passphrase; if it is right, restore the file from a copy",
            ) from None
        return cls(key, salt, cost), _parse(contents, "the wallet's contents")

    def seal(self, contents: JsonObject, *, random_bytes: RandomBytes) -> bytes:
        """Encrypt the contents under a new nonce and give the container."""
        header: JsonObject = {
            "format": FORMAT,
            "version": VERSION,
            "kdf": {
                "name": KDF,
                "operations": self._cost.operations,
                "memory": self._cost.memory,
                "salt": encoding.encode_base64url(self._salt),
            },
            "cipher": CIPHER,
            "nonce": encoding.encode_base64url(nonce := random_bytes(_NONCE_BYTES)),
        }
        sealed = sodium.seal(self._key, nonce, jcs.canonicalize(contents), jcs.canonicalize(header))
        return jcs.canonicalize({**header, "ciphertext": encoding.encode_base64url(sealed)}) + b"\n"


def _derive(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    # NFC: the same passphrase typed on two systems must be the same bytes.
    text = unicodedata.normalize("NFC", passphrase)
    if not 0 < len(text) <= _MAX_PASSPHRASE:
        raise WalletError("wallet.passphrase", f"a passphrase has 1 to {_MAX_PASSPHRASE} characters")
    try:
        password = text.encode("utf-8")
    except UnicodeEncodeError:
        raise WalletError("wallet.passphrase", "the passphrase holds a lone surrogate") from None
    return sodium.argon2id(password, salt, operations=cost.operations, memory=cost.memory)


def _parse(data: bytes, what: str) -> JsonObject:
    try:
        return jsontext.parse_object(data, max_bytes=MAX_BYTES)
    except DidError as error:
        raise _unreadable(f"{what} is not what was written ({error.code})") from None


def _split(document: JsonObject) -> tuple[JsonObject, bytes, bytes]:
    expected: JsonObject = {"format": FORMAT, "version": VERSION, "cipher": CIPHER}
    for member, value in expected.items():
        if document.get(member) != value:
            raise _unreadable(f"{member} must be {value!r}")
    if set(document) != {*expected, "kdf", "nonce", "ciphertext"}:
        raise _unreadable("the members are not those of a wallet")
    header = {member: value for member, value in document.items() if member != "ciphertext"}
    nonce = _bytes(document["nonce"], "nonce", _NONCE_BYTES)
    return header, nonce, _bytes(document["ciphertext"], "ciphertext")


def _kdf(value: JsonValue) -> tuple[bytes, Cost]:
    if not isinstance(value, dict) or set(value) != {"name", "operations", "memory", "salt"}:
        raise _unreadable("kdf must have name, operations, memory and salt")
    operations, memory = value["operations"], value["memory"]
    if value["name"] != KDF or type(operations) is not int or type(memory) is not int:
        raise _unreadable(f"kdf must be {KDF} with integers for operations and memory")
    return _bytes(value["salt"], "salt", _SALT_BYTES), Cost(operations, memory)


def _bytes(value: JsonValue, member: str, length: int | None = None) -> bytes:
    try:
        data = encoding.decode_base64url(value, max_bytes=MAX_BYTES) if isinstance(value, str) else None
    except DidError:
        data = None
    if data is None or (length is not None and len(data) != length):
        raise _unreadable(f"{member} must be base64url of {length or 'some'} bytes")
    return data


def _unreadable(detail: str) -> WalletError:
    return WalletError("wallet.unreadable", detail, remedy="restore the wallet's file from a copy")
