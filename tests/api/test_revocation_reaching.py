"""Revocation lists and digit lists of issuers elsewhere: fetched for trusted ones, at their own host."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from api.services import policies
from api.services.core import Caller
from api.services.reaching import Reach
from api.services.revocation import parameters
from credentials.errors import CredentialError, IndeterminateError
from credentials.revocation import DIGITS, ListMetadata, parameters_digest, sign_metadata, verify_metadata
from did.errors import DidError
from did.identifiers import Did
from tests.support.revocation import ZERO, gap_key, gap_secret, predicates
from zk.predicates.published.lists import publish_digits

from .revocations import issuer
from .test_elsewhere import KEY, LOG, made, two_hosts

pytestmark = pytest.mark.anyio
LIST = "/revocation/AAAAAAAAAAAAAAAAAAAAAA"
OCTETS = "application/octet-stream"


class Elsewhere:
    """An issuer on another host with its list and its digit list."""

    def __init__(self, avow, files) -> None:
        self.avow, self.files = avow, files
        self.history, self.did = made(files.port)
        self.url = f"http://localhost:{files.port}{LIST}"
        files.put(LOG, self.history, "text/jsonl")
        self.metadata = ListMetadata(
            url=self.url,
            issuer=self.did,
            width=32,
            epoch_zero=ZERO,
            epoch_seconds=3600,
            gap_key=gap_key(),
        )
        self.now = datetime.now(UTC)
        signed = sign_metadata(
            self.metadata, method=f"{self.did}#key-1", signer=KEY, now=self.now, lasts=timedelta(days=1)
        )
        files.put(LIST, orjson.dumps(signed), "application/json")
        self.digits = publish_digits(predicates(), gap_secret(b"\x09"))
        self.digest = parameters_digest(self.digits, DIGITS)
        files.put(f"/parameters/{self.digest.hex()}", self.digits, OCTETS)

    async def reach(self, *trusted):
        await self.avow.put("/policies/elsewhere", {"trustedIssuers": [*trusted] or [self.did]})
        caller = Caller("default", self.avow.bootstrap[0], frozenset())
        return Reach(self.avow.core, policies.choose(self.avow.core, caller, "elsewhere"))

    def asked(self):
        return [request.split(" ")[1] for request in self.files.asked]


async def fetched(reach, act):
    """What a source gives once what it needs was fetched."""
    with pytest.raises(IndeterminateError, match=r"revocation\.unreachable"):
        act(reach.revocations)
    assert await reach.fetch()
    return act(reach.revocations)


async def test_metadata_are_fetched_and_verify(tmp_path):
    async with two_hosts(tmp_path) as (avow, files):
        them = Elsewhere(avow, files)
        reach = await them.reach()
        raw = await fetched(reach, lambda source: source.metadata(them.url, issuer=them.did))
        with pytest.raises(DidError, match=r"resolution\.not-found"):
            reach.document(Did.parse(them.did))
        assert await reach.fetch()
        found = verify_metadata(
            raw,
            expected_url=them.url,
            expected_issuer=them.did,
            document=reach.document(Did.parse(them.did)),
            now=them.now,
        )
        assert found == them.metadata


async def test_a_digit_list_is_fetched_by_its_digest(tmp_path):
    async with two_hosts(tmp_path) as (avow, files):
        them = Elsewhere(avow, files)
        reach = await them.reach()
        content = await fetched(reach, lambda source: source.digit_list(them.digest, issuer=them.did))
        assert content == them.digits


async def test_a_digit_list_of_another_digest_is_refused(tmp_path):
    async with two_hosts(tmp_path) as (avow, files):
        them = Elsewhere(avow, files)
        reach, digest = await them.reach(), bytes(32)
        files.put(f"/parameters/{digest.hex()}", them.digits, OCTETS)
        with pytest.raises(CredentialError, match=r"revocation\.digest"):
            await fetched(reach, lambda source: source.digit_list(digest, issuer=them.did))


async def test_ours_are_given_at_once(tmp_path):
    async with two_hosts(tmp_path) as (avow, files):
        them = Elsewhere(avow, files)
        own = await issuer(avow)
        digest = await parameters.ensure_digit_list(avow.core, "default", avow.did)
        source = (await them.reach(avow.did)).revocations
        assert source.metadata(own.metadata.url, issuer=avow.did) == own.metadata
        assert len(source.digit_list(digest, issuer=avow.did)) == 12_392
        assert them.asked() == []


@pytest.mark.parametrize("what", ["stranger", "another host", "no webvh"])
async def test_nobody_is_asked_for_a_stranger_or_at_a_strangers_address(tmp_path, what):
    async with two_hosts(tmp_path) as (avow, files):
        them = Elsewhere(avow, files)
        reach = await them.reach(
            "did:example:somebody" if what == "stranger" else them.did, "did:web:a.example"
        )
        did = "did:web:a.example" if what == "no webvh" else them.did
        url = them.url if what == "stranger" else "https://victim.example/revocation/x"
        with pytest.raises(CredentialError, match=r"revocation\.unreachable"):
            reach.revocations.metadata(url, issuer=did)
        if what != "another host":
            with pytest.raises(CredentialError, match=r"revocation\.unreachable"):
                reach.revocations.digit_list(them.digest, issuer=did)
        assert not await reach.fetch()
        assert them.asked() == []


async def test_nothing_is_fetched_unless_the_operator_says_so(tmp_path):
    async with two_hosts(tmp_path, fetch="off") as (avow, files):
        them = Elsewhere(avow, files)
        reach = await them.reach()
        with pytest.raises(CredentialError, match="no other host is asked"):
            reach.revocations.metadata(them.url, issuer=them.did)
        assert not await reach.fetch()
        assert them.asked() == []
