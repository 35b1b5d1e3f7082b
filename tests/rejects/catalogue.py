"""The form of a must-reject case, and the two questions asked of each.

CASES = [Reject("SDJ-07", "a digest stands twice", "RFC 9901, 7.1", "sd-jwt.digest-twice", attempt), ...]

@pytest.mark.parametrize("case", CASES, ids=number)
def test_is_refused(case):
    refused(case)

@pytest.mark.parametrize("case", CASES, ids=number)
def test_needs_its_check(case):
    needed(case)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.rejects.removal import without

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Reject:
    """An input that breaks one rule and keeps all others.

    `number` is that of the check in the sources; `attempt` makes the verification, and raises.
    """

    number: str
    title: str
    clause: str
    code: str
    attempt: Callable[[], object]


def number(case: Reject) -> str:
    """The name of a case in the report."""
    return f"{case.number} {case.title}"


def refused(case: Reject) -> None:
    """The case is refused, with exactly its code."""
    with pytest.raises(Exception) as caught:
        case.attempt()
    assert getattr(caught.value, "code", repr(caught.value)) == case.code


def needed(case: Reject) -> None:
    """Without the numbered check, the case is no longer refused in this way."""
    with without(case.number):
        try:
            case.attempt()
        except Exception as error:  # noqa: BLE001 - whatever happens, it is not this refusal
            found = getattr(error, "code", repr(error))
            assert found != case.code, "the case is refused without its check: another one catches it"
