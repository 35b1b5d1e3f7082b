"""Committed disclosure: the commitments are those of the signed messages, and of no others."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.zk.blind.cases import (
    COMMIT_TO,
    COMMITTED,
    DISCLOSED,
    HEADER,
    IDENTITY,
    MESSAGES,
    PRESENTATION,
    SHOWN,
    blind_case,
    blind_holding,
    broken,
    code_of,
    committed_case,
    issuer,
    stream,
)
from tests.zk.suites import make_suite
from tests.zk.test_bbs import Recorder
from zk import bbs, transcript
from zk.backend import BackendName
from zk.bbs_core import map_messages
from zk.bbs_octets import decode_proof
from zk.blind import committed_disclosure, signatures
from zk.blind.committed_octets import decode_committed_proof, encode_committed_proof, u64
from zk.blind.signatures import Disclosed, Indexes
from zk.curve import GROUP_ORDER
from zk.errors import ZkError

NATIVE = make_suite(BackendName.NATIVE, bbs.SHA256)
HOLDING = blind_holding(NATIVE)
PROOF = committed_case()["proof"]
LENGTH = int.from_bytes(PROOF[:8], "big")
BBS_END = 8 + LENGTH
POINTS = BBS_END + 8 * (1 + 3 + 1)
RESPONSES = POINTS + 3 * 48
TAIL = RESPONSES + 3 * 32


def verify_proof(**changes):
    return committed_disclosure.verify_proof(**(committed_case() | changes))


def prove(shown=SHOWN, commit_to=COMMIT_TO, holding=HOLDING):
    return committed_disclosure.prove(
        NATIVE, holding, PRESENTATION, shown, commit_to, random_bytes=stream(b"c")
    )


def test_round_trip(suite):
    """Proven on native, verified by each backend; broken, refused by each with the same code."""
    case = committed_case(BackendName.NATIVE, suite.ciphersuite) | {"suite": suite}
    assert [one.index for one in committed_disclosure.verify_proof(**case)] == [0, 4, 7]
    altered = (
        case["proof"][:RESPONSES] + case["proof"][RESPONSES + 32 :][:32] + case["proof"][RESPONSES + 32 :]
    )
    assert code_of(committed_disclosure.verify_proof, **case | {"proof": altered}) == "zk.proof"


def test_the_commitments_open_to_the_signed_messages():
    proof, openings = prove()
    verified = verify_proof(proof=proof)
    Y = NATIVE.generators(2, transcript.COMMITTED_DISCLOSURE_GENERATORS + NATIVE.blind_api_id).bases
    messages = map_messages(NATIVE, [MESSAGES[0], MESSAGES[4], COMMITTED[1]], api_id=NATIVE.blind_api_id)
    opened = [
        NATIVE.backend.encode_g1(NATIVE.backend.msm_fixed_public(Y, (s, message)))
        for s, message in zip(openings.scalars(NATIVE), messages, strict=True)
    ]
    assert [one.C for one in verified] == opened


@given(states=st.lists(st.sampled_from("HDC"), min_size=8, max_size=8))
@settings(max_examples=25, deadline=None)
def test_any_selection(states):
    def chosen(state):
        return Indexes(
            [i for i in range(5) if states[i] == state], [j for j in range(3) if states[5 + j] == state]
        )

    shown, commit_to = chosen("D"), chosen("C")
    disclosed = Disclosed(
        {i: MESSAGES[i] for i in shown.messages}, {j: COMMITTED[j] for j in shown.committed_messages}
    )
    proof, openings = prove(shown, commit_to)
    verified = verify_proof(proof=proof, disclosed=disclosed, expected_commitments=commit_to)
    assert len(verified) == states.count("C")
    assert len(verified) == (0 if openings is None else len(openings))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"public_key": issuer(NATIVE, b"o" * 32)[1]}, "zk.proof"),
        ({"expected_header": b"other"}, "zk.proof"),
        ({"expected_presentation_header": b"other"}, "zk.proof"),
        ({"expected_signer_messages": 6}, "zk.indexes"),
        ({"expected_signer_messages": 4}, "zk.indexes"),
        ({"expected_signer_messages": 99}, "zk.length"),
        ({"expected_commitments": Indexes((0, 4))}, "zk.indexes"),
        ({"expected_commitments": Indexes((0, 2), (1,))}, "zk.indexes"),
        ({"expected_commitments": Indexes((0, 4), (0,))}, "zk.indexes"),
        ({"expected_commitments": Indexes((4, 0), (1,))}, "zk.indexes"),
        ({"expected_commitments": Indexes((0, 5), (1,))}, "zk.indexes"),
        ({"expected_commitments": Indexes((0, 4), (3,))}, "zk.indexes"),
        ({"expected_commitments": Indexes((1, 4), (1,))}, "zk.indexes"),
        ({"disclosed": Disclosed({1: b"x", 3: MESSAGES[3]}, {2: COMMITTED[2]})}, "zk.proof"),
        ({"disclosed": Disclosed({2: MESSAGES[1], 3: MESSAGES[3]}, {2: COMMITTED[2]})}, "zk.indexes"),
        ({"disclosed": Disclosed({0: MESSAGES[0], 3: MESSAGES[3]}, {2: COMMITTED[2]})}, "zk.indexes"),
        ({"suite": make_suite(BackendName.NATIVE, bbs.SHAKE256)}, "zk.proof"),
        ({"proof": blind_case()["proof"]}, "zk.proof-malformed"),
    ],
)
def test_a_changed_statement_is_refused(change, code):
    verify_proof()
    assert code_of(verify_proof, **change) == code


def test_every_part_is_bound():
    points = [8, 56, 104, *range(POINTS, RESPONSES, 48)]
    scalars = [*range(8 + 144, BBS_END, 32), *range(RESPONSES, TAIL, 32)]
    for well_formed, octets in broken(NATIVE, PROOF, points=points, scalars=scalars):
        code = code_of(verify_proof, proof=octets)
        assert code == ("zk.proof" if well_formed else "zk.proof-malformed")


def test_every_index_and_count_in_the_octets_is_checked():
    for at in (0, *range(BBS_END, POINTS, 8), *range(TAIL, len(PROOF), 8)):
        for value in (0, 2, 6, 2**63, 2**64 - 1):
            octets = PROOF[:at] + u64(value) + PROOF[at + 8 :]
            if octets != PROOF:
                assert code_of(verify_proof, proof=octets) in {
                    "zk.proof-malformed",
                    "zk.indexes",
                    "zk.length",
                }


@pytest.mark.parametrize("length", [0, 7, 8, LENGTH, BBS_END, BBS_END + 7, POINTS, RESPONSES - 1, TAIL])
def test_a_proof_cut_short_is_malformed(length):
    assert code_of(verify_proof, proof=PROOF[:length]) == "zk.proof-malformed"


def test_a_proof_with_more_is_malformed():
    assert code_of(verify_proof, proof=PROOF + b"\x00") == "zk.proof-malformed"
    assert code_of(verify_proof, proof=PROOF + bytes(8)) == "zk.proof-malformed"


@given(octets=st.binary(max_size=400))
@settings(max_examples=60, deadline=None)
def test_random_octets_raise_only_our_error(octets):
    with pytest.raises(ZkError):
        verify_proof(proof=octets)


def test_octets_round_trip():
    decoded = decode_committed_proof(NATIVE, PROOF)
    assert (
        encode_committed_proof(
            decoded.bbs_proof, decoded.disclosed, decoded.octets, decoded.s_hat, decoded.committed
        )
        == PROOF
    )


def test_commitments_and_indexes_of_other_number_are_malformed():
    """Parts that fill the octets, and indexes as expected, with a commitment too few or too many."""
    decoded = decode_committed_proof(NATIVE, PROOF)
    for octets, s_hat in (
        (decoded.octets[:2], decoded.s_hat[:2]),
        (decoded.octets * 2, decoded.s_hat * 2),
        ((), ()),
    ):
        proof = encode_committed_proof(decoded.bbs_proof, decoded.disclosed, octets, s_hat, decoded.committed)
        assert code_of(verify_proof, proof=proof) == "zk.proof-malformed"


def test_the_challenge_carries_number_indexes_and_commitments():
    terms = [u64(2), u64(3), b"C" * 48, b"T" * 48, u64(7), b"D" * 48, b"U" * 48]
    extension = committed_disclosure._extension([3, 7], [b"C" * 48, b"D" * 48], [b"T" * 48, b"U" * 48])
    assert extension.after_domain == b"".join(terms)
    assert extension.after_points == extension.at_end == b""


def test_a_commitment_chosen_after_the_challenge(monkeypatch):
    """The forgery that C in the challenge is there for.

    Were only C~ hashed, a prover could fix C~ and then solve C = (Y_0·s^ + Y_1·m^ - C~)/c for any s^: a
    commitment of which it knows no opening, accepted as one to the signed message.
    """
    strict = committed_disclosure._extension

    def weak(indexes, points, blinded):
        return strict(indexes, [b""] * len(points), blinded)

    monkeypatch.setattr(committed_disclosure, "_extension", weak)
    commit_to, backend = Indexes((0,)), NATIVE.backend
    drawn = []

    def recording(count):
        octets = source(count)
        drawn.append(int.from_bytes(octets, "big") % GROUP_ORDER)
        return octets

    source = stream(b"forger")
    proof, _ = committed_disclosure.prove(
        NATIVE, HOLDING, PRESENTATION, SHOWN, commit_to, random_bytes=recording
    )
    decoded = decode_committed_proof(NATIVE, proof)
    bbs_proof = decode_proof(NATIVE, decoded.bbs_proof)
    Y = [base.point for base in NATIVE.generators(2, b"COM_DIS_" + NATIVE.blind_api_id).bases]
    # m~ of message 0 is the sixth scalar drawn, s~ the last.
    C_tilde = backend.msm_secret(Y, (drawn[-1], drawn[5]))
    s_hat, inverse = 424242, pow(bbs_proof.c, -1, GROUP_ORDER)
    total = backend.add(backend.msm_secret(Y, (s_hat, bbs_proof.responses.m_hat[0])), backend.negate(C_tilde))
    C = backend.encode_g1(backend.mul_secret(total, inverse))
    assert decoded.octets[0] != C
    forged = encode_committed_proof(decoded.bbs_proof, decoded.disclosed, [C], [s_hat], decoded.committed)
    verify_proof(proof=forged, expected_commitments=commit_to)
    monkeypatch.setattr(committed_disclosure, "_extension", strict)
    assert code_of(verify_proof, proof=forged, expected_commitments=commit_to) == "zk.proof"


def test_a_commitment_to_another_message_is_refused():
    """Every commitment replaced by an honest one to another message, with responses that fit the old c."""
    decoded = decode_committed_proof(NATIVE, PROOF)
    Y = [base.point for base in NATIVE.generators(2, b"COM_DIS_" + NATIVE.blind_api_id).bases]
    for at in range(3):
        octets = list(decoded.octets)
        octets[at] = NATIVE.backend.encode_g1(NATIVE.backend.msm_secret(Y, (11, 22)))
        forged = encode_committed_proof(
            decoded.bbs_proof, decoded.disclosed, octets, decoded.s_hat, decoded.committed
        )
        assert code_of(verify_proof, proof=forged) == "zk.proof"


def test_the_two_forms_do_not_pass_for_each_other():
    """With no commitments the BBS proofs still differ: the challenge carries N = 0."""
    proof, openings = prove(commit_to=Indexes())
    assert openings is None
    assert verify_proof(proof=proof, expected_commitments=Indexes()) == ()
    inner = decode_committed_proof(NATIVE, proof).bbs_proof
    assert code_of(signatures.verify_proof, **blind_case() | {"proof": inner}) == "zk.proof"
    wrapped = encode_committed_proof(blind_case()["proof"], [1, 3, 8], [], [], [])
    assert code_of(verify_proof, proof=wrapped, expected_commitments=Indexes()) == "zk.proof"


def test_only_hidden_messages_are_committed_to():
    for commit_to in (
        Indexes((1,)),
        Indexes((), (2,)),
        Indexes((5,)),
        Indexes((), (-1,)),
        Indexes((0, 0)),
    ):
        assert code_of(prove, commit_to=commit_to) == "zk.indexes"


def test_commitments_to_one_message_differ_each_time():
    first, second = (
        committed_disclosure.prove(
            NATIVE, HOLDING, PRESENTATION, SHOWN, COMMIT_TO, random_bytes=stream(seed)
        )[0]
        for seed in (b"1", b"2")
    )
    assert first[POINTS:TAIL] != second[POINTS:TAIL]
    assert IDENTITY not in first


def test_secrets_stay_on_the_secret_path():
    recorder = Recorder()
    suite = bbs.suite(bbs.SHA256, recorder)
    _, openings = committed_disclosure.prove(
        suite, HOLDING, PRESENTATION, SHOWN, COMMIT_TO, random_bytes=stream()
    )
    hidden = map_messages(suite, [MESSAGES[0], MESSAGES[4], COMMITTED[1]], api_id=suite.blind_api_id)
    assert set(openings.scalars(suite)) | set(hidden) <= recorder.secret
    assert not (set(openings.scalars(suite)) | set(hidden)) & recorder.public


def test_a_response_of_zero_gives_no_proof(monkeypatch):
    """s~ = -s·c cannot be arranged by a sane source; here the responses are made to vanish."""
    monkeypatch.setattr(committed_disclosure, "GROUP_ORDER", 1)
    assert code_of(prove) == "zk.randomness"
    assert GROUP_ORDER > 1


def test_a_holding_with_another_header_proves_nothing():
    proof, _ = prove(holding=replace(HOLDING, header=b"other"))
    assert code_of(verify_proof, proof=proof, disclosed=DISCLOSED, expected_header=HEADER) == "zk.proof"
