"""A real service, and somebody between it and the command line who lies: exit code 6, and the lie's code.

What the user holds is what a user holds: trust anchors from the first contact, a monitor's file, a node. The
lies that take the log's own key are told by a service that was started twice from one backup.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import signal
from unittest import mock
from urllib.parse import quote

import httpx
import pytest

from api.cli.program import main
from api.journey.process import ServiceProcess, free_port
from did.registry.tiles import decode_bundle, encode_bundle
from tests.support.live import live_service
from tests.support.lying_proxy import LyingProxy


class User:
    """Somebody at a command line."""

    def __init__(self, folder, service, url):
        self.folder, self.service, self.url = folder, service, url
        folder.mkdir(exist_ok=True)

    def avow(self, *arguments, url=None):
        """Run a command; gives exit code, standard output and standard error."""
        plain = {name: text for name, text in os.environ.items() if not name.startswith("AVOW_")}
        chosen = {**plain, "AVOW_DATA": str(self.service.data), "AVOW_URL": url or self.url}
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.folder),
            mock.patch.dict(os.environ, chosen, clear=True),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = main(arguments)
        return code, out.getvalue(), err.getvalue()

    def does(self, *arguments, url=None):
        code, out, err = self.avow(*arguments, url=url)
        assert code == 0, err
        return out

    def create(self, name):
        made = self.does("did", "create", name, "--wait", "anchored", "--json", url=self.service.local_url)
        return json.loads(made)["did"]

    def refusal(self, *arguments, url=None):
        """The code with which a command refuses; it must end with 6."""
        code, out, err = self.avow(*arguments, url=url)
        assert code == 6, (out, err)
        return re.search(r"^(?:error|✗) ([a-z]+\.[a-z-]+):", err or out, re.MULTILINE)[1]

    def verify_refusal(self, did, bundle, *more):
        (self.folder / "lie.json").write_text(json.dumps(bundle))
        return self.refusal("log", "verify", "lie.json", "--did", did, "--trust", "trust.json", *more)

    def look(self, *more, state="log.json"):
        return ("monitor", self.url, "--state", state, "--trust", "trust.json", "--once", *more)

    def bundle(self, did):
        """What the service, or who stands before it, gives as evidence."""
        (self.folder / "bundle.json").unlink(missing_ok=True)
        self.does("did", "resolve", did, "--evidence", "bundle.json")
        return json.loads((self.folder / "bundle.json").read_text())


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with live_service(tmp_path_factory.mktemp("service")) as process:
        yield process


@pytest.fixture
def proxy(service):
    with LyingProxy(service.local_url).serving() as standing:
        yield standing


@pytest.fixture
def user(tmp_path, service, proxy):
    made = User(tmp_path / "user", service, proxy.url)
    made.does("log", "trust", "-o", "trust.json", url=service.local_url)
    return made


def node(service):
    """A node of the user's own: the chain is asked directly, and nobody stands between."""
    return ("--rpc", f"{service.local_url}/chain/rpc", "--level", "anchored")


def resolution(did):
    return f"/1.0/identifiers/{quote(did, safe='')}"


def with_proof(change):
    """A lie about the evidence in a resolution result."""

    def lie(content):
        result = json.loads(content)
        [proof] = result["didResolutionMetadata"]["proof"]
        result["didResolutionMetadata"]["proof"] = [change(proof)]
        return json.dumps(result).encode()

    return lie


def entries_path(user, service):
    """Where the last entries are, as of now."""
    size = json.loads(user.does(*user.look("--json", state="size.json")))["size"]
    return f"/log/tile/entries/{size // 256:03}.p/{size % 256}"


