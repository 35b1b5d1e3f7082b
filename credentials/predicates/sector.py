"""The sector of a verifier: what its pseudonyms are made for, from the domain that it is known by.

Text: bbs-predicates-2026, 4.8; as in OpenID Connect Core 1.0, 8.1, a sector is a host.

Invariants:
- a sector comes from the domain that both sides bind the presentation to, never from a request's free text.
- one host, one sector: lower case, ASCII, without port, path or final dot.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


def sector_of(domain: str) -> str:
    """Give the host of a domain, a URL or a host with or without port; empty where it has none.

    An empty sector has no pseudonyms.
    """
    text = domain if "://" in domain else f"//{domain}"
    try:
        host = urlsplit(text).hostname
    except ValueError:
        return ""
    return host if host is not None and _HOST.fullmatch(host) and ".." not in host else ""
