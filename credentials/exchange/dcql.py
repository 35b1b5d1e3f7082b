"""The query of a relying party: a subset of the Digital Credentials Query Language.

Text: OpenID for Verifiable Presentations 1.0, sections 6 and 7.1.

Read: `credentials[]` with `id`, `format` (`ldp_vc` and `jwt_vc_json` with `meta.type_values`, `dc+sd-jwt`
with `meta.vct_values`), `claims[]` (`id`, `path`, `values`), `claim_sets`, and the defaults of `multiple` and
`require_cryptographic_holder_binding` where written out. Of our own, in a credential of format `ldp_vc` and
in the query itself: `avow_prove`, expressions about claims that stay hidden (`credentials.predicates`).

Invariants:
- ids are unique; `claim_sets` names claims that exist; paths are not empty; sizes are bounded.
- a member that is not read here is an error, not ignored: a wallet that overlooks a member which narrows the
  request (a predicate, say) would reveal more than was asked for.
- expressions name only credentials of the query (`credentials.predicates.asked`).

What is not here: `credential_sets`, `trusted_authorities`, other formats (code query.unsupported); matching
(`credentials.exchange.matching`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.predicates import asked

if TYPE_CHECKING:
    import datetime as dt

    from credentials.predicates.expressions import Expression
    from did.types import JsonObject, JsonScalar, JsonValue

LDP_VC: Final = "ldp_vc"
JWT_VC_JSON: Final = "jwt_vc_json"
DC_SD_JWT: Final = "dc+sd-jwt"
FORMATS: Final = (LDP_VC, JWT_VC_JSON, DC_SD_JWT)
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """The sizes beyond which a query is refused."""

    max_credentials: int = 20  # as many as a presentation may hold
    max_claims: int = 100  # of one credential; a person cannot judge more
    max_claim_sets: int = 20  # each is tried in turn
    max_path: int = 16  # steps; real paths have two to four
    max_values: int = 100  # each is compared with each selected value
    max_text: int = 512  # characters of a step or value
    max_types: int = 20  # alternatives in type_values, and types in one of them
    max_prove: int = 16  # expressions, of a credential or the query; a proof has no more predicates


LIMITS: Final = QueryLimits()

PathStep = str | int | None
"""A member's name, an index, or None for every element of an array."""


@dataclass(frozen=True, slots=True)
class ClaimQuery:
    """One claim: where it stands, from the credential's root, and the values that satisfy it (empty: any)."""

    path: tuple[PathStep, ...]
    values: tuple[JsonScalar, ...] = ()
    id: str | None = None


@dataclass(frozen=True, slots=True)
class CredentialQuery:
    """One credential: its form, alternatives of types, and the claims that it must show.

    `type_values` are sets of fully expanded types; for `dc+sd-jwt`, of one `vct` each.
    `claim_sets` are the alternatives in order of preference, each a tuple of claims; without the member there
    is one alternative with every claim. `prove` is what must be shown of claims that stay hidden.
    """

    id: str
    format: str
    type_values: tuple[frozenset[str], ...]
    claims: tuple[ClaimQuery, ...]
    claim_sets: tuple[tuple[ClaimQuery, ...], ...]
    prove: tuple[Expression, ...] = ()

    @property
    def has_index(self) -> bool:
        """Whether a claim is asked for by its position in a list, which RDF does not keep."""
        return any(isinstance(step, int) for claim in self.claims for step in claim.path)


@dataclass(frozen=True, slots=True)
class Query:
    """Everything asked for; all of `credentials` must be answered, and `prove` shown of several of them."""

    credentials: tuple[CredentialQuery, ...]
    document: JsonObject
    prove: tuple[Expression, ...] = ()

    @classmethod
    def parse(cls, value: JsonValue, *, limits: QueryLimits = LIMITS) -> Query:
        """Read a DCQL query. Codes: query.malformed, query.unsupported, query.limit, expression.*."""
        document = _members(
            value, "the query", required={"credentials"}, optional={asked.PROVE}, refused={"credential_sets"}
        )
        entries = _list(document["credentials"], "credentials", limits.max_credentials)
        credentials = tuple(_credential(entry, limits) for entry in entries)
        if len({credential.id for credential in credentials}) != len(credentials):
            raise _malformed("two credentials of the query have one id")
        ids = frozenset(credential.id for credential in credentials)
        # Whose claim it is goes without saying where there is but one credential.
        named = ids | {None} if len(ids) == 1 else ids
        prove = asked.read(document, "the query", named, most=limits.max_prove)
        return cls(credentials, document, prove)

    def to_json(self) -> JsonObject:
        """Give the query as it was read."""
        return self.document

    def resolved(self, *, today: dt.date, now: dt.datetime) -> Query:
        """Put days for `today` and `now` in all expressions, before the query is sent.

        Codes: expression.calendar.
        """
        return Query.parse(asked.resolve_all(self, today=today, now=now))


def _credential(value: JsonValue, limits: QueryLimits) -> CredentialQuery:
    entry = _members(
        value,
        "a credential of the query",
        required={"id", "format", "meta"},
        optional={"claims", "claim_sets", "multiple", "require_cryptographic_holder_binding", asked.PROVE},
        refused={"trusted_authorities"},
    )
    identifier = _identifier(entry["id"])
    form = entry["format"]
    if not isinstance(form, str) or form not in FORMATS:
        raise _unsupported(f"credential {identifier}: the format must be one of {', '.join(FORMATS)}")
    if entry.get("multiple", False) is not False:
        raise _unsupported(f"credential {identifier}: `multiple` is not supported, ask once for each")
    if entry.get("require_cryptographic_holder_binding", True) is not True:
        raise _unsupported(f"credential {identifier}: presentations are always bound to a holder's key")
    claims: tuple[ClaimQuery, ...] = ()
    if "claims" in entry:
        listed = _list(entry["claims"], f"credential {identifier}: claims", limits.max_claims)
        claims = tuple(_claim(claim, limits) for claim in listed)
    if asked.PROVE in entry and form != LDP_VC:
        raise _unsupported(f"credential {identifier}: {asked.PROVE} needs the format {LDP_VC}")
    read = _vct_values if form == DC_SD_JWT else _type_values
    return CredentialQuery(
        identifier,
        form,
        read(entry["meta"], identifier, limits),
        claims,
        _claim_sets(entry, claims, identifier, limits),
        asked.read(entry, f"credential {identifier}", frozenset({None, identifier}), most=limits.max_prove),
    )


