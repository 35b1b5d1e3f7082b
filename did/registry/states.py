"""How far an operation has got: the states of registry protocol version 1, section 7.1, and their order.

Invariants:
- The order is the order of the members; whoever compares states does it here.
- States go forward, except that a reorganisation takes anchored ones back; never back from final.

Not here: `accepted` (queued, never acknowledged), and what a proof shows to a verifier (`bundle.Level`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class RegistryState(StrEnum):
    """A state that an acknowledged operation can be in, weakest first."""

    LOGGED = "logged"
    SEALED = "sealed"
    COSIGNED = "cosigned"
    ANCHORED = "anchored"
    FINAL = "final"

    def reaches(self, demanded: RegistryState) -> bool:
        """Whether this state is at least the demanded one."""
        order = tuple(RegistryState)
        return order.index(self) >= order.index(demanded)


PROVABLE: Final = tuple(state for state in RegistryState if state is not RegistryState.LOGGED)
"""The states that a proof can show."""
