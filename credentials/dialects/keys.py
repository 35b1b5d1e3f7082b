"""The key rule for forms whose signer is named by `kid`, and the holder that they name by `cnf`.

Invariants:
- `kid` is an absolute DID URL of the issuer's own DID, listed under `assertionMethod` in its newest document.
- a holder that an issuer named is the only one who may present: another signer is refused, not passed over.

What is not here: embedded proofs (`credentials.verifying.checks`), certificates (`credentials.sd_jwt.vc`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from credentials.dialects.reading import Source
from credentials.errors import CredentialError
from credentials.verifying import checks
from credentials.verifying.proofs import method_of
from did.document import ASSERTION_METHOD
from did.errors import DidError
from did.identifiers import Did

if TYPE_CHECKING:
    from credentials.dialects.reading import Proven
    from credentials.jose.agreement import Confirmation
    from credentials.verifying.means import Means
    from credentials.verifying.presentation_checks import Signer
    from did.keys import KeyType, PublicKey


def issuer_of_key(issuer: str, key_id: str | None) -> str:
    """(2) Find that the named key is one of the issuer's DID.

    Codes: issuer.not-a-did, issuer.mismatch, proof.malformed.
    """
    method = method_of({"verificationMethod": key_id})
    try:
        did = Did.parse(issuer)
    except DidError as error:
        raise CredentialError("issuer.not-a-did", f"the issuer must be a DID: {error.detail}") from error
    # [VER-01] the signer is the issuer
    if method.did != did:
        raise CredentialError(
            "issuer.mismatch",
            f"the signature is by {method.did.text}, the issuer is {did.text}",
            clause="VCDM 2.0, 7.1",
            remedy="only the issuer's own signature counts",
        )
    return did.text


def issuer_document(issuer: str, means: Means) -> Source:
    """(3) Get the issuer's newest logged document. Codes: resolution.*, key.document."""
    return Source(checks.issuer_document(Did.parse(issuer), means.documents))


def authorised_key(source: Source, key_id: str | None, accepted: frozenset[KeyType]) -> PublicKey:
    """(3) Give the key under `assertionMethod`. Codes: key.not-authorized, key.unsupported, key.type."""
    assert source.document is not None  # an issuer of these forms has one
    key = source.document.authorised(ASSERTION_METHOD, str(key_id)).key
    # [VER-02] a key of a type that signs in this form
    if key.type not in accepted:
        raise CredentialError("key.type", f"{key.type} keys sign no credential of this form")
    return key


def bound_by_confirmation(proven: Proven | None, signer: Signer) -> bool:
    """(10) Whether the issuer named the signer's key; naming another one refuses the signer.

    Codes: presentation.holder.
    """
    named = None if proven is None else proven.confirmation
    if named is None:
        return False
    # [VER-03] another holder than the one named
    if not _names(named, signer):
        raise CredentialError(
            "presentation.holder",
            "the issuer bound the credential to another key than the one that signed the presentation",
            clause="RFC 7800, 3.1",
            remedy="sign the presentation with the key that the credential names in cnf",
        )
    return True


def _names(named: Confirmation, signer: Signer) -> bool:
    if named.key is not None:
        return named.key == signer.key
    return named.key_id is not None and named.key_id.partition("#")[0] == signer.did.text
