"""Step (6) for SD-JWT VC: the claims follow the metadata of the type, where it can be had.

Text: SD-JWT VC draft 18, type metadata.

A type of which nothing is known says nothing: processing its metadata is the verifier's choice. What pins the
metadata (`vct#integrity`) asks for it, and is not let pass unread.

What is not here: the rules (`credentials.sd_jwt.vc`), where metadata come from (`Means.types`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.sd_jwt.vc import check_type, resolve
from credentials.verifying.checks import PASSED, Remark
from credentials.verifying.verdict import Outcome

if TYPE_CHECKING:
    from credentials.sd_jwt.vc import SdJwtVc, TypeMetadataSource


UNKNOWN: Final = "type.unknown"


class _Nowhere:
    """The source of a verifier that has none."""

    def load(self, vct: str) -> bytes:
        raise CredentialError(UNKNOWN, f"metadata of the type {vct[:200]} are not looked up here")


def type_metadata(credential: SdJwtVc, source: TypeMetadataSource | None) -> Remark:
    """Check a credential against its type.

    Codes: type.*, sd-jwt-vc.integrity; type.unknown is a warning, or a fault where the metadata are pinned.
    """
    integrity = credential.claims.get("vct#integrity")
    try:
        resolved = resolve(credential.vct, integrity=integrity, source=source or _Nowhere())
    except CredentialError as error:
        if error.code != UNKNOWN or integrity is not None:
            raise
        return Remark(Outcome.WARNING, error.code, error.detail, error.remedy)
    check_type(credential, resolved, holds_all_disclosures=False)
    return PASSED
