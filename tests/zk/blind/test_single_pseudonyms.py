"""Pseudonyms of one secret: equal where they must be, unlike elsewhere, and no proof of today's draft."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.zk.blind.cases import (
    COMMITTED,
    CONTEXT,
    ENTROPY,
    HEADER,
    IDENTITY,
    MESSAGES,
    PRESENTATION,
    SHOWN,
    broken,
    broken_point,
    code_of,
    issuer,
    stream,
)
from tests.zk.suites import make_suite
from tests.zk.test_bbs import Recorder
from zk import bbs
from zk.backend import BackendName, create
from zk.bbs_octets import decode_proof
from zk.blind import pseudonyms, signatures, single_pseudonyms
from zk.blind.pseudonym_point import Context
from zk.blind.single_pseudonyms import Disclosed, Indexes, SingleNymSecret, SingleProverNym
from zk.curve import GROUP_ORDER

NATIVE = make_suite(BackendName.NATIVE, bbs.SHA256)
SHAKE = make_suite(BackendName.NATIVE, bbs.SHAKE256)
BASE_POINT = bytes.fromhex(
    "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
)
DISCLOSED = Disclosed({1: MESSAGES[1], 3: MESSAGES[3]}, {2: COMMITTED[2]})


def hold(suite=NATIVE, seed=b"nym", header=HEADER):
    key, public_key = issuer(suite)
    random_bytes = stream(seed)
    share = single_pseudonyms.draw_prover_nym(suite, random_bytes=random_bytes)
    octets, blind = single_pseudonyms.commit(suite, COMMITTED, share, random_bytes=random_bytes)
    signature = single_pseudonyms.sign(
        suite, key, public_key, octets, header, MESSAGES, signer_nym_entropy=ENTROPY
    )
    holding = single_pseudonyms.Holding(public_key, signature, header, MESSAGES, COMMITTED, blind)
    return holding, single_pseudonyms.verify(suite, holding, share, signer_nym_entropy=ENTROPY), share


HOLDING, SECRET, SHARE = hold()


def prove(holding=HOLDING, secret=SECRET, context=CONTEXT, shown=SHOWN, seed=b"s", suite=NATIVE):
    return single_pseudonyms.prove(
        suite, holding, secret, context, PRESENTATION, shown, random_bytes=stream(seed)
    )


PROOF, NYM = prove()
CASE = {
    "suite": NATIVE,
    "public_key": HOLDING.public_key,
    "proof": PROOF,
    "pseudonym": NYM,
    "disclosed": DISCLOSED,
    "expected_header": HEADER,
    "expected_presentation_header": PRESENTATION,
    "expected_context_id": CONTEXT,
    "expected_signer_messages": len(MESSAGES),
}


def verify_proof(**changes):
    single_pseudonyms.verify_proof(**(CASE | changes))


def test_round_trip(suite):
    """Proven on native, verified by each backend, in both ciphersuites."""
    native = make_suite(BackendName.NATIVE, suite.ciphersuite)
    holding, secret, _ = hold(native)
    proof, nym = prove(holding, secret, suite=native)
    case = {"suite": suite, "proof": proof, "pseudonym": nym, "public_key": holding.public_key}
    verify_proof(**case)
    altered = proof[:-1] + bytes([proof[-1] ^ 1])
    assert code_of(verify_proof, **case | {"proof": altered}) == "zk.proof"
    assert code_of(verify_proof, **case | {"expected_context_id": b"other.example"}) == "zk.proof"
    assert single_pseudonyms.label(suite).startswith(f"{suite.ciphersuite}, pseudonyms of one secret")


def test_one_context_one_pseudonym():
    _, again = prove(shown=Indexes(), seed=b"2")
    assert again == single_pseudonyms.pseudonym(NATIVE, SECRET, CONTEXT) == NYM
    _, there = prove(context=b"other.example")
    of_another = single_pseudonyms.pseudonym(NATIVE, hold(seed=b"another")[1], CONTEXT)
    assert len({NYM, there, of_another}) == 3


def test_the_signer_adds_its_entropy():
    total = int.from_bytes(SHARE.to_bytes(), "big") + int.from_bytes(ENTROPY, "big")
    assert SECRET.to_bytes() == (total % GROUP_ORDER).to_bytes(32, "big")
    finished = single_pseudonyms.finalize(NATIVE, SHARE, signer_nym_entropy=ENTROPY)
    assert finished.to_bytes() == SECRET.to_bytes()
    other = {"signer_nym_entropy": (8).to_bytes(32, "big")}
    assert code_of(single_pseudonyms.verify, NATIVE, HOLDING, SHARE, **other) == "zk.signature"
    for wrong in (b"", bytes(32), GROUP_ORDER.to_bytes(32, "big")):
        given = {"signer_nym_entropy": wrong}
        assert code_of(single_pseudonyms.finalize, NATIVE, SHARE, **given) == "zk.nym-entropy"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"public_key": issuer(NATIVE, b"o" * 32)[1]}, "zk.proof"),
        ({"expected_header": b"other"}, "zk.proof"),
        ({"expected_header": HEADER + (1).to_bytes(8, "big")}, "zk.proof"),
        ({"expected_presentation_header": b"other"}, "zk.proof"),
        ({"expected_context_id": b"other.example"}, "zk.proof"),
        ({"expected_context_id": b""}, "zk.length"),
        ({"expected_signer_messages": 4}, "zk.proof"),
        ({"expected_signer_messages": 99}, "zk.length"),
        ({"pseudonym": IDENTITY}, "zk.pseudonym-malformed"),
        ({"pseudonym": BASE_POINT}, "zk.pseudonym-malformed"),
        ({"pseudonym": b""}, "zk.pseudonym-malformed"),
        ({"pseudonym": NATIVE.P1.octets}, "zk.proof"),
        ({"pseudonym": single_pseudonyms.pseudonym(NATIVE, SECRET, b"other.example")}, "zk.proof"),
        ({"pseudonym": single_pseudonyms.pseudonym(NATIVE, hold(seed=b"x")[1], CONTEXT)}, "zk.proof"),
        ({"disclosed": Disclosed({1: b"x", 3: MESSAGES[3]}, {2: COMMITTED[2]})}, "zk.proof"),
        ({"disclosed": Disclosed()}, "zk.proof"),
        ({"proof": PROOF[:-1]}, "zk.proof-malformed"),
        ({"proof": PROOF[:-32]}, "zk.indexes"),
        ({"suite": SHAKE}, "zk.proof"),
    ],
)
def test_a_changed_statement_is_refused(change, code):
    assert code_of(verify_proof, **change) == code


def test_every_part_of_a_proof_and_pseudonym_is_bound():
    scalars = list(range(144, len(PROOF), 32))
    for well_formed, octets in broken(NATIVE, PROOF, points=[0, 48, 96], scalars=scalars):
        assert code_of(verify_proof, proof=octets) == ("zk.proof" if well_formed else "zk.proof-malformed")
    for well_formed, octets in broken_point(NATIVE, NYM, 0):
        expected = "zk.proof" if well_formed else "zk.pseudonym-malformed"
        assert code_of(verify_proof, pseudonym=octets) == expected


def test_other_secrets_than_the_signed_one_prove_nothing():
    proof, nym = prove(secret=SingleNymSecret(bbs.SHA256, [5]))
    assert code_of(verify_proof, proof=proof, pseudonym=nym) == "zk.proof"


def test_a_pseudonym_chosen_after_the_challenge(monkeypatch):
    """Were only OP and U hashed, a prover could fix U and solve for a new pseudonym at every visit."""
    strict, U = single_pseudonyms._extension, NATIVE.P1.octets
    monkeypatch.setattr(single_pseudonyms, "_extension", lambda s, c, _, proof: strict(s, c, b"", proof))
    with monkeypatch.context() as forger:
        forger.setattr(single_pseudonyms, "_extension", lambda s, c, _, __: strict(s, c, b"", U))
        proof, _ = prove(seed=b"forger")
    decoded, context, backend = decode_proof(NATIVE, proof), Context.of(NATIVE, CONTEXT), NATIVE.backend
    total = backend.add(
        backend.mul_public(context.OP, decoded.responses.m_hat[-1]), backend.negate(NATIVE.P1.point)
    )
    forged = backend.encode_g1(backend.mul_public(total, pow(decoded.c, -1, GROUP_ORDER)))
    assert forged != NYM
    verify_proof(proof=proof, pseudonym=forged)
    monkeypatch.setattr(single_pseudonyms, "_extension", strict)
    assert code_of(verify_proof, proof=proof, pseudonym=forged) == "zk.proof"


def test_the_challenge_carries_the_point_of_the_context():
    """OP is the context's only place in the challenge."""
    strict = single_pseudonyms._extension
    extension = strict(NATIVE, Context.of(NATIVE, CONTEXT), b"P" * 48, b"U" * 48)
    OP = NATIVE.backend.encode_g1(Context.of(NATIVE, CONTEXT).OP)
    assert extension.after_points == b"P" * 48 + OP + b"U" * 48
    assert (extension.after_domain, extension.at_end) == (b"", b"")
    other = strict(NATIVE, Context.of(NATIVE, b"other.example"), b"P" * 48, b"U" * 48)
    assert other.after_points != extension.after_points


