"""BBS, ten messages, five disclosed: against one pairing check, and native against pure Python.

    python benchmarks/bbs.py [--json]

The bar: a proof verifies in at most 2.5 times one pairing check (two pairs, points already decoded), decoding
and hashing of the proof included. The issuer's key is one that the suite has seen; what an unseen key adds is
printed as a figure of its own. The second bar: a secret multiplication by one takes as long as by r - 2.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.harness import Ratio, measure, report
from zk import bbs
from zk.backend import BackendName, create
from zk.curve import GROUP_ORDER, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = b"header"
PRESENTATION = b"nonce and audience"
MESSAGES = [f"claim {i}".encode() for i in range(10)]
SHOWN = [0, 2, 4, 6, 8]
PAIRING = "one pairing check"
UNSEEN = "decoding an unseen public key"
LIGHT, HEAVY = "secret multiplication by 1", "secret multiplication by r - 2"


def operations(suite: bbs.Suite, name: str) -> dict[str, Callable[[], object]]:
    key = bbs.key_generate(suite, b"benchmark key material, no secret")
    public = bbs.public_key(suite, key)
    signature = bbs.sign(suite, key, public, HEADER, MESSAGES)

    def prove() -> bytes:
        return bbs.prove(
            suite, public, signature, HEADER, PRESENTATION, MESSAGES, SHOWN, random_bytes=os.urandom
        )

    proof, disclosed = prove(), [MESSAGES[i] for i in SHOWN]
    return {
        f"{name} sign": lambda: bbs.sign(suite, key, public, HEADER, MESSAGES),
        f"{name} verify": lambda: bbs.verify(suite, public, signature, HEADER, MESSAGES),
        f"{name} prove": prove,
        f"{name} verify proof": lambda: bbs.verify_proof(
            suite, public, proof, HEADER, PRESENTATION, disclosed, SHOWN
        ),
    }


def pairing_check(suite: bbs.Suite) -> Callable[[], object]:
    P, Q = suite.P1.point, suite.BP2
    pairs = [(P, Q), (suite.backend.negate(P), Q)]
    return lambda: suite.backend.pairing_check(pairs)


def unseen_key(suite: bbs.Suite) -> Callable[[], object]:
    octets = bbs.public_key(suite, bbs.key_generate(suite, b"benchmark key material, no secret"))
    return lambda: suite.backend.decode_g2(octets, what="the public key", code="zk.public-key")


def multiplication(suite: bbs.Suite, scalar: int) -> Callable[[], object]:
    return lambda: suite.backend.mul_secret(suite.P1.point, Scalar(scalar))


def main() -> int:
    native = bbs.suite(bbs.SHA256, create(BackendName.NATIVE))
    arkworks = bbs.suite(bbs.SHA256, create(BackendName.ARKWORKS, unsafe_variable_time=True))
    pyecc = bbs.suite(bbs.SHA256, create(BackendName.PYECC, unsafe_variable_time=True))
    figures = measure(
        {
            PAIRING: pairing_check(native),
            UNSEEN: unseen_key(native),
            LIGHT: multiplication(native, 1),
            HEAVY: multiplication(native, GROUP_ORDER - 2),
            **operations(native, "native"),
            **operations(arkworks, "arkworks"),
        }
    )
    figures |= measure(operations(pyecc, "pyecc"), rounds=3)
    kinds = ("sign", "verify", "prove", "verify proof")
    ratios = [Ratio("native verify proof", PAIRING, at_most=2.5), Ratio(HEAVY, LIGHT, at_most=1.1)]
    ratios += [Ratio(f"native {kind}", PAIRING) for kind in kinds[:3]]
    ratios += [
        Ratio(f"{other} {kind}", f"native {kind}") for other in ("arkworks", "pyecc") for kind in kinds
    ]
    return report("BBS, 10 messages, 5 disclosed, BLS12-381-SHA-256", figures, ratios)


if __name__ == "__main__":
    sys.exit(main())
