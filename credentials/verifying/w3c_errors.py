"""The names that the W3C texts give to what goes wrong with a proof, by our codes.

Texts: VC Data Integrity 1.0, 4.7 (processing errors), Controlled Identifiers 1.0, 3.5. Our codes say more; an
interface that must speak these names asks here.

Invariants:
- A code has at most one name. Where no clause names a fault there is none: nothing is made up.
- A code that is listed goes before its area.

What is not here: names of the data model and of status lists.
"""

from __future__ import annotations

from typing import Final

SECURITY: Final = "https://w3id.org/security#"
_VERIFICATION: Final = "PROOF_VERIFICATION_ERROR"
_METHOD: Final = "INVALID_VERIFICATION_METHOD"
_BY_CODE: Final = {
    "proof.missing": "PARSING_ERROR",
    "proof.domain": "INVALID_DOMAIN_ERROR",
    "proof.challenge": "INVALID_CHALLENGE_ERROR",
    "proof.present": "PROOF_GENERATION_ERROR",
    "issue.key": "PROOF_GENERATION_ERROR",
    "issue.verify-only": "PROOF_GENERATION_ERROR",
    "issue.pointers": "PROOF_GENERATION_ERROR",
    "context.unsigned": _VERIFICATION,
    "issuer.mismatch": _VERIFICATION,
    "presentation.binding": _VERIFICATION,
    "presentation.base-proof": _VERIFICATION,
    "rdf.undefined-term": "DATA_LOSS_DETECTION_ERROR",
    "rdf.relative-iri": "DATA_LOSS_DETECTION_ERROR",
    "rdf.dropped": "DATA_LOSS_DETECTION_ERROR",
    "rdf.renamed": _VERIFICATION,
    "rdf.boolean": _VERIFICATION,
    "key.not-authorized": "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD",
    "key.document": "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT_ID",
    "key.type": _METHOD,
    "key.malformed": _METHOD,
    "key.unsupported": _METHOD,
}
_BY_AREA: Final = {
    "proof": _VERIFICATION,
    "bbs-2023": _VERIFICATION,
    "bbs-predicates-2026": _VERIFICATION,
    "composite": _VERIFICATION,
    "predicates": _VERIFICATION,
    "ecdsa-sd-2023": _VERIFICATION,
    "rdf": "PROOF_TRANSFORMATION_ERROR",
    "jcs": "PROOF_TRANSFORMATION_ERROR",
}


def error_type(code: str) -> str | None:
    """Give the URL by which the W3C texts name a fault, or None where they do not."""
    name = _BY_CODE.get(code) or _BY_AREA.get(code.partition(".")[0])
    return None if name is None else SECURITY + name
