"""The sector of a verifier: for whom a pseudonym is made.

A pseudonym is one for each context. The context of Avow is the verifier's host, in lower case, so that two
services of one host meet the same pseudonym and two hosts never do. Holder and verifier compute it with this
function, each from the domain that it knows: the holder from the channel on which it answers, the verifier
from its own settings.

Invariants:
- The sector is never read from a proof.
- One host has one sector: letters are lower case, port and path do not count. Names beyond ASCII, a dot at
  the end, user names and addresses in brackets are refused, since two texts could then mean one host.

Not here: who controls a host.
"""

from __future__ import annotations

import re
from typing import Final

from credentials.errors import CredentialError

MAX_HOST: Final = 253  # characters of a name in the DNS
_DOMAIN: Final = re.compile(
    r"(?:https?://)?(?P<host>[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::[0-9]{1,5})?(?:/[!-~]*)?", re.ASCII
)


def sector_of(domain: str) -> str:
    """Return the host that a verifier's domain names, in lower case.

    `domain` is a host, with a port or without, or an http(s) URL. Code ``sector.host`` for all else.
    """
    found = _DOMAIN.fullmatch(domain.lower()) if domain.isascii() else None
    # [BBS-24] one host, in one way to write it
    if found is None or len(found["host"]) > MAX_HOST:
        raise CredentialError(
            "sector.host",
            "a pseudonym is made for a host, and the verifier's domain names none",
            remedy="give the domain as a host or as an https URL, in ASCII",
        )
    return found["host"]


def sector_or_none(domain: str) -> str:
    """Return the same, or an empty text, which has no pseudonyms, where the domain names no host."""
    try:
        return sector_of(domain)
    except CredentialError:
        return ""
