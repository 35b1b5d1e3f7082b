"""`avow wallet sync`: fetch what proofs need, some time before they are needed."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  typer reads annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import JsonOption, UrlOption, command
from api.cli.output import Output
from api.cli.wallet import DEFAULT_WALLET, WalletOption
from api.client.connection import connect
from api.client.files import read_object

if TYPE_CHECKING:
    from datetime import datetime

    from api.client.service_client import ServiceClient
    from credentials.holder.stored_gaps import StoredGap
    from credentials.holder.wallet import StoredCredential, Wallet
    from credentials.revocation import EpochSummary, GapFile, ListMetadata
    from credentials.suites.predicates.value import Revocable
    from did.types import JsonValue
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
    wallet: WalletOption = DEFAULT_WALLET,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch revocation lists and digit lists for the credentials of the wallet.

    Run it on a schedule, once in each epoch of your issuers (an hour by default), and not when you are
    about to prove something: whoever serves the lists would learn when that is. Everything fetched is
    checked here before it is kept.
    """
    from api.cli.holder import open_wallet, passphrase
    from api.system import System

    system, out = System(), Output(as_json=as_json)
    with open_wallet(wallet, passphrase(), system) as opened, connect(url) as service:
        fetching = Fetching(service, system.now(), page=page)
        changed, lines = fetching.synced(opened.wallet)
        if request is not None:
            changed = fetching.with_sets(changed, request)
        opened.save(changed)
    out.columns(["credential", "revocation list", "epoch"], [[line[0], line[1], line[2]] for line in lines])
    revoked = [line[0] for line in lines if line[3]]
    if revoked:
        out.mark("failed", f"revoked by the issuer: {', '.join(revoked)}")
    else:
        many = "s are" if len(lines) != 1 else " is"
        out.mark("passed", f"{len(lines)} credential{many} ready to be proven")
    out.next("avow prove --request request.json")
    described: list[JsonValue] = [
        {"credential": name, "list": listed, "epoch": epoch, "revoked": gone}
        for name, listed, epoch, gone in lines
    ]
    out.result({"credentials": described})


class Fetching:
    """One run: each list is fetched once, whoever needs it."""

    def __init__(self, service: ServiceClient, now: datetime, *, page: bool) -> None:
        self._service = service
        self._now = now
        self._page = page
        self._lists: dict[str, tuple[ListMetadata, EpochSummary]] = {}
        self._files: dict[str, GapFile] = {}

    def synced(self, wallet: Wallet) -> tuple[Wallet, list[tuple[str, str, int | None, bool]]]:
        """Give the wallet with fresh gaps and lists; of each credential list, epoch, if it is revoked."""
        from api.cli.holder import cryptosuites
        from api.client.revocation import fetch_parameters
        from credentials.suites.predicates.credential_suite import Predicates
        from credentials.suites.predicates.value import NAME

        suite = cryptosuites()[NAME]
        assert isinstance(suite, Predicates)  # the registry's own
        lines: list[tuple[str, str, int | None, bool]] = []
        for stored, value in wallet.provable():
            if value.digit_list and value.digit_list not in wallet.parameters:
                octets = fetch_parameters(self._service, value.digit_list)
                wallet = wallet.with_parameters(value.digit_list, octets)
            if value.revocable is None:
                lines.append((stored.id, "", None, False))
                continue
            gap = self._gap(suite.suite.system, stored, value.revocable)
            wallet = wallet.with_gap(stored.id, gap)
            lines.append((stored.id, value.revocable.url, gap.epoch if gap else None, gap is None))
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
            fetched = fetch_epoch(self._service, metadata, epoch=metadata.epoch_at(self._now))
            self._lists[revocable.url] = (metadata, fetched.summary)
        return self._lists[revocable.url]

    def _file(self, metadata: ListMetadata, published: EpochSummary, identifier: int) -> GapFile:
        from api.client.revocation import fetch_gaps, fetch_page

        if self._page and len(published.pages) > 1:
            return fetch_page(self._service, metadata, published, identifier=identifier)
        if metadata.url not in self._files:
            self._files[metadata.url] = fetch_gaps(self._service, metadata, published)
        return self._files[metadata.url]
