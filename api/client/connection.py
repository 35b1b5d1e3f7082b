"""Which service a command talks to, and as whom.

Address, first that is given: `--url`, AVOW_URL, the client file, the default.
Client, first that is given: AVOW_CLIENT_ID with AVOW_CLIENT_SECRET; the client file. The client file is the
one that AVOW_CLIENT_FILE names (`avow client create` writes it), else the bootstrap client's in the data
directory. A secret from a file goes to the address that stands beside it and to no other.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from api.client.failures import LocalError
from api.client.files import read_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.client.service_client import ServiceClient

DEFAULT_URL = "http://localhost:8000"
DEFAULT_DATA = "data"
BOOTSTRAP_FILE = "bootstrap-client.json"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks: an OAuth 2.0 client of the service."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClientFile:
    """A client and the service that it belongs to, as kept in a file."""

    client: Client
    url: str


def data_directory(given: Path | None = None, environment: Mapping[str, str] = os.environ) -> Path:
    """Say where the service of this machine keeps its data."""
    return given or Path(environment.get("AVOW_DATA") or DEFAULT_DATA)


def connect(
    url: str | None = None, *, data: Path | None = None, environment: Mapping[str, str] = os.environ
) -> ServiceClient:
    """Open a client of the service; nothing is sent yet."""
    from api.client.service_client import ServiceClient  # noqa: PLC0415  httpx is not needed for --help

    named = environment.get("AVOW_CLIENT_FILE")
    file = read_client_file(Path(named)) if named else read_bootstrap(data_directory(data, environment))
    address = url or environment.get("AVOW_URL") or (file.url if file else DEFAULT_URL)
    check_address(address, environment)
    return ServiceClient(address, _client_for(address, file, environment))


def read_bootstrap(directory: Path) -> ClientFile | None:
    """Read the first client of a service from its data directory, or nothing where there is none."""
    path = directory / BOOTSTRAP_FILE
    return read_client_file(path) if path.exists() else None


def read_client_file(path: Path) -> ClientFile:
    """Read a client file; raises `file.*`."""
    content = read_object(path)
    match [content.get(name) for name in ("client_id", "client_secret", "url")]:
        case [str(client_id), str(client_secret), str(url)]:
            return ClientFile(Client(client_id, client_secret), url)
    raise LocalError(
        "file.client",
        f"{path} does not hold client_id, client_secret and url",
        remedy="write a new one with `avow client create`, or `avow client reset` for the bootstrap client",
    )


def check_address(address: str, environment: Mapping[str, str] = os.environ) -> None:
    """Refuse what is no service's address, and plain HTTP to another machine."""
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise LocalError("client.url", f"{address!r} is no http or https address")
    plain = parts.scheme == "http" and not is_loopback(address)
    if plain and environment.get("AVOW_UNSAFE_PLAIN_HTTP") != "1":
        raise LocalError(
            "client.plain-http",
            f"{address} would carry the client's secret and claims unencrypted",
            remedy="use https, or set AVOW_UNSAFE_PLAIN_HTTP=1 in a network that you trust",
        )


def is_loopback(address: str) -> bool:
    """Say whether an address stays on this machine."""
    return urlsplit(address).hostname in _LOOPBACK


def _client_for(address: str, file: ClientFile | None, environment: Mapping[str, str]) -> Client | None:
    client_id = environment.get("AVOW_CLIENT_ID")
    if client_id:
        secret = environment.get("AVOW_CLIENT_SECRET")
        if not secret:
            raise LocalError(
                "client.secret",
                "AVOW_CLIENT_ID is set without AVOW_CLIENT_SECRET",
                remedy="set both, or AVOW_CLIENT_FILE alone",
            )
        return Client(client_id, secret)
    return file.client if file and _origin(file.url) == _origin(address) else None


def _origin(address: str) -> tuple[str, str, int]:
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, "localhost" if is_loopback(address) else parts.hostname or "", port
