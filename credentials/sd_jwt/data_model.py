"""A credential of the W3C data model secured as SD-JWT: the form `vc+sd-jwt`.

Text: Securing Verifiable Credentials using JOSE and COSE (VC-JOSE-COSE), section 3.2; VC Data Model 2.0.
Invariants:
- the payload is the credential itself; there is no `vc` or `vp` around or beside it.
- what decides on meaning, issuer, validity, status and holder is always visible.
- registered claims that repeat a member of the credential say the same.

Not here: the rules of the data model (`credentials.model`), the choice of the key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.jose import agreement
from credentials.sd_jwt import issuing, verifying
from credentials.sd_jwt.disclosures import DEFAULT_HASH, ELEMENT, HashName
from credentials.sd_jwt.vc.claims import check_disclosable, check_visible

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from credentials.sd_jwt.form import SdJwt
    from credentials.sd_jwt.limits import Work
    from credentials.sd_jwt.paths import Path
    from credentials.sd_jwt.verifying import VerifiedSdJwt
    from did.keys import PublicKey, Signer
    from did.types import JsonObject, RandomBytes

TYP: Final = "vc+sd-jwt"
CTY: Final = "vc"
ALWAYS_VISIBLE: Final = frozenset(
    {
        "@context",
        "type",
        "issuer",
        "validFrom",
        "validUntil",
        "credentialStatus",
        "credentialSchema",
        "relatedResource",
        "cnf",
        "status",
        "iss",
        "nbf",
        "exp",
        "aud",
    }
)
_CLAUSE: Final = "VC-JOSE-COSE section 3.2"


def issue(
    credential: JsonObject,
    *,
    signer: Signer,
    key_id: str,
    random_bytes: RandomBytes,
    disclosable: Sequence[Path] = (),
    holder_key: PublicKey | None = None,
    hash_name: HashName = DEFAULT_HASH,
    decoys: int = 0,
) -> str:
    """Issue a credential as it stands; `key_id` is the DID URL of the signer's key.

    Codes: sd-jwt.always-visible, and those of `check` and `issuing.issue`.
    """
    check(credential)
    check_disclosable(disclosable, ALWAYS_VISIBLE)
    return issuing.issue(
        credential,
        signer=signer,
        typ=TYP,
        random_bytes=random_bytes,
        disclosable=disclosable,
        holder_key=holder_key,
        header={"cty": CTY, "kid": key_id},
        hash_name=hash_name,
        decoys=decoys,
    )


def verify(
    sd_jwt: SdJwt,
    key: PublicKey,
    *,
    now: datetime,
    skew: timedelta = verifying.NO_SKEW,
    work: Work | None = None,
) -> VerifiedSdJwt:
    """Verify; `claims` of the result are the credential, `cnf` and other registered claims included.

    Codes: those of `verifying.verify`, `check`, sd-jwt-vc.hidden, jws.cty.
    """
    content = sd_jwt.jws.header.get("cty", CTY)
    # [SDJ-48] the payload is a credential
    if content not in (CTY, f"application/{CTY}"):
        raise CredentialError("jws.cty", "cty names another content than a credential", clause=_CLAUSE + ".1")
    verified = verifying.verify(sd_jwt, key, expected_typ=TYP, now=now, skew=skew, work=work)
    subjects = sd_jwt.unverified_payload.get("credentialSubject")
    # [SDJ-52] how many subjects there are is visible: a hidden one could be somebody else
    if isinstance(subjects, list) and any(isinstance(one, dict) and ELEMENT in one for one in subjects):
        raise CredentialError(
            "credential.claims",
            "a whole subject is disclosed selectively, so that its holder could hide whom a claim is about",
            remedy="disclose members of subjects, and not subjects",
            clause=_CLAUSE,
        )
    check_visible(verified.disclosed_places, ALWAYS_VISIBLE)
    check(verified.claims)
    return verified


def check(credential: JsonObject) -> None:
    """Check what the form adds to the data model.

    Codes: credential.claims, secured.issuer, secured.subject, secured.id, secured.document.
    """
    # [SDJ-49] the credential is the payload
    if "vc" in credential or "vp" in credential:
        raise CredentialError(
            "credential.claims",
            "the payload has a member vc or vp, as only the form of data model 1.1 has",
            remedy="sign the credential itself",
            clause=_CLAUSE,
        )
    issuer = agreement.issuer_of(credential)
    # [SDJ-50] one issuer
    agreement.check_party(credential.get("iss", issuer), issuer, where="claims")
    # [SDJ-51] one subject, one identifier
    agreement.check_agreement(credential, credential)
