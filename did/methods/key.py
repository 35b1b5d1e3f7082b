"""The DID method did:key: an identifier that is the key itself (W3C CCG did:key 0.9, Multikey documents).

Invariants: the identifier is `did:key:` and the Multikey text of a key; resolving needs nothing else. Signing
keys (and BLS12-381 keys) stand in all relationships but `keyAgreement`, X25519 keys in that one only.

Errors: `did.malformed` for what is no did:key, `key.*` for the key. Not here: deriving an X25519 key from an
Ed25519 one (an option of the method that is off).
"""

from __future__ import annotations

from typing import Final

from did.document import KEY_AGREEMENT, RELATIONSHIPS, DidDocument, VerificationMethod, document_json
from did.errors import DidError
from did.identifiers import Did
from did.keys import KeyType, PublicKey

_SIGNING: Final = tuple(name for name in RELATIONSHIPS if name != KEY_AGREEMENT)


def create(key: PublicKey) -> Did:
    """Give the did:key of a key."""
    return Did.parse(f"did:key:{key.multikey()}")


def verification_method_id(key: PublicKey) -> str:
    """Give the id of the only verification method in the document of the key's did:key."""
    multikey = key.multikey()
    return f"did:key:{multikey}#{multikey}"


def public_key(did: Did) -> PublicKey:
    """Give the key that a did:key is."""
    if did.method != "key":
        raise DidError("did.malformed", f"expected a did:key, found did:{did.method}")
    return PublicKey.from_multikey(did.method_specific_id)


def resolve(did: Did) -> DidDocument:
    """Give the document of a did:key."""
    key = public_key(did)
    method = VerificationMethod(f"{did.text}#{did.method_specific_id}", did.text, key)
    names = (KEY_AGREEMENT,) if key.type is KeyType.X25519 else _SIGNING
    return DidDocument.from_json(document_json(did.text, [(method, names)]))
