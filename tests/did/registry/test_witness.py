"""A witness's decision: every refusal with its code, in the order of C2SP tlog-witness; and its answer."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from did.errors import DidError
from did.keys import Ed25519Signer
from did.registry.checkpoint import Checkpoint, format_note
from did.registry.note import Cosigner, NoteSigner, SignatureLine, parse_note
from did.registry.policy import parse_logs, parse_policy
from did.registry.tree import EMPTY_ROOT, leaf_hash
from did.registry.witness import (
    MAX_REQUEST,
    NOTHING,
    SizeConflictError,
    Witnessed,
    authenticate,
    by_origin,
    decide,
    format_request,
    parse_request,
    read_answer,
)
from tests.did.outcomes import code_of
from tests.support.memory_tree import Tree

ORIGIN = "log.example/log"
NOW = 1_800_000_000
OLD_KEY = NoteSigner(ORIGIN, Ed25519Signer(b"\x01" * 32))
NEW_KEY = NoteSigner(ORIGIN, Ed25519Signer(b"\x02" * 32))
STRANGER = NoteSigner(ORIGIN, Ed25519Signer(b"\x03" * 32))
WITNESS = Cosigner("witness.example/witness", Ed25519Signer(b"\x04" * 32))
LOGS = by_origin((OLD_KEY.key, NEW_KEY.key))


class OtherLog:
    """A log of somebody else: any leaves, any sizes."""

    def __init__(self, salt: bytes = b"") -> None:
        self.tree = Tree()
        for number in range(40):
            self.tree.append(leaf_hash(b"%b%d" % (salt, number)))

    def checkpoint(self, size: int) -> Checkpoint:
        return Checkpoint(ORIGIN, size, self.tree.root(size))

    def note(self, size: int, *signers: NoteSigner) -> str:
        return signed(self.checkpoint(size), *signers)

    def request(self, old: int, size: int, *signers: NoteSigner) -> bytes:
        return format_request(old, self.tree.consistency(old, size), self.note(size, *signers)).encode()

    def held(self, size: int) -> Witnessed:
        return Witnessed(size, self.tree.root(size))


LOG, FORK = OtherLog(), OtherLog(b"fork")


def signed(checkpoint: Checkpoint, *signers: NoteSigner) -> str:
    return format_note(checkpoint.body, [signer.sign(checkpoint.body) for signer in signers or (OLD_KEY,)])


def ask(request: bytes, held: Witnessed = NOTHING, logs=LOGS):
    return decide(authenticate(parse_request(request), logs=logs), held=held, now=NOW)


def refusal(request: bytes, held: Witnessed = NOTHING, logs=LOGS) -> str:
    return code_of(ask, request, held, logs)


@pytest.mark.parametrize("old", range(12))
@pytest.mark.parametrize("size", [11, 12, 16, 40])
def test_what_only_extends_is_accepted_and_cosigned_with_the_time_of_the_decision(old, size):
    accepted = ask(LOG.request(old, size), LOG.held(old))
    assert (accepted.checkpoint, accepted.time, accepted.extends) == (
        LOG.checkpoint(size),
        NOW,
        size > old,
    )
    line = accepted.cosign(WITNESS)
    assert WITNESS.key.verify(LOG.checkpoint(size).body, line.blob) == NOW


def test_a_checkpoint_shown_again_is_cosigned_again_and_changes_nothing():
    accepted = ask(LOG.request(8, 8), LOG.held(8))
    assert not accepted.extends


def test_an_empty_log_may_be_cosigned():
    assert not ask(LOG.request(0, 0)).extends
    lie = signed(Checkpoint(ORIGIN, 0, b"\x07" * 32))
    assert refusal(format_request(0, (), lie).encode()) == "witness.consistency"
    assert LOG.tree.root(0) == EMPTY_ROOT


@pytest.mark.parametrize("signers", [(OLD_KEY,), (NEW_KEY,), (OLD_KEY, NEW_KEY), (STRANGER, NEW_KEY)])
def test_any_key_trusted_for_the_origin_is_enough(signers):
    assert ask(LOG.request(0, 5, *signers)).checkpoint.size == 5


def bent(signer: NoteSigner, body: str) -> SignatureLine:
    line = signer.sign(body)
    return replace(line, blob=bytes([line.blob[0] ^ 1]) + line.blob[1:])


def elsewhere(signer: NoteSigner) -> NoteSigner:
    return NoteSigner("other.example/log", signer._signer)


BODY5 = LOG.checkpoint(5).body
REFUSED = {
    # Step 2
    "an unknown origin": (
        format_request(0, (), signed(Checkpoint("x.example/log", 5, bytes(32)))).encode(),
        NOTHING,
        "witness.origin",
    ),
    # Step 3
    "only a stranger's signature": (LOG.request(0, 5, STRANGER), NOTHING, "witness.unsigned"),
    "the right key under another name": (
        LOG.request(0, 5, elsewhere(OLD_KEY)),
        NOTHING,
        "witness.unsigned",
    ),
    "a bad signature": (
        format_request(0, (), format_note(BODY5, [bent(OLD_KEY, BODY5)])).encode(),
        NOTHING,
        "witness.signature",
    ),
    "a bad signature beside a good one": (
        format_request(0, (), format_note(BODY5, [OLD_KEY.sign(BODY5), bent(NEW_KEY, BODY5)])).encode(),
        NOTHING,
        "witness.signature",
    ),
    "a signature over another body": (
        format_request(0, (), format_note(BODY5, [OLD_KEY.sign(LOG.checkpoint(6).body)])).encode(),
        NOTHING,
        "witness.signature",
    ),
    # Step 4
    "an old size above the checkpoint's": (
        format_request(9, (), LOG.note(8)).encode(),
        LOG.held(9),
        "witness.old-size",
    ),
    # Step 5
    "an older checkpoint, with the proof of then": (LOG.request(3, 8), LOG.held(16), "witness.conflict"),
    "the first checkpoint again, as if it were new": (LOG.request(0, 8), LOG.held(8), "witness.conflict"),
    "an old size that was never cosigned": (LOG.request(7, 12), LOG.held(5), "witness.conflict"),
    "an old size before anything was cosigned": (LOG.request(3, 8), NOTHING, "witness.conflict"),
    # Step 6
    "another root of the same size": (FORK.request(8, 8), LOG.held(8), "witness.forked"),
    "another root of the same size, with a proof": (
        format_request(8, FORK.tree.consistency(5, 8), FORK.note(8)).encode(),
        LOG.held(8),
        "witness.forked",
    ),
    # Step 7
    "a forked log that went on": (FORK.request(8, 16), LOG.held(8), "witness.consistency"),
    "no proof": (format_request(8, (), LOG.note(16)).encode(), LOG.held(8), "witness.consistency"),
    "a proof between other sizes": (
        format_request(5, LOG.tree.consistency(6, 16), LOG.note(16)).encode(),
        LOG.held(5),
        "witness.consistency",
    ),
    "a proof from nothing": (
        format_request(0, LOG.tree.consistency(3, 8), LOG.note(8)).encode(),
        NOTHING,
        "witness.consistency",
    ),
    "a proof for nothing new": (
        format_request(8, LOG.tree.consistency(5, 8), LOG.note(8)).encode(),
        LOG.held(8),
        "witness.consistency",
    ),
    "one hash too many": (
        format_request(5, (*LOG.tree.consistency(5, 16), bytes(32)), LOG.note(16)).encode(),
        LOG.held(5),
        "witness.consistency",
    ),
}


@pytest.mark.parametrize(("request_", "held", "code"), REFUSED.values(), ids=REFUSED)
def test_everything_else_is_refused(request_, held, code):
    assert refusal(request_, held) == code


def test_the_order_of_the_checks_is_that_of_the_text():
    """A request with every fault at once meets them one after the other."""
    assert refusal(b"x") == "witness.malformed"
    nobody = signed(Checkpoint("x.example/log", 8, bytes(32)), STRANGER)
    assert refusal(format_request(9, (bytes(32),), nobody).encode(), LOG.held(16)) == "witness.origin"
    unsigned = FORK.note(8, STRANGER)
    assert refusal(format_request(9, (bytes(32),), unsigned).encode(), LOG.held(16)) == "witness.unsigned"
    ahead = FORK.note(8)
    assert refusal(format_request(9, (bytes(32),), ahead).encode(), LOG.held(16)) == "witness.old-size"
    assert refusal(format_request(8, (bytes(32),), ahead).encode(), LOG.held(16)) == "witness.conflict"
    assert refusal(format_request(8, (bytes(32),), ahead).encode(), LOG.held(8)) == "witness.forked"
    good = LOG.note(8)
    assert refusal(format_request(8, (bytes(32),), good).encode(), LOG.held(8)) == "witness.consistency"


def test_a_conflict_names_the_size_to_start_from():
    with pytest.raises(SizeConflictError) as caught:
        ask(LOG.request(3, 8), LOG.held(16))
    assert (caught.value.size, caught.value.code) == (16, "witness.conflict")


def test_no_log_is_served_unless_it_is_named():
    assert refusal(LOG.request(0, 5), logs={}) == "witness.origin"
    assert by_origin(()) == {}


GOOD = LOG.request(5, 16).decode()
MALFORMED = {
    "nothing": "",
    "only a checkpoint": LOG.note(5),
    "no old line": GOOD.split("\n", 1)[1],
    "no empty line": GOOD.replace("\n\n", "\n"),
    "a leading zero": GOOD.replace("old 5", "old 05"),
    "a negative size": GOOD.replace("old 5", "old -5"),
    "two spaces": GOOD.replace("old 5", "old  5"),
    "a space behind": GOOD.replace("old 5", "old 5 "),
    "upper case": GOOD.replace("old", "OLD"),
    "other digits": GOOD.replace("old 5", "old \u0665"),
    "a size of 2^63": GOOD.replace("old 5", f"old {2**63}"),
    "a size of twenty digits": GOOD.replace("old 5", "old " + "9" * 20),
    "carriage returns": GOOD.replace("\n", "\r\n"),
    "a hash of 31 bytes": GOOD.replace("\n\n", "\n" + base64.b64encode(bytes(31)).decode() + "\n\n", 1),
    "a hash of 33 bytes": GOOD.replace("\n\n", "\n" + base64.b64encode(bytes(33)).decode() + "\n\n", 1),
    "a hash in base64url": GOOD.replace("\n\n", "\n" + "_" * 42 + "8=\n\n", 1),
    "bits behind a hash": GOOD.replace("\n\n", "\n" + "A" * 42 + "B=\n\n", 1),
    "an extension line": GOOD.replace("\n\n—", "\nmore\n\n—"),
    "no last line feed": GOOD[:-1],
    "64 hashes": format_request(5, (bytes(32),) * 64, LOG.note(16)),
    "an empty proof line": GOOD.replace("old 5\n", "old 5\n\n"),
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_a_request_has_one_reading(text):
    assert code_of(parse_request, text.encode()) == "witness.malformed"


def test_a_request_is_bounded_and_63_hashes_are_read():
    assert len(parse_request(format_request(5, (bytes(32),) * 63, LOG.note(16)).encode()).path) == 63
    with pytest.raises(DidError, match=f"at most {MAX_REQUEST} bytes"):
        parse_request(b"old 5" + b"\n" * MAX_REQUEST)
    assert code_of(parse_request, GOOD.encode() + b"\xff") == "witness.malformed"
    assert parse_request(GOOD.encode()).old == 5


@given(
    st.binary(max_size=300)
    | st.lists(st.sampled_from([b"old ", b"5", b"\n", b"\n\n", GOOD.encode(), b"\xe2\x80\x94 "])).map(
        b"".join
    )
)
@settings(max_examples=300)
def test_noise_is_refused_with_our_errors_only(raw):
    try:
        accepted = ask(raw, LOG.held(5))
    except DidError as error:
        assert error.code.startswith("witness.")  # noqa: PT017
    else:
        assert accepted.checkpoint == LOG.checkpoint(16)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_no_altered_request_gets_another_checkpoint_cosigned(data):
    raw = LOG.request(5, 16)
    at = data.draw(st.integers(0, len(raw) - 1))
    altered = raw[:at] + bytes((raw[at] ^ data.draw(st.integers(1, 255)),)) + raw[at + 1 :]
    try:
        accepted = ask(altered, LOG.held(5))
    except DidError as error:
        assert error.code.startswith("witness.")  # noqa: PT017
    else:
        assert accepted.checkpoint == LOG.checkpoint(16)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.booleans()), max_size=30))
@settings(max_examples=100, deadline=None)
def test_whatever_is_asked_what_is_held_only_grows_along_one_history(asked):
    held = NOTHING
    history = None
    for old, size, forked in asked:
        log = FORK if forked else LOG
        path = log.tree.consistency(old, size) if old <= size else ()
        request = format_request(old, path, log.note(size)).encode()
        try:
            accepted = ask(request, held)
        except DidError:
            continue
        assert accepted.checkpoint.size >= held.size
        held = Witnessed(accepted.checkpoint.size, accepted.checkpoint.root)
        if held.size:
            history = history or log
            assert held.root == history.tree.root(held.size)


# The side that asks.


def answer(*lines: SignatureLine) -> str:
    return "".join(line.text for line in lines)


BODY = LOG.checkpoint(16).body
LINE = WITNESS.cosign(BODY, now=NOW)
OTHER = Cosigner("witness.example/witness", Ed25519Signer(b"\x05" * 32))
ML_DSA_44 = SignatureLine("witness.example/witness", b"\x00\x01\x02\x03", bytes(8 + 2420))


@pytest.mark.parametrize(
    "lines",
    [(LINE,), (OTHER.cosign(BODY, now=NOW), LINE), (LINE, WITNESS.cosign(BODY, now=5)), (ML_DSA_44, LINE)],
)
def test_the_line_of_the_key_that_was_asked_is_taken(lines):
    assert read_answer(answer(*lines), body=BODY, key=WITNESS.key, now=NOW) == (LINE, NOW)


FUTURE = WITNESS.cosign(BODY, now=NOW + 61)
ANSWERS = {
    "nothing": ("", "witness.answer"),
    "words": ("cosigned, trust me\n", "witness.answer"),
    "an empty line": ("\n" + LINE.text, "witness.answer"),
    "no line feed": (LINE.text[:-1], "witness.answer"),
    "somebody else's line": (OTHER.cosign(BODY, now=NOW).text, "witness.answer"),
    "another body's line": (WITNESS.cosign(BODY5, now=NOW).text, "witness.cosignature"),
    "a bad line beside a good one": (
        LINE.text + replace(LINE, blob=LINE.blob[:-1] + b"\x00").text,
        "witness.cosignature",
    ),
    "a plain signature": (replace(LINE, blob=LINE.blob[8:]).text, "witness.cosignature"),
    "a time that lies ahead": (FUTURE.text, "witness.cosignature"),
    "too much": (ML_DSA_44.text * 5 + LINE.text, "witness.answer"),
    "a note of its own": ("x\n\n" + FUTURE.text, "witness.answer"),
}


@pytest.mark.parametrize(("text", "code"), ANSWERS.values(), ids=ANSWERS)
def test_no_other_answer_is_taken(text, code):
    assert code_of(read_answer, text, body=BODY, key=WITNESS.key, now=NOW) == code


@given(st.text(max_size=200) | st.text(alphabet="—\n 0aA=+/", max_size=80))
@settings(max_examples=200)
def test_noise_is_no_answer(text):
    assert code_of(read_answer, text, body=BODY, key=WITNESS.key, now=NOW) == "witness.answer"


def test_a_file_of_logs_has_log_lines_only():
    text = f"# ours\nlog {OLD_KEY.key.text} https://log.example/\nlog {NEW_KEY.key.text}\n"
    assert parse_logs(text) == (OLD_KEY.key, NEW_KEY.key)
    assert parse_logs("# nobody\n") == ()
    for more in ("quorum none\n", f"witness w {WITNESS.key.text}\n", "x\n"):
        assert code_of(parse_logs, text + more) == "policy.malformed"


def test_a_policy_keeps_the_addresses_of_witnesses_and_writes_itself():
    lines = f"log {OLD_KEY.key.text}\nwitness a {WITNESS.key.text} https://w.example/witness\n"
    policy = parse_policy(lines + f"witness b {OTHER.key.text}\ngroup g any a b\nquorum g\n")
    assert policy.urls == {"a": "https://w.example/witness"}
    again = parse_policy(policy.text)
    assert again.urls == {}
    assert replace(policy, urls={}) == again
    assert parse_policy(replace(policy, quorum=None).text).quorum is None


# Room for ML-DSA-44 (type 06).


def ml_dsa_44_key(name: str) -> str:
    raw = b"\x06" + bytes(1312)
    key_id = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex()
    return f"{name}+{key_id}+{base64.b64encode(raw).decode()}"


def test_a_policy_that_names_an_ml_dsa_44_key_is_refused():
    for line in (f"log {ml_dsa_44_key(ORIGIN)}\n", f"witness w {ml_dsa_44_key('w.example')}\n"):
        assert code_of(parse_policy, line + "quorum none\n") == "policy.malformed"
        assert code_of(parse_logs, line) == "policy.malformed"


def test_notes_with_ml_dsa_44_lines_stay_readable():
    note = parse_note(LOG.note(8)).with_lines(ML_DSA_44)
    assert len(ML_DSA_44.text) > 3200
    assert parse_note(note.text) == note
    # Sixteen of them still fit: as many signatures as any reader must take.
    many = note.with_lines(*(replace(ML_DSA_44, key_id=bytes((3, 0, 0, n))) for n in range(15)))
    assert len(parse_note(many.text).lines) == 17
    request = format_request(0, (), many.text).encode()
    assert ask(request).checkpoint.size == 8
