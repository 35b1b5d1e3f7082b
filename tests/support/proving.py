"""A world in which credentials of `bbs-predicates-2026` are issued, held, proven and verified.

Everything is the product's own code; revocation lists and digit lists are kept in memory.
"""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from credentials.dialects.registry import dialects
from credentials.dialects.securing import Blind, IssuingKey
from credentials.errors import IndeterminateError
from credentials.exchange.request import PresentationRequest
from credentials.holder.contents import StoredCredential
from credentials.holder.stored_gaps import StoredGap
from credentials.issuing import IssuerProfile, issue
from credentials.model import Credential
from credentials.predicates.sets import set_scalars
from credentials.revocation.checking import DIGITS, SET, parameters_digest
from credentials.revocation.metadata import ListMetadata
from credentials.suites.predicates.suite import Binding
from credentials.suites.predicates.typings import typing_by
from credentials.suites.predicates.value import Revocable
from schemas import examples
from schemas.sources import BUNDLED
from tests.support.world import (
    DOMAIN,
    IDENTITY_CONTEXT,
    IDENTITY_SCHEMA,
    IDENTITY_TYPE,
    Issuer,
    Random,
    World,
)
from zk import bbs
from zk.hashing import draw_scalars
from zk.predicates import issuance
from zk.predicates.published.gaps import find_gap, sign_gaps
from zk.predicates.published.lists import publish_digits, publish_set

if TYPE_CHECKING:
    from credentials.verifying.means import Means

PREDICATES = "bbs-predicates-2026"
BBS = "bbs-2023"
WIDTH = 32


@cache
def _digits(system: Any, seed: bytes) -> bytes:
    """One digit list for each seed: making one takes a while."""
    return publish_digits(system, bbs.key_generate(system.suite, seed))


