"""What the suites with one signature share: reading it, checking it, and the contexts that JCS suites sign.

Texts: W3C Data Integrity EdDSA Cryptosuites 1.0 (May 2025), section 3, and Data Integrity ECDSA Cryptosuites
1.0, sections 3.2 and 3.3.

Invariants:
- A signature is multibase base58btc of exactly the bytes that the key's type makes: `r ‖ s` for ECDSA.
  For an ECDSA signature (r, s), (r, n - s) holds too; so no one may tell proofs apart by their values.
- A signature that does not hold is `proof.signature`, and says nothing more.

Not here: what is signed, which the suites compute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from did.encoding import decode_base58btc
from did.errors import DidError
from did.keys import verify_signature

if TYPE_CHECKING:
    from did.keys import PublicKey
    from did.types import JsonObject, JsonValue


def read_signature(proof: JsonObject, *, size: int, clause: str) -> bytes:
    """Read `proofValue` as multibase base58btc of `size` bytes (`proof.malformed`)."""
    value = proof.get("proofValue")
    if not isinstance(value, str) or not value.startswith("z"):
        raise DidError("proof.malformed", "proofValue is not multibase base58btc", clause=clause)
    try:
        signature = decode_base58btc(value[1:], max_chars=size * 11 // 8)
    except DidError as error:
        raise DidError("proof.malformed", f"proofValue: {error.detail}", clause=clause) from None
    # [DI-01] its length is fixed
    if len(signature) != size:
        raise DidError("proof.malformed", f"proofValue holds no {size} bytes", clause=clause)
    return signature


def check_signature(key: PublicKey, data: bytes, signature: bytes, *, clause: str) -> None:
    """Check a signature over the hashes of a proof (`proof.signature`)."""
    try:
        verify_signature(key, data, signature)
    except DidError as error:
        if error.code != "key.signature":
            raise
        raise DidError(
            "proof.signature",
            "the signature does not hold: document or proof were changed, or another key signed",
            clause=clause,
        ) from None


def with_signed_context(document: JsonObject, signed: JsonValue, *, clause: str) -> JsonObject:
    """Give the document with the `@context` that its proof repeats, where the document's begins with it.

    Contexts that were appended later are thereby not covered, and not returned (`proof.context`).
    """
    found = document.get("@context")
    if found == signed:
        return document
    values = found if isinstance(found, list) else [found]
    prefix = signed if isinstance(signed, list) else [signed]
    # [DI-17] contexts may be appended only
    if values[: len(prefix)] != prefix:
        raise DidError(
            "proof.context", "the document's @context does not begin with the proof's", clause=clause
        )
    return {**document, "@context": signed}
