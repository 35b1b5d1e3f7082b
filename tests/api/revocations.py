"""What tests of revocation lists share: an issuer with its list, and what a holder fetches of it."""

from __future__ import annotations

from api.services.revocation import allocating, lists
from credentials.errors import CredentialError
from credentials.revocation import WHOLE, check_gap, decode, verify_metadata
from did.identifiers import Did

HOUR = 3600


async def issuer(running, name="city"):
    """A DID with its list; by the service's clock it is half past."""
    if not running.clock.offset:
        running.clock.offset = (HOUR / 2 - running.clock.now().timestamp()) % HOUR
        running.tokens.clear()
    made = await running.post("/dids", {"name": name}, status=201)
    running.did = made["did"]
    running.list = await lists.ensure_list(running.core, "default", made["did"])
    return running.list


def again(running, before):
    """The same issuer after a restart, by the same clock."""
    running.clock.offset = before.clock.offset
    running.did, running.list = before.did, before.list


def later(running, hours=1):
    """Let time pass; tokens do not live so long."""
    running.clock.offset += hours * HOUR
    running.tokens.clear()


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


def now_epoch(running):
    return running.list.metadata.epoch_at(running.clock.now())


async def holds(running, number, identifier):
    """Whether the holder of an identifier finds a gap, and it is good."""
    answer = await epoch(running, number)
    assert answer.status_code == 200, answer.text
    found = running.list.metadata
    file = decode(answer.content, expected_scope=found.scope, expected_epoch=number, expected_page=WHOLE)
    try:
        check_gap(running.core.revocations.system, file, identifier, metadata=found)
    except CredentialError as error:
        if error.code != "revocation.revoked":
            raise
        return False
    return True
