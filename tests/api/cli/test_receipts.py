"""`avow evidence …` in this process: what leaves the machine, files in the way, the progress bar."""

from __future__ import annotations

import base64
import hashlib
import io
import json

import httpx
import pytest
from rich.console import Console

from api.cli import progress, receipts
from api.cli.program import main
from api.cli.progress import Progress
from api.client import evidence, files
from api.client.connection import Client
from api.client.service_client import ServiceClient
from did.encoding import encode_base64url


class Service:
    """A service of a few lines that keeps every byte that it was sent."""

    def __init__(self):
        self.sent = []
        self.logged = []
        self.states = iter(())

    def __call__(self, request):
        self.sent.append(
            b"\n".join(
                [
                    request.method.encode(),
                    str(request.url).encode(),
                    *(name + b": " + value for name, value in request.headers.raw),
                    request.content,
                ]
            )
        )
        path = request.url.path
        if path == "/token":
            return httpx.Response(200, json={"access_token": "t", "token_type": "Bearer", "expires_in": 900})
        if path == "/evidence" and request.method == "POST":
            digests = json.loads(request.content)["digests"]
            first = len(self.logged)
            self.logged += digests
            made = [
                {"id": f"id-{first + at:019}", "state": "logged", "logIndex": first + at}
                for at in range(len(digests))
            ]
            return httpx.Response(201, json={"evidence": made})
        if request.method == "DELETE":
            return httpx.Response(200, json={"id": "x", "state": "erased", "logIndex": 0})
        if path == "/evidence":
            at = self.logged.index(request.url.params["digest"])
        else:
            at = int(path.rpartition("-")[2])
        record = {"id": f"id-{at:019}", "digest": self.logged[at], "logIndex": at, "assurance": "local-chain"}
        state = next(self.states, "final")
        return httpx.Response(
            200, json={**record, "state": state} | ({} if state == "logged" else {"receipt": {"at": at}})
        )


@pytest.fixture
def service(monkeypatch, tmp_path):
    made = Service()

    def connect(_url=None):
        transport = httpx.MockTransport(made)
        return ServiceClient("http://localhost:8000", Client("id", "secret"), transport=transport)

    monkeypatch.setattr(receipts, "connect", connect)
    monkeypatch.chdir(tmp_path)
    return made


def ways_to_say(content: bytes):
    """Forms in which content could be smuggled past a plain search."""
    yield content
    yield content.hex().encode()
    for shift in range(3):  # base64 depends on where the content begins
        whole = base64.b64encode(b"x" * shift + content)
        yield whole[4:-4]
        yield whole[4:-4].translate(bytes.maketrans(b"+/", b"-_"))


def test_nothing_of_a_file_but_its_digest_leaves_the_machine(service, tmp_path, capsys):
    canary = b"canary: born 1987-06-05, diagnosis F41.1"
    (tmp_path / "patient-4711").write_bytes(canary)
    (tmp_path / "large").write_bytes(b"\n".join([canary] * 60_000))  # more than one piece
    assert main(["evidence", "add", "patient-4711", "large", "--wait", "final"]) == 0
    assert main(["evidence", "show", "patient-4711"]) == 0
    assert main(["evidence", "erase", "id-0000000000000000000", "--yes"]) == 0
    sent = b"\n\n".join(service.sent)
    for hidden in (*ways_to_say(canary), b"4711", b"patient", b"large", str(len(canary)).encode() + b" "):
        assert hidden not in sent
    expected = [hashlib.sha256((tmp_path / name).read_bytes()).digest() for name in ("patient-4711", "large")]
    assert service.logged == [encode_base64url(digest) for digest in expected]
    capsys.readouterr()


def test_verifying_asks_nobody(service, tmp_path, capsys):
    for name in ("file", "receipt", "trust"):
        (tmp_path / name).write_text("{}")
    assert main(["evidence", "verify", "file", "receipt", "--trust", "trust"]) == 5
    assert service.sent == []
    assert "trust.malformed" in capsys.readouterr().err


def test_receipts_are_written_beside_the_files_and_described(service, tmp_path, capsys):
    (tmp_path / "a").write_text("a")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "b").write_text("b")
    assert main(["evidence", "add", "a", "folder/b", "--json"]) == 0
    assert json.loads((tmp_path / "a.receipt.json").read_text()) == {"at": 0}
    assert json.loads((tmp_path / "folder" / "b.receipt.json").read_text()) == {"at": 1}
    found = json.loads(capsys.readouterr().out)["evidence"]
    assert found[1] == {
        "file": "folder/b",
        "sha256": hashlib.sha256(b"b").hexdigest(),
        "id": "id-0000000000000000001",
        "state": "final",
        "logIndex": 1,
        "receipt": "folder/b.receipt.json",
    }


