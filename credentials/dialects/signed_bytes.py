"""Credentials in a COSE_Sign1: `vc+cose`, made and read.

Text: Securing Verifiable Credentials using JOSE and COSE, 3.3.

Invariants:
- the issuer is a DID, and the key identifier names a key of its newest document.
- what the envelope states beside the document is compared with it, and nothing else reads it.

What is not here: the form (`credentials.cose`), the checks of what was said (`credentials.verifying`). The
form names no holder's key: who holds it is told by its subject.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials import enveloping
from credentials.cose import claims, vc_cose
from credentials.dialects.keys import authorised_key, issuer_document, issuer_of_key
from credentials.dialects.reading import Proven, Source
from credentials.dialects.signed_text import SIGNING, document_of, with_token_status
from credentials.formats import VC_COSE
from credentials.model import Credential

if TYPE_CHECKING:
    from credentials.cose.vc_cose import SignedCredential
    from credentials.dialects.securing import Terms
    from credentials.limits import Limits
    from credentials.suites import Setting
    from credentials.verifying.means import Means
    from credentials.verifying.presentation_checks import Signer
    from did.keys import KeyType, PublicKey
    from did.types import JsonObject

MEDIA_TYPE: Final = "application/vc+cose"


@dataclass(frozen=True, slots=True)
class SignedBytes:
    """A credential in a COSE_Sign1 of good form."""

    signed: SignedCredential
    view: Credential

    @property
    def formats(self) -> tuple[str, ...]:
        """The one form."""
        return (VC_COSE,)

    @property
    def issuer(self) -> str:
        """The issuer that the document names."""
        return self.view.issuer

    @property
    def derived(self) -> bool:
        """The whole is signed, and shown."""
        return False

    def issuer_binding(self) -> str:
        """(2) Codes: issuer.not-a-did, issuer.mismatch, proof.malformed."""
        return issuer_of_key(self.view.issuer, self.signed.key_id)

    def source(self, means: Means) -> Source:
        """(3) Codes: resolution.*, key.document."""
        return issuer_document(self.view.issuer, means)

    def keys(self, source: Source, means: Means) -> tuple[PublicKey, ...]:  # noqa: ARG002 - one form, one rule
        """(3) Codes: key.not-authorized, key.unsupported, key.type."""
        return (authorised_key(source, self.signed.key_id, SIGNING),)

    def own_keys(self, means: Means) -> tuple[PublicKey, ...]:
        """The same: the bytes name their issuer and its key together."""
        return self.keys(self.source(means), means)

    def prove(self, keys: tuple[PublicKey, ...], means: Means, setting: Setting) -> Proven:  # noqa: ARG002
        """(4) Codes: cose.*, secured.expired, secured.not-yet."""
        vc_cose.verify(self.signed, keys[0], now=means.now, clock_skew=means.policy.clock_skew)
        return Proven(self.view, (str(self.signed.key_id),))

    def bound(self, proven: Proven | None, signer: Signer) -> bool:  # noqa: ARG002 - names no key
        """(10) By its subject only."""
        return False


def read(data: bytes, *, limits: Limits) -> SignedBytes:
    """Read a credential in a COSE_Sign1. Codes: cose.*, cbor.*, secured.*, json.*, model.*."""
    signed = vc_cose.read(data, max_bytes=limits.max_bytes)
    view = Credential.parse(document_of(signed.document), limits=limits)
    status = claims.status(signed.sign1)
    return SignedBytes(signed, view if status is None else with_token_status(view, status))


@dataclass(frozen=True, slots=True)
class SignedBytesDialect:
    """The form `vc+cose`: the whole document, signed as it is."""

    name: str = VC_COSE
    key_types: frozenset[KeyType] = SIGNING
    selective: bool = False
    unlinkable: bool = False

    def secure(self, document: JsonObject, terms: Terms) -> JsonObject:
        """Sign, and put into an envelope. Codes: cose.signer, secured.*."""
        signed = vc_cose.sign(document, signer=terms.key.signer(), key_id=terms.key.verification_method)
        return enveloping.envelope(MEDIA_TYPE, signed)
