"""SD-JWT VC: `dc+sd-jwt`, made from a credential of the data model, and read.

Text: SD-JWT VC draft 18.

What stands where, for a credential of the data model:

| SD-JWT VC | data model |
|---|---|
| `iss` | issuer's id |
| `nbf`, `exp` | `validFrom`, `validUntil` |
| `sub` | id of the one subject |
| `status.status_list` | the first entry of `credentialStatus` that is in a status list |
| every other claim | the member of the subject of that name |

Invariants:
- a member that has no place here is refused, never dropped; so is a claim with the name of a registered one.
- nothing is read from disclosures before the issuer's signature has verified.
- the issuer's key comes by DID, or by a way that the caller opened: published metadata, or certificates that
  lead to its trust anchors.

What is not here: the form and type metadata (`credentials.sd_jwt.vc`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from credentials import enveloping, pointers, sd_jwt
from credentials.dialects.disclosed_text import SUBJECT, disclosable
from credentials.dialects.keys import bound_by_confirmation
from credentials.dialects.reading import Proven, Source
from credentials.dialects.signed_text import SIGNING
from credentials.errors import CredentialError
from credentials.formats import DC_SD_JWT
from credentials.jose import agreement
from credentials.model import Credential, Subject, Typed
from credentials.sd_jwt.vc import claims as vc_claims
from credentials.sd_jwt.vc import issuer_keys
from credentials.status.references import TOKEN_STATUS
from credentials.verifying import checks
from did.identifiers import Did

if TYPE_CHECKING:
    from credentials.dialects.securing import Terms
    from credentials.limits import Limits
    from credentials.sd_jwt import SdJwt
    from credentials.sd_jwt.vc.claims import SdJwtVc
    from credentials.sd_jwt.vc.issuer_keys import IssuerKey, KeySources, Mechanism
    from credentials.suites import Setting
    from credentials.verifying.means import Means
    from credentials.verifying.presentation_checks import Signer
    from did.keys import KeyType, PublicKey
    from did.types import JsonObject, JsonValue

MEDIA_TYPE: Final = "application/dc+sd-jwt"
REGISTERED: Final = vc_claims.ALWAYS_VISIBLE | {"sub", "iat", "aud", "jti", "nonce", "_sd", "_sd_alg", "..."}
_PLACED: Final = frozenset(
    {
        "@context",
        "type",
        "issuer",
        "validFrom",
        "validUntil",
        "credentialStatus",
        "credentialSchema",
        SUBJECT,
    }
)


@dataclass(frozen=True, slots=True)
class TypedClaims:
    """The claims of an SD-JWT VC as checks read them (`credentials.model.view.CredentialView`)."""

    document: JsonObject
    types: tuple[str, ...]
    issuer: str
    valid_from: datetime | None
    valid_until: datetime | None
    subjects: tuple[Subject, ...]
    status: tuple[Typed, ...]
    contexts: tuple[JsonValue, ...] = ()
    schemas: tuple[Typed, ...] = ()

    @classmethod
    def of(cls, credential: SdJwtVc, issuer: str) -> TypedClaims:
        """Take them from a verified SD-JWT VC."""
        claims = credential.claims
        subject = claims.get("sub")
        own = {name: value for name, value in claims.items() if name not in REGISTERED}
        found = claims.get("status")
        status = (Typed((TOKEN_STATUS,), None, {"status": found}),) if isinstance(found, dict) else ()
        return cls(
            document=claims,
            types=credential.types,
            issuer=issuer,
            valid_from=agreement.moment(claims, "nbf") or agreement.moment(claims, "iat"),
            valid_until=agreement.moment(claims, "exp"),
            subjects=(Subject(subject if isinstance(subject, str) else None, own),),
            status=status,
        )


@dataclass(frozen=True, slots=True)
class TypedText:
    """An SD-JWT VC of good form."""

    sd_jwt: SdJwt
    issuer: str
    view: None = None

    @property
    def formats(self) -> tuple[str, ...]:
        """The one form."""
        return (DC_SD_JWT,)

    @property
    def derived(self) -> bool:
        """A holder chooses what to show, and not how it is written."""
        return False

    def issuer_binding(self) -> str:
        """(2) Find by which way the issuer's key comes. Codes: issuer.mechanism."""
        issuer_keys.mechanism(self.sd_jwt)
        return self.issuer

    def source(self, means: Means) -> Source:
        """(3) Codes: resolution.*, key.document."""
        if issuer_keys.mechanism(self.sd_jwt) != "did":
            return Source(None)
        return Source(checks.issuer_document(Did.parse(self.issuer), means.documents))

    def keys(self, source: Source, means: Means) -> tuple[PublicKey, ...]:
        """(3) Codes: issuer.*, key.not-authorized, key.unsupported, certificate.*."""
        if source.document is not None:
            method = issuer_keys.in_document(source.document, issuer=self.issuer, kid=self.sd_jwt.jws.kid)
            return (method.key,)
        return (self._found(means).key,)

    def own_keys(self, means: Means) -> tuple[PublicKey, ...]:
        """The same: a text of this form names its issuer and its key together."""
        return self.keys(self.source(means), means)

    def prove(self, keys: tuple[PublicKey, ...], means: Means, setting: Setting) -> Proven:  # noqa: ARG002
        """(4) Codes: jws.*, sd-jwt.*, sd-jwt-vc.*."""
        credential = vc_claims.verify(self.sd_jwt, keys[0], now=means.now, skew=means.policy.clock_skew)
        issuer = self.issuer or self._found(means).issuer
        return Proven(
            TypedClaims.of(credential, issuer),
            (str(self.sd_jwt.jws.kid or issuer),),
            confirmation=agreement.confirmation(credential.claims),
            partial=credential.verified.processed.hidden > 0,
            sd_jwt=credential.verified,
            typed=credential,
        )

    def bound(self, proven: Proven | None, signer: Signer) -> bool:
        """(10) By `cnf`, where the issuer wrote one. Codes: presentation.holder."""
        return bound_by_confirmation(proven, signer)

    def _found(self, means: Means) -> IssuerKey:
        sources, permitted = _opened(means)
        return issuer_keys.find(self.sd_jwt, permitted=permitted, sources=sources, now=means.now)


