"""Texts for people: plain ones, and language values with a language tag and a base direction.

Texts: VC Data Model 2.0, 4.6 and 11.1; IETF RFC 5646, 2.1 (syntax) and 2.2.9 (well-formed tags); JSON-LD 1.1,
4.2.4 and 9.5 (value objects).

Invariants:
- a language value has `@value`, may have `@language` and `@direction`, and nothing else.
- tags are well formed: they follow the syntax, and repeat no variant and no singleton. Whether a tag is
  registered is not asked.
- a list holds language values only, and at least one: of plain texts nobody could choose one by language.

What is not here: other value objects among claims (`credentials.model.members`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError

if TYPE_CHECKING:
    from did.types import JsonObject, JsonValue

LANGUAGE_VALUE: Final = frozenset({"@value", "@language", "@direction"})
_DIRECTIONS: Final = frozenset({"ltr", "rtl"})
_TAG: Final = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})"
    r"(?:-[a-z]{4})?"
    r"(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)"
    r"(?P<extensions>(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*)"
    r"(?:-x(?:-[a-z0-9]{1,8})+)?",
)
_PRIVATE: Final = re.compile(r"x(?:-[a-z0-9]{1,8})+")
# Registered before the syntax was, and outside of it (RFC 5646, "irregular").
_IRREGULAR: Final = frozenset(
    {"en-gb-oed", "sgn-be-fr", "sgn-be-nl", "sgn-ch-de"}
    | {f"i-{name}" for name in ("ami", "bnn", "default", "enochian", "hak", "klingon", "lux", "mingo")}
    | {f"i-{name}" for name in ("navajo", "pwn", "tao", "tay", "tsu")}
)


def is_well_formed_tag(tag: str) -> bool:
    """Whether a language tag is well formed (RFC 5646, 2.2.9)."""
    if not tag.isascii():
        return False
    tag = tag.lower()
    match = _TAG.fullmatch(tag)
    if match is None:
        return tag in _IRREGULAR or _PRIVATE.fullmatch(tag) is not None
    variants = match["variants"].split("-")[1:]
    singletons = [part for part in match["extensions"].split("-") if len(part) == 1]
    return len(set(variants)) == len(variants) and len(set(singletons)) == len(singletons)


def is_language_value(item: JsonObject) -> bool:
    """Whether an object is a language value."""
    language, direction = item.get("@language", "en"), item.get("@direction", "ltr")
    return (
        isinstance(item.get("@value"), str)
        and item.keys() <= LANGUAGE_VALUE
        and isinstance(language, str)
        and is_well_formed_tag(language)
        and isinstance(direction, str)
        and direction in _DIRECTIONS
    )


def check_texts(document: JsonObject, code: str, where: str) -> None:
    """Check `name` and `description`: a text, a language value, or a list of language values."""
    for member in ("name", "description"):
        if member not in document:
            continue
        value = document[member]
        listed = value if isinstance(value, list) else [value]
        plain = isinstance(value, str)
        # [MDL-15] texts that can be shown
        if not plain and not (listed and all(_is_language_value(item) for item in listed)):
            raise CredentialError(
                code,
                f"{where}/{member}: must be a text or language values",
                clause="VCDM 2.0, 11.1",
                remedy='write {"@value": text, "@language": a tag of BCP 47, "@direction": "ltr" or "rtl"}',
            )


def _is_language_value(item: JsonValue) -> bool:
    return isinstance(item, dict) and is_language_value(item)
