"""Wallets that answer offers of a running service, for tests of blind issuance."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from api.services.suites import Suites
from credentials.exchange.offers import Commitment, Offer
from credentials.holder import offers
from credentials.holder.wallet import Wallet
from did.document import DidDocument
from did.identifiers import Did
from schemas import examples

SCHEMA = "https://avow.example/schemas/national-identity/v1"
FORMATS = ["bbs-2023", "bbs-predicates-2026"]
PREDICATES = "bbs-predicates-2026"
ISSUE = "/issuers/{}/credentials/issue"
SUITES = Suites.create().by_name


async def blind_profile(avow, profile="identity", did=None, **more):
    """Put a profile whose credentials are signed blindly; gives the answer."""
    body = {"did": did or avow.did, "formats": FORMATS, "schema": SCHEMA, **more}
    answer = await avow.call("PUT", f"/issuers/{profile}", body)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


async def offered(avow, person, profile="identity", **more):
    """Make an offer to a person."""
    return await avow.post(f"/issuers/{profile}/offers", {"person": person, **more}, status=201)


class Documents:
    """The documents that the service holds, as a wallet that verified the histories knows them."""

    def __init__(self, core):
        self.core = core

    def document(self, did):
        scid = did.text.split(":")[2]
        return DidDocument.from_json(self.core.documents.history(scid).latest.document)


@dataclass
class Holder:
    """A person with a wallet."""

    avow: object
    wallet: Wallet

    @classmethod
    def new(cls, avow):
        return cls(avow, Wallet())

    @property
    def now(self):
        return self.avow.clock.now()

    def commit(self, offer):
        """Answer an offer; gives the commitment as JSON."""
        parsed = Offer.parse(offer)
        document = Documents(self.avow.core).document(Did.parse(parsed.issuer))
        kept, made = offers.answer(
            self.wallet.secrets,
            parsed,
            document,
            SUITES,
            random_bytes=secrets.token_bytes,
            now=self.now,
        )
        self.wallet = self.wallet.with_secrets(kept)
        return made.to_json()

    def receive(self, credential):
        """Check and keep a credential."""
        self.wallet, stored = self.wallet.receive(
            credential, documents=Documents(self.avow.core), suites=SUITES, now=self.now
        )
        return stored


def body(commitment, **claims):
    """What is asked for: the example's claims, for a commitment."""
    subject = {**examples.load("national-identity"), **claims}
    asked = {"credential": {"credentialSubject": subject}}
    return asked if commitment is None else {**asked, "options": {"commitment": commitment}}


async def issue(avow, commitment, profile="identity", *, status=201, headers=None, **claims):
    """Ask for a credential; gives the answer, or the problem's code."""
    answer = await avow.call("POST", ISSUE.format(profile), body(commitment, **claims), headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json() if status == 201 else answer.json()["code"]


def altered(commitment, position):
    """The same commitment with one octet changed."""
    parsed = Commitment.parse(commitment)
    octets = bytearray(parsed.octets)
    octets[position] ^= 1
    return Commitment(parsed.nonce, bytes(octets)).to_json()


def for_offer(commitment, offer):
    """The octets of one commitment under the nonce of another offer."""
    return {**commitment, "offer": offer["offer"]}
