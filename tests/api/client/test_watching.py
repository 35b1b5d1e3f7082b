"""Watching and mirroring over HTTP: a service that lies, a file server with a copy, runs that break off."""

from __future__ import annotations

import json

import httpx
import pytest

from api.client import watching
from api.client.failures import LocalError, RefusedError, RejectedError
from api.client.mirroring import Mirror
from api.client.service_client import ServiceClient
from api.client.trust import TrustAnchors
from api.client.watching import Memory, look_once, write_evidence
from did.errors import DidError
from did.registry.entries import Evidence
from did.registry.judging import judge
from did.registry.tiles import TilePath, encode_bundle, tiles_between
from tests.support.registry_world import CHAIN, RegistryWorld
from tests.support.tile_server import TileServer

NOW = 1_800_000_000


class Site:
    """A log behind HTTP; `breaks_after` requests, the connection is gone."""

    def __init__(self) -> None:
        self.world = RegistryWorld()
        self.server = TileServer(self.world)
        self.breaks_after: int | None = None
        self.note = ""
        policy = self.world.expectations().policy
        witnesses = "".join(f"witness {n} {key.text}\n" for n, key in policy.witnesses.items())
        text = f"log {self.world.log_signer.key.text}\n{witnesses}group both all w0 w1\nquorum both\n"
        self.anchors = TrustAnchors(self.world.log.origin, text, (CHAIN,))
        self.grow("alice")

    def grow(self, *names, evidence=0):
        made = [self.world.create(name) for name in names]
        for number in range(evidence):
            self.world.log.append(Evidence(number.to_bytes(32, "big")))
        self.note = self.world.notes[self.world.publish()]
        return made

    def answer(self, request):
        if self.breaks_after is not None:
            self.breaks_after -= 1
            if self.breaks_after < 0:
                raise httpx.ConnectError("gone")
        path = request.url.path.removeprefix("/log/")
        if path == "checkpoint":
            return httpx.Response(200, text=self.note)
        content = self.server.fetch(TilePath.parse(path))
        return httpx.Response(404) if content is None else httpx.Response(200, content=content)

    def client(self):
        return ServiceClient("http://localhost:1", transport=httpx.MockTransport(self.answer))

    def memory(self, path):
        return Memory.recall(path, self.client(), self.anchors, now=NOW)


def files_of(folder):
    """A file server over a mirror's directory."""

    def answer(request):
        file = folder / request.url.path.lstrip("/")
        return httpx.Response(200, content=file.read_bytes()) if file.is_file() else httpx.Response(404)

    return ServiceClient("http://localhost:2", transport=httpx.MockTransport(answer))


def mirrored(site, folder):
    mirror = Mirror(folder, site.client())
    memory, seen = mirror.update(site.memory(mirror.state_path), now=NOW, max_age=10)
    memory.keep(mirror.state_path)
    return [found.code for found in seen.findings]


def followed(site, folder, tmp_path):
    """Look at a mirror as a new monitor; gives the codes and the size."""
    memory = site.memory(tmp_path / "new.json")
    _, seen = look_once(memory, files_of(folder), call=None, now=NOW, max_age=10)
    return [found.code for found in seen.findings], seen.state.size


@pytest.fixture
def site():
    return Site()


def test_a_mirror_is_a_log(site, tmp_path):
    folder = tmp_path / "copy"
    assert mirrored(site, folder) == []
    for more in (10, 300, 700):
        site.grow(evidence=more)
        assert mirrored(site, folder) == []
        assert followed(site, folder, tmp_path) == ([], site.world.log.size)
    for path in tiles_between(0, site.world.log.size):
        assert (folder / "log" / path.text).read_bytes() == site.server.fetch(path)
    assert not (folder / "log/tile/0/000.p").exists()


@pytest.mark.parametrize("requests", [1, 2, 5, 9])
def test_an_interrupted_mirror_goes_on_where_it_was(site, tmp_path, requests):
    folder = tmp_path / "copy"
    mirrored(site, folder)
    site.grow(evidence=1200)
    site.breaks_after = requests
    with pytest.raises(Exception, match="nobody answers"):
        mirrored(site, folder)
    assert followed(site, folder, tmp_path) == ([], 2)  # the old copy is whole
    site.breaks_after = None
    site.server.asked.clear()
    assert mirrored(site, folder) == []
    assert len(site.server.asked) == 11 - (requests - 1)
    assert followed(site, folder, tmp_path) == ([], site.world.log.size)


