"""Compile what a query asks of hidden claims to the statement that is proven.

Text: `bbs-predicates-2026` version 1, sections 4.1 and 4.2.

    expression                       becomes
    <, <=, >, >=, between            range of a form, or a Bulletproof; strict bounds are one step closer
    = between claims                 relation in solved form; a range of width zero where there is no pivot
    = with a constant                range of width zero: it shows the value
    !=, not in                       exclusion
    in [...]                         membership
    in set                           signed member
    not revoked                      strictly inside a gap of the list's epoch
    pseudonym, once per              pseudonym, nullifier; for the sector of the request only

Invariants
- Verifier and holder compile the same query and the same public data to the same octets; the holder's proof
  decides nothing.
- Predicates stand in the order of the query: credential by credential, then those of the query itself, then
  the presence of optional claims (S7) by slot.
- Several credentials are always of one holder (S6).
- What comes out passes `zk.predicates.rules`; what cannot is refused with the expression's text.

Not here: whether keys and epochs are current (the caller gives those that it accepts).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from credentials.errors import CredentialError
from credentials.predicates.claimed import Claims
from credentials.predicates.expressions import queries_of
from zk.errors import ZkError
from zk.predicates.header import RevocationScope
from zk.predicates.rules import check_rules
from zk.predicates.statement import Credential, Statement
from zk.predicates.trust import EpochKey, Trust
from zk.predicates.wires import Relation, slot_form

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from credentials.exchange.dcql import Query
    from credentials.predicates.claims import Typing
    from credentials.predicates.expressions import Expression
    from zk.predicates.system import System


@dataclass(frozen=True, slots=True)
class Gaps:
    """The revocation list of a credential at one epoch.

    Attributes:
        list_id: SHA-256 of the list's URL.
        width: bits of its identifiers.
        epoch: the one that is proven.
        key: gap key of the list's metadata, 96 octets.
    """

    list_id: bytes
    width: int
    epoch: int
    key: bytes

    @property
    def scope(self) -> RevocationScope:
        """The list, as a header names it."""
        return RevocationScope(self.list_id, self.width)


@dataclass(frozen=True, slots=True)
class Subject:
    """One credential of a statement.

    Attributes:
        query: id of the credential query that it answers.
        typing: of its schema, from the reader's own copy.
        public: what the statement says of it.
        digit_key: W of the digit list for ranges over it, 96 octets; None where there is none.
        gaps: of its revocation list; None where it has none, or nobody asks.
    """

    query: str
    typing: Typing
    public: Credential
    digit_key: bytes | None
    gaps: Gaps | None


def compile_statement(
    system: System,
    query: Query,
    subjects: Sequence[Subject],
    *,
    ph: bytes,
    sector: str,
    sets: Mapping[bytes, bytes],
) -> Statement:
    """Compile a query.

    Args:
        system: for the scalars of texts and of absent values.
        query: with absolute days only (`Query.resolved`).
        subjects: the credentials, in the order of the statement; one for each that expressions speak about.
        ph: the presentation header.
        sector: lower-case host of the party that asks.
        sets: for the digest of each set that may be asked for, the key of its list (96 octets).

    Raises CredentialError ``request.*``.
    """
    _check_subjects(query, subjects)
    claims = Claims(system, subjects, sector=sector, sets=sets)
    for credential in query.credentials:
        for expression in credential.prove:
            claims.add(expression, own=credential.id)
    for expression in query.prove:
        _check_apart(expression, subjects)
        claims.add(expression, own=query.credentials[0].id)
    relations = (*_one_holder(subjects), *claims.relations)
    credentials = tuple(subject.public for subject in subjects)
    statement = Statement(ph=ph, credentials=credentials, relations=relations, predicates=claims.predicates())
    try:
        check_rules(system, statement)
    except ZkError as error:
        raise CredentialError(
            "request.rules",
            f"what is asked is no statement that can be proven: {error.detail}",
            remedy=error.remedy or "ask for less at once",
            clause=error.clause,
        ) from None
    return statement


def trust_of(subjects: Sequence[Subject], *, sector: str, sets: Mapping[bytes, bytes]) -> Trust:
    """Give what a party accepts that accepts these subjects' keys and epochs, and these sets."""
    digit_keys: dict[bytes, frozenset[bytes]] = {}
    for subject in subjects:
        own = frozenset() if subject.digit_key is None else frozenset({subject.digit_key})
        issuer = subject.public.issuer_key
        digit_keys[issuer] = digit_keys.get(issuer, frozenset()) | own
    epochs: dict[tuple[RevocationScope, bytes], frozenset[int]] = {}
    for gaps in (subject.gaps for subject in subjects):
        if gaps is not None:
            at = (gaps.scope, gaps.key)
            epochs[at] = epochs.get(at, frozenset()) | {gaps.epoch}
    return Trust(
        digit_keys=digit_keys,
        set_keys=frozenset(sets.values()),
        lists=tuple(EpochKey(scope, key, accepted) for (scope, key), accepted in epochs.items()),
        sector=sector,
        different_holders=False,
    )


def _check_subjects(query: Query, subjects: Sequence[Subject]) -> None:
    asked = {credential.id for credential in query.credentials}
    counted = Counter(subject.query for subject in subjects)
    if not subjects or not set(counted) <= asked or max(counted.values()) > 1:
        raise CredentialError(
            "request.subject",
            "the credentials do not answer the query one by one",
            remedy="give one credential for each credential query",
        )
    for subject in subjects:
        public, typing = subject.public, subject.typing
        if public.types != typing.types or public.header.schema != typing.schema:
            raise CredentialError(
                "request.typing",
                f"the credential for {subject.query} was signed for another schema",
                remedy="take the schema that the credential names",
                clause="bbs-predicates-2026, 2.3",
            )


def _check_apart(expression: Expression, subjects: Sequence[Subject]) -> None:
    """Refuse to compare or add up credentials that could be one, shown twice.

    Presentations cannot be linked, so only what is public tells two credentials apart.
    """
    named = queries_of(expression)
    spoken = [subject.public for subject in subjects if subject.query in named]
    if not all(_apart(one, other) for one, other in combinations(spoken, 2)):
        raise CredentialError(
            "request.same-credential",
            f"`{expression.text()}` speaks about credentials that could be one, shown twice",
            remedy="ask for credentials of different issuers, schemas or days, or for a claim to be shown in "
            "which they differ",
        )


def _apart(one: Credential, other: Credential) -> bool:
    """Whether two credentials are two for certain: by issuer, header, or what both show at one place."""
    shown = dict(other.disclosed)
    return (
        one.issuer_key != other.issuer_key
        or one.header != other.header
        or any(shown.get(slot, scalar) != scalar for slot, scalar in one.disclosed)
    )


def _one_holder(subjects: Sequence[Subject]) -> tuple[Relation, ...]:
    """S6: each later credential has the holder secret of the first."""
    first = slot_form(0, subjects[0].public.header.holder_slot)
    return tuple(
        Relation(k, subject.public.header.holder_slot, first) for k, subject in enumerate(subjects) if k
    )
