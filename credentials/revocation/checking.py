"""The holder's check of the gap around its identifier, and of published octets against their digest.

Text: `bbs-predicates-2026` version 1, sections 2.4 and 4.7.

Invariants:
- a gap is checked under the key that the verified metadata name for its epoch, and for their list and width.
- a digest is that of the frame `digit-key` or `set-key` over the octets, as the header of a credential or the
  predicate of a request names it.

Not here: whether the signatures in a digit or set list hold (`zk.predicates.published.lists`).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from credentials.revocation.faults import digest_fault, gap_fault, revoked
from zk.errors import ZkError
from zk.predicates.octets import frame
from zk.predicates.published import gaps

if TYPE_CHECKING:
    from credentials.revocation.gap_file import GapFile
    from credentials.revocation.metadata import ListMetadata
    from zk.predicates.published.gaps import CheckedGap
    from zk.predicates.system import System

DIGITS: Final = b"digit-key"
SET: Final = b"set-key"
MAX_PARAMETERS: Final = 1 << 23
"""Octets of a list: a set of 65,536 members has five million, a digit list 12,392."""


def check_gap(system: System, file: GapFile, identifier: int, *, metadata: ListMetadata) -> CheckedGap:
    """Find and verify the gap around an identifier in a file that was read for the metadata's list.

    Codes `revocation.revoked`; `revocation.gap`, also for a file of another list.
    """
    if file.scope != metadata.scope:
        raise gap_fault("the file is of another list than the metadata")
    try:
        gap = gaps.find_gap(file.gaps, identifier)
    except ZkError:
        raise revoked() from None
    try:
        return gaps.check_gap(
            system, gap, key=metadata.key_at(file.epoch), scope=file.scope, epoch=file.epoch
        )
    except ZkError as error:
        raise gap_fault(error.code) from None


def parameters_digest(octets: bytes, kind: bytes) -> bytes:
    """Hash the octets of a published list, of kind `DIGITS` or `SET`, to its digest."""
    return hashlib.sha256(frame(kind, octets)).digest()


def check_parameters(octets: bytes, *, expected_digest: bytes) -> bytes:
    """Return the octets of a published list of either kind, if they are those; `revocation.digest`."""
    if expected_digest not in {parameters_digest(octets, kind) for kind in (DIGITS, SET)}:
        raise digest_fault("the published list")
    return octets
