"""did:webvh DIDs of other hosts: off by default, else fetched and verified before anything is believed."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from api.errors import ApiError
from api.settings import Settings
from did.document import VerificationMethod, document_json
from did.keys import Ed25519Signer
from did.methods import webvh
from tests.support.tls_files import serving

from .conftest import world

pytestmark = pytest.mark.anyio
LOG, WITNESS = "/them/did.jsonl", "/them/did-witness.json"
KEY, APPROVER = Ed25519Signer(b"\x07" * 32), Ed25519Signer(b"\x08" * 32)
THEN = datetime(2026, 1, 1, tzinfo=UTC)


def made(port, **options):
    """A history of one version of a DID at localhost:port, and the DID."""
    place = webvh.placeholder_did("localhost", ["them"], port=port)
    method = VerificationMethod(f"{place}#key-1", place, KEY.public_key)
    line = webvh.create(
        document_json(place, [(method, ["assertionMethod"])]), signer=KEY, now=THEN, portable=False, **options
    )
    return line.encode() + b"\n", json.loads(line)["state"]["id"]


@asynccontextmanager
async def two_hosts(tmp_path, *, fetch="on", freed=True):
    """Another host, and a service that may ask it."""
    async with serving(None) as files:
        origins = f"http://localhost:{files.port}" if freed else ""
        async with world(tmp_path, fetch=fetch, unsafe_egress_origins=origins) as avow:
            yield avow, files


async def resolve(avow, did):
    answer = await avow.client.get(f"/1.0/identifiers/{quote(did, safe='')}")
    return answer.status_code, answer.json()


def error(found):
    status, body = found
    assert body["didDocument"] is None
    return status, body["didResolutionMetadata"]["error"]


async def test_a_did_of_another_host_is_resolved_and_asked_for_once(tmp_path):
    async with two_hosts(tmp_path) as (avow, files):
        text, did = made(files.port)
        files.put(LOG, text, "text/jsonl")
        for _ in range(2):
            status, body = await resolve(avow, did)
            assert (status, body["didDocument"]["id"]) == (200, did)
            metadata = body["didResolutionMetadata"]
            assert metadata["source"] == "localhost"
            assert not {"proof", "assurance", "logIndex"} & metadata.keys()
        paths = [request.split(" ")[1] for request in files.asked]
        assert paths == [LOG, WITNESS]
        status, body = await resolve(avow, f"{did}#key-1")
        assert (status, body["content"]["id"]) == (200, f"{did}#key-1")


async def test_nothing_is_fetched_unless_the_operator_says_so(tmp_path):
    async with two_hosts(tmp_path, fetch="off") as (avow, files):
        text, did = made(files.port)
        files.put(LOG, text, "text/jsonl")
        status, fault = error(await resolve(avow, did))
        assert (status, fault["code"]) == (501, "resolution.feature")
        assert files.asked == []


async def test_a_host_on_this_machine_is_not_asked_unless_it_is_named(tmp_path):
    async with two_hosts(tmp_path, freed=False) as (avow, files):
        text, did = made(files.port)
        files.put(LOG, text, "text/jsonl")
        status, fault = error(await resolve(avow, did))
        assert (status, fault["code"]) == (404, "resolution.not-found")
        assert "egress.host" in fault["detail"]
        assert files.asked == []


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (b"HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n", "egress.not-found"),
        (
            b"HTTP/1.1 302 Found\r\nlocation: http://localhost/\r\nconnection: close\r\n\r\n",
            "egress.redirect",
        ),
        (b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n", "egress.media-type"),
        (b"", "egress.unreachable"),
    ],
)
async def test_a_host_without_a_history_is_not_found(tmp_path, answer, found):
    async with two_hosts(tmp_path) as (avow, files):
        _, did = made(files.port)
        files.answers[LOG] = answer
        status, fault = error(await resolve(avow, did))
        assert (status, fault["code"]) == (404, "resolution.not-found")
        assert found in fault["detail"]


async def test_a_history_that_does_not_hold_is_not_believed(tmp_path):
    async with two_hosts(tmp_path) as (avow, files):
        text, did = made(files.port)
        other, _ = made(files.port, ttl=60)
        for given, code in (
            (text.replace(b"assertionMethod", b"authentication1", 1), "history."),
            (text[:-40], "history."),
            (b"{}\n", "history."),
            (other, "history.did"),
        ):
            files.put(LOG, given, "text/jsonl", cache_control="no-store")
            avow.core.egress._cache._kept.clear()
            status, fault = error(await resolve(avow, did))
            assert status == 500
            assert fault["code"].startswith(code)
            assert fault["type"].endswith("INVALID_DID_DOCUMENT")


async def test_witnesses_must_have_approved(tmp_path):
    async with two_hosts(tmp_path) as (avow, files):
        approver = f"did:key:{APPROVER.public_key.multikey()}"
        text, did = made(files.port, witness=webvh.WitnessRule(1, (approver,)))
        files.put(LOG, text, "text/jsonl")
        status, fault = error(await resolve(avow, did))
        assert (status, fault["code"]) == (500, "history.witness-missing")
        version = json.loads(text)["versionId"]
        proof = webvh.witness_proof(version, signer=APPROVER, now=THEN)
        files.put(WITNESS, webvh.witness_file([(version, [proof])]))
        status, body = await resolve(avow, did)
        assert (status, body["didDocument"]["id"]) == (200, did)


def test_what_is_freed_are_origins():
    for text in ("localhost:8001", "http://localhost/path", "ftp://localhost"):
        with pytest.raises(ApiError) as caught:
            Settings.checked({"unsafe_egress_origins": text})
        assert caught.value.code == "settings.invalid"
    assert Settings().egress_origins == frozenset()
    assert len(Settings.checked({"unsafe_egress_origins": "http://a:1, https://b:2,"}).egress_origins) == 2
