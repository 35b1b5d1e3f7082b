"""Blind BBS, pseudonyms and committed disclosure: ten messages of the signer, three of the prover.

    python benchmarks/blind_bbs.py [--json]

Against plain BBS with as many signed and as many hidden messages, on the native backend; five are shown. The
bars: a proof of a blind signature costs what a plain one costs; a pseudonym adds less than a third. Memory is
what the process grows by when the generators of one interface are made, tables included.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.harness import Ratio, measure, report
from zk import bbs
from zk.backend import BackendName, create
from zk.blind import committed_disclosure, pseudonyms, signatures, single_pseudonyms

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER, PRESENTATION, CONTEXT = b"header", b"nonce and audience", b"verifier.example"
MESSAGES = [f"claim {i}".encode() for i in range(10)]
COMMITTED = [f"secret {i}".encode() for i in range(3)]
SHOWN = signatures.Indexes((0, 2, 4, 6, 8))
DISCLOSED = signatures.Disclosed({i: MESSAGES[i] for i in SHOWN.messages})
EXPECTED = {"expected_header": HEADER, "expected_presentation_header": PRESENTATION}
PLAIN = [*MESSAGES, b"blind", *COMMITTED]

Cases = dict[str, "Callable[[], object]"]


def plain(suite: bbs.Suite, key: bbs.SecretKey) -> Cases:
    public, shown = bbs.public_key(suite, key), list(SHOWN.messages)
    signature = bbs.sign(suite, key, public, HEADER, PLAIN)

    def prove() -> bytes:
        return bbs.prove(
            suite, public, signature, HEADER, PRESENTATION, PLAIN, shown, random_bytes=os.urandom
        )

    proof, messages = prove(), [PLAIN[i] for i in shown]
    return {
        "plain sign": lambda: bbs.sign(suite, key, public, HEADER, PLAIN),
        "plain prove": prove,
        "plain verify proof": lambda: bbs.verify_proof(
            suite, public, proof, HEADER, PRESENTATION, messages, shown
        ),
    }


def blind(suite: bbs.Suite, key: bbs.SecretKey) -> Cases:
    public = bbs.public_key(suite, key)
    octets, secret = signatures.commit(suite, COMMITTED, random_bytes=os.urandom)
    signature = signatures.sign(suite, key, public, octets, HEADER, MESSAGES)
    holding = signatures.Holding(public, signature, HEADER, MESSAGES, COMMITTED, secret)
    two = signatures.Indexes((1, 3))

    def prove() -> bytes:
        return signatures.prove(suite, holding, PRESENTATION, SHOWN, random_bytes=os.urandom)

    def commit_to_two() -> bytes:
        return committed_disclosure.prove(suite, holding, PRESENTATION, SHOWN, two, random_bytes=os.urandom)[
            0
        ]

    proof, committed = prove(), commit_to_two()
    return {
        "blind commit": lambda: signatures.commit(suite, COMMITTED, random_bytes=os.urandom),
        "blind sign": lambda: signatures.sign(suite, key, public, octets, HEADER, MESSAGES),
        "blind verify": lambda: signatures.verify(suite, holding),
        "blind prove": prove,
        "blind verify proof": lambda: signatures.verify_proof(
            suite, public, proof, DISCLOSED, **EXPECTED, expected_signer_messages=10
        ),
        "committed prove (2)": commit_to_two,
        "committed verify proof (2)": lambda: committed_disclosure.verify_proof(
            suite,
            public,
            committed,
            DISCLOSED,
            **EXPECTED,
            expected_signer_messages=10,
            expected_commitments=two,
        ),
    }


def nym(suite: bbs.Suite, key: bbs.SecretKey) -> Cases:
    public = bbs.public_key(suite, key)
    entropy = pseudonyms.draw_signer_nym_entropy(random_bytes=os.urandom)
    shares = pseudonyms.draw_prover_nyms(suite, 1, random_bytes=os.urandom)
    octets, secret = pseudonyms.commit(suite, COMMITTED[:2], shares, random_bytes=os.urandom)

    def sign() -> bytes:
        return pseudonyms.sign(
            suite, key, public, octets, HEADER, MESSAGES, nym_count=1, signer_nym_entropy=entropy
        )

    holding = pseudonyms.Holding(public, sign(), HEADER, MESSAGES, COMMITTED[:2], secret)
    secrets = pseudonyms.verify(suite, holding, shares, signer_nym_entropy=entropy)

    def prove() -> tuple[bytes, bytes]:
        return pseudonyms.prove(
            suite, holding, secrets, CONTEXT, PRESENTATION, SHOWN, random_bytes=os.urandom
        )

    proof, pseudonym = prove()
    return {
        "pseudonym sign": sign,
        "pseudonym prove": prove,
        "pseudonym verify proof": lambda: pseudonyms.verify_proof(
            suite,
            public,
            proof,
            pseudonym,
            DISCLOSED,
            **EXPECTED,
            expected_context_id=CONTEXT,
            expected_signer_messages=10,
            expected_nym_count=1,
        ),
    }


def single_nym(suite: bbs.Suite, key: bbs.SecretKey) -> Cases:
    public = bbs.public_key(suite, key)
    entropy = pseudonyms.draw_signer_nym_entropy(random_bytes=os.urandom)
    share = single_pseudonyms.draw_prover_nym(suite, random_bytes=os.urandom)
    octets, blind = single_pseudonyms.commit(suite, COMMITTED[:2], share, random_bytes=os.urandom)
    signature = single_pseudonyms.sign(
        suite, key, public, octets, HEADER, MESSAGES, signer_nym_entropy=entropy
    )
    holding = single_pseudonyms.Holding(public, signature, HEADER, MESSAGES, COMMITTED[:2], blind)
    secret = single_pseudonyms.verify(suite, holding, share, signer_nym_entropy=entropy)

    def prove() -> tuple[bytes, bytes]:
        return single_pseudonyms.prove(
            suite, holding, secret, CONTEXT, PRESENTATION, SHOWN, random_bytes=os.urandom
        )

    proof, pseudonym = prove()
    return {
        "single pseudonym prove": prove,
        "single pseudonym verify proof": lambda: single_pseudonyms.verify_proof(
            suite,
            public,
            proof,
            pseudonym,
            DISCLOSED,
            **EXPECTED,
            expected_context_id=CONTEXT,
            expected_signer_messages=10,
        ),
    }


def resident() -> int:
    """Kilobytes of memory that this process holds."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1])


