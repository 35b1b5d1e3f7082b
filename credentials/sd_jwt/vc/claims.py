"""SD-JWT VC: which claims a credential has, and which of them are never hidden.

Text: SD-JWT-based Verifiable Digital Credentials, draft-ietf-oauth-sd-jwt-vc-18 (August 2026), section 2.2.
Invariants:
- `typ` is `dc+sd-jwt`; the older `vc+sd-jwt` means a credential of the W3C data model here (`data_model`).
- `iss`, `nbf`, `exp`, `cnf`, `vct`, `vct#integrity`, `aka_vcts` and `status` stand in plain, with all they
  hold; the issuing and the verifying side refuse them in disclosures.
- claims that are not understood are left alone.

Not here: the issuer's key (`issuer_keys`), type metadata, what a status says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.sd_jwt import issuing, verifying
from credentials.sd_jwt.disclosures import DEFAULT_HASH, HashName
from credentials.sd_jwt.vc.integrity import check_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from credentials.sd_jwt.form import SdJwt
    from credentials.sd_jwt.limits import Work
    from credentials.sd_jwt.paths import Path
    from credentials.sd_jwt.processing import Place
    from credentials.sd_jwt.verifying import VerifiedSdJwt
    from did.keys import PublicKey, Signer
    from did.types import JsonObject, JsonValue, RandomBytes

TYP: Final = "dc+sd-jwt"
ALWAYS_VISIBLE: Final = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"})
MAX_TYPES: Final = 16  # a type, and the more general ones it stands for
_CLAUSE: Final = "SD-JWT VC draft 18, section 2.2.2"
_MAX_TEXT: Final = 2048
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")


@dataclass(frozen=True, slots=True, repr=False)
class SdJwtVc:
    """A verified SD-JWT that is a credential of a type; made by `verify` only."""

    verified: VerifiedSdJwt
    vct: str
    also_known_as: tuple[str, ...]
    issuer: str | None

    @property
    def claims(self) -> JsonObject:
        """The claims in plain and those disclosed."""
        return self.verified.claims

    @property
    def types(self) -> tuple[str, ...]:
        """The type and the additional ones, which count as much."""
        return (self.vct, *self.also_known_as)


def verify(
    sd_jwt: SdJwt,
    key: PublicKey,
    *,
    now: datetime,
    expected_audience: str | None = None,
    required: Iterable[str] = (),
    skew: timedelta = verifying.NO_SKEW,
    work: Work | None = None,
) -> SdJwtVc:
    """Verify with the key that `issuer_keys` gave. Codes: those of `verifying.verify`, and sd-jwt-vc.*."""
    verified = verifying.verify(
        sd_jwt,
        key,
        expected_typ=TYP,
        now=now,
        expected_audience=expected_audience,
        required=required,
        skew=skew,
        work=work,
    )
    check_visible(verified.disclosed_places, ALWAYS_VISIBLE)
    check(verified.claims)
    return SdJwtVc(verified, str(verified.claims["vct"]), _types(verified.claims), issuer_of(verified.claims))


def issue(
    claims: JsonObject,
    *,
    signer: Signer,
    random_bytes: RandomBytes,
    header: JsonObject,
    disclosable: Sequence[Path] = (),
    holder_key: PublicKey | None = None,
    hash_name: HashName = DEFAULT_HASH,
    decoys: int = 0,
) -> str:
    """Issue an SD-JWT VC; `header` names the key (`kid`) or carries its certificates (`x5c`).

    Codes: sd-jwt-vc.*, and those of `issuing.issue`.
    """
    check(claims)
    if "iss" not in claims and "x5c" not in header:
        raise _malformed("nothing names the issuer: there is neither iss nor x5c")
    check_disclosable(disclosable, ALWAYS_VISIBLE)
    return issuing.issue(
        claims,
        signer=signer,
        typ=TYP,
        random_bytes=random_bytes,
        disclosable=disclosable,
        holder_key=holder_key,
        header=header,
        hash_name=hash_name,
        decoys=decoys,
    )


def check_disclosable(disclosable: Iterable[Path], always_visible: frozenset[str]) -> None:
    """Check that no path leads to or into a claim that is always visible (`sd-jwt.always-visible`)."""
    hidden = sorted({str(path[0]) for path in disclosable} & always_visible)
    # [SVC-01]
    if hidden:
        raise CredentialError(
            "sd-jwt.always-visible",
            f"{', '.join(hidden)} cannot be disclosed selectively",
            remedy="leave these paths out",
            clause=_CLAUSE + ".3",
        )


def check_visible(disclosed: Iterable[Place], always_visible: frozenset[str]) -> None:
    """Check that no always visible claim, or part of one, came from a disclosure (`sd-jwt-vc.hidden`)."""
    hidden = sorted({str(place[0]) for place in disclosed} & always_visible)
    # [SVC-02]
    if hidden:
        raise CredentialError(
            "sd-jwt-vc.hidden",
            f"{', '.join(hidden)} came from a disclosure, so a holder could leave it out",
            remedy="ask the issuer for a credential that shows it in plain",
            clause=_CLAUSE + ".3",
        )


def check(claims: JsonObject) -> None:
    """Check the claims that the draft defines (sd-jwt-vc.claims, sd-jwt-vc.type, sd-jwt-vc.integrity)."""
    # [SVC-03]
    if not _is_name(claims.get("vct")):
        raise CredentialError(
            "sd-jwt-vc.type",
            "vct is missing, or no name: a URI, or a text without colon",
            clause=_CLAUSE + ".1",
        )
    if "vct#integrity" in claims:
        check_form(claims["vct#integrity"])
    also = claims.get("aka_vcts", [])
    # [SVC-04]
    if not isinstance(also, list) or not all(_is_name(item) for item in also) or len(also) > MAX_TYPES:
        raise CredentialError(
            "sd-jwt-vc.type", f"aka_vcts is no list of at most {MAX_TYPES} names", clause=_CLAUSE + ".2"
        )
    # [SVC-05]
    if any(not isinstance(claims.get(name, {}), dict) for name in ("cnf", "status")):
        raise _malformed("cnf or status is no object")
    # [SVC-06]
    if any(not isinstance(claims.get(name, ""), str) for name in ("iss", "sub")):
        raise _malformed("iss or sub is no string")


def issuer_of(claims: JsonObject) -> str | None:
    """Give `iss`, None where certificates name the issuer."""
    issuer = claims.get("iss")
    return issuer if isinstance(issuer, str) else None


def _types(claims: JsonObject) -> tuple[str, ...]:
    also = claims.get("aka_vcts", [])
    return tuple(str(item) for item in also) if isinstance(also, list) else ()


def _is_name(value: JsonValue) -> bool:
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_TEXT:
        return False
    return ":" not in value or _URI.fullmatch(value) is not None


def _malformed(detail: str) -> CredentialError:
    return CredentialError("sd-jwt-vc.claims", detail, clause=_CLAUSE + ".3")