@dataclass
class Revocations:
    """Lists and digit lists of all issuers: what a service would give. `asked` notes who asked for what."""

    lists: dict[str, ListMetadata] = field(default_factory=dict)
    octets: dict[bytes, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def metadata(self, url: str, *, issuer: str) -> ListMetadata:
        self.asked.append(issuer)
        if url not in self.lists:
            raise IndeterminateError("revocation.unreachable", "no such list")
        return self.lists[url]

    def digit_list(self, digest: bytes, *, issuer: str) -> bytes:
        self.asked.append(issuer)
        if digest not in self.octets:
            raise IndeterminateError("revocation.unreachable", "no such digit list")
        return self.octets[digest]

    def set_list(self, digest: bytes) -> bytes:
        self.asked.append(digest.hex())
        if digest not in self.octets:
            raise IndeterminateError("revocation.unreachable", "no such set")
        return self.octets[digest]


@dataclass
class ListOfIssuer:
    """A revocation list with its secret key, and who is revoked."""

    metadata: ListMetadata
    key: Any
    revoked: set[int] = field(default_factory=set)


class ProvingWorld(World):
    """The world with what proofs need."""

    def __init__(self, seed: str = "proving") -> None:
        super().__init__(seed)
        self.suite = self.suites[PREDICATES].suite
        self.system = self.suite.system
        self.revocations = Revocations()
        self.lists: dict[str, ListOfIssuer] = {}
        self.identifiers = 1000

    # issuing

    def list_of(self, issuer: Issuer) -> ListOfIssuer:
        """The issuer's list, whose epochs last an hour."""
        if issuer.did not in self.lists:
            key = bbs.key_generate(self.system.suite, self.random(32))
            url = f"http://localhost:8000/revocation/{len(self.lists)}"
            metadata = ListMetadata(
                url=url,
                issuer=issuer.did,
                width=WIDTH,
                epoch_zero=self.now - timedelta(hours=48),
                epoch_seconds=3600,
                gap_key=key.public_key(self.system.suite),
            )
            self.lists[issuer.did] = ListOfIssuer(metadata, key)
            self.revocations.lists[url] = metadata
        return self.lists[issuer.did]

    def digit_list(self, issuer: Issuer) -> bytes:
        """The digest of the issuer's digit list."""
        octets = _digits(self.system, hashlib.sha256(issuer.did.encode()).digest())
        digest = parameters_digest(octets, DIGITS)
        self.revocations.octets[digest] = octets
        return digest

    def binding(self, issuer: Issuer, *, revocable: bool = True, schema: str = IDENTITY_SCHEMA) -> Any:
        """What the issuer signs for this wallet's secrets, and the blind factor that the wallet keeps."""
        secrets = self.wallet.secrets.prepared(issuer.did, random_bytes=self.random)
        self.wallet = replace(self.wallet, secrets=secrets)
        raw = issuer.bbs.public_key.raw
        context = issuance.issuance_context(nonce=self.random(32), configuration=b"id", issuer_key=raw)
        made = issuance.commit(
            self.system, secrets.of(issuer.did), issuer=issuer.did, context=context, random_bytes=self.random
        )
        proven = issuance.check_commitment(
            self.system,
            made.octets,
            expected_issuer=issuer.did,
            expected_context=context,
            expected_nyms=1,
            expected_enrolment=None,
        )
        self.identifiers += 1
        url = self.list_of(issuer).metadata.url
        width = WIDTH if revocable else None
        binding = Binding(
            proven,
            next(draw_scalars(Random(f"entropy of {issuer.did}"), 1)),
            typing_by(schema, BUNDLED.schemas, width=width),
            Revocable(url, WIDTH, self.identifiers) if revocable else None,
            self.digit_list(issuer),
        )
        return binding, made.blind

    def issue_provable(
        self,
        issuer: Issuer | None = None,
        *,
        formats: tuple[str, ...] = (BBS, PREDICATES),
        revocable: bool = True,
        **claims: Any,
    ) -> Any:
        """Issue a credential for this wallet; gives it and its blind factor."""
        by = issuer or self.issuer
        binding, blind = self.binding(by, revocable=revocable)
        profile = IssuerProfile(
            did=by.did,
            formats=formats,
            contexts=(IDENTITY_CONTEXT,),
            types=("NationalIdentityCredential",),
            schema=IDENTITY_SCHEMA,
        )
        subject = {**examples.load("national-identity"), **claims}
        issued = issue(
            {"credentialSubject": {name: item for name, item in subject.items() if item is not None}},
            profile=profile,
            dialects=dialects(self.suites),
            keys=dict.fromkeys(formats, IssuingKey(f"{by.did}#bbs", by.bbs)),
            now=self.now,
            random_bytes=self.random,
            blind=Blind(predicates=binding),
        )
        return issued[PREDICATES], blind

    def hold(self, issuer: Issuer | None = None, **how: Any) -> StoredCredential:
        """Issue a credential and put it into the wallet, with its gap and the digit list."""
        by = issuer or self.issuer
        document, blind = self.issue_provable(by, **how)
        stored = StoredCredential(
            f"{len(self.wallet.credentials):016x}",
            Credential.parse(document),
            self.now,
            {PREDICATES: blind.to_bytes(32, "big")},
        )
        parameters = {**self.wallet.parameters, **self.revocations.octets}
        self.wallet = replace(
            self.wallet, credentials=(*self.wallet.credentials, stored), parameters=parameters
        )
        self.sync()
        return self.wallet.credentials[-1]

    def identifier(self, stored: StoredCredential) -> int | None:
        """The revocation identifier of a held credential."""
        held = self.wallet.held(stored, self.suite, BUNDLED.schemas)
        return None if held.value.revocable is None else held.value.revocable.number

    def sync(self) -> None:
        """Fetch the gaps of the current epoch for every credential."""
        self.wallet = replace(
            self.wallet, credentials=tuple(self._synced(stored) for stored in self.wallet.credentials)
        )

    def _synced(self, stored: StoredCredential) -> StoredCredential:
        if PREDICATES not in stored.blinds:
            return stored
        identifier = self.identifier(stored)
        kept = self.lists.get(stored.credential.issuer)
        if identifier is None or kept is None or identifier in kept.revoked:
            return stored
        epoch = kept.metadata.epoch_at(self.now)
        signed = list(sign_gaps(self.system, kept.key, kept.revoked, scope=kept.metadata.scope, epoch=epoch))
        gap = StoredGap(kept.metadata.url, epoch, kept.metadata.gap_key, find_gap(signed, identifier))
        return replace(stored, gap=gap)

    # asking and answering

    def asked(
        self,
        *expressions: str,
        claims: tuple[str, ...] = (),
        others: tuple[dict[str, Any], ...] = (),
        across: tuple[str, ...] = (),
        domain: str = DOMAIN,
    ) -> PresentationRequest:
        """A request for one identity credential, with what is to be proven of it."""
        entry = asking("identity", *expressions, claims=claims)
        query: dict[str, Any] = {"credentials": [entry, *others]}
        if across:
            query["avow_prove"] = list(across)
        return PresentationRequest.parse(
            {"challenge": self.random(24).hex(), "domain": domain, "query": query}
        )

    def means(self, **policy: Any) -> Means:
        return replace(super().means(**policy), revocation=self.revocations)

    def answer(self, request: PresentationRequest) -> Any:
        return copy.deepcopy(self.present(request))


def asking(name: str, *expressions: str, claims: tuple[str, ...] = ()) -> dict[str, Any]:
    """A credential query for an identity."""
    entry: dict[str, Any] = {
        "id": name,
        "format": "ldp_vc",
        "meta": {"type_values": [[IDENTITY_TYPE]]},
    }
    if claims:
        entry["claims"] = [{"path": ["credentialSubject", *claim.split(".")]} for claim in claims]
    if expressions:
        entry["avow_prove"] = list(expressions)
    return entry


def publish_members(
    world: ProvingWorld, *values: str, pointer: str = "/credentialSubject/nationality"
) -> bytes:
    """A set of values of a claim, which the wallet and the verifier's source have."""
    typing = typing_by(IDENTITY_SCHEMA, BUNDLED.schemas, width=32)
    members = set_scalars(world.system, typing, "/credentialSubject/nationality", values)
    octets = publish_set(world.system, bbs.key_generate(world.system.suite, b"set" * 12), members)
    digest = parameters_digest(octets, SET)
    world.revocations.octets[digest] = octets
    world.wallet = world.wallet.with_parameters(digest, octets)
    return digest
