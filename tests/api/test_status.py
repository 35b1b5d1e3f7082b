"""Status in the service: given at issuance, set and lifted, the same for every form of a credential."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from api.services import access
from api.services.core import Caller
from api.services.status import changing
from api.store.tables import StatusEntry
from schemas import examples

from .conftest import world
from .statuses import BOTH, code, entries, issue, profiles, put

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def avow(tmp_path_factory):
    async with world(tmp_path_factory.mktemp("status")) as running:
        await profiles(running)
        yield running


async def test_issue_verify_revoke_and_verify_again(avow):
    credential = await issue(avow, "revocable")
    entry = credential["credentialStatus"]
    assert entry["type"] == "BitstringStatusListEntry"
    assert 0 <= int(entry["statusListIndex"]) < 131_072
    assert await code(avow, credential) == ""
    changed = await put(avow, credential, "revocation")
    assert changed["changed"] == 1
    assert await code(avow, credential) == "status.revoked"


async def test_a_suspension_can_be_lifted_and_a_revocation_can_not(avow):
    credential = await issue(avow)
    await put(avow, credential, "suspension")
    assert await code(avow, credential) == "status.suspended"
    await put(avow, credential, "suspension", value=False)
    assert await code(avow, credential) == ""
    await put(avow, credential, "suspension")
    await put(avow, credential, "revocation")
    assert await code(avow, credential) == "status.revoked"
    refused = await put(avow, credential, "revocation", value=False, status=409)
    assert refused["code"] == "status.final"
    await put(avow, credential, "suspension", value=False)
    assert await code(avow, credential) == "status.revoked"


async def test_a_profile_that_only_revokes_does_not_suspend(avow):
    credential = await issue(avow, "revocable")
    entry = {**credential["credentialStatus"], "statusPurpose": "suspension"}
    refused = await avow.post("/credentials/status", {"credentialStatus": entry}, status=400)
    assert refused["code"] == "status.purpose"


async def test_every_change_says_who_and_when_and_a_repeat_is_none(avow):
    credential = await issue(avow)
    for _ in range(2):
        await put(avow, credential, "suspension")
    await put(avow, credential, "suspension", value=False)
    entry = entries(credential)["revocation"]
    path = f"{entry['statusListCredential']}/entries/{entry['statusListIndex']}"
    shown = (await avow.call("GET", path, status=200)).json()
    assert (shown["revocation"], shown["suspension"]) == (False, False)
    client = avow.bootstrap[0]
    assert [(c["statusPurpose"], c["status"], c["client"]) for c in shown["changes"]] == [
        ("suspension", True, client),
        ("suspension", False, client),
    ]


async def test_a_credential_is_found_by_its_id(avow):
    credential = await issue(avow, id="urn:uuid:4a5e1c52-3c5f-4bd3-9a5f-000000000001")
    body = {"credentialId": credential["id"], "credentialStatus": {"statusPurpose": "suspension"}}
    changed = await avow.post("/credentials/status", body)
    assert changed["credentialStatus"] == entries(credential)["suspension"]
    assert await code(avow, credential) == "status.suspended"
    await avow.post("/credentials/status", {"credentialId": credential["id"]})
    assert await code(avow, credential) == "status.revoked"


async def test_a_token_s_reference_names_the_same_entry(avow):
    credential = await issue(avow)
    entry = entries(credential)["revocation"]
    reference = {"idx": int(entry["statusListIndex"]), "uri": entry["statusListCredential"]}
    await avow.post("/credentials/status", {"credentialStatus": {"status_list": reference}})
    assert await code(avow, credential) == "status.revoked"


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ({}, 400, "request.invalid"),
        ({"credentialId": "urn:uuid:nobody"}, 404, "status.unknown"),
        ({"credentialId": "urn:x:y", "credentialStatus": {"statusPurpose": "joy"}}, 400, "status.purpose"),
        (
            {
                "credentialStatus": {
                    "statusPurpose": "revocation",
                    "statusListIndex": "0",
                    "statusListCredential": "https://elsewhere.example/status-lists/AAAAAAAAAAAAAAAAAAAAAA",
                }
            },
            404,
            "status.unknown",
        ),
        ({"credentialStatus": {"statusListIndex": 7}}, 400, "status.entry"),
        ({"credentialStatus": {"status_list": {"idx": -1, "uri": "https://a.example"}}}, 400, "status.entry"),
    ],
)
async def test_changes_that_mean_nothing_here(avow, body, status, expected):
    assert (await avow.post("/credentials/status", body, status=status))["code"] == expected


async def test_an_index_that_was_never_given_out_is_unknown(avow):
    entry = entries(await issue(avow))["revocation"]
    taken = {
        row.position
        for row in avow.core.reader.all(
            select(col(StatusEntry.position)).where(
                col(StatusEntry.list_id) == entry["statusListCredential"].rpartition("/")[2]
            )
        )
    }
    free = next(index for index in range(131_072) if index not in taken)
    body = {"credentialStatus": {**entry, "statusListIndex": str(free)}}
    assert (await avow.post("/credentials/status", body, status=404))["code"] == "status.unknown"


async def test_profiles_that_could_not_be_kept(avow):
    plain = {"did": avow.did, "formats": ["eddsa-jcs-2022"]}
    for purposes in (["suspension"], ["revocation", "joy"]):
        refused = await avow.put("/issuers/odd", {**plain, "status": purposes}, status=400)
        assert refused["code"] == "status.purpose"
    selective = {"did": avow.did, "formats": ["bbs-2023"], "status": True}
    assert (await avow.put("/issuers/odd", selective, status=400))["code"] == "issue.linkable"


async def test_a_template_with_a_status_of_its_own_is_refused(avow):
    body = {"credential": {"credentialSubject": {"id": "did:example:x"}, "credentialStatus": {"type": "X"}}}
    refused = await avow.post("/issuers/both/credentials/issue", body, status=400)
    assert refused["code"] == "issue.status"


async def test_a_list_of_another_host_leaves_the_status_undecided(avow):
    body = {"did": avow.did, "formats": ["eddsa-jcs-2022"]}
    await avow.call("PUT", "/issuers/free", body)
    entry = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "1",
        "statusListCredential": "https://elsewhere.example/list",
    }
    credential = await issue(avow, "free", credentialStatus=entry)
    assert await code(avow, credential) == "status.unreachable"


async def test_a_repeat_with_its_key_gets_the_same_credential(avow):
    body = {"credential": {"credentialSubject": {"id": "did:example:x"}}}
    path, headers = "/issuers/both/credentials/issue", {"Idempotency-Key": "once"}
    first = await avow.post(path, body, status=201, headers=headers)
    assert await avow.post(path, body, status=201, headers=headers) == first


async def test_another_tenant_changes_and_sees_nothing(avow):
    credential = await issue(avow)
    entry = entries(credential)["revocation"]
    stranger = Caller("other", "client-x", frozenset(access.SCOPES))
    asked = changing.wanted(avow.core, credential_id=None, entry=entry, value=True)
    with pytest.raises(Exception) as caught:
        await changing.change(avow.core, stranger, asked, None)
    assert caught.value.code == "status.unknown"
    list_id = entry["statusListCredential"].rpartition("/")[2]
    with pytest.raises(Exception) as caught:
        changing.history(avow.core, stranger, list_id, int(entry["statusListIndex"]))
    assert caught.value.code == "status.unknown"
    assert await code(avow, credential) == ""


async def test_a_change_that_did_not_commit_is_not_in_memory(avow):
    credential = await issue(avow)
    assert await code(avow, credential) == ""
    entry = entries(credential)["revocation"]
    asked = changing.wanted(avow.core, credential_id=None, entry=entry, value=True)
    caller = Caller("default", "client", frozenset())

    def fails(unit):
        changing._change(avow.core, caller, asked, unit)
        raise ValueError("the command fails after its write")

    with pytest.raises(ValueError, match="fails"):
        await avow.core.writer.run(fails)
    assert await code(avow, credential) == ""


async def test_schema_and_status_go_together(avow):
    schema = "https://avow.example/schemas/national-identity/v1"
    body = {"did": avow.did, "formats": ["eddsa-jcs-2022"], "schema": schema, "status": True}
    await avow.put("/issuers/identity", body, status=201)
    body = {"credential": {"credentialSubject": examples.load("national-identity")}}
    issued = await avow.post("/issuers/identity/credentials/issue", body, status=201)
    assert await code(avow, issued["verifiableCredential"]) == ""
    shown = (await avow.call("GET", "/issuers/identity", status=200)).json()
    assert shown["status"] == ["revocation"]


async def test_revoked_once_every_form_of_a_credential_fails(avow):
    forms = ["eddsa-jcs-2022", "eddsa-rdfc-2022", "vc+jwt", "vc+sd-jwt"]
    body = {"did": avow.did, "formats": forms, "status": BOTH}
    await avow.put("/issuers/many", body, status=201)
    template = {"credential": {"credentialSubject": {"id": "did:example:holder"}}}
    issued = (await avow.post("/issuers/many/credentials/issue", template, status=201))["forms"]
    assert list(issued) == forms
    assert [await code(avow, issued[form]) for form in forms] == [""] * 4
    await put(avow, issued["eddsa-jcs-2022"], "suspension")
    assert [await code(avow, issued[form]) for form in forms] == ["status.suspended"] * 4
    await put(avow, issued["eddsa-rdfc-2022"], "revocation")
    assert [await code(avow, issued[form]) for form in forms] == ["status.revoked"] * 4


async def test_what_could_not_be_issued_uses_up_no_index(avow):
    def given():
        return avow.core.reader.first(select(func.count(col(StatusEntry.position))))[0]

    before = given()
    body = {"credential": {"credentialSubject": {"id": "did:example:x"}, "validFrom": "yesterday"}}
    await avow.post("/issuers/both/credentials/issue", body, status=400)
    assert given() == before
    await issue(avow)
    assert given() == before + 1
