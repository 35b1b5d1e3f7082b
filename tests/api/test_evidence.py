"""Evidence: digests are logged, receipts prove it offline, erasure leaves nothing that opens a leaf."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import sqlite3
from dataclasses import replace

import pytest
from sqlalchemy import event, func, select
from sqlmodel import col

from api.services import access, evidence
from api.services.idempotency import Answer
from api.store.tables import Anchor, EvidenceRow, LogEntry
from did import jcs
from did.chain.abi import keccak
from did.encoding import decode_base64url, encode_base58btc, encode_base64, encode_base64url
from did.errors import DidError
from did.registry.bundle import Level, TrustedBlock
from did.registry.entries import Evidence, Seal, decode, evidence_commitment
from did.registry.receipt import EvidenceSubject, parse_receipt, verify_receipt

from .conftest import world
from .test_dids import expectations

pytestmark = pytest.mark.anyio


def digest_of(text) -> bytes:
    return hashlib.sha256(str(text).encode()).digest()


def named(text) -> str:
    return encode_base64url(digest_of(text))


@pytest.fixture(scope="module")
async def avow(tmp_path_factory):
    # The embedded chain, because its state proofs stand in receipts too.
    async with world(tmp_path_factory.mktemp("evidence"), chain="embedded") as running:
        core = running.core
        other = access.new_client("other", core.token(), frozenset(access.SCOPES))
        await core.writer.run(
            lambda unit: access.insert_client(unit, other, tenant="second", name="other", now=0)
        )
        token = await running.token(auth=(other.client_id, other.secret))
        running.other = {"Authorization": f"Bearer {token}"}
        yield running


async def add(avow, text, **more):
    return await avow.post("/evidence", {"digest": named(text)}, status=201, **more)


async def settled(avow, evidence_id, state="final"):
    """The record once it got that far."""
    for _ in range(500):
        record = (await avow.call("GET", f"/evidence/{evidence_id}", status=200)).json()
        if record["state"] == state:
            return record
        await asyncio.sleep(0.02)
    raise AssertionError(record)


def code_of(call, *arguments, **keywords) -> str:
    with pytest.raises(DidError) as caught:
        call(*arguments, **keywords)
    return caught.value.code


def rows(avow, *columns, where=()):
    return avow.core.reader.all(select(*columns).where(*where).order_by(col(EvidenceRow.log_index)))


# What is logged, and what is shown for it


async def test_a_digest_gets_a_receipt_that_verifies_at_level_final(avow):
    made = await avow.call("POST", "/evidence", {"digest": named("minutes")}, status=201)
    record = made.json()
    assert made.headers["location"] == f"/evidence/{record['id']}"
    assert set(record) == {"id", "state", "logIndex"}
    assert record["state"] == "logged"
    shown = await settled(avow, record["id"])
    assert set(shown) == {"id", "digest", "state", "logIndex", "assurance", "receipt", "receiptState"}
    assert (shown["id"], shown["logIndex"]) == (record["id"], record["logIndex"])
    assert shown["digest"] == named("minutes")
    assert shown["assurance"] == "local-chain"
    raw = jcs.canonicalize(shown["receipt"])
    verified = verify_receipt(
        raw,
        expected_subject=EvidenceSubject(digest_of("minutes")),
        expectations=await expectations(avow, Level.FINAL),
    )
    assert (verified.index, verified.level) == (record["logIndex"], Level.FINAL)
    assert verified.only_local_chains
    assert verified.as_of is not None


async def test_an_older_receipt_holds_under_a_block_that_the_verifier_trusts(avow):
    first = await settled(avow, (await add(avow, "older"))["id"])
    await settled(avow, (await add(avow, "newer"))["id"])
    wanted = await expectations(avow, Level.FINAL)
    raw = jcs.canonicalize(first["receipt"])
    subject = EvidenceSubject(digest_of("older"))
    assert code_of(verify_receipt, raw, expected_subject=subject, expectations=wanted) == "anchor.extension"
    (claim,) = parse_receipt(raw).anchors
    block = TrustedBlock(chain=claim.chain, hash=keccak(claim.state.header), final=True)
    view = replace(wanted.view, heads=(), trusted_blocks=(block,))
    verified = verify_receipt(raw, expected_subject=subject, expectations=replace(wanted, view=view))
    assert verified.level is Level.FINAL


async def test_the_leaf_is_a_commitment_under_a_fresh_salt(avow):
    both = await avow.post("/evidence", {"digests": [named("same"), named("same")]}, status=201)
    ids = [record["id"] for record in both["evidence"]]
    found = rows(
        avow,
        col(EvidenceRow.salt),
        col(EvidenceRow.log_index),
        where=(col(EvidenceRow.evidence_id).in_(ids),),
    )
    salts = {row.salt for row in found}
    assert len(salts) == 2
    assert {len(salt) for salt in salts} == {32}
    for row in found:
        entry = avow.core.reader.first(
            select(col(LogEntry.entry)).where(col(LogEntry.position) == row.log_index)
        ).entry
        assert decode(entry) == Evidence(evidence_commitment(row.salt, digest_of("same")))
        assert digest_of("same") not in entry
        assert row.salt not in entry


async def test_by_digest_the_first_record_is_found(avow):
    first, second = await add(avow, "twice"), await add(avow, "twice")
    assert first["id"] != second["id"]
    assert first["logIndex"] < second["logIndex"]
    for expected in (first, second):
        found = await avow.call("GET", "/evidence", params={"digest": named("twice")}, status=200)
        assert found.json()["id"] == expected["id"]
        await avow.call("DELETE", f"/evidence/{expected['id']}", status=200)
    gone = await avow.call("GET", "/evidence", params={"digest": named("twice")})
    assert (gone.status_code, gone.json()["code"]) == (404, "evidence.unknown")


async def test_until_sealed_there_is_no_receipt(tmp_path):
    async with world(tmp_path, seal_interval_ms=3_600_000) as avow:
        avow.core.registry._sealer._last_seal = avow.core.system.monotonic()  # busy: the next seal is far
        made = await add(avow, "early")
        shown = (await avow.call("GET", f"/evidence/{made['id']}", status=200)).json()
        assert shown["state"] == "logged"
        assert "receipt" not in shown


async def test_sealed_and_not_anchored_gives_a_receipt_without_anchors(tmp_path):
    async with world(tmp_path, anchor_interval_ms=86_400_000) as avow:
        avow.core.registry._publisher._pace._due = (
            avow.core.system.monotonic() + 1e6
        )  # after one the next is far
        await asyncio.sleep(0.1)
        shown = await settled(avow, (await add(avow, "two"))["id"], "sealed")
        assert "anchors" not in shown["receipt"]
        verified = verify_receipt(
            json.dumps(shown["receipt"]).encode(),
            expected_subject=EvidenceSubject(digest_of("two")),
            expectations=await expectations(avow, Level.SEALED),
        )
        assert verified.level is Level.SEALED


async def test_receipts_survive_a_restart(tmp_path):
    async with world(tmp_path, chain="embedded") as avow:
        before = await settled(avow, (await add(avow, "lasting"))["id"])
    async with world(tmp_path, chain="embedded") as avow:
        after = await settled(avow, before["id"])
        assert parse_receipt(jcs.canonicalize(after["receipt"])).opening.salt
        verify_receipt(
            jcs.canonicalize(after["receipt"]),
            expected_subject=EvidenceSubject(digest_of("lasting")),
            expectations=await expectations(avow, Level.FINAL),
        )


# Batches


def watched(engine):
    """A list that gets, for each statement from now on, whether it is run once a row."""
    seen = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection, _cursor, _statement, parameters, _context, _executemany):
        seen.append(isinstance(parameters, list))

    return seen


def count_seals(avow):
    log, size = avow.core.registry.sequencer.log, avow.core.registry.sequencer.size
    return sum(isinstance(decode(raw), Seal) for raw in log._store.entries(0, size))


async def test_ten_thousand_digests_cost_one_commit_one_seal_and_one_anchor(tmp_path):
    async with world(tmp_path, seal_interval_ms=100) as avow:
        await settled(avow, (await add(avow, "first"))["id"])
        await avow.headers()

        def anchors():
            return avow.core.reader.first(select(func.count()).select_from(Anchor))[0]

        seals = count_seals(avow)
        anchored, commits = anchors(), avow.core.writer.commits
        digests = [named(number) for number in range(10_000)]
        statements = watched(avow.core.writer._engine)
        made = await avow.post("/evidence", {"digests": digests}, status=201)
        assert avow.core.writer.commits == commits + 1
        # Few statements of many rows: each row of an executemany would wait for the interpreter's lock.
        assert 0 < len(statements) < 50
        assert not any(statements)
        records = made["evidence"]
        indexes = [record["logIndex"] for record in records]
        assert indexes == list(range(indexes[0], indexes[0] + 10_000))
        assert len({record["id"] for record in records}) == 10_000
        wanted = None
        for at in (9_999, 0, 4_321):
            shown = await settled(avow, records[at]["id"])
            assert shown["digest"] == digests[at]
            wanted = wanted or await expectations(avow, Level.FINAL)
            verified = verify_receipt(
                jcs.canonicalize(shown["receipt"]),
                expected_subject=EvidenceSubject(digest_of(at)),
                expectations=wanted,
            )
            assert verified.index == indexes[at]
        assert count_seals(avow) == seals + 1
        assert anchors() == anchored + 1


async def test_a_batch_is_logged_whole_or_not_at_all(tmp_path, monkeypatch):
    async with world(tmp_path) as avow:
        await settled(avow, (await add(avow, "before"))["id"])
        size = avow.core.registry.sequencer.size
        digests = [named(number) for number in range(200)]
        refused = await avow.call("POST", "/evidence", {"digests": [*digests, "x"]})
        assert refused.json()["code"] == "evidence.digest"

        real = evidence._store

        def interrupted(*arguments):
            real(*arguments)
            raise DidError("test.stopped", "after leaves and records were written")

        monkeypatch.setattr(evidence, "_store", interrupted)
        stopped = await avow.call("POST", "/evidence", {"digests": digests})
        assert stopped.json()["code"] == "test.stopped"
        monkeypatch.setattr(evidence, "_store", real)
        assert avow.core.registry.sequencer.size == size
        assert [row.digest for row in rows(avow, col(EvidenceRow.digest))] == [digest_of("before")]
        await settled(avow, (await add(avow, "after"))["id"])
    async with world(tmp_path) as avow:  # and the rows replay
        assert avow.core.registry.sequencer.size > size


async def test_leaves_and_records_agree(avow):
    found = {row.log_index: row for row in rows(avow, col(EvidenceRow.log_index), col(EvidenceRow.salt))}
    entries = avow.core.reader.all(select(col(LogEntry.position), col(LogEntry.entry)))
    leaves = {row.position for row in entries if isinstance(decode(row.entry), Evidence)}
    assert leaves == set(found)
    assert leaves


# What is refused

GOOD = named("good")
MALFORMED = {
    "nothing": "",
    "short": GOOD[:-1],
    "31 bytes": encode_base64url(bytes(31)),
    "33 bytes": encode_base64url(bytes(33)),
    "padding": GOOD + "=",
    "standard alphabet": base64.b64encode(b"\xfb" * 32).decode().rstrip("="),
    "not canonical": GOOD[:-1] + chr(ord(GOOD[-1]) + 1),
    "hexadecimal": digest_of("good").hex(),
    "a line end": GOOD + "\n",
    "white space": " " + GOOD[1:],
    "not ascii": GOOD[:-1] + "é",
    "multibase": "u" + GOOD,
    "multihash": encode_base58btc(b"\x12\x20" + digest_of("good")),
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_a_malformed_digest_is_refused_and_its_place_named(avow, name):
    bad = MALFORMED[name]
    size = avow.core.registry.sequencer.size
    for body, pointer in (
        ({"digest": bad}, "/digest"),
        ({"digests": [GOOD, bad]}, "/digests/1"),
    ):
        answer = await avow.call("POST", "/evidence", body)
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (400, "evidence.digest")
        assert [(fault["in"], fault["pointer"]) for fault in problem["errors"]] == [("body", pointer)]
        assert "43 characters" in problem["remedy"]
        assert len(bad) < 4 or bad not in answer.text
    asked = await avow.call("GET", "/evidence", params={"digest": bad})
    assert (asked.status_code, asked.json()["code"]) == (400, "evidence.digest")
    assert asked.json()["errors"][0]["in"] == "query"
    assert avow.core.registry.sequencer.size == size


MALFORMED_REQUESTS = {
    "empty": {},
    "null": {"digest": None},
    "a number": {"digest": 5},
    "both": {"digest": GOOD, "digests": [GOOD]},
    "an empty batch": {"digests": []},
    "a batch that is text": {"digests": GOOD},
    "null in a batch": {"digests": [None]},
    "too many": {"digests": [GOOD] * 10_001},
    "too long": {"digest": "A" * 256},
    "a salt of ones own": {"digest": GOOD, "salt": GOOD},
    "a list": [GOOD],
}


@pytest.mark.parametrize("name", MALFORMED_REQUESTS)
async def test_a_malformed_request_is_refused(avow, name):
    answer = await avow.call("POST", "/evidence", MALFORMED_REQUESTS[name])
    assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid")


async def test_a_search_names_a_digest(avow):
    answer = await avow.call("GET", "/evidence")
    assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid")


# Who may do what


async def test_reading_and_writing_are_scopes_of_their_own(avow):
    made = await add(avow, "scoped")
    address = f"/evidence/{made['id']}"
    calls = {
        "write:/evidence": [("POST", "/evidence", {"digest": GOOD}), ("DELETE", address, None)],
        "read:/evidence": [("GET", f"/evidence?digest={named('scoped')}", None), ("GET", address, None)],
    }
    for scope, others in (("read:/evidence", "write:/evidence"), ("write:/evidence", "read:/evidence")):
        token = await avow.token(scope)
        for method, path, body in calls[others]:
            answer = await avow.client.request(
                method, path, json=body, headers={"Authorization": f"Bearer {token}"}
            )
            assert (answer.status_code, answer.json()["code"]) == (403, "auth.scope")
            assert others in answer.headers["www-authenticate"]


async def test_what_another_tenant_has_is_as_unknown_as_what_nobody_has(avow):
    made = await add(avow, "private")
    erased = await add(avow, "private, erased")
    await avow.call("DELETE", f"/evidence/{erased['id']}", status=200)
    for name in ("private", "private, erased"):
        await avow.call("GET", "/evidence", params={"digest": named(name)})
    answers = []
    for method, path in (
        ("GET", f"/evidence/{made['id']}"),
        ("GET", f"/evidence/{erased['id']}"),
        ("GET", f"/evidence/{encode_base64url(bytes(16))}"),
        ("GET", f"/evidence?digest={named('private')}"),
        ("GET", f"/evidence?digest={named('nobody has it')}"),
        ("DELETE", f"/evidence/{made['id']}"),
        ("DELETE", f"/evidence/{encode_base64url(bytes(16))}"),
    ):
        answer = await avow.client.request(method, path, headers=avow.other)
        problem = answer.json()
        del problem["instance"]
        answers.append((answer.status_code, problem))
    assert all(answer == answers[0] for answer in answers)
    assert (answers[0][0], answers[0][1]["code"]) == (404, "evidence.unknown")
    assert (await avow.call("GET", f"/evidence/{made['id']}")).status_code == 200


async def test_two_tenants_log_one_digest_and_each_finds_its_own(avow):
    mine = await add(avow, "shared")
    answer = await avow.client.post("/evidence", json={"digest": named("shared")}, headers=avow.other)
    theirs = answer.json()
    found = await avow.client.get("/evidence", params={"digest": named("shared")}, headers=avow.other)
    assert found.json()["id"] == theirs["id"] != mine["id"]
    await avow.call("DELETE", f"/evidence/{mine['id']}", status=200)
    assert (await avow.client.get(f"/evidence/{theirs['id']}", headers=avow.other)).status_code == 200


# The same request again


async def test_a_repeat_under_a_key_logs_nothing_new(avow):
    headers = {"Idempotency-Key": "evidence, once"}
    body = {"digests": [named("a"), named("b")]}
    first = await avow.call("POST", "/evidence", body, headers=headers, status=201)
    size = avow.core.registry.sequencer.size
    again = await avow.call("POST", "/evidence", body, headers=headers, status=201)
    assert again.json() == first.json()
    other = await avow.call("POST", "/evidence", {"digests": [named("a")]}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.mismatch")
    leaves = avow.core.reader.all(select(col(LogEntry.entry)).where(col(LogEntry.position) >= size))
    assert not [row for row in leaves if isinstance(decode(row.entry), Evidence)]


async def test_parallel_repeats_under_a_key_log_once(avow):
    headers = {"Idempotency-Key": "evidence, together"}
    answers = await asyncio.gather(*(add(avow, "parallel", headers=headers) for _ in range(10)))
    assert len({answer["id"] for answer in answers}) == 1
    found = rows(
        avow, col(EvidenceRow.evidence_id), where=(col(EvidenceRow.digest) == digest_of("parallel"),)
    )
    assert len(found) == 1


async def test_without_a_key_each_request_is_evidence_of_its_own(avow):
    assert (await add(avow, "again"))["id"] != (await add(avow, "again"))["id"]


# Altered receipts (required rejection 24, and what surrounds it)


def changed(receipt, *path, to):
    copy = json.loads(json.dumps(receipt))
    parent = copy
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = to(parent[path[-1]]) if callable(to) else to
    return copy


def flipped(text):
    raw = bytearray(decode_base64url(text))
    raw[0] ^= 1
    return encode_base64url(bytes(raw))


async def test_altered_receipts_are_refused(avow):
    mine = (await settled(avow, (await add(avow, "mine"))["id"]))["receipt"]
    both = await avow.post("/evidence", {"digests": [named("mine too"), named("theirs")]}, status=201)
    mine_too, theirs = [(await settled(avow, one["id"]))["receipt"] for one in both["evidence"]]
    mine = (await avow.call("GET", f"/evidence?digest={named('mine')}")).json()["receipt"]
    wanted = await expectations(avow, Level.FINAL)

    def verify(receipt, text="mine"):
        subject = EvidenceSubject(digest_of(text))
        return verify_receipt(jcs.canonicalize(receipt), expected_subject=subject, expectations=wanted)

    def claimed(receipt):
        """Ask about what the receipt claims, so that the log itself has to refuse."""
        raw = jcs.canonicalize(receipt)
        return verify_receipt(raw, expected_subject=parse_receipt(raw).opening.subject, expectations=wanted)

    assert verify(mine).level is Level.FINAL
    assert verify(mine_too, "mine too").level is Level.FINAL
    # Evidence moved from one matter to another: by digest, by salt, by place.
    assert code_of(verify, theirs) == "receipt.subject"
    moved = changed(mine, "opening", "digest", to=theirs["opening"]["digest"])
    assert code_of(verify, moved) == "receipt.subject"
    assert code_of(claimed, moved) == "entry.inclusion"
    assert code_of(verify, changed(mine, "opening", "salt", to=flipped)) == "entry.inclusion"
    assert code_of(verify, changed(mine, "proof", to=theirs["proof"])) == "entry.inclusion"
    # By kind: the same commitment as an issuer's event, and as a DID operation.
    issuer = encode_base58btc(b"\x12\x20" + bytes(32))
    for name in ("issued", "suspended", "reinstated", "revoked"):
        as_event = {**mine["opening"], "kind": "event", "issuer": issuer, "event": name}
        assert code_of(verify, {**mine, "opening": as_event}) == "receipt.subject"
        assert code_of(claimed, {**mine, "opening": as_event}) == "entry.inclusion"
    as_did = {"kind": "did", "scid": issuer, "versionId": f"1-{issuer}", "deactivated": False}
    assert code_of(verify, {**mine, "opening": as_did}) == "receipt.subject"
    assert code_of(claimed, {**mine, "opening": as_did}) == "entry.inclusion"
    # The proof: index, path, note.
    index = f"index {parse_receipt(jcs.canonicalize(mine)).proof.index}\n"
    for other in ("index 0\n", "index 99999999\n"):
        text = mine["proof"].replace(index, other)
        assert code_of(verify, {**mine, "proof": text}) == "entry.inclusion"
    path = parse_receipt(jcs.canonicalize(mine)).proof.path
    wrong = encode_base64(bytes(32))
    text = mine["proof"].replace(encode_base64(path[0]), wrong, 1)
    assert code_of(verify, {**mine, "proof": text}) == "entry.inclusion"
    text = mine["proof"].replace(encode_base64(path[0]) + "\n", "", 1)
    assert code_of(verify, {**mine, "proof": text}) == "entry.inclusion"
    origin = "localhost:8000/log"
    text = mine["proof"].replace(f"\n\n{origin}\n", "\n\nelsewhere:8000/log\n", 1)
    assert code_of(verify, {**mine, "proof": text}) == "checkpoint.origin"
    size = parse_receipt(jcs.canonicalize(mine)).proof.checkpoint.split("\n")[1]
    text = mine["proof"].replace(f"{origin}\n{size}\n", f"{origin}\n{int(size) - 1}\n", 1)
    assert code_of(verify, {**mine, "proof": text}) == "checkpoint.signature"
    # The anchors: elsewhere they count for nothing.
    for member, value, code in (
        ("chain", "eip155:1", "anchor.chain"),
        ("contract", "0x" + "0d" * 20, "anchor.contract"),
        ("logId", "0x" + "0d" * 32, "anchor.log-id"),
    ):
        assert code_of(verify, changed(mine, "anchors", 0, member, to=value)) == code
    assert code_of(verify, {name: mine[name] for name in mine if name != "anchors"}) == "anchor.missing"
    # The form.
    for receipt in (
        {**mine, "version": 2},
        {**mine, "note": "x"},
        {name: mine[name] for name in mine if name != "opening"},
        changed(mine, "opening", "salt", to=lambda salt: salt + "="),
        changed(mine, "opening", "kind", to="seal"),
        {**mine, "opening": {**mine["opening"], "issuer": issuer}},
    ):
        assert code_of(verify, receipt) == "receipt.malformed"


# Erasure


async def test_erased_evidence_says_so_and_keeps_its_index_only(avow):
    made = await add(avow, "to erase", headers={"Idempotency-Key": "to erase"})
    before = await settled(avow, made["id"])
    gone = await avow.call("DELETE", f"/evidence/{made['id']}", status=200)
    assert gone.json() == {"id": made["id"], "state": "erased", "logIndex": made["logIndex"]}
    answer = await avow.call("GET", f"/evidence/{made['id']}")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (410, "evidence.erased")
    assert problem["logIndex"] == made["logIndex"]
    assert (await avow.call("DELETE", f"/evidence/{made['id']}", status=200)).json() == gone.json()
    (row,) = avow.core.reader.all(
        select(EvidenceRow.__table__).where(col(EvidenceRow.evidence_id) == made["id"])
    )
    assert row._asdict() == {
        "evidence_id": made["id"],
        "tenant": "default",
        "log_index": made["logIndex"],
        "digest": None,
        "salt": None,
        "client_id": None,
        "key_digest": None,
    }
    # What was handed out goes on verifying: the leaf never changes.
    raw = jcs.canonicalize(before["receipt"])
    wanted = await expectations(avow, Level.SEALED)
    wanted = replace(wanted, view=replace(wanted.view, chains=()))
    verify_receipt(raw, expected_subject=EvidenceSubject(digest_of("to erase")), expectations=wanted)
    # The key stays used: a repeat is refused and logs nothing.
    again = await avow.call(
        "POST", "/evidence", {"digest": named("to erase")}, headers={"Idempotency-Key": "to erase"}
    )
    assert (again.status_code, again.json()["code"]) == (422, "idempotency.mismatch")


def tokens_of(text, salt):
    """Every form in which a digest or its salt could be left lying about."""
    request = json.dumps({"digest": named(text)}, separators=(",", ":")).encode()
    confirms = hashlib.sha256()
    for part in (b"POST", b"/evidence", request):
        confirms.update(len(part).to_bytes(8) + part)
    plain = [digest_of(text), salt]
    return [
        *plain,
        confirms.digest(),
        *(encode_base64url(one).encode() for one in plain),
        *(one.hex().encode() for one in plain),
    ]


def everything_in(path):
    """All values of all rows."""
    with sqlite3.connect(path) as connection:
        tables = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        found = [
            value
            for table in tables
            for row in connection.execute(f'select * from "{table}"')
            for value in row
        ]
    connection.close()
    return b"\x00".join(v if isinstance(v, bytes) else str(v).encode() for v in found)


async def test_erasure_leaves_no_digest_and_no_salt(tmp_path):
    async with world(tmp_path, chain="embedded") as avow:
        made = await add(avow, "canary", headers={"Idempotency-Key": "k1"})
        kept = await add(avow, "kept", headers={"Idempotency-Key": "k2"})
        shown = await settled(avow, made["id"])
        salts = {row.digest: row.salt for row in rows(avow, col(EvidenceRow.digest), col(EvidenceRow.salt))}
        path = avow.settings.database_path
        there = everything_in(path)
        for token in (digest_of("canary"), salts[digest_of("canary")], tokens_of("canary", b"x" * 32)[2]):
            assert token in there
        await avow.call("DELETE", f"/evidence/{made['id']}", status=200)
        there = everything_in(path)
        for token in tokens_of("canary", salts[digest_of("canary")]):
            assert token not in there
        assert salts[digest_of("kept")] in there
        assert avow.core.reader.first(select(func.count()).select_from(Answer))[0] == 2
        # The stored answers never held a digest, sealed or not.
        body = {"digest": named("kept")}
        repeat = await avow.call("POST", "/evidence", body, headers={"Idempotency-Key": "k2"}, status=201)
        assert repeat.json() == kept
        assert named("canary") in json.dumps(shown)
    for file in tmp_path.iterdir():  # after the end the write-ahead file is gone too
        if file.is_file():
            content = file.read_bytes()
            for token in tokens_of("canary", salts[digest_of("canary")]):
                assert token not in content, file.name
