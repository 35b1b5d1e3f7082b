"""Pseudonyms: equal where they must be, unlike elsewhere, and no proof of another."""

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
    NYMS,
    PRESENTATION,
    SHOWN,
    blind_holding,
    broken,
    broken_point,
    code_of,
    issuer,
    nym_case,
    nym_holding,
    stream,
)
from tests.zk.suites import make_suite
from tests.zk.test_bbs import Recorder
from zk import bbs
from zk.backend import BackendName, create
from zk.bbs_octets import decode_proof
from zk.blind import pseudonyms, signatures
from zk.blind.pseudonym_point import Context
from zk.blind.pseudonyms import Disclosed, Indexes, NymSecrets, ProverNyms
from zk.curve import GROUP_ORDER
from zk.errors import ZkError

NATIVE = make_suite(BackendName.NATIVE, bbs.SHA256)
SHAKE = make_suite(BackendName.NATIVE, bbs.SHAKE256)
HOLDING, NYM_SECRETS = nym_holding(NATIVE)
BASE_POINT = bytes.fromhex(
    "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
)
"""The generator of G1 of RFC 9380 section 8.8 and of every library, compressed."""


def verify_proof(**changes):
    pseudonyms.verify_proof(**(nym_case() | changes))


def prove(holding=HOLDING, nyms=NYM_SECRETS, context=CONTEXT, shown=SHOWN, seed=b"s"):
    return pseudonyms.prove(NATIVE, holding, nyms, context, PRESENTATION, shown, random_bytes=stream(seed))


def test_round_trip(suite):
    """Proven on native, verified by each backend; broken, refused by each with the same code."""
    case = nym_case(BackendName.NATIVE, suite.ciphersuite) | {"suite": suite}
    pseudonyms.verify_proof(**case)
    altered = case["proof"][:-1] + bytes([case["proof"][-1] ^ 1])
    assert code_of(pseudonyms.verify_proof, **case | {"proof": altered}) == "zk.proof"
    other = {"expected_context_id": b"other.example"}
    assert code_of(pseudonyms.verify_proof, **case | other) == "zk.proof"


def test_one_context_one_pseudonym():
    """The same at each visit and whatever is shown; another for another context, holder or ciphersuite."""
    _, here = prove(seed=b"1")
    _, again = prove(shown=Indexes(), seed=b"2")
    assert here == again == pseudonyms.pseudonym(NATIVE, NYM_SECRETS, CONTEXT)
    _, there = prove(context=b"other.example")
    _, of_another = prove(*nym_holding(NATIVE, seed=b"another"))
    shake = pseudonyms.pseudonym(SHAKE, nym_holding(SHAKE)[1], CONTEXT)
    assert len({here, there, of_another, shake}) == 4


def test_pseudonyms_are_the_polynomial_in_the_context():
    context = Context.of(NATIVE, CONTEXT)
    secrets = NYM_SECRETS.scalars(NATIVE)
    value = sum(secret * pow(context.z, i, GROUP_ORDER) for i, secret in enumerate(secrets)) % GROUP_ORDER
    expected = NATIVE.backend.encode_g1(NATIVE.backend.mul_public(context.OP, value))
    assert pseudonyms.pseudonym(NATIVE, NYM_SECRETS, CONTEXT) == expected


def test_entropy_goes_into_the_last_secret_only():
    nyms = ProverNyms.from_bytes(NATIVE, b"".join(bytes(31) + bytes([i]) for i in (1, 2, 3)))
    octets, blind = pseudonyms.commit(NATIVE, COMMITTED, nyms, random_bytes=stream())
    key, public_key = issuer(NATIVE)
    arguments = {"nym_count": 3, "signer_nym_entropy": ENTROPY}
    signature = pseudonyms.sign(NATIVE, key, public_key, octets, HEADER, MESSAGES, **arguments)
    holding = pseudonyms.Holding(public_key, signature, HEADER, MESSAGES, COMMITTED, blind)
    secrets = pseudonyms.verify(NATIVE, holding, nyms, signer_nym_entropy=ENTROPY)
    assert secrets.scalars(NATIVE) == (1, 2, 10)
    other = (8).to_bytes(32, "big")
    assert code_of(pseudonyms.verify, NATIVE, holding, nyms, signer_nym_entropy=other) == "zk.signature"


