"""Files of C2SP policy lines that a setting names, and the witnesses that one of them asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from api.errors import ApiError
from api.registry.witness_client import WitnessClient
from did.errors import DidError
from did.registry.policy import MAX_POLICY, Policy, parse_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from api.settings import Settings

T = TypeVar("T")

MAX_WITNESSES: Final = 60
"""A note is read with 64 lines at most, and up to two are the log's own."""


def read_policy_file(path: Path, variable: str, parse: Callable[[str], T]) -> T:
    """Read and parse a file that the setting `variable` names. Code `settings.invalid`."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_POLICY + 1).decode()
        return parse(text)
    except (OSError, UnicodeDecodeError) as error:
        reason = (
            "is not UTF-8" if isinstance(error, UnicodeDecodeError) else f"cannot be read: {error.strerror}"
        )
        raise _invalid(variable, f"{path} {reason}") from None
    except DidError as error:
        raise _invalid(variable, f"{path}: {error.detail}") from None


def asked_witnesses(settings: Settings) -> tuple[Policy, Mapping[str, WitnessClient]]:
    """Read AVOW_WITNESSES: the policy, and a client for each witness by its name. Code `settings.invalid`.

    Without that setting nobody is asked. Its `log` lines, if any, are not looked at: the log's keys are ours.
    """
    variable, path = "AVOW_WITNESSES", settings.witnesses
    if path is None:
        return parse_policy("quorum none\n"), {}
    policy = read_policy_file(path, variable, parse_policy)
    if not 1 <= len(policy.witnesses) <= MAX_WITNESSES:
        raise _invalid(
            variable, f"{path} names {len(policy.witnesses)} witnesses, expected 1 to {MAX_WITNESSES}"
        )
    for name, key in policy.witnesses.items():
        if name not in policy.urls:
            raise _invalid(variable, f"the witness {name!r:.80} has no address at the end of its line")
        if key.name == settings.origin:
            raise _invalid(variable, f"the witness {name!r:.80} signs under the name of this log")
    return policy, {name: WitnessClient(policy.urls[name]) for name in policy.witnesses}


def _invalid(variable: str, detail: str) -> ApiError:
    return ApiError("settings.invalid", f"{variable}: {detail}", remedy=f"Correct or unset {variable}.")