def test_waiting_goes_on_until_the_last_one_got_that_far(service, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    (tmp_path / "a").write_text("a")
    service.states = iter(["logged", "sealed", "sealed", "anchored", "anchored"])
    assert main(["evidence", "add", "a", "--wait", "anchored"]) == 0
    assert "1 file logged: anchored, local-chain" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "exits", "code"),
    [
        (["add", "missing"], 5, "file.missing"),
        (["add", "folder"], 5, "file.directory"),
        (["add", "a", "missing"], 5, "file.missing"),
        (["add", "a", "./a"], 2, "cli.usage"),
        (["add", "a", "--wait", "soon"], 2, "cli.usage"),
        (["add", "done"], 5, "file.exists"),
        (["add", "a", "done"], 5, "file.exists"),
        (["add"], 2, "cli.usage"),
        (["show", "missing"], 5, "file.missing"),
        (["show", "a", "--wait", "soon"], 2, "cli.usage"),
        (["erase", "x"], 5, "cli.nobody-to-ask"),
        (["verify", "missing", "a", "--trust", "a"], 5, "file.missing"),
        (["verify", "a", "missing", "--trust", "a"], 5, "file.missing"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_is_in_the_way_is_said_before_anything_is_sent(
    service, tmp_path, capsys, arguments, exits, code
):
    (tmp_path / "a").write_text("a")
    (tmp_path / "done").write_text("done")
    (tmp_path / "done.receipt.json").write_text("kept")
    (tmp_path / "folder").mkdir()
    assert main(["evidence", *arguments]) == exits
    assert f"error {code}:" in capsys.readouterr().err
    assert service.logged == []
    assert service.sent == []
    assert (tmp_path / "done.receipt.json").read_text() == "kept"


def test_a_receipt_can_be_fetched_later(service, tmp_path, capsys):
    (tmp_path / "a").write_text("a")
    assert main(["evidence", "add", "a", "--wait", "logged"]) == 0
    assert not (tmp_path / "a.receipt.json").exists()
    service.states = iter(["logged"])
    assert main(["evidence", "show", "a", "-o", "a.receipt.json"]) == 6
    assert "evidence.none" in capsys.readouterr().err
    assert main(["evidence", "show", "id-0000000000000000000", "-o", "a.receipt.json"]) == 0
    assert json.loads((tmp_path / "a.receipt.json").read_text()) == {"at": 0}


def test_more_digests_than_one_request_takes_go_in_several(service, monkeypatch):
    monkeypatch.setattr(evidence, "BATCH", 4)
    digests = [bytes([number]) * 32 for number in range(10)]
    with receipts.connect() as client:
        records = evidence.log_digests(client, digests)
    assert [record["logIndex"] for record in records] == list(range(10))
    assert sum(b"POST\nhttp://localhost:8000/evidence\n" in sent for sent in service.sent) == 3
    assert service.logged == [encode_base64url(digest) for digest in digests]


def test_a_file_of_any_size_is_hashed_in_pieces(tmp_path):
    content = bytes(range(256)) * 10_000
    (tmp_path / "file").write_bytes(content)
    pieces = []
    assert evidence.digest_file(tmp_path / "file", pieces.append) == hashlib.sha256(content).digest()
    assert pieces == [1024 * 1024, 1024 * 1024, len(content) - 2 * 1024 * 1024]
    assert len(content) * 4 > files.MAX_FILE_BYTES


@pytest.mark.parametrize(
    ("seconds", "terminal", "shows"), [(1, True, False), (3, True, True), (3, False, False)]
)
def test_a_bar_shows_after_two_seconds_on_a_terminal_only(seconds, terminal, shows):
    screen = io.StringIO()
    now = iter([0.0, *(seconds * at / 10 for at in range(1, 11))])
    console = Console(file=screen, force_terminal=terminal, width=80)
    with Progress("hashing", 10, on=console, clock=lambda: next(now)) as bar:
        for _ in range(10):
            bar.advance()
    assert ("hashing" in screen.getvalue()) is shows
    assert not shows or "100%" in screen.getvalue()


def test_the_bar_speaks_on_standard_error():
    assert Progress("x", 1)._console.stderr
    assert progress.PATIENCE_SECONDS == 2.0
