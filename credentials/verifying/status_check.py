"""Step (8) of the verifier's list: no status speaks against the credential.

Every entry is looked at, so that no order of entries hides one: what is revoked or suspended stands before
what could not be decided, and only the latter can be let pass.

What is not here: reading lists (`credentials.status.checking`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from credentials.errors import CredentialError, IndeterminateError
from credentials.revocation import reference
from credentials.status.checking import Status, Terms, check
from credentials.status.faults import undecided
from credentials.status.references import (
    ENTRY_TYPE,
    REFRESH,
    TOKEN_STATUS,
    bitstring_reference,
    token_reference,
)
from credentials.verifying.checks import PASSED, Remark
from credentials.verifying.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from credentials.model import Typed
    from credentials.model.view import CredentialView
    from credentials.status.references import Reference
    from credentials.status.sources import ListProofs, StatusSource
    from credentials.verifying.policy import Policy


def status(
    credential: CredentialView,
    policy: Policy,
    *,
    source: StatusSource | None,
    proofs: ListProofs,
    now: datetime,
    proven: str | None,
) -> Remark:
    """(8) No entry of `credentialStatus`, and no `status` of a token, speaks against the credential.

    `proven` is the list by which the holder has proven not to be revoked. Codes: status.*; those of a status
    that is undecided can be let pass.
    """
    if not credential.status:
        return Remark(detail="the credential names no status list")
    keepers = frozenset({credential.issuer}) | policy.status_issuers
    terms = Terms(keepers, now, policy.clock_skew, policy.limits)
    others = [entry for entry in credential.status if not _is_proven(entry, proven)]
    if not others:
        return Remark(detail="the holder has proven that the credential is not revoked")
    return _judged([_looked_up(entry, source, proofs, terms) for entry in others], policy)


def _is_proven(entry: Typed, proven: str | None) -> bool:
    return proven is not None and reference.is_reference(entry) and entry.id == proven


def _judged(found: Sequence[Status | CredentialError], policy: Policy) -> Remark:
    """Say what follows from all entries: the gravest fault, a remark, or nothing."""
    faults = [item for item in found if isinstance(item, CredentialError)]
    for item in faults:
        if not isinstance(item, IndeterminateError):
            raise item
    if faults and not policy.unsafe_accept_unsupported_status:
        raise faults[0]
    if faults:
        first = faults[0]
        return Remark(Outcome.INDETERMINATE, first.code, first.detail, first.remedy)
    if any(isinstance(item, Status) and item.purpose == REFRESH and not item.valid for item in found):
        return Remark(
            Outcome.WARNING,
            "status.refresh",
            "the issuer has a newer form of this credential",
            "ask the holder to refresh it",
        )
    return PASSED


def _looked_up(
    entry: Typed, source: StatusSource | None, proofs: ListProofs, terms: Terms
) -> Status | CredentialError:
    # [BP-18] silence about revocation is no answer
    if reference.is_reference(entry):
        return undecided(
            "status.unproven",
            "the credential can be revoked by a list that only a proof of its holder can speak about",
            remedy="ask for `not revoked` in the query",
        )
    if source is None:
        return _unsupported(entry, "is not looked up, since nothing gives lists here")
    try:
        return check(_reference(entry, terms), source=source, proofs=proofs, terms=terms)
    except CredentialError as error:
        return error


def _reference(entry: Typed, terms: Terms) -> Reference:
    found: Reference | None = None
    if ENTRY_TYPE in entry.types:
        found = bitstring_reference(entry.document, limits=terms.limits)
    elif TOKEN_STATUS in entry.types:
        found = token_reference(entry.document, limits=terms.limits)
    if found is None:
        raise _unsupported(entry, "cannot be checked here")
    return found


def _unsupported(entry: Typed, reason: str) -> IndeterminateError:
    return undecided(
        "status.unsupported",
        f"a status of type {', '.join(entry.types)[:200]} {reason}",
        remedy="ask the issuer for a credential that can be checked here",
    )
