"""Verify a proof of a statement that the verifier has built itself.

Text: `bbs-predicates-2026` version 1, sections 4.10, 4.12, 4.13 and 5.

Checklist (V1 and V2, the request consumed once and the claimed data matched to it, are the caller's)
    V3  rules of the statement                                       `rules`, `trust`
    V4  the length follows from the statement                        predicates.length
    V5  points and scalars decode, all of them, before any algebra   predicates.encoding, .identity, .scalar
    V6  pivots, lowest digits and last sub-challenges are derived    no code: they are not in the proof
    V7  every commitment is recomputed                               no code: V8 compares
    V8  the challenge is that of statement and commitments           predicates.challenge
    V9  all pairing equations, merged                                predicates.pairing
    V10 Bulletproofs                                                 predicates.bulletproof
    V11 pseudonyms and nullifiers are released                       `Verified`

Invariants
- Nothing of the statement is read from the proof.
- `Verified` exists only after V9. A nullifier that was seen before is the caller's policy, and no fault here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zk.curve import G1_LENGTH, SCALAR_LENGTH
from zk.errors import ZkError
from zk.predicates.challenge import challenge, signed_credential
from zk.predicates.octets import Reader
from zk.predicates.pairings import check_pairings, draw_weights
from zk.predicates.parts import signature
from zk.predicates.parts.bullet_checking import read_bits
from zk.predicates.parts.committed import LENGTH, bullet_length, check_committed, read_committed
from zk.predicates.parts.digits import MEMBER_LENGTH, read_range, read_signed_member, side_length
from zk.predicates.parts.gap import gap_length, read_gap
from zk.predicates.parts.nyms import read_pseudonym
from zk.predicates.parts.sets import exclude_length, member_length, read_exclude, read_member
from zk.predicates.parts.signature import read_signature, recompute_signature
from zk.predicates.predicate import (
    CommittedRange,
    Exclude,
    Member,
    NotRevoked,
    Pseudonym,
    Range,
    SignedMember,
)
from zk.predicates.rules import check_rules
from zk.predicates.trust import check_trust
from zk.predicates.wires import derive, free_wires

if TYPE_CHECKING:
    from zk.curve import Scalar
    from zk.predicates.octets import Received
    from zk.predicates.pairings import PairingItem
    from zk.predicates.parts.bullet_checking import ReceivedBits
    from zk.predicates.parts.part import Opened, Recomputed
    from zk.predicates.parts.signature import ReceivedSignature
    from zk.predicates.predicate import Predicate
    from zk.predicates.statement import Statement
    from zk.predicates.system import System
    from zk.predicates.trust import Trust
    from zk.predicates.wires import Values, Wire


@dataclass(frozen=True, slots=True)
class Verified:
    """A statement that holds.

    Attributes:
        statement: what was proven.
        nyms: the pseudonyms and nullifiers, 48 octets each, by credential and context.
    """

    statement: Statement
    nyms: tuple[tuple[Pseudonym, bytes], ...]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Unpaired:
    """A proof that has passed V3 to V8 and V10, and whose pairing equations are still to be checked."""

    verified: Verified
    statement_octets: bytes
    proof: bytes
    items: tuple[PairingItem, ...]


def verify(
    system: System, statement: Statement, proof: bytes, *, trust: Trust, weight_seed: bytes
) -> Verified:
    """Verify a proof.

    Args:
        system: the system.
        statement: built from the verifier's request and the public data that came with the proof.
        proof: `proof_length(statement)` octets.
        trust: what the verifier accepts.
        weight_seed: 32 fresh random octets; empty where the check must be reproducible.

    Raises ZkError: the codes of `rules` and `trust`; predicates.length, .encoding, .identity, .scalar,
    .challenge, .pairing.
    """
    unpaired = check_before_pairing(system, statement, proof, trust=trust)
    # V9
    weights = draw_weights(
        system,
        len(unpaired.items),
        statement=unpaired.statement_octets,
        proof=proof,
        seed=weight_seed,
    )
    check_pairings(system, unpaired.items, weights)
    # V11
    return unpaired.verified


def check_before_pairing(system: System, statement: Statement, proof: bytes, *, trust: Trust) -> Unpaired:
    """Check V3 to V8 and V10; only `verify` and `batch` may hand out what is in the result."""
    # V3
    check_rules(system, statement)
    check_trust(statement, trust)
    # V4
    length = proof_length(statement)
    if len(proof) != length:
        raise ZkError("predicates.length", f"a proof of {len(proof)} octets, expected {length}", clause="R4")
    # V5
    received = _read(system, statement, proof)
    # V6, V7
    recomputed = _recompute(system, statement, received)
    # V8
    octets = statement.encode(system)
    if challenge(system, octets, *(part.frames for part in recomputed)) != received.c:
        raise ZkError(
            "predicates.challenge",
            "the proof was made for another statement: another question, verifier, challenge, key or text",
            remedy="verify it with the request that it answers; let the holder prove anew",
            clause="R7",
        )
    # V10, before V9: a failed Bulletproof is found without the others of a batch
    digest = hashlib.sha256(octets).digest()
    for n, claim, C, bits in received.committed:
        check_committed(system, claim, n, digest, C, bits, received.c)
    items = tuple(item for part in recomputed for item in part.items)
    return Unpaired(Verified(statement, received.nyms), octets, proof, items)


def proof_length(statement: Statement) -> int:
    """Return the octets of any proof of a statement; no secret has a part in it."""
    free = free_wires(statement.hidden, statement.relations)
    return (
        SCALAR_LENGTH * (1 + len(free))
        + signature.LENGTH * len(statement.credentials)
        + sum(map(_sent_length, statement.predicates))
    )


def _sent_length(predicate: Predicate) -> int:
    match predicate:
        case Range():
            return len(predicate.sides) * side_length(predicate.digits)
        case Member():
            return member_length(len(predicate.values))
        case Exclude():
            return exclude_length(len(predicate.values))
        case SignedMember():
            return MEMBER_LENGTH
        case NotRevoked():
            return gap_length(predicate)
        case CommittedRange():
            return LENGTH + bullet_length(predicate)
        case _:
            return G1_LENGTH


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class _Received:
    """A decoded proof."""

    c: Scalar
    signatures: tuple[ReceivedSignature, ...]
    free: dict[Wire, Scalar]
    predicates: tuple[Opened, ...]
    nyms: tuple[tuple[Pseudonym, bytes], ...]
    committed: tuple[tuple[int, CommittedRange, Received, ReceivedBits], ...]


def _read(system: System, statement: Statement, proof: bytes) -> _Received:
    """Decode everything."""
    reader = Reader(system.suite, proof)
    c = reader.scalar("the challenge")
    signatures = tuple(read_signature(reader) for _ in statement.credentials)
    free = {
        wire: reader.scalar("a response of a slot")
        for wire in free_wires(statement.hidden, statement.relations)
    }
    predicates: list[Opened] = []
    nyms: list[tuple[Pseudonym, bytes]] = []
    commitments: list[tuple[int, CommittedRange, Received]] = []
    for n, predicate in enumerate(statement.predicates):
        if isinstance(predicate, Pseudonym):
            nym = reader.point("the pseudonym")
            nyms.append((predicate, nym.octets))
            header = statement.credentials[predicate.credential].header
            predicates.append(read_pseudonym(system, predicate, header, nym))
        elif isinstance(predicate, CommittedRange):
            C, opened = read_committed(system, predicate, reader)
            commitments.append((n, predicate, C))
            predicates.append(opened)
        else:
            predicates.append(_read_predicate(system, predicate, reader))
    committed = tuple((n, claim, C, read_bits(reader, claim.total)) for n, claim, C in commitments)
    return _Received(c, signatures, free, tuple(predicates), tuple(nyms), committed)


def _read_predicate(
    system: System, predicate: Range | Member | Exclude | SignedMember | NotRevoked, reader: Reader
) -> Opened:
    match predicate:
        case Range():
            return read_range(system, predicate, reader)
        case Member():
            return read_member(system, predicate, reader)
        case Exclude():
            return read_exclude(system, predicate, reader)
        case SignedMember():
            return read_signed_member(system, predicate, reader)
        case _:
            return read_gap(system, predicate, reader)


def _recompute(system: System, statement: Statement, received: _Received) -> list[Recomputed]:
    """Recompute all commitments, credentials first."""
    responses: Values = derive(received.free, statement.relations, one=received.c)
    signatures = []
    for k, (credential, part) in enumerate(zip(statement.credentials, received.signatures, strict=True)):
        signed = signed_credential(system, statement, k)
        m_hat = [responses.at((k, i)) for i in signed.hidden]
        signatures.append(recompute_signature(system, signed, part, credential.disclosed, m_hat, received.c))
    return [*signatures, *(opened(responses) for opened in received.predicates)]
