"""The DID method did:jwk: an identifier that is a JWK in base64url (Decentralized Identity did:jwk).

Invariants: the identifier decodes, canonically, to a strict JSON object that is a public JWK
of a known type; the only verification method is `#0`. `use` decides between `keyAgreement` and the others.

Errors: `did.malformed`, `key.*`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from did import jsontext
from did.document import DID_CONTEXT, KEY_AGREEMENT, RELATIONSHIPS, DidDocument
from did.encoding import decode_base64url, encode_base64url
from did.errors import DidError
from did.identifiers import Did
from did.jcs import canonicalize
from did.keys import KeyType, PublicKey

if TYPE_CHECKING:
    from did.types import JsonObject

_JWS_CONTEXT: Final = "https://w3id.org/security/suites/jws-2020/v1"
_MAX_BYTES: Final = 1536  # what a DID of 2,048 characters can hold


def create(key: PublicKey) -> Did:
    """Give the did:jwk of a key, from its JWK in canonical JSON."""
    return Did.parse(f"did:jwk:{encode_base64url(canonicalize(key.jwk()))}")


def resolve(did: Did) -> DidDocument:
    """Give the document of a did:jwk."""
    if did.method != "jwk":
        raise DidError("did.malformed", f"expected a did:jwk, found did:{did.method}")
    try:
        data = decode_base64url(did.method_specific_id, max_bytes=_MAX_BYTES)
        jwk = jsontext.parse_object(data, max_bytes=_MAX_BYTES)
    except DidError as error:
        raise DidError("did.malformed", f"did:jwk: {error.detail}") from None
    key = PublicKey.from_jwk(jwk)
    method_id = f"{did.text}#0"
    method: JsonObject = {
        "id": method_id,
        "type": "JsonWebKey2020",
        "controller": did.text,
        "publicKeyJwk": jwk,
    }
    source: JsonObject = {
        "@context": [DID_CONTEXT, _JWS_CONTEXT],
        "id": did.text,
        "verificationMethod": [method],
    }
    for name in _relationships(key, jwk.get("use")):
        source[name] = [method_id]
    return DidDocument.from_json(source)


def _relationships(key: PublicKey, use: object) -> list[str]:
    agrees = use != "sig" and key.type is not KeyType.ED25519
    signs = use != "enc" and key.type is not KeyType.X25519
    return [name for name in RELATIONSHIPS if (agrees if name == KEY_AGREEMENT else signs)]
