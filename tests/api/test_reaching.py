"""Verifying what was issued elsewhere: its issuer, status list and type are fetched, and no more."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from credentials.dialects.registry import dialects
from credentials.dialects.securing import IssuingKey
from credentials.issuing import IssuerProfile, issue
from credentials.status import bitstring, publishing
from did.document import ASSERTION_METHOD
from did.eddsa_jcs import EddsaJcs2022
from did.integrity import ProofOptions, add_proof
from did.keys import Ed25519Signer

from .test_elsewhere import KEY, LOG, made, two_hosts

pytestmark = pytest.mark.anyio
LIST, TYPE = "/status/1", "/types/degree"
UNDEFINED = "https://www.w3.org/ns/credentials/undefined-terms/v2"
INDEX = 7


class Elsewhere:
    """An issuer on another host, and what it publishes there."""

    def __init__(self, avow, files) -> None:
        self.avow, self.files = avow, files
        self.history, self.did = made(files.port)
        self.base = f"http://localhost:{files.port}"
        self.method = f"{self.did}#key-1"
        self.now = datetime.now(UTC)
        files.put(LOG, self.history, "text/jsonl")

    def publish_list(self, *marked, key=KEY):
        bits = bytearray(bitstring.MIN_ENTRIES // 8)
        for index in marked:
            bits[index // 8] |= 0x80 >> (index % 8)
        document = publishing.list_credential(
            bytes(bits),
            uri=self.base + LIST,
            issuer=self.did,
            purpose="revocation",
            now=self.now,
            lasts=timedelta(days=1),
        )
        options = ProofOptions("eddsa-jcs-2022", self.method, ASSERTION_METHOD)
        signed = add_proof(document, suite=EddsaJcs2022(), options=options, signer=key)
        self.files.put(LIST, orjson.dumps(signed), "application/vc")

    def issue(self, form="eddsa-jcs-2022", key=KEY):
        template = {
            "@context": ["https://www.w3.org/ns/credentials/v2", UNDEFINED],
            "credentialSubject": {"degree": "mathematics"},
            "credentialStatus": publishing.entry(uri=self.base + LIST, index=INDEX, purpose="revocation"),
        }
        profile = IssuerProfile(self.did, (form,), (), (), None, vct=self.base + TYPE)
        return issue(
            template,
            profile=profile,
            dialects=dialects(self.avow.core.suites.by_name),
            keys={form: IssuingKey(self.method, key)},
            now=self.now,
            random_bytes=os.urandom,
        )[form]

    async def verify(self, credential):
        body = {"verifiableCredential": credential, "options": {"policy": "elsewhere"}}
        answer = (await self.avow.call("POST", "/credentials/verify", body)).json()
        return "" if answer.get("accepted") else answer["code"]

    def asked(self):
        return [request.split(" ")[1] for request in self.files.asked]


async def trusting(avow, files, *dids):
    elsewhere = Elsewhere(avow, files)
    await avow.put("/policies/elsewhere", {"trustedIssuers": [*dids] or [elsewhere.did]})
    return elsewhere


async def test_an_issuer_and_its_status_list_are_fetched(tmp_path):
    async with two_hosts(tmp_path) as (avow, files):
        elsewhere = await trusting(avow, files)
        elsewhere.publish_list()
        assert await elsewhere.verify(elsewhere.issue()) == ""
        assert elsewhere.asked() == [LOG, "/them/did-witness.json", LIST]


async def test_what_is_revoked_elsewhere_is_revoked_here(tmp_path):
    async with two_hosts(tmp_path) as (avow, files):
        elsewhere = await trusting(avow, files)
        elsewhere.publish_list(INDEX)
        assert await elsewhere.verify(elsewhere.issue()) == "status.revoked"


async def test_a_list_that_its_issuer_did_not_sign_decides_nothing(tmp_path):
    async with two_hosts(tmp_path) as (avow, files):
        elsewhere = await trusting(avow, files)
        elsewhere.publish_list(key=Ed25519Signer(b"\x09" * 32))
        assert await elsewhere.verify(elsewhere.issue()) == "status.list-proof"


async def test_a_list_that_is_not_there_leaves_the_status_undecided(tmp_path):
    async with two_hosts(tmp_path) as (avow, files):
        elsewhere = await trusting(avow, files)
        assert await elsewhere.verify(elsewhere.issue()) == "status.unreachable"


async def test_nobody_is_asked_for_a_stranger(tmp_path):
    async with two_hosts(tmp_path) as (avow, files):
        elsewhere = await trusting(avow, files, "did:example:somebody")
        assert await elsewhere.verify(elsewhere.issue()) == "issuer.untrusted"
        assert elsewhere.asked() == []


async def test_a_forged_credential_makes_nobody_be_asked_for_its_status(tmp_path):
    async with two_hosts(tmp_path) as (avow, files):
        elsewhere = await trusting(avow, files)
        elsewhere.publish_list()
        forged = elsewhere.issue(key=Ed25519Signer(b"\x09" * 32))
        assert await elsewhere.verify(forged) == "proof.signature"
        assert LIST not in elsewhere.asked()


async def test_the_metadata_of_a_type_are_fetched_where_they_stand_under_https_only(tmp_path):
    async with two_hosts(tmp_path) as (avow, files):
        elsewhere = await trusting(avow, files)
        text = elsewhere.issue("dc+sd-jwt")
        # its status is in a token list, which is not there
        assert await elsewhere.verify(text) == "status.unreachable"
        assert elsewhere.asked() == [LOG, "/them/did-witness.json", LIST]


async def test_nothing_is_fetched_unless_the_operator_says_so(tmp_path):
    async with two_hosts(tmp_path, fetch="off") as (avow, files):
        elsewhere = await trusting(avow, files)
        assert await elsewhere.verify(elsewhere.issue()) == "resolution.not-found"
        assert elsewhere.asked() == []