@pytest.mark.parametrize("entropy", [b"", bytes(32), bytes(31), GROUP_ORDER.to_bytes(32, "big")])
def test_entropy_is_decoded_strictly(entropy):
    key, public_key = issuer(NATIVE)
    octets, _ = pseudonyms.commit(
        NATIVE, [], ProverNyms.from_bytes(NATIVE, b"\x01" * 32), random_bytes=stream()
    )
    signing = {"nym_count": 1, "signer_nym_entropy": entropy}
    assert code_of(pseudonyms.sign, NATIVE, key, public_key, octets, b"", [], **signing) == "zk.nym-entropy"
    nyms = ProverNyms.from_bytes(NATIVE, b"\x01" * 96)
    assert code_of(pseudonyms.verify, NATIVE, HOLDING, nyms, signer_nym_entropy=entropy) == "zk.nym-entropy"


@pytest.mark.parametrize(("count", "code"), [(0, "zk.length"), (-1, "zk.length"), (65, "zk.length")])
def test_the_signer_fixes_how_many_secrets(count, code):
    key, public_key = issuer(NATIVE)
    nyms = ProverNyms.from_bytes(NATIVE, b"\x01" * 64)
    octets, _ = pseudonyms.commit(NATIVE, [], nyms, random_bytes=stream())
    arguments = (NATIVE, key, public_key, octets, HEADER, MESSAGES)
    for wrong, expected in ((count, code), (3, "zk.length")):
        signing = {"nym_count": wrong, "signer_nym_entropy": ENTROPY}
        assert code_of(pseudonyms.sign, *arguments, **signing) == expected
    assert code_of(verify_proof, expected_nym_count=count) == code


def test_fewer_secrets_than_signed_prove_nothing():
    """The Sybil that N in the header is there for: the first secrets passed off as committed messages."""
    assert code_of(verify_proof, expected_nym_count=NYMS - 1) == "zk.proof"
    fewer = NymSecrets(bbs.SHA256, NYM_SECRETS.scalars(NATIVE)[1:])
    proof, nym = prove(nyms=fewer)
    for count in (NYMS, NYMS - 1):
        changes = {"proof": proof, "pseudonym": nym, "expected_nym_count": count}
        assert code_of(verify_proof, **changes) in {"zk.proof", "zk.indexes"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"public_key": issuer(NATIVE, b"o" * 32)[1]}, "zk.proof"),
        ({"public_key": bytes(96)}, "zk.public-key"),
        ({"expected_header": b"other"}, "zk.proof"),
        ({"expected_header": HEADER + (NYMS).to_bytes(8, "big")}, "zk.proof"),
        ({"expected_presentation_header": b"other"}, "zk.proof"),
        ({"expected_presentation_header": PRESENTATION[:-1]}, "zk.proof"),
        ({"expected_context_id": b"other.example"}, "zk.proof"),
        ({"expected_context_id": CONTEXT + b"\x00"}, "zk.proof"),
        ({"expected_context_id": b""}, "zk.length"),
        ({"expected_signer_messages": 4}, "zk.proof"),
        ({"expected_signer_messages": 6}, "zk.indexes"),
        ({"expected_signer_messages": 99}, "zk.length"),
        ({"expected_nym_count": NYMS + 1}, "zk.indexes"),
        ({"expected_nym_count": 20}, "zk.length"),
        ({"pseudonym": IDENTITY}, "zk.pseudonym-malformed"),
        ({"pseudonym": bytes([0xE0]) + bytes(47)}, "zk.pseudonym-malformed"),
        ({"pseudonym": BASE_POINT}, "zk.pseudonym-malformed"),
        ({"pseudonym": b""}, "zk.pseudonym-malformed"),
        ({"pseudonym": nym_case()["pseudonym"] + b"\x00"}, "zk.pseudonym-malformed"),
        ({"pseudonym": nym_case()["pseudonym"][:-1]}, "zk.pseudonym-malformed"),
        ({"pseudonym": NATIVE.P1.octets}, "zk.proof"),
        ({"pseudonym": pseudonyms.pseudonym(NATIVE, NYM_SECRETS, b"other.example")}, "zk.proof"),
        ({"disclosed": Disclosed({1: b"x", 3: MESSAGES[3]}, {2: COMMITTED[2]})}, "zk.proof"),
        ({"disclosed": Disclosed({1: MESSAGES[1], 3: MESSAGES[3]}, {2: b"x"})}, "zk.proof"),
        ({"disclosed": Disclosed({0: MESSAGES[1], 3: MESSAGES[3]}, {2: COMMITTED[2]})}, "zk.proof"),
        ({"disclosed": Disclosed({1: MESSAGES[1], 3: MESSAGES[3]}, {0: COMMITTED[2]})}, "zk.proof"),
        ({"disclosed": Disclosed({1: MESSAGES[1], 3: MESSAGES[3]}, {3: COMMITTED[2]})}, "zk.indexes"),
        ({"disclosed": Disclosed({1: MESSAGES[1], 5: MESSAGES[3]}, {2: COMMITTED[2]})}, "zk.indexes"),
        ({"disclosed": Disclosed()}, "zk.proof"),
        ({"proof": nym_case()["proof"][:-1]}, "zk.proof-malformed"),
        ({"proof": nym_case()["proof"][:-32]}, "zk.indexes"),
        ({"proof": b""}, "zk.proof-malformed"),
        ({"suite": SHAKE}, "zk.proof"),
    ],
)
def test_a_changed_statement_is_refused(change, code):
    assert code_of(verify_proof, **change) == code


