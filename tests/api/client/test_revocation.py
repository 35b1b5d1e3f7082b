"""A holder's fetching of a revocation list: everything verified, the whole file or a page of a thousand."""

from __future__ import annotations

import random

import httpx
import orjson
import pytest

from api.client.failures import RefusedError, RejectedError, UnreachableError
from api.client.revocation import (
    fetch_epoch,
    fetch_gaps,
    fetch_metadata,
    fetch_page,
    fetch_parameters,
)
from api.client.service_client import ServiceClient
from credentials.errors import CredentialError
from credentials.revocation import DIGITS, check_gap, parameters_digest, summarize
from did.errors import DidError
from tests.support.revocation import (
    EPOCH,
    ISSUER,
    NOW,
    OTHER,
    URL,
    document,
    gap_secret,
    metadata,
    predicates,
    published,
    shaped,
    signed,
)
from zk.predicates.published.lists import publish_digits

SERVICE = "https://issuer.example"


class Documents:
    def document(self, did):
        assert did.text == ISSUER
        return document()


class Published:
    """A service that serves what it is given."""

    def __init__(self, file):
        self.summary, pages = summarize(file, file.encode())
        path = URL.removeprefix(SERVICE)
        said = {**self.summary.to_json(), "evidence": {"state": "sealed", "receipt": {"type": "x"}}}
        self.files = {
            path: orjson.dumps(signed()),
            f"{path}/epochs/{EPOCH}": file.encode(),
            f"{path}/epochs/{EPOCH}/summary": orjson.dumps(said),
            **{f"{path}/epochs/{EPOCH}/pages/{number}": page for number, page in enumerate(pages)},
        }
        self.asked = []

    def __call__(self, request):
        self.asked.append(request.url.path)
        found = self.files.get(request.url.path)
        return httpx.Response(404) if found is None else httpx.Response(200, content=found)

    def client(self):
        return ServiceClient(SERVICE, transport=httpx.MockTransport(self))


def fetch(service, **changes):
    values = {"issuer": ISSUER, "documents": Documents(), "now": NOW}
    return fetch_metadata(service, URL, **{**values, **changes})


def test_the_gap_out_of_the_whole_file():
    with Published(published({7, 900})).client() as service:
        found = fetch(service)
        epoch = fetch_epoch(service, found, epoch=found.epoch_at(NOW))
        file = fetch_gaps(service, found, epoch.summary)
        assert check_gap(predicates(), file, 8, metadata=found).epoch == EPOCH
        assert epoch.receipt == {"type": "x"}


def test_the_gap_out_of_a_page():
    revoked = random.Random(1).sample(range(1, 2**32 - 1), 3_000)
    served = Published(shaped(revoked))
    with served.client() as service:
        found = fetch(service)
        epoch = fetch_epoch(service, found, epoch=EPOCH).summary
        page = fetch_page(service, found, epoch, identifier=2**31 + 7)
    assert (len(epoch.pages), page.page.number) == (2, 1)
    assert served.asked[-1].endswith(f"/epochs/{EPOCH}/pages/1")


def test_what_the_service_forges_is_refused():
    served = Published(published({7}))
    path = URL.removeprefix(SERVICE)
    with served.client() as service:
        found, epoch = fetch(service), fetch_epoch(service, metadata(), epoch=EPOCH).summary
        served.files[f"{path}/epochs/{EPOCH}"] = published({9}).encode()
        with pytest.raises(CredentialError, match=r"revocation\.digest"):
            fetch_gaps(service, found, epoch)
        served.files[path] = orjson.dumps(signed(signer=OTHER))
        with pytest.raises(DidError, match=r"proof\.signature"):
            fetch(service)
        served.files[f"{path}/epochs/{EPOCH}/summary"] = b"[]"
        with pytest.raises(UnreachableError, match=r"service\.answer"):
            fetch_epoch(service, found, epoch=EPOCH)
        with pytest.raises(RefusedError):
            fetch_epoch(service, found, epoch=EPOCH + 1)


def test_a_list_of_another_service_is_not_asked_for_here():
    served = Published(published(()))
    service = ServiceClient("https://issuer.example.org", transport=httpx.MockTransport(served))
    with service, pytest.raises(RejectedError, match=r"revocation\.elsewhere"):
        fetch(service)
    assert served.asked == []


def test_parameters_have_their_digest():
    octets = publish_digits(predicates(), gap_secret(b"\x09"))
    digest = parameters_digest(octets, DIGITS)
    served = Published(published(()))
    served.files |= {f"/parameters/{digest.hex()}": octets, f"/parameters/{bytes(32).hex()}": octets}
    with served.client() as service:
        assert fetch_parameters(service, digest) == octets
        with pytest.raises(CredentialError, match=r"revocation\.digest"):
            fetch_parameters(service, bytes(32))