def test_a_mirror_takes_nothing_over_from_a_liar(site, tmp_path):
    folder = tmp_path / "copy"
    mirrored(site, folder)
    site.grow("bob")
    entries = [*site.server.entries]
    entries[2] = bytes(91)
    site.server.instead["tile/entries/000.p/4"] = encode_bundle(entries)
    assert mirrored(site, folder) == ["log.rewritten"]
    assert followed(site, folder, tmp_path) == ([], 2)
    site.server.instead.clear()
    assert mirrored(site, folder) == []
    assert followed(site, folder, tmp_path) == ([], 4)


def test_a_mirror_mends_what_it_lost(site, tmp_path):
    folder = tmp_path / "copy"
    site.grow(evidence=600)
    mirrored(site, folder)
    (folder / "log/tile/entries/000").unlink()
    site.grow(evidence=1)
    assert mirrored(site, folder) == []
    assert followed(site, folder, tmp_path) == ([], site.world.log.size)


def test_a_changed_file_of_a_mirror_is_found_by_who_uses_it(site, tmp_path):
    folder = tmp_path / "copy"
    mirrored(site, folder)
    file = folder / "log/tile/entries/000.p/2"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert followed(site, folder, tmp_path) == (["log.rewritten"], 0)


def test_what_a_monitor_keeps_reads_back_and_evidence_is_written_once(site, tmp_path):
    path = tmp_path / "log.json"
    memory, _ = look_once(site.memory(path), site.client(), call=None, now=NOW, max_age=10)
    memory.keep(path)
    assert site.memory(path) == memory
    other = Site()
    other.server.entries[0] = bytes(14)
    site.note = other.server.sign()
    for _ in range(2):
        following, seen = look_once(memory, site.client(), call=None, now=NOW, max_age=10)
        [found] = seen.findings
        shown = write_evidence(path, found, memory.state.origin)
    assert len(list(tmp_path.glob("log-log.forked-*.json"))) == 1
    judged = judge(
        json.loads(shown.read_text()),
        policy=site.world.expectations().policy,
        expected_origin=site.world.log.origin,
        trusted_chains=(),
    )
    assert judged.code == "log.forked"
    assert following.state.size == 2


def test_other_trust_anchors_are_not_taken_over_silently(site, tmp_path):
    path = tmp_path / "log.json"
    site.memory(path).keep(path)
    with pytest.raises(LocalError) as caught:
        Memory.recall(path, site.client(), TrustAnchors("x/log", site.anchors.policy, ()), now=NOW)
    assert caught.value.code == "monitor.trust"


@pytest.mark.parametrize(("chain", "code"), [("0x7a69", "chain.answer"), ("0x1", "anchor.chain")])
def test_a_lying_node_is_not_believed_to_be_the_contract(site, tmp_path, chain, code):
    def call(method, _params):
        return {"eth_chainId": chain, "eth_getCode": "0x00"}.get(method)

    with pytest.raises((DidError, RejectedError)) as caught:
        look_once(site.memory(tmp_path / "x"), site.client(), call=call, now=NOW, max_age=10)
    assert caught.value.code == code


def test_a_file_server_without_problem_documents_is_understood(tmp_path):
    client = files_of(tmp_path)
    assert client.find("/log/tile/0/000") is None
    with pytest.raises(RefusedError) as caught:
        client.text("/log/checkpoint")
    assert caught.value.code == "http.404"


def test_a_note_that_waits_for_its_witnesses_is_asked_for_again_and_not_for_ever(site, tmp_path, monkeypatch):
    whole, asked = site.note, []
    body, _, below = whole.partition("\n\n")
    young = f"{body}\n\n{below.splitlines()[0]}\n"  # the log's line alone

    def answer(request):
        if request.url.path == "/log/checkpoint":
            asked.append(request.url.path)
            site.note = young if len(asked) < 3 else whole
        return site.answer(request)

    client = ServiceClient("http://localhost:1", transport=httpx.MockTransport(answer))
    monkeypatch.setattr(watching, "_POLL_SECONDS", 0.001)
    _, seen = look_once(site.memory(tmp_path / "new.json"), client, call=None, now=NOW, max_age=10)
    assert (seen.findings, len(asked)) == ((), 3)
    monkeypatch.setattr(watching, "_QUORUM_SECONDS", 0.0)
    asked.clear()
    with pytest.raises(DidError) as caught:
        look_once(site.memory(tmp_path / "new.json"), client, call=None, now=NOW, max_age=10)
    assert (caught.value.code, len(asked)) == ("checkpoint.quorum", 1)
