"""What a verification needs from other hosts: noted while it runs, fetched between runs.

Verification is synchronous and fetches nothing. Its sources, here, give what is at hand and note what they
would need; where the operator allows it (`AVOW_FETCH`), that is fetched, and the verification runs again.

Invariants:
- for an issuer that the policy does not trust nothing is fetched: neither its document nor its keys.
- status lists and metadata of types are asked for by the verifier only once the credential's proof has
  verified, so a stranger's credential makes nobody's address be asked.
- revocation lists and digit lists are needed before: they are asked for at the trusted issuer's own host only
  (`api.services.revocation.reaching`).
- everything goes through the egress client, and what was fetched is a stranger's word until it is verified.
- a verification runs at most `ROUNDS` times, and fetches at most `MOST` things.

Not here: the egress client's own rules (`api.egress`), verification.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from api.errors import ApiError
from api.services import schema_sources
from api.services.revocation.reaching import ReachedRevocations
from credentials.errors import CredentialError
from credentials.sd_jwt.vc.issuer_metadata import MAX_BYTES as MAX_METADATA_BYTES
from credentials.sd_jwt.vc.issuer_metadata import metadata_url
from credentials.status.sources import Kind, unreachable
from credentials.verifying.means import Means
from did.errors import DidError
from did.identifiers import Did
from did.jsontext import parse_object
from did.methods.webvh import WebvhDid
from did.resolution import document_from_history
from schemas import walking
from schemas.json_schemas import SchemaText
from schemas.limits import LIMITS as SCHEMA_LIMITS
from schemas.sources import LayeredSchemas, Sources

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from api.services.core import Core
    from api.services.documents import Moment
    from api.services.policies import Chosen
    from credentials.status.sources import KeptList
    from did.document import DidDocument

Judged = TypeVar("Judged")
ROUNDS: Final = 4
"""An issuer's document, then a status list, then the document of who keeps it, then the verdict."""
MOST: Final = 8
_JSON: Final = frozenset({"application/json"})
_LISTS: Final = {
    Kind.BITSTRING: frozenset({"application/vc", "application/vc+ld+json", "application/ld+json"}) | _JSON,
    Kind.TOKEN: frozenset({Kind.TOKEN.value}),
}
_LIST_BYTES: Final = 2 << 20
_TYPE_BYTES: Final = 1 << 18
_SCHEMA_BYTES: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Need:
    """One thing to fetch: of what kind, from where, and in which media types."""

    kind: str
    address: str
    media_types: frozenset[str] = _JSON
    max_bytes: int = MAX_METADATA_BYTES


@dataclass(slots=True)
class Reach:
    """The sources of one verification. Used by one thread at a time."""

    core: Core
    chosen: Chosen
    hosted: Moment = field(init=False)
    needs: dict[str, Need] = field(default_factory=dict)
    documents_found: dict[str, DidDocument] = field(default_factory=dict)
    found: dict[str, bytes] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hosted = self.core.documents.moment()

    def means(self) -> Means:
        """What the verifier works with."""
        core = self.core
        schemas = LayeredSchemas((core.known.schemas, _Schemas(self)))
        return Means(
            documents=self,
            suites=core.suites.by_name,
            policy=self.chosen.policy,
            now=core.system.now(),
            assurances=self.hosted,
            known=Sources(core.known.contexts, schemas),
            issuer_metadata=_Published(self),
            types=_Types(self),
            statuses=self,
            revocation=self.revocations,
        )

    def document(self, did: Did) -> DidDocument:
        """Give the newest document of a DID; of another host's, only for an issuer that is trusted."""
        fetched = self.documents_found.get(did.text)
        if fetched is not None:
            return fetched
        try:
            return self.hosted.document(did)
        except DidError as error:
            trusted = did.text in self.chosen.policy.trusted_issuers | self.chosen.policy.status_issuers
            if error.code == "resolution.not-found" and did.method == "webvh" and trusted:
                self._need(Need("did", did.text))
            raise

    def status_list(self, uri: str, kind: Kind) -> KeptList | bytes:
        """Give a list of ours as it is, another's as fetched."""
        if uri in self.found:
            return self.found[uri]
        try:
            return self.core.statuses.status_list(uri, kind)
        except CredentialError as error:
            if error.code == "status.unreachable":
                self._need(Need("status", uri, _LISTS[kind], _LIST_BYTES))
                if uri in self.failed:
                    raise unreachable(uri, self.failed[uri]) from error
            raise

    @property
    def revocations(self) -> ReachedRevocations:
        """What holders of revocable credentials prove against."""
        return ReachedRevocations(self)

    def load(
        self, address: str, kind: str, max_bytes: int, code: str, media_types: frozenset[str] = _JSON
    ) -> bytes:
        """Give what was fetched from an address, or note that it is needed."""
        if address in self.found:
            return self.found[address]
        self._need(Need(kind, address, media_types, max_bytes))
        raise CredentialError(code, self.failed.get(address, "it is not at hand, and nothing is fetched"))

    def _need(self, need: Need) -> None:
        if need.address not in self.failed:
            self.needs[need.address] = need

    async def fetch(self) -> bool:
        """Fetch what was noted; tells whether the verification would now find more."""
        wanted = list(self.needs.values())
        self.needs.clear()
        room = MOST - len(self.found) - len(self.failed) - len(self.documents_found)
        if self.core.elsewhere is None or not wanted or room <= 0:
            return False
        await asyncio.gather(*(self._one(need) for need in wanted[:room]))
        return True

    async def _one(self, need: Need) -> None:
        try:
            if need.kind == "did":
                await self._history(need.address)
                return
            answer = await self.core.egress.fetch(
                need.address, media_types=need.media_types, max_bytes=need.max_bytes
            )
            self.found[need.address] = answer.content
        except (ApiError, DidError) as error:
            self.failed[need.address] = f"{error.code}: {error.detail}"

    async def _history(self, text: str) -> None:
        assert self.core.elsewhere is not None  # `fetch` looked
        did = WebvhDid.parse(text)
        history = await self.core.elsewhere.history(did)
        self.documents_found[text] = document_from_history(history, Did.parse(text))


