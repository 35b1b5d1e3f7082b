"""The exit code that each kind of failure gets.

Exit codes
    0    done, and what was checked holds
    1    a defect in Avow (Python prints a traceback; please report it)
    2    the command was written wrongly
    3    the service, the network or its contract refused the request
    4    the service or the network cannot be reached, took too long or is not ready
    5    a file, a directory, a lock or a pass-phrase on this machine is in the way
    6    something was checked and does not hold: a proof, a policy, an expectation of the journey
    130  interrupted
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from api.client.failures import RefusedError, RejectedError, UnreachableError
from api.errors import ApiError

if TYPE_CHECKING:
    from api.client.failures import OurError


class ExitCode(IntEnum):
    """The process's answer to the shell; the table stands in the module docstring."""

    DONE = 0
    USAGE = 2
    REFUSED = 3
    UNREACHABLE = 4
    LOCAL = 5
    REJECTED = 6
    INTERRUPTED = 130


# A network that cannot be asked or does not get on; a contract or network that says no; our own side.
_CHAIN_CODES = {
    **dict.fromkeys(("chain.unavailable", "chain.pending", "chain.fee-cap"), ExitCode.UNREACHABLE),
    **dict.fromkeys(("chain.rejected", "chain.ahead", "chain.funds", "chain.nonce"), ExitCode.REFUSED),
    **dict.fromkeys(("chain.in-use", "chain.store", "chain.configuration", "chain.address"), ExitCode.LOCAL),
}
# Areas of domain codes that speak of this machine's files and not of what was checked.
_LOCAL_AREAS = frozenset({"wallet"})


def exit_code(error: OurError) -> ExitCode:
    """Say which exit code an error of ours gets."""
    match error:
        case RefusedError(status=status) if status >= 500:
            return ExitCode.UNREACHABLE
        case RefusedError():
            return ExitCode.REFUSED
        case UnreachableError():
            return ExitCode.UNREACHABLE
        case RejectedError():
            return ExitCode.REJECTED
        case ApiError():
            # Ours, or the service's own where it runs in this process: its settings, store, lock or port.
            return ExitCode.LOCAL
    if error.code in _CHAIN_CODES:
        return _CHAIN_CODES[error.code]
    area = error.code.partition(".")[0]
    return ExitCode.LOCAL if area in _LOCAL_AREAS else ExitCode.REJECTED
