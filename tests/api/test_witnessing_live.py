"""Real services that witness each other over HTTP: a quorum of two of three, one down, one that lies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import httpx
import pytest

from api.client.service_client import ServiceClient
from api.client.trust import TrustAnchors, pin
from api.journey.process import ServiceProcess, free_port
from api.keys.keyring import ServiceKeys
from api.keys.opening import open_vault
from api.settings import Settings
from api.store.engine import writing_engine
from api.system import System
from did.encoding import encode_base64
from did.errors import DidError
from did.keys import Ed25519Signer
from did.registry.bundle import Level
from did.registry.checkpoint import Checkpoint, verify_checkpoint
from did.registry.note import Cosigner, parse_note
from did.registry.policy import parse_policy
from did.registry.witness import format_request
from tests.support.relying import verify

pytestmark = pytest.mark.slow

NAMES = ("a", "b", "c")


class Town:
    """Three services on loopback; each is a witness of the others, and asks them and a liar."""

    def __init__(self, folder, stack) -> None:
        self.folder = folder
        self.stack = stack
        self.ports = {name: free_port() for name in NAMES}
        self.processes = {}

    def url(self, name: str) -> str:
        return f"http://localhost:{self.ports[name]}"

    def start(self, name: str, **files: str) -> None:
        """Start a service with these files of policy lines."""
        plain = {key: text for key, text in os.environ.items() if not key.startswith("AVOW_")}
        for setting, text in files.items():
            path = self.folder / f"{name}-{setting}.txt"
            path.write_text(text)
            plain[f"AVOW_{setting.upper()}"] = str(path)
        process = ServiceProcess(self.folder / name, self.ports[name], environment=plain)
        process.start()
        self.stack.callback(process.stop)
        process.wait_ready()
        self.processes[name] = process

    def stop(self, name: str) -> None:
        self.processes.pop(name).stop()

    def text(self, name: str, path: str) -> str:
        answer = httpx.get(self.url(name) + path)
        answer.raise_for_status()
        return answer.text

    def avow(self, name: str, *arguments: str, code: int = 0):
        environment = {
            **{key: text for key, text in os.environ.items() if not key.startswith("AVOW_")},
            "AVOW_URL": self.url(name),
            "AVOW_DATA": str(self.folder / name),
        }
        done = subprocess.run(
            [sys.executable, "-m", "api.cli", *arguments],
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == code, done.stderr + done.stdout
        return done.stdout


class Liar(BaseHTTPRequestHandler):
    """Answers every request with a cosignature that does not verify."""

    cosigner = Cosigner("liar.example/witness", Ed25519Signer(b"\x66" * 32))
    asked: ClassVar[list[int]] = []

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"])).decode()
        body = parse_note(content.partition("\n\n")[2]).body
        self.asked.append(int(body.split("\n")[1]))
        line = self.cosigner.cosign(body, now=int(time.time()))
        answer = replace(line, blob=line.blob[:-1] + bytes((line.blob[-1] ^ 1,))).text.encode()
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def liar():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Liar)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"witness liar {Liar.cosigner.key.text} http://localhost:{server.server_port}/witness\n"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def town(tmp_path):
    with ExitStack() as stack:
        yield Town(tmp_path, stack)


def log_lines(town, name) -> str:
    text = town.text(name, "/log/policy")
    return "".join(f"{line}\n" for line in text.splitlines() if line.startswith("log "))


def until(holds):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if found := holds():
            return found
        time.sleep(0.1)
    raise AssertionError("not within half a minute")


def test_services_witness_each_other_and_a_forked_log_is_refused(town):
    """Quorum two of three: first all honest, then one down, then one that lies, then a fork."""
    for name in NAMES:
        town.start(name)
    keys = {name: town.text(name, "/witness/key").strip() for name in NAMES}
    logs = {name: log_lines(town, name) for name in NAMES}
    for name in NAMES:
        town.stop(name)
    with liar() as liars_line:
        lines = {name: f"witness {name} {keys[name]} {town.url(name)}/witness\n" for name in NAMES}
        for name in NAMES:
            others = [other for other in NAMES if other != name]
            members = " ".join((*others, "liar"))
            policy = "".join(lines[other] for other in others) + liars_line
            town.start(
                name,
                witnesses=policy + f"group g 2 {members}\nquorum g\n",
                witness_logs="".join(logs[other] for other in others),
            )
        for name in NAMES:
            town.avow(name, "did", "create", "city", "--wait", "cosigned")
        town.avow("a", "log", "trust", "-o", "trust.json")
        check_cosigned(town, {"b", "c"})
        check_command_line(town)

        # One witness down and one that lies: no quorum, and the log goes on.
        town.stop("c")
        town.avow("a", "did", "create", "later", "--wait", "anchored")
        until(lambda: standing(town, "later") == {"count": 1, "of": 3, "quorum": False})
        with pytest.raises(AssertionError, match=r"checkpoint\.quorum"):
            newest(town)
        # It is back: what was signed in between is cosigned too.
        town.start(
            "c",
            witness_logs=logs["a"] + logs["b"],
            witnesses=(town.folder / "c-witnesses.txt").read_text(),
        )
        until(lambda: standing(town, "later")["quorum"])
        until(lambda: newest(town, tolerant=True))
        assert Liar.asked
        check_fork(town)


def standing(town, name):
    return json.loads(town.avow("a", "did", "show", name, "--json"))["cosigned"]


def newest(town, *, tolerant: bool = False):
    """The newest checkpoint under the policy that was pinned at first contact."""
    anchors = TrustAnchors.parse(json.loads((town.folder / "trust.json").read_text()))
    note = town.text("a", "/log/checkpoint")
    try:
        return verify_checkpoint(note, policy=parse_policy(anchors.policy), expected_origin=anchors.origin)
    except DidError as error:
        if tolerant:
            return None
        raise AssertionError(str(error)) from None


def check_cosigned(town, witnesses) -> None:
    """The liar's line is nowhere, the honest ones' are in the note, and in the folder of static files."""
    verified = until(lambda: newest(town, tolerant=True))
    assert set(verified.witnesses) == witnesses
    note = parse_note(town.text("a", "/log/checkpoint"))
    assert "liar.example/witness" not in {line.name for line in note.lines}
    static = town.folder / "a" / "public" / "log" / "checkpoint"
    until(lambda: len(parse_note(static.read_text()).lines) == 3)


def check_command_line(town) -> None:
    """Bundle, receipt and monitor hold under the pinned policy, quorum included."""
    did = json.loads(town.avow("a", "did", "show", "city", "--json"))["did"]
    town.avow("a", "did", "resolve", did, "--wait", "cosigned", "--evidence", "bundle.json")
    found = json.loads(
        town.avow("a", "log", "verify", "bundle.json", "--did", did, "--trust", "trust.json", "--json")
    )
    assert found["witnesses"] == ["b", "c"]
    assert found["asOf"] is not None
    (town.folder / "deed.txt").write_text("a deed")
    town.avow("a", "evidence", "add", "deed.txt", "--wait", "cosigned")
    town.avow("a", "evidence", "verify", "deed.txt", "deed.txt.receipt.json", "--trust", "trust.json")
    town.avow("a", "monitor", "--state", "log.json", "--trust", "trust.json", "--once")
    with ServiceClient(town.url("a")) as service:
        anchors = pin(service)
    bundle = (town.folder / "bundle.json").read_bytes()
    state = verify(bundle, expected_did=did, anchors=anchors, level=Level.SEALED, now=int(time.time()))
    assert set(state.witnesses) == {"b", "c"}


def check_fork(town) -> None:
    """The log's own key signs a second history: its witness refuses it and keeps both notes."""
    note = parse_note(town.text("a", "/log/checkpoint"))
    _, size, _ = note.body.splitlines()
    town.stop("a")
    signer = stolen_log_key(town.folder / "a")
    checkpoint = Checkpoint(f"localhost:{town.ports['a']}/log", int(size), b"\x13" * 32)
    line = f"\N{EM DASH} {checkpoint.origin} "
    key_id = next(found.key_id for found in note.lines if found.name == checkpoint.origin)
    signed = f"{checkpoint.body}\n{line}{encode_base64(key_id + signer.sign(checkpoint.body.encode()))}\n"
    for name in ("b", "c"):
        answer = httpx.post(
            f"{town.url(name)}/witness/add-checkpoint", content=format_request(int(size), (), signed).encode()
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "witness.forked")
        (evidence,) = (town.folder / name).glob("witness-fork-*.json")
        found = json.loads(town.avow(name, "log", "judge", str(evidence), "--trust", "trust.json", "--json"))
        assert found["code"] == "log.forked"


def stolen_log_key(data) -> Ed25519Signer:
    """The secret of the log's key, as somebody with the data directory and the master key has it."""
    settings, system = Settings.checked({"data": data}), System()
    engine = writing_engine(settings.database_path)
    with engine.connect() as connection, connection.begin():
        keys = ServiceKeys.ensure(connection, open_vault(connection, settings, system), system)
    engine.dispose()
    return Ed25519Signer(keys.log[0].reveal())
