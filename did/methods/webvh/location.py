r"""What a did:webvh identifier says: SCID, host, port, path; and the URLs of its files (did:webvh 1.0).

Invariants:
- The SCID decodes to a SHA-256 multihash. The host is a DNS name, never an address in any spelling.
- `%3A` with a port is the only percent sign in the host. A path segment decodes to UTF-8 without `/`, `\\`,
  control characters, and is not empty, `.` or `..`.
- Hosts of one label are refused, but for `localhost`.

Errors: `webvh.did`. Not here: fetching, and internationalized hosts (write them in their ASCII form).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from did.encoding import decode_multihash34
from did.errors import DidError
from did.identifiers import Did

if TYPE_CHECKING:
    from collections.abc import Sequence

    from did.types import JsonObject

PLACEHOLDER: Final = "{SCID}"
_CLAUSE: Final = "did:webvh 1.0, Method-Specific Identifier"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST: Final = re.compile(rf"(localhost|{_LABEL}(?:\.{_LABEL})+)(?:%3A([1-9][0-9]{{0,4}}))?")
_NUMBER: Final = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_WHOIS_CONTEXT: Final = "https://identity.foundation/linked-vp/contexts/v1"


@dataclass(frozen=True, slots=True)
class WebvhDid:
    """The parts of a did:webvh identifier; `path` segments are percent-encoded as in the DID."""

    text: str
    scid: str
    host: str
    port: int | None
    path: tuple[str, ...]

    @classmethod
    def parse(cls, did: Did | str) -> WebvhDid:
        """Read a did:webvh identifier (`webvh.did`)."""
        try:
            value = did if isinstance(did, Did) else Did.parse(did)
        except DidError as error:
            raise _refused(error.detail) from None
        if value.method != "webvh":
            raise _refused(f"the method is {value.method}, expected webvh")
        scid, *location = value.method_specific_id.split(":")
        try:
            decode_multihash34(scid)
        except DidError as error:
            raise _refused(f"SCID: {error.detail}") from None
        if not location:
            raise _refused("there is no host after the SCID")
        host, port = _host(location[0])
        for segment in location[1:]:
            _check_segment(segment)
        return cls(value.text, scid, host, port, tuple(location[1:]))

    @property
    def base_url(self) -> str:
        """Where the DID's files and paths live, without a trailing slash and without `.well-known`."""
        authority = self.host if self.port is None else f"{self.host}:{self.port}"
        return "/".join((f"https://{authority}", *self.path))

    @property
    def log_url(self) -> str:
        """Where `did.jsonl` is published."""
        return f"{self.base_url}{'' if self.path else '/.well-known'}/did.jsonl"

    @property
    def witness_url(self) -> str:
        """Where `did-witness.json` is published."""
        return f"{self.base_url}{'' if self.path else '/.well-known'}/did-witness.json"


def placeholder_did(host: str, path: Sequence[str] = (), *, port: int | None = None) -> str:
    """Compose the identifier of a DID to be created, with `{SCID}` in place of its SCID."""
    place = host if port is None else f"{host}%3A{port}"
    _host(place)
    for segment in path:
        _check_segment(segment)
    return ":".join(("did:webvh", PLACEHOLDER, place, *path))


def with_implicit_services(document: JsonObject) -> JsonObject:
    """Return the document with the services `#files` and `#whois` that did:webvh implies where absent."""
    did = WebvhDid.parse(str(document.get("id")))
    stated = document.get("service", [])
    services = list(stated) if isinstance(stated, list) else []
    present = {str(item.get("id")) for item in services if isinstance(item, dict)}
    if not present & {"#files", f"{did.text}#files"}:
        services.append({"id": "#files", "type": "relativeRef", "serviceEndpoint": did.base_url})
    if not present & {"#whois", f"{did.text}#whois"}:
        services.append(
            {
                "@context": _WHOIS_CONTEXT,
                "id": "#whois",
                "type": "LinkedVerifiablePresentation",
                "serviceEndpoint": f"{did.base_url}/whois.vp",
            }
        )
    return {**document, "service": services}


def _host(text: str) -> tuple[str, int | None]:
    match = _HOST.fullmatch(text)
    if match is None or len(match[1]) > 253:
        raise _refused("the host is no DNS name, with %3A before a port")
    # A last label that is a number makes URL parsers read an IPv4 address, in many spellings.
    if _NUMBER.fullmatch(match[1].rsplit(".", 1)[-1]):
        raise _refused("the host is an address, expected a name")
    port = int(match[2]) if match[2] else None
    if port is not None and port > 65535:
        raise _refused("the port is above 65535")
    return match[1].lower(), port


def _check_segment(segment: str) -> None:
    try:
        decoded = unquote_to_bytes(segment).decode("utf-8")
    except UnicodeDecodeError:
        raise _refused("a path segment is not UTF-8") from None
    if decoded in {"", ".", ".."} or any(char in "/\\%" or char < " " or char == "\x7f" for char in decoded):
        raise _refused("a path segment is empty, or would climb or split the path")


def _refused(detail: str) -> DidError:
    return DidError("webvh.did", detail, clause=_CLAUSE)
