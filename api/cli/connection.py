"""Which service a command talks to, and as whom.

Address, first that is given: `--url`, AVOW_URL, the bootstrap file of the data directory, the default.
Client, first that is given: AVOW_CLIENT_ID with AVOW_CLIENT_SECRET or AVOW_CLIENT_SECRET_FILE, the
bootstrap file. The bootstrap client's secret goes to the address that stands beside it and to no other.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from api.cli.failures import LocalError
from api.cli.files import read_bytes, read_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.cli.service_client import ServiceClient

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
class Bootstrap:
    """The first client of a service, as its data directory keeps it."""

    client: Client
    url: str
    path: Path = field(repr=False)


def data_directory(given: Path | None = None, environment: Mapping[str, str] = os.environ) -> Path:
    """Say where the service of this machine keeps its data."""
    return given or Path(environment.get("AVOW_DATA") or DEFAULT_DATA)


def connect(
    url: str | None = None, *, data: Path | None = None, environment: Mapping[str, str] = os.environ
) -> ServiceClient:
    """Open a client of the service; nothing is sent yet."""
    from api.cli.service_client import ServiceClient  # noqa: PLC0415  httpx is not needed for --help

    bootstrap = read_bootstrap(data_directory(data, environment))
    address = url or environment.get("AVOW_URL") or (bootstrap.url if bootstrap else DEFAULT_URL)
    check_address(address, environment)
    return ServiceClient(address, _client_for(address, bootstrap, environment))


def read_bootstrap(directory: Path) -> Bootstrap | None:
    """Read the bootstrap client of a data directory, or nothing where there is none."""
    path = directory / BOOTSTRAP_FILE
    if not path.exists():
        return None
    content = read_object(path)
    found = [content.get(name) for name in ("client_id", "client_secret", "url")]
    match found:
        case [str(client_id), str(client_secret), str(url)]:
            return Bootstrap(Client(client_id, client_secret), url, path)
    raise LocalError(
        "file.bootstrap",
        f"{path} holds no client_id, client_secret and url",
        remedy="run `avow client reset` while the service is stopped",
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


def _client_for(address: str, bootstrap: Bootstrap | None, environment: Mapping[str, str]) -> Client | None:
    client_id = environment.get("AVOW_CLIENT_ID")
    if client_id:
        secret_file = environment.get("AVOW_CLIENT_SECRET_FILE")
        secret = environment.get("AVOW_CLIENT_SECRET") or (
            read_bytes(Path(secret_file)).decode("utf-8", "replace").strip() if secret_file else ""
        )
        if not secret:
            raise LocalError(
                "client.secret",
                "AVOW_CLIENT_ID is set without a secret",
                remedy="set AVOW_CLIENT_SECRET_FILE to a file that holds it, or AVOW_CLIENT_SECRET",
            )
        return Client(client_id, secret)
    if bootstrap and _origin(bootstrap.url) == _origin(address):
        return bootstrap.client
    return None


def _origin(address: str) -> tuple[str, str, int]:
    parts = urlsplit(address)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, "localhost" if is_loopback(address) else host, port