def test_older_version_served_as_latest(user, proxy, service):
    did = user.create("older")
    old = user.bundle(did)
    user.does("did", "rotate", "older", url=service.local_url)
    user.does("did", "resolve", did, "--wait", "anchored", "--json", url=service.local_url)
    proxy.lies[resolution(did)] = with_proof(
        lambda proof: {**proof, "history": old["history"], "entry": old["entry"]}
    )
    assert user.verify_refusal(did, user.bundle(did)) in {"map.root", "entry.inclusion"}
    # The old evidence as it was: true as of then, and too old for who asks for an age.
    proxy.lies[resolution(did)] = with_proof(lambda _: old)
    assert user.verify_refusal(did, user.bundle(did), "--max-age", "60") == "age.unknown"
    root = "--root", f"{size_from(user, did)}:{'A' * 43}="
    assert user.verify_refusal(did, user.bundle(did), *root) == "root.size"


def size_from(user, did):
    """The size of the honest evidence that the service has now."""
    user.does("did", "resolve", did, "--evidence", "now.json", "--replace", url=user.service.local_url)
    return int(json.loads((user.folder / "now.json").read_text())["checkpoint"].split("\n")[1])


def test_did_denied_though_it_exists(user, proxy):
    did = user.create("denied")
    true = user.bundle(did)
    unknown = did.replace(did.split(":")[2], "QmUHL3XwM2mqaNQt1Jx7vRYkJpKKqX5rHh8zGmRYrmLpKD")
    stranger = did[: did.rindex(":")] + ":stranger"
    absent = {name: value for name, value in true.items() if name not in {"history", "entry"}}
    assert user.verify_refusal(did, absent) == "map.answer"
    assert user.verify_refusal(did, {**absent, "map": "AgA"}) == "map.root"
    assert user.verify_refusal(stranger, true) == "bundle.did"
    assert user.verify_refusal(unknown, {**true, "did": unknown}) == "bundle.did"


def test_wrong_map_root_and_wrong_size(user, proxy):
    did = user.create("wrong")

    def other_root(proof):
        return {**proof, "seal": {**proof["seal"], "mapRoot": "A" * 43}}

    def other_size(proof):
        origin, size, *rest = proof["checkpoint"].split("\n")
        return {**proof, "checkpoint": "\n".join([origin, str(int(size) + 1), *rest])}

    proxy.lies[resolution(did)] = with_proof(other_root)
    assert user.verify_refusal(did, user.bundle(did)) == "seal.inclusion"
    proxy.lies[resolution(did)] = with_proof(other_size)
    assert user.verify_refusal(did, user.bundle(did)) == "checkpoint.signature"


def test_rewritten_and_omitted_entry(user, proxy, service):
    user.create("rewritten")
    path = entries_path(user, service)

    def rewritten(content):
        entries = [*decode_bundle(content, int(path.rpartition("/")[2]))]
        entries[-2] = bytes(len(entries[-2]))
        return encode_bundle(entries)

    def omitted(content):
        entries = [*decode_bundle(content, int(path.rpartition("/")[2]))]
        return encode_bundle([*entries[:-2], entries[-1], entries[-1]])

    for lie, code in ((rewritten, "log.rewritten"), (omitted, "log.missing"), (None, "log.missing")):
        proxy.lies = {path: lie, path.partition(".p")[0]: None}
        assert user.refusal(*user.look()) == code
    # It is the serving that was false: another reader may be shown the truth.
    proxy.lies.clear()
    assert user.avow(*user.look())[0] == 0
    with_evidence = next(user.folder.glob("log-log.rewritten-*.json"))
    judged = user.refusal("log", "judge", with_evidence.name, "--trust", "trust.json")
    assert judged == "evidence.testimony"


def test_replayed_old_checkpoint(user, proxy, service):
    user.create("replayed")
    user.does(*user.look())
    old = httpx.get(f"{service.local_url}/log/checkpoint").content
    user.create("replayed-too")
    user.does(*user.look())
    proxy.lies["/log/checkpoint"] = lambda _: old
    assert user.refusal(*user.look("--no-chain")) == "log.rolled-back"
    code, _, err = user.avow(*user.look("--rpc", f"{service.local_url}/chain/rpc", "--json"))
    assert (code, "log.rolled-back" in err, "chain.ahead" in err) == (6, True, True)
    # A new reader has no memory; the contract has.
    first = user.look("--rpc", f"{service.local_url}/chain/rpc", state="new.json")
    assert user.refusal(*first) == "chain.ahead"


