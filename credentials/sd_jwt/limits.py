"""How much of an SD-JWT is read and how much work it may cause, each number with its reason.

Work is counted in units, so that a test can assert it: one for a disclosure that is hashed, one for a digest
that is looked up, one for a JSON value that is visited. Time is not measured here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from credentials.errors import CredentialError


@dataclass(frozen=True, slots=True)
class Limits:
    """The sizes beyond which an SD-JWT is refused."""

    max_bytes: int = 1 << 20  # a credential with a portrait has some 100 kB; a request's body has as much
    max_disclosures: int = 200  # the largest known credential (a person's identity) has some 40
    max_digests: int = 2000  # ten decoys for each disclosure hide enough
    max_depth: int = 64  # as for JSON; disclosures within disclosures would otherwise add up
    max_work: int = 50_000  # 200 disclosures, 2,000 digests, and some 40,000 values: below 100 ms


LIMITS: Final = Limits()


class Work:
    """Counts units of work, and ends what costs too many (`sd-jwt.work`)."""

    __slots__ = ("_most", "spent")

    def __init__(self, most: int = LIMITS.max_work) -> None:
        self._most = most
        self.spent = 0

    def spend(self, units: int = 1) -> None:
        """Count `units` more."""
        self.spent += units
        # [SDJ-01]
        if self.spent > self._most:
            raise CredentialError(
                "sd-jwt.work",
                f"processing takes more than {self._most} steps",
                remedy="issue several smaller credentials",
            )
