"""Prove a statement: one list of hidden scalars, one challenge, one response for each free wire.

Text: `bbs-predicates-2026` version 1, sections 4.3, 4.9 (what a program can check) and 4.10.

    transcript   statement ‖ signatures of the credentials ‖ predicates, in the order of the statement
    c            hash of the transcript
    proof        c ‖ signatures ‖ responses of free wires ‖ what each predicate sends ‖ Bulletproofs

Invariants
- The holder's own rules are checked before anything is committed, and hidden values against the statement.
- Randomness is drawn in one order, 48 octets a scalar, and never kept: a refused or failed attempt reveals
  nothing and is not continued.
- Errors say that a value does not fit, not which and not why.

Not here: what a person is told before agreeing (bounds that amount to disclosure), nonces, published epochs.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zk.curve import Scalar
from zk.errors import ZkError
from zk.hashing import draw_scalars
from zk.predicates.challenge import challenge, signed_credential
from zk.predicates.octets import encode_responses
from zk.predicates.parts.committed import commit_committed
from zk.predicates.parts.digits import commit_range, commit_signed_member
from zk.predicates.parts.gap import commit_gap
from zk.predicates.parts.nyms import commit_pseudonym
from zk.predicates.parts.sets import commit_exclude, commit_member
from zk.predicates.parts.signature import commit_signature
from zk.predicates.predicate import CommittedRange, Exclude, Member, NotRevoked, Range, SignedMember
from zk.predicates.rules import check_rules
from zk.predicates.trust import check_trust
from zk.predicates.wires import Values, derive, free_wires

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zk.hashing import RandomBytes
    from zk.predicates.issuance import HeldCredential
    from zk.predicates.parts.part import Pending
    from zk.predicates.published.gaps import CheckedGap
    from zk.predicates.published.lists import DigitList, SetList
    from zk.predicates.statement import Statement
    from zk.predicates.system import System
    from zk.predicates.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Means:
    """What a holder proves with, beside its credentials.

    Attributes:
        digit_lists: checked digit lists, by key.
        set_lists: checked set lists, by key.
        gaps: the gap for each claim of non-revocation.
    """

    digit_lists: Mapping[bytes, DigitList]
    set_lists: Mapping[bytes, SetList]
    gaps: Mapping[NotRevoked, CheckedGap]


def prove(
    system: System,
    statement: Statement,
    held: Sequence[HeldCredential],
    means: Means,
    *,
    trust: Trust,
    random_bytes: RandomBytes,
) -> bytes:
    """Prove a statement about held credentials, in the order of the statement.

    Args:
        system: the system, on a backend that admits secrets.
        statement: as the verifier will build it.
        held: one for each credential of the statement.
        means: checked lists and gaps.
        trust: what the holder itself accepts: published keys, epochs of the log, the asking party's sector.
        random_bytes: secure randomness.

    Raises ZkError: the codes of `rules` and `trust`; predicates.witness, predicates.parameters.
    """
    check_rules(system, statement)
    check_trust(statement, trust)
    witness = _witness(statement, held)
    free = free_wires(statement.hidden, statement.relations)
    drawn = dict(zip(free, draw_scalars(random_bytes, len(free)), strict=True))
    blinding = derive(drawn, statement.relations, one=Scalar(0))
    octets = statement.encode(system)
    signatures = [
        _commit_credential(system, statement, k, credential, blinding, random_bytes)
        for k, credential in enumerate(held)
    ]
    digest = hashlib.sha256(octets).digest()
    predicates = [
        _commit_predicate(system, statement, n, digest, means, witness, blinding, random_bytes)
        for n in range(len(statement.predicates))
    ]
    frames = (part.frames for part in (*signatures, *predicates))
    c = challenge(system, octets, *frames)
    wires = encode_responses(drawn[wire] + c * witness.at(wire) for wire in free)
    return b"".join(
        (
            encode_responses((c,)),
            *(part.respond(c) for part in signatures),
            wires,
            *(part.respond(c) for part in predicates),
            *(part.tail(c) for part in predicates if part.tail is not None),
        )
    )


def _witness(statement: Statement, held: Sequence[HeldCredential]) -> Values:
    """Collect all scalars; `predicates.witness` where they are not those of the statement."""
    fits = len(held) == len(statement.credentials) and all(
        mine.issuer_key == shown.issuer_key
        and mine.header == shown.header
        and all(mine.scalars[slot] == scalar for slot, scalar in shown.disclosed)
        for mine, shown in zip(held, statement.credentials, strict=True)
    )
    if not fits:
        raise _misfit("the credentials held are not those of the statement")
    scalars = {(k, i): scalar for k, mine in enumerate(held) for i, scalar in enumerate(mine.scalars)}
    values = Values(scalars, Scalar(1))
    if any(values.at(relation.pivot) != values.of(relation.form) for relation in statement.relations):
        raise _misfit("a relation of the statement does not hold")
    return values


def _commit_credential(
    system: System,
    statement: Statement,
    k: int,
    held: HeldCredential,
    blinding: Values,
    random_bytes: RandomBytes,
) -> Pending:
    signed = signed_credential(system, statement, k)
    scalars = [held.scalars[i] for i in signed.hidden]
    blindings = [blinding.at((k, i)) for i in signed.hidden]
    return commit_signature(system, signed, held.possession, scalars, blindings, random_bytes)


def _commit_predicate(
    system: System,
    statement: Statement,
    index: int,
    statement_digest: bytes,
    means: Means,
    witness: Values,
    blinding: Values,
    random_bytes: RandomBytes,
) -> Pending:
    predicate = statement.predicates[index]
    match predicate:
        case Range():
            digits = _digit_list(means, predicate.digit_key)
            return commit_range(system, predicate, digits, witness, blinding, random_bytes)
        case CommittedRange():
            return commit_committed(
                system, predicate, index, statement_digest, witness, blinding, random_bytes
            )
        case Member():
            return commit_member(system, predicate, witness, blinding, random_bytes)
        case Exclude():
            return commit_exclude(system, predicate, witness, blinding, random_bytes)
        case SignedMember():
            return _commit_signed_member(system, predicate, means, witness, blinding, random_bytes)
        case NotRevoked():
            gap = means.gaps.get(predicate)
            if gap is None:
                raise _lacking("no gap is at hand for a claim of non-revocation")
            digits = _digit_list(means, predicate.digit_key)
            return commit_gap(system, predicate, gap, digits, witness, blinding, random_bytes)
        case _:
            header = statement.credentials[predicate.credential].header
            return commit_pseudonym(system, predicate, header, witness, blinding)


def _commit_signed_member(
    system: System,
    predicate: SignedMember,
    means: Means,
    witness: Values,
    blinding: Values,
    random_bytes: RandomBytes,
) -> Pending:
    members = means.set_lists.get(predicate.set_key)
    if members is None:
        raise _lacking("no checked list is at hand for a set")
    x = witness.of(predicate.form)
    if x not in members.signatures:
        raise _misfit("a hidden value does not meet the statement")
    return commit_signed_member(system, members.signatures[x], x, blinding.of(predicate.form), random_bytes)


def _digit_list(means: Means, key: bytes) -> DigitList:
    digits = means.digit_lists.get(key)
    if digits is None:
        raise _lacking("no checked list is at hand for a digit key")
    return digits


def _misfit(detail: str) -> ZkError:
    return ZkError("predicates.witness", detail, remedy="do not answer this request with this credential")


def _lacking(detail: str) -> ZkError:
    return ZkError(
        "predicates.parameters", detail, remedy="fetch and check the published lists first", clause="4.9"
    )
