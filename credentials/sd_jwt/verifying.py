"""Verifying an SD-JWT with the issuer's key.

Text: RFC 9901, section 7.1.

Checklist of `verify`:
1. The form was read (`form.read`); nothing is left over.
2. The signature holds under the key that the caller chose, over a text of the expected type; the algorithm is
   that of the key, so `none` is nobody's (step 2).
3. Disclosures and digests are processed by the checklist of `processing` (steps 3 to 5).
4. Required claims are there; exp, nbf, iat and aud hold, wherever they came from (step 6).
Whether a holder's key must be bound is the verifier's own policy, never a question of what was sent: see
`key_binding.verify_key_binding`, which takes what `verify` gives.

Not here: the choice of the key (`sd_jwt.vc.issuer_keys`), status, rules of a credential type.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from credentials.jose import jws
from credentials.sd_jwt.limits import LIMITS, Limits, Work
from credentials.sd_jwt.processing import Disclosed, Processed, process
from credentials.sd_jwt.validity import check_audience, check_times

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from credentials.sd_jwt.form import SdJwt
    from credentials.sd_jwt.processing import Place
    from did.keys import PublicKey
    from did.types import JsonObject

NO_SKEW: Final = timedelta(0)


@dataclass(frozen=True, slots=True, repr=False)
class VerifiedSdJwt:
    """An SD-JWT that the issuer's key signed, with the claims that it shows; made by `verify` only."""

    sd_jwt: SdJwt
    processed: Processed

    @property
    def claims(self) -> JsonObject:
        """The claims, those in plain and those disclosed, without digests."""
        return self.processed.claims

    @property
    def header(self) -> JsonObject:
        """The header of the issuer's JWT."""
        return self.sd_jwt.jws.header

    @property
    def disclosed(self) -> tuple[Disclosed, ...]:
        """Which claims and elements came from disclosures; all others are always visible."""
        return self.processed.disclosed

    @property
    def disclosed_places(self) -> frozenset[Place]:
        """The places of `disclosed`."""
        return self.processed.places


def verify(
    sd_jwt: SdJwt,
    key: PublicKey,
    *,
    expected_typ: str,
    now: datetime,
    expected_audience: str | None = None,
    required: Iterable[str] = (),
    skew: timedelta = NO_SKEW,
    limits: Limits = LIMITS,
    work: Work | None = None,
) -> VerifiedSdJwt:
    """Verify with the issuer's key; `required` names claims that must be there, such as exp.

    Codes: jws.*, those of `processing.process`, sd-jwt.claim-missing, sd-jwt.time, sd-jwt.expired,
    sd-jwt.not-yet, sd-jwt.issued-later, sd-jwt.audience.
    """
    # [SDJ-36] signature, type and algorithm
    jws.verify(sd_jwt.jws, key, expected_typ=expected_typ)
    processed = process(sd_jwt.unverified_payload, sd_jwt.disclosures, limits=limits, work=work)
    check_times(processed.claims, now=now, skew=skew, required=required)
    check_audience(processed.claims, expected_audience=expected_audience)
    return VerifiedSdJwt(sd_jwt, processed)
