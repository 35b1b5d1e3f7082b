"""A target is a module with verifying code; a group of them is looked after by the same tests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A module with verifying code.

    Attributes:
        module: its name.
        proving: functions and constants in it that verifiers do not use, or `__repr__` and the like.
    """

    module: str
    proving: frozenset[str] = frozenset()

    def covers(self, function: str) -> bool:
        """Whether a function is verifying code."""
        return function not in self.proving and not function.endswith(("__repr__", "__reduce__"))


@dataclass(frozen=True, slots=True)
class Group:
    """Targets that the same tests look after.

    Attributes:
        name: for the command line.
        tests: files and folders.
        deselect: a pytest expression of tests that are too slow to be asked for every mutant.
        targets: the modules.
    """

    name: str
    tests: tuple[str, ...]
    deselect: str
    targets: tuple[Target, ...]


def target(module: str, *proving: str) -> Target:
    """Name a module, and what in it verifiers do not use."""
    return Target(module, frozenset(proving))