@dataclass(frozen=True, slots=True)
class _Published:
    """Keys that issuers publish on the web; asked for those of trusted issuers only."""

    reach: Reach

    def load(self, url: str) -> bytes:
        """Codes: issuer.unreachable."""
        if not self._is_trusted(url):
            raise CredentialError("issuer.unreachable", "its metadata are fetched for trusted issuers only")
        return self.reach.load(url, "issuer", MAX_METADATA_BYTES, "issuer.unreachable")

    def _is_trusted(self, url: str) -> bool:
        issuers = [i for i in self.reach.chosen.policy.trusted_issuers if i.startswith("https://")]
        own = {metadata_url(issuer) for issuer in issuers}
        # Keys may stand at an address that such metadata name.
        return url in own or any(address in self.reach.found for address in own)


@dataclass(frozen=True, slots=True)
class _Schemas:
    """Schemas that other hosts publish; fetched where the verifier says that it may be."""

    reach: Reach

    def schema(self, url: str, *, fetch: bool) -> SchemaText | None:
        """Give a schema as it was fetched; codes `schema.*` for one that is none."""
        content = self._content(url, fetch=fetch)
        if content is None:
            return None
        value = parse_object(content, max_bytes=_SCHEMA_BYTES)
        walking.measure(value, SCHEMA_LIMITS)
        return SchemaText.of(url, content, value)

    def credential(self, url: str, *, fetch: bool) -> bytes | None:
        """Give a schema credential as it was fetched."""
        return self._content(url, fetch=fetch)

    def _content(self, url: str, *, fetch: bool) -> bytes | None:
        if not fetch or not url.startswith("https://"):
            return None
        try:
            return self.reach.load(url, "schema", _SCHEMA_BYTES, "schema.unknown")
        except CredentialError:
            return None


@dataclass(frozen=True, slots=True)
class _Types:
    """Metadata of types; the verifier asks for them once the proof has verified."""

    reach: Reach

    def load(self, vct: str) -> bytes:
        """Give our own, or what was fetched. Codes: type.unknown."""
        own = schema_sources.type_metadata_of(self.reach.core, vct)
        if own is not None:
            return own
        if not vct.startswith("https://"):
            raise CredentialError("type.unknown", "the type is no address, so nobody can be asked for it")
        return self.reach.load(vct, "type", _TYPE_BYTES, "type.unknown")


async def judged(
    core: Core,
    chosen: Chosen,
    judge: Callable[[Means], Awaitable[Judged]],
) -> Judged:
    """Judge with what is at hand; where something is missing that may be fetched, again with that."""
    reach = Reach(core, chosen)
    verdict = await judge(reach.means())
    for _ in range(ROUNDS - 1):
        if not await reach.fetch():
            return verdict
        verdict = await judge(reach.means())
    return verdict
