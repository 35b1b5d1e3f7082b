"""DIDs and DID URLs as values: the syntax of W3C DID Core 1.0 section 3, nothing of any method.

Invariants: a value is exactly the text it was read from; at most 2,048 characters; percent signs are followed
by two hexadecimal digits; query parameters are named once. Errors: `did.malformed`, `did.url-malformed`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from did.errors import DidError

MAX_CHARS: Final = 2048
_CLAUSE: Final = "DID Core 1.0 section 3"
_ID_CHARS: Final = r"(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})"
_DID: Final = re.compile(rf"did:([a-z0-9]+):((?:{_ID_CHARS}*:)*{_ID_CHARS}+)")
_PCHAR: Final = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
_URL_REST: Final = re.compile(
    rf"(?P<path>(?:/{_PCHAR}*)*)(?:\?(?P<query>(?:{_PCHAR}|[/?])*))?(?:#(?P<fragment>(?:{_PCHAR}|[/?])*))?"
)


@dataclass(frozen=True, slots=True)
class Did:
    """A decentralized identifier; `text` is all of it."""

    text: str
    method: str
    method_specific_id: str

    @classmethod
    def parse(cls, text: str) -> Did:
        """Read a DID, without path, query or fragment (`did.malformed`)."""
        match = _DID.fullmatch(text) if len(text) <= MAX_CHARS else None
        if match is None:
            raise DidError("did.malformed", "not a DID of the form did:method:identifier", clause=_CLAUSE)
        return cls(text, match[1], match[2])

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class DidUrl:
    """A DID with what may follow it; `query` and `fragment` stand without their sign, None where absent."""

    text: str
    did: Did
    path: str
    query: str | None
    fragment: str | None

    @classmethod
    def parse(cls, text: str) -> DidUrl:
        """Read a DID URL; a bare DID is one too (`did.url-malformed`)."""
        start = _DID.match(text) if len(text) <= MAX_CHARS else None
        rest = _URL_REST.fullmatch(text, start.end()) if start is not None else None
        if start is None or rest is None:
            raise DidError("did.url-malformed", "not a DID URL", clause=_CLAUSE)
        did = Did(start[0], start[1], start[2])
        return cls(text, did, rest["path"], rest["query"], rest["fragment"])

    def parameters(self) -> dict[str, str]:
        """Give the query's parameters, percent-decoded; a doubled name is `did.url-malformed`."""
        found: dict[str, str] = {}
        for pair in self.query.split("&") if self.query else ():
            name, _, value = pair.partition("=")
            key = _decoded(name)
            if key in found:
                raise DidError("did.url-malformed", "a query parameter is given twice", clause=_CLAUSE)
            found[key] = _decoded(value)
        return found

    def __str__(self) -> str:
        return self.text


def _decoded(text: str) -> str:
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise DidError("did.url-malformed", "a query parameter is not UTF-8", clause=_CLAUSE) from None
