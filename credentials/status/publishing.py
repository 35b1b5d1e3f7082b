"""What an issuer writes: entries for its credentials, and its lists in both forms, ready to be signed.

Texts: W3C Bitstring Status List 1.0, sections 2.1 and 2.2; IETF Token Status List, sections 5.1 and 6.2.

Invariants:
- one index serves both kinds of lists, and every form of one credential.
- a bitstring list serves one purpose; a token's list says one thing of each entry.
- both forms say when they run out, so that a withheld list is noticed.

What is not here: signing, allocation, when a list is made anew (`api`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from credentials.model import CONTEXT_V2, CREDENTIAL_TYPE
from credentials.status import bitstring, token_list
from credentials.status.checking import LIST_CREDENTIAL, LIST_TYPE
from credentials.status.references import ENTRY_TYPE
from did.timestamps import format_timestamp

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from did.types import JsonObject


def entry(*, uri: str, index: int, purpose: str) -> JsonObject:
    """Write an entry of `credentialStatus`."""
    return {
        "type": ENTRY_TYPE,
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": uri,
    }


def claim(*, uri: str, index: int) -> JsonObject:
    """Write the claim `status` of a token."""
    return {"status_list": {"idx": index, "uri": uri}}


def list_credential(
    bits: bytes, *, uri: str, issuer: str, purpose: str, now: datetime, lasts: timedelta
) -> JsonObject:
    """Write a `BitstringStatusListCredential` without its proof."""
    return {
        "@context": [CONTEXT_V2],
        "id": uri,
        "type": [CREDENTIAL_TYPE, LIST_CREDENTIAL],
        "issuer": issuer,
        "validFrom": format_timestamp(now),
        "validUntil": format_timestamp(now + lasts),
        "credentialSubject": {
            "id": f"{uri}#list",
            "type": LIST_TYPE,
            "statusPurpose": purpose,
            "encodedList": bitstring.encode(bits),
        },
    }


def list_claims(
    data: bytes, *, uri: str, issuer: str, size: int, now: datetime, lasts: timedelta, ttl: timedelta
) -> JsonObject:
    """Write the claims of a Status List Token."""
    issued = int(now.timestamp())
    return {
        "iss": issuer,
        "sub": uri,
        "iat": issued,
        "exp": issued + int(lasts.total_seconds()),
        "ttl": int(ttl.total_seconds()),
        "status_list": token_list.encode(data, size=size),
    }
