"""Commitments: what a signer must refuse, and that nothing of the prover shows."""

from __future__ import annotations

import pytest

from tests.zk.blind.cases import COMMITTED, HEADER, MESSAGES, broken, code_of, issuer, stream
from tests.zk.suites import make_suite
from zk import bbs
from zk.backend import BackendName
from zk.bbs_core import LIMITS, calculate_domain, map_messages
from zk.blind import commitment, pseudonyms, signatures
from zk.blind.commitment import core_commit, verify_commitment
from zk.curve import GROUP_ORDER

NATIVE = make_suite(BackendName.NATIVE, bbs.SHA256)
API_ID = NATIVE.blind_api_id
OCTETS, BLIND = signatures.commit(NATIVE, COMMITTED, random_bytes=stream())


def verify(octets, suite=NATIVE, api_id=API_ID):
    return verify_commitment(suite, octets, api_id=api_id)


def test_every_part_is_bound():
    scalars = list(range(48, len(OCTETS), 32))
    assert len(scalars) == len(COMMITTED) + 2
    for well_formed, octets in broken(NATIVE, OCTETS, points=[0], scalars=scalars):
        assert code_of(verify, octets) == ("zk.commitment" if well_formed else "zk.commitment-malformed")


@pytest.mark.parametrize(
    "octets",
    [b"", OCTETS[:111], OCTETS[:80], OCTETS[:-1], OCTETS + b"\x00", OCTETS[:48]],
    ids=["empty", "below the floor", "one scalar", "short", "long", "the point alone"],
)
def test_other_lengths(octets):
    assert code_of(verify, octets) == "zk.commitment-malformed"


def test_a_scalar_more_or_less_is_another_commitment():
    assert code_of(verify, OCTETS[:-32]) == "zk.commitment"
    assert code_of(verify, OCTETS + OCTETS[-32:]) == "zk.commitment"


def test_another_interface_or_ciphersuite_is_another_world():
    assert code_of(verify, OCTETS, api_id=NATIVE.pseudonym_api_id) == "zk.commitment"
    assert code_of(verify, OCTETS, api_id=NATIVE.bbs_api_id) == "zk.commitment"
    assert code_of(verify, OCTETS, suite=make_suite(BackendName.NATIVE, bbs.SHAKE256)) == "zk.commitment"


def test_backends_agree(suite):
    """What native commits to, each backend accepts; what is broken, each refuses with the same code."""
    octets, _ = signatures.commit(
        make_suite(BackendName.NATIVE, suite.ciphersuite), [b"m"], random_bytes=stream()
    )
    api_id = suite.blind_api_id
    assert verify(octets, suite, api_id).count == 1
    assert code_of(verify, octets[:-1] + bytes([octets[-1] ^ 1]), suite, api_id) == "zk.commitment"


def test_a_signer_signs_no_broken_commitment():
    key, public_key = issuer(NATIVE)
    altered = OCTETS[:48] + OCTETS[80:112] + OCTETS[80:]
    sign = (NATIVE, key, public_key)
    assert code_of(signatures.sign, *sign, altered, HEADER, MESSAGES) == "zk.commitment"
    assert code_of(signatures.sign, *sign, b"", HEADER, MESSAGES) == "zk.commitment-malformed"
    assert code_of(signatures.sign, NATIVE, key, OCTETS[:96], OCTETS, HEADER, MESSAGES) == "zk.public-key"


def test_a_commitment_that_cancels_the_signers_part_is_not_signed(monkeypatch):
    """C = -(P1 + Q_1·domain) needs a discrete logarithm to be proven; here the proof is waved through."""
    key, public_key = issuer(NATIVE)
    blind = commitment.blind_generators(NATIVE, 1, api_id=API_ID)
    generators = NATIVE.generators(1, API_ID)
    domain = bbs_domain(public_key, generators + blind)
    B = NATIVE.backend.msm_fixed_public((NATIVE.P1, generators.Q_1), (1, domain))
    forged = commitment.Commitment(NATIVE.backend.negate(B), blind)
    monkeypatch.setattr("zk.blind.core.verify_commitment", lambda *_, **__: forged)
    assert code_of(signatures.sign, NATIVE, key, public_key, OCTETS, HEADER, []) == "zk.commitment"


def bbs_domain(public_key, generators):
    return calculate_domain(NATIVE, public_key, generators, HEADER, api_id=API_ID)


def test_limits_hold_for_prover_and_signer():
    many = [b""] * LIMITS.messages
    assert code_of(signatures.commit, NATIVE, many, random_bytes=stream()) == "zk.length"
    assert code_of(verify, bytes(112 + 32 * LIMITS.messages)) == "zk.length"
    key, public_key = issuer(NATIVE)
    assert code_of(signatures.sign, NATIVE, key, public_key, OCTETS, HEADER, many[:-1]) == "zk.length"


def test_a_response_of_zero_gives_no_commitment(monkeypatch):
    monkeypatch.setattr(commitment, "_challenge", lambda *_, **__: 0)
    assert code_of(signatures.commit, NATIVE, [b"m"], random_bytes=stream()) == "zk.randomness"


def test_a_broken_source_gives_no_commitment():
    assert code_of(signatures.commit, NATIVE, [b"m"], random_bytes=lambda _: b"") == "zk.randomness"
    assert code_of(signatures.commit, NATIVE, [b"m"], random_bytes=bytes) == "zk.randomness"


def test_commitments_hide():
    """Fresh randomness gives fresh octets throughout; the blind and the messages are not among them."""
    again, other_blind = signatures.commit(NATIVE, COMMITTED, random_bytes=stream(b"again"))
    pieces = {OCTETS[at : at + 32] for at in range(0, len(OCTETS), 16)}
    assert not pieces & {again[at : at + 32] for at in range(0, len(again), 16)}
    assert BLIND.to_bytes() != other_blind.to_bytes()
    scalars = map_messages(NATIVE, COMMITTED, api_id=API_ID)
    secrets = {BLIND.to_bytes(), *(scalar.to_bytes(32, "big") for scalar in scalars)}
    assert not pieces & secrets


def test_a_replayed_blinding_would_reveal_the_message():
    """Why a source must never repeat: two commitments with the same blindings give away what differs."""
    first, second = (
        core_commit(NATIVE, [message], api_id=API_ID, random_bytes=stream())[0] for message in (11, 22)
    )
    (m1, c1), (m2, c2) = (
        (int.from_bytes(octets[80:112], "big"), int.from_bytes(octets[112:], "big"))
        for octets in (first, second)
    )
    # m^ = m~ + m·c with m~ common: m1 - m2 = 11·c1 - 22·c2.
    assert (m1 - m2 - 11 * c1 + 22 * c2) % GROUP_ORDER == 0


def test_nym_commitments_are_of_their_own_interface():
    nyms = pseudonyms.draw_prover_nyms(NATIVE, 2, random_bytes=stream())
    octets, _ = pseudonyms.commit(NATIVE, COMMITTED, nyms, random_bytes=stream())
    key, public_key = issuer(NATIVE)
    assert code_of(signatures.sign, NATIVE, key, public_key, octets, HEADER, MESSAGES) == "zk.commitment"
    assert verify(octets, api_id=NATIVE.pseudonym_api_id).count == len(COMMITTED) + 2
