"""The clock and the operating system's randomness: the one place where they enter Avow."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def _utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  the one clock


@dataclass(frozen=True, slots=True)
class System:
    """What the domain may not reach for itself: the time, and unpredictable bytes."""

    now: Callable[[], datetime] = _utc_now
    random_bytes: Callable[[int], bytes] = os.urandom  # noqa: TID251  the one source of randomness
    monotonic: Callable[[], float] = time.monotonic

    def seconds(self) -> int:
        """The time in whole seconds since 1970 UTC."""
        return int(self.now().timestamp())
