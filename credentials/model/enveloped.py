"""Enveloped credentials as members of a presentation: objects that hold a secured credential.

Texts: VC Data Model 2.0, 4.13.1; IETF RFC 2397 (`data:` URLs).

Invariants:
- the type is the one of enveloped credentials and no other; the contexts have that of version 2.0 among them.
- `id` is a `data:` URL with a media type; what it carries is given as it stands, and not looked into.
- an envelope says nothing about what is in it: `document` is for whoever opens it.

What is not here: enveloped presentations and opening (`credentials.enveloping`, which knows the media types
and is stricter), the secured texts themselves (`credentials.jose`, `credentials.cose`, `credentials.sd_jwt`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.limits import LIMITS, Limits
from credentials.model import identifiers, members
from credentials.model.contexts import CONTEXT_V2, read_items

if TYPE_CHECKING:
    from did.types import JsonObject, JsonValue

ENVELOPED_CREDENTIAL: Final = "EnvelopedVerifiableCredential"
ENVELOPED_PRESENTATION: Final = "EnvelopedVerifiablePresentation"
_CODE: Final = "model.envelope"
_TOKEN: Final = r"[A-Za-z0-9!#$&^_.+-]+"  # noqa: S105 - a token of media types
_DATA: Final = re.compile(rf"data:({_TOKEN}/{_TOKEN})(?:;[^,\s]*)?,([\x21-\x7e]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Enveloped:
    """A credential in its envelope: unread, and vouched for by nobody.

    `media_type` is in lower case and without parameters; `data` is what follows the comma of the URL.
    """

    document: JsonObject
    media_type: str
    data: str

    @classmethod
    def parse(cls, value: JsonValue, *, limits: Limits = LIMITS) -> Enveloped:
        """Read an envelope from a parsed value. Codes: model.*, mostly model.envelope."""
        if not isinstance(value, dict):
            raise CredentialError("model.not-object", "an envelope is a JSON object")
        types = value.get("type")
        # [MDL-34] an envelope that is something else as well would be read in two ways
        if types not in (ENVELOPED_CREDENTIAL, [ENVELOPED_CREDENTIAL]):
            raise _fault("/type", f"must be {ENVELOPED_CREDENTIAL}, and no other")
        # [MDL-33] it defines what envelopes are
        if CONTEXT_V2 not in read_items(value.get("@context"), limits):
            raise _fault("/@context", f"must have {CONTEXT_V2}, which defines what envelopes are")
        members.check_keywords({key: item for key, item in value.items() if key != "@context"}, limits)
        identifiers.check_names(value, "")
        found = value.get("id")
        match = _DATA.fullmatch(found) if isinstance(found, str) and len(found) <= limits.max_bytes else None
        # [MDL-35] the secured document itself, in a data: URL
        if match is None:
            raise _fault("/id", "must be a data: URL with a media type, and with data in it")
        return cls(value, match[1].lower(), match[2])


def is_enveloped(value: JsonValue) -> bool:
    """Whether an object says that it is an envelope, well formed or not."""
    if not isinstance(value, dict):
        return False
    types = value.get("type")
    listed = types if isinstance(types, list) else [types]
    return ENVELOPED_CREDENTIAL in listed or ENVELOPED_PRESENTATION in listed


def _fault(where: str, detail: str) -> CredentialError:
    return CredentialError(
        _CODE,
        f"{where}: {detail}",
        clause="VCDM 2.0, 4.13.1",
        remedy="write the secured document as data:application/vc+jwt,…",
    )
