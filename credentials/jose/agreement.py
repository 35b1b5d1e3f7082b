"""What the envelope of a credential says beside the credential: registered claims, times, key identifiers.

Texts: W3C Securing Verifiable Credentials using JOSE and COSE (Recommendation, 15 May 2025), sections 3.1.3,
3.3.3 and 4.1; RFC 7519 section 4.1; RFC 7800. The rules are those of JOSE and COSE alike; names are JOSE's.

Invariants:
- an envelope never says another issuer, subject or identifier than the document that it secures.
- `exp` and `nbf` are about the signature, not about the credential's own period; both count.
- a DID's key is named by an absolute DID URL of that very DID.
- nothing but `CredentialError` with a code `secured.*` leaves this module.

Not here: whether the key may sign for the issuer (`credentials.verifying`), the meaning of the document.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from did.errors import DidError
from did.identifiers import DidUrl
from did.keys import PublicKey

if TYPE_CHECKING:
    from did.types import JsonObject, JsonValue

_TEXT: Final = "VC-JOSE-COSE 1.0"
_LAST: Final = 253402300799  # the last second that a datetime holds: 9999-12-31T23:59:59Z
NO_SKEW: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Times:
    """When the signature was made, and from when until when it counts; None where nothing is said."""

    issued: datetime | None
    not_before: datetime | None
    expires: datetime | None

    @classmethod
    def read(cls, claims: JsonObject) -> Times:
        """Read `iat`, `nbf` and `exp` (secured.time)."""
        return cls(*(moment(claims, name) for name in ("iat", "nbf", "exp")))

    def check(self, *, now: datetime, clock_skew: timedelta) -> None:
        """Refuse a signature that no longer or not yet counts (secured.expired, secured.not-yet)."""
        # [VCJ-01] an end of the signature is no end of the credential, and counts beside it
        if self.expires is not None and now - clock_skew >= self.expires:
            raise CredentialError(
                "secured.expired",
                "the signature has expired (exp)",
                remedy="ask for a newly signed one",
                clause="RFC 7519, 4.1.4",
            )
        # [VCJ-02] a signature of the future
        if self.not_before is not None and now + clock_skew < self.not_before:
            raise CredentialError(
                "secured.not-yet", "the signature does not count yet (nbf)", clause="RFC 7519, 4.1.5"
            )


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Whose possession of which key the issuer expects of a holder: the key itself, or its name."""

    key: PublicKey | None
    key_id: str | None


def moment(claims: JsonObject, name: str) -> datetime | None:
    """Read a NumericDate: seconds since 1970, whole or not (secured.time)."""
    if name not in claims:
        return None
    value = claims[name]
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else -1
    # [VCJ-03] null, texts and what lies outside the calendar
    if not 0 <= number <= _LAST:
        raise CredentialError(
            "secured.time", f"{name} is no NumericDate from 1970 to 9999", clause="RFC 7519, 2 and 4.1"
        )
    return datetime.fromtimestamp(number, UTC)


def issuer_of(document: JsonObject) -> str:
    """Give the issuer's identifier (secured.document)."""
    issuer = document.get("issuer")
    found = issuer.get("id") if isinstance(issuer, dict) else issuer
    if not isinstance(found, str):
        raise CredentialError("secured.document", "issuer is missing, or has no id", clause="VCDM 2.0, 4.7")
    return found


def check_party(stated: JsonValue, expected: str | None, *, where: str) -> None:
    """Compare an `iss` with the issuer, or in presentations with the holder (secured.issuer)."""
    if stated != expected:
        raise CredentialError(
            "secured.issuer",
            f"iss of the {where} is another than the party that the document names",
            clause=f"{_TEXT}, 4.1.2",
        )


def check_agreement(claims: JsonObject, document: JsonObject) -> None:
    """Compare `sub` and `jti` with the document, where both say something (secured.subject, secured.id)."""
    subjects = document.get("credentialSubject")
    listed = subjects if isinstance(subjects, list) else [subjects]
    known = [item["id"] for item in listed if isinstance(item, dict) and "id" in item]
    # [VCJ-04] one conceptual entity under two names
    if "sub" in claims and known and claims["sub"] not in known:
        raise CredentialError(
            "secured.subject", "sub is none of the credential's subjects", clause=f"{_TEXT}, 3.1.3"
        )
    # [VCJ-05] the same for the document itself
    if "jti" in claims and "id" in document and claims["jti"] != document["id"]:
        raise CredentialError("secured.id", "jti is another than the document's id", clause=f"{_TEXT}, 3.1.3")


def check_no_audience(claims: JsonObject) -> None:
    """Refuse a credential made for one audience (secured.audience): nothing here says to be that one."""
    # [VCJ-37] whoever is not named must not take it
    if "aud" in claims:
        raise CredentialError(
            "secured.audience",
            "aud says that the credential is for one audience only",
            remedy="leave aud to presentations",
            clause="RFC 7519, 4.1.3",
        )


def key_id(value: str | None, *, controller: str | None, named: bool) -> str | None:
    """Read the name of the signer's key, which belongs to `controller`.

    `named` says that the envelope has an `iss`, without which the key must be named.
    Codes: secured.key-id, secured.key-controller.
    """
    is_did = controller is not None and controller.startswith("did:")
    # [VCJ-06] the key of a DID is named
    if value is None and (is_did or not named):
        raise CredentialError(
            "secured.key-id",
            "kid is missing, and it must name the key",
            remedy="sign with the DID URL of the verification method as kid",
            clause=f"{_TEXT}, 4.1.1 and 4.3",
        )
    if value is None or (controller is not None and not is_did):
        return value
    did = _did_of(value)
    # [VCJ-07] a key of somebody else's
    if controller is not None and did != controller:
        raise CredentialError(
            "secured.key-controller",
            "kid names a key of another DID than the party that the document names",
            clause=f"{_TEXT}, 4.1.1; Controlled Identifiers 1.0, 3.3",
        )
    return value


def signer_of(method_id: str) -> str:
    """Give the DID whose key a DID URL names (secured.key-id)."""
    return _did_of(method_id)


def confirmation(claims: JsonObject) -> Confirmation | None:
    """Read `cnf`, a key or the name of one (secured.confirmation); others than these are not understood."""
    if "cnf" not in claims:
        return None
    value = claims["cnf"]
    jwk = value.get("jwk") if isinstance(value, dict) else None
    name = value.get("kid") if isinstance(value, dict) else None
    # [VCJ-08] a binding that is not understood must not be taken for none
    if not isinstance(jwk, dict) and not isinstance(name, str):
        raise CredentialError(
            "secured.confirmation", "cnf holds neither a jwk nor a kid", clause="RFC 7800, 3.1"
        )
    try:
        key = PublicKey.from_jwk(jwk) if isinstance(jwk, dict) else None
    except DidError as error:
        raise CredentialError(
            "secured.confirmation", f"the jwk in cnf: {error.detail}", clause="RFC 7800, 3.2"
        ) from None
    return Confirmation(key, name if isinstance(name, str) else None)


def _did_of(method_id: str) -> str:
    try:
        url = DidUrl.parse(method_id)
    except DidError:
        url = None
    # [VCJ-09] relative names, bare DIDs, URLs of other things
    if url is None or not url.fragment or url.path or url.query is not None:
        raise CredentialError(
            "secured.key-id",
            "kid is no absolute DID URL of a verification method",
            remedy="write it as did:method:identifier#name",
            clause=f"{_TEXT}, 4.1.1 and 4.3",
        )
    return url.did.text
