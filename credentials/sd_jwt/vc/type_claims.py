"""Does a credential keep what its type says about claims?

Text: SD-JWT VC draft 18, Claim Metadata.
Invariants:
- a rule that is processed and fails refuses the credential.
- a verifier never takes a claim that it does not see for one that the issuer left out, unless nothing is
  hidden: no digest is left without disclosure, or every disclosure is at hand.

Not here: JSON Schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.sd_jwt.paths import MAX_PLACES, Path, show

if TYPE_CHECKING:
    from credentials.sd_jwt.processing import Place
    from credentials.sd_jwt.vc.claims import SdJwtVc
    from credentials.sd_jwt.vc.type_metadata import ClaimMetadata, ResolvedType
    from did.types import JsonObject, JsonValue

_CLAUSE: Final = "SD-JWT VC draft 18, Claim Metadata"


def check_type(credential: SdJwtVc, resolved: ResolvedType, *, holds_all_disclosures: bool) -> None:
    """Check the claims of a credential against its type.

    `holds_all_disclosures` is for issuer and holder, who see every claim there is.
    Codes: type.mismatch, type.path, type.mandatory, type.disclosable, type.not-disclosable.
    """
    # [SVC-33] the type of this credential
    if resolved.types[0] != credential.vct:
        raise CredentialError("type.mismatch", "the metadata is another type's than vct", clause=_CLAUSE)
    processed = credential.verified.processed
    all_seen = holds_all_disclosures or processed.hidden == 0
    for claim in resolved.claims:
        selected = _select(claim.path, processed.claims)
        unhideable = claim.sd == "never" and len(claim.path) == 1
        # [SVC-34] mandatory claims
        if claim.mandatory and not selected and (all_seen or unhideable):
            raise CredentialError(
                "type.mandatory",
                f"the type requires {show(claim.path)}, and the credential has nothing there",
                clause=_CLAUSE,
            )
        for place in selected:
            _check_disclosability(claim, place, disclosed=place in processed.places)


def _check_disclosability(claim: ClaimMetadata, place: Place, *, disclosed: bool) -> None:
    # [SVC-35] always disclosable
    if claim.sd == "always" and not disclosed:
        raise CredentialError(
            "type.not-disclosable",
            f"{show(place)} stands in plain, and the type says it is always selectively disclosable",
            clause=_CLAUSE,
        )
    # [SVC-36] never disclosable
    if claim.sd == "never" and disclosed:
        raise CredentialError(
            "type.disclosable",
            f"{show(place)} came from a disclosure, and the type says it never does",
            clause=_CLAUSE,
        )


def _select(path: Path, claims: JsonObject) -> list[Place]:
    level: list[tuple[Place, JsonValue]] = [((), claims)]
    for step in path:
        following: list[tuple[Place, JsonValue]] = []
        for place, value in level:
            kind = dict if isinstance(step, str) else list
            # [SVC-37] a path through objects and arrays
            if not isinstance(value, kind):
                raise CredentialError(
                    "type.path",
                    f"{show(path)} leads through a value that is no {'object' if kind is dict else 'array'}",
                    clause=_CLAUSE,
                )
            following += _below(step, place, value)
        level = following
        if len(level) > MAX_PLACES:
            raise CredentialError("path.limit", f"a path selects more than {MAX_PLACES} values")
    return [place for place, _ in level]


def _below(step: str | int | None, place: Place, value: JsonValue) -> list[tuple[Place, JsonValue]]:
    if isinstance(value, dict) and isinstance(step, str):
        return [((*place, step), value[step])] if step in value else []
    if isinstance(value, list) and not isinstance(step, str):
        return [((*place, index), item) for index, item in enumerate(value) if step is None or index == step]
    return []
