"""One walk through a list of checks, for two kinds of caller.

A raising walk stops at the first fault with its error. A recording walk notes it, goes on with every check
that does not depend on it, and notes the others as not run.

What is not here: the checks and their order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from credentials.errors import CredentialError, IndeterminateError
from credentials.verifying.checks import PASSED, Remark, own
from credentials.verifying.verdict import Check, Outcome, worst
from did.errors import DidError
from schemas.errors import SchemasError
from zk.errors import ZkError

if TYPE_CHECKING:
    from collections.abc import Callable

Before = TypeVar("Before")
Found = TypeVar("Found")
_FAULTS: Final = (CredentialError, DidError, SchemasError, ZkError)


class Walk:
    """The state of a walk: the checks so far, and what their faults mean."""

    __slots__ = ("cause", "checks", "raising", "verified")

    def __init__(self, *, raising: bool) -> None:
        self.raising = raising
        self.checks: list[Check] = []
        self.verified = True
        self.cause: Check | None = None

    @property
    def accepted(self) -> bool:
        """Whether no check has failed or was left undecided."""
        return self.cause is None

    def step(self, name: str, clause: str, check: Callable[[], Found], *, core: bool = False) -> Found | None:
        """Run a check; None where it did not hold. `core` says that `verified` depends on it."""
        try:
            found = check()
        except _FAULTS as error:
            fault = own(error)
            if self.raising:
                raise fault from error
            self._fault(name, clause, fault, core=core)
            return None
        remark = found if isinstance(found, Remark) else PASSED
        self.checks.append(Check(name, remark.outcome, remark.code, remark.detail, clause, remark.remedy))
        return found

    def then(
        self,
        before: Before | None,
        name: str,
        clause: str,
        check: Callable[[Before], Found],
        *,
        core: bool = False,
    ) -> Found | None:
        """Run a check on what an earlier one found; not run where that one found nothing."""
        if before is None:
            self.skip(name, clause)
            return None
        return self.step(name, clause, lambda: check(before), core=core)

    def skip(self, name: str, clause: str) -> None:
        """Note a check that cannot run since an earlier one, which has its own entry, did not hold."""
        detail = "not run, since an earlier check that it needs did not hold"
        self.checks.append(Check(name, Outcome.INDETERMINATE, "check.not-run", detail, clause))

    def below(self) -> Walk:
        """Begin a walk below this one, to be taken in with `close`."""
        return Walk(raising=self.raising)

    def close(self, name: str, inner: Walk) -> None:
        """Take in the checks of a walk below this one, as a group."""
        checks = tuple(inner.checks)
        self.checks.append(Check(name, worst(checks), checks=checks))
        self.verified = self.verified and inner.verified
        self.cause = self.cause or inner.cause

    def _fault(self, name: str, clause: str, fault: CredentialError, *, core: bool) -> None:
        undecided = isinstance(fault, IndeterminateError)
        outcome = Outcome.INDETERMINATE if undecided else Outcome.FAILED
        check = Check(name, outcome, fault.code, fault.detail, fault.clause or clause, fault.remedy)
        self.checks.append(check)
        self.cause = self.cause or check
        self.verified = self.verified and not core