def test_every_part_of_a_proof_and_pseudonym_is_bound():
    proof = nym_case()["proof"]
    scalars = list(range(144, len(proof), 32))
    for well_formed, octets in broken(NATIVE, proof, points=[0, 48, 96], scalars=scalars):
        code = code_of(verify_proof, proof=octets)
        assert code == ("zk.proof" if well_formed else "zk.proof-malformed")
    for well_formed, octets in broken_point(NATIVE, nym_case()["pseudonym"], 0):
        code = code_of(verify_proof, pseudonym=octets)
        assert code == ("zk.proof" if well_formed else "zk.pseudonym-malformed")


def test_a_pseudonym_of_other_secrets_is_not_provable():
    """A valid signature of one's own, and the pseudonym of somebody else."""
    theirs = pseudonyms.pseudonym(NATIVE, nym_holding(NATIVE, seed=b"another")[1], CONTEXT)
    proof, _ = prove()
    assert code_of(verify_proof, proof=proof, pseudonym=theirs) == "zk.proof"
    strangers = NymSecrets(bbs.SHA256, [5, 6, 7])
    proof, nym = prove(nyms=strangers)
    assert code_of(verify_proof, proof=proof, pseudonym=nym) == "zk.proof"


def test_the_challenge_carries_pseudonym_proof_and_context():
    extension = Context.of(NATIVE, b"abc").extension(b"P" * 48, b"U" * 48)
    assert extension.after_points == b"P" * 48 + b"U" * 48
    assert extension.after_domain == b""
    assert extension.at_end == bytes([0, 0, 0, 0, 0, 0, 0, 3]) + b"abc"


def test_a_pseudonym_chosen_after_the_challenge(monkeypatch):
    """The forgery that the pseudonym in the challenge is there for.

    Were only U hashed, a prover could fix U at will and then solve P = (OP·poly(m^) - U)/c: a new pseudonym
    at every visit, each of them accepted.
    """
    strict = Context.extension
    U = NATIVE.P1.octets
    monkeypatch.setattr(Context, "extension", lambda self, _, proof: strict(self, b"", proof))
    with monkeypatch.context() as forger:
        forger.setattr(Context, "extension", lambda self, _, __: strict(self, b"", U))
        proof, honest = prove(seed=b"forger")
    decoded, context, backend = decode_proof(NATIVE, proof), Context.of(NATIVE, CONTEXT), NATIVE.backend
    exponent = context._evaluate(decoded.responses.m_hat[-NYMS:])
    total = backend.add(backend.mul_public(context.OP, exponent), backend.negate(NATIVE.P1.point))
    solved = backend.mul_public(total, pow(decoded.c, -1, GROUP_ORDER))
    forged = backend.encode_g1(solved)
    assert forged != honest
    verify_proof(proof=proof, pseudonym=forged)
    monkeypatch.setattr(Context, "extension", strict)
    assert code_of(verify_proof, proof=proof, pseudonym=forged) == "zk.proof"


