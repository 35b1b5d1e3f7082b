"""The errors that the service itself raises, rooted in `ApiError`; each carries a stable code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class ApiError(Exception):
    """Root of what can go wrong in the service, its store and its command line.

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


class RefusedError(ApiError):
    """A request was understood and refused, with more to say than one code: extra members, headers."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        remedy: str = "",
        clause: str = "",
        members: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code, detail, remedy=remedy, clause=clause)
        self.members = dict(members or {})
        self.headers = dict(headers or {})
