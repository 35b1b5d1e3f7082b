"""The lists as they are now, in memory, for verifying; and from them the signed forms that others fetch.

Invariants:
- what is in memory is what the rows say: a list is loaded from them, and follows each change after its
  commit; a change during a load makes it load again.
- our own verifier reads the list itself, so a revocation counts from its commit on.
- a signed form is made anew when its list has changed, at most once in `INTERVAL_SECONDS`, and when half its
  time has passed; whoever holds one may keep it for `TTL_SECONDS`, and must not trust it after
  `LASTS_SECONDS`.

Not here: others' lists, and who may change what (`api.services.status.changing`).
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import orjson
from sqlalchemy import bindparam, select
from sqlmodel import col

from api.errors import ApiError
from api.keys import did_keys
from api.services.status.places import REVOKED, STATES, SUSPENDED, Place, list_uri, place_of, purpose_uri
from api.store.tables import StatusEntry, StatusList
from credentials.jose import jws
from credentials.status import bitstring, publishing, token_list
from credentials.status.sources import KeptList, Kind, unreachable
from credentials.suites import BbsKey
from did.document import ASSERTION_METHOD
from did.integrity import ProofOptions
from did.keys import KeyType
from did.methods.webvh import WebvhDid

if TYPE_CHECKING:
    from api.services.core import Core
    from api.store.reader import Reader
    from did.keys import Signer
    from did.types import JsonObject

INTERVAL_SECONDS: Final = 5
TTL_SECONDS: Final = 300
LASTS_SECONDS: Final = 43_200
SIGNING: Final = frozenset({KeyType.ED25519})
SUITE: Final = "eddsa-jcs-2022"
KEPT: Final = 256
"""Lists kept in memory: with two purposes and two signed forms, some 100 kB each."""
_LIST: Final = select(
    col(StatusList.tenant), col(StatusList.did), col(StatusList.purposes), col(StatusList.entries)
).where(col(StatusList.list_id) == bindparam("list_id"))
_MARKED: Final = select(col(StatusEntry.position), col(StatusEntry.state)).where(
    col(StatusEntry.list_id) == bindparam("list_id"), col(StatusEntry.state) > 0
)


@dataclass(frozen=True, slots=True)
class Served:
    """A signed form, as it is served: the same bytes until it is made anew."""

    body: bytes
    compressed: bytes
    media_type: str
    etag: str
    version: int
    made: int


@dataclass(slots=True)
class ListNow:
    """One list: whose it is, and the state of every entry, packed as each kind of list has it."""

    list_id: str
    tenant: str
    did: str
    purposes: tuple[str, ...]
    entries: int
    bits: dict[str, bytearray] = field(init=False)
    tokens: bytearray = field(init=False)
    version: int = 0
    served: dict[tuple[Kind, str], Served] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bits = {purpose: bytearray(self.entries // 8) for purpose in self.purposes}
        self.tokens = bytearray(self.entries * self.token_bits // 8)

    @property
    def token_bits(self) -> int:
        """How many bits an entry has in the token's list: two where it can be suspended."""
        return 1 if len(self.purposes) == 1 else 2

    def put(self, index: int, state: int) -> None:
        """Write the state of an entry into every form."""
        for purpose, bits in self.bits.items():
            bitstring.write(bits, index, int(bool(state & STATES[purpose])))
        token_list.write(self.tokens, index, _value(state), size=self.token_bits)

    def kept(self, kind: Kind, purpose: str) -> KeptList:
        """The list as it is now, for one purpose; a token's is for all."""
        if kind is Kind.TOKEN:
            return KeptList(kind, self.did, frozenset(), bytes(self.tokens), self.token_bits)
        return KeptList(kind, self.did, frozenset({purpose}), bytes(self.bits[purpose]))


