"""The keys of hosted DIDs: made, named, given out as signers, retired.

Invariants:
- A verification method's id is the DID and its key's Multikey text.
- A key signs under the relationships that its document lists it in, and under no other.
- A removed key is never used again; a retired one stays in the document and signs nothing new.
- Update keys serve once: the next one was committed to by its hash.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Row, Select, select, update
from sqlmodel import col

from api.errors import ApiError
from api.keys import keyring
from api.keys.secret import Secret
from api.keys.vault import Label, Sealed
from api.store.tables import Key
from credentials.suites import BbsKey
from did.document import ASSERTION_METHOD, AUTHENTICATION, RELATIONSHIPS, VerificationMethod
from did.errors import DidError
from did.keys import Ed25519Signer, KeyType, P256Signer, P384Signer, PublicKey, Signer
from did.methods.webvh import History, hash_key
from zk import bbs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from api.services.core import Core
    from api.store.writer import Unit
    from did.types import JsonObject, JsonValue

UPDATE: Final = "update"
_PURPOSES: Final = {
    KeyType.ED25519: (ASSERTION_METHOD, AUTHENTICATION),
    KeyType.P256: (ASSERTION_METHOD, AUTHENTICATION),
    KeyType.P384: (ASSERTION_METHOD, AUTHENTICATION),
    KeyType.BLS12381_G2: (ASSERTION_METHOD,),
}
MADE: Final = tuple(_PURPOSES)
"""The types of key that are made and kept here."""
_SIGNERS: Final[dict[KeyType, Callable[[bytes], Signer]]] = {
    KeyType.ED25519: Ed25519Signer,
    KeyType.P256: P256Signer,
    KeyType.P384: P384Signer,
}
_SECRET_BYTES: Final = {KeyType.ED25519: 32, KeyType.P256: 32, KeyType.P384: 48}


@dataclass(frozen=True, slots=True)
class DidKey:
    """A fresh key pair."""

    public: PublicKey
    secret: Secret

    @property
    def purposes(self) -> tuple[str, ...]:
        """The relationships that a key of this type gets."""
        return _PURPOSES[self.public.type]

    def method(self, did: str) -> VerificationMethod:
        """The verification method under a DID."""
        return VerificationMethod(f"{did}#{self.public.multikey()}", did, self.public)

    def signer(self) -> Signer:
        """The key as a signer; a BBS key is none (`key.unsupported`)."""
        return signer(self.public.type, self.secret)

    def stored(self, did: str) -> keyring.NewKey:
        """The key as a row: for its DID's document."""
        method = self.method(did)
        return keyring.NewKey(
            method.id, ASSERTION_METHOD, self.public.type.value, self.public.multikey(), self.secret
        )

    def update_key(self, state: str) -> keyring.NewKey:
        """The key as a row: for changing the DID."""
        multikey = self.public.multikey()
        return keyring.NewKey(
            f"update:{multikey}", UPDATE, self.public.type.value, multikey, self.secret, state
        )


@dataclass(frozen=True, slots=True)
class KeptKey:
    """A stored key: its name, type, state and public half."""

    key_id: str
    purpose: str
    type: str
    state: str
    public: str


def make(core: Core, kind: KeyType) -> DidKey:
    """Make a key pair."""
    if kind in _SIGNERS:
        return _made(core, kind)
    suite = core.suites.bbs
    secret = bbs.key_generate(suite, core.system.random_bytes(32))
    public = PublicKey(KeyType.BLS12381_G2, bbs.public_key(suite, secret))
    return DidKey(public, Secret(secret.to_bytes()))


def signer(kind: KeyType, secret: Secret) -> Signer:
    """A kept secret as a signer. Codes `key.malformed`, `key.unsupported`."""
    make_signer = _SIGNERS.get(kind)
    if make_signer is None:
        raise DidError("key.unsupported", f"a {kind} key kept here signs no text")
    return make_signer(secret.reveal())


def secret_bytes(kind: str) -> int:
    """How long the secret of a key of this type is; those of the service itself have a type of their own."""
    return _SECRET_BYTES[KeyType.P384] if kind == KeyType.P384 else keyring.SECRET_BYTES


def _made(core: Core, kind: KeyType) -> DidKey:
    while True:
        secret = Secret(core.system.random_bytes(_SECRET_BYTES[kind]))
        try:
            return DidKey(signer(kind, secret).public_key, secret)
        except DidError:
            # Once in 2^32: the bytes are no number below the order of the curve. Others will be.
            continue


def kept(core: Core, tenant: str, scid: str) -> list[KeptKey]:
    """The stored keys of a DID's document, oldest first."""
    return [_kept(row) for row in core.reader.all(_query(tenant, scid))]


def shown(unit: Unit, tenant: str, scid: str) -> list[JsonObject]:
    """The keys that the service keeps and uses, as answers show them."""
    rows = [_kept(row) for row in unit.connection.execute(_query(tenant, scid))]
    return [
        {"id": key.key_id, "type": key.type, "purpose": key.purpose}
        for key in rows
        if key.state == keyring.ACTIVE
    ]


