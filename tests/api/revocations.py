"""What tests of revocation lists share: an issuer with its list, and what a holder fetches of it."""

from __future__ import annotations

from api.services.core import Caller
from api.services.revocation import allocating, lists
from credentials.revocation import verify_metadata
from did.identifiers import Did


async def issuer(running, name="city"):
    """A DID with its list."""
    made = await running.post("/dids", {"name": name}, status=201)
    running.did = made["did"]
    running.list = await lists.ensure_list(running.core, "default", made["did"])
    return running.list


async def identifiers(running, count=1):
    return [(await allocating.allocate(running.core, running.list)).identifier for _ in range(count)]


def document(running, did=None):
    return running.core.documents.moment().document(Did.parse(did or running.did))


async def metadata(running):
    answer = await running.client.get(running.list.metadata.url)
    assert answer.status_code == 200, answer.text
    return verify_metadata(
        answer.content,
        expected_url=running.list.metadata.url,
        expected_issuer=running.did,
        document=document(running),
        now=running.clock.now(),
    )


async def epoch(running, number, path=""):
    return await running.client.get(f"{running.list.metadata.url}/epochs/{number}{path}")


async def mark(running, identifier, *, value=True, purpose="revocation", status=200):
    entry = {"list": running.list.metadata.url, "identifier": identifier, "statusPurpose": purpose}
    return await running.post(
        "/credentials/status", {"credentialStatus": entry, "status": value}, status=status
    )


CALLER = Caller("default", "", frozenset())
