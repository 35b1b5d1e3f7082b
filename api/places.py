"""The place that an error speaks of, as a JSON pointer: where our messages name one, they name it first.

The data model begins with it (`/validFrom: must be …`), schemas say `the value at /credentialSubject/age is
…` or `/credentialSubject lacks name; rule … of …`. A rule's own pointer is never the place.
"""

from __future__ import annotations

import re
from typing import Final

_PLACE: Final = re.compile(r"(?<![^\s])(/[^\s/][^\s;,]*)")
_LACKS: Final = re.compile(r"(/\S+|the credential) lacks (\S+)")


def place_of(detail: str) -> str:
    """Read the pointer from an error's detail; empty where the document as a whole is meant."""
    sentence = detail.partition("; rule ")[0]
    lacking = _LACKS.fullmatch(sentence)
    if lacking is not None:
        above = lacking[1] if lacking[1].startswith("/") else ""
        return f"{above}/{lacking[2]}"
    found = _PLACE.search(sentence)
    return found[1].rstrip(":.") if found else ""