def test_a_pseudonym_proven_by_the_identity_is_refused(monkeypatch):
    """Blindings whose polynomial is zero in this context give U at the identity; all else holds."""
    hidden = len(MESSAGES) + 1 + len(COMMITTED) + NYMS - 3
    z = Context.of(NATIVE, CONTEXT).z
    cancelling = [-(z + z * z) % GROUP_ORDER, 1, 1]
    scalars = iter([*range(2, 2 + 5 + hidden - NYMS), *cancelling])
    with monkeypatch.context() as careless:
        careless.setattr("zk.blind.pseudonym_point.is_identity", lambda _: False)
        proof, nym = pseudonyms.prove(
            NATIVE,
            HOLDING,
            NYM_SECRETS,
            CONTEXT,
            PRESENTATION,
            SHOWN,
            random_bytes=lambda length: next(scalars).to_bytes(length, "big"),
        )
    assert nym == nym_case()["pseudonym"]
    with pytest.raises(ZkError) as refused:
        verify_proof(proof=proof, pseudonym=nym)
    assert (refused.value.code, refused.value.clause) == ("zk.proof", "PseudonymProofVerifyInit")


def test_secrets_that_cancel_give_no_pseudonym():
    z = Context.of(NATIVE, CONTEXT).z
    cancelling = NymSecrets(bbs.SHA256, [GROUP_ORDER - z, 1])
    assert code_of(pseudonyms.pseudonym, NATIVE, cancelling, CONTEXT) == "zk.randomness"
    assert code_of(pseudonyms.pseudonym, NATIVE, NYM_SECRETS, b"") == "zk.length"


def test_nothing_is_valid_without_the_pseudonym():
    """A proof with a pseudonym is none of blind or plain BBS, even over the list with N in the header."""
    header = HEADER + NYMS.to_bytes(8, "big")
    case = {name: value for name, value in nym_case().items() if name in signature_arguments()}
    assert code_of(signatures.verify_proof, **case | {"expected_header": header}) == "zk.proof"
    assert code_of(signatures.verify, NATIVE, replace(HOLDING, header=header)) == "zk.signature"
    blind = blind_holding(NATIVE)
    assert code_of(prove_and_verify, blind) == "zk.proof"


def signature_arguments():
    return signatures.verify_proof.__annotations__


def prove_and_verify(holding):
    proof, nym = prove(holding)
    verify_proof(proof=proof, pseudonym=nym)


def test_secrets_stay_on_the_secret_path():
    recorder = Recorder()
    suite = bbs.suite(bbs.SHA256, recorder)
    holding, nyms = nym_holding(suite)
    pseudonyms.prove(suite, holding, nyms, CONTEXT, PRESENTATION, SHOWN, random_bytes=stream(b"p"))
    secrets = set(nyms.scalars(suite)) | set(holding.prover_blind.scalars(suite))
    evaluated = Context.of(suite, CONTEXT)._evaluate(nyms.scalars(suite))
    assert secrets | {evaluated} <= recorder.secret
    assert not (secrets | {evaluated}) & recorder.public


@pytest.mark.parametrize("name", [BackendName.ARKWORKS, BackendName.PYECC])
def test_a_variable_time_backend_verifies_proofs_and_refuses_the_rest(name):
    suite = bbs.suite(bbs.SHA256, create(name))
    pseudonyms.verify_proof(**nym_case() | {"suite": suite})
    for call in (
        lambda: pseudonyms.pseudonym(suite, NYM_SECRETS, CONTEXT),
        lambda: pseudonyms.commit(suite, [], ProverNyms(bbs.SHA256, [1]), random_bytes=stream()),
    ):
        assert code_of(call) == "zk.variable-time"
