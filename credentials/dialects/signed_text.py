"""Credentials in a JWS: `vc+jwt`, made and read; the older JWT of data model 1.1, read only.

Texts: Securing Verifiable Credentials using JOSE and COSE, 3.1; VC Data Model 1.1, 6.3.1.

Invariants:
- the issuer is a DID, and `kid` names a key of its newest document; a text cannot bring a key.
- what the envelope adds (`cnf`, times, nonces) is no part of the document that is read from it.
- a `status` of the token counts beside the `credentialStatus` of the document.

What is not here: the form (`credentials.jose`), the checks of what was said (`credentials.verifying`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from credentials import enveloping
from credentials.dialects.keys import authorised_key, bound_by_confirmation, issuer_document, issuer_of_key
from credentials.dialects.reading import Proven, Source
from credentials.errors import CredentialError
from credentials.formats import JWT_VC, VC_JWT
from credentials.jose import jws, vc_jwt
from credentials.jose.jws import ALGORITHMS
from credentials.model import Credential, Typed
from credentials.status.references import TOKEN_STATUS
from did.keys import KeyType

if TYPE_CHECKING:
    from credentials.dialects.securing import Terms
    from credentials.jose.vc_jwt import SignedCredential
    from credentials.limits import Limits
    from credentials.suites import Setting
    from credentials.verifying.means import Means
    from credentials.verifying.presentation_checks import Signer
    from did.keys import PublicKey
    from did.types import JsonObject, JsonValue

ENVELOPE_CLAIMS: Final = frozenset({"iss", "sub", "jti", "aud", "iat", "nbf", "exp", "cnf", "nonce"})
"""Registered claims beside the document: JOSE compares them with it, and nothing else reads them."""
MEDIA_TYPE: Final = "application/vc+jwt"
SIGNING: Final = frozenset({KeyType.ED25519, KeyType.P256, KeyType.P384})


@dataclass(frozen=True, slots=True)
class SignedText:
    """A credential in a JWS of good form."""

    signed: SignedCredential
    view: Credential

    @property
    def formats(self) -> tuple[str, ...]:
        """The one form; the older one has its own name, so that policies can tell."""
        return (VC_JWT if self.signed.typ == vc_jwt.TYP else JWT_VC,)

    @property
    def issuer(self) -> str:
        """The issuer that the document names."""
        return self.view.issuer

    @property
    def derived(self) -> bool:
        """The whole is signed, and shown."""
        return False

    def issuer_binding(self) -> str:
        """(2) Codes: issuer.not-a-did, issuer.mismatch, secured.key-id."""
        return issuer_of_key(self.view.issuer, self.signed.key_id)

    def source(self, means: Means) -> Source:
        """(3) Codes: resolution.*, key.document."""
        return issuer_document(self.view.issuer, means)

    def keys(self, source: Source, means: Means) -> tuple[PublicKey, ...]:  # noqa: ARG002 - one form, one rule
        """(3) Codes: key.not-authorized, key.unsupported, key.type."""
        return (authorised_key(source, self.signed.key_id, frozenset(ALGORITHMS)),)

    def own_keys(self, means: Means) -> tuple[PublicKey, ...]:
        """The same: a text of this form names its issuer and its key together."""
        return self.keys(self.source(means), means)

    def prove(self, keys: tuple[PublicKey, ...], means: Means, setting: Setting) -> Proven:  # noqa: ARG002
        """(4) Codes: jws.*, secured.expired, secured.not-yet."""
        vc_jwt.verify(self.signed, keys[0], now=means.now, clock_skew=means.policy.clock_skew)
        return Proven(self.view, (str(self.signed.key_id),), confirmation=self.signed.confirmation)

    def bound(self, proven: Proven | None, signer: Signer) -> bool:
        """(10) By `cnf`, where the issuer wrote one. Codes: presentation.holder."""
        return bound_by_confirmation(proven, signer)


def read(text: str, *, limits: Limits) -> SignedText:
    """Read a credential in a JWS. Codes: jws.*, secured.*, json.*, model.*."""
    signed = vc_jwt.read(text, max_bytes=limits.max_bytes)
    view = Credential.parse(document_of(signed.document), limits=limits)
    claims = signed.document if signed.typ == vc_jwt.TYP else jws.claims(signed.jws)
    status = claims.get("status")
    return SignedText(signed, with_token_status(view, status) if isinstance(status, dict) else view)


def with_token_status(credential: Credential, status: JsonValue) -> Credential:
    """Add the status of the token that holds a credential to those that the credential names.

    Text: IETF Token Status List, 6. Its issuer may keep it there whatever the token holds.
    """
    entry = Typed((TOKEN_STATUS,), None, {"status": status})
    return replace(credential, status=(*credential.status, entry))


def document_of(claims: JsonObject) -> JsonObject:
    """Take the document out of the claims that secure it."""
    # [VER-14] one form at a time
    if "proof" in claims:
        raise CredentialError(
            "secured.proof",
            "a signed text holds a document with a proof of its own: two forms at once",
            remedy="secure the document in one form",
        )
    return {name: value for name, value in claims.items() if name not in ENVELOPE_CLAIMS}


@dataclass(frozen=True, slots=True)
class SignedTextDialect:
    """The form `vc+jwt`: the whole document, signed as it is."""

    name: str = VC_JWT
    key_types: frozenset[KeyType] = SIGNING
    selective: bool = False
    unlinkable: bool = False

    def secure(self, document: JsonObject, terms: Terms) -> JsonObject:
        """Sign, and put into an envelope. Codes: jws.signer, issue.claim, secured.*."""
        text = vc_jwt.sign(
            document,
            signer=terms.key.signer(),
            key_id=terms.key.verification_method,
            holder_key=terms.holder,
        )
        return enveloping.envelope(MEDIA_TYPE, text)
