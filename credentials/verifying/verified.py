"""What has been verified: types that only `credentials.verifying.verifier` builds.

Whoever holds a `VerifiedCredential` or `VerifiedPresentation` holds something for which every check of the
verifier's list passed under a policy. Policies, logins and exchanges take these types and nothing wider.

What is not here: how they are made.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from credentials.exchange.matching import Match
    from credentials.model.view import CredentialView
    from credentials.suites.bbs_features import ProvenPseudonym
    from credentials.verifying.composite import ProvenClaims, ProvenNym
    from did.keys import PublicKey
    from did.registry.states import RegistryState
    from did.types import JsonObject, JsonValue

SEAL: Final = object()
"""Shown by the verifier when it builds one of these; nobody else may (a test looks for other users)."""


@dataclass(frozen=True, slots=True)
class Assurance:
    """How well the registry vouches for a DID document.

    `state` is how far its newest version has got; `chain` labels what it is anchored on (``local-chain``
    proves format and flow, not decentralization); `version` is the version's id, where there is one.
    """

    state: RegistryState
    chain: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class VerifiedCredential:
    """A credential for which every check passed.

    `derived` says that it shows a part of what was signed, so what is absent may still have been signed.
    `over_rdf` says that statements were signed, which tell no list of one from its element and have no order.
    `pseudonyms` are those that its own proofs show; a composite proof's are the presentation's.
    """

    credential: CredentialView
    issuer: str
    verification_methods: tuple[str, ...]
    formats: tuple[str, ...]
    derived: bool
    over_rdf: bool
    assurance: Assurance | None
    pseudonyms: tuple[ProvenPseudonym, ...]
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        _check_seal(seal)


@dataclass(frozen=True, slots=True)
class VerifiedPresentation:
    """A presentation for which every check passed: of its proof, of each credential, of the query.

    `received` is what was verified, an object or a text. `proven` is what holds of claims that it does not
    show, `nyms` are the pseudonyms and nullifiers of its holder.
    """

    received: JsonValue
    holder: str
    holder_key: PublicKey
    challenge: str
    domain: str
    credentials: tuple[VerifiedCredential, ...]
    matches: tuple[Match, ...]
    proven: tuple[ProvenClaims, ...]
    nyms: tuple[ProvenNym, ...]
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        _check_seal(seal)

    def claims(self) -> JsonObject:
        """Give what was asked for: by query id, the values by JSON pointer.

        Of a credential signed as RDF a list of one is given as its element: they are one statement, and the
        holder could have written either. The order of longer lists may be the holder's too.
        """
        over_rdf = {id(verified.credential) for verified in self.credentials if verified.over_rdf}
        return {
            found.query.id: {
                place.pointer: _single(place.value) if id(found.credential) in over_rdf else place.value
                for place in found.selected
            }
            for found in self.matches
        }


def _single(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {name: _single(item) for name, item in value.items()}
    if isinstance(value, list):
        return _single(value[0]) if len(value) == 1 else [_single(item) for item in value]
    return value


def _check_seal(seal: object) -> None:
    if seal is not SEAL:
        raise TypeError("only credentials.verifying.verifier builds verified values")