class StatusLists:
    """All lists of this service: a `StatusSource`, used by the event loop, the pool and the writer."""

    def __init__(self, reader: Reader, public_url: str) -> None:
        self._reader = reader
        self._public_url = public_url
        self._lock = threading.Lock()
        self._changes = 0
        self._lists: OrderedDict[str, ListNow] = OrderedDict()
        self._signing = asyncio.Lock()

    def status_list(self, uri: str, kind: Kind) -> KeptList:
        """Give a list of ours as it is now. Codes: status.unreachable."""
        place = place_of(self._public_url, uri)
        found = None if place is None else self.find(place.list_id)
        if place is None:
            raise unreachable(uri, "it is kept elsewhere, and no other host is asked")
        if found is None or place.purpose not in found.purposes:
            raise unreachable(uri, "there is no such list here")
        with self._lock:
            return found.kept(kind, place.purpose)

    def find(self, list_id: str) -> ListNow | None:
        """Give a list, from memory or from its rows."""
        while True:
            with self._lock:
                known = self._lists.get(list_id)
                before = self._changes
            if known is not None:
                return known
            loaded = self._load(list_id)
            if loaded is None:
                return None
            with self._lock:
                if self._changes != before:
                    continue
                self._lists[list_id] = loaded
                if len(self._lists) > KEPT:
                    self._lists.popitem(last=False)
            return loaded

    def follow(self, list_id: str, index: int, state: int) -> None:
        """Take in a change that has just become durable."""
        with self._lock:
            self._changes += 1
            known = self._lists.get(list_id)
            if known is not None:
                known.put(index, state)
                known.version += 1

    async def serve(self, core: Core, place: Place, kind: Kind) -> Served:
        """Give a signed form, made anew if it is time. Codes: status.list-unknown."""
        found = self.find(place.list_id)
        if found is None or place.purpose not in found.purposes:
            raise ApiError("status.list-unknown", "there is no status list at this address")
        name = (kind, place.purpose)
        if _good(found.served.get(name), found, core.system.seconds()) is None:
            async with self._signing:
                if _good(found.served.get(name), found, core.system.seconds()) is None:
                    found.served[name] = await core.pool.run(self._sign, core, found, kind, place.purpose)
        return found.served[name]

    def _load(self, list_id: str) -> ListNow | None:
        row = self._reader.first(_LIST, {"list_id": list_id})
        if row is None:
            return None
        found = ListNow(list_id, row.tenant, row.did, tuple(row.purposes.split()), row.entries)
        for position, state in self._reader.keyed(_MARKED, {"list_id": list_id}):
            found.put(position, state)
        return found

    def _sign(self, core: Core, found: ListNow, kind: Kind, purpose: str) -> Served:
        with self._lock:
            version, kept = found.version, found.kept(kind, purpose)
        method, key = signer(core, found.tenant, WebvhDid.parse(found.did).scid)
        uri = list_uri(self._public_url, found.list_id)
        if kind is Kind.TOKEN:
            body = _token(core, kept, uri, method, key)
        else:
            body = _credential(core, kept, purpose_uri(uri, purpose), purpose, method, key)
        return Served(
            body=body,
            compressed=gzip.compress(body, 6, mtime=0),
            media_type=kind.value,
            etag=hashlib.sha256(body).hexdigest()[:32],
            version=version,
            made=core.system.seconds(),
        )


def signer(core: Core, tenant: str, scid: str) -> tuple[str, Signer]:
    """The key by which an issuer's lists are signed, and its verification method (`issuer.key-missing`)."""
    method, key = did_keys.signing_key(core, tenant, scid, (), SIGNING)
    assert not isinstance(key, BbsKey)  # the type of the key says so
    return method, key


def _good(served: Served | None, found: ListNow, now: int) -> Served | None:
    """A signed form that need not be made anew yet."""
    if served is None:
        return None
    age = now - served.made
    changed = served.version != found.version and age >= INTERVAL_SECONDS
    return None if changed or not 0 <= age < LASTS_SECONDS // 2 else served


def _value(state: int) -> int:
    """The value of a token's list: revoked before suspended."""
    if state & REVOKED:
        return token_list.INVALID
    return token_list.SUSPENDED if state & SUSPENDED else token_list.VALID


def _credential(core: Core, kept: KeptList, uri: str, purpose: str, method: str, key: Signer) -> bytes:
    now = core.system.now()
    document = publishing.list_credential(
        kept.data,
        uri=uri,
        issuer=kept.issuer,
        purpose=purpose,
        now=now,
        lasts=timedelta(seconds=LASTS_SECONDS),
    )
    options = ProofOptions(
        cryptosuite=SUITE,
        verification_method=method,
        proof_purpose=ASSERTION_METHOD,
        created=now.replace(microsecond=0),
    )
    secured = core.suites.by_name[SUITE].sign(
        document, options=options, key=key, mandatory_pointers=(), random_bytes=core.system.random_bytes
    )
    return orjson.dumps(secured)


def _token(core: Core, kept: KeptList, uri: str, method: str, key: Signer) -> bytes:
    claims = publishing.list_claims(
        kept.data,
        uri=uri,
        issuer=kept.issuer,
        size=kept.size,
        now=core.system.now(),
        lasts=timedelta(seconds=LASTS_SECONDS),
        ttl=timedelta(seconds=TTL_SECONDS),
    )
    header: JsonObject = {"typ": token_list.TYPE, "kid": method}
    return jws.sign(orjson.dumps(claims), header=header, signer=key).encode()
