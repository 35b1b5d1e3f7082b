"""Presentations signed by their holder's key, which is made for one of them or lasts.

Not here: what goes in (`credentials.holder.wallet`), other forms (`credentials.dialects.wrapping`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from credentials.formats import EDDSA_JCS_2022
from credentials.model import CONTEXT_V2, PRESENTATION_TYPE
from did.document import AUTHENTICATION
from did.eddsa_jcs import EddsaJcs2022
from did.integrity import ProofOptions, add_proof
from did.methods import key as did_key

if TYPE_CHECKING:
    from datetime import datetime

    from did.keys import Ed25519Signer
    from did.types import JsonObject, JsonValue


def sign_presentation(
    credentials: list[JsonValue], *, signer: Ed25519Signer, challenge: str, domain: str, now: datetime
) -> JsonObject:
    """Wrap credentials into a presentation signed by this key, as its did:key."""
    did = did_key.create(signer.public_key).text
    document: JsonObject = {
        "@context": [CONTEXT_V2],
        "type": [PRESENTATION_TYPE],
        "holder": did,
        "verifiableCredential": credentials,
    }
    options = ProofOptions(
        cryptosuite=EDDSA_JCS_2022,
        verification_method=f"{did}#{signer.public_key.multikey()}",
        proof_purpose=AUTHENTICATION,
        created=now,
        challenge=challenge,
        domain=domain,
    )
    return add_proof(document, suite=EddsaJcs2022(), options=options, signer=signer)
