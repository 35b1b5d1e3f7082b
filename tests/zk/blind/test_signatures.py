"""Blind BBS: what must be refused and with which code, and what stays secret."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.zk.blind.cases import (
    COMMITTED,
    DISCLOSED,
    HEADER,
    MESSAGES,
    PRESENTATION,
    SHOWN,
    blind_case,
    blind_holding,
    broken,
    code_of,
    issuer,
    nym_holding,
    stream,
)
from tests.zk.suites import make_suite
from tests.zk.test_bbs import Recorder
from zk import bbs
from zk.backend import BackendName, create
from zk.bbs_core import LIMITS, map_messages
from zk.blind import signatures
from zk.blind.layout import Layout
from zk.blind.signatures import Disclosed, Indexes
from zk.curve import G2_GENERATOR, GROUP_ORDER

NATIVE = make_suite(BackendName.NATIVE, bbs.SHA256)
SHAKE = make_suite(BackendName.NATIVE, bbs.SHAKE256)
HOLDING = blind_holding(NATIVE)


def verify_proof(**changes):
    signatures.verify_proof(**(blind_case() | changes))


def prove(shown, **changes):
    return signatures.prove(NATIVE, replace(HOLDING, **changes), PRESENTATION, shown, random_bytes=stream())


def test_round_trip(suite):
    """Proven on native, verified by each backend; broken, refused by each with the same code."""
    case = blind_case(BackendName.NATIVE, suite.ciphersuite) | {"suite": suite}
    signatures.verify_proof(**case)
    altered = case["proof"][:-1] + bytes([case["proof"][-1] ^ 1])
    assert code_of(signatures.verify_proof, **case | {"proof": altered}) == "zk.proof"


@given(
    shown=st.sets(st.integers(0, len(MESSAGES) - 1)), committed=st.sets(st.integers(0, len(COMMITTED) - 1))
)
@settings(max_examples=25, deadline=None)
def test_any_selection_can_be_shown(shown, committed):
    disclosed = Disclosed({i: MESSAGES[i] for i in shown}, {j: COMMITTED[j] for j in committed})
    verify_proof(proof=prove(disclosed.indexes), disclosed=disclosed)


def test_a_signature_without_a_commitment():
    key, public_key = issuer(NATIVE)
    signature = signatures.sign(NATIVE, key, public_key, None, HEADER, MESSAGES)
    holding = signatures.Holding(public_key, signature, HEADER, MESSAGES, (), None)
    signatures.verify(NATIVE, holding)
    proof = signatures.prove(NATIVE, holding, PRESENTATION, Indexes((0,)), random_bytes=stream())
    verify_proof(proof=proof, disclosed=Disclosed({0: MESSAGES[0]}))
    assert code_of(signatures.verify, NATIVE, replace(holding, committed_messages=[b"m"])) == "zk.commitment"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"public_key": issuer(NATIVE, b"o" * 32)[1]}, "zk.signature"),
        ({"public_key": G2_GENERATOR}, "zk.signature"),
        ({"public_key": G2_GENERATOR[:-1]}, "zk.public-key"),
        ({"public_key": bytes([0xC0]) + bytes(95)}, "zk.public-key"),
        ({"header": b"other"}, "zk.signature"),
        ({"header": HEADER + bytes(8)}, "zk.signature"),
        ({"messages": (*MESSAGES[:-1], b"x")}, "zk.signature"),
        ({"messages": MESSAGES[:-1]}, "zk.signature"),
        ({"messages": MESSAGES[::-1]}, "zk.signature"),
        ({"committed_messages": (b"x", *COMMITTED[1:])}, "zk.signature"),
        ({"committed_messages": COMMITTED[:-1]}, "zk.signature"),
        ({"committed_messages": COMMITTED[::-1]}, "zk.signature"),
        ({"messages": (*MESSAGES, COMMITTED[0]), "committed_messages": COMMITTED[1:]}, "zk.signature"),
        ({"prover_blind": signatures.ProverBlind.from_bytes(NATIVE, b"\x01" * 32)}, "zk.signature"),
        ({"prover_blind": signatures.ProverBlind.from_bytes(SHAKE, b"\x01" * 32)}, "zk.secret-scalars"),
        ({"prover_blind": None, "committed_messages": ()}, "zk.signature"),
        ({"signature": HOLDING.signature[:-1]}, "zk.signature-malformed"),
        ({"signature": bytes(80)}, "zk.signature-malformed"),
        ({"signature": nym_holding(NATIVE)[0].signature}, "zk.signature"),
    ],
)
def test_a_holder_refuses_a_signature_over_anything_else(change, code):
    signatures.verify(NATIVE, HOLDING)
    assert code_of(signatures.verify, NATIVE, replace(HOLDING, **change)) == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"public_key": issuer(NATIVE, b"o" * 32)[1]}, "zk.proof"),
        ({"public_key": bytes([0xC0]) + bytes(95)}, "zk.public-key"),
        ({"expected_header": b"other"}, "zk.proof"),
        ({"expected_presentation_header": b"other"}, "zk.proof"),
        ({"expected_presentation_header": b""}, "zk.proof"),
        ({"expected_signer_messages": 4}, "zk.proof"),
        ({"expected_signer_messages": 6}, "zk.indexes"),
        ({"expected_signer_messages": 0}, "zk.indexes"),
        ({"expected_signer_messages": 9}, "zk.length"),
        ({"expected_signer_messages": -1}, "zk.length"),
        ({"expected_signer_messages": -1, "disclosed": Disclosed()}, "zk.length"),
        ({"disclosed": Disclosed({1: b"x", 3: MESSAGES[3]}, {2: COMMITTED[2]})}, "zk.proof"),
        ({"disclosed": Disclosed({1: MESSAGES[3], 3: MESSAGES[1]}, {2: COMMITTED[2]})}, "zk.proof"),
        ({"disclosed": Disclosed({0: MESSAGES[1], 3: MESSAGES[3]}, {2: COMMITTED[2]})}, "zk.proof"),
        ({"disclosed": Disclosed({1: MESSAGES[1], 3: MESSAGES[3]}, {1: COMMITTED[2]})}, "zk.proof"),
        ({"disclosed": Disclosed({1: MESSAGES[1], 3: MESSAGES[3]}, {2: b"x"})}, "zk.proof"),
        ({"disclosed": Disclosed({1: MESSAGES[1], 3: MESSAGES[3]})}, "zk.proof"),
        ({"disclosed": Disclosed({1: MESSAGES[1]}, {2: COMMITTED[2]})}, "zk.indexes"),
        ({"disclosed": Disclosed({1: MESSAGES[1]}, {1: COMMITTED[2]})}, "zk.proof"),
        ({"disclosed": Disclosed({1: MESSAGES[1], 3: MESSAGES[3]}, {3: COMMITTED[2]})}, "zk.indexes"),
        ({"disclosed": Disclosed({1: MESSAGES[1], 5: MESSAGES[3]}, {2: COMMITTED[2]})}, "zk.indexes"),
        ({"disclosed": Disclosed({-1: MESSAGES[1], 3: MESSAGES[3]}, {2: COMMITTED[2]})}, "zk.indexes"),
        ({"disclosed": Disclosed({1: MESSAGES[1], 3: MESSAGES[3]}, {-1: COMMITTED[2]})}, "zk.indexes"),
        ({"proof": b""}, "zk.proof-malformed"),
        ({"proof": blind_case()["proof"][:-1]}, "zk.proof-malformed"),
        ({"proof": blind_case()["proof"][:-32]}, "zk.indexes"),
        ({"proof": blind_case()["proof"] + bytes(32)}, "zk.proof-malformed"),
        ({"proof": bytes(272 + 32 * LIMITS.messages)}, "zk.length"),
        ({"suite": SHAKE}, "zk.proof"),
        ({"proof": blind_case(BackendName.NATIVE, bbs.SHAKE256)["proof"]}, "zk.proof"),
    ],
)
def test_a_changed_statement_is_refused(change, code):
    assert code_of(verify_proof, **change) == code


def test_every_part_of_a_proof_is_bound():
    proof = blind_case()["proof"]
    scalars = list(range(144, len(proof), 32))
    for well_formed, octets in broken(NATIVE, proof, points=[0, 48, 96], scalars=scalars):
        code = code_of(verify_proof, proof=octets)
        assert code == ("zk.proof" if well_formed else "zk.proof-malformed")


def test_neither_blind_nor_strangers_can_be_shown():
    """The blind stands between the parts; a prover cannot name its position, nor a verifier accept it."""
    for shown in (
        Indexes((5,)),
        Indexes((), (-1,)),
        Indexes((1, 1)),
        Indexes((3, 1)),
        Indexes((), (3,)),
        Indexes((), (1, 0)),
    ):
        assert code_of(prove, shown) == "zk.indexes"


def test_nothing_is_valid_in_plain_bbs():
    """The same octets, read as plain BBS over the same list, and the other way round."""
    plain = [*MESSAGES, b"", *COMMITTED]
    arguments = (NATIVE, HOLDING.public_key)
    assert code_of(bbs.verify, *arguments, HOLDING.signature, HEADER, plain) == "zk.signature"
    shown = (NATIVE, HOLDING.public_key, blind_case()["proof"], HEADER, PRESENTATION)
    assert (
        code_of(bbs.verify_proof, *shown, [MESSAGES[1], MESSAGES[3], COMMITTED[2]], [1, 3, 8]) == "zk.proof"
    )
    key, public_key = issuer(NATIVE)
    signature = bbs.sign(NATIVE, key, public_key, HEADER, MESSAGES)
    holding = signatures.Holding(public_key, signature, HEADER, MESSAGES, (), None)
    assert code_of(signatures.verify, NATIVE, holding) == "zk.signature"


def test_two_proofs_share_nothing_but_what_is_shown():
    first = signatures.prove(NATIVE, HOLDING, PRESENTATION, SHOWN, random_bytes=stream(b"1"))
    second = signatures.prove(NATIVE, HOLDING, PRESENTATION, SHOWN, random_bytes=stream(b"2"))
    pieces = [
        {proof[at : at + size] for at in range(len(proof) - size + 1)}
        for proof in (first, second)
        for size in (8,)
    ]
    assert not pieces[0] & pieces[1]
    assert HOLDING.signature[:48] not in first


def test_layouts():
    layout = Layout(2, 3, 4)
    assert layout.total == 10
    assert list(layout.secret_indexes) == [2, 3, 4, 5, 6, 7, 8, 9]
    assert list(layout.nym_indexes) == [6, 7, 8, 9]
    assert list(Layout(2, 3).nym_indexes) == []
    assert layout.positions(Indexes((0, 1), (0, 2))) == [0, 1, 3, 5]
    for counts in ((-1, 0, 0), (0, -1, 0), (0, 0, -1), (LIMITS.messages, 0, 0)):
        assert code_of(Layout, *counts) == "zk.length"
    assert Layout(LIMITS.messages - 1, 0).total == LIMITS.messages


# Secrets.


def test_committing_and_proving_keep_secrets_on_the_secret_path():
    recorder = Recorder()
    suite = bbs.suite(bbs.SHA256, recorder)
    drawn, source = [], stream(b"recorded")

    def random_bytes(length):
        octets = source(length)
        drawn.append(int.from_bytes(octets, "big") % GROUP_ORDER)
        return octets

    key, public_key = issuer(suite)
    octets, blind = signatures.commit(suite, COMMITTED, random_bytes=random_bytes)
    committed = set(map_messages(suite, COMMITTED, api_id=suite.blind_api_id))
    assert committed | set(drawn) <= recorder.secret
    signature = signatures.sign(suite, key, public_key, octets, HEADER, MESSAGES)
    holding = signatures.Holding(public_key, signature, HEADER, MESSAGES, COMMITTED, blind)
    signatures.verify(suite, holding)
    signatures.prove(suite, holding, PRESENTATION, SHOWN, random_bytes=random_bytes)
    shown = map_messages(suite, [COMMITTED[2]], api_id=suite.blind_api_id)[0]
    hidden = map_messages(suite, [MESSAGES[0], MESSAGES[2], MESSAGES[4]], api_id=suite.blind_api_id)
    assert recorder.public & (committed | set(drawn) | {int.from_bytes(blind.to_bytes(), "big")}) == {shown}
    assert set(hidden) <= recorder.secret


@pytest.mark.parametrize("name", [BackendName.ARKWORKS, BackendName.PYECC])
def test_a_variable_time_backend_verifies_proofs_and_refuses_the_rest(name):
    suite = bbs.suite(bbs.SHA256, create(name))
    key, _ = issuer(NATIVE)
    signatures.verify_proof(**blind_case() | {"suite": suite})
    for call in (
        lambda: signatures.commit(suite, COMMITTED, random_bytes=stream()),
        lambda: signatures.sign(suite, bbs.key_generate(suite, b"k" * 32), G2_GENERATOR, None, b"", []),
        lambda: signatures.verify(suite, HOLDING),
        lambda: signatures.prove(suite, HOLDING, PRESENTATION, SHOWN, random_bytes=stream()),
    ):
        assert code_of(call) == "zk.variable-time"
    assert key


def test_verifying_does_this_much_work():
    recorder = Recorder()
    suite = bbs.suite(bbs.SHA256, recorder)
    case = blind_case() | {"suite": suite}
    recorder.calls.clear()
    signatures.verify_proof(**case)
    counts = {name: recorder.calls.count(name) for name in set(recorder.calls)}
    # P1, Q_1, five messages, the blind and three committed ones.
    assert counts == {"decode": 3, "mul": 4, "fixed": 11, "pairing of 2": 1}
    recorder.calls.clear()
    for change in ({"proof": case["proof"][:-1]}, {"disclosed": Disclosed({9: b""})}):
        code_of(signatures.verify_proof, **case | change)
    assert recorder.calls == []


def test_disclosed_shows_nothing():
    assert "birth" not in repr(DISCLOSED)