def test_a_pseudonym_proven_by_the_identity_is_refused(monkeypatch):
    """A blinding of zero for the secret gives U at the identity; all else holds."""
    hidden = len(MESSAGES) + 1 + len(COMMITTED) + 1 - 3
    scalars = iter([*range(2, 2 + 5 + hidden - 1), 0])
    with monkeypatch.context() as careless:
        careless.setattr("zk.blind.pseudonym_point.is_identity", lambda _: False)
        careless.setattr(
            "zk.bbs_proof.draw_scalars", lambda _, count: tuple(next(scalars) for _ in range(count))
        )
        proof, nym = prove()
    assert nym == NYM
    assert code_of(verify_proof, proof=proof, pseudonym=nym) == "zk.proof"
    monkeypatch.setattr(single_pseudonyms, "is_identity", lambda _: False)
    verify_proof(proof=proof, pseudonym=nym)


def test_neither_interface_takes_the_other():
    """Not even for a signature that is one of both: today's over a header, and over header and N here."""
    count = (1).to_bytes(8, "big")
    both, secret, share = hold(header=HEADER + count)
    today = replace(both, header=HEADER)
    theirs = pseudonyms.ProverNyms.from_bytes(NATIVE, share.to_bytes())
    nyms = pseudonyms.verify(NATIVE, today, theirs, signer_nym_entropy=ENTROPY)
    there = {"expected_header": HEADER, "expected_nym_count": 1}
    here = {"expected_header": HEADER + count}
    proof, nym = prove(both, secret)
    given = CASE | {"proof": proof, "pseudonym": nym, "public_key": both.public_key}
    verify_proof(**given | here)
    assert code_of(pseudonyms.verify_proof, **given | there) == "zk.proof"
    proof, nym = pseudonyms.prove(
        NATIVE, today, nyms, CONTEXT, PRESENTATION, SHOWN, random_bytes=stream(b"t")
    )
    given |= {"proof": proof, "pseudonym": nym}
    pseudonyms.verify_proof(**given | there)
    assert code_of(verify_proof, **given | here) == "zk.proof"


