"""Revocation lists as a holder fetches them: verified metadata, the gaps of an epoch, published parameters.

Invariants:
- metadata are verified with the issuer's own document before anything in them is used.
- of gaps the whole file is fetched, or a page among a thousand others; never the one gap. A wallet does it on
  a schedule of its own, not when it presents: whoever serves the list would learn when and where.
- whatever is fetched was compared with its digest, and the gap that is used is checked under the list's key
  (`credentials.revocation.check_gap`).

Not here: which services a wallet asks, and what it keeps; the check of the receipt, which needs what its
verifier trusts (`api.client.checking`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.client.failures import RejectedError, UnreachableError
from credentials.revocation import (
    WHOLE,
    EpochSummary,
    GapFile,
    ListMetadata,
    check_parameters,
    verify_metadata,
)
from did.errors import DidError
from did.identifiers import Did
from did.jsontext import parse_object

if TYPE_CHECKING:
    from datetime import datetime

    from api.client.service_client import ServiceClient
    from did.resolution import DocumentSource
    from did.types import JsonObject

MAX_SUMMARY: Final = 1 << 20
"""A thousand pages have 50 kB of digests, a receipt some kilobytes more."""


@dataclass(frozen=True, slots=True)
class FetchedEpoch:
    """What an epoch published, and the receipt of its digest once the log has sealed that."""

    summary: EpochSummary
    receipt: JsonObject | None


def fetch_metadata(
    service: ServiceClient, url: str, *, issuer: str, documents: DocumentSource, now: datetime
) -> ListMetadata:
    """Fetch and verify the metadata of a list; codes `revocation.*`, `proof.*`, `resolution.*`."""
    return verify_metadata(
        _get(service, url),
        expected_url=url,
        expected_issuer=issuer,
        document=documents.document(Did.parse(issuer)),
        now=now,
    )


def fetch_epoch(service: ServiceClient, metadata: ListMetadata, *, epoch: int) -> FetchedEpoch:
    """Fetch what an epoch published; the present one is `metadata.epoch_at(now)`."""
    found = _get(service, f"{metadata.url}/epochs/{epoch}/summary")
    try:
        said = parse_object(found, max_bytes=MAX_SUMMARY)
    except DidError as error:
        raise UnreachableError("service.answer", f"the summary is no JSON object ({error.code})") from None
    logged = said.get("evidence")
    receipt = logged.get("receipt") if isinstance(logged, dict) else None
    return FetchedEpoch(
        EpochSummary.from_json(said, expected_scope=metadata.scope, expected_epoch=epoch),
        receipt if isinstance(receipt, dict) else None,
    )


def fetch_gaps(service: ServiceClient, metadata: ListMetadata, published: EpochSummary) -> GapFile:
    """Fetch all gaps of an epoch: whoever serves them learns nothing."""
    content = _get(service, f"{metadata.url}/epochs/{published.epoch}")
    return published.read(content, WHOLE)


def fetch_page(
    service: ServiceClient, metadata: ListMetadata, published: EpochSummary, *, identifier: int
) -> GapFile:
    """Fetch the page around an identifier: whoever serves it learns that it is one of a thousand."""
    page = published.page_of(identifier)
    content = _get(service, f"{metadata.url}/epochs/{published.epoch}/pages/{page.number}")
    return published.read(content, page)


def fetch_parameters(service: ServiceClient, digest: bytes) -> bytes:
    """Fetch a digit or set list by its digest; codes `revocation.digest`, `parameters.unknown`."""
    content = _get(service, f"{service.url}/parameters/{digest.hex()}")
    return check_parameters(content, expected_digest=digest)


def _get(service: ServiceClient, url: str) -> bytes:
    if not url.startswith(f"{service.url}/"):
        raise RejectedError(
            "revocation.elsewhere",
            f"the list lies elsewhere than at {service.url}",
            remedy="ask the service that the list's address names",
        )
    return service.read(url.removeprefix(service.url), scope="")
