"""Times and audience of a JWT, checked against what the caller knows.

Texts: RFC 7519, sections 4.1.3 to 4.1.6; RFC 9901, section 7.1, step 6, and 9.7.
Invariants:
- a time is a number of seconds since 1970, in range; a claim that is there is always checked.
- what the caller requires must be there.

Not here: the clock; validFrom and validUntil of the data model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from did.types import JsonObject

_CLAUSE: Final = "RFC 7519 section 4.1"
_LATEST: Final = 253_402_300_799  # the last second of the year 9999


def check_times(
    claims: JsonObject, *, now: datetime, skew: timedelta, required: Iterable[str] = (), what: str = "sd-jwt"
) -> None:
    """Check `exp`, `nbf` and `iat`, letting clocks differ by `skew`.

    Codes, where `what` is sd-jwt: sd-jwt.claim-missing, sd-jwt.time, sd-jwt.expired, sd-jwt.not-yet,
    sd-jwt.issued-later.
    """
    missing = [name for name in required if name not in claims]
    # [SDJ-31] nothing required is hidden
    if missing:
        raise CredentialError(
            f"{what}.claim-missing",
            f"{', '.join(missing)} must be there and is not",
            remedy="disclose it, or ask the issuer for a credential that has it",
            clause="RFC 9901 section 7.1, step 6",
        )
    seconds, allowed = now.timestamp(), skew.total_seconds()
    expires, begins, issued = (_time(claims, name, what) for name in ("exp", "nbf", "iat"))
    # [SDJ-32] expiry
    if expires is not None and seconds >= expires + allowed:
        raise CredentialError(f"{what}.expired", "exp has passed", clause=_CLAUSE + ".4")
    # [SDJ-33] start
    if begins is not None and seconds < begins - allowed:
        raise CredentialError(f"{what}.not-yet", "nbf lies ahead", clause=_CLAUSE + ".5")
    # [SDJ-34] issued in the past
    if issued is not None and seconds < issued - allowed:
        raise CredentialError(f"{what}.issued-later", "iat lies ahead", clause=_CLAUSE + ".6")


def check_audience(claims: JsonObject, *, expected_audience: str | None) -> None:
    """Check that `aud`, where there is one, names the expected audience (`sd-jwt.audience`)."""
    stated = claims.get("aud", [])
    named = stated if isinstance(stated, list) else [stated]
    # [SDJ-35] for this verifier
    if "aud" in claims and (expected_audience is None or expected_audience not in named):
        raise CredentialError("sd-jwt.audience", "aud names another audience", clause=_CLAUSE + ".3")


def _time(claims: JsonObject, name: str, what: str) -> float | None:
    value = claims.get(name)
    if name not in claims:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST:
        raise CredentialError(f"{what}.time", f"{name} is no number of seconds since 1970", clause=_CLAUSE)
    return float(value)
