"""Notes, policies and checkpoints: the vectors with their codes, quorums, rotation, noise."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from did.errors import DidError
from did.keys import Ed25519Signer, P256Signer
from did.registry.checkpoint import (
    Checkpoint,
    format_note,
    is_origin,
    parse_body,
    parse_checkpoint,
    verify_checkpoint,
)
from did.registry.note import Cosigner, NoteSigner, SignatureType, SignedNote, VerifierKey, parse_note
from did.registry.policy import parse_policy
from did.registry.register import Register, RegisterLine
from did.registry.signing import sign_again
from tests.support import vectors

ORIGIN = "registry.example/log"
LOG = NoteSigner(ORIGIN, Ed25519Signer(b"\x01" * 32))
WITNESSES = [Cosigner(f"witness{i}.example/w", Ed25519Signer(bytes((i + 2,)) * 32)) for i in range(4)]
STRANGER = Cosigner("stranger.example/w", Ed25519Signer(b"\x33" * 32))
CHECKPOINT = Checkpoint(ORIGIN, 16, b"\x05" * 32)
BODY = CHECKPOINT.body


def code_of(call, *arguments, **keywords) -> str:
    with pytest.raises(DidError) as caught:
        call(*arguments, **keywords)
    return caught.value.code


def renamed(key: VerifierKey) -> str:
    """The same key under another name, hence with another id."""
    return VerifierKey("other.example", key.type, key.public_key).text


def policy_text(*lines: str) -> str:
    witnesses = [f"witness w{i} {witness.key.text}" for i, witness in enumerate(WITNESSES)]
    return "\n".join([f"log {LOG.key.text}", *witnesses, *lines]) + "\n"


def cosigned(*times: tuple[int, int]) -> str:
    """A note of the log with the cosignatures (witness, time)."""
    lines = [WITNESSES[witness].cosign(BODY, now=time) for witness, time in times]
    return format_note(BODY, [LOG.sign(BODY), *lines])


@pytest.fixture(scope="module")
def case():
    return vectors.load("registry", "checkpoint.json")


def test_keys_and_signatures_are_made_as_in_the_vectors(case):
    log = NoteSigner(case["origin"], Ed25519Signer(bytes.fromhex(case["logSeed"])))
    assert (log.key.text, log.key.key_id.hex()) == (case["logVkey"], case["logKeyId"])
    body = parse_note(case["note"]).body
    lines = [log.sign(body)]
    for i, seed in enumerate(case["witnessSeeds"]):
        witness = Cosigner(f"witness{i}.example/w", Ed25519Signer(bytes.fromhex(seed)))
        assert witness.key.text == case["witnessVkeys"][i]
        lines.append(witness.cosign(body, now=1_800_000_005 + i))
    assert format_note(body, lines) == case["note"]


def test_the_checkpoint_of_the_vectors_verifies(case):
    verified = verify_checkpoint(
        case["note"], policy=parse_policy(case["policy"]), expected_origin=case["origin"]
    )
    expected = case["expected"]
    assert verified.checkpoint == Checkpoint(
        case["origin"], expected["size"], bytes.fromhex(expected["root"])
    )
    assert verified.quorum_time == expected["quorumTime"]
    assert list(verified.witnesses) == expected["witnesses"]


def test_every_refused_checkpoint_of_the_vectors_has_its_code(case):
    policy = parse_policy(case["policy"])
    assert len(case["refused"]) == 18
    for refused in case["refused"]:
        code = code_of(verify_checkpoint, refused["note"], policy=policy, expected_origin=case["origin"])
        assert code == refused["code"], refused["name"]


def test_a_note_of_two_log_keys_serves_both_sides_of_a_rotation(case):
    rotation = case["rotation"]
    for policy in (rotation["policyBefore"], rotation["policyAfter"]):
        verified = verify_checkpoint(
            rotation["note"], policy=parse_policy(policy), expected_origin=case["origin"]
        )
        assert verified.checkpoint.size == 16
    both = rotation["policyBefore"].replace(
        "witness w0", rotation["policyAfter"].split("\n")[0] + "\nwitness w0", 1
    )
    old, new = (line for line in rotation["note"].split("\n") if line.startswith("— registry"))
    for note in (
        rotation["note"],
        rotation["note"].replace(new + "\n", ""),
        rotation["note"].replace(old + "\n", ""),
    ):
        verify_checkpoint(note, policy=parse_policy(both), expected_origin=case["origin"])


@pytest.mark.parametrize(
    ("lines", "times", "expected"),
    [
        (("group all2 all w0 w1", "quorum all2"), ((0, 5), (1, 9)), 5),
        (("group any2 any w0 w1", "quorum any2"), ((0, 5), (1, 9)), 9),
        (("group g 2 w0 w1 w2", "quorum g"), ((0, 5), (1, 9), (2, 7)), 7),
        (("group g 2 w0 w1 w2", "quorum g"), ((0, 5), (0, 8), (2, 7)), 7),
        (("quorum w3",), ((3, 4), (3, 6), (3, 5)), 6),
        (("group a any w0 w1", "group b 1 w2 w3", "group c all a b", "quorum c"), ((1, 3), (2, 8)), 3),
        (("quorum none",), ((0, 5),), None),
        (("group g 2 w0 w1 w2", "quorum g"), ((0, 5), (3, 9)), "checkpoint.quorum"),
        (("group g 2 w0 w1 w2", "quorum g"), ((0, 5), (0, 9)), "checkpoint.quorum"),
        (("quorum w3",), ((0, 4),), "checkpoint.quorum"),
        (
            ("group a any w0 w1", "group b 1 w2 w3", "group c all a b", "quorum c"),
            ((0, 1), (1, 1)),
            "checkpoint.quorum",
        ),
    ],
)
def test_the_time_of_a_quorum_is_that_of_its_slowest_needed_member(lines, times, expected):
    policy = parse_policy(policy_text(*lines))
    if isinstance(expected, str):
        assert code_of(verify_checkpoint, cosigned(*times), policy=policy, expected_origin=ORIGIN) == expected
    else:
        verified = verify_checkpoint(cosigned(*times), policy=policy, expected_origin=ORIGIN)
        assert verified.quorum_time == expected
        assert verified.witnesses == tuple(f"w{i}" for i in sorted({i for i, _ in times}))


def test_a_bad_line_of_a_known_key_refuses_the_note_beside_good_ones():
    policy = parse_policy(policy_text("quorum none"))
    good = cosigned((0, 5))
    bad_log = SignedNote("", (LOG.sign("other"),)).text.lstrip("\n")
    bad_witness = SignedNote("", (WITNESSES[1].cosign("other", now=5),)).text.lstrip("\n")
    assert (
        code_of(verify_checkpoint, good + bad_log, policy=policy, expected_origin=ORIGIN)
        == "checkpoint.signature"
    )
    code = code_of(verify_checkpoint, good + bad_witness, policy=policy, expected_origin=ORIGIN)
    assert code == "checkpoint.cosignature"
    unknown = SignedNote("", (STRANGER.cosign("other", now=5),)).text.lstrip("\n")
    verify_checkpoint(good + unknown, policy=policy, expected_origin=ORIGIN)


@pytest.mark.parametrize("time", [0, 2**63, 2**64 - 1])
def test_a_cosignature_without_a_time_is_refused(time):
    signer = Ed25519Signer(b"\x02" * 32)
    key = WITNESSES[0].key
    blob = time.to_bytes(8, "big") + signer.sign(f"cosignature/v1\ntime {time}\n{BODY}".encode())
    assert code_of(key.verify, BODY, blob) == "note.signature"
    assert code_of(key.verify, BODY, b"short") == "note.signature"
    assert code_of(WITNESSES[0].cosign, BODY, now=time) == "note.time"


def test_another_origin_is_refused_even_if_the_policy_knows_it():
    other = NoteSigner("other.example/log", Ed25519Signer(b"\x09" * 32))
    body = Checkpoint("other.example/log", 16, b"\x05" * 32).body
    note = format_note(body, [other.sign(body)])
    policy = parse_policy(f"log {LOG.key.text}\nlog {other.key.text}\nquorum none\n")
    assert code_of(verify_checkpoint, note, policy=policy, expected_origin=ORIGIN) == "checkpoint.origin"
    verify_checkpoint(note, policy=policy, expected_origin="other.example/log")
    nameless = parse_policy(f"log {LOG.key.text}\nquorum none\n")
    code = code_of(verify_checkpoint, note, policy=nameless, expected_origin="other.example/log")
    assert code == "checkpoint.origin"
    # The other log's key signs under our origin: its line is of no known key.
    assert (
        code_of(
            verify_checkpoint,
            format_note(BODY, [other.sign(BODY)]),
            policy=policy,
            expected_origin=ORIGIN,
        )
        == "checkpoint.unsigned"
    )


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("quorum none", "quorum none"),
        ("quorum w9",),
        ("quorum g", "group g 1 w0"),
        ("group g 3 w0 w1", "quorum g"),
        ("group g 0 w0 w1", "quorum g"),
        ("group g 01 w0 w1", "quorum g"),
        ("group g some w0 w1", "quorum g"),
        ("group g 1", "quorum g"),
        ("group g any none", "quorum g"),
        ("group g any w0 w0", "quorum g"),
        ("group g any w0", "group h any w0", "quorum g"),
        ("group none any w0", "quorum none"),
        ("group w1 any w0", "quorum w1"),
        ("group g any g", "quorum g"),
        ("quorum none w0",),
        ("vote none", "quorum none"),
        (f"log {WITNESSES[0].key.text}", "quorum none"),
        (f"log {LOG.key.text}", "quorum none"),
        (f"witness x {LOG.key.text}", "quorum none"),
        (f"witness x {WITNESSES[0].key.text}", "quorum none"),
        ("witness x nonsense", "quorum none"),
        (f"log {renamed(LOG.key)}", "quorum none"),
        (f"witness x {renamed(WITNESSES[0].key)}", "quorum none"),
        (f"witness w0 {STRANGER.key.text}", "quorum none"),
        (f"witness none {STRANGER.key.text}", "quorum none"),
        ("group g any w0", "group g any w1", "quorum g"),
        ("group g any w0", f"witness g {STRANGER.key.text}", "quorum g"),
        ("# \r", "quorum none"),
        ("# \x7f", "quorum none"),
        *[("# comment",) * 260 + ("quorum none",)],
    ],
)
def test_a_policy_that_says_something_else_is_refused(lines):
    assert code_of(parse_policy, policy_text(*lines)) == "policy.malformed"


def test_two_keys_under_one_name_and_id_are_refused():
    # Found by search: these two ids of four bytes are equal.
    keys = [
        VerifierKey(ORIGIN, SignatureType.ED25519, hashlib.sha256(b"k%d" % number).digest())
        for number in (28996, 45355)
    ]
    assert keys[0].key_id == keys[1].key_id
    lines = "".join(f"log {key.text}\n" for key in keys)
    assert code_of(parse_policy, lines + "quorum none\n") == "policy.malformed"
    parse_policy(f"log {keys[0].text}\nquorum none\n")
    keys = [
        VerifierKey("w.example", SignatureType.COSIGNATURE, hashlib.sha256(b"k%d" % number).digest())
        for number in (75452, 95020)
    ]
    assert keys[0].key_id == keys[1].key_id
    lines = "".join(f"witness w{i} {key.text}\n" for i, key in enumerate(keys))
    assert code_of(parse_policy, lines + "quorum none\n") == "policy.malformed"


def test_a_policy_may_have_comments_tabs_urls_and_no_log():
    policy = parse_policy(
        f"# ours\n\n \t log\t{LOG.key.text}  https://log.example/ \n"
        f"  # indented\nwitness w0 {WITNESSES[0].key.text} https://w.example/\n\tquorum\tw0 \n"
    )
    assert (len(policy.logs), list(policy.witnesses), policy.quorum) == (1, ["w0"], "w0")
    assert parse_policy("quorum none\n").logs == ()
    assert code_of(parse_policy, "quorum none") == "policy.malformed"
    assert code_of(parse_policy, "#" * 70_000 + "\nquorum none\n") == "policy.malformed"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name+00000000",
        "name+00000000+!!!!",
        "na me+" + LOG.key.text.split("+", 1)[1],
        "+" + LOG.key.text.split("+", 1)[1],
        "other.example/log+" + LOG.key.text.split("+", 1)[1],
        LOG.key.text + "A",
        # Type 06 (ML-DSA-44) cannot be named by a policy yet.
        "x+00000000+" + "Bg" + "A" * 42,
    ],
)
def test_what_is_no_verifier_key_is_refused(text):
    assert code_of(VerifierKey.parse, text) == "note.key"


def test_a_verifier_key_has_one_length_and_a_name_even_if_its_id_fits():
    raw = bytes((1,)) + bytes(32)
    for name, key in (("na me", raw), ("", raw), ("name", raw + b"\x00"), ("name", raw[:-1])):
        key_id = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex()
        text = f"{name}+{key_id}+{base64.b64encode(key).decode()}"
        assert code_of(VerifierKey.parse, text) == "note.key"


@pytest.mark.parametrize(
    "text",
    [
        "— name AAAAAAA=\n",
        "a\n\n— name AAAAAAA=",
        "a\n\n— name AAAAAAA=x",
        "a\n\nname AAAAAAA=\n",
        "a\n\n- name AAAAAAA=\n",
        "a\n\n— name\n",
        "a\n\n—  AAAAAAA=\n",
        "a\n\n— na+me AAAAAAA=\n",
        "a\n\n— na\u00a0me AAAAAAA=\n",
        "a\n\n— name AAAAAAA= \n",
        "a\n\n— name AAAAAA==\n",
        "a\n\n— name AAAAAAB=\n",
        "a\tb\n\n— name AAAAAAA=\n",
        "a\x00b\n\n— name AAAAAAA=\n",
        "a\n\n— name AAAAAAA=\r\n",
        "a\n\n" + "— name AAAAAAA=\n" * 65,
        "a" * 65_536 + "\n\n— name AAAAAAA=\n",
        "é" * 32_768 + "\n\n— name AAAAAAA=\n",
        "\ud800\n\n— name AAAAAAA=\n",
    ],
)
def test_a_note_has_one_reading(text):
    assert code_of(parse_note, text) == "checkpoint.malformed"


def test_a_note_may_hold_empty_lines_and_foreign_names():
    note = parse_note("a\n\n\nb\n\n— näme AAAAAAA=\n— name AAAAAAA=\n")
    assert (note.body, [line.name for line in note.lines]) == ("a\n\n\nb\n", ["näme", "name"])
    assert parse_note("a\n\n" + "— name AAAAAAA=\n" * 64).text.count("name") == 64


def test_only_ed25519_signs_notes_and_only_under_a_key_name():
    assert code_of(NoteSigner, ORIGIN, P256Signer(b"\x01" * 32)) == "note.key"
    assert code_of(Cosigner, "a+b", Ed25519Signer(b"\x01" * 32)) == "note.key"
    assert VerifierKey.parse(WITNESSES[0].key.text).type is SignatureType.COSIGNATURE


@pytest.mark.parametrize(
    ("body", "reads"),
    [
        (BODY, True),
        (BODY.replace("16", str(2**63 - 1)), True),
        (BODY.replace("16", str(2**63)), False),
        (BODY.replace("16", "-1"), False),
        (BODY.replace("16", "٣"), False),
        (BODY.replace("16", ""), False),
        (BODY + "\n", False),
        (BODY[:-1], False),
        (BODY + "x", False),
        (BODY.replace(ORIGIN, "x" * 256), False),
        (BODY.replace(ORIGIN, "a b"), False),
        (BODY.replace(ORIGIN, "é"), False),
        (Checkpoint(ORIGIN, 16, b"\x05" * 31).body, False),
        (Checkpoint(ORIGIN, 16, b"\x05" * 33).body, False),
    ],
)
def test_a_body_has_exactly_three_lines(body, reads):
    if reads:
        assert parse_body(body).body == body
    else:
        assert code_of(parse_body, body) == "checkpoint.malformed"


@given(st.text(max_size=200) | st.text(alphabet="—\n 0aA=+/é\u00a0\x00", max_size=80))
@settings(max_examples=200)
def test_noise_is_a_note_that_writes_itself_or_our_error(text):
    try:
        note = parse_note(text)
    except DidError as error:
        code = error.code
    else:
        assert note.text == text
        code = "checkpoint.malformed"
    assert code == "checkpoint.malformed"


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_no_altered_note_says_anything_else(data):
    policy = parse_policy(policy_text("group g 2 w0 w1 w2", "quorum g"))
    note = cosigned((0, 5), (1, 9), (2, 7)).encode()
    at = data.draw(st.integers(0, len(note) - 1))
    bent = note[:at] + bytes((note[at] ^ data.draw(st.integers(1, 255)),)) + note[at + 1 :]
    try:
        verified = verify_checkpoint(
            bent.decode("utf-8", "surrogateescape"), policy=policy, expected_origin=ORIGIN
        )
    except DidError as error:
        assert error.code.startswith("checkpoint.")  # noqa: PT017
    else:
        # One witness line may have become that of a stranger; two are enough.
        assert verified.checkpoint == CHECKPOINT
        assert len(verified.witnesses) == 2


@given(
    st.text(max_size=120)
    | st.lists(st.sampled_from(["log", "witness", "group", "quorum", "none", "a", "1", " ", "\n"])).map(
        "".join
    )
)
def test_noise_is_no_policy(text):
    try:
        policy = parse_policy(text)
    except DidError as error:
        assert error.code == "policy.malformed"  # noqa: PT017
    else:
        assert policy.logs == ()


def test_the_shape_of_a_name():
    assert is_origin("localhost:8000/log")
    assert not is_origin("")
    assert not is_origin("a\x7f")
    checkpoint, note = parse_checkpoint(cosigned((0, 5)))
    assert (checkpoint, len(note.lines)) == (CHECKPOINT, 2)


def test_a_registered_body_is_signed_again_by_other_keys_and_keeps_its_cosignatures():
    newer = NoteSigner(ORIGIN, Ed25519Signer(b"\x09" * 32))
    register = Register([RegisterLine(16, CHECKPOINT.root, b"\x06" * 32, 5)])
    note = parse_note(cosigned((0, 5), (1, 9)))
    again = sign_again(note, register=register, signers=[newer])
    assert again.body == note.body
    assert [line.key_id for line in again.lines] == [newer.key.key_id, *(w.key.key_id for w in WITNESSES[:2])]
    policy = parse_policy(policy_text("group g all w0 w1", "quorum g").replace(LOG.key.text, newer.key.text))
    verify_checkpoint(again.text, policy=policy, expected_origin=ORIGIN)
    both = sign_again(again, register=register, signers=[LOG, newer])
    assert len(both.lines) == 4


@pytest.mark.parametrize("root", [b"\x05" * 32, b"\x04" * 32])
def test_nothing_else_is_signed_again(root):
    note, fitting = parse_note(cosigned()), root == CHECKPOINT.root
    register = Register([RegisterLine(16 if not fitting else 15, root, bytes(32), 5)])
    assert code_of(sign_again, note, register=register, signers=[LOG]) == "register.missing"
    register = Register([RegisterLine(16, CHECKPOINT.root, bytes(32), 5)])
    stranger = NoteSigner("other.example/log", Ed25519Signer(b"\x01" * 32))
    for signers in ([], [stranger], [LOG, stranger]):
        assert code_of(sign_again, note, register=register, signers=signers) == "log.signer"
