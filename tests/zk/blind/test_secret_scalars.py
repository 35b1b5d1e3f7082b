"""Secrets of a holder: decoded strictly, bound to a ciphersuite, shown nowhere."""

from __future__ import annotations

import copy
import pickle

import pytest

from tests.zk.blind.cases import blind_holding, code_of, nym_holding
from tests.zk.suites import make_suite
from zk import bbs
from zk.backend import BackendName
from zk.blind import pseudonyms, secret_scalars
from zk.blind.secret_scalars import NymSecrets, Openings, ProverBlind, ProverNyms
from zk.curve import GROUP_ORDER

NATIVE = make_suite(BackendName.NATIVE, bbs.SHA256)
SHAKE = make_suite(BackendName.NATIVE, bbs.SHAKE256)
KINDS = [ProverBlind, ProverNyms, NymSecrets, Openings]
ONE = (12345).to_bytes(32, "big")


@pytest.mark.parametrize("kind", KINDS)
def test_octets_round_trip(kind):
    secrets = kind.from_bytes(NATIVE, ONE)
    assert secrets.to_bytes() == ONE
    assert secrets.scalars(NATIVE) == (12345,)
    assert len(secrets) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "octets",
    [b"", ONE[:-1], ONE + b"\x00", bytes(32), GROUP_ORDER.to_bytes(32, "big"), b"\xff" * 32, ONE + bytes(32)],
)
def test_octets_out_of_range_are_refused_unseen(kind, octets):
    with pytest.raises(secret_scalars.ZkError) as refused:
        kind.from_bytes(NATIVE, octets)
    assert refused.value.code == "zk.secret-scalars"
    assert not octets or octets.hex() not in str(refused.value)


@pytest.mark.parametrize("kind", KINDS)
def test_there_are_only_so_many(kind):
    assert len(kind.from_bytes(NATIVE, ONE * kind.most)) == kind.most
    assert code_of(kind.from_bytes, NATIVE, ONE * (kind.most + 1)) == "zk.secret-scalars"
    assert code_of(kind, bbs.SHA256, []) == "zk.length"
    assert code_of(kind, bbs.SHA256, [1] * (kind.most + 1)) == "zk.length"


@pytest.mark.parametrize("kind", KINDS)
def test_they_serve_one_ciphersuite(kind):
    assert code_of(kind.from_bytes(NATIVE, ONE).scalars, SHAKE) == "zk.secret-scalars"


@pytest.mark.parametrize("kind", KINDS)
def test_they_do_not_show(kind):
    secrets = kind.from_bytes(NATIVE, ONE)
    for text in (repr(secrets), str(secrets), f"{secrets}", repr([secrets])):
        assert "12345" not in text
        assert "3039" not in text
    for take in (pickle.dumps, copy.copy, copy.deepcopy):
        assert code_of(take, secrets) == "zk.secret-scalars"
    assert secrets != kind.from_bytes(NATIVE, ONE)


def test_a_holding_shows_nothing():
    for holding in (blind_holding(NATIVE), nym_holding(NATIVE)[0]):
        assert "holder secret" not in repr(holding)
        assert str(holding.prover_blind.scalars(NATIVE)[0]) not in repr(holding)


def test_nyms_and_entropy_are_drawn_as_asked():
    octets = pseudonyms.draw_signer_nym_entropy(random_bytes=lambda length: b"\x01" * length)
    assert len(octets) == 32
    assert code_of(pseudonyms.draw_prover_nyms, NATIVE, 0, random_bytes=bytes) == "zk.length"
    assert code_of(pseudonyms.draw_prover_nyms, NATIVE, 65, random_bytes=lambda n: b"\x01" * n) == "zk.length"