def read(text: str, *, limits: Limits) -> TypedText:  # noqa: ARG001 - SD-JWT has limits of its own
    """Read an SD-JWT VC. Codes: sd-jwt.*, jws.*, json.*, sd-jwt-vc.*."""
    found = sd_jwt.read(text)
    return TypedText(found, vc_claims.issuer_of(found.unverified_payload) or "")


def _opened(means: Means) -> tuple[KeySources, list[Mechanism]]:
    """The ways by which the caller lets keys come, DIDs apart."""
    anchors = means.policy.trust_anchors
    ways: list[Mechanism] = ["x5c"] if anchors else []
    if means.issuer_metadata is not None:
        ways.append("metadata")
    return issuer_keys.KeySources(metadata=means.issuer_metadata, trust_anchors=anchors), ways


@dataclass(frozen=True, slots=True)
class TypedTextDialect:
    """The form `dc+sd-jwt`: every claim of the subject apart, but for what is always shown."""

    name: str = DC_SD_JWT
    key_types: frozenset[KeyType] = SIGNING
    selective: bool = True
    unlinkable: bool = False

    def secure(self, document: JsonObject, terms: Terms) -> JsonObject:
        """Write as an SD-JWT VC, sign, and put into an envelope.

        Codes: issue.type, issue.member, issue.claim, sd-jwt-vc.*, jws.signer.
        """
        claims = to_claims(document, terms)
        below = [
            place[1:]
            for pointer in terms.mandatory_pointers
            if (place := pointers.parse(pointer))[:1] == (SUBJECT,)
        ]
        paths = [path for path in disclosable(claims, (), below) if path[0] not in REGISTERED]
        text = vc_claims.issue(
            claims,
            signer=terms.key.signer(),
            random_bytes=terms.random_bytes,
            header={"kid": terms.key.verification_method},
            disclosable=paths,
            holder_key=terms.holder,
        )
        return enveloping.envelope(MEDIA_TYPE, text)


def to_claims(document: JsonObject, terms: Terms) -> JsonObject:
    """Give every member of a credential its place among the claims of an SD-JWT VC."""
    credential = Credential.parse(document)
    if terms.vct is None:
        raise CredentialError(
            "issue.type", "an SD-JWT VC needs a vct", remedy="set the profile's vct, or a schema that has one"
        )
    # what has no place is refused, never dropped
    unplaced = sorted(document.keys() - _PLACED)
    if unplaced or len(credential.subjects) != 1:
        raise CredentialError(
            "issue.member",
            f"an SD-JWT VC has one subject, and no place for {', '.join(unplaced) or 'another'}",
            remedy="leave it out, or leave dc+sd-jwt out of the profile's formats",
        )
    subject = credential.subjects[0]
    own = {name: value for name, value in subject.document.items() if name != "id"}
    taken = sorted(own.keys() & REGISTERED)
    if taken:
        raise CredentialError("issue.claim", f"the claim {taken[0]} has the name of a registered claim")
    claims: JsonObject = {"iss": credential.issuer, "vct": terms.vct, "iat": _seconds(terms.now)}
    if credential.valid_from is not None:
        claims["nbf"] = _seconds(credential.valid_from)
    if credential.valid_until is not None:
        claims["exp"] = _seconds(credential.valid_until)
    if subject.id is not None:
        claims["sub"] = subject.id
    status = _status(credential)
    if status is not None:
        claims["status"] = status
    return {**claims, **own}


def _status(credential: Credential) -> JsonObject | None:
    for entry in credential.status:
        index, uri = entry.document.get("statusListIndex"), entry.document.get("statusListCredential")
        if isinstance(index, str) and index.isdecimal() and isinstance(uri, str):
            return {"status_list": {"idx": int(index), "uri": uri}}
    if credential.status:
        raise CredentialError("issue.member", "the status is in no status list, which an SD-JWT VC needs")
    return None


def _seconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp())
