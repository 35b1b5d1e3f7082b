"""The one challenge of a presentation, and what the signature of each credential is over.

Text: `bbs-predicates-2026` version 1, sections 2.3 (domain) and 4.10.

    transcript   frame(statement) ‖ bbs frames, credentials ascending ‖ predicate frames, as in the statement
    c            hash of the transcript to a scalar

Invariants
- Statement and every commitment are in the transcript, in one order, and nothing else is. What is missing
  from it can be chosen after the challenge: that is how proofs of this family are forged.
- Prover and verifier use these functions and no others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zk import transcript
from zk.predicates.header import credential_domain
from zk.predicates.octets import frame
from zk.predicates.parts.signature import Signed

if TYPE_CHECKING:
    from zk.curve import Scalar
    from zk.predicates.statement import Statement
    from zk.predicates.system import System


def challenge(system: System, statement: bytes, *frames: bytes) -> Scalar:
    """Hash the transcript: the statement first, then every commitment in order (section 4.10)."""
    octets = frame(b"statement", statement) + b"".join(frames)
    return system.hash_to_scalar(octets, transcript.PRESENTATION_CHALLENGE)


def signed_credential(system: System, statement: Statement, k: int) -> Signed:
    """Return what the signature of credential k is over, from the statement alone."""
    credential = statement.credentials[k]
    header = credential.header
    return Signed(
        label=b"bbs",
        key=credential.issuer_key,
        generators=system.generators(header.slots, header.nyms),
        domain=credential_domain(system, credential.issuer_key, header),
        hidden=credential.hidden,
    )
