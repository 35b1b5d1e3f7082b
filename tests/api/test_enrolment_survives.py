"""A service killed while it signs blindly: all of it is there afterwards, or nothing that counts."""

from __future__ import annotations

import secrets
import sqlite3

import httpx
import pytest

from credentials.exchange.offers import Offer
from credentials.holder import offers
from credentials.holder.secrets import Secrets
from did.document import DidDocument
from did.jsontext import parse_object
from tests.support.dying import AFTER, BEFORE, DyingService, Failpoint

from .enrolling import FORMATS, SCHEMA, SUITES, body

ISSUING = "api.services.enrolment.issuing"
POINTS = {
    "the identifier is given out, nothing signed": Failpoint(f"{ISSUING}:_blind", AFTER),
    "signed, nothing written": Failpoint(f"{ISSUING}:_keep", BEFORE),
    "the offer is used up, no tag written": Failpoint(f"{ISSUING}:_enrol", BEFORE),
    "all written, not committed": Failpoint(f"{ISSUING}:_keep", AFTER),
    "committed, not answered": Failpoint("api.store.writer:_release", BEFORE, since=f"{ISSUING}:_keep"),
}
PATH = "/issuers/identity/credentials/issue"


class Issuer:
    """A client that offers and issues, before and after the service died."""

    def __init__(self, service):
        self.service = service
        self.did = ""

    def post(self, path, asked, once=""):
        headers = {"Authorization": f"Bearer {self.service.token()}"}
        headers |= {"Idempotency-Key": once} if once else {}
        with httpx.Client(base_url=self.service.address, headers=headers, timeout=20) as http:
            return http.put(path, json=asked) if path == "/issuers/identity" else http.post(path, json=asked)

    def prepare(self):
        self.did = self.post("/dids", {"name": "city"}).json()["did"]
        profile = {"did": self.did, "formats": FORMATS, "schema": SCHEMA}
        assert self.post("/issuers/identity", profile).status_code == 201
        return self.post("/issuers/identity/offers", {"person": "4711"}).json()

    def document(self):
        history = httpx.get(f"{self.service.address}/dids/city/did.jsonl").text
        newest = parse_object(history.strip().splitlines()[-1].encode(), max_bytes=1 << 20)
        return DidDocument.from_json(newest["state"])


def rows(service, query):
    with sqlite3.connect(service.data / "avow.sqlite3") as connection:
        return connection.execute(query).fetchone()[0]


@pytest.mark.parametrize("name", POINTS)
def test_killed_at_the_worst_moment(tmp_path, name):
    service = DyingService(tmp_path / "data", "http://localhost:8000", chain="memory")
    issuer = Issuer(service)
    service.start(POINTS[name])
    try:
        service.wait_ready()
        offer = issuer.prepare()
        _, commitment = offers.answer(
            Secrets(),
            Offer.parse(offer),
            issuer.document(),
            SUITES,
            random_bytes=secrets.token_bytes,
            now=Offer.parse(offer).expires.replace(year=2000),
        )
        asked = body(commitment.to_json())
        service.arm()
        with pytest.raises(httpx.TransportError):
            issuer.post(PATH, asked, once="issue 4711")
        assert service.died(within=20), name
        committed = name.startswith("committed")
        assert rows(service, "SELECT count(*) FROM offers WHERE used IS NOT NULL") == committed
        assert rows(service, "SELECT count(*) FROM enrolments") == committed
        service.start()
        service.wait_ready()
        answer = issuer.post(PATH, asked, once="issue 4711")
        assert answer.status_code == 201, answer.text
        assert issuer.post(PATH, asked, once="issue 4711").json() == answer.json()
        assert issuer.post(PATH, asked).json()["code"] == "offer.used"
        assert rows(service, "SELECT count(*) FROM enrolments") == 1
        # What was signed in vain used up an identifier, which stands on no list.
        assert rows(service, "SELECT count(*) FROM revocation_identifiers") == (1 if committed else 2)
        assert rows(service, "SELECT count(*) FROM revocation_identifiers WHERE state > 0") == 0
    finally:
        service.kill()
