"""What tests of status share: a service with profiles that give one, and its questions."""

from __future__ import annotations

from credentials.status import bitstring

BOTH = ["revocation", "suspension"]
TOKEN = {"Accept": "application/statuslist+jwt"}


async def profiles(running):
    """A DID with two profiles, trusted by the default policy."""
    made = await running.post("/dids", {"name": "city"}, status=201)
    running.did = made["did"]
    for profile, status in (("revocable", True), ("both", BOTH)):
        body = {"did": running.did, "formats": ["eddsa-jcs-2022"], "status": status}
        await running.put(f"/issuers/{profile}", body, status=201)
    await running.put("/policies/default", {"trustedIssuers": [running.did]})


async def issue(avow, profile="both", **members):
    body = {"credential": {"credentialSubject": {"id": "did:example:holder"}, **members}}
    answer = await avow.post(f"/issuers/{profile}/credentials/issue", body, status=201)
    return answer["verifiableCredential"]


def entries(credential):
    found = credential["credentialStatus"]
    return {entry["statusPurpose"]: entry for entry in (found if isinstance(found, list) else [found])}


async def code(avow, credential):
    answer = await avow.call("POST", "/credentials/verify", {"verifiableCredential": credential})
    return "" if answer.status_code == 200 else answer.json()["code"]


async def put(avow, credential, purpose, value=True, status=200):
    body = {"credentialStatus": entries(credential)[purpose], "status": value}
    return await avow.post("/credentials/status", body, status=status)


async def fetch(avow, uri, **headers):
    answer = await avow.client.get(uri, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def bit(credential_list, index):
    subject = credential_list["credentialSubject"]
    return bitstring.read(bitstring.decode(subject["encodedList"], max_bytes=1 << 20), index)
