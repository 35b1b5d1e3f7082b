"""The versions of the data model, and `@context`, whose first item says which one a document is of.

Texts: W3C Verifiable Credentials Data Model 2.0 (Recommendation, 15 May 2025), 4.3; 1.1 (Recommendation,
3 March 2022), 4.1.

Invariants:
- the first context is that of a version, and the context of no other version follows.
- the rest are absolute URLs or objects, none of them twice: both texts speak of an ordered set.
- a single text stands for a set of one.

What is not here: which contexts are known, and that inline ones are refused
(`credentials.verifying.checks.context`); what contexts mean (`credentials.rdf`).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.model import identifiers

if TYPE_CHECKING:
    from credentials.limits import Limits
    from did.types import JsonObject, JsonValue

CONTEXT_V2: Final = "https://www.w3.org/ns/credentials/v2"
CONTEXT_V1: Final = "https://www.w3.org/2018/credentials/v1"
_CODE: Final = "model.context"
_CLAUSE: Final = "VCDM 2.0, 4.3"


class Version(Enum):
    """A version of the data model."""

    V2 = "2.0"
    V1 = "1.1"


BOTH: Final = (Version.V2, Version.V1)
BASE: Final = {Version.V2: CONTEXT_V2, Version.V1: CONTEXT_V1}
"""The first context of each version."""
_VERSION: Final = {url: version for version, url in BASE.items()}


def version_of(value: JsonValue) -> Version | None:
    """Say of which version a document with this `@context` is, or None where it is of neither."""
    first = value[0] if isinstance(value, list) and value else value
    return _VERSION.get(first) if isinstance(first, str) else None


def read_contexts(document: JsonObject, limits: Limits) -> tuple[Version, tuple[JsonValue, ...]]:
    """Read `@context` of a credential or presentation. Codes: model.context."""
    value = document.get("@context")
    version = version_of(value)
    # [MDL-01] without a version nobody knows the rules
    if version is None:
        raise CredentialError(
            _CODE,
            f"/@context: the first context must be {CONTEXT_V2}, or {CONTEXT_V1} for version 1.1",
            clause=_CLAUSE,
            remedy=f"begin @context with {CONTEXT_V2}",
        )
    contexts = read_items(value, limits)
    # [MDL-02] contexts of two versions give one name two meanings
    if any(isinstance(item, str) and item in _VERSION for item in contexts[1:]):
        raise CredentialError(
            _CODE, "/@context: the context of a version stands first and only there", clause=_CLAUSE
        )
    return version, contexts


def read_items(value: JsonValue, limits: Limits) -> tuple[JsonValue, ...]:
    """Read the items of `@context`, whatever the first one is. Codes: model.context."""
    items = value if isinstance(value, list) else [value]
    # [MDL-03] each context is a table to merge
    if len(items) > limits.max_contexts:
        raise CredentialError(
            _CODE, f"/@context: {len(items)} contexts, at most {limits.max_contexts} are accepted"
        )
    named = [(index, item) for index, item in enumerate(items) if not isinstance(item, dict)]
    # [MDL-04] each is a URL, as it is no object
    for index, item in named:
        identifiers.url(item, _CODE, f"/@context/{index}", limits)
    # [MDL-05] an ordered set has no item twice
    if any(item in items[:index] for index, item in named):
        raise CredentialError(_CODE, "/@context: a context stands twice in an ordered set", clause=_CLAUSE)
    return tuple(items)
