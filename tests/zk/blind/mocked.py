"""The mocked random scalars of the blind and pseudonym drafts, and how their fixtures name folders."""

from __future__ import annotations

from zk.curve import encode_scalar
from zk.hashing import EXPAND_LENGTH

SEED = b"3.141592653589793238462643383279"


def mocked_random(suite, operation, count):
    """One expansion of the seed under the tag of `COMMIT` or `PROOF`, handed out 48 octets at a time."""
    dst = suite.ciphersuite_id + f"H2G_HM2S_{operation}_MOCK_RANDOM_SCALARS_DST_".encode()
    uniform = suite.expand_message(SEED, dst, EXPAND_LENGTH * count)
    pieces = iter(uniform[i : i + EXPAND_LENGTH] for i in range(0, len(uniform), EXPAND_LENGTH))

    def random_bytes(length):
        assert length == EXPAND_LENGTH
        return next(pieces)

    return random_bytes


def octets_of(scalars):
    """Fixtures write scalars as integers in base 16, without leading zeros."""
    return b"".join(encode_scalar(int(scalar, 16)) for scalar in scalars)


def unhex_all(messages):
    return [bytes.fromhex(message) for message in messages or ()]


def shown(messages):
    return {int(index): bytes.fromhex(message) for index, message in (messages or {}).items()}
