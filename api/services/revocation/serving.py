"""What others fetch of the lists of this service: signed metadata, epochs, pages; and what its verifier asks.

Invariants:
- the present epoch is published when somebody first asks for it, or by housekeeping; however many ask, it is
  made once, and goes on being made when whoever asked has gone.
- the present epoch and the one before are served, and no other. One that nobody published while it lasted
  stays unpublished.
- metadata are signed anew when half their time has passed.
- our own verifier gets our own lists without a signature, and nobody else's here.

Not here: the making of an epoch (`publishing`), other hosts (`api.services.reaching`).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

import orjson

from api.errors import ApiError
from api.logs import logger
from api.services.revocation import lists, parameters, publishing
from api.services.revocation.places import list_of, parameters_url
from api.services.status.lists import signer
from credentials.errors import CredentialError
from credentials.revocation import sign_metadata, unreachable
from did.methods.webvh import WebvhDid
from zk.predicates import system

if TYPE_CHECKING:
    from api.services.core import Core
    from api.services.revocation.lists import OwnList
    from api.services.revocation.publishing import Published
    from api.store.reader import Reader
    from credentials.revocation import ListMetadata
    from zk.ciphersuites import Suite
    from zk.predicates import System

TTL_SECONDS: Final = 300
"""How long others may keep metadata without asking again."""
LASTS_SECONDS: Final = 86_400
"""How long signed metadata count at all."""
KEPT: Final = 8
"""Epochs kept in memory: with 100,000 revoked, 17 MB each."""
KEPT_LISTS: Final = 1024


@dataclass(frozen=True, slots=True)
class Signed:
    """Metadata as they are served."""

    body: bytes
    etag: str
    made: int


class Revocations:
    """All lists of this service: a `RevocationSource`. Epochs are for the event loop, the rest for all."""

    def __init__(self, reader: Reader, public_url: str, suite: Suite) -> None:
        self._reader = reader
        self._public_url = public_url
        self._suite = suite
        self._lists: OrderedDict[str, OwnList] = OrderedDict()
        self._signed: dict[str, Signed] = {}
        self._epochs: OrderedDict[tuple[str, int], Published] = OrderedDict()
        self._making: dict[tuple[str, int], asyncio.Task[Published]] = {}

    @cached_property
    def system(self) -> System:
        """What composite proofs add to the BBS suite; made when it is first needed, which takes 50 ms."""
        return system(self._suite)

    def find(self, list_id: str) -> OwnList:
        """Give a list (`revocation.list-unknown`); what is known of one never changes."""
        known = self._lists.get(list_id) or lists.by_id(self._reader, self._public_url, list_id)
        if known is None:
            raise ApiError("revocation.list-unknown", "there is no revocation list at this address")
        self._lists[list_id] = known
        if len(self._lists) > KEPT_LISTS:
            self._lists.popitem(last=False)
        return known

    def metadata(self, url: str, *, issuer: str) -> ListMetadata:
        """Give a list of ours (`revocation.unreachable`)."""
        list_id = list_of(self._public_url, url)
        if list_id is None:
            raise unreachable(
                f"the revocation list {url}", "it is kept elsewhere, and no other host is asked"
            )
        try:
            own = self.find(list_id)
        except ApiError as error:
            raise unreachable(f"the revocation list {url}", error.detail) from None
        if own.metadata.issuer != issuer:
            raise unreachable(f"the revocation list {url}", "it is another issuer's")
        return own.metadata

    def digit_list(self, digest: bytes, *, issuer: str) -> bytes:  # noqa: ARG002  whoever published it
        """Give a digit list that is published here (`revocation.unreachable`)."""
        content = parameters.find(self._reader, digest)
        if content is None:
            place = parameters_url(self._public_url, digest)
            raise unreachable(f"the digit list {place}", "it is not published here")
        return content

    def set_list(self, digest: bytes) -> bytes:
        """Give a set list that is published here (`revocation.unreachable`)."""
        content = parameters.find(self._reader, digest)
        if content is None:
            raise unreachable(f"the set {digest.hex()}", "it is not published here")
        return content

    def signed(self, core: Core, list_id: str) -> Signed:
        """Give signed metadata. Codes `revocation.list-unknown`, `issuer.key-missing`."""
        own, now = self.find(list_id), core.system.now()
        known = self._signed.get(list_id)
        if known is not None and 0 <= core.system.seconds() - known.made < LASTS_SECONDS // 2:
            return known
        method, key = signer(core, own.tenant, WebvhDid.parse(own.metadata.issuer).scid)
        document = sign_metadata(
            own.metadata, method=method, signer=key, now=now, lasts=timedelta(seconds=LASTS_SECONDS)
        )
        body = orjson.dumps(document)
        made = Signed(body, hashlib.sha256(body).hexdigest()[:32], core.system.seconds())
        self._signed[list_id] = made
        return made

    async def epoch(self, core: Core, list_id: str, number: int) -> Published:
        """Give an epoch, published now if it is the present one.

        Codes `revocation.list-unknown`, `revocation.epoch-unknown`, `revocation.epoch-past`.
        """
        own = self.find(list_id)
        current = own.metadata.epoch_at(core.system.now())
        if number < current - 1:
            raise ApiError(
                "revocation.epoch-past",
                f"epoch {number} is over; {current} is the present one",
                remedy="Fetch the present epoch.",
            )
        if number > current:
            raise ApiError(
                "revocation.epoch-unknown",
                f"epoch {number} has not begun; {current} is the present one",
                remedy="Fetch the present epoch; compare your clock.",
            )
        return await self._shared(core, own, number, may_publish=number == current)

    async def publish_due(self, core: Core) -> None:
        """Publish the present epoch of every list that has given out an identifier."""
        for own in lists.in_use(core):
            try:
                current = own.metadata.epoch_at(core.system.now())
                if not publishing.is_published(self._reader, own, current):
                    await self._shared(core, own, current, may_publish=True)
            except (ApiError, CredentialError) as error:  # the next list may be well
                logger.warning("revocation.unpublished", reason=error.code, task="housekeeping")

    async def close(self) -> None:
        """Give up what is being made: it is made again when somebody asks."""
        making = list(self._making.values())
        for task in making:
            task.cancel()
        await asyncio.gather(*making, return_exceptions=True)

    async def _shared(self, core: Core, own: OwnList, number: int, *, may_publish: bool) -> Published:
        """From memory, from whoever is at it, or by a task of its own that outlives the request."""
        name = (own.list_id, number)
        known = self._epochs.get(name)
        if known is not None:
            return known
        task = self._making.get(name)
        if task is None:
            work = self._obtain(core, own, number, may_publish=may_publish)
            task = self._making[name] = asyncio.create_task(work, name="revocation")
            task.add_done_callback(lambda done: self._done(name, done))
        return await asyncio.shield(task)

    async def _obtain(self, core: Core, own: OwnList, number: int, *, may_publish: bool) -> Published:
        found = await publishing.load(core, own, number)
        if found is not None:
            return found
        if publishing.is_published(self._reader, own, number):
            raise ApiError(
                "revocation.epoch-past",
                f"epoch {number} was published, and its gap file is gone",
                remedy="Fetch the present epoch; the service's clock may have been set back.",
            )
        if not may_publish:
            raise ApiError(
                "revocation.epoch-unknown",
                f"epoch {number} was never published",
                remedy="Fetch the present epoch.",
            )
        return await publishing.publish(core, own, number)

    def _done(self, name: tuple[str, int], task: asyncio.Task[Published]) -> None:
        del self._making[name]
        if task.cancelled() or task.exception() is not None:
            return
        self._epochs[name] = task.result()
        while len(self._epochs) > KEPT:
            self._epochs.popitem(last=False)
