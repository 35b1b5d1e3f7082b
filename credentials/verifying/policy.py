"""What a relying party demands.

The default policy trusts nobody: issuers are named explicitly. Every member that weakens it says so in its
name (`unsafe_…`).

What is not here: names, versions and storage of policies (`api` keeps them), and the rules themselves
(`credentials.verifying.checks`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.limits import LIMITS, Limits
from did.errors import DidError
from did.identifiers import Did
from did.registry.states import RegistryState

if TYPE_CHECKING:
    from did.types import JsonObject, JsonValue

EDDSA_JCS_2022: Final = "eddsa-jcs-2022"
BBS_2023: Final = "bbs-2023"


@dataclass(frozen=True, slots=True)
class Policy:
    """The demands of one relying party.

    `trusted_issuers` holds DIDs and is empty by default. `required_assurance` is the state that an issuer's
    document must have reached in its registry; None accepts any and reports it. `status_issuers` are DIDs
    that may keep status lists for any issuer; others keep their own only. `clock_skew` is granted on both
    ends of validity periods.
    """

    trusted_issuers: frozenset[str] = frozenset()
    accepted_suites: frozenset[str] = frozenset({EDDSA_JCS_2022, BBS_2023})
    required_assurance: RegistryState | None = None
    status_issuers: frozenset[str] = frozenset()
    clock_skew: timedelta = timedelta(seconds=60)
    unsafe_accept_unbound: bool = False
    unsafe_accept_expired: bool = False
    unsafe_accept_unsupported_status: bool = False
    unsafe_accept_unknown_schema: bool = False
    limits: Limits = field(default=LIMITS)

    @classmethod
    def parse(cls, value: JsonValue) -> Policy:
        """Read a policy from JSON: `trustedIssuers` and optional members; unknown members are refused.

        Codes: policy.malformed.
        """
        if not isinstance(value, dict):
            raise _malformed("a policy is a JSON object")
        unknown = set(value) - set(_MEMBERS)
        if unknown:
            raise _malformed(f"unknown member {min(unknown)!r}; known are {', '.join(_MEMBERS)}")
        assurance = value.get("requiredAssurance")
        if assurance is not None and assurance not in tuple(RegistryState):
            raise _malformed(f"requiredAssurance must be one of {', '.join(RegistryState)}")
        skew = value.get("clockSkewSeconds", 60)
        if isinstance(skew, bool) or not isinstance(skew, int) or not 0 <= skew <= _MAX_SKEW_SECONDS:
            raise _malformed(f"clockSkewSeconds must be an integer from 0 to {_MAX_SKEW_SECONDS}")
        suites = _texts(value, "acceptedCryptosuites") if "acceptedCryptosuites" in value else None
        if suites is not None and not suites <= _SUITES:
            raise _malformed(f"acceptedCryptosuites may name {', '.join(sorted(_SUITES))}")
        return cls(
            trusted_issuers=_dids(value, "trustedIssuers"),
            accepted_suites=_SUITES if suites is None else suites,
            required_assurance=None if assurance is None else RegistryState(str(assurance)),
            status_issuers=_dids(value, "statusIssuers"),
            clock_skew=timedelta(seconds=skew),
            unsafe_accept_unbound=_flag(value, "unsafeAcceptUnbound"),
            unsafe_accept_expired=_flag(value, "unsafeAcceptExpired"),
            unsafe_accept_unsupported_status=_flag(value, "unsafeAcceptUnsupportedStatus"),
            unsafe_accept_unknown_schema=_flag(value, "unsafeAcceptUnknownSchema"),
        )

    def to_json(self) -> JsonObject:
        """Give the policy in the form that `parse` reads."""
        issuers: list[JsonValue] = [*sorted(self.trusted_issuers)]
        suites: list[JsonValue] = [*sorted(self.accepted_suites)]
        result: JsonObject = {
            "trustedIssuers": issuers,
            "acceptedCryptosuites": suites,
            "clockSkewSeconds": int(self.clock_skew.total_seconds()),
            "unsafeAcceptUnbound": self.unsafe_accept_unbound,
            "unsafeAcceptExpired": self.unsafe_accept_expired,
            "unsafeAcceptUnsupportedStatus": self.unsafe_accept_unsupported_status,
            "unsafeAcceptUnknownSchema": self.unsafe_accept_unknown_schema,
        }
        if self.status_issuers:
            keepers: list[JsonValue] = [*sorted(self.status_issuers)]
            result["statusIssuers"] = keepers
        if self.required_assurance is not None:
            result["requiredAssurance"] = self.required_assurance.value
        return result


_SUITES: Final = frozenset({EDDSA_JCS_2022, BBS_2023})
_MAX_SKEW_SECONDS: Final = 300
_MAX_ISSUERS: Final = 10_000
_MEMBERS: Final = (
    "trustedIssuers",
    "acceptedCryptosuites",
    "requiredAssurance",
    "statusIssuers",
    "clockSkewSeconds",
    "unsafeAcceptUnbound",
    "unsafeAcceptExpired",
    "unsafeAcceptUnsupportedStatus",
    "unsafeAcceptUnknownSchema",
)


def _malformed(detail: str) -> CredentialError:
    return CredentialError("policy.malformed", detail, remedy="correct the policy and send it again")


def _texts(value: JsonObject, member: str) -> frozenset[str]:
    found = value.get(member, [])
    if not isinstance(found, list) or len(found) > _MAX_ISSUERS:
        raise _malformed(f"{member} must be a list of at most {_MAX_ISSUERS} texts")
    texts = [item for item in found if isinstance(item, str)]
    if len(texts) != len(found):
        raise _malformed(f"{member} must hold texts only")
    return frozenset(texts)


def _dids(value: JsonObject, member: str) -> frozenset[str]:
    texts = _texts(value, member)
    for text in texts:
        try:
            Did.parse(text)
        except DidError as error:
            raise _malformed(f"{member} must hold DIDs: {error.detail}") from error
    return texts


def _flag(value: JsonObject, member: str) -> bool:
    found = value.get(member, False)
    if not isinstance(found, bool):
        raise _malformed(f"{member} must be true or false")
    return found
