"""Enveloped credentials and presentations: an object that holds a secured one in a `data:` URL.

Texts: VC Data Model 2.0, 4.13.1 and 4.13.2; IETF RFC 2397 (`data:` URLs).

Invariants:
- the type is the one of envelopes and no other; the contexts have that of version 2.0 among them.
- `id` is a `data:` URL with a media type; what it carries is given as bytes, and not looked into.
- members beside these are not read: what an envelope says is said inside, where it is secured.

What is not here: the media types (`credentials.jose`, `credentials.cose`, `credentials.sd_jwt`). An envelope
says nothing about what is in it until one of them has verified it.
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.limits import LIMITS, Limits
from credentials.model import identifiers, members
from credentials.model.contexts import CONTEXT_V2, read_items
from did.encoding import decode_base64
from did.errors import DidError

if TYPE_CHECKING:
    from did.types import JsonObject, JsonValue

_CODE: Final = "model.envelope"
_TOKEN: Final = r"[A-Za-z0-9!#$&^_.+-]+"  # noqa: S105 - a token of media types
_HEAD: Final = re.compile(
    rf"data:({_TOKEN}/{_TOKEN})(?:;{_TOKEN}=[A-Za-z0-9!#$&'*+.^_`|~%-]+)*(;base64)?", re.IGNORECASE | re.ASCII
)
_MAX_HEAD: Final = 256  # the longest media type that is read here has 20 characters
# What is no data is looked for: matching a repeated group keeps a place for each character, 240 MB for 1 MiB.
_NO_DATA: Final = re.compile(r"[^A-Za-z0-9;/?:@&=+$,_.!~*'()%-]|%(?![0-9A-Fa-f]{2})")


class Holds(Enum):
    """What an envelope holds; the value is its type."""

    CREDENTIAL = "EnvelopedVerifiableCredential"
    PRESENTATION = "EnvelopedVerifiablePresentation"


@dataclass(frozen=True, slots=True)
class Enveloped:
    """A credential or presentation in its envelope: unread, and shown by nobody.

    `media_type` is in lower case and without parameters; `data` are the bytes that it describes.
    """

    document: JsonObject
    holds: Holds
    media_type: str
    data: bytes

    @classmethod
    def parse(cls, value: JsonValue, *, limits: Limits = LIMITS) -> Enveloped:
        """Read an envelope from a parsed value. Codes: model.*, mostly model.envelope."""
        if not isinstance(value, dict):
            raise CredentialError("model.not-object", "an envelope is a JSON object")
        holds = _holds(value)
        # [MDL-33] it defines what envelopes are
        if CONTEXT_V2 not in read_items(value.get("@context"), limits):
            raise _fault("/@context", f"must have {CONTEXT_V2}, which defines what envelopes are")
        members.check_keywords({key: item for key, item in value.items() if key != "@context"}, limits)
        identifiers.check_names(value, "")
        found = value.get("id")
        url = found if isinstance(found, str) and len(found) <= limits.max_bytes else ""
        head, _, text = url.partition(",")
        match = _HEAD.fullmatch(head) if len(head) <= _MAX_HEAD else None
        # [MDL-48] the secured document itself, in a data: URL
        if match is None or not text or _NO_DATA.search(text):
            raise _fault("/id", "must be a data: URL with a media type, and with data in it")
        media_type, base64 = match.groups()
        return cls(value, holds, media_type.lower(), _data(text, base64=base64 is not None))


def is_enveloped(value: JsonValue) -> bool:
    """Whether an object says that it is an envelope, well formed or not."""
    if not isinstance(value, dict):
        return False
    types = value.get("type")
    listed = types if isinstance(types, list) else [types]
    return any(kind.value in listed for kind in Holds)


def _holds(document: JsonObject) -> Holds:
    types = document.get("type")
    listed = types if isinstance(types, list) else [types]
    found = [kind for kind in Holds if kind.value in listed]
    # [MDL-34] an envelope that is something else as well would be read in two ways
    if len(listed) != 1 or not found:
        raise _fault("/type", "must be the type of envelopes, and no other")
    return found[0]


def _data(text: str, *, base64: bool) -> bytes:
    # Quoted-printable has the same escapes behind another sign, and decodes them without a list of pieces.
    raw = a2b_qp(text.replace("=", "%3D").replace("%", "="))
    if not base64:
        return raw
    try:
        return decode_base64(raw.decode("ascii"))
    except (DidError, UnicodeDecodeError):
        raise _fault("/id", "the data are not base64, as the URL says they are") from None


def _fault(where: str, detail: str) -> CredentialError:
    return CredentialError(
        _CODE,
        f"{where}: {detail}",
        clause="VCDM 2.0, 4.13.1 and 4.13.2",
        remedy="write the secured document as data:application/vc+jwt,…",
    )
