"""The master key: from a file of mode 600 made at the first start, or from a pass-phrase.

Never in the database. A pass-phrase goes through argon2id with a salt that the database keeps; whether it is
the right one shows when the check value opens.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Final

from api import files
from api.errors import ApiError
from api.keys.secret import Secret
from did import sodium

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY_BYTES: Final = 32
OPERATIONS: Final = 3
MEMORY: Final = 256 << 20
"""argon2id at about half a second once a start: libsodium's "moderate"."""


def from_file(path: Path, *, may_create: bool, random_bytes: Callable[[int], bytes]) -> Secret:
    """Read the key, or make it where none was ever used. Codes `keys.master-missing`, `keys.master-file`."""
    if not path.exists():
        if not may_create:
            raise ApiError(
                "keys.master-missing",
                f"the master key file {path.name} is gone, and keys in the database are wrapped under it",
                remedy="Restore the file from its backup; without it the keys cannot be opened.",
            )
        files.make_directory(path.parent, mode=0o700)
        files.write_new(path, random_bytes(KEY_BYTES).hex().encode() + b"\n")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise ApiError(
            "keys.master-file",
            f"the master key file may be read by others (mode {mode:o})",
            remedy=f"chmod 600 {path.name}",
        )
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ApiError(
            "keys.master-file",
            "the master key file does not hold 64 hex digits",
            remedy="Restore the file from its backup.",
        )
    return Secret(key)


def from_passphrase(passphrase: str, salt: bytes) -> Secret:
    """Derive the key; salt of 16 bytes."""
    return Secret(sodium.argon2id(passphrase.encode(), salt, operations=OPERATIONS, memory=MEMORY))
