"""How the slots of a credential are typed: by the one schema that it names, from the reader's own copy.

Invariants:
- Nothing is fetched: a schema that is not known here makes the credential unreadable here.
- What was made of a schema is kept by its bytes, so equal bytes give the same typing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError, IndeterminateError
from credentials.predicates.claims import Typing, typing_of
from credentials.suites.predicates.value import CLAUSE, NAME
from did.jsontext import parse_object
from schemas.errors import SchemasError

if TYPE_CHECKING:
    from did.types import JsonObject
    from schemas.sources import SchemaSource

_TYPE: Final = "JsonSchema"
_KEPT: Final = 256
"""Typings kept; one is some kilobytes."""


def typing_in(document: JsonObject, schemas: SchemaSource, *, width: int | None) -> Typing:
    """Give the typing of a credential, with a revocation identifier of `width` bits or without.

    Codes: bbs-predicates-2026.schema where the document names none or several, and those of `typing_by`.
    """
    entry = document.get("credentialSchema")
    if isinstance(entry, list) and len(entry) == 1:
        entry = entry[0]
    url = entry.get("id") if isinstance(entry, dict) and entry.get("type") == _TYPE else None
    # [BP-09] one schema types the slots
    if not isinstance(url, str):
        raise CredentialError(
            f"{NAME}.schema",
            f"the credential does not name one schema of type {_TYPE}",
            remedy="issue by a profile with a schema",
            clause=CLAUSE,
        )
    return typing_by(url, schemas, width=width)


def typing_by(url: str, schemas: SchemaSource, *, width: int | None) -> Typing:
    """Give the typing by the schema at `url`.

    Codes: schema.unknown, and those of a schema whose claims cannot be typed.
    """
    try:
        found = schemas.schema(url, fetch=False)
        if found is None:
            raise IndeterminateError(
                "schema.unknown",
                f"the schema {url[:200]} is not known here, so the claims have no types",
                remedy="make the schema known here, or ask for a credential with a known one",
                clause=CLAUSE,
            )
        return _typing(found.content, width)
    except SchemasError as error:
        raise CredentialError(error.code, error.detail, remedy=error.remedy, clause=error.clause) from error


@lru_cache(_KEPT)
def _typing(content: bytes, width: int | None) -> Typing:
    return typing_of(parse_object(content, max_bytes=len(content)), width=width)
