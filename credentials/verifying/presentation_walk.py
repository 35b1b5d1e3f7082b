"""The walk through the checklist of a presentation; numbers are those of `credentials.verifying.verifier`.

What is not here: the checks themselves, and who calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.dialects import presenting
from credentials.dialects.presenting import KeyBound
from credentials.errors import CredentialError
from credentials.formats import BBS_2023
from credentials.suites import Reader, Setting
from credentials.verifying import binding, checks, presentation_checks
from credentials.verifying.composite import (
    VERIFICATION,
    Occasion,
    ProvenNym,
    check_composite,
    has_composite,
)
from credentials.verifying.credential_walk import BINDING, INTEGRITY, MODEL, Shown, walk_credential
from credentials.verifying.verified import SEAL, VerifiedPresentation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from credentials.exchange.dcql import Query
    from credentials.exchange.matching import Match
    from credentials.model import Credential, Enveloped
    from credentials.verifying.composite import Composite
    from credentials.verifying.means import Means
    from credentials.verifying.presentation_checks import Signer
    from credentials.verifying.verified import VerifiedCredential
    from credentials.verifying.walk import Walk
    from did.keys import PublicKey
    from did.types import JsonObject, JsonValue

_QUERY: Final = "OpenID4VP 1.0, 8.6"


@dataclass(frozen=True, slots=True)
class Expected:
    """What the verifier asked: with which challenge, for which domain, for which credentials."""

    challenge: str
    domain: str
    query: Query | None


def walk_presentation(
    walk: Walk,
    value: JsonValue,
    means: Means,
    expected: Expected,
    *,
    proven: Composite | CredentialError | None = None,
) -> VerifiedPresentation | None:
    """Walk through steps P1 to P7; `proven` is what is known of the composite proof of this very value."""
    # step P1, parse
    reading = walk.step("parse", MODEL, lambda: presenting.read(value, means.policy.limits), core=True)
    if reading is None:
        return None
    if isinstance(reading, KeyBound):
        return _key_bound(walk, reading, means, expected)
    walk.step(
        "context", "VC-DI 1.0, 4.6", lambda: checks.context(reading.contexts, means.known.contexts), core=True
    )
    # step P2, holder
    signer = walk.step("holder", "VCDM 2.0, 4.13.1", lambda: reading.signer(means), core=True)
    # step P3, proof
    walk.then(
        signer,
        "proof",
        INTEGRITY,
        lambda found: reading.prove(
            found, expected_challenge=expected.challenge, expected_domain=expected.domain, means=means
        ),
        core=True,
    )
    # step P4, header
    header = walk.then(
        signer,
        "presentation-header",
        BINDING,
        lambda found: binding.presentation_header(
            domain=expected.domain, challenge=expected.challenge, holder_key=found.key
        ),
        core=True,
    )
    # step P5, what is proven of several credentials together
    composite = _composite(walk, reading.credentials, header, expected, means, proven)
    # step P6, credentials
    beyond = composite.check if composite else _without(reading.credentials, means)
    verified = []
    for number, credential in enumerate(reading.credentials):
        if signer is None or header is None:
            walk.skip(f"credential-{number}", MODEL)
            continue
        inner = walk.below()
        setting = Setting(Reader.VERIFIER, header, audience=expected.domain, beyond=beyond)
        shown = Shown(setting, signer, unrevoked=None if composite is None else composite.unrevoked(number))
        verified.append(walk_credential(inner, credential, means, shown).verified)
        walk.close(f"credential-{number}", inner)
    held = tuple(item for item in verified if item is not None)
    return _concluded(walk, value, held, len(reading.credentials), signer, expected, means, composite)


def _without(
    credentials: tuple[Credential | Enveloped, ...], means: Means
) -> Callable[[JsonObject, PublicKey], None] | None:
    """What checks a composite proof that does not hold: it is refused, and the reason stands above."""
    return _refuse if has_composite(credentials, means.suites) else None


def _refuse(_: JsonObject, __: PublicKey) -> None:
    raise CredentialError(
        "proof.alone", "the composite proof of the presentation does not hold: see there", clause=VERIFICATION
    )


def _composite(
    walk: Walk,
    credentials: tuple[Credential | Enveloped, ...],
    header: bytes | None,
    expected: Expected,
    means: Means,
    proven: Composite | CredentialError | None,
) -> Composite | None:
    if not has_composite(credentials, means.suites):
        return None
    if proven is not None:
        return walk.then(header, "composite-proof", VERIFICATION, lambda _: _found(proven), core=True)
    return walk.then(
        header,
        "composite-proof",
        VERIFICATION,
        lambda found: check_composite(credentials, means, Occasion(expected.query, expected.domain, found)),
        core=True,
    )


def _own_nyms(held: tuple[VerifiedCredential, ...], matches: tuple[Match, ...]) -> Iterator[ProvenNym]:
    """Give the pseudonyms that single credentials show, each with the query that its credential answers."""
    for item in held:
        named = next((match.query.id for match in matches if match.credential is item.credential), "")
        for nym in item.pseudonyms:
            yield ProvenNym(named, item.issuer, BBS_2023, "pseudonym", nym.context, "", nym.octets)


def _found(proven: Composite | CredentialError) -> Composite:
    if isinstance(proven, CredentialError):
        raise proven
    return proven


def _key_bound(
    walk: Walk, reading: KeyBound, means: Means, expected: Expected
) -> VerifiedPresentation | None:
    # step P6, the one credential; its holder is found in it
    inner = walk.below()
    shown = Shown(Setting(Reader.VERIFIER), bound_later=True)
    walked = walk_credential(inner, reading.text, means, shown)
    walk.close("credential-0", inner)
    # steps P2 and P3, holder and key binding
    signer = walk.then(
        walked.proven,
        "key-binding",
        "RFC 9901, 7.3",
        lambda found: presentation_checks.key_binding(
            found.sd_jwt,
            expected_challenge=expected.challenge,
            expected_domain=expected.domain,
            means=means,
        ),
        core=True,
    )
    held = () if walked.verified is None else (walked.verified,)
    return _concluded(walk, reading.text, held, 1, signer, expected, means, None)


def _concluded(
    walk: Walk,
    received: JsonValue,
    held: tuple[VerifiedCredential, ...],
    shown: int,
    signer: Signer | None,
    expected: Expected,
    means: Means,
    composite: Composite | None,
) -> VerifiedPresentation | None:
    # step P7, query
    whole = held if len(held) == shown else None
    matches = walk.then(
        whole,
        "query",
        _QUERY,
        lambda found: presentation_checks.query(found, expected.query, means.known.contexts, composite),
    )
    if not walk.accepted or signer is None or matches is None:
        return None
    return VerifiedPresentation(
        received=received,
        holder=signer.did.text,
        holder_key=signer.key,
        challenge=expected.challenge,
        domain=expected.domain,
        credentials=held,
        matches=matches,
        proven=() if composite is None or expected.query is None else composite.proven(expected.query),
        nyms=(*_own_nyms(held, matches), *(() if composite is None else composite.nyms)),
        seal=SEAL,
    )
