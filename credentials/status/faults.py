"""What can be wrong with a status, by code, and the name that the W3C text has for it.

Text: W3C Bitstring Status List 1.0 (Recommendation, May 2025), section 3.5 (processing errors).

Invariants:
- a list that is malformed, forged or somebody else's is a failure; one that cannot be had, has run out or
  means something that nobody here knows leaves the status undecided.
- texts name indexes, sizes and addresses, never a claim.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError, IndeterminateError

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMESPACE: Final = "https://www.w3.org/ns/credentials/status-list#"
_TEXT: Final = "Bitstring Status List 1.0, 3.5"
_RETRIEVAL, _VERIFICATION = "STATUS_RETRIEVAL_ERROR", "STATUS_VERIFICATION_ERROR"
_RANGE, _LENGTH, _MALFORMED = "RANGE_ERROR", "STATUS_LIST_LENGTH_ERROR", "MALFORMED_VALUE_ERROR"

W3C_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "status.unreachable": _RETRIEVAL,
        "status.expired": _VERIFICATION,
        "status.not-yet-valid": _VERIFICATION,
        "status.list": _VERIFICATION,
        "status.list-proof": _VERIFICATION,
        "status.list-issuer": _VERIFICATION,
        "status.list-id": _VERIFICATION,
        "status.purpose": _VERIFICATION,
        "status.index": _RANGE,
        "status.length": _LENGTH,
        "status.too-large": _LENGTH,
        "status.entry": _MALFORMED,
        "status.encoding": _MALFORMED,
    }
)
"""The W3C name of each code; those of the data model 2.0 where the text has none of its own."""


def fault(code: str, detail: str, *, remedy: str = "", clause: str = "") -> CredentialError:
    """Make the error of a status that fails."""
    return CredentialError(code, detail, remedy=remedy, clause=clause or _clause(code))


def undecided(code: str, detail: str, *, remedy: str = "", clause: str = "") -> IndeterminateError:
    """Make the error of a status that nobody here can decide."""
    return IndeterminateError(code, detail, remedy=remedy, clause=clause or _clause(code))


def _clause(code: str) -> str:
    name = W3C_NAMES.get(code)
    return _TEXT if name is None else f"{_TEXT} ({name})"
