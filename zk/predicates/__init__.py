"""Composite proofs over typed credentials: show that something holds of hidden claims, and nothing else.

Text: `bbs-predicates-2026` version 1. BBS, blind issuance and pseudonyms follow drafts of the CFRG; the
composition is our own and has had no review from outside.

In the order of use
    system                      identifiers, generators and constants on a suite
    slots, header               typed claims to scalars; what a signature binds beside them
    published                   digit lists, set lists, gaps of a revocation epoch
    issuance                    commit, check, sign, accept
    wires, predicate, statement what is claimed
    rules, trust                what a statement must obey; what a verifier accepts
    parts, challenge, pairings  the proof, part by part, under one challenge and one pairing check
    proving, verifying, batch   `prove`, `verify`, `verify_many`, `verify_each`

Not here: requests, and what a person is told before agreeing (`credentials`).
"""

from zk.predicates.batch import verify_each, verify_many
from zk.predicates.proving import Means, prove
from zk.predicates.statement import Statement
from zk.predicates.system import System, system
from zk.predicates.trust import Trust
from zk.predicates.verifying import Verified, proof_length, verify

__all__ = [
    "Means",
    "Statement",
    "System",
    "Trust",
    "Verified",
    "proof_length",
    "prove",
    "system",
    "verify",
    "verify_each",
    "verify_many",
]