def generators(suite: bbs.Suite) -> str:
    """Make the generators of blind BBS for the first time, and tell what they take."""
    before, start = resident(), time.process_time()
    suite.generators(11, suite.blind_api_id)
    milliseconds = (time.process_time() - start) * 1000
    return f"11 generators with tables: {milliseconds:.0f} ms, {(resident() - before) / 1024:.1f} MB"


def main() -> int:
    suite = bbs.suite(bbs.SHA256, create(BackendName.NATIVE))
    key = bbs.key_generate(suite, b"benchmark key material, no secret")
    tables = generators(suite)
    figures = measure({**plain(suite, key), **blind(suite, key), **nym(suite, key), **single_nym(suite, key)})
    kinds = ("prove", "verify proof")
    ratios = [Ratio(f"blind {kind}", f"plain {kind}", at_most=1.15) for kind in kinds]
    for name in ("pseudonym", "single pseudonym"):
        ratios += [Ratio(f"{name} {kind}", f"plain {kind}", at_most=1.33) for kind in kinds]
    ratios += [Ratio("blind sign", "plain sign"), Ratio("pseudonym sign", "plain sign")]
    ratios += [Ratio(f"committed {kind} (2)", f"plain {kind}") for kind in kinds]
    title = f"Blind BBS, 10 + 3 messages, 5 disclosed, BLS12-381-SHA-256; {tables}"
    return report(title, figures, ratios)


if __name__ == "__main__":
    sys.exit(main())
