"""The member `avow_prove` of a query: expressions, in each credential of it and in the query itself.

Invariants
- An expression of a credential names no other credential; one of the query names credentials of the query,
  and says of each claim whose it is unless there is but one.
- There are at most as many as a proof has predicates.

Not here: the rest of a query (`credentials.exchange.dcql`), what expressions mean (`compiling`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from credentials.errors import CredentialError
from credentials.predicates.expressions import printable, queries_of
from credentials.predicates.grammar import parse
from credentials.predicates.moments import resolve

if TYPE_CHECKING:
    import datetime as dt

    from credentials.exchange.dcql import Query
    from credentials.predicates.expressions import Expression
    from did.types import JsonObject, JsonValue

PROVE: Final = "avow_prove"


def read(entry: JsonObject, where: str, named: frozenset[str | None], *, most: int) -> tuple[Expression, ...]:
    """Read the member, if it is there.

    Args:
        entry: the query, or a credential of it.
        where: to say in errors.
        named: the credential queries that an expression may name; None: it may leave that out.
        most: how many expressions are accepted.

    Raises CredentialError: query.malformed, query.limit, expression.*.
    """
    if PROVE not in entry:
        return ()
    listed = entry[PROVE]
    texts = [text for text in listed if isinstance(text, str)] if isinstance(listed, list) else []
    if not isinstance(listed, list) or not texts or len(texts) < len(listed):
        raise _malformed(f"{where}: {PROVE} must be a list of expressions (texts) that is not empty")
    if len(texts) > most:
        raise CredentialError(
            "query.limit",
            f"{where}: {PROVE} has {len(texts)} expressions, at most {most} are accepted",
            remedy="ask for less at once",
        )
    expressions = tuple(map(parse, texts))
    for expression in expressions:
        if not queries_of(expression) <= named:
            raise _malformed(
                f"{where}: `{printable(expression.text())}` does not name credentials that it can speak "
                "about; write id:claim in the query itself, and bare claims in a credential of it"
            )
    return expressions


def resolve_all(query: Query, *, today: dt.date, now: dt.datetime) -> JsonObject:
    """Give the document of a query with days for `today` and `now`. Codes: expression.calendar."""

    def resolved(entry: JsonObject, prove: tuple[Expression, ...]) -> JsonObject:
        texts: list[JsonValue] = [resolve(item, today=today, now=now).text() for item in prove]
        return {**entry, PROVE: texts} if texts else entry

    entries = cast("list[JsonObject]", query.document["credentials"])
    credentials: list[JsonValue] = [
        resolved(entry, credential.prove)
        for entry, credential in zip(entries, query.credentials, strict=True)
    ]
    return resolved({**query.document, "credentials": credentials}, query.prove)


def _malformed(detail: str) -> CredentialError:
    return CredentialError("query.malformed", detail, remedy="correct the query")
