"""`avow wallet sync`: fetch what proofs need, some time before they are needed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  typer reads annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.grounds import TrustOption, grounds_of
from api.cli.options import JsonOption, UrlOption, command
from api.cli.output import Output, shown
from api.cli.wallet import DEFAULT_WALLET, WalletOption
from api.client.connection import connect
from api.client.files import read_object

if TYPE_CHECKING:
    from datetime import datetime

    from api.client.checking import Grounds
    from api.client.revocation import FetchedEpoch
    from api.client.service_client import ServiceClient
    from credentials.holder.contents import StoredCredential
    from credentials.holder.stored_gaps import StoredGap
    from credentials.holder.wallet import Wallet
    from credentials.revocation import EpochSummary, GapFile, ListMetadata
    from credentials.suites.predicates.value import Revocable
    from did.types import JsonObject, JsonValue
    from zk.predicates.system import System as PredicateSystem


def register(parent: typer.Typer) -> None:
    """Hang this command under `avow wallet`."""
    command(
        parent,
        example="$ avow wallet sync\n$ avow wallet sync --page",
        then="avow prove --request request.json    works without any service",
    )(sync)


def sync(
    *,
    page: Annotated[
        bool,
        typer.Option(
            "--page",
            help="Of large lists fetch one page: less to load, but the service learns that your credential "
            "is one of about a thousand.",
        ),
    ] = False,
    request: Annotated[
        Path | None,
        typer.Option("--request", metavar="FILE", help="Fetch the sets that this request asks about, too."),
    ] = None,
    trust: TrustOption = None,
    wallet: WalletOption = DEFAULT_WALLET,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch revocation lists and digit lists for the credentials of the wallet.

    Run it on a schedule, once in each epoch of your issuers (an hour by default), and not when you are
    about to prove something: whoever serves the lists would learn when that is. Everything fetched is
    checked here before it is kept. With --trust only an epoch is taken that stands in the public log,
    so that nobody shows you a list of your own.
    """
    from api.cli.holder import open_wallet, passphrase
    from api.system import System

    system, out = System(), Output(as_json=as_json)
    with open_wallet(wallet, passphrase(), system) as opened, connect(url) as service:
        grounds = None if trust is None else grounds_of(trust=trust)
        fetching = Fetching(service, system.now(), page=page, grounds=grounds)
        changed, lines = fetching.synced(opened.wallet)
        if request is not None:
            changed = fetching.with_sets(changed, request)
        opened.save(changed)
    _tell(out, lines, service.url)
    described: list[JsonValue] = [line.to_json() for line in lines]
    out.result({"credentials": described})


SEAL_TRIES = 20
SEAL_SECONDS = 0.5
"""How long a new epoch may take to be sealed: services seal every quarter of a second by default."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What one run found for a credential; `elsewhere` is the service that has its list, if another."""

    credential: str
    url: str = ""
    epoch: int | None = None
    revoked: bool = False
    elsewhere: str = ""

    @property
    def ready(self) -> bool:
        """Whether a proof can be made now."""
        return not self.revoked and not self.elsewhere

    def to_json(self) -> JsonObject:
        """Give the line as JSON."""
        line: JsonObject = {
            "credential": self.credential,
            "list": self.url,
            "epoch": self.epoch,
            "revoked": self.revoked,
        }
        return line | ({"elsewhere": self.elsewhere} if self.elsewhere else {})


def _tell(out: Output, lines: list[Synced], asked: str) -> None:
    """Say what is ready, and what to do about the rest."""
    if not lines:
        out.mark("warning", "the wallet has no credential that could be proven with")
        out.next("avow wallet commit offer.json -o commitment.json    with an issuer's offer")
        return
    rows = [[line.credential, line.url or "-", "-" if line.epoch is None else line.epoch] for line in lines]
    out.columns(["credential", "revocation list", "epoch"], rows)
    ready = [line for line in lines if line.ready]
    if revoked := [line.credential for line in lines if line.revoked]:
        out.mark("failed", f"revoked by the issuer: {', '.join(revoked)}")
    if ready:
        many = "s are" if len(ready) != 1 else " is"
        out.mark("passed", f"{len(ready)} credential{many} ready to be proven")
    elsewhere = dict.fromkeys(line.elsewhere for line in lines if line.elsewhere)
    for origin in elsewhere:
        names = [line.credential for line in lines if line.elsewhere == origin]
        out.mark("warning", f"not at {shown(asked)}, nothing was fetched for: {', '.join(names)}")
    following = [f"avow wallet sync --url {origin}" for origin in elsewhere]
    following += ["avow prove --request request.json"] if ready else []
    out.next(*following or ["avow wallet list"])