def test_none_is_a_proof_without_a_pseudonym():
    case = {name: value for name, value in CASE.items() if name in signatures.verify_proof.__annotations__}
    assert code_of(signatures.verify_proof, **case) == "zk.proof"
    assert code_of(signatures.verify, NATIVE, HOLDING) == "zk.signature"


def test_no_point_is_read_as_the_domain():
    """Where one interface has U the other has the domain; their first bits always differ."""
    assert GROUP_ORDER.bit_length() == 255
    assert NYM[0] & 0x80
    assert IDENTITY[0] & 0x80


def test_secrets_are_of_one_scalar():
    for kind in (SingleProverNym, SingleNymSecret):
        assert code_of(kind.from_bytes, NATIVE, b"\x01" * 64) == "zk.secret-scalars"
        assert "hidden" in repr(kind(bbs.SHA256, [1]))


def test_secrets_stay_on_the_secret_path():
    recorder = Recorder()
    suite = bbs.suite(bbs.SHA256, recorder)
    holding, secret, _ = hold(suite)
    prove(holding, secret, suite=suite)
    secrets = set(secret.scalars(suite)) | set(holding.prover_blind.scalars(suite))
    assert secrets <= recorder.secret
    assert not secrets & recorder.public


def test_a_variable_time_backend_refuses_secrets():
    suite = bbs.suite(bbs.SHA256, create(BackendName.ARKWORKS))
    assert code_of(single_pseudonyms.pseudonym, suite, SECRET, CONTEXT) == "zk.variable-time"
    assert code_of(single_pseudonyms.pseudonym, NATIVE, SECRET, b"") == "zk.length"
