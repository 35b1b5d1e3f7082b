"""Whether a credential answers a query, and which of its members do.

Text: OpenID for Verifiable Presentations 1.0, 6.3, 6.4 and 7.1 (claims path pointer from the credential's
root).

Holder and verifier run the same code: the holder to choose and to know what to reveal, the verifier to
check again, on what was verified, everything it asked for.

Invariants:
- values are compared with their JSON type: true is not 1, and 1 is not "1".
- a step of the wrong kind (a name into an array, an index into an object) selects nothing.
- null and an empty list are no answer: in RDF they say nothing, so a holder could add them to what was
  signed.
- each query is answered by a credential of its own, by one that can be proven with where something has to be
  proven of it, be it together with others: no claim is shown for an answer that cannot hold.
- a query with expressions (`avow_prove`) is refused unless the caller says that it sees to them: what is
  matched here says nothing about hidden claims.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.exchange import dcql
from credentials.exchange.types import full_types
from credentials.formats import CRYPTOSUITES, DC_SD_JWT, ED25519_SIGNATURE_2020, JWT_VC, VC_JWT
from credentials.predicates.needs import needs_of
from schemas.sources import BUNDLED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from credentials.exchange.dcql import ClaimQuery, CredentialQuery, PathStep, Query
    from credentials.model.view import CredentialView
    from did.types import JsonScalar, JsonValue
    from schemas.sources import ContextSource


_NAMES: Final[Mapping[str, str]] = {
    **dict.fromkeys((*CRYPTOSUITES, ED25519_SIGNATURE_2020), dcql.LDP_VC),
    **dict.fromkeys((VC_JWT, JWT_VC), dcql.JWT_VC_JSON),
    DC_SD_JWT: dcql.DC_SD_JWT,
}
"""The name that DCQL has for a form; those of `vc+sd-jwt` and `vc+cose` do not exist."""
_ANY: Final[Mapping[str, CredentialView]] = {}
_REMEDY: Final = "present a credential of the type asked for, with the claims and values asked for"
_PROVABLE_REMEDY: Final = (
    "proofs need a credential of the type asked for that was issued to this wallet's commitment: "
    "ask its issuer for an offer"
)


@dataclass(frozen=True, slots=True)
class Selected:
    """One place in a credential: its JSON pointer (RFC 6901) and what stands there."""

    pointer: str
    value: JsonValue


@dataclass(frozen=True, slots=True)
class Match:
    """A credential that answers a query with these places of it."""

    query: CredentialQuery
    credential: CredentialView
    selected: tuple[Selected, ...]

    def pointers(self) -> tuple[str, ...]:
        """Give the JSON pointers of what the query asks for, in order, each once."""
        return tuple(dict.fromkeys(place.pointer for place in self.selected))


@dataclass(frozen=True, slots=True)
class Held:
    """A credential, and in which form of DCQL it is; None for a form that no query can ask for.

    `provable` says that statements about what it does not show can be proven of it, or were.
    """

    credential: CredentialView
    format: str | None
    provable: bool = False


def format_of(formats: Sequence[str]) -> str | None:
    """Give the name that DCQL has for the form of a credential (`credentials.formats`)."""
    named = {_NAMES.get(name) for name in formats}
    return named.pop() if len(named) == 1 else None


def match(query: CredentialQuery, held: Held, known: ContextSource = BUNDLED.contexts) -> Match | None:
    """Match one credential with one query; the first claim set that holds decides."""
    credential = held.credential
    if held.format != query.format or (query.prove and not held.provable):
        return None
    plain = query.format == dcql.DC_SD_JWT
    types = frozenset(credential.types) if plain else full_types(credential.types, credential.contexts, known)
    if not any(alternative <= types for alternative in query.type_values):
        return None
    for claims in query.claim_sets:
        places = [_claim(claim, credential.document) for claim in claims]
        if all(places):
            return Match(query, credential, tuple(place for found in places for place in found))
    return None


def satisfy(
    query: Query,
    credentials: Sequence[Held],
    known: ContextSource = BUNDLED.contexts,
    *,
    allowed: Mapping[str, CredentialView] = _ANY,
) -> tuple[Match, ...]:
    """Answer every query with a credential of its own, using every credential.

    `allowed` names the only credential for a query id. Codes: query.unsatisfied where a query has no answer,
    query.unrequested where a credential answers none.
    """
    found = answer(query, credentials, allowed=allowed, known=known)
    if len(found) != len(credentials):
        raise CredentialError(
            "query.unrequested",
            f"{len(credentials)} credentials were presented for {len(query.credentials)} queries",
            remedy="present no more than was asked for",
        )
    return found


def answer(
    query: Query,
    credentials: Sequence[Held],
    *,
    allowed: Mapping[str, CredentialView] = _ANY,
    known: ContextSource = BUNDLED.contexts,
) -> tuple[Match, ...]:
    """Answer every query with a credential of its own, earlier credentials first.

    `allowed` names the only credential for a query id. Codes: query.unsatisfied.
    """
    options = [
        {
            index: found
            for index, held in enumerate(credentials)
            if allowed.get(entry.id, held.credential) is held.credential
            and (held.provable or not needs_of(query, entry.id).proof)
            and (found := match(entry, held, known))
        }
        for entry in query.credentials
    ]
    assigned: dict[int, int] = {}
    for number, entry in enumerate(query.credentials):
        if not _assign(number, options, assigned, set()):
            raise CredentialError(
                "query.unsatisfied",
                f"no credential answers the query {entry.id}",
                clause="OpenID4VP 1.0, 8.6",
                remedy=_REMEDY if not _asks_proof(query, entry) else _PROVABLE_REMEDY,
            )
    by_query = {number: index for index, number in assigned.items()}
    return tuple(options[number][by_query[number]] for number in range(len(options)))


def _asks_proof(query: Query, entry: CredentialQuery) -> bool:
    return bool(entry.prove or query.prove)


def _assign(number: int, options: list[dict[int, Match]], assigned: dict[int, int], tried: set[int]) -> bool:
    # Augmenting paths (Kuhn): at most 20 x 20, so an answer is found whenever one exists.
    for index in options[number]:
        if index in tried:
            continue
        tried.add(index)
        if index not in assigned or _assign(assigned[index], options, assigned, tried):
            assigned[index] = number
            return True
    return False


def _claim(claim: ClaimQuery, document: JsonValue) -> tuple[Selected, ...]:
    places = tuple(place for place in select(document, claim.path) if place.value not in (None, []))
    if not claim.values:
        return places
    return tuple(place for place in places if any(_same(place.value, value) for value in claim.values))


def _same(found: JsonValue, expected: JsonScalar) -> bool:
    # bool is an int in Python; in JSON it is not.
    return type(found) is type(expected) and found == expected


def select(document: JsonValue, path: tuple[PathStep, ...]) -> tuple[Selected, ...]:
    """Give the places that a claims path leads to; none where a step finds nothing it can enter."""
    places: tuple[Selected, ...] = (Selected("", document),)
    for step in path:
        places = tuple(next_place for place in places for next_place in _enter(place, step))
    return places


def _enter(place: Selected, step: PathStep) -> tuple[Selected, ...]:
    value = place.value
    if isinstance(step, str):
        if isinstance(value, dict) and step in value:
            escaped = step.replace("~", "~0").replace("/", "~1")
            return (Selected(f"{place.pointer}/{escaped}", value[step]),)
    elif isinstance(value, list):
        indexes = range(len(value)) if step is None else range(step, min(step + 1, len(value)))
        return tuple(Selected(f"{place.pointer}/{index}", value[index]) for index in indexes)
    return ()
