"""Counts at their limits: the last that is taken, and the first that is not."""

from __future__ import annotations

import pytest

from tests.zk.suites import make_suite
from zk import bbs
from zk.backend import BackendName
from zk.bbs_core import LIMITS
from zk.blind.commitment import COMMITMENT_FLOOR, count_committed, verify_commitment
from zk.blind.pseudonyms import _check_nym_count
from zk.blind.secret_scalars import NymSecrets
from zk.errors import ZkError

SUITE = make_suite(BackendName.NATIVE, bbs.SHA256)


def refusal(call, *args, **kwargs):
    with pytest.raises(ZkError) as fault:
        call(*args, **kwargs)
    return fault.value.code


@pytest.mark.parametrize("messages", [0, 1, 7])
def test_a_length_says_how_many_messages_are_committed(messages):
    length = COMMITMENT_FLOOR + 32 * messages
    assert count_committed(bytes(length)) == messages
    for odd in (length + 1, length + 31, COMMITMENT_FLOOR - 32, COMMITMENT_FLOOR - 1, 0):
        assert refusal(count_committed, bytes(odd)) == "zk.commitment-malformed"


@pytest.mark.parametrize(
    ("messages", "code"),
    [(LIMITS.messages - 1, "zk.commitment-malformed"), (LIMITS.messages, "zk.length")],
)
def test_messages_and_blind_together_are_at_most_1024(messages, code):
    octets = bytes(COMMITMENT_FLOOR + 32 * messages)
    assert refusal(verify_commitment, SUITE, octets, api_id=SUITE.blind_api_id) == code


def test_nym_secrets_are_counted():
    for count in (1, NymSecrets.most):
        _check_nym_count(count)
    for count in (-1, 0, NymSecrets.most + 1):
        assert refusal(_check_nym_count, count) == "zk.length"
