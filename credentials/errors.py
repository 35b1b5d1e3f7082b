"""The errors that leave `credentials`, rooted in `CredentialError`; each carries a stable code."""

from __future__ import annotations


class CredentialError(Exception):
    """Root of what can go wrong with credentials and presentations.

    `code` is stable and of the form ``area.fault``; `detail` says what was found and what was expected,
    never a secret or the value of a claim; `remedy` says what to do next, where there is something to do;
    `clause` names the section of the specification that was broken.
    """

    def __init__(self, code: str, detail: str, *, remedy: str = "", clause: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.remedy = remedy
        self.clause = clause


class IndeterminateError(CredentialError):
    """A check could not be decided, and the policy does not accept that."""


class WalletError(CredentialError):
    """The holder's wallet is at fault or in the way: passphrase, file, lock, contents."""
