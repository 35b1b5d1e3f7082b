"""Verdicts as answers: the tree, the policy by which it was judged, and problems in the words of VCALM.

Texts: VCALM (verify), VC Data Model 2.0 section 7.1 (types of problems), RFC 9457.

Invariants:
- a refusal carries the whole verdict; its `code` is that of the check which did not hold.
- `problemDetails` of an accepted answer hold what only warns, those of a refusal what did not hold.
- what was sent is never echoed: details are the checks' own words.

Not here: verifying (`api.services.verifying`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from api.errors import RefusedError
from api.problems import TITLES, TYPE_BASE
from credentials.verifying.verdict import Outcome
from credentials.verifying.w3c_errors import error_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.services.idempotency import Json
    from api.services.policies import Chosen
    from credentials.verifying.verdict import Check, Verdict

VCDM: Final = "https://www.w3.org/TR/vc-data-model#"
_CRYPTOGRAPHIC: Final = f"{VCDM}CRYPTOGRAPHIC_SECURITY_ERROR"
_MALFORMED: Final = f"{VCDM}MALFORMED_VALUE_ERROR"
_TYPES: Final[Mapping[str, str]] = {
    "json": f"{VCDM}PARSING_ERROR",
    "cbor": f"{VCDM}PARSING_ERROR",
    "credential": f"{VCDM}RANGE_ERROR",
    "secured": _CRYPTOGRAPHIC,
    "key": _CRYPTOGRAPHIC,
    "jws": _CRYPTOGRAPHIC,
    "cose": _CRYPTOGRAPHIC,
    "sd-jwt": _CRYPTOGRAPHIC,
    "key-binding": _CRYPTOGRAPHIC,
    "model": _MALFORMED,
    "context": _MALFORMED,
    "envelope": _MALFORMED,
    "schema": _MALFORMED,
}
"""By the area of a code, where Data Integrity has no name; other areas have types of our own."""
_REFUSING: Final = frozenset({Outcome.FAILED, Outcome.INDETERMINATE})


def answer(chosen: Chosen, verdict: Verdict[object]) -> Json:
    """The members of an answer to a verification."""
    members: Json = {
        "verified": verdict.verified,
        "accepted": verdict.accepted,
        "policy": {"name": chosen.name, "version": chosen.version},
        "verdict": verdict.to_json(),
    }
    noticed = [problem(check) for check in verdict.not_passed() if check.code]
    if noticed:
        members["problemDetails"] = noticed
    return members


def refused(verdict: Verdict[object], members: Json) -> RefusedError:
    """The refusal of what does not hold, with the whole answer."""
    failed = [check for check in verdict.not_passed() if check.outcome in _REFUSING and check.code]
    first = failed[0] if failed else None
    codes = verdict.codes()
    return RefusedError(
        first.code if first else (codes[0] if codes else "credential.refused"),
        first.detail if first else "the policy is not met",
        remedy=first.remedy if first else "",
        clause=first.clause if first else "",
        members=members,
    )


def problem(check: Check) -> Json:
    """One check that did not pass, as problem details."""
    area = check.code.partition(".")[0]
    return {
        "type": error_type(check.code) or _TYPES.get(area) or TYPE_BASE + check.code.replace(".", "/"),
        "title": TITLES.get(area, check.name),
        "detail": check.detail,
        "code": check.code,
    }
