"""Credentials by a published schema: the wallet keeps schema and context, and takes no others for them."""

from __future__ import annotations

import json

import pytest

from api.client.published import completed
from api.services.suites import Suites
from credentials.errors import CredentialError
from credentials.holder.kept import MAX_BYTES, MAX_FILES, Kept
from credentials.model import Credential
from did.errors import DidError

from .conftest import world
from .enrolling import Documents, Holder, blind_profile, offered

pytestmark = pytest.mark.anyio
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Resident card",
    "description": "Who lives here",
    "type": "object",
    "properties": {
        "credentialSubject": {
            "type": "object",
            "properties": {"city": {"enum": ["Coimbra", "Porto"]}, "income": {"type": "integer"}},
            "required": ["city", "income"],
        }
    },
}


class Files:
    """A service that answers with what the real one published, or with something else."""

    def __init__(self, avow, **others):
        self.avow, self.others, self.asked = avow, others, []

    def find(self, path):
        self.asked.append(path)
        for start, content in self.others.items():
            if path.startswith(f"/{start}/"):
                return content
        return self.avow.published.get(path)


@pytest.fixture(scope="module")
async def avow(tmp_path_factory):
    async with world(tmp_path_factory.mktemp("published")) as running:
        running.did = (await running.post("/dids", {"name": "city"}, status=201))["did"]
        made = await running.post("/schemas/resident", SCHEMA, status=201)
        await blind_profile(running, schema=made["id"])
        running.published = {}
        for path in ("/schemas/resident/v1", "/contexts/resident/v1"):
            running.published[path] = (await running.client.get(path)).content
        running.holder = Holder.new(running)
        commitment = running.holder.commit(await offered(running, "resident-1"))
        asked = {"credential": {"credentialSubject": {"city": "Porto", "income": 41000}}}
        asked["options"] = {"commitment": commitment}
        answer = await running.post("/issuers/identity/credentials/issue", asked, status=201)
        running.credential = answer["verifiableCredential"]
        yield running


def receive(avow, files):
    """Receive the credential with what was fetched; gives the wallet afterwards."""
    holder = avow.holder
    kept = completed(holder.wallet.kept, Credential.parse(avow.credential), files)
    wallet, stored = holder.wallet.with_kept(kept).receive(
        avow.credential,
        documents=Documents(avow.core),
        suites=Suites.create(kept.sources().contexts).by_name,
        now=holder.now,
    )
    assert stored.blinds
    return wallet


async def test_what_is_not_bundled_is_fetched_once_and_kept(avow):
    files = Files(avow)
    wallet = receive(avow, files)
    assert sorted(files.asked) == ["/contexts/resident/v1", "/schemas/resident/v1"]
    again = type(wallet).parse(json.loads(json.dumps(wallet.to_json())))
    assert again.kept == wallet.kept
    completed(again.kept, Credential.parse(avow.credential), files)
    assert len(files.asked) == 2
    url = avow.credential["credentialSchema"]["id"]
    assert (
        again.kept.sources().schemas.schema(url, fetch=False).content
        == avow.published["/schemas/resident/v1"]
    )


async def test_another_schema_is_not_the_one_that_was_signed(avow):
    other = json.dumps({**SCHEMA, "title": "Another"}).encode()
    with pytest.raises(CredentialError, match=r"bbs-predicates-2026\.schema"):
        receive(avow, Files(avow, schemas=other))


async def test_another_context_makes_other_statements(avow):
    other = avow.published["/contexts/resident/v1"].replace(b"#city", b"#town")
    assert other != avow.published["/contexts/resident/v1"]
    with pytest.raises(CredentialError, match=r"proof\.signature"):
        receive(avow, Files(avow, contexts=other))


async def test_what_is_missing_makes_the_credential_unreadable(avow):
    with pytest.raises(CredentialError, match=r"schema\.unknown"):
        receive(avow, Files(avow, schemas=None))
    with pytest.raises(CredentialError, match=r"rdf\.context-unknown"):
        receive(avow, Files(avow, contexts=None))


async def test_files_that_no_wallet_keeps(avow):
    with pytest.raises(DidError, match=r"json\."):
        receive(avow, Files(avow, schemas=b'{"a": 1, "a": 2}'))
    with pytest.raises(Exception, match=r"schema\.too-large"):
        receive(avow, Files(avow, schemas=b" " * (MAX_BYTES + 1)))
    many = {f"https://x.example/{number}": b"{}" for number in range(MAX_FILES + 1)}
    with pytest.raises(CredentialError, match=r"wallet\.full"):
        Kept().added(many, {})
    with pytest.raises(CredentialError, match=r"wallet\.contents"):
        Kept.parse({"contexts": []})
