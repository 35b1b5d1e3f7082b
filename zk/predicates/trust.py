"""What a verifier accepts beside the statement itself: keys, lists, epochs, its own sector, one holder.

Text: `bbs-predicates-2026` version 1, section 4.2, S6 and S8 to S10, with the codes of section 5.

    S6  every later credential has the holder secret of the first    predicates.same-holder
    S8  a key has one role; digit and set keys are accepted ones     predicates.key-role, .digit-key, .set-key
    S9  not-revoked names the credential's list, a current epoch      predicates.epoch, .revocation
    S10 pseudonyms are for this verifier's sector                     predicates.context

Invariants
- Everything here comes from the verifier's records and clock, nothing from the presentation. A holder checks
  with what it knows itself: published keys, epochs of the log, the sector of the party that asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zk.errors import ZkError
from zk.predicates.header import RevocationScope
from zk.predicates.predicate import NotRevoked, Pseudonym, Range, SignedMember
from zk.predicates.rules import is_holder_relation
from zk.predicates.slots import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zk.predicates.statement import Statement


@dataclass(frozen=True, slots=True)
class EpochKey:
    """One revocation list: its scope, the gap key of its signed metadata, and the epochs now accepted."""

    scope: RevocationScope
    gap_key: bytes
    epochs: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What is accepted.

    Attributes:
        digit_keys: for each issuer's key, the digit keys accepted for values of that issuer.
        set_keys: keys of set lists.
        lists: revocation lists.
        sector: the verifier's, authenticated; None where no pseudonym is asked for.
        different_holders: whether credentials of different holders may be presented together.
    """

    digit_keys: Mapping[bytes, frozenset[bytes]]
    set_keys: frozenset[bytes]
    lists: tuple[EpochKey, ...]
    sector: str | None
    different_holders: bool


def check_trust(statement: Statement, trust: Trust) -> None:
    """Check S6 and S8 to S10."""
    _check_holders(statement, trust)
    _check_roles(statement, trust)
    for predicate in statement.predicates:
        match predicate:
            case Range():
                issuers = {credential for credential, _ in predicate.form.wires}
                _check_digit_key(statement, trust, issuers, predicate.digit_key)
            case NotRevoked():
                _check_digit_key(statement, trust, {predicate.credential}, predicate.digit_key)
                _check_epoch(statement, trust, predicate)
            case SignedMember() if predicate.set_key not in trust.set_keys:
                raise ZkError(
                    "predicates.set-key",
                    "a set key that is not accepted",
                    remedy="take the set that the request names",
                    clause="S8",
                )
            case Pseudonym() if predicate.context.sector != trust.sector:
                raise ZkError(
                    "predicates.context",
                    "a pseudonym for another sector than the verifier's",
                    remedy="derive the sector from the party that asks",
                    clause="S10",
                )
            case _:
                pass


def _check_holders(statement: Statement, trust: Trust) -> None:
    """S6."""
    linked = {
        relation.credential for relation in statement.relations if is_holder_relation(statement, relation)
    }
    if not trust.different_holders and len(linked) < len(statement.credentials) - 1:
        raise ZkError(
            "predicates.same-holder",
            "several credentials and no relation that they are of one holder",
            remedy="relate the holder secret of each credential to that of the first",
            clause="S6",
        )


def _check_roles(statement: Statement, trust: Trust) -> None:
    """S8: issuer, digit, set and gap keys are pairwise different."""
    issuers = {credential.issuer_key for credential in statement.credentials} | set(trust.digit_keys)
    digits = {key for keys in trust.digit_keys.values() for key in keys}
    gaps = {known.gap_key for known in trust.lists}
    roles = (issuers, digits, set(trust.set_keys), gaps)
    if len(set().union(*roles)) < sum(len(role) for role in roles):
        raise ZkError(
            "predicates.key-role",
            "a key in two roles",
            remedy="make a key of its own for each role",
            clause="S8",
        )


def _check_digit_key(statement: Statement, trust: Trust, credentials: set[int], digit_key: bytes) -> None:
    """S8: accepted for the issuer of every credential that the form speaks about."""
    for k in sorted(credentials):
        accepted = trust.digit_keys.get(statement.credentials[k].issuer_key, frozenset())
        if digit_key not in accepted:
            raise ZkError(
                "predicates.digit-key",
                f"a digit key that is not accepted for the issuer of credential {k}",
                remedy="use the issuer's own digit list, or one of the verifier's",
                clause="S8",
            )


def _check_epoch(statement: Statement, trust: Trust, predicate: NotRevoked) -> None:
    """S9."""
    credential = statement.credentials[predicate.credential]
    scope = RevocationScope(predicate.list_id, predicate.width)
    slot = credential.slot_type(predicate.slot)
    if credential.header.revocation != scope or slot is None or slot.kind is not Kind.REVOCATION:
        raise ZkError(
            "predicates.revocation",
            "not-revoked names another list, width or slot than the credential has",
            clause="S9",
        )
    if not any(
        known.scope == scope and known.gap_key == predicate.gap_key and predicate.epoch in known.epochs
        for known in trust.lists
    ):
        raise ZkError(
            "predicates.epoch",
            f"epoch {predicate.epoch} of the list, under this key, is not current",
            remedy="fetch the gaps of the current epoch",
            clause="S9",
        )
