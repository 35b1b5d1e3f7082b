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

from credentials import formats
from credentials.errors import CredentialError
from credentials.limits import LIMITS, Limits
from credentials.sd_jwt.vc.issuer_metadata import metadata_url
from did.encoding import decode_base64, encode_base64
from did.errors import DidError
from did.identifiers import Did
from did.registry.states import RegistryState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from did.types import JsonObject, JsonValue


KEYS_ONLY: Final = frozenset({"key"})
_HOLDER_METHODS: Final = frozenset({"key", "webvh"})


@dataclass(frozen=True, slots=True)
class Policy:
    """The demands of one relying party.

    `trusted_issuers` holds DIDs, and the https addresses of issuers of SD-JWT VC; it is empty by default.
    `required_assurance` is the state that an issuer's document must have reached in its registry; None
    accepts any and reports it. `trust_anchors` are certificates (DER) to which those of issuers of SD-JWT VC
    may lead. `requires_holder` refuses a credential that is shown alone, outside a presentation.
    `holder_methods` are the DID methods by whose keys a presentation may be signed: a did:key is made for
    one, others name whoever presents. `max_age` is the longest time since validity began. `status_issuers`
    are DIDs that may keep status lists for any issuer; others keep their own only. `clock_skew` is granted on
    both ends of validity periods. `epoch_age` is how many epochs of a revocation list a proof may be behind.
    """

    trusted_issuers: frozenset[str] = frozenset()
    accepted_formats: frozenset[str] = formats.CURRENT
    required_assurance: RegistryState | None = None
    status_issuers: frozenset[str] = frozenset()
    trust_anchors: tuple[bytes, ...] = ()
    requires_holder: bool = False
    holder_methods: frozenset[str] = KEYS_ONLY
    max_age: timedelta | None = None
    clock_skew: timedelta = timedelta(seconds=60)
    epoch_age: int = 1
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
        skew = _integer(value, "clockSkewSeconds", 60, most=_MAX_SKEW_SECONDS)
        accepted = _texts(value, "acceptedFormats") if "acceptedFormats" in value else formats.CURRENT
        if not accepted <= formats.ACCEPTED:
            raise _malformed(f"acceptedFormats may name {', '.join(sorted(formats.ACCEPTED))}")
        return cls(
            trusted_issuers=_issuers(value, "trustedIssuers"),
            accepted_formats=accepted,
            required_assurance=None if assurance is None else RegistryState(str(assurance)),
            status_issuers=_dids(value, "statusIssuers"),
            trust_anchors=_certificates(value),
            requires_holder=_flag(value, "requiresHolder"),
            holder_methods=_holder_methods(value),
            max_age=_max_age(value),
            clock_skew=timedelta(seconds=skew),
            epoch_age=_integer(value, "epochAge", 1, most=_MAX_EPOCH_AGE),
            unsafe_accept_unbound=_flag(value, "unsafeAcceptUnbound"),
            unsafe_accept_expired=_flag(value, "unsafeAcceptExpired"),
            unsafe_accept_unsupported_status=_flag(value, "unsafeAcceptUnsupportedStatus"),
            unsafe_accept_unknown_schema=_flag(value, "unsafeAcceptUnknownSchema"),
        )

    def to_json(self) -> JsonObject:
        """Give the policy in the form that `parse` reads."""
        issuers: list[JsonValue] = [*sorted(self.trusted_issuers)]
        accepted: list[JsonValue] = [*sorted(self.accepted_formats)]
        methods: list[JsonValue] = [*sorted(self.holder_methods)]
        result: JsonObject = {
            "trustedIssuers": issuers,
            "acceptedFormats": accepted,
            "requiresHolder": self.requires_holder,
            "holderMethods": methods,
            "clockSkewSeconds": int(self.clock_skew.total_seconds()),
            "epochAge": self.epoch_age,
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
        if self.trust_anchors:
            anchors: list[JsonValue] = [encode_base64(anchor) for anchor in self.trust_anchors]
            result["trustAnchors"] = anchors
        if self.max_age is not None:
            result["maxAgeSeconds"] = int(self.max_age.total_seconds())
        return result


_MAX_SKEW_SECONDS: Final = 300
_MAX_EPOCH_AGE: Final = 24
_MAX_ISSUERS: Final = 10_000
_MAX_ANCHORS: Final = 100  # national lists of trusted issuers have dozens
_MAX_CERTIFICATE: Final = 1 << 14  # bytes; real ones have one or two thousand
_MAX_AGE_SECONDS: Final = 100 * 366 * 86_400  # a century: beyond it a limit says nothing
_MEMBERS: Final = (
    "trustedIssuers",
    "acceptedFormats",
    "trustAnchors",
    "requiresHolder",
    "holderMethods",
    "maxAgeSeconds",
    "requiredAssurance",
    "statusIssuers",
    "clockSkewSeconds",
    "epochAge",
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
    _check_dids(member, texts)
    return texts


def _check_dids(member: str, texts: Iterable[str]) -> None:
    for text in texts:
        try:
            Did.parse(text)
        except DidError as error:
            raise _malformed(f"{member} must hold DIDs: {error.detail}") from error


def _certificates(value: JsonObject) -> tuple[bytes, ...]:
    found = value.get("trustAnchors", [])
    if not isinstance(found, list) or len(found) > _MAX_ANCHORS:
        raise _malformed(f"trustAnchors must be a list of at most {_MAX_ANCHORS} certificates")
    try:
        return tuple(
            decode_base64(item if isinstance(item, str) else "", max_bytes=_MAX_CERTIFICATE) for item in found
        )
    except DidError as error:
        raise _malformed(f"trustAnchors must hold certificates as base64 of DER: {error.detail}") from error


def _max_age(value: JsonObject) -> timedelta | None:
    found = value.get("maxAgeSeconds")
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int) or not 0 < found <= _MAX_AGE_SECONDS:
        raise _malformed(f"maxAgeSeconds must be an integer from 1 to {_MAX_AGE_SECONDS}")
    return timedelta(seconds=found)


def _issuers(value: JsonObject, member: str) -> frozenset[str]:
    texts = _texts(value, member)
    _check_dids(member, (text for text in texts if not text.startswith("https://")))
    for text in texts:
        if text.startswith("https://"):
            try:
                metadata_url(text)
            except CredentialError as error:
                raise _malformed(f"{member} must hold DIDs or https addresses: {error.detail}") from error
    return texts


def _holder_methods(value: JsonObject) -> frozenset[str]:
    if "holderMethods" not in value:
        return KEYS_ONLY
    found = _texts(value, "holderMethods")
    if not found or not found <= _HOLDER_METHODS:
        raise _malformed(f"holderMethods must name some of {', '.join(sorted(_HOLDER_METHODS))}")
    return found


def _integer(value: JsonObject, member: str, default: int, *, most: int) -> int:
    found = value.get(member, default)
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= most:
        raise _malformed(f"{member} must be an integer from 0 to {most}")
    return found


def _flag(value: JsonObject, member: str) -> bool:
    found = value.get(member, False)
    if not isinstance(found, bool):
        raise _malformed(f"{member} must be true or false")
    return found