class Fetching:
    """One run: each list is fetched once, whoever needs it."""

    def __init__(
        self, service: ServiceClient, now: datetime, *, page: bool, grounds: Grounds | None = None
    ) -> None:
        self._service = service
        self._now = now
        self._page = page
        self._grounds = grounds
        self._lists: dict[str, tuple[ListMetadata, EpochSummary]] = {}
        self._files: dict[str, GapFile] = {}

    def synced(self, wallet: Wallet) -> tuple[Wallet, list[Synced]]:
        """Give the wallet with fresh gaps and lists; of each credential what was found.

        A credential whose list another service has is left as it is.
        """
        from api.cli.holder import cryptosuites
        from api.client.revocation import fetch_parameters
        from credentials.suites.predicates.credential_suite import Predicates
        from credentials.suites.predicates.value import NAME

        suite = cryptosuites()[NAME]
        assert isinstance(suite, Predicates)  # the registry's own
        lines: list[Synced] = []
        for stored, value in wallet.provable():
            if value.revocable is not None and not value.revocable.url.startswith(f"{self._service.url}/"):
                origin = value.revocable.url.partition("/revocation/")[0]
                lines.append(Synced(stored.id, value.revocable.url, elsewhere=origin))
                continue
            if value.digit_list and value.digit_list not in wallet.parameters:
                octets = fetch_parameters(self._service, value.digit_list)
                wallet = wallet.with_parameters(value.digit_list, octets)
            if value.revocable is None:
                lines.append(Synced(stored.id))
                continue
            gap = self._gap(suite.suite.system, stored, value.revocable)
            wallet = wallet.with_gap(stored.id, gap)
            epoch = None if gap is None else gap.epoch
            lines.append(Synced(stored.id, value.revocable.url, epoch, revoked=gap is None))
        return wallet, lines

    def with_sets(self, wallet: Wallet, request: Path) -> Wallet:
        """Give the wallet with the published sets that a request names."""
        from api.client.revocation import fetch_parameters
        from credentials.exchange.request import PresentationRequest
        from credentials.predicates.needs import needs_of

        query = PresentationRequest.parse(read_object(request)).query
        entries = [] if query is None else query.credentials
        digests = {digest for entry in entries if query for digest in needs_of(query, entry.id).sets}
        for digest in sorted(digests - wallet.parameters.keys()):
            wallet = wallet.with_parameters(digest, fetch_parameters(self._service, digest))
        return wallet

    def _gap(
        self, system: PredicateSystem, stored: StoredCredential, revocable: Revocable
    ) -> StoredGap | None:
        """Fetch and check the gap around a credential's identifier; None where it is revoked."""
        from credentials.errors import CredentialError
        from credentials.holder.stored_gaps import StoredGap
        from credentials.revocation import check_gap

        metadata, published = self._list(stored, revocable)
        file = self._file(metadata, published, revocable.number)
        try:
            checked = check_gap(system, file, revocable.number, metadata=metadata)
        except CredentialError as error:
            if error.code == "revocation.revoked":
                return None
            raise
        return StoredGap(metadata.url, checked.epoch, checked.key, checked.gap)

    def _list(self, stored: StoredCredential, revocable: Revocable) -> tuple[ListMetadata, EpochSummary]:
        from api.client.documents import HostedHistories
        from api.client.revocation import fetch_epoch, fetch_metadata

        if revocable.url not in self._lists:
            metadata = fetch_metadata(
                self._service,
                revocable.url,
                issuer=stored.credential.issuer,
                documents=HostedHistories(self._service, self._now),
                now=self._now,
            )
            epoch = metadata.epoch_at(self._now)
            fetched = fetch_epoch(self._service, metadata, epoch=epoch)
            if self._grounds is not None:
                # The first to ask for an epoch may be what made it: the log seals it in a moment.
                for _ in range(SEAL_TRIES):
                    if fetched.receipt is not None:
                        break
                    time.sleep(SEAL_SECONDS)
                    fetched = fetch_epoch(self._service, metadata, epoch=epoch)
                _check_logged(fetched, self._grounds)
            self._lists[revocable.url] = (metadata, fetched.summary)
        return self._lists[revocable.url]

    def _file(self, metadata: ListMetadata, published: EpochSummary, identifier: int) -> GapFile:
        from api.client.revocation import fetch_gaps, fetch_page

        if self._page and len(published.pages) > 1:
            return fetch_page(self._service, metadata, published, identifier=identifier)
        if metadata.url not in self._files:
            self._files[metadata.url] = fetch_gaps(self._service, metadata, published)
        return self._files[metadata.url]


def _check_logged(fetched: FetchedEpoch, grounds: Grounds) -> None:
    """Check that what an epoch published stands in the log. Codes: revocation.unlogged, receipt.*."""
    from api.client.checking import check_receipt
    from api.client.failures import RejectedError
    from did.jcs import canonicalize

    if fetched.receipt is None:
        raise RejectedError(
            "revocation.unlogged",
            f"epoch {fetched.summary.epoch} of the list has no receipt of the log yet",
            remedy="try again in a few seconds; if it stays so, ask who runs the service",
        )
    check_receipt(canonicalize(fetched.receipt), expected_digest=fetched.summary.digest, grounds=grounds)
