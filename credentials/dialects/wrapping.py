"""Wrapping: credentials put into a presentation that its holder signs, with an embedded proof or as a whole.

Texts: VC Data Model 2.0, 4.13; VC Data Integrity 1.0, 4.2; VC-JOSE-COSE 1.0, 3.1.2 and 3.2.2.

Invariants:
- a presentation answers one challenge of one domain; both are signed.
- a base proof never goes into one: it is the holder's secret.
- signed texts go in as envelopes; in `vp+jwt` and `vp+cose` nothing else does.

Not here: deriving what goes in (`credentials.dialects.deriving`), verifying
(`credentials.dialects.presenting`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials import enveloping
from credentials.cose import vp_cose
from credentials.dialects import recognition
from credentials.dialects.signed_text import SIGNING
from credentials.errors import CredentialError
from credentials.formats import EDDSA_JCS_2022
from credentials.jose import vp_jwt
from credentials.limits import LIMITS
from credentials.model import CONTEXT_V2, PRESENTATION_TYPE, Credential, Presentation
from credentials.verifying.proofs import name_of
from did.document import AUTHENTICATION
from did.errors import DidError
from did.integrity import ProofOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from credentials.dialects.securing import IssuingKey
    from credentials.suites import CredentialSuite
    from did.keys import KeyType
    from did.types import JsonObject, JsonValue, RandomBytes

VP_JWT: Final = "vp+jwt"
VP_COSE: Final = "vp+cose"
DEFAULT: Final = EDDSA_JCS_2022
_CREDENTIALS: Final = "verifiableCredential"


@dataclass(frozen=True, slots=True)
class Answer:
    """To what a presentation answers, and with which of its holder's keys."""

    key: IssuingKey
    challenge: str
    domain: str
    now: datetime


def key_types(form: str, suites: Mapping[str, CredentialSuite]) -> frozenset[KeyType]:
    """Say which keys sign in this form. Codes: presentation.form."""
    if form in {VP_JWT, VP_COSE}:
        return SIGNING
    suite = suites.get(form)
    if suite is None or suite.selective or suite.verify_only:
        able = sorted(name for name, each in suites.items() if not each.selective and not each.verify_only)
        raise CredentialError(
            "presentation.form", f"the form must be one of {', '.join((*able, VP_JWT, VP_COSE))}"
        )
    return suite.key_types


def wrap(
    template: JsonObject,
    *,
    holder: str,
    form: str,
    answer: Answer,
    suites: Mapping[str, CredentialSuite],
    random_bytes: RandomBytes,
) -> JsonObject:
    """Sign a presentation of the credentials in `template` as its holder.

    Codes: presentation.form, presentation.proof, presentation.empty, presentation.base-proof, model.*,
    form.unknown, secured.*, jws.*, cose.*, proof.*, rdf.*.
    """
    key_types(form, suites)
    document = _document(template, holder)
    parsed = Presentation.parse(document)
    if not parsed.credentials:
        raise CredentialError("presentation.empty", "there is no credential to present")
    for credential in parsed.credentials:
        if isinstance(credential, Credential):
            _check_shown(credential, suites)
    if form in {VP_JWT, VP_COSE}:
        return _enveloped(document, form, answer)
    options = ProofOptions(
        cryptosuite=form,
        verification_method=answer.key.verification_method,
        proof_purpose=AUTHENTICATION,
        created=answer.now,
        challenge=answer.challenge,
        domain=answer.domain,
    )
    try:
        return suites[form].sign(
            document, options=options, key=answer.key.key, mandatory_pointers=(), random_bytes=random_bytes
        )
    except DidError as error:
        raise CredentialError(error.code, error.detail, clause=error.clause, remedy=error.remedy) from error


def _document(template: JsonObject, holder: str) -> JsonObject:
    if "proof" in template:
        raise CredentialError(
            "presentation.proof", "the presentation has a proof already", remedy="send it without"
        )
    given = template.get(_CREDENTIALS, [])
    listed = given if isinstance(given, list) else [given]
    return {
        "@context": [CONTEXT_V2],
        "type": [PRESENTATION_TYPE],
        **template,
        "holder": template.get("holder", holder),
        _CREDENTIALS: [_in_envelope(item) for item in listed],
    }


def _in_envelope(item: JsonValue) -> JsonValue:
    """A signed text goes in as the object that holds it."""
    return enveloping.envelope(recognition.media_type(item, LIMITS), item) if isinstance(item, str) else item


def _check_shown(credential: Credential, suites: Mapping[str, CredentialSuite]) -> None:
    for proof in credential.proofs:
        suite = suites.get(name_of(proof))
        if suite is not None and suite.selective and not suite.is_derived(proof):
            raise CredentialError(
                "presentation.base-proof",
                "a credential has its base proof, which is for its holder only",
                remedy="derive from it what is to be shown, and present that",
            )


def _enveloped(document: JsonObject, form: str, answer: Answer) -> JsonObject:
    signer, key_id = answer.key.signer(), answer.key.verification_method
    sign: Callable[..., str | bytes] = vp_jwt.sign if form == VP_JWT else vp_cose.sign
    signed = sign(
        document,
        signer=signer,
        key_id=key_id,
        nonce=answer.challenge,
        audience=answer.domain,
        now=answer.now,
    )
    return enveloping.envelope(f"application/{form}", signed)
