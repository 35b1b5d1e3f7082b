"""The holder's side: taking what an issuer sent, choosing claims, presenting them.

Text: RFC 9901, sections 7.2 (processing by the holder) and 4.3 (key binding).
Invariants:
- what an issuer sends carries no key binding, and every disclosure in it belongs to it.
- a presentation keeps the issuer's bytes, and the disclosures in the issuer's order: order says nothing.
- a disclosure is sent with all the disclosures that it stands in, or the verifier could not find it.

Not here: who asks and whether to answer (the wallet).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.sd_jwt.disclosures import hash_name
from credentials.sd_jwt.form import SEPARATOR
from credentials.sd_jwt.key_binding import KeyBinding, bind
from credentials.sd_jwt.paths import Path, places
from credentials.sd_jwt.verifying import NO_SKEW, verify

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime, timedelta

    from credentials.sd_jwt.form import SdJwt
    from credentials.sd_jwt.processing import Place
    from credentials.sd_jwt.verifying import VerifiedSdJwt
    from did.keys import PublicKey

_CLAUSE: Final = "RFC 9901 section 7.2"


def receive(
    sd_jwt: SdJwt, key: PublicKey, *, expected_typ: str, now: datetime, skew: timedelta = NO_SKEW
) -> VerifiedSdJwt:
    """Verify what an issuer sent, as its holder. Codes: sd-jwt.key-binding and those of `verify`."""
    # [SDJ-46] holder only
    if sd_jwt.key_binding is not None:
        raise CredentialError(
            "sd-jwt.key-binding",
            "an issuer sent a key binding JWT, which only a holder makes",
            remedy="ask for the credential again",
            clause=_CLAUSE,
        )
    return verify(sd_jwt, key, expected_typ=expected_typ, now=now, skew=skew)


def select(held: VerifiedSdJwt, paths: Sequence[Path], *, whole_values: bool = True) -> frozenset[Place]:
    """Give the places whose disclosures must be sent to show what `paths` select (`path.nothing`).

    A selected object or array is shown with everything in it; with `whole_values` off, with what is always
    visible in it only.
    """
    selected = places(paths, held.claims)
    on_the_way = {place[:end] for place in selected for end in range(1, len(place) + 1)}
    return frozenset(
        place
        for place in held.disclosed_places
        if place in on_the_way
        or (whole_values and any(place[:end] in selected for end in range(1, len(place))))
    )


def present(
    held: VerifiedSdJwt,
    paths: Sequence[Path],
    *,
    key_binding: KeyBinding | None = None,
    whole_values: bool = True,
) -> str:
    """Write a presentation that shows what `paths` select, and no other disclosable claim."""
    return present_places(held, select(held, paths, whole_values=whole_values), key_binding=key_binding)


def present_places(
    held: VerifiedSdJwt, chosen: Collection[Place], *, key_binding: KeyBinding | None = None
) -> str:
    """Write a presentation with exactly these disclosures (`sd-jwt.outer-missing`)."""
    texts = {item.text for item in held.disclosed if item.place in chosen}
    disclosable = held.disclosed_places
    for place in chosen:
        # [SDJ-47] found from the top
        if any(place[:end] in disclosable and place[:end] not in chosen for end in range(1, len(place))):
            raise CredentialError(
                "sd-jwt.outer-missing",
                "a disclosure stands in another one that is not sent",
                remedy="disclose the claim that holds it too",
                clause=_CLAUSE,
            )
    kept = [text for text in held.sd_jwt.disclosures if text in texts]
    presentation = SEPARATOR.join((held.sd_jwt.jwt, *kept, ""))
    if key_binding is None:
        return presentation
    algorithm = hash_name(held.sd_jwt.unverified_payload)
    return presentation + bind(presentation, key_binding, algorithm=algorithm)
