"""Where lists and parameters live: `{public url}/revocation/{id}` and `{public url}/parameters/{hex}`."""

from __future__ import annotations

import re
from typing import Final

LISTS: Final = "/revocation/"
PARAMETERS: Final = "/parameters/"
ID_BYTES: Final = 16
ID_PATTERN: Final = r"[A-Za-z0-9_-]{22}"


def list_url(public_url: str, list_id: str) -> str:
    """Give the address of a list."""
    return f"{public_url}{LISTS}{list_id}"


def parameters_url(public_url: str, digest: bytes) -> str:
    """Give the address of published parameters."""
    return f"{public_url}{PARAMETERS}{digest.hex()}"


def list_of(public_url: str, url: str) -> str | None:
    """Read the id out of the address of a list of this service; None for any other address."""
    prefix = f"{public_url}{LISTS}"
    found = re.fullmatch(ID_PATTERN, url[len(prefix) :]) if url.startswith(prefix) else None
    return None if found is None else found[0]
