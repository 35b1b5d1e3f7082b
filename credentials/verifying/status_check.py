"""Step (8) of the verifier's list: no status speaks against the credential.

Every entry is looked at, so that no order of entries hides one: what is revoked or suspended stands before
what could not be decided, and only the latter can be let pass.

What is not here: reading lists (`credentials.status.checking`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from credentials.errors import CredentialError, IndeterminateError
from credentials.status.checking import Status, Terms, check
from credentials.status.faults import undecided
from credentials.status.references import ENTRY_TYPE, REFRESH, bitstring_reference
from credentials.verifying.checks import PASSED, Remark
from credentials.verifying.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from credentials.model import Credential
    from credentials.model.members import Typed
    from credentials.status.references import Reference
    from credentials.status.sources import ListProofs, StatusSource
    from credentials.verifying.policy import Policy


def status(
    credential: Credential,
    policy: Policy,
    *,
    source: StatusSource | None,
    proofs: ListProofs,
    now: datetime,
) -> Remark:
    """(8) No entry of `credentialStatus` speaks against the credential.

    Codes: status.*; those of a status that is undecided can be let pass.
    """
    if not credential.status:
        return Remark(detail="the credential has no status")
    keepers = frozenset({credential.issuer}) | policy.status_issuers
    terms = Terms(keepers, now, policy.clock_skew, policy.limits)
    found = [_entry(entry, source, proofs, terms) for entry in credential.status]
    return judge(found, policy)


def reference_status(
    reference: Reference,
    issuer: str,
    policy: Policy,
    *,
    source: StatusSource | None,
    proofs: ListProofs,
    now: datetime,
) -> Remark:
    """(8) The same for the one reference of a token by this issuer. Codes as `status`."""
    terms = Terms(frozenset({issuer}) | policy.status_issuers, now, policy.clock_skew, policy.limits)
    return judge([_looked_up(reference, source, proofs, terms)], policy)


def judge(found: Iterable[Status | CredentialError], policy: Policy) -> Remark:
    """Say what follows from all entries: the gravest fault, a remark, or nothing."""
    faults = [item for item in found if isinstance(item, CredentialError)]
    open_ones = [item for item in faults if isinstance(item, IndeterminateError)]
    for item in faults:
        if not isinstance(item, IndeterminateError):
            raise item
    if open_ones:
        first = open_ones[0]
        if policy.unsafe_accept_unsupported_status:
            return Remark(Outcome.INDETERMINATE, first.code, first.detail, first.remedy)
        raise first
    if any(isinstance(item, Status) and item.purpose == REFRESH and item.value for item in found):
        return Remark(
            Outcome.WARNING,
            "status.refresh",
            "the issuer has a newer form of this credential",
            "ask the holder to refresh it",
        )
    return PASSED


def _entry(
    entry: Typed, source: StatusSource | None, proofs: ListProofs, terms: Terms
) -> Status | CredentialError:
    if ENTRY_TYPE not in entry.types or source is None:
        kind = ", ".join(entry.types)[:200]
        reason = (
            "cannot be checked here" if source is not None else "is not looked up: lists come from nowhere"
        )
        return undecided(
            "status.unsupported",
            f"a status of type {kind} {reason}",
            remedy="ask the issuer for a credential that can be checked here",
        )
    try:
        reference = bitstring_reference(entry, limits=terms.limits)
    except CredentialError as error:
        return error
    return _looked_up(reference, source, proofs, terms)


def _looked_up(
    reference: Reference, source: StatusSource | None, proofs: ListProofs, terms: Terms
) -> Status | CredentialError:
    if source is None:
        return undecided("status.unsupported", "the status is not looked up: lists come from nowhere")
    try:
        return check(reference, source=source, proofs=proofs, terms=terms)
    except CredentialError as error:
        return error
