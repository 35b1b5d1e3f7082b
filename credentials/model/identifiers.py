"""Identifiers and types: what credentials, presentations and the objects in them are called.

Texts: VC Data Model 2.0, 4.4 and 4.5; 1.1, 4.2 and 4.3 ("URI" there, read in the same way).

Invariants:
- an identifier is one absolute URL of any scheme (DIDs and URNs are URLs); null and lists are none.
- `type` is a name or a non-empty list of different names; their order says nothing.
- `@id` and `@type` do not stand beside or for `id` and `type` in an object that is read by name: JSON-LD
  would see an identifier that the reader does not.

What is not here: that a type is defined by a context (`credentials.rdf`, safe mode).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError

if TYPE_CHECKING:
    from credentials.limits import Limits
    from did.types import JsonObject, JsonValue

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x1f\x7f]+")


def is_url(value: str) -> bool:
    """Whether a text is an absolute URL, of any length."""
    return _URL.fullmatch(value) is not None


def url(value: JsonValue, code: str, where: str, limits: Limits) -> str:
    """Read an absolute URL (any scheme, so DIDs and URNs too)."""
    if not isinstance(value, str):
        raise CredentialError(code, f"{where}: must be a text that holds a URL", clause="VCDM 2.0, 4.4")
    # [MDL-06] no URL that works is longer
    if len(value) > limits.max_url:
        raise CredentialError(
            code, f"{where}: {len(value)} characters, at most {limits.max_url} are accepted"
        )
    # [MDL-07] a relative one means something else elsewhere
    if not is_url(value):
        raise CredentialError(
            code, f"{where}: must be an absolute URL", clause="VCDM 2.0, 4.4", remedy="begin it with a scheme"
        )
    return value


def optional_id(document: JsonObject, code: str, where: str, limits: Limits) -> str | None:
    """Read `id`, which may be absent; null is not absent."""
    check_names(document, where)
    return url(document["id"], code, f"{where}/id", limits) if "id" in document else None


def identified(value: JsonValue, code: str, where: str, limits: Limits, *, or_object: bool = True) -> str:
    """Read whoever is named by a URL, or by an object with an `id` where that is allowed."""
    if or_object and isinstance(value, dict):
        check_names(value, where)
        return url(value.get("id"), code, f"{where}/id", limits)
    return url(value, code, where, limits)


def check_names(document: JsonObject, where: str) -> None:
    """Refuse `@id` and `@type` in an object of which `id` and `type` are read. Codes: model.keyword."""
    # [MDL-08] a subject called by @id has no id for whoever binds it to a holder
    if "@id" in document or "@type" in document:
        raise CredentialError(
            "model.keyword",
            f"{where or '/'}: @id and @type are written as id and type here",
            clause="VCDM 2.0, 4.4 and 4.5",
        )


def names(value: JsonValue, code: str, where: str, limits: Limits) -> tuple[str, ...]:
    """Read `type`: one name or a list of distinct, non-empty names."""
    listed = value if isinstance(value, list) else [value]
    texts = tuple(item for item in listed if isinstance(item, str) and item and not item.startswith("@"))
    # [MDL-09] at least one, and each a name
    if not listed or len(texts) != len(listed):
        raise CredentialError(
            code, f"{where}: must be a name or a list of names, none of them empty", clause="VCDM 2.0, 4.5"
        )
    # [MDL-10] real ones have two or three
    if len(texts) > limits.max_types:
        raise CredentialError(code, f"{where}: {len(texts)} names, at most {limits.max_types} are accepted")
    # [MDL-11] a set has no item twice
    if len(set(texts)) != len(texts):
        raise CredentialError(code, f"{where}: names a type twice")
    return texts
