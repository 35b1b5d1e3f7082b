"""Addresses that strangers supply, as strict values: what may be fetched, before any name is looked up.

Text: RFC 3986, narrowed until all parsers read the same: an https URL of a host *name*.

Invariants:
- printable ASCII; scheme and host in full; no user, no fragment, no backslash, space or quote.
- the host is a DNS name of at least two labels whose last one is no number, so no spelling of an address.
  Internationalized names come in their ASCII form; a trailing dot is refused.
- the port is 443 or above 1023.
- origins that the operator names in the setting `unsafe_egress_origins` are free of the rules for scheme,
  name and port, and their addresses are not checked (`trusted`).

Not here: what a name stands for (`api.egress.client`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_URL: Final = 2048
_HTTPS_PORT: Final = 443
_DEFAULT_PORTS: Final = {"https": _HTTPS_PORT, "http": 80}
_FIRST_USER_PORT: Final = 1024
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_URL: Final = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?P<rest>#.*)?",
    re.DOTALL,
)
_PLAIN: Final = re.compile(r"[!$%&'()*+,./:;=?@A-Z\[\]_a-z~0-9#-]*")
_AUTHORITY: Final = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>[1-9][0-9]{0,4}))?")


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Origin:
        """Read an origin that an operator wrote, as http://localhost:8001 (`egress.url`)."""
        target = _read(text)
        if target.path not in {"", "/"}:
            raise _malformed("an origin has no path")
        return target.origin

    @property
    def authority(self) -> str:
        """Host and port as they stand in a request."""
        return self.host if self.port == _DEFAULT_PORTS[self.scheme] else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address: where to connect and what to ask for. `path` begins with a slash."""

    origin: Origin
    path: str
    trusted: bool

    @classmethod
    def parse(cls, url: str, *, unsafe_origins: Collection[Origin] = ()) -> Target:
        """Read what may be fetched.

        Codes: egress.url, egress.scheme, egress.userinfo, egress.host, egress.port.
        """
        found = _read(url)
        if found.origin in unsafe_origins:
            return cls(found.origin, found.path or "/", trusted=True)
        if found.origin.scheme != "https":
            raise ApiError("egress.scheme", "only https addresses are fetched", remedy="Serve it over https.")
        host, port = found.origin.host, found.origin.port
        if not _NAME.fullmatch(host) or len(host) > 253 or _NUMBER.fullmatch(host.rpartition(".")[2]):
            raise ApiError(
                "egress.host",
                "the host of the address is no full name: addresses and local names are not fetched",
                remedy="Name a host by its DNS name, without a dot at the end.",
            )
        if port != _HTTPS_PORT and port < _FIRST_USER_PORT:
            raise ApiError("egress.port", f"the port is {port}: only 443 and those above 1023 are asked")
        return cls(found.origin, found.path or "/", trusted=False)


@dataclass(frozen=True, slots=True)
class _Read:
    origin: Origin
    path: str


def _read(url: str) -> _Read:
    if len(url) > MAX_URL or not _PLAIN.fullmatch(url):
        raise _malformed(f"longer than {MAX_URL} characters, or with one that no plain URL has")
    match = _URL.fullmatch(url)
    if match is None or match["rest"] is not None:
        raise _malformed("no absolute URL, or one with a fragment")
    scheme = match["scheme"].lower()
    if "@" in match["authority"]:
        raise ApiError("egress.userinfo", "a user or password stands in the address")
    if scheme not in _DEFAULT_PORTS:
        raise ApiError("egress.scheme", "only https addresses are fetched", remedy="Serve it over https.")
    authority = _AUTHORITY.fullmatch(match["authority"])
    if authority is None or not authority["host"]:
        raise _malformed("the host or the port does not read as one")
    port = int(authority["port"]) if authority["port"] else _DEFAULT_PORTS[scheme]
    if port > 65535:
        raise _malformed("the port is above 65535")
    return _Read(Origin(scheme, authority["host"].lower(), port), match["path"] + (match["query"] or ""))


def _malformed(detail: str) -> ApiError:
    return ApiError("egress.url", f"the address is not fetched: {detail}")
