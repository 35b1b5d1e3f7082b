"""Pseudonyms and nullifiers: one point for each credential and context, and the same each time.

Text: `bbs-predicates-2026` version 1, section 4.8; formula of the pseudonyms draft, with tags, a framed
context and a place in the statement of our own.

Legend
    O       hash of the context to the curve       z       hash of the context to a scalar
    f       Σ z^j·n_j over the nym secrets         nym     f·O            T       f~·O

    frame   pseudonym: nym ‖ T                     sent    nym, 48 octets

Invariants
- nym is not the identity, and stands in the transcript before the challenge: chosen afterwards it could be
  anything.
- There is no response of its own; f^ follows from the responses of the nym secrets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zk.curve import GROUP_ORDER, Scalar
from zk.errors import ZkError
from zk.predicates.octets import frame
from zk.predicates.parts.part import Pending, Recomputed

if TYPE_CHECKING:
    from zk.backend import G1
    from zk.predicates.header import Header
    from zk.predicates.octets import Received
    from zk.predicates.parts.part import Opened
    from zk.predicates.predicate import NymContext, Pseudonym
    from zk.predicates.system import System
    from zk.predicates.wires import Values


def context_base(system: System, context: NymContext) -> tuple[G1, Scalar]:
    """Return O and z of a context."""
    return system.hash_context(context.encode())


def commit_pseudonym(
    system: System, predicate: Pseudonym, header: Header, witness: Values, blinding: Values
) -> Pending:
    """Commit to the pseudonym of a credential."""
    O, z = context_base(system, predicate.context)  # noqa: E741
    f, f_tilde = (_secret(predicate, header, z, values) for values in (witness, blinding))
    if f == 0:
        raise ZkError("predicates.witness", "the nym secrets cancel out in this context")
    backend = system.backend
    nym = backend.encode_g1(backend.mul_secret(O, f))
    T = backend.encode_g1(backend.mul_secret(O, f_tilde))
    return Pending(frame(b"pseudonym", nym, T), lambda _c: nym)


def read_pseudonym(system: System, predicate: Pseudonym, header: Header, nym: Received) -> Opened:
    """Take a decoded pseudonym: T = f^·O - c·nym."""

    def recompute(responses: Values) -> Recomputed:
        O, z = context_base(system, predicate.context)  # noqa: E741
        f_hat = _secret(predicate, header, z, responses)
        minus_c = Scalar(-responses.one % GROUP_ORDER)
        T = system.backend.msm_public((O, nym.point), (f_hat, minus_c))
        return Recomputed(frame(b"pseudonym", nym.octets, system.backend.encode_g1(T)))

    return recompute


def _secret(predicate: Pseudonym, header: Header, z: Scalar, values: Values) -> Scalar:
    """Evaluate Σ z^j·n_j, of secrets, blindings or responses alike."""
    total = 0
    for slot in reversed(range(header.first_nym_slot, header.wires)):
        total = (total * z + values.at((predicate.credential, slot))) % GROUP_ORDER
    return Scalar(total)