def update_signer(core: Core, tenant: str, history: History) -> tuple[Signer, dict[str, str]]:
    """The key that the newest version committed to, and its state once it has served."""
    committed = set(history.latest.next_key_hashes)
    rows = core.reader.all(
        select(col(Key.key_id), col(Key.public)).where(
            col(Key.tenant) == tenant, col(Key.scid) == history.scid, col(Key.purpose) == UPDATE
        )
    )
    for row in rows:
        if hash_key(PublicKey.from_multikey(row.public)) in committed:
            secret = _secret(core, tenant, row.key_id, UPDATE)
            return Ed25519Signer(secret.reveal()), {row.key_id: keyring.RETIRED}
    raise ApiError("did.keys-elsewhere", "no update key kept here may sign the next version")


def signing_key(
    core: Core,
    tenant: str,
    scid: str,
    named: Sequence[str],
    kinds: frozenset[KeyType],
    *,
    purpose: str = ASSERTION_METHOD,
) -> tuple[str, Signer | BbsKey]:
    """The key that signs for a DID: a named one of these types, else the newest (`issuer.key-missing`)."""
    history = core.documents.history(scid)
    found = history.latest.document.get(purpose) if history else None
    listed = found if isinstance(found, list) else []
    usable = [
        k
        for k in kept(core, tenant, scid)
        if k.type in kinds and k.state == keyring.ACTIVE and k.key_id in listed
    ]
    usable.sort(key=lambda k: listed.index(k.key_id))  # the document's order: the newest stands last
    if named:
        usable = [k for k in usable if k.key_id in named]
    if not usable:
        raise ApiError(
            "issuer.key-missing",
            f"no active {' or '.join(sorted(kinds))} key of this DID is kept here"
            + (" under the names given" if named else ""),
            remedy="Add a key: POST /dids/{name}/update with addKeys, or name another verificationMethod.",
        )
    key = usable[-1]
    secret = _secret(core, tenant, key.key_id, key.purpose)
    public = PublicKey.from_multikey(key.public)
    if public.type is KeyType.BLS12381_G2:
        return key.key_id, BbsKey(bbs.SecretKey.from_bytes(core.suites.bbs, secret.reveal()), public)
    return key.key_id, signer(public.type, secret)


def set_state(unit: Unit, tenant: str, scid: str, key_id: str, state: str) -> None:
    """Give a stored key another state."""
    unit.connection.execute(
        update(Key)
        .where(col(Key.tenant) == tenant, col(Key.scid) == scid, col(Key.key_id) == key_id)
        .values(state=state)
    )


def edited(document: JsonObject, did: str, *, remove: Sequence[str], add: Iterable[DidKey]) -> JsonObject:
    """The document without some methods and with others (`did.key-unknown`)."""
    result = copy.deepcopy(document)
    for method_id in remove:
        _remove(result, did, method_id)
    for key in add:
        method = key.method(did)
        _list(result, "verificationMethod").append(method.to_json())
        for purpose in key.purposes:
            _list(result, purpose).append(method.id)
    return result


def after(kept_keys: Iterable[KeptKey], document: JsonObject, *, rotated: bool) -> dict[str, str]:
    """The new states of stored keys: those that left the document, or made way for new ones, sign no more."""
    methods = document.get("verificationMethod")
    present = {_id(method) for method in methods} if isinstance(methods, list) else set()
    return {
        key.key_id: keyring.RETIRED
        for key in kept_keys
        if key.state == keyring.ACTIVE and (rotated or key.key_id not in present)
    }


def _remove(document: JsonObject, did: str, method_id: str) -> None:
    names = {method_id, method_id.removeprefix(did)}
    found = False
    for member in ("verificationMethod", *RELATIONSHIPS):
        value = document.get(member)
        if isinstance(value, list):
            left = [item for item in value if _id(item) not in names]
            found = found or len(left) != len(value)
            document[member] = left
            if not left:
                del document[member]
    if not found:
        raise ApiError("did.key-unknown", "the document has no such verification method")


def _id(item: JsonValue) -> JsonValue:
    return item.get("id") if isinstance(item, dict) else item


def _list(document: JsonObject, member: str) -> list[JsonValue]:
    value = document.setdefault(member, [])
    if not isinstance(value, list):
        raise ApiError("request.invalid", f"{member} of the document is no list")
    return value


def _secret(core: Core, tenant: str, key_id: str, purpose: str) -> Secret:
    row = core.reader.first(
        select(col(Key.nonce), col(Key.wrapped)).where(
            col(Key.tenant) == tenant, col(Key.key_id) == key_id, col(Key.version) == 1
        )
    )
    if row is None:
        raise ApiError("keys.missing", "a key that was listed is not stored")
    return core.vault.key(Label(tenant, key_id, purpose, 1), Sealed(row.nonce, row.wrapped))


def _query(tenant: str, scid: str) -> Select[str, str, str, str, str]:
    return (
        select(col(Key.key_id), col(Key.purpose), col(Key.type), col(Key.state), col(Key.public))
        .where(col(Key.tenant) == tenant, col(Key.scid) == scid, col(Key.purpose) != UPDATE)
        .order_by(col(Key.created), col(Key.key_id))
    )


def _kept(row: Row[*tuple[Any, ...]]) -> KeptKey:
    return KeptKey(row.key_id, row.purpose, row.type, row.state, row.public)
