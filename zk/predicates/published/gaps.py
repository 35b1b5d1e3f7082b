"""Signed gaps: for each epoch of a revocation list, the intervals in which no identifier is revoked.

Text: `bbs-predicates-2026` version 1, section 4.7 (list and signatures; the proof is `parts.gap`).

For an epoch the issuer sorts the revoked identifiers, adds the sentinels 0 and 2^w - 1, and signs each pair
of neighbours (left, right) that has something between them, with BBS under the gap key of the list.

Invariants
- A gap binds list, epoch and width in its header: one of another list or epoch does not verify.
- left < id < right, both strict: an end of a gap is a revoked identifier, or a sentinel that nobody has.
- `CheckedGap` comes from verifying the signature; a holder proves with nothing else.
- A holder looks its gap up in the whole list, or in pages of a thousand or more; asking for one gap would
  tell whose it is.

Not here: list metadata, epochs by the clock, publication (`api`).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from zk.bbs_core import Possession, calculate_b, calculate_domain, core_sign, core_verify, possess
from zk.curve import Scalar
from zk.errors import ZkError
from zk.predicates.octets import frame, u64

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from zk.keys import SecretKey
    from zk.predicates.header import RevocationScope
    from zk.predicates.system import System


@dataclass(frozen=True, slots=True)
class Gap:
    """A signed gap, as published; 80 octets of signature."""

    left: int
    right: int
    signature: bytes


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class CheckedGap:
    """A gap whose signature the holder has verified, for one epoch of one list."""

    gap: Gap
    scope: RevocationScope
    epoch: int
    key: bytes
    possession: Possession


def gap_header(scope: RevocationScope, epoch: int) -> bytes:
    """Return the header under which the gaps of an epoch are signed."""
    return b"".join(
        (
            frame(b"suite", b"gap"),
            frame(b"list", scope.list_id),
            frame(b"epoch", u64(epoch)),
            frame(b"width", u64(scope.width)),
        )
    )


def gap_domain(system: System, key: bytes, scope: RevocationScope, epoch: int) -> Scalar:
    """Hash gap key, generators and header to the domain."""
    header = gap_header(scope, epoch)
    return calculate_domain(system.suite, key, system.gap_generators, header, api_id=system.gap_api_id)


def gap_ends(revoked: Iterable[int], width: int) -> list[tuple[int, int]]:
    """Return the gaps between revoked identifiers, ascending; `predicates.value` for one out of range."""
    last = (1 << width) - 1
    ends = sorted({0, last, *revoked})
    if ends[0] < 0 or ends[-1] > last:
        raise ZkError("predicates.value", f"a revoked identifier does not fit {width} bits")
    return [(left, right) for left, right in pairwise(ends) if right - left > 1]


def sign_gaps(
    system: System, secret_key: SecretKey, revoked: Iterable[int], *, scope: RevocationScope, epoch: int
) -> Iterator[Gap]:
    """Sign the gaps of an epoch, one after the other."""
    key, header = secret_key.public_key(system.suite), gap_header(scope, epoch)
    for left, right in gap_ends(revoked, scope.width):
        signature = core_sign(
            system.suite,
            secret_key,
            key,
            system.gap_generators,
            header,
            (Scalar(left), Scalar(right)),
            api_id=system.gap_api_id,
        )
        yield Gap(left, right, signature)


def find_gap(gaps: Sequence[Gap], identifier: int) -> Gap:
    """Find the gap around an identifier in gaps that ascend; `predicates.revoked` where there is none."""
    at = bisect_right(gaps, identifier, key=lambda gap: gap.left) - 1
    if at < 0 or not gaps[at].left < identifier < gaps[at].right:
        raise ZkError(
            "predicates.revoked",
            "no gap of this epoch holds the identifier: the credential is revoked",
            remedy="ask the issuer for a new credential",
        )
    return gaps[at]


def check_gap(system: System, gap: Gap, *, key: bytes, scope: RevocationScope, epoch: int) -> CheckedGap:
    """Verify a gap's signature as its holder; `predicates.parameters` where it does not hold."""
    ends, suite = (Scalar(gap.left), Scalar(gap.right)), system.suite
    try:
        core_verify(
            suite,
            key,
            gap.signature,
            system.gap_generators,
            gap_header(scope, epoch),
            ends,
            api_id=system.gap_api_id,
            secret_indexes=(0, 1),
        )
    except ZkError as fault:
        raise ZkError(
            "predicates.parameters",
            f"the gap is not signed for this list and epoch ({fault.code})",
            remedy="fetch the list again, and tell its issuer if that does not help",
            clause="4.7",
        ) from None
    domain = gap_domain(system, key, scope, epoch)
    B = calculate_b(suite, system.gap_generators, domain, ends, secret_indexes=(0, 1))
    return CheckedGap(gap, scope, epoch, key, possess(suite, gap.signature, B))