def _type_values(meta: JsonValue, identifier: str, limits: QueryLimits) -> tuple[frozenset[str], ...]:
    found = _members(meta, f"credential {identifier}: meta", required={"type_values"})["type_values"]
    where = f"credential {identifier}: meta.type_values"
    alternatives = []
    for alternative in _list(found, where, limits.max_types):
        names = _list(alternative, where, limits.max_types)
        iris = frozenset(
            name
            for name in names
            if isinstance(name, str) and len(name) <= limits.max_text and _IRI.fullmatch(name)
        )
        if len(iris) != len(names):
            raise _malformed(f"{where} must hold lists of fully expanded types (absolute URLs), each once")
        alternatives.append(iris)
    return tuple(alternatives)


def _vct_values(meta: JsonValue, identifier: str, limits: QueryLimits) -> tuple[frozenset[str], ...]:
    found = _members(meta, f"credential {identifier}: meta", required={"vct_values"})["vct_values"]
    where = f"credential {identifier}: meta.vct_values"
    values = _list(found, where, limits.max_types)
    names = [name for name in values if isinstance(name, str) and 0 < len(name) <= limits.max_text]
    if len(names) != len(values):
        raise _malformed(f"{where} must hold types (texts)")
    return tuple(frozenset({name}) for name in names)


def _claim(value: JsonValue, limits: QueryLimits) -> ClaimQuery:
    entry = _members(value, "a claim of the query", required={"path"}, optional={"id", "values"})
    path = tuple(_step(step, limits) for step in _list(entry["path"], "a claim's path", limits.max_path))
    values: tuple[JsonScalar, ...] = ()
    if "values" in entry:
        values = tuple(_value(item, limits) for item in _list(entry["values"], "values", limits.max_values))
    return ClaimQuery(path, values, _identifier(entry["id"]) if "id" in entry else None)


def _step(step: JsonValue, limits: QueryLimits) -> PathStep:
    if isinstance(step, str) and 0 < len(step) <= limits.max_text:
        if step in {"@context", "proof"}:
            raise _malformed(f"a path cannot lead into {step}")
        return step
    if step is None:
        return None
    if isinstance(step, int) and not isinstance(step, bool) and step >= 0:
        return step
    raise _malformed("a step of a path is a name, null, or an integer from 0")


def _value(item: JsonValue, limits: QueryLimits) -> JsonScalar:
    if isinstance(item, bool | int) or (isinstance(item, str) and len(item) <= limits.max_text):
        return item
    raise _malformed(f"a value is a text of at most {limits.max_text} characters, an integer, true or false")


def _claim_sets(
    entry: JsonObject, claims: tuple[ClaimQuery, ...], identifier: str, limits: QueryLimits
) -> tuple[tuple[ClaimQuery, ...], ...]:
    named = [claim.id for claim in claims if claim.id is not None]
    if len(set(named)) != len(named):
        raise _malformed(f"credential {identifier}: two claims have one id")
    if "claim_sets" not in entry:
        return (claims,)
    where = f"credential {identifier}: claim_sets"
    by_id = {claim.id: claim for claim in claims}
    if not claims or None in by_id:
        raise _malformed(f"{where} needs `claims`, and an id on every claim")
    alternatives = []
    for alternative in _list(entry["claim_sets"], where, limits.max_claim_sets):
        ids = [_identifier(item) for item in _list(alternative, where, limits.max_claims)]
        if not set(ids) <= set(named):
            raise _malformed(f"{where} names a claim that is not there")
        alternatives.append(tuple(by_id[item] for item in ids))
    return tuple(alternatives)


def _identifier(value: JsonValue) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise _malformed("an id has 1 to 64 letters, digits, hyphens or underscores")
    return value


def _members(
    value: JsonValue,
    where: str,
    *,
    required: set[str],
    optional: frozenset[str] | set[str] = frozenset(),
    refused: frozenset[str] | set[str] = frozenset(),
) -> JsonObject:
    if not isinstance(value, dict):
        raise _malformed(f"{where} must be an object")
    missing = required - set(value)
    if missing:
        raise _malformed(f"{where} lacks {min(missing)}")
    for member in sorted(set(value) - required - optional):
        if member in refused:
            raise _unsupported(f"{where}: {member} is not supported")
        raise _unsupported(f"{where} has the unknown member {member[:40]!r}")
    return value


def _list(value: JsonValue, where: str, most: int) -> list[JsonValue]:
    if not isinstance(value, list) or not value:
        raise _malformed(f"{where} must be a list that is not empty")
    if len(value) > most:
        raise CredentialError("query.limit", f"{where} has {len(value)} entries, at most {most} are accepted")
    return value


def _malformed(detail: str) -> CredentialError:
    return CredentialError("query.malformed", detail, clause="OpenID4VP 1.0, 6", remedy="correct the query")


def _unsupported(detail: str) -> CredentialError:
    return CredentialError(
        "query.unsupported", detail, clause="OpenID4VP 1.0, 6", remedy="leave the member out"
    )
