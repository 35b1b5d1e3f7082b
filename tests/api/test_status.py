"""Status in the service: allocated at issuance, set and lifted, served in both forms, and kept for ever."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import Counter

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from api.services import access
from api.services.core import Caller
from api.services.status import allocating, changing
from api.services.status.lists import INTERVAL_SECONDS, LASTS_SECONDS
from api.store.tables import StatusChange, StatusEntry, StatusList
from credentials.jose import jws
from credentials.status import bitstring, token_list
from credentials.verifying.lists import SignedLists
from credentials.verifying.means import Means
from credentials.verifying.policy import Policy
from schemas import examples

from .conftest import world

pytestmark = pytest.mark.anyio

BOTH = ["revocation", "suspension"]
TOKEN = {"Accept": "application/statuslist+jwt"}


@pytest.fixture(scope="module")
async def avow(tmp_path_factory):
    async with world(tmp_path_factory.mktemp("status")) as running:
        made = await running.post("/dids", {"name": "city"}, status=201)
        running.did = made["did"]
        for profile, status in (("revocable", True), ("both", BOTH)):
            body = {"did": running.did, "formats": ["eddsa-jcs-2022"], "status": status}
            await running.put(f"/issuers/{profile}", body, status=201)
        await running.put("/policies/default", {"trustedIssuers": [running.did]})
        yield running


@pytest.fixture
def later(avow):
    """Let time pass, for one test."""

    def pass_by(seconds):
        avow.clock.offset += seconds
        avow.tokens.clear()

    yield pass_by
    avow.clock.offset = 0
    avow.tokens.clear()
    avow.core.statuses._lists.clear()


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


async def test_both_kinds_of_lists_say_the_same_of_the_same_index(avow, later):
    credentials = [await issue(avow) for _ in range(6)]
    for credential in credentials[:2]:
        await put(avow, credential, "revocation")
    for credential in credentials[1:4]:
        await put(avow, credential, "suspension")
    later(INTERVAL_SECONDS)
    uri = entries(credentials[0])["revocation"]["statusListCredential"]
    revoked = (await fetch(avow, uri)).json()
    suspended = (await fetch(avow, f"{uri}/suspension")).json()
    token = jws.claims(jws.read((await fetch(avow, uri, **TOKEN)).text, max_bytes=1 << 20))
    assert token["sub"] == uri
    size, data = token_list.decode(token["status_list"], max_bytes=1 << 20)
    assert size == 2
    found = []
    for credential in credentials:
        index = int(entries(credential)["revocation"]["statusListIndex"])
        assert entries(credential)["suspension"]["statusListIndex"] == str(index)
        value = token_list.read(data, index, size=size)
        found.append((bit(revoked, index), bit(suspended, index), value))
    assert found == [(1, 0, 1), (1, 1, 1), (0, 1, 2), (0, 1, 2), (0, 0, 0), (0, 0, 0)]


async def test_a_list_is_itself_a_credential_that_verifies(avow):
    uri = entries(await issue(avow))["revocation"]["statusListCredential"]
    served = (await fetch(avow, uri)).json()
    assert served["issuer"] == avow.did
    assert await code(avow, served) == ""
    core = avow.core
    means = Means(core.documents, core.suites.by_name, Policy(), core.system.now())
    lists = SignedLists(means)
    assert lists.credential((await fetch(avow, uri)).content).document["id"] == uri
    issuer, claims = lists.token((await fetch(avow, uri, **TOKEN)).content)
    assert (issuer, claims["sub"]) == (avow.did, uri)


async def test_a_list_keeps_its_bytes_until_it_changes_or_grows_old(avow, later):
    credential = await issue(avow)
    uri = entries(credential)["revocation"]["statusListCredential"]
    later(LASTS_SECONDS)
    first = await fetch(avow, uri)
    assert (await fetch(avow, uri)).content == first.content
    same = await avow.client.get(uri, headers={"If-None-Match": first.headers["ETag"]})
    assert same.status_code == 304
    assert same.content == b""
    await put(avow, credential, "revocation")
    later(INTERVAL_SECONDS)
    changed = await fetch(avow, uri)
    assert changed.headers["ETag"] != first.headers["ETag"]
    later(LASTS_SECONDS / 2 - 2)
    assert (await fetch(avow, uri)).content == changed.content
    later(3)
    assert (await fetch(avow, uri)).json()["validUntil"] > changed.json()["validUntil"]


async def test_a_list_is_public_cacheable_and_compressed_on_request(avow):
    uri = entries(await issue(avow))["revocation"]["statusListCredential"]
    plain = await fetch(avow, uri, **{"Accept-Encoding": "identity"})
    assert plain.headers["Content-Type"] == "application/vc"
    assert plain.headers["Access-Control-Allow-Origin"] == "*"
    assert "max-age" in plain.headers["Cache-Control"]
    small = await fetch(avow, uri, **{"Accept-Encoding": "gzip"})
    assert small.headers["Content-Encoding"] == "gzip"
    assert small.content == plain.content
    packed = gzip.compress(plain.content, 6, mtime=0)
    assert small.headers["Content-Length"] == str(len(packed))
    token = await fetch(avow, uri, **TOKEN)
    assert token.headers["Content-Type"] == "application/statuslist+jwt"


@pytest.mark.parametrize(
    ("path", "headers", "status", "expected"),
    [
        ("", {"Accept": "application/statuslist+cwt"}, 406, "request.not-acceptable"),
        ("?time=1700000000", {}, 501, "status.historical"),
        ("/refresh", {}, 404, "request.not-found"),
    ],
)
async def test_what_a_list_is_not_served_as(avow, path, headers, status, expected):
    uri = entries(await issue(avow))["revocation"]["statusListCredential"]
    answer = await avow.client.get(uri + path, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, expected)


async def test_lists_that_are_not_there(avow):
    unknown = await avow.client.get(f"/status-lists/{'A' * 22}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "status.list-unknown")
    uri = (await issue(avow, "revocable"))["credentialStatus"]["statusListCredential"]
    none = await avow.client.get(f"{uri}/suspension")
    assert none.json()["code"] == "status.list-unknown"


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


async def test_twenty_thousand_at_once_get_twenty_thousand_indexes(tmp_path, record_property):
    async with world(tmp_path) as running:
        slots = asyncio.Semaphore(2000)

        async def one():
            async with slots:
                return await allocating.allocate(running.core, "t", "did:example:i", ("revocation",), [None])

        given = [allocation for [allocation] in await asyncio.gather(*(one() for _ in range(20_000)))]
        assert len({(each.uri, each.index) for each in given}) == 20_000
        assert len({each.uri for each in given}) == 1
        shares = Counter(each.index * 64 // allocating.ENTRIES for each in given)
        expected = 20_000 / 64
        chi_square = sum((shares[part] - expected) ** 2 / expected for part in range(64))
        assert chi_square < 150  # 63 degrees of freedom: one run in a hundred million is above
        record_property("figure", f"20,000 allocations, none twice, chi-square {chi_square:.0f} of 63")
        counted = running.core.reader.first(select(col(StatusList.allocated)))
        assert counted[0] == 20_000


async def test_a_full_list_is_followed_by_another(tmp_path, monkeypatch):
    monkeypatch.setattr(allocating, "FULL", 3)
    async with world(tmp_path) as running:
        given = await running.core.writer.run(
            lambda unit: allocating.allocate_in(
                unit, running.core, "t", "did:x:y", ("revocation",), [None] * 7
            )
        )
        more = await allocating.allocate(running.core, "t", "did:x:y", ("revocation",), [None])
        other = await allocating.allocate(running.core, "t", "did:x:z", ("revocation",), [None])
    assert sorted(Counter(each.uri for each in given).values()) == [1, 3, 3]
    assert more[0].uri == given[-1].uri
    assert other[0].uri not in {each.uri for each in given}


async def test_states_outlive_the_service(tmp_path):
    async with world(tmp_path) as running:
        made = await running.post("/dids", {"name": "city"}, status=201)
        body = {"did": made["did"], "formats": ["eddsa-jcs-2022"], "status": BOTH}
        await running.put("/issuers/both", body, status=201)
        await running.put("/policies/default", {"trustedIssuers": [made["did"]]})
        revoked, suspended, valid = [await issue(running) for _ in range(3)]
        await put(running, revoked, "revocation")
        await put(running, suspended, "suspension")
    async with world(tmp_path) as running:
        found = [await code(running, credential) for credential in (revoked, suspended, valid)]
        assert found == ["status.revoked", "status.suspended", ""]
        counted = running.core.reader.first(select(func.count(col(StatusChange.number))))
        assert counted[0] == 2


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
    assert json.dumps(issued)


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