def test_other_contract_and_other_chain(user, proxy, service):
    did = user.create("elsewhere")
    true = user.bundle(did)

    def anchored_at(**changes):
        return {**true, "anchors": [{**true["anchors"][0], **changes}]}

    for changes, code in (
        ({"contract": "0x" + "0d" * 20}, "anchor.contract"),
        ({"chain": "eip155:1"}, "anchor.chain"),
        ({"logId": "0x" + "0d" * 32}, "anchor.log-id"),
    ):
        assert user.verify_refusal(did, anchored_at(**changes), *node(service)) == code

    # The one who stands between is asked for the chain, too: a node that says what one wants to hear.
    def other_chain(content):
        answer = json.loads(content)
        return json.dumps({**answer, "result": "0x1"}).encode()

    proxy.lies["/chain/rpc"] = other_chain
    there = ("--rpc", f"{proxy.url}/chain/rpc", "--level", "anchored")
    assert user.verify_refusal(did, true, *there) == "anchor.chain"
    assert user.refusal(*user.look()) == "anchor.chain"

    def other_code(content):
        answer = json.loads(content)
        long = isinstance(answer["result"], str) and len(answer["result"]) > 2000
        return json.dumps({**answer, "result": "0x6000"} if long else answer).encode()

    proxy.lies["/chain/rpc"] = other_code
    assert user.verify_refusal(did, true, *there) == "anchor.code"
    assert user.refusal(*user.look(state="other.json")) == "anchor.contract"


def test_history_withheld_from_a_mirror(user, proxy):
    did = user.create("withheld")
    proxy.lies[f"/log/history/{did.split(':')[2]}.jsonl"] = None
    mirror = ("mirror", proxy.url, "copy", "--trust", "trust.json")
    assert user.refusal(*mirror) == "mirror.withheld"
    proxy.lies.clear()
    user.does(*mirror)
    assert (
        json.loads(user.does("did", "resolve", did, "--mirror", "copy", "--trust", "trust.json"))["id"] == did
    )


def test_forked_log(tmp_path):
    """One backup, started twice: two histories under one key. Whoever saw one convicts the other."""
    data, port = tmp_path / "data", free_port()
    plain = {name: text for name, text in os.environ.items() if not name.startswith("AVOW_")}

    def life(folder):
        if data.exists():
            shutil.rmtree(data)
        shutil.copytree(folder, data) if folder else None
        return ServiceProcess(data, port, environment=plain)

    with life(None) as first:
        first.wait_ready()
        user = User(tmp_path / "user", first, first.local_url)
        user.create("common")
        user.does("log", "trust", "-o", "trust.json")
    shutil.copytree(data, tmp_path / "backup")
    with life(tmp_path / "backup") as honest:
        honest.wait_ready()
        seen = user.create("seen")
        user.does(*user.look())
        bundle = user.bundle(seen)
        root = ":".join(bundle["checkpoint"].split("\n")[1:3])
        os.kill(honest._process.pid, signal.SIGKILL)
    with life(tmp_path / "backup") as forked:
        forked.wait_ready()
        user.create("shown-to-others")
        code, out, err = user.avow(*user.look("--json"))
        assert code == 6, (out, err)
        assert "log.forked" in {found["code"] for found in json.loads(out)["findings"]}
        evidence = next(user.folder.glob("log-log.forked-*.json"))
        judged = json.loads(user.does("log", "judge", evidence.name, "--trust", "trust.json", "--json"))
        assert judged["code"] == "log.forked"
        # What was proven before the fork does not stand in this contract.
        code = user.verify_refusal(seen, bundle, *node(forked))
        assert code in {"log.forked", "anchor.extension", "anchor.block"}
        assert user.avow("log", "verify", "lie.json", "--did", seen, "--root", root)[0] == 0
        # The monitor stays with what it saw first.
        assert user.refusal(*user.look("--no-chain")) == "log.forked"
