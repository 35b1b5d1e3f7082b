"""How a credential says that it can be revoked by a list that only a proof can speak about.

    "credentialStatus": {"id": URL of the list, "type": "https://avow.example/vocab/status#RevocationList"}

The entry is the same in all credentials of an issuer, so it links nothing; it is disclosed in every
presentation, whatever proof is shown. A verifier that was not shown a proof of non-revocation finds the
status undecided, as with any type of status that it cannot check.

Not here: the list (`credentials.revocation.metadata`), the proof (`credentials.verifying.composite`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from credentials.model import Typed
    from did.types import JsonObject, JsonValue

STATUS_TYPE: Final = "https://avow.example/vocab/status#RevocationList"
"""An absolute IRI, so that it means the same under every context."""
POINTER: Final = "/credentialStatus"


def entry(url: str) -> JsonObject:
    """Write the entry of a list."""
    return {"id": url, "type": STATUS_TYPE}


def is_entry(value: JsonValue, url: str) -> bool:
    """Whether a `credentialStatus` is the entry of this list and nothing else."""
    return value == entry(url)


def is_reference(found: Typed) -> bool:
    """Whether an entry that was read names such a list."""
    return STATUS_TYPE in found.types
