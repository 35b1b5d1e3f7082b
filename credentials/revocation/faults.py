"""What can be wrong with lists of revocation that a holder proves against, by code.

Text: `bbs-predicates-2026` version 1, section 4.7.

    revocation.metadata     the list's metadata are malformed, or of another list or issuer
    revocation.epoch        a time or a file of another epoch than the one meant
    revocation.file         a gap file is malformed, or of another list, width or page
    revocation.digest       octets are not those of the digest that was asked for
    revocation.gap          a gap is not signed for its list and epoch
    revocation.revoked      no gap holds the identifier
    revocation.unreachable  a source cannot give it: undecided

Invariants:
- texts name lists, epochs and sizes, never a holder's identifier.

Not here: the codes of proofs (`zk.predicates`).
"""

from __future__ import annotations

from typing import Final

from credentials.errors import CredentialError, IndeterminateError

CLAUSE: Final = "bbs-predicates-2026, 4.7"


def metadata_fault(detail: str) -> CredentialError:
    """Make the error of metadata that are not what they must be."""
    return CredentialError(
        "revocation.metadata",
        f"the list's metadata: {detail}",
        remedy="fetch them again; if that does not help, tell the issuer",
        clause=CLAUSE,
    )


def epoch_fault(detail: str) -> CredentialError:
    """Make the error of a time or a file outside the epoch that is meant."""
    return CredentialError(
        "revocation.epoch", detail, remedy="fetch the gaps of the current epoch", clause=CLAUSE
    )


def file_fault(detail: str) -> CredentialError:
    """Make the error of a gap file that does not read."""
    return CredentialError(
        "revocation.file",
        f"the gap file: {detail}",
        remedy="fetch it again; if that does not help, tell the issuer",
        clause=CLAUSE,
    )


def digest_fault(what: str) -> CredentialError:
    """Make the error of octets that hash to something else."""
    return CredentialError(
        "revocation.digest",
        f"{what}: its octets are not those of the digest",
        remedy="fetch it again, or from elsewhere; its publisher may have changed it",
        clause=CLAUSE,
    )


def gap_fault(reason: str) -> CredentialError:
    """Make the error of a gap whose signature does not hold."""
    return CredentialError(
        "revocation.gap",
        f"the gap is not signed for this list and epoch ({reason})",
        remedy="fetch the list again, and tell its issuer if that does not help",
        clause=CLAUSE,
    )


def revoked() -> CredentialError:
    """Make the error of an identifier that no gap holds."""
    return CredentialError(
        "revocation.revoked",
        "no gap of this epoch holds the identifier: the credential is revoked or suspended",
        remedy="ask the issuer for a new credential, or wait until a suspension is lifted",
        clause=CLAUSE,
    )


def unreachable(what: str, reason: str) -> IndeterminateError:
    """Make the error of something that a source cannot give."""
    return IndeterminateError(
        "revocation.unreachable",
        f"{what[:200]} cannot be read: {reason}",
        remedy="try again; if it stays away, ask the issuer",
        clause=CLAUSE,
    )
