"""Strict readers for the single members that credentials and presentations share.

Text: W3C Verifiable Credentials Data Model 2.0 (Recommendation, 15 May 2025), sections 4.3 to 4.14.

Each reader takes the parsed value, gives a typed one, and raises `CredentialError` with the code it was
given. What is not here: which members exist (`credentials.model`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from did.errors import DidError
from did.timestamps import parse_timestamp

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.limits import Limits
    from did.types import JsonObject, JsonValue

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x1f\x7f]+")
_NESTED: Final = (dict, list)
_VALUE_KEYWORDS: Final = frozenset({"@value", "@language", "@direction", "@type", "@id"})


@dataclass(frozen=True, slots=True)
class Typed:
    """An entry of a list of typed objects, as in `credentialStatus`, `evidence` and `termsOfUse`."""

    types: tuple[str, ...]
    id: str | None
    document: JsonObject


def url(value: JsonValue, code: str, where: str, limits: Limits) -> str:
    """Read an absolute URL (any scheme, so DIDs and URNs too)."""
    if not isinstance(value, str):
        raise CredentialError(code, f"{where} must be a text that holds a URL")
    if len(value) > limits.max_url:
        raise CredentialError(
            code, f"{where} has {len(value)} characters, at most {limits.max_url} are accepted"
        )
    if not _URL.fullmatch(value):
        raise CredentialError(code, f"{where} must be an absolute URL", remedy="begin it with a scheme")
    return value


def optional_url(document: JsonObject, member: str, code: str, limits: Limits) -> str | None:
    """Read a URL that may be absent; null is not absent."""
    return url(document[member], code, member, limits) if member in document else None


def names(value: JsonValue, code: str, where: str, limits: Limits) -> tuple[str, ...]:
    """Read `type`: one name or a list of distinct, non-empty names."""
    listed = value if isinstance(value, list) else [value]
    texts = tuple(item for item in listed if isinstance(item, str) and item and not item.startswith("@"))
    if not listed or len(texts) != len(listed):
        raise CredentialError(code, f"{where} must be a name or a list of names, none of them empty")
    if len(texts) > limits.max_types:
        raise CredentialError(
            code, f"{where} has {len(texts)} names, at most {limits.max_types} are accepted"
        )
    if len(set(texts)) != len(texts):
        raise CredentialError(code, f"{where} names a type twice")
    return texts


def objects(value: JsonValue, code: str, where: str, limits: Limits) -> tuple[JsonObject, ...]:
    """Read one object or a non-empty list of objects."""
    listed = value if isinstance(value, list) else [value]
    found = tuple(item for item in listed if isinstance(item, dict))
    if not listed or len(found) != len(listed):
        raise CredentialError(code, f"{where} must be an object or a non-empty list of objects")
    if len(found) > limits.max_entries:
        raise CredentialError(
            code, f"{where} has {len(found)} entries, at most {limits.max_entries} are accepted"
        )
    return found


def typed(
    document: JsonObject, member: str, code: str, limits: Limits, *, with_id: bool = False
) -> tuple[Typed, ...]:
    """Read a member whose entries must have a type, and an id where `with_id` says so; absent gives none."""
    if member not in document:
        return ()
    entries = []
    for entry in objects(document[member], code, member, limits):
        if "type" not in entry:
            raise CredentialError(code, f"every entry of {member} must have a type")
        if with_id and "id" not in entry:
            raise CredentialError(code, f"every entry of {member} must have an id")
        identifier = optional_url(entry, "id", code, limits)
        entries.append(Typed(names(entry["type"], code, f"{member}.type", limits), identifier, entry))
    return tuple(entries)


def date_time_stamp(value: JsonValue, code: str, where: str) -> datetime:
    """Read an XML Schema dateTimeStamp (time zone required) as an aware datetime; years 1 to 9999."""
    try:
        if isinstance(value, str):
            return parse_timestamp(value)
        detail = "not a text"
    except DidError as error:
        detail = error.detail
    raise CredentialError(
        code, f"{where}: {detail}", clause="VCDM 2.0, 4.9", remedy="give date, time and time zone"
    )


def texts(document: JsonObject, member: str, code: str) -> JsonValue:
    """Check `name` or `description`: a text, a language value, or a list of language values."""
    value = document.get(member)
    if value is None and member not in document:
        return None
    listed = value if isinstance(value, list) else [value]
    for item in listed:
        plain = isinstance(item, str) and not isinstance(value, list)
        if not plain and not (isinstance(item, dict) and _is_language_value(item)):
            raise CredentialError(
                code, f"{member} must be a text or language values", clause="VCDM 2.0, 11.1"
            )
    return value


def _is_language_value(item: JsonObject) -> bool:
    return (
        isinstance(item.get("@value"), str)
        and set(item) <= {"@value", "@language", "@direction"}
        and all(isinstance(text, str) for text in item.values())
    )


def check_keywords(value: JsonValue, limits: Limits) -> None:
    """Refuse contexts below the top, other JSON-LD keywords that change how claims are read, and depth.

    Codes: model.nested-context, model.keyword, model.depth.
    """
    level = [value]
    for _ in range(limits.max_depth):
        below: list[JsonValue] = []
        for node in level:
            if isinstance(node, dict):
                for key, child in node.items():
                    if key.startswith("@"):
                        _check_keyword(key)
                    if isinstance(child, _NESTED):
                        below.append(child)
            elif isinstance(node, list):
                below.extend([child for child in node if isinstance(child, _NESTED)])
        if not below:
            return
        level = below
    raise CredentialError("model.depth", f"nested deeper than {limits.max_depth}")


def check_plain(value: JsonValue) -> None:
    """Refuse what RDF reads like something plainer, or not at all. Codes: model.ambiguous.

    That is null, an empty list, a list in a list, and keywords but for texts with a language or direction.
    """
    level: list[JsonValue] = [value]
    while level:
        below: list[JsonValue] = []
        for node in level:
            if isinstance(node, dict):
                keywords = {key for key in node if key.startswith("@")}
                if keywords and not (_is_language_value(node) and len(node) > 1):
                    raise _ambiguous(f"the keyword {min(keywords)} where a plain member would do")
                below.extend(node.values())
            elif isinstance(node, list):
                if any(isinstance(item, list) for item in node):
                    raise _ambiguous("a list in a list")
                below.extend(node)
            if node is None or node == []:
                raise _ambiguous("null or an empty list")
        level = below


def _ambiguous(what: str) -> CredentialError:
    return CredentialError(
        "model.ambiguous",
        f"a derived credential has {what}, which RDF reads in another way than JSON",
        remedy="derive the credential as the issuer wrote it",
    )


def _check_keyword(key: str) -> None:
    if key == "@context":
        raise CredentialError(
            "model.nested-context",
            "a context stands inside the claims",
            clause="VC Data Integrity 1.0, 4.6 (context validation)",
            remedy="name contexts at the top of the document only",
        )
    if key not in _VALUE_KEYWORDS:
        raise CredentialError(
            "model.keyword", f"the JSON-LD keyword {key[:20]!r} is not accepted among claims"
        )
