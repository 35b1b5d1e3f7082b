"""What a call gave: its value, or the code of the `DidError` that it raised."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from did.errors import DidError


class Outcome(NamedTuple):
    value: Any
    code: str | None


def outcome(call, *args, **options) -> Outcome:
    """Run `call`; any error but `DidError` fails the test by itself."""
    try:
        return Outcome(call(*args, **options), None)
    except DidError as error:
        return Outcome(None, error.code)


def code_of(call, *args, **options) -> str:
    """The code of the `DidError` that `call` must raise."""
    with pytest.raises(DidError) as caught:
        call(*args, **options)
    return caught.value.code
