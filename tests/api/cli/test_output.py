"""What the command line prints: nothing foreign steers the terminal, machines get JSON alone."""

from __future__ import annotations

import json

import pytest

from api.cli import program
from api.cli.exits import ExitCode, exit_code
from api.cli.output import Output, printable, report, shorten, shorten_did
from api.cli.verdicts import first_code, show_verdict
from api.client.failures import LocalError, RefusedError, RejectedError, UnreachableError
from api.errors import ApiError
from credentials.errors import CredentialError
from did.errors import DidError

VERDICT = {
    "verdict": {
        "verified": True,
        "accepted": False,
        "checks": [
            {
                "check": "credential",
                "outcome": "failed",
                "code": "issuer.untrusted",
                "checks": [
                    {"check": "proof", "outcome": "passed"},
                    {
                        "check": "issuer",
                        "outcome": "failed",
                        "code": "issuer.untrusted",
                        "detail": "not [red]named\x1b[2J",
                        "remedy": "name it in the policy",
                    },
                ],
            }
        ],
    }
}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünïcode ✓", "plain ünïcode ✓"),
        ("\x1b[2Jgone", "\ufffd[2Jgone"),
        ("a\rb", "a\ufffdb"),
        ("a\u202eb", "a\ufffdb"),
        ("\x9b31m", "\ufffd31m"),
        ("two\nlines", "two\nlines"),
        ("lone \ud800", "lone \ufffd"),
    ],
)
def test_printable_takes_the_terminal_out_of_foreign_hands(text, shown):
    assert printable(text) == shown


def test_shortened_identifiers_keep_what_tells_them_apart():
    assert shorten("short") == "short"
    assert shorten("x" * 100) == "x" * 14 + "…" + "x" * 6
    did = "did:webvh:QmTsc4Wn8RkHzZ7aJ2zzzzzzzzzzzzzzzzzzzzzzzzzzzz:localhost%3A8000:dids:city"
    assert shorten_did(did) == "did:webvh:QmTsc4…zzzz:localhost%3A8000:dids:city"


def test_verdict_shows_the_tree_the_code_and_the_remedy(capsys):
    show_verdict(Output(), VERDICT)
    text = capsys.readouterr().out
    assert "not accepted" in text
    assert "issuer    issuer.untrusted: not [red]named\ufffd[2J" in text
    assert "remedy  name it in the policy" in text
    assert "\x1b" not in text
    assert first_code(VERDICT) == "issuer.untrusted"


def test_json_mode_keeps_standard_output_for_the_document(capsys):
    out = Output(as_json=True)
    out.mark("passed", "human")
    out.result({"ü": 1})
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"ü": 1}
    assert "human" in printed.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RefusedError(404, {"code": "did.unknown", "detail": "x"}), ExitCode.REFUSED),
        (RefusedError(503, {"title": "busy"}), ExitCode.UNREACHABLE),
        (UnreachableError("service.timeout", "x"), ExitCode.UNREACHABLE),
        (LocalError("file.missing", "x"), ExitCode.LOCAL),
        (ApiError("store.locked", "x"), ExitCode.LOCAL),
        (CredentialError("wallet.locked-out", "x"), ExitCode.LOCAL),
        (RejectedError("did.not-yet", "x"), ExitCode.REJECTED),
        (CredentialError("proof.signature", "x"), ExitCode.REJECTED),
        (DidError("bundle.malformed", "x"), ExitCode.REJECTED),
    ],
)
def test_each_kind_of_failure_has_its_exit_code(error, code):
    assert exit_code(error) is code


def test_identifiers_are_not_taken_for_emoji(capsys):
    Output().fields({"did": "did:key:z6Mk"})
    report(LocalError("x.y", "did:key:z6Mk"), code=5, as_json=False)
    printed = capsys.readouterr()
    assert "did:key:z6Mk" in printed.out
    assert "did:key:z6Mk" in printed.err


def test_report_says_what_where_and_what_next(capsys):
    problem = {"code": "did.exists", "detail": "taken", "remedy": "choose another", "clause": "RFC 1"}
    report(RefusedError(409, problem), code=3, as_json=True)
    printed = capsys.readouterr()
    assert printed.err.splitlines() == [
        "error did.exists: taken",
        "  clause  RFC 1",
        "  remedy  choose another",
    ]
    error = json.loads(printed.out)["error"]
    assert (error["code"], error["exitCode"], error["problem"]) == ("did.exists", 3, problem)


def test_wrong_usage_has_a_code_and_points_to_help(capsys):
    assert program.main(["did", "create"]) == ExitCode.USAGE
    printed = capsys.readouterr()
    assert printed.err.splitlines() == [
        "error cli.usage: Missing argument 'NAME'",
        "  remedy  see `avow did create --help`",
    ]
    assert printed.out == ""


def test_missing_file_is_told_without_a_traceback(capsys, tmp_path):
    assert program.main(["verify", str(tmp_path / "none.json")]) == ExitCode.LOCAL
    assert "error file.missing: " in capsys.readouterr().err


def test_nobody_there_is_told_with_the_remedy(capsys, monkeypatch):
    monkeypatch.setenv("AVOW_CLIENT_ID", "a")
    monkeypatch.setenv("AVOW_CLIENT_SECRET", "b")
    assert program.main(["did", "create", "x", "--url", "http://127.0.0.1:9"]) == ExitCode.UNREACHABLE
    assert capsys.readouterr().err.splitlines() == [
        "error service.unreachable: nobody answers at http://127.0.0.1:9",
        "  remedy  start the service with `avow serve`, or name another with --url or AVOW_URL",
    ]
