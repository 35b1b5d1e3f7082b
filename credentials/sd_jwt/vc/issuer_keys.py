"""How a verifier comes to the issuer's key: by DID, by metadata at the issuer's address, or by certificates.

Text: SD-JWT VC draft 18, Issuer Signature Mechanisms, and its security considerations (the credential
does not choose).
Invariants:
- the form of the credential says which mechanism it claims; the caller says which ones it permits.
- with certificates, `iss` must be named by them: no other mechanism's issuer can be taken over.
- a DID's key stands in that DID's own document, under `kid`, for assertions; certificates beside it are not
  looked at, or one of them would outlive the key that the DID has removed.

Not here: fetching and resolving (arguments), which issuers to trust.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from credentials.errors import CredentialError
from credentials.sd_jwt.vc.certificates import verify_chain
from credentials.sd_jwt.vc.issuer_metadata import find_key
from did.document import ASSERTION_METHOD
from did.errors import DidError
from did.identifiers import Did, DidUrl

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from credentials.sd_jwt.form import SdJwt
    from credentials.sd_jwt.vc.issuer_metadata import IssuerMetadataSource
    from did.document import DidDocument, VerificationMethod
    from did.keys import PublicKey
    from did.resolution import DocumentSource
    from did.types import JsonValue

Mechanism = Literal["did", "metadata", "x5c"]
_CLAUSE: Final = "SD-JWT VC draft 18, Issuer Signature Mechanisms"


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """The issuer and its key; `method` is the verification method of a DID, None otherwise."""

    issuer: str
    key: PublicKey
    mechanism: Mechanism
    method: str | None = None


@dataclass(frozen=True, slots=True)
class KeySources:
    """Where keys may come from. What is None or empty serves no credential."""

    documents: DocumentSource | None = None
    metadata: IssuerMetadataSource | None = None
    trust_anchors: Sequence[bytes] = ()


def mechanism(sd_jwt: SdJwt) -> Mechanism:
    """Tell which mechanism a credential claims (`issuer.mechanism`)."""
    issuer = sd_jwt.unverified_payload.get("iss")
    if isinstance(issuer, str) and issuer.startswith("did:"):
        return "did"
    if "x5c" in sd_jwt.jws.header:
        return "x5c"
    if isinstance(issuer, str) and issuer.startswith("https://"):
        return "metadata"
    raise CredentialError(
        "issuer.mechanism",
        "nothing leads to the issuer's key: iss is no DID and no https address, and there is no x5c",
        clause=_CLAUSE,
    )


def find(sd_jwt: SdJwt, *, permitted: Collection[Mechanism], sources: KeySources, now: datetime) -> IssuerKey:
    """Find the key that the issuer's JWT must be verified with, before that is done.

    Codes: issuer.mechanism, issuer.*, resolution.*, key.not-authorized, key.unsupported.
    """
    claimed = mechanism(sd_jwt)
    # [SVC-20] the verifier permits, the credential does not choose
    if claimed not in permitted:
        raise CredentialError(
            "issuer.mechanism",
            f"the issuer's key comes by {claimed}, which is not permitted",
            remedy="permit it for this issuer, or ask the issuer for another form",
            clause=_CLAUSE,
        )
    issuer = sd_jwt.unverified_payload.get("iss")
    if claimed == "x5c":
        if not (issuer is None or isinstance(issuer, str)):
            raise _no_source("iss is no string")
        chain = verify_chain(
            sd_jwt.jws.header["x5c"], trust_anchors=sources.trust_anchors, now=now, expected_issuer=issuer
        )
        return IssuerKey(chain.issuer, chain.key, claimed)
    name = str(issuer)
    if claimed == "metadata":
        if sources.metadata is None:
            raise _no_source("metadata of issuers cannot be fetched here")
        return IssuerKey(name, find_key(name, sd_jwt.jws.kid, sources.metadata), claimed)
    if sources.documents is None:
        raise _no_source("DIDs cannot be resolved here")
    document = _resolved(name, sources.documents)
    method = in_document(document, issuer=name, kid=sd_jwt.jws.kid)
    return IssuerKey(name, method.key, claimed, method.id)


def in_document(document: DidDocument, *, issuer: str, kid: str | None) -> VerificationMethod:
    """Give the method that `kid` names in the issuer's own document.

    Codes: issuer.kid, issuer.mismatch, key.not-authorized, key.unsupported.
    """
    # [SVC-21] the issuer's own document
    if document.id != issuer:
        raise CredentialError("issuer.mismatch", "the document is another DID's than iss", clause=_CLAUSE)
    method_id = _absolute(kid, issuer)
    try:
        return document.authorised(ASSERTION_METHOD, method_id)
    except DidError as error:
        raise CredentialError(error.code, error.detail, remedy=error.remedy, clause=error.clause) from None


def _absolute(kid: JsonValue, issuer: str) -> str:
    text = f"{issuer}{kid}" if isinstance(kid, str) and kid.startswith("#") else kid
    try:
        url = DidUrl.parse(text if isinstance(text, str) else "")
    except DidError:
        raise _kid("kid is missing, or no DID URL") from None
    # [SVC-22] the issuer's own key
    if url.did.text != issuer:
        raise _kid("kid names a key of another DID than iss")
    return url.text


def _resolved(name: str, documents: DocumentSource) -> DidDocument:
    try:
        return documents.document(Did.parse(name))
    except DidError as error:
        raise CredentialError(error.code, error.detail, remedy=error.remedy, clause=error.clause) from None


def _kid(detail: str) -> CredentialError:
    return CredentialError("issuer.kid", detail, remedy="the issuer must name its key by kid", clause=_CLAUSE)


def _no_source(detail: str) -> CredentialError:
    return CredentialError("issuer.mechanism", detail, clause=_CLAUSE)
